"""``ispstatus check``: the effective configuration, what probing costs, and whom the daemon contacts."""

import argparse
import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from ispstatus.cli.options import (
    EXIT_FAILED,
    EXIT_OK,
    SYSTEM_CONFIG,
    add_common,
    config_file,
    config_in_force,
    state_dir,
)
from ispstatus.model.settings import Settings
from ispstatus.model.uplink import Uplink


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser(
        "check",
        help="check the configuration; print it, its cost and the hosts contacted",
        description="Sends no probe. A configuration that is refused ends with exit code 78 and a line for each "
        "problem: file, line, key, value and what would be accepted.",
    )
    add_common(parser)
    parser.add_argument(
        "--write",
        action="store_true",
        help="write it, detected uplinks too, to --config FILE; never over an existing file",
    )
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from ispstatus.app import detected_uplinks
    from ispstatus.config.load import load
    from ispstatus.config.render import render
    from ispstatus.net.kernel import permission_problems

    target = (config_file(args) or SYSTEM_CONFIG) if args.write else None
    if target is not None and target.exists():
        print(f"ispstatus: {target} exists and is not overwritten; use --config NEWFILE --write", file=sys.stderr)
        return EXIT_FAILED
    file = config_file(args) if target is None else config_in_force()
    settings = load(file, state_dir(args))
    uplinks = settings.uplinks or detected_uplinks(settings)
    text = render(settings, uplinks=uplinks)
    if target is not None:
        return _write(text, target)
    print(f"# {file}" if file else "# no configuration file: uplinks detected from default routes")
    print(text)
    _print_costs(uplinks)
    _print_hosts(settings, uplinks)
    for problem in permission_problems(uses_marks=any(uplink.mark for uplink in uplinks)):
        print(f"warning: {problem}")
    return EXIT_OK


def _write(text: str, target: Path) -> int:
    """Write a new file whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=target.name)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(name).chmod(0o644)
    Path(name).rename(target)
    print(f"written: {target}")
    return EXIT_OK


def _print_costs(uplinks: tuple[Uplink, ...]) -> None:
    from ispstatus.decide.cadence import month_cost
    from ispstatus.net.kernel import is_mobile

    print("# probing, per uplink and month of 31 days (both directions, headers estimated)")
    for uplink in uplinks:
        if uplink.metered is None and is_mobile(uplink.interface):
            uplink = replace(uplink, metered=True)  # noqa: PLW2901  as the daemon will see it
        cost = month_cost(uplink, 4, resolvers=3, has_gateway=uplink.gateway != "none", has_other_family=False)
        line = f"#   {uplink.name}: {cost.quiet_bytes / 1e6:.0f} MB, {cost.polled_bytes / 1e6:.0f} MB"
        line += " with one client poll a minute"
        if cost.sampling_bytes:
            line += f"; of it {cost.sampling_bytes / 1e6:.0f} MB samples to your own far end"
        if cost.metering is not None:
            line += f"; metered: web checks every {cost.metering.checks_every_min} min"
            if uplink.sampling.on_metered and cost.metering.sample_stretch is None:
                line += "; the budget does not pay for samples to your own far end"
            elif cost.metering.sample_stretch is not None and cost.metering.sample_stretch > 1:
                line += f"; sampled {cost.metering.sample_stretch:.1f} times more slowly than configured"
            line += "" if cost.metering.fits else "; the budget does not even pay for one echo a minute to each target"
        print(line)


def _print_hosts(settings: Settings, uplinks: tuple[Uplink, ...]) -> None:
    from ispstatus.jobs.planner import PUBLIC_RESOLVERS

    hosts: dict[str, dict[str, None]] = {}
    hosts |= {uplink.reflector.host: {"your reflector": None} for uplink in uplinks if uplink.reflector is not None}
    for plan in [uplink.plan for uplink in uplinks] or [settings.plan]:
        resolvers = PUBLIC_RESOLVERS if plan.resolvers is None else plan.resolvers
        uses = [(target.address, "echo") for target in plan.ping]
        uses += [(urlsplit(target.url).hostname or "", "web check") for target in plan.http]
        uses += [(address, "names") for address in resolvers]
        for host, use in uses:
            hosts.setdefault(host, {})[use] = None
    print("# hosts contacted (docs/reference/what-we-contact.md), beside each link's own gateway and resolvers")
    for host, used_for in hosts.items():
        print(f"#   {host}: {', '.join(used_for)}")
