"""Configuration texts for tests: the documented file, and the smallest that has uplinks."""

import textwrap
from pathlib import Path

from ispstatus.config.load import parse
from ispstatus.model.settings import Settings

FILE = Path("/etc/ispstatus/ispstatus.toml")
STATE = Path("/var/lib/ispstatus")

DOCUMENTED = """
[site]
name = "Head office"
customer_id = "0"
timezone = "Africa/Johannesburg"

[web]
listen = ["0.0.0.0:8080", "[::]:8080"]
allow = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "::1/128", "fc00::/7", "fe80::/10"]
allow_via_uplinks = []
downloads_allow = []
trusted_proxies = []
hosts = []

[status]
unknown_as = "null"

[health]
gap_window_h = 1

[probe]
ping = ["1.1.1.1", "8.8.8.8", "9.9.9.9"]
http = [
  { url = "http://cp.cloudflare.com/generate_204", status = 204 },
  { url = "http://detectportal.firefox.com/success.txt", body = "success" },
  { url = "https://www.gstatic.com/generate_204", status = 204 },
]
resolvers = "auto"
resolve = ["example.com"]

[quality]
loss_pct   = { degraded_above = 5, clear_below = 2 }
latency_ms = "auto"
jitter_ms  = "auto"

[reflector]
host = "reflector.example.net"
ports = { http = 12080, https = 12443, tcp = 12023, udp = 12024, twamp = 862, throughput = 12550, iperf = 12501 }

[reflector_server]
listen = "0.0.0.0"
allow = ["203.0.113.0/24"]

[[maintenance]]
uplink = "Liquid (BGP01)"
start = 2026-12-01T22:00:00+02:00
end = 2026-12-02T02:00:00+02:00
reason = "Planned fibre work"
reference = "LIQ-88123"

[[uplink]]
name = "Liquid (BGP01)"
interface = "eth1"
source = "auto"
gateway = "auto"
gateway_required = "auto"
mark = 0
nat = "auto"
metered = "auto"
isp = "Liquid"
circuit_id = "ABC-123"
network_type = "Fibre"
hardware = "ONT of the provider"
details = "rack 2, port 7"
bandwidth_mbps = { down = 100, up = 20 }
expected = { latency_ms = 30, stability_pct = 95, loss_pct = 0.1 }
sla = { target_pct = 99.9 }
"""


def settings(text: str) -> Settings:
    return parse(textwrap.dedent(text), FILE, STATE)


def with_uplink(lines: str, *, before: str = "") -> Settings:
    """One uplink "A" on eth1 and whatever else is said of it."""
    head, body = textwrap.dedent(before), textwrap.dedent(lines)
    return parse(f'{head}\n[[uplink]]\nname = "A"\ninterface = "eth1"\n{body}', FILE, STATE)
