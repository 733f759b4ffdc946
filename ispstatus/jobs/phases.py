"""What a cycle's web checks and questions tell of each protocol, for uplinks without a far end of their own.

udp is a resolver's answer, tcp connecting, http the time to the first byte, https that and the TLS session. An answer
of another kind than asked for is no sample: what took its time is not what is timed here.
"""

from collections.abc import Iterator, Sequence

from ispstatus.jobs.messages import CycleReport
from ispstatus.jobs.tasks import endpoint_of
from ispstatus.model.sample import HttpSample, Outcome
from ispstatus.model.series import Protocol, Sample
from ispstatus.model.uplink import HttpTarget


def samples_of(report: CycleReport, targets: Sequence[HttpTarget], *, has_asked: bool) -> list[Sample]:
    """Return the round trips of a cycle that is complete; ``has_asked``: its DNS answers are its own."""
    names = _names(report) if has_asked else ()
    return [*names, *_web(report, {target.url: target for target in targets})]


def _names(report: CycleReport) -> Iterator[Sample]:
    for answer in report.evidence.dns:
        if answer.outcome is Outcome.SILENT or (answer.outcome is Outcome.OK and answer.ms is not None):
            yield Sample(Protocol.UDP, answer.resolver, report.started_boot_s, answer.ms)


def _web(report: CycleReport, targets: dict[str, HttpTarget]) -> Iterator[Sample]:
    for check in report.evidence.https:
        target = targets.get(check.url)
        if target is None or check.age_s or not check.outcome.is_measured:
            continue  # it stands from an earlier cycle, and was told of then
        if check.outcome is Outcome.SILENT or check.phases.connect_ms is not None:
            host, port = endpoint_of(target)
            yield Sample(Protocol.TCP, f"{host}:{port}", report.started_boot_s, check.phases.connect_ms)
        if check.outcome is Outcome.OK or _has_no_answer(check):
            protocol = Protocol.HTTPS if target.is_tls else Protocol.HTTP
            yield Sample(protocol, check.url, report.started_boot_s, _answer_ms(check))


def _has_no_answer(check: HttpSample) -> bool:
    is_lost = check.outcome in (Outcome.SILENT, Outcome.FAILED)
    return is_lost and check.status is None and check.phases.first_byte_ms is None


def _answer_ms(check: HttpSample) -> float | None:
    if check.outcome is not Outcome.OK or check.phases.first_byte_ms is None:
        return None
    return check.phases.first_byte_ms + (check.phases.tls_ms or 0.0)
