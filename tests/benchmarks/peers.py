"""The peers our rounds are compared with, doing the same checks from the same namespace."""

import http.client
import shutil
import subprocess
import threading
import time
import urllib.parse
from collections.abc import Sequence
from pathlib import Path as FilePath
from typing import Any

from tests.benchmarks.netlab import TARGETS, WEB, WEB_NAME, NetLab

_EXPORTER = "prometheus-blackbox-exporter"
_PORT = 19115
_CPU_CLOCK_OF_PROCESS = 2


def cpu_of(pid: int) -> float:
    """Return the CPU seconds of a process, all its threads."""
    return time.clock_gettime((~pid << 3) | _CPU_CLOCK_OF_PROCESS)


class Exporter:
    """blackbox exporter asked by one kept-alive client per uplink; only its own CPU counts."""

    def __init__(self, lab: NetLab, numbers: Sequence[int], scheme: str) -> None:
        config = lab.folder / f"blackbox-{scheme}.yml"
        config.write_text(_modules(lab, numbers, lab.folder / "ca.pem"))
        command = [_EXPORTER, f"--config.file={config}", f"--web.listen-address=127.0.0.1:{_PORT}", "--log.level=error"]
        self._child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self._urls = {number: _urls(lab, number, scheme) for number in numbers}
        self._failures = 0
        self._clients = {number: http.client.HTTPConnection("127.0.0.1", _PORT, timeout=10) for number in numbers}
        self._wait_until_ready()

    @staticmethod
    def is_installed() -> bool:
        """Whether there is an exporter to compare with."""
        return shutil.which(_EXPORTER) is not None

    def run(self) -> tuple[float, int]:
        """Probe everything once; return the exporter's CPU seconds and the number of failed probes."""
        self._failures = 0
        before = cpu_of(self._child.pid)
        threads = [threading.Thread(target=self._ask, args=(number,)) for number in self._urls]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return cpu_of(self._child.pid) - before, self._failures

    def close(self) -> None:
        """End the exporter."""
        for client in self._clients.values():
            client.close()
        self._child.kill()
        self._child.communicate()

    def _ask(self, number: int) -> None:
        client = self._clients[number]
        for url in self._urls[number]:
            client.request("GET", url)
            if b"probe_success 1" not in client.getresponse().read():
                self._failures += 1

    def _wait_until_ready(self) -> None:
        for _ in range(100):
            try:
                probe: Any = http.client.HTTPConnection("127.0.0.1", _PORT, timeout=1)
                probe.request("GET", "/-/healthy")
                probe.getresponse().read()
                probe.close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError(f"the exporter did not start: {self._child.stderr.read() if self._child.stderr else ''}")


class Fping:
    """One fping per uplink, as a shell script would do it."""

    def __init__(self, lab: NetLab, numbers: Sequence[int]) -> None:
        self._commands = [
            ["fping", "-I", f"up{number}", "-c1", "-q", "-t1000", lab.gateway(number), *TARGETS[4]]
            for number in numbers
        ]

    def run(self) -> tuple[float, int]:
        """Ping everything once; return the children's CPU seconds and how many of them failed."""
        before = _children_cpu_s()
        children = [
            subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for command in self._commands
        ]
        failures = sum(child.wait() != 0 for child in children)
        return _children_cpu_s() - before, failures


def _children_cpu_s() -> float:
    import resource

    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _urls(lab: NetLab, number: int, scheme: str) -> list[str]:
    pings = [("icmp", address) for address in (lab.gateway(number), *TARGETS[4])]
    pages = [("http", f"{scheme}://{address}/") for address in WEB]
    return [
        "/probe?" + urllib.parse.urlencode({"module": f"{kind}{number}", "target": target})
        for kind, target in pings + pages
    ]


def _modules(lab: NetLab, numbers: Sequence[int], ca_file: FilePath) -> str:
    lines = ["modules:"]
    for number in numbers:
        source = lab.path(number).source
        lines += [
            f"  icmp{number}:",
            "    prober: icmp",
            "    timeout: 1s",
            f"    icmp: {{preferred_ip_protocol: ip4, source_ip_address: {source}}}",
            f"  http{number}:",
            "    prober: http",
            "    timeout: 4s",
            "    http:",
            "      preferred_ip_protocol: ip4",
            "      valid_status_codes: [204]",
            "      follow_redirects: false",
            f"      tls_config: {{ca_file: {ca_file}, server_name: {WEB_NAME}}}",
        ]
    return "\n".join(lines) + "\n"
