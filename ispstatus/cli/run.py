"""``ispstatus run``: the daemon in the foreground."""

import argparse
import logging
import os
import sys
from dataclasses import replace

from typing_extensions import override

from ispstatus.cli.allocator import keep_little
from ispstatus.cli.options import add_common, config_file, endpoint, state_dir
from ispstatus.model.settings import Settings

_PRIORITIES = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser(
        "run",
        help="measure, decide, remember and answer, in the foreground",
        description="The daemon: measures, decides, remembers and answers until SIGTERM or Ctrl-C. It prints one line "
        "`ready: http://HOST:PORT` on standard error once it answers.",
    )
    add_common(parser)
    parser.add_argument(
        "--listen",
        type=endpoint,
        action="append",
        metavar="HOST:PORT",
        help="answer here instead of where the configuration says; may be given more than once",
    )
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from ispstatus.app import App
    from ispstatus.config.load import load

    log_to_stderr()
    keep_little()

    def read() -> Settings:
        settings = load(config_file(args), state_dir(args))
        if args.listen:
            settings = replace(settings, web=replace(settings.web, listen=tuple(args.listen)))
        return settings

    return App(read(), reread=read).run()


def log_to_stderr() -> None:
    """Log plain lines: with a priority for the journal, with the time for people."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Journal() if "JOURNAL_STREAM" in os.environ else logging.Formatter(_LINE))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    logging.getLogger("pyroute2").setLevel(logging.ERROR)


_LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class _Journal(logging.Formatter):
    """A line with the priority prefix journald understands, without a time of its own."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line."""
        return f"<{_PRIORITIES.get(record.levelno, 6)}>{record.name}: {super().format(record)}"
