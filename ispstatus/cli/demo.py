"""``ispstatus demo``: invented history to look at."""

import argparse
import sys
from dataclasses import replace
from itertools import chain

from ispstatus.cli.allocator import keep_little
from ispstatus.cli.options import EXIT_FAILED, EXIT_OK, add_common, config_file, database, state_dir

_DAYS = 90
_WITHIN_S = 60.0
"""What one day of history may take."""
_MOST_DAYS = 400


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser(
        "demo",
        help="fill an empty state directory with invented history, and serve it",
        description="Invents outages, busy evenings and gaps for the configured uplinks, or for three of its own. "
        "The same seed gives the same history for the same dates. The database remembers that it is invented, and "
        "every answer says so.",
    )
    parser.add_argument("--days", type=_days, default=_DAYS, metavar="N", help=f"days of history (default {_DAYS})")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="another seed, another history (default 1)")
    parser.add_argument("--no-serve", action="store_true", help="write the history and end")
    add_common(parser)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from ispstatus.actions.demo import invent, invented_uplinks
    from ispstatus.actions.demo_samples import invent_samples
    from ispstatus.clock import SYSTEM
    from ispstatus.config.load import load
    from ispstatus.store.writer import Writer

    keep_little()
    target = database(args)
    if target.exists():
        print(f"ispstatus: {target} exists: invented history only goes into an empty --state-dir", file=sys.stderr)
        return EXIT_FAILED
    settings = load(config_file(args), state_dir(args))
    wished = settings.uplinks or invented_uplinks(settings.plan, settings.limits)
    writer = Writer(target, SYSTEM)
    writer.start()
    try:
        now = SYSTEM.now()
        history = invent(wished, days=args.days, seed=args.seed, now=now)
        for write in chain(history, invent_samples(seed=args.seed, now=now)):
            writer.write(write, _WITHIN_S)
    finally:
        writer.stop(60.0)
    print(f"{target}: {args.days} days of invented history of {len(wished)} uplinks")
    if args.no_serve:
        return EXIT_OK
    from ispstatus.app import App

    return App(replace(settings, uplinks=wished)).run()


def _days(text: str) -> int:
    days = int(text)
    if not 1 <= days <= _MOST_DAYS:
        raise argparse.ArgumentTypeError(f"{text} is not between 1 and {_MOST_DAYS}")
    return days
