"""``ispstatus probe`` in the multi-WAN lab: a table for people, JSON for programs."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.lab import faults
from tests.lab.topology import REPOSITORY, WanLab, why_not

pytestmark = [pytest.mark.lab, pytest.mark.skipif(why_not() is not None, reason=str(why_not()))]


@pytest.fixture(scope="module")
def lab() -> Iterator[WanLab]:
    with WanLab() as lab:
        yield lab


def _probe(lab: WanLab, *options: str) -> "subprocess.CompletedProcess[str]":
    process = lab.popen(
        "box", sys.executable, "-m", "ispstatus", "probe", "--state-dir", str(lab.folder / "none"), *options,
        over={}, cwd=REPOSITORY, env={**os.environ, "SSL_CERT_FILE": str(lab.ca)},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    out, err = process.communicate(timeout=60)
    return subprocess.CompletedProcess([], process.returncode, out.decode(), err.decode())


def test_a_healthy_box_is_a_table_for_each_uplink(lab: WanLab) -> None:
    said = _probe(lab)
    assert said.returncode == 0, said.stderr
    blocks = said.stdout.strip().split("\n\n")
    assert [block.split(":")[0] for block in blocks] == ["fibre0", "lte0", "bgp0"]
    for block in blocks:
        head, columns, *rows = block.splitlines()
        assert ": UP (ok): " in head
        assert columns.split() == ["check", "target", "result", "ms", "error"]
        for kind in ("ping", "dns", "http"):
            assert any(re.match(rf"  {kind} +\S.* ok +\d+\.\d$", row) for row in rows), block


def test_a_dead_uplink_is_named_with_what_to_do_and_the_exit_code_tells(lab: WanLab) -> None:
    faults.inject(lab, "blackhole", "lte")
    try:
        all_of_them, alone = _probe(lab, "--json"), _probe(lab, "lte0")
    finally:
        faults.heal(lab, "lte")

    assert all_of_them.returncode == alone.returncode == 1
    uplinks = {one["name"]: one for one in json.loads(all_of_them.stdout)["uplinks"]}
    assert {name: one["state"] for name, one in uplinks.items()} == {"fibre0": 2, "lte0": 0, "bgp0": 2}
    assert [one["ok"] for one in uplinks["lte0"]["ping"]] == [False] * 3
    assert alone.stdout.startswith("lte0: DOWN (")
    assert "\n  next: " in alone.stdout


def test_an_uplink_nobody_knows_is_told_with_the_known_ones(lab: WanLab) -> None:
    said = _probe(lab, "dsl")
    assert said.returncode == 1
    assert said.stderr == "ispstatus: no such uplink; known: fibre0, lte0, bgp0\n"
