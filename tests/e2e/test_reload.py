"""A changed file is taken over while probing goes on: all of it, or nothing."""

import signal
from collections.abc import Iterator

import pytest

from tests.e2e.worlds import NAMES, World, name_uplinks, open_world
from tests.lab.lines import THREE

FIBRE, LTE, BGP = THREE


@pytest.fixture(scope="module", name="world")
def _world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("reload") / "state") as world:
        world.daemon.wait_until_up(NAMES, within_s=20)
        yield world


def take_over(world: World, text: str, word: str) -> None:
    """Write the file anew, ask for a reload, and wait for what is said of it."""
    assert world.daemon.config_file is not None
    world.daemon.config_file.write_text(text)
    said = world.daemon.log.count(word)
    world.daemon.signal(signal.SIGHUP)
    world.daemon.wait_for_line(word, within_s=5, times=said + 1)


def names_of(world: World) -> list[str]:
    return [uplink["name"] for uplink in world.daemon.status()["uplinks"]]


def test_uplinks_come_go_and_change_their_names_and_the_others_are_not_disturbed(world: World) -> None:
    before = {uplink["name"]: uplink for uplink in world.daemon.status()["uplinks"]}

    renamed = f'[[uplink]]\nname = "glass"\nwas = ["fibre"]\ninterface = "{FIBRE.device}"\n'
    take_over(world, '[site]\nname = "Elsewhere"\n' + name_uplinks((LTE,)) + renamed, "reloaded: lte, glass")

    world.daemon.wait_until_up(["lte", "glass"], within_s=10)
    answer = world.daemon.status()
    after = {uplink["name"]: uplink for uplink in answer["uplinks"]}
    assert list(after) == ["lte", "glass"]
    assert answer["site"] == "Elsewhere"
    assert after["glass"]["agent_id"] == before["fibre"]["agent_id"]
    assert after["lte"]["since_utc"] == before["lte"]["since_utc"]
    assert after["glass"]["since_utc"] == before["fibre"]["since_utc"]
    listed = {uplink["name"]: uplink["removed"] for uplink in world.daemon.get("/api/uplinks").json["uplinks"]}
    assert listed == {"lte": False, "glass": False, "bgp": True}

    take_over(world, name_uplinks(), "reloaded: fibre, lte, bgp")
    world.daemon.wait_until_up(NAMES, within_s=10)
    assert names_of(world) == list(NAMES)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("[[uplink]]\nname = 7\n", "uplink[1].name", id="a file with a mistake"),
        pytest.param("this is no TOML", "not valid TOML", id="no TOML at all"),
        pytest.param('[web]\nlisten = ["127.0.0.1:8099"]\n' + name_uplinks(), "needs a restart", id="another port"),
    ],
)
def test_what_cannot_be_taken_over_changes_nothing_and_is_said(world: World, text: str, words: str) -> None:
    before = names_of(world)

    take_over(world, text, "nothing was reloaded, the configuration before stays in force")

    assert words in world.daemon.log.rsplit("nothing was reloaded", 1)[1]
    assert names_of(world) == before
    assert world.daemon.get("/healthz").status == 200


def test_a_target_that_is_added_is_asked_at_once(world: World) -> None:
    head = '[probe]\nping = ["1.1.1.1", "9.9.9.9"]\n'
    take_over(world, head + name_uplinks(), "reloaded: fibre, lte, bgp")

    def asked() -> set[str]:
        return {ping["target"] for ping in world.daemon.look("fibre", cached=False).uplink["ping"]}

    assert asked() == {"1.1.1.1", "9.9.9.9"}
