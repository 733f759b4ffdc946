"""``ispstatus uplink``: the uplinks this box remembers."""

import argparse
import sys

from ispstatus.cli.options import EXIT_FAILED, EXIT_OK, add_common, database

_WITHIN_S = 30.0


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command and its own commands."""
    parser = commands.add_parser("uplink", help="list or forget uplinks")
    inner = parser.add_subparsers(dest="uplink_command", metavar="COMMAND", required=True)
    listing = inner.add_parser("list", help="list every uplink there is or was")
    add_common(listing)
    listing.set_defaults(run=_list)
    forget = inner.add_parser(
        "forget",
        help="stop listing a detected uplink whose route is gone",
        description="Its history, outages and reports stay readable. Refused while ispstatus runs on this state "
        "directory; an uplink that still has a default route is detected again.",
    )
    forget.add_argument("name", metavar="NAME")
    add_common(forget)
    forget.set_defaults(run=_forget)


def _list(args: argparse.Namespace) -> int:
    from ispstatus.queries.reader import Reader
    from ispstatus.queries.uplinks import all_uplinks

    reader = Reader(database(args))
    try:
        for uplink in all_uplinks(reader):
            origin = "removed" if uplink.is_removed else "configured" if uplink.is_configured else "detected"
            print(f"{uplink.id}\t{uplink.name}\t{uplink.interface}\t{origin}")
    finally:
        reader.close()
    return EXIT_OK


def _forget(args: argparse.Namespace) -> int:
    from ispstatus.actions.uplinks import forget_uplink
    from ispstatus.clock import SYSTEM
    from ispstatus.store.writer import Writer

    if not database(args).exists():
        print(f"ispstatus: {database(args)} does not exist", file=sys.stderr)
        return EXIT_FAILED
    writer = Writer(database(args), SYSTEM)
    writer.start()
    try:
        writer.write(lambda db: forget_uplink(db, args.name), _WITHIN_S)
    finally:
        writer.stop()
    print(f"{args.name} is forgotten; its history stays readable")
    return EXIT_OK
