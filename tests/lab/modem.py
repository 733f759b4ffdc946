"""A modem that is not there: what mmcli would say of it, and a program of that name which says it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

FIRST = "/org/freedesktop/ModemManager1/Modem/0"
NOTHING: dict[str, str] = dict.fromkeys(("ecio", "rscp", "rsrp", "rsrq", "rssi", "snr", "error-rate"), "--")


def facts(*technologies: str, operator: str = "TELUS", ports: Sequence[str] = ("cdc-wdm0 (qmi)", "wwan0 (net)")) -> str:
    generic = {"access-technologies": technologies, "ports": ports, "state": "connected"}
    return json.dumps({"modem": {"3gpp": {"operator-name": operator}, "generic": generic}})


def signal(**parts: dict[str, str]) -> str:
    names = ("lte", "umts", "gsm", "cdma1x", "evdo")
    found: dict[str, Any] = {name: NOTHING | parts.get(name, {}) for name in names}
    found["5g"] = NOTHING | parts.get("nr", {})
    return json.dumps({"modem": {"signal": {**found, "refresh": {"rate": "10"}}}})


LTE = {"rsrp": "-101.00", "rsrq": "-13.00", "rssi": "-70.00", "snr": "15.50"}
LOCATION = json.dumps({"modem": {"location": {"3gpp": {"cid": "01A2B3C4", "lac": "FFFE", "tac": "52E3"}}}})
CELLS = json.dumps(
    {
        "modem": {
            "cell-info": [
                "cell type: lte, serving: no, physical ci: 11",
                "cell type: lte, serving: yes, operator id: 302720, tac: 52E3, ci: 1A2B3C4, physical ci: 1F2",
            ]
        }
    }
)


MMCLI = """\
#!/bin/sh
{first}
cat "{folder}/$(echo "$*" | tr -c "a-zA-Z0-9\\n-" "_")"
"""
"""Answers from files that are named like its words; ``first``: what it does before."""


class FakeMmcli:
    """The program, in a folder that goes onto somebody's PATH, with its answers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        program = folder / "mmcli"
        program.write_text(MMCLI.format(folder=folder, first=""))
        program.chmod(0o755)

    def answer(self, words: str, text: str) -> None:
        """From now on, answer so when asked with these words."""
        for name, content in answers({words: text}).items():
            (self.folder / name).write_text(content)


def answers(told: dict[str, str]) -> dict[str, str]:
    """Return file names and texts for answers by the words that ask for them."""
    return {"".join(c if c.isalnum() or c == "-" else "_" for c in words): text for words, text in told.items()}


def one_modem(interface: str) -> dict[str, str]:
    """Return everything mmcli says of one LTE modem that carries an interface."""
    return {
        "-L -J": json.dumps({"modem-list": [FIRST]}),
        f"-m {FIRST} -J": facts("lte", ports=["cdc-wdm0 (qmi)", f"{interface} (net)"]),
        f"-m {FIRST} --signal-get -J": signal(lte=LTE),
        f"-m {FIRST} --location-get -J": LOCATION,
        f"-m {FIRST} --get-cell-info -J": CELLS,
    }


NO_MODEM = {"-L -J": json.dumps({"modem-list": []})}
UEVENT = "DEVTYPE=wwan\nINTERFACE={device}\nIFINDEX=1\n"
"""What the kernel tells of a modem's network device in /sys/class/net/DEVICE/uevent."""
