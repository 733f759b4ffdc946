"""What every command has in common: where the configuration and the state are."""

import argparse
import os
from pathlib import Path

SYSTEM_CONFIG = Path("/etc/ispstatus/ispstatus.toml")
SYSTEM_STATE = Path("/var/lib/ispstatus")

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_CONFIG = 78


def add_common(parser: argparse.ArgumentParser) -> None:
    """Add ``--config`` and ``--state-dir``."""
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help=f"configuration file (default: $ISPSTATUS_CONFIG, else {SYSTEM_CONFIG} if it exists, else detection)",
    )
    parser.add_argument(
        "--state-dir",
        type=Path,
        metavar="DIR",
        help=f"where the database lives (default: $STATE_DIRECTORY, else {SYSTEM_STATE} as root, "
        "~/.local/state/ispstatus otherwise)",
    )


def endpoint(text: str) -> str:
    """Return ``HOST:PORT`` to listen on; refuse anything else as wrong usage."""
    from ispstatus.config import values

    try:
        return values.endpoint(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} {error}") from None


def config_file(args: argparse.Namespace) -> Path | None:
    """Return the configuration file to read; None means detection."""
    return config_in_force() if args.config is None else Path(args.config)


def config_in_force() -> Path | None:
    """Return the file that is read where no option names one; None means detection."""
    named = os.environ.get("ISPSTATUS_CONFIG")
    if named:
        return Path(named)
    return SYSTEM_CONFIG if SYSTEM_CONFIG.is_file() else None


def state_dir(args: argparse.Namespace) -> Path:
    """Return the state directory; it need not exist yet."""
    if args.state_dir is not None:
        return Path(args.state_dir)
    named = os.environ.get("STATE_DIRECTORY")
    if named:
        return Path(named.split(":")[0])
    return SYSTEM_STATE if os.geteuid() == 0 else Path.home() / ".local" / "state" / "ispstatus"


def database(args: argparse.Namespace) -> Path:
    """Return the database's path."""
    return state_dir(args) / "ispstatus.db"
