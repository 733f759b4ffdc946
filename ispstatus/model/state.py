"""The four states of an uplink, and the words that say why."""

from enum import Enum, StrEnum


class State(Enum):
    """Whether an uplink is usable. The value is the code of the isp-status contract."""

    UP = 2
    DEGRADED = 1
    DOWN = 0
    UNKNOWN = None
    """We could not measure; ``null`` on the wire."""

    @property
    def code(self) -> int | None:
        """2, 1, 0 or None, as the contract numbers them."""
        code: int | None = self.value
        return code

    @property
    def severity(self) -> int:
        """Order for "worst seen": DOWN 3, DEGRADED 2, UP 1, UNKNOWN 0."""
        return _SEVERITY[self]

    @classmethod
    def of_code(cls, code: int | None) -> "State":
        """Return the state whose contract code is ``code``; ValueError for any other number."""
        return cls(code)


_SEVERITY = {State.DOWN: 3, State.DEGRADED: 2, State.UP: 1, State.UNKNOWN: 0}


class Reason(StrEnum):
    """Machine word for a state: the row of the ladder that matched (design section 5)."""

    STARTING = "starting"
    IFACE_MISSING = "iface_missing"
    IFACE_ADMIN_DOWN = "iface_admin_down"
    NO_CARRIER = "no_carrier"
    NO_ADDRESS = "no_address"
    NO_ROUTE = "no_route"
    PATH_UNPROVEN = "path_unproven"
    CANNOT_MEASURE = "cannot_measure"
    LATE = "late"
    CAPTIVE_PORTAL = "captive_portal"
    GATEWAY_UNREACHABLE = "gateway_unreachable"
    NO_EXTERNAL = "no_external"
    DNS_FAILED = "dns_failed"
    HTTP_FAILED_PING_OK = "http_failed_ping_ok"
    PING_FAILED_HTTP_OK = "ping_failed_http_ok"
    PING_PARTIAL = "ping_partial"
    HTTP_PARTIAL = "http_partial"
    GATEWAY_SILENT = "gateway_silent"
    HIGH_LOSS = "high_loss"
    HIGH_LATENCY = "high_latency"
    HIGH_JITTER = "high_jitter"
    OK = "ok"


class Fault(StrEnum):
    """Where it broke."""

    LOCAL = "local"
    ACCESS = "access"
    PROVIDER = "provider"
    DNS = "dns"
    REMOTE = "remote"
    BOX = "box"
    NONE = "none"


class Note(StrEnum):
    """What is worth saying beside a verdict without changing it."""

    TARGET_SILENT = "target_silent"
    PROVIDER_DNS_SILENT = "provider_dns_silent"
    LOADED = "loaded"
    BUDGET_SPENT = "budget_spent"
    IPV6_BROKEN = "ipv6_broken"
    IPV4_BROKEN = "ipv4_broken"
    OTHERS_FINE = "others_fine"
    ALL_AT_ONCE = "all_at_once"
    CLOCK_UNSYNCHRONISED = "clock_unsynchronised"
