"""``ispstatus backup`` and ``ispstatus restore``: whole copies of the database."""

import argparse
from pathlib import Path

from ispstatus.cli.options import EXIT_OK, add_common, database


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add both commands."""
    backup = commands.add_parser(
        "backup",
        help="copy the database to a file, also while ispstatus runs",
        description="Copies the database as of one moment and verifies the copy. Probing and recording go on.",
    )
    backup.add_argument("file", type=Path, metavar="FILE", help="the copy to make; it must not exist")
    add_common(backup)
    backup.set_defaults(run=_back_up)
    restore = commands.add_parser(
        "restore",
        help="put a copy in place of the database",
        description="Refused while ispstatus runs on this state directory, and for a file that is not sound. "
        "The database that was there is kept in DIR/quarantine.",
    )
    restore.add_argument("file", type=Path, metavar="FILE", help="a copy made by `ispstatus backup`")
    add_common(restore)
    restore.set_defaults(run=_restore)


def _back_up(args: argparse.Namespace) -> int:
    from ispstatus.store.backup import back_up

    copy = back_up(database(args), args.file)
    print(f"{copy}: {copy.stat().st_size / 1_000_000:.1f} MB, verified")
    return EXIT_OK


def _restore(args: argparse.Namespace) -> int:
    from ispstatus.store.backup import restore
    from ispstatus.store.migrate import migrations

    target = database(args)
    kept = restore(args.file, target, migrations()[-1].number)
    print(f"{target}: restored from {args.file}")
    if kept is not None:
        print(f"the database that was there is kept as {kept}")
    return EXIT_OK
