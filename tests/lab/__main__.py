"""The lab by hand: ``sudo python -m tests.lab`` brings it up and takes commands until the input ends.

    fault blackhole fibre          fault loss lte pct=30           heal [UPLINK]
    profile leo bgp                service dns=servfail uplink=lte
    look                           exec box ip route               help

A second terminal reaches it with ``ip netns exec PREFIX-box ...`` (the prefix is printed).
"""

import shlex
import sys
from typing import Any

from tests.lab import faults, profiles
from tests.lab.seen import look
from tests.lab.topology import WanLab, why_not


def number_or_text(text: str) -> Any:
    """``30`` is a number, ``drop`` is not."""
    try:
        return float(text)
    except ValueError:
        return text


def obey(lab: WanLab, words: list[str]) -> str:
    """Do one command; returns what to print."""
    details = {key: number_or_text(value) for key, _, value in (word.partition("=") for word in words[1:]) if value}
    match words:
        case ["fault", name, uplink, *_]:
            faults.inject(lab, name, uplink, **details)
        case ["heal", *uplink]:
            faults.heal(lab, *uplink)
        case ["profile", name, uplink]:
            profiles.apply(lab, name, uplink)
        case ["service", *_]:
            faults.service(lab, **{key: str(value) for key, value in details.items()})
        case ["exec", space, *command]:
            done = lab.run(space, *command)
            return done.stdout + done.stderr
        case ["look"]:
            return "\n".join(f"{name:6} {look(lab, name)}" for name in lab.lines)
        case _:
            return f"{__doc__}\nfaults: {' '.join(faults.FAULTS)}\nprofiles: {' '.join(profiles.PROFILES)}"
    return "done"


def main() -> None:
    """Bring it up, read commands, take it down."""
    if reason := why_not():
        sys.exit(reason)
    with WanLab() as lab:
        print(f"up: namespaces {lab.prefix}-box -lan -inet -isp-{' -isp-'.join(lab.lines)}; CA {lab.ca}", flush=True)
        for line in sys.stdin:
            try:
                print(obey(lab, shlex.split(line)), flush=True)
            except (RuntimeError, KeyError, TypeError, ValueError) as error:
                print(f"no: {error!r}", flush=True)


if __name__ == "__main__":
    main()
