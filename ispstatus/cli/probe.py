"""``ispstatus probe``: one cycle of every uplink on the terminal, without database or server."""

import argparse
import json
import sys

from ispstatus.cli.options import EXIT_FAILED, EXIT_OK, add_common, config_file, state_dir
from ispstatus.model.report import UplinkReport
from ispstatus.model.state import State

WITHIN_S = 8.0


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser(
        "probe",
        help="probe every uplink once and print what was seen",
        description="One cycle of every uplink, without database or server; the daemon may run meanwhile. "
        "Exit code 0 only if every uplink shown is UP or DEGRADED.",
    )
    add_common(parser)
    parser.add_argument("--json", action="store_true", help="print verdicts and evidence as JSON")
    parser.add_argument("name", nargs="?", metavar="NAME", help="only this uplink")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from ispstatus.cli.once import probe_once
    from ispstatus.config.load import load

    settings = load(config_file(args), state_dir(args))
    reports = probe_once(settings, within_s=WITHIN_S)
    chosen = [r for r in reports if args.name in (None, r.uplink.name)]
    if not chosen:
        known = ", ".join(r.uplink.name for r in reports) or "none: this box has no default route"
        print(f"ispstatus: no such uplink; known: {known}", file=sys.stderr)
        return EXIT_FAILED
    print(_as_json(chosen) if args.json else _as_table(chosen))
    return EXIT_OK if all(r.decision.state in (State.UP, State.DEGRADED) for r in chosen) else EXIT_FAILED


def _as_json(reports: list[UplinkReport]) -> str:
    from ispstatus.decide.cite import cite

    rows = [
        {
            "name": r.uplink.name,
            "state": r.decision.state.code,
            "state_label": r.decision.state.name,
            "state_reason": r.decision.reason,
            "fault": r.decision.fault,
            "explanation": r.decision.explanation,
            **(cite(r.evidence) if r.evidence is not None else {}),
        }
        for r in reports
    ]
    return json.dumps({"uplinks": rows}, indent=2)


def _as_table(reports: list[UplinkReport]) -> str:
    return "\n\n".join(_block(report) for report in reports)


def _block(report: UplinkReport) -> str:
    decision, evidence = report.decision, report.evidence
    lines = [f"{report.uplink.name}: {decision.state.name} ({decision.reason}): {decision.explanation}"]
    if evidence is not None:
        lines.append(f"  {'check':8} {'target':44} {'result':12} {'ms':>8}  error")
        checks = [("ping", s.target, s.outcome, s.rtt_ms, s.error) for s in evidence.pings]
        if evidence.gateway is not None:
            gateway = evidence.gateway
            checks.insert(0, ("gateway", gateway.target, gateway.outcome, gateway.rtt_ms, gateway.error))
        checks += [("dns", f"{s.name} @{s.resolver}", s.outcome, s.ms, s.error) for s in evidence.dns]
        checks += [("http", s.url, s.outcome, s.phases.total_ms, s.error) for s in evidence.https]
        lines += [
            f"  {kind:8} {target[:44]:44} {outcome:12} {'' if ms is None else f'{ms:.1f}':>8}  {error or ''}".rstrip()
            for kind, target, outcome, ms, error in checks
        ]
    if decision.next_check:
        lines.append(f"  next: {decision.next_check}")
    return "\n".join(lines)
