"""``ispstatus check``: the effective configuration, what probing costs, and whom the daemon contacts."""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
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
from ispstatus.model.settings import Settings, ThroughputSettings
from ispstatus.model.uplink import REFLECTOR, Uplink


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
    uplinks = tuple(_as_seen(uplink) for uplink in uplinks)
    _print_costs(uplinks)
    _print_throughput(settings.throughput, uplinks)
    _print_hosts(settings, uplinks)
    _print_far_ends(uplinks)
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


def _as_seen(uplink: Uplink) -> Uplink:
    """Return the uplink as the daemon will see it: metered, too, when the kernel calls it mobile."""
    from ispstatus.net.kernel import is_mobile

    return replace(uplink, metered=True) if uplink.metered is None and is_mobile(uplink.interface) else uplink


def _print_costs(uplinks: tuple[Uplink, ...]) -> None:
    from ispstatus.decide.cadence import month_cost
    from ispstatus.decide.sampling import far_protocols

    print("# probing, per uplink and month of 31 days (both directions, headers estimated)")
    for uplink in uplinks:
        cost = month_cost(uplink, 4, resolvers=3, has_gateway=uplink.gateway != "none", has_other_family=False)
        line = f"#   {uplink.name}: {cost.quiet_bytes / 1e6:.0f} MB, {cost.polled_bytes / 1e6:.0f} MB"
        line += " with one client poll a minute"
        if cost.sampling_bytes:
            line += f"; of it {cost.sampling_bytes / 1e6:.0f} MB samples to your own far end"
        if cost.metering is not None:
            line += f"; metered: web checks every {cost.metering.checks_every_min} min"
            if far_protocols(uplink) and not uplink.sampling.on_metered:
                line += "; your own far end is not sampled (insight.on_metered = false)"
            elif uplink.sampling.on_metered and cost.metering.sample_stretch is None:
                line += "; the budget does not pay for samples to your own far end"
            elif cost.metering.sample_stretch is not None and cost.metering.sample_stretch > 1:
                line += f"; sampled {cost.metering.sample_stretch:.1f} times more slowly than configured"
            line += "" if cost.metering.fits else "; the budget does not even pay for one echo a minute to each target"
        print(line)


def _print_throughput(settings: ThroughputSettings, uplinks: tuple[Uplink, ...]) -> None:
    from ispstatus.jobs.throughput import wanted
    from ispstatus.probes.iperf import PROGRAM

    costs = [line for uplink in uplinks for line in _throughput_costs(settings, uplink)]
    if costs:
        print("# throughput tests, per uplink, one at a time; a month beside what probing costs")
    for line in costs:
        print(f"#   {line}")
    for uplink in uplinks:
        if uplink.is_metered and wanted(uplink, settings, is_metered=False) and not settings.metered_mb_month:
            print(f"#   {uplink.name}: metered, none (throughput.metered_mb_month = 0)")
    if settings.iperf_server is not None and shutil.which(PROGRAM) is None:
        print("warning: iperf3 is not installed (Debian package iperf3): its tests will not be measured")


def _throughput_costs(settings: ThroughputSettings, uplink: Uplink) -> Iterator[str]:
    from ispstatus.decide.cadence import MB, MONTH_S
    from ispstatus.decide.throughput import MBIT_BYTES, test_bytes
    from ispstatus.jobs.throughput import wanted
    from ispstatus.probes.speed import MOST_BYTES
    from ispstatus.probes.train import TEST_BYTES

    month_mb = 0.0
    for method, every_s in wanted(uplink, settings, is_metered=uplink.is_metered).items():
        count = MONTH_S / every_s
        cost = test_bytes(method, uplink.contract, settings, train_bytes=TEST_BYTES, web_bytes=MOST_BYTES)
        if cost is None:
            each_mb = 2 * MBIT_BYTES * settings.iperf_seconds * count / MB
            words = f"{each_mb:.0f} MB a month for each Mbit/s the line has: tell its bandwidth_mbps to see how many"
        else:
            month_mb += cost * count / MB
            words = f"up to {cost * count / MB:.0f} MB a month"
        yield f"{uplink.name}: {method.value} every {every_s / 60:.0f} min, {words}"
    if month_mb:
        yield f"{uplink.name}: of what can be said, up to {month_mb:.0f} MB a month in all"


def _print_far_ends(uplinks: tuple[Uplink, ...]) -> None:
    """Warn of far ends that the daemon would not sample, as far as it shows without asking anybody."""
    from ispstatus.clock import SYSTEM
    from ispstatus.jobs.farends import not_sampled, unproven
    from ispstatus.jobs.tasks import is_literal, wanted_of
    from ispstatus.net.paths import find_path, verdict_family
    from ispstatus.net.prove import Prover
    from ispstatus.net.snapshot import take_snapshot
    from ispstatus.net.sockets import V6

    snapshot, prover = take_snapshot(SYSTEM), Prover()
    for uplink in uplinks:
        hosts = {task.address for task in wanted_of(uplink)}
        path = find_path(uplink, snapshot, verdict_family(uplink, snapshot))
        if path.is_usable:
            literals = {host for host in hosts if is_literal(host) and (":" in host) == (path.family == V6)}
            found = not_sampled(uplink, path.family, {}, unproven(prover, path, literals, snapshot.generation))
            for host, problem in found.items():
                if is_literal(host):  # names are asked by the daemon, through the uplink
                    print(f"warning: {problem}")
    prover.close()


def _print_hosts(settings: Settings, uplinks: tuple[Uplink, ...]) -> None:
    from ispstatus.jobs.planner import PUBLIC_RESOLVERS

    hosts: dict[str, dict[str, None]] = {}
    responder = settings.insight.sampling.twamp_responder
    if responder != REFLECTOR:
        hosts[responder] = {"TWAMP": None}
    hosts |= {uplink.reflector.host: {"your reflector": None} for uplink in uplinks if uplink.reflector is not None}
    tests = settings.throughput
    if tests.iperf_server not in (None, "reflector"):
        hosts.setdefault(urlsplit(f"//{tests.iperf_server}").hostname or "", {})["iperf3"] = None
    for url in filter(None, (tests.web_download, tests.web_upload)):
        hosts.setdefault(urlsplit(url).hostname or "", {})["speed test"] = None
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
