"""Every call of the Insight API as its document writes it, for a shell: some in quotation marks, most without."""

import json
import re
from typing import Any

from tests.lab.topology import WanLab

CALLS = (
    "-s -k https://HOST:12099/api/v1/ci?agent_id=1&customer_id=0",
    "-s -k https://HOST:12099/v2/ci?customer_id=0&agent_id=1",
    "-s -k https://HOST:12099/api/v1/lifbe?agent_id=1&customer_id=0",
    "-s -k https://HOST:12099/api/v1/latency?agent_id=1&customer_id=0&protocol=tcp&time_range=400",
    "-s -k https://HOST:12099/api/v1/latency?customer_id=0&agent_id=1&chosen_time=2025-07-07T16:12:26Z,2025-07-07T16:12:34Z",
    "-s -k https://HOST:12099/api/v1/geoloc?agent_id=1&customer_id=0",
    "-s -k https://HOST:12099/api/v1/geoloc?agent_id=1&customer_id=0&time_range=400",
    "-s -k https://HOST:12099/api/v1/twamp?agent_id=1&customer_id=0",
    "-s -k https://HOST:12099/api/v1/forecast?agent_id=1&customer_id=0",
    "-s -k https://HOST:12099/api/v1/radio?agent_id=1&customer_id=0",
    "-k https://HOST:12099/api/v1/radio?customer_id=0&agent_id=1&chosen_time=2025-07-07T16:12:26Z,2025-07-07T16:12:34Z",
    "-s -k https://HOST:12099/api/v1/networks",
    "-s -k https://HOST:12099/api/v1/agents?customer_id=0&metadata=true",
    '-k -s "https://HOST:12099/api/v1/anomalies?agent_id=1&customer_id=0&protocol=tcp&time_range=3600"',
    '-k -s "https://HOST:12099/api/v1/trends?agent_id=1&customer_id=0&lookback_days=7"',
    '-k -s "https://HOST:12099/api/v1/health-report?customer_id=0&report_period=daily&include_recommendations=true"',
    '-k -s "https://HOST:12099/api/v1/agent-rankings?customer_id=0&metric=overall&time_range=86400"',
    '-k -s "https://HOST:12099/api/v1/correlation-analysis?customer_id=0&correlation_threshold=0.7&time_range=7200"',
    '-k -s "https://HOST:12099/api/v1/degradation-alerts?customer_id=0&severity_threshold=20&lookback_days=3"',
    "-s -k https://HOST:12099/api/v1/iperf?agent_id=1&customer_id=0",
    '-s -k "https://HOST:12099/api/v1/ci?agent_id=1&customer_id=0"',
)
"""What stands behind `curl -H "x-api-key: KEY"`; a time range that the document breaks over two lines is whole here."""


def call(lab: WanLab, line: str, host: str, key: str) -> Any:
    """Let a shell in the LAN run a line; return what it prints, as JSON."""
    line = f'curl -H "x-api-key: {key}" {line.replace("HOST", host)}'
    return json.loads(lab.run("lan", "sh", "-c", line).stdout)


def quoted(line: str) -> str:
    """Return the line with its address in quotation marks, as the document advises where something is missing."""
    return re.sub(r'(?<!")(https://\S+)(?!")$', r'"\1"', line)


def missing(line: str) -> str | None:
    """Return what an answer calls missing once a shell has cut the line at its first bare ``&``; None for nothing."""
    left = line if '"' in line else line.partition("&")[0]
    if left == line or "/agents?" in left:
        return None
    return "agentID" if "customer_id" in left else "customerID"
