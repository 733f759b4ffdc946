"""``ispstatus reflector``: the far end, in the foreground."""

import argparse
import signal
import sys
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from ispstatus.cli.options import EXIT_OK, add_common, config_file, state_dir
from ispstatus.model.errors import ConfigError
from ispstatus.model.settings import ReflectorPorts, ReflectorServer

_SERVICES = tuple(field.name for field in fields(ReflectorPorts))
_MORE = """\
Runs on any host that the box's uplinks can reach. It answers numbered UDP echoes, TWAMP Light and STAMP test packets,
TCP connects, HTTP and HTTPS requests and short throughput tests, and only from allowed sources. What it sends by UDP is
never more than what asked for it, but for throughput tests, whose sender has to prove its address first.

  ispstatus reflector --allow 203.0.113.0/24 --allow 198.51.100.7
  ispstatus reflector --listen 127.0.0.1 --port twamp=12862        try it here, without root
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser(
        "reflector",
        help="the far end: answer the probes of your own uplinks, on another host",
        description=_MORE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_common(parser)
    parser.add_argument(
        "--listen",
        action="append",
        type=_address,
        metavar="ADDRESS",
        help="answer on this address (0.0.0.0); may be repeated",
    )
    parser.add_argument(
        "--allow",
        action="append",
        type=_network,
        metavar="NETWORK",
        help="answer sources in this network, e.g. 203.0.113.0/24; may be repeated; without it and without a "
        "configuration file that names some, nobody is answered and nothing starts",
    )
    parser.add_argument(
        "--port",
        action="append",
        type=_port,
        default=[],
        metavar="SERVICE=PORT",
        help=f"another port for a service, or off: {', '.join(_SERVICES)}; may be repeated",
    )
    parser.add_argument("--certificate", type=Path, metavar="FILE", help="PEM certificate for HTTPS, with its chain")
    parser.add_argument("--key", type=Path, metavar="FILE", help="its private key")
    parser.add_argument(
        "--stateless", action="store_true", help="do not count TWAMP replies per session: repeat the sender's number"
    )
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from ispstatus.cli.run import log_to_stderr
    from ispstatus.clock import SYSTEM
    from ispstatus.jobs.watchdog import notify
    from ispstatus.net.timekeeping import clock_is_synchronised
    from ispstatus.reflector.server import Reflector

    log_to_stderr()
    settings = _settings(args)
    reflector = Reflector(settings, state_dir(args), SYSTEM, clock_is_synchronised, lambda: notify("WATCHDOG=1"))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: reflector.stop())
    services = ", ".join(f"{name} {port}" for name, port in reflector.ports.items())
    print(f"ready: reflector on {', '.join(settings.listen)}: {services}", file=sys.stderr, flush=True)
    notify("READY=1")
    reflector.run()
    notify("STOPPING=1")
    return EXIT_OK


def _settings(args: argparse.Namespace) -> ReflectorServer:
    """Return what the file says, and in its place what the command line says."""
    from ispstatus.config.load import load

    file = config_file(args)
    settings = load(file, state_dir(args)).reflector_server or ReflectorServer(("0.0.0.0",), ())  # noqa: S104
    if (args.certificate is None) != (args.key is None):
        raise ConfigError("--certificate and --key go together: give both, or none for one signed by itself")
    return replace(
        settings,
        listen=tuple(args.listen or settings.listen),
        allow=tuple(args.allow or settings.allow),
        ports=replace(settings.ports, **dict(args.port)),
        certificate=args.certificate or settings.certificate,
        key=args.key or settings.key,
        is_stateful=settings.is_stateful and not args.stateless,
    )


def _address(text: str) -> Any:
    from ispstatus.config import values

    return _checked(values.address, text)


def _network(text: str) -> Any:
    from ispstatus.config import values

    return _checked(values.network, text)


def _port(text: str) -> tuple[str, int | None]:
    from ispstatus.config import values

    name, equals, port = text.partition("=")
    if name not in _SERVICES or not equals:
        raise argparse.ArgumentTypeError(f"must be SERVICE=PORT; services: {', '.join(_SERVICES)}")
    return name, _checked(values.port_or_off, int(port) if port.isdecimal() else port)


def _checked(check: Callable[[Any], Any], value: Any) -> Any:
    try:
        return check(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
