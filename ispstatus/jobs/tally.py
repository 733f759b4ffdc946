"""What one uplink's probes have cost since the daemon started."""

from ispstatus.decide.cadence import bytes_of
from ispstatus.model.uplink import Family


class Tally:
    """Counts bytes where they are sent. Written on the engine thread alone; any thread may read ``total_bytes``."""

    def __init__(self) -> None:
        self.total_bytes = 0

    def add(
        self,
        family: Family,
        *,
        echoes: int = 0,
        gateway_echoes: int = 0,
        dns: int = 0,
        http: int = 0,
        https: int = 0,
    ) -> None:
        """Count so many probes, both directions, headers estimated."""
        self.total_bytes += bytes_of(
            family, echoes=echoes, gateway_echoes=gateway_echoes, dns=dns, http=http, https=https
        )
