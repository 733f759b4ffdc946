"""What one uplink's probes have cost since the daemon started."""

from ispstatus.decide.cadence import bytes_of
from ispstatus.decide.sampling import SAMPLE_BYTES
from ispstatus.model.series import Protocol
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

    def add_sample(self, family: Family, protocol: Protocol) -> None:
        """Count one sample towards a far end of our own."""
        self.total_bytes += SAMPLE_BYTES[protocol][family]
