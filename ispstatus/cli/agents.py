"""``ispstatus agent``: the remote agents that push to this box."""

import argparse
from datetime import UTC, datetime

from ispstatus.cli.options import EXIT_OK, add_common, database

_WITHIN_S = 5.0


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command and its own commands."""
    parser = commands.add_parser("agent", help="list or forget remote agents, also while ispstatus runs")
    inner = parser.add_subparsers(dest="agent_command", metavar="COMMAND", required=True)
    listing = inner.add_parser("list", help="list every remote agent there is or was, and when it last reported")
    listing.set_defaults(run=_list)
    forget = inner.add_parser(
        "forget",
        help="stop listing a remote agent",
        description="What it reported stays readable by its number. One that reports again is listed again: revoke its "
        "key first (`ispstatus keys`).",
    )
    forget.add_argument("name", metavar="NAME")
    forget.set_defaults(run=_forget)
    for command in (listing, forget):
        add_common(command)


def _list(args: argparse.Namespace) -> int:
    from ispstatus.queries.insight.agents import remote_agents
    from ispstatus.queries.reader import Reader

    reader = Reader(database(args))
    try:
        for agent in remote_agents(reader):
            seen = "" if agent.seen_ts is None else f"{datetime.fromtimestamp(agent.seen_ts, UTC):%Y-%m-%dT%H:%M:%SZ}"
            print(
                agent.id,
                agent.name,
                f"heard {seen}" if seen else "never heard",
                "removed" if agent.is_removed else "present",
                sep="\t",
            )
    finally:
        reader.close()
    return EXIT_OK


def _forget(args: argparse.Namespace) -> int:
    from ispstatus.actions.agents import remove_agent
    from ispstatus.clock import SYSTEM
    from ispstatus.store.beside import write_beside

    write_beside(database(args), SYSTEM, lambda db: remove_agent(db, args.name), within_s=_WITHIN_S)
    print(f"{args.name} is forgotten; what it reported stays readable")
    return EXIT_OK
