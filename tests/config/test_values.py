from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from ispstatus.config import values

ACCEPTED: list[tuple[Callable[[Any], Any], Any, Any]] = [
    (values.address, "2001:DB8::0:1", "2001:db8::1"),
    (values.target_address, "192.168.1.1", "192.168.1.1"),
    (values.endpoint, "[::]:8080", "[::]:8080"),
    (values.endpoint, "127.0.0.1:0", "127.0.0.1:0"),
    (values.uplink_name, "Liquid (BGP01) / Zürich", "Liquid (BGP01) / Zürich"),
    (values.interface_name, "enp3s0.100", "enp3s0.100"),
    (values.host_name, "Example.COM.", "example.com"),
    (values.host_or_address, "192.0.2.1", "192.0.2.1"),
    (values.url, "https://[2001:db8::1]:8443/x?y=1", "https://[2001:db8::1]:8443/x?y=1"),
    (values.zone, "Africa/Johannesburg", "Africa/Johannesburg"),
    (values.auto_or_address, "auto", None),
    (values.auto_or_address, "192.0.2.1", "192.0.2.1"),
    (values.gateway, "auto", None),
    (values.gateway, "none", "none"),
    (values.gateway, "fe80::1", "fe80::1"),
    (values.table, "auto", None),
    (values.table, "main", 254),
    (values.table, 101, 101),
    (values.mark, 0x101, 0x101),
    (values.mark, "none", 0),
    (values.mark, "auto", 0),
    (values.auto_or_bool, "auto", None),
    (values.auto_or_bool, False, False),
    (values.unknown_as, "null", None),
    (values.unknown_as, 0, 0),
    (values.unknown_as, 1, 1),
    (values.pace, 2, 2),
    (values.pace, 60, 60),
    (values.pace, -1, None),
    (values.port_or_off, 862, 862),
    (values.port_or_off, "off", None),
    (values.minutes_or_off, "off", None),
    (values.minutes_or_off, 5, 5),
    (values.far_endpoint, "reflector", "reflector"),
    (values.far_endpoint, "iperf.example.net:5201", "iperf.example.net:5201"),
    (values.far_endpoint, "[2001:db8::1]:5201", "[2001:db8::1]:5201"),
    (values.file_path, "/etc/ssl/one.pem", Path("/etc/ssl/one.pem")),
    (values.percentage, 99.9, "99.9"),
    (values.percentage, "99.90", "99.90"),
    (values.percentage, 100, "100"),
]

REFUSED: list[tuple[Callable[[Any], Any], Any]] = [
    (values.address, "example.com"),
    (values.address, 1),
    (values.address, "192.0.2.1/24"),
    *((values.target_address, text) for text in ("127.0.0.1", "0.0.0.0", "224.0.0.1", "fe80::1", "::1")),
    (values.network, "10.0.0.5/8"),
    (values.network, "ten"),
    (values.network, 10),
    *((values.endpoint, text) for text in ("8080", ":8080", "::8080", "[1.2.3.4]:80", "0.0.0.0:99999", "a:80", 80)),
    *((values.uplink_name, text) for text in ("", " a", "a ", "a\nb", "x" * 65, 5)),
    *((values.interface_name, text) for text in ("", "a b", "a/b", "..", "sixteen-letters-", "a:1")),
    *((values.host_name, text) for text in ("", "a..b", "-a.com", "a b", "x" * 64, "1.2.3.4", "a." * 127 + "com")),
    *((values.url, text) for text in ("ftp://a/", "http://", "a.com", "http://u:p@a/", "http://a/#f", "http://a:x/")),
    (values.url, "http://a b/"),
    *((values.minutes_or_off, value) for value in (4, 0, -1, "5", 5.0, True, "never")),
    *((values.far_endpoint, text) for text in ("host", "host:", "host:0", "a:1/x", "u@a:1", "-a:1", ":5201", 5)),
    (values.url, "http://-a/"),
    *((values.zone, text) for text in ("Mars/Olympus", "", "../etc/passwd", 2)),
    (values.moment, "2026-12-01T22:00:00+02:00"),
    (values.moment, datetime(2026, 12, 1, 22)),
    (values.auto_or_address, "none"),
    (values.gateway, "no"),
    *((values.table, value) for value in (0, -1, 2**32, True, "x", 1.0)),
    *((values.mark, value) for value in (-1, 2**32, True, "0x1", 1.0)),
    *((values.auto_or_bool, value) for value in ("yes", 1, None)),
    *((values.unknown_as, value) for value in (2, True, "0", 0.0, None)),
    *((values.pace, value) for value in (0, 1, 61, -2, True, "5", 5.0, None)),
    *((values.port_or_off, value) for value in (0, 65536, True, "on", None, 1.0)),
    *((values.file_path, value) for value in ("one.pem", "", "/a\0b", 3)),
    *((values.percentage, value) for value in (0, 100.1, -1, True, "abc", "1e2", None)),
]


@pytest.mark.parametrize(("check", "value", "meaning"), ACCEPTED)
def test_a_value_in_range_is_taken_for_what_it_means(check: Callable[[Any], Any], value: Any, meaning: Any) -> None:
    assert check(value) == meaning


@pytest.mark.parametrize(("check", "value"), REFUSED)
def test_any_other_value_is_refused_in_words(check: Callable[[Any], Any], value: Any) -> None:
    with pytest.raises(ValueError, match=r"must be|has bits set"):
        check(value)


def test_a_network_with_host_bits_is_told_what_was_probably_meant() -> None:
    with pytest.raises(ValueError, match=r'write "10\.0\.0\.0/8"'):
        values.network("10.0.0.5/8")


def test_an_address_alone_is_a_network_of_one() -> None:
    assert str(values.network("192.0.2.1")) == "192.0.2.1/32"
