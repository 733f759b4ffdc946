"""What ModemManager's modems say of their radio, read with ``mmcli -J``. Reading its answers is pure."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ispstatus.model.errors import CannotMeasure
from ispstatus.model.radio import Radio

PROGRAM = "mmcli"
ANSWER_S = 5.0

_DETAILS = ("--signal-get", "--location-get", "--get-cell-info")
_UNKNOWN = ("", "--", "unknown")
_TYPES = (
    ("5G", ("5gnr",)),
    ("4G LTE", ("lte", "lte-cat-m", "lte-nb-iot")),
    ("3G", ("umts", "hsdpa", "hsupa", "hspa", "hspa-plus", "evdo0", "evdoa", "evdob")),
    ("2G", ("gsm", "gsm-compact", "gprs", "edge", "1xrtt")),
)
_SIGNALS: Mapping[str | None, Sequence[str]] = {
    "5G": ("5g", "lte"),
    "4G LTE": ("lte",),
    "3G": ("umts", "evdo"),
    "2G": ("gsm", "cdma1x"),
}
"""Which parts of the signal are of a technology, the first before the others."""
_PCI = re.compile(r"serving: yes.*physical ci: ([0-9A-Fa-f]+)")

Ask = Callable[[Sequence[str]], str]
"""Runs mmcli with these words and returns what it prints; CannotMeasure when it fails."""


def ask_mmcli(words: Sequence[str]) -> str:
    """Run mmcli. CannotMeasure says in words why there is no answer."""
    program = shutil.which(PROGRAM)
    if program is None:
        raise CannotMeasure("mmcli is not installed (Debian package modemmanager)")
    try:
        done = subprocess.run(  # noqa: S603  a fixed program; its words are our own and names it gave us
            [program, *words], capture_output=True, text=True, timeout=ANSWER_S, check=True, stdin=subprocess.DEVNULL
        )
    except subprocess.CalledProcessError as error:
        raise CannotMeasure(f"mmcli gave no answer: {error.stderr.strip() or error}") from error
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError) as error:
        raise CannotMeasure(f"mmcli gave no answer: {error}") from error
    return done.stdout


def read_modems(ask: Ask = ask_mmcli) -> dict[str, Radio]:
    """Return what each modem says, by the network interface it carries. CannotMeasure when nobody can be asked.

    What a modem does not tell (no extended signal, location off) is None; one that cannot be asked is left out.
    """
    found: dict[str, Radio] = {}
    for modem in modems_of(ask(("-L", "-J"))):
        try:
            facts = ask(("-m", modem, "-J"))
        except CannotMeasure:
            continue
        signal, location, cells = (_try(ask, ("-m", modem, what, "-J")) for what in _DETAILS)
        found |= dict.fromkeys(interfaces_of(facts), radio_of(facts, signal, location, cells))
    return found


def modems_of(listed: str) -> tuple[str, ...]:
    """Return the modems of ``mmcli -L -J``."""
    paths = _in(_table(listed), "modem-list")
    return tuple(str(path) for path in paths) if isinstance(paths, list) else ()


def interfaces_of(facts: str) -> tuple[str, ...]:
    """Return the network interfaces of ``mmcli -m N -J``: its ports that say ``NAME (net)``."""
    ports = _in(_table(facts), "modem", "generic", "ports")
    listed = ports if isinstance(ports, list) else []
    return tuple(str(port).removesuffix(" (net)") for port in listed if str(port).endswith(" (net)"))


def radio_of(facts: str, signal: str, location: str, cells: str) -> Radio:
    """Return a reading from the answers to ``-m N``, ``--signal-get``, ``--location-get`` and ``--get-cell-info``.

    Whatever is missing or cannot be read is None.
    """
    modem = _table(facts)
    kind = _type_of(_in(modem, "modem", "generic", "access-technologies"))
    measured = _in(_table(signal), "modem", "signal")
    parts = [_in(measured, name) for name in _SIGNALS.get(kind, ())]

    def figure(*names: str) -> float | None:
        return next(_numbers(parts, names), None)

    serving = _PCI.search(str(_in(_table(cells), "modem", "cell-info") or ""))
    return Radio(
        network_name=_text(_in(modem, "modem", "3gpp", "operator-name")),
        network_type=kind,
        cell_id=_decimal(_text(_in(_table(location), "modem", "location", "3gpp", "cid"))),
        pci=_decimal(serving.group(1)) if serving else None,
        sinr_db=figure("snr", "sinr"),
        rssi_dbm=figure("rssi"),
        rsrp_dbm=figure("rsrp"),
        rsrq_db=figure("rsrq"),
        ecio_db=figure("ecio"),
    )


def _try(ask: Ask, words: Sequence[str]) -> str:
    try:
        return ask(words)
    except CannotMeasure:
        return ""


def _type_of(technologies: Any) -> str | None:
    spoken = technologies if isinstance(technologies, list) else []
    return next((name for name, members in _TYPES if any(one in spoken for one in members)), None)


def _numbers(parts: Sequence[Any], names: Sequence[str]) -> Iterator[float]:
    for part in parts:
        for name in names:
            text = _text(_in(part, name))
            try:
                yield float(text or "")
            except ValueError:
                continue


def _table(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return {}


def _in(table: Any, *keys: str) -> Any:
    for key in keys:
        table = table.get(key) if isinstance(table, dict) else None
    return table


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value not in _UNKNOWN else None


def _decimal(hexadecimal: str | None) -> str | None:
    """Cell numbers come in hexadecimal."""
    try:
        number = int(hexadecimal or "", 16)
    except ValueError:
        return None
    return str(number) if number else None
