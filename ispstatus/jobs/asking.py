"""Questions to resolvers within one cycle, and what they teach about host names."""

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from ispstatus.jobs.plan import CyclePlan
from ispstatus.jobs.tasks import is_literal
from ispstatus.model.sample import DnsSample, Outcome
from ispstatus.model.uplink import HttpTarget, ResolveTarget
from ispstatus.probes.contract import Handle
from ispstatus.probes.dns import probe_dns
from ispstatus.probes.engine import Engine

DNS_TIMEOUT_S = 1.5


class Names:
    """Host names and addresses as one cycle knows them."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self._known = known
        self.learnt: dict[str, str] = {}
        self._ms: dict[str, float | None] = {}
        self._asked: dict[str, int] = {}
        self._waiting: set[str] = set()
        self._answers: dict[tuple[str, str], DnsSample] = {}
        self._order: list[tuple[str, str]] = []
        self.questions = 0
        """Every question asked."""
        self.open_count = 0
        """Questions about ``resolve`` names that are still unanswered."""

    @property
    def samples(self) -> tuple[DnsSample, ...]:
        """Answers to the plan's own questions, in the order they were asked."""
        return tuple(self._answers[key] for key in self._order if key in self._answers)

    def address_of(self, target: HttpTarget) -> str | None:
        """Return the address to connect to: a literal, the last one resolved here, or None (it waits for DNS)."""
        host = _host_of(target)
        if is_literal(host):
            return host
        address = self._known.get(host) or self.learnt.get(host)
        if address is None:
            self._waiting.add(target.url)
        else:
            self._waiting.discard(target.url)
        return address

    def ms_of(self, target: HttpTarget) -> float | None:
        """Return how long this cycle's look-up of the host took, None if it did not wait for one."""
        return self._ms.get(_host_of(target))

    def was_waiting(self, target: HttpTarget) -> bool:
        """Whether this check waits for its name."""
        return target.url in self._waiting

    def has_given_up(self, target: HttpTarget) -> bool:
        """Whether every question for its name has ended without an address."""
        host = _host_of(target)
        return host in self._asked and self._asked[host] == 0 and host not in self.learnt

    def asked(self, host: str) -> None:
        """Count a question for a host name."""
        self._asked[host] = self._asked.get(host, 0) + 1

    def never_asked(self, host: str) -> None:
        """Say that nobody can be asked for ``host``."""
        self._asked.setdefault(host, 0)

    def heard(self, host: str, sample: DnsSample) -> None:
        """Take a resolver's answer for a host name."""
        self._asked[host] -= 1
        if sample.outcome is Outcome.OK and host not in self.learnt:
            self.learnt[host] = sample.addresses[0]
            self._ms[host] = sample.ms

    def expect(self, resolver: str, name: str) -> None:
        """Keep a place for the answer to one of the plan's own questions."""
        self._order.append((resolver, name))
        self.open_count += 1

    def answered(self, sample: DnsSample) -> None:
        """Take the answer to one of the plan's own questions."""
        self._answers[sample.resolver, sample.name] = sample
        self.open_count -= 1


def ask_names(engine: Engine, plan: CyclePlan, names: Names, heard: Callable[[], None]) -> list[Handle]:
    """Ask every resolver for the plan's names, and for the hosts of its HTTP checks; return the open questions."""
    family = plan.path.family
    questions: list[Handle] = []

    def ask(resolver: str, target: ResolveTarget, *, is_provider: bool, done: Callable[[DnsSample], None]) -> None:
        names.questions += 1

        def take(sample: DnsSample) -> None:
            done(sample)
            heard()

        questions.append(
            probe_dns(engine, plan.path, resolver, target, timeout_s=DNS_TIMEOUT_S, is_provider=is_provider, done=take)
        )

    resolvers = [r for r in plan.resolvers if (6 if ":" in r.address else 4) == family]
    for resolver in resolvers:
        for target in plan.names:
            names.expect(resolver.address, target.name)
    hosts = [host for host in hosts_to_resolve(plan) if not is_literal(host)]
    for host in hosts:
        names.never_asked(host)
        for _ in resolvers:
            names.asked(host)
    for resolver in resolvers:
        for target in plan.names:
            ask(resolver.address, target, is_provider=resolver.is_provider, done=names.answered)
        for host in hosts:
            ask(
                resolver.address,
                ResolveTarget(host),
                is_provider=resolver.is_provider,
                done=lambda sample, host=host: names.heard(host, sample),  # type: ignore[misc]
            )
    return questions


def hosts_to_resolve(plan: CyclePlan) -> list[str]:
    """Return the hosts worth a question: never resolved here, or due for a fresh look."""
    hosts = dict.fromkeys((*(_host_of(target) for target in plan.https), *plan.far_hosts))
    return [host for host in hosts if host not in plan.addresses or plan.round.refresh_names]


def _host_of(target: HttpTarget) -> str:
    return urlsplit(target.url).hostname or ""
