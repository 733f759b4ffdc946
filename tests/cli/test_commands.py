"""The command as a stranger meets it: what it explains, what it refuses, and with which exit code."""

from pathlib import Path

import pytest

from ispstatus import cli
from tests.net.namespace import namespace, needs_namespaces

COMMANDS = (
    "run",
    "check",
    "probe",
    "uplink",
    "uplink list",
    "uplink forget",
    "agent",
    "agent list",
    "agent forget",
    "demo",
    "backup",
    "restore",
)


def ended(*arguments: str) -> int:
    """Return the exit code of one command."""
    try:
        return cli.main(arguments)
    except SystemExit as end:
        return int(end.code or 0)


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended("--help") == 0
    told = capsys.readouterr().out
    assert [name for name in COMMANDS if " " not in name and f"\n    {name} " not in told] == []
    assert "Exit codes: 0 done, 1 failed, 2 wrong usage, 78 configuration refused." in told


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(*command.split(), "--help") == 0
    assert capsys.readouterr().out.startswith(f"usage: ispstatus {command} ")


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_an_option_nobody_knows_is_wrong_usage(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(*command.split(), "--frobnicate") == 2
    assert capsys.readouterr().err.startswith("usage: ispstatus")


@pytest.mark.parametrize("address", ["8080", "localhost:8080", "0.0.0.0:http", ":::8080"])
def test_an_address_that_cannot_be_listened_on_is_wrong_usage(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended("run", "--listen", address) == 2
    assert f"'{address}' must be \"ADDRESS:PORT\"" in capsys.readouterr().err


def test_a_refused_configuration_is_told_with_file_line_key_value_and_what_would_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "site.toml"
    file.write_text('[web]\nlisten = "8080"\n\n[[uplink]]\nname = "a"\ninterface = 5\n', encoding="utf-8")

    assert ended("check", "--config", str(file)) == 78

    assert capsys.readouterr().err.splitlines() == [
        f'ispstatus: {file}:2: web.listen = "8080": must be a list, e.g. ["one", "two"]',
        f"{file}:6: uplink[1] (a).interface = 5: must be a text in quotes",
    ]


def test_check_prints_what_is_in_force_what_it_costs_and_whom_it_contacts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "site.toml"
    file.write_text('[[uplink]]\nname = "Fibre"\ninterface = "wan7"\n', encoding="utf-8")

    assert ended("check", "--config", str(file), "--state-dir", str(tmp_path)) == 0

    told = capsys.readouterr().out
    assert told.startswith(f"# {file}\n")
    assert 'interface = "wan7"' in told
    assert "#   Fibre: " in told
    assert "MB with one client poll a minute" in told
    assert "#   1.1.1.1: echo, names\n" in told
    assert "#   www.gstatic.com: web check\n" in told


def test_check_tells_what_a_far_end_of_your_own_costs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "site.toml"
    lines = '[reflector]\nhost = "far.example"\n[[uplink]]\nname = "Fibre"\ninterface = "wan7"\n'
    modem = '[[uplink]]\nname = "LTE"\ninterface = "wwan0"\n'
    for insight, told_of_modem in (
        ("", "your own far end is not sampled (insight.on_metered = false)"),
        (
            '[insight]\non_metered = true\ntwamp_responder = "router.example:862"\n',
            "the budget does not pay for samples",
        ),
        ("[insight]\non_metered = true\nevery_s = { https = -1, http = -1 }\n", "times more slowly than configured"),
    ):
        file.write_text(insight + lines + modem, encoding="utf-8")
        assert ended("check", "--config", str(file), "--state-dir", str(tmp_path)) == 0
        told = capsys.readouterr().out
        assert "MB samples to your own far end\n" in told
        assert "#   far.example: your reflector\n" in told
        assert ("#   router.example:862: TWAMP\n" in told) == ("router" in insight)
        modem_line, *_ = [line for line in told.splitlines() if line.startswith("#   LTE: ")]
        assert told_of_modem in modem_line


def test_check_tells_what_throughput_tests_cost_and_what_they_lack(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "x.toml"
    file.write_text(
        '[reflector]\nhost = "far.example"\n'
        '[throughput]\niperf_server = "iperf.example:5201"\nweb_upload = "https://speed.example/empty"\n'
        "metered_mb_month = 30\n"
        '[[uplink]]\nname = "fibre"\ninterface = "eth1"\n'
        '[[uplink]]\nname = "lte"\ninterface = "eth2"\nmetered = true\n'
    )
    monkeypatch.setenv("PATH", str(tmp_path))

    assert ended("check", "--config", str(file), "--state-dir", str(tmp_path)) == 0

    told = capsys.readouterr().out
    assert "#   fibre: train every 60 min, up to 956 MB a month\n" in told
    assert "#   fibre: iperf_tcp every 120 min, 930 MB a month for each Mbit/s the line has: tell" in told
    assert "#   fibre: iperf_udp every 120 min, up to 9300 MB a month\n" in told
    assert "#   fibre: web every 120 min, up to 39007 MB a month\n" in told
    assert "#   fibre: of what can be said, up to 49263 MB a month in all\n" in told
    assert "#   lte: train every 1913 min, up to 30 MB a month\n" in told
    assert "#   lte: iperf" not in told
    assert "#   iperf.example: iperf3\n" in told
    assert "#   speed.example: speed test\n" in told
    assert "warning: iperf3 is not installed (Debian package iperf3)" in told


def test_check_writes_what_is_in_force_to_a_new_file_and_never_over_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    given, new = tmp_path / "given.toml", tmp_path / "etc" / "new.toml"
    given.write_text('[[uplink]]\nname = "Fibre"\ninterface = "wan7"\n', encoding="utf-8")
    monkeypatch.setenv("ISPSTATUS_CONFIG", str(given))

    assert ended("check", "--state-dir", str(tmp_path), "--config", str(new), "--write") == 0
    assert capsys.readouterr().out == f"written: {new}\n"
    assert ended("check", "--state-dir", str(tmp_path), "--config", str(new)) == 0
    assert 'interface = "wan7"' in capsys.readouterr().out

    before = new.read_text(encoding="utf-8")
    assert ended("check", "--config", str(new), "--write") == 1
    assert f"{new} exists and is not overwritten" in capsys.readouterr().err
    assert new.read_text(encoding="utf-8") == before


def test_commands_on_a_database_that_is_not_there_fail_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in (["uplink", "list"], ["backup", str(tmp_path / "copy.db")], ["restore", str(tmp_path / "no.db")]):
        assert ended(*arguments, "--state-dir", str(tmp_path / "none")) == 1
        error = capsys.readouterr().err
        assert error.startswith("ispstatus: ")
        assert error.count("\n") == 1


def test_check_tells_what_filling_a_known_line_costs_and_what_a_metered_one_is_spared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "x.toml"
    file.write_text(
        '[reflector]\nhost = "far.example"\n[throughput]\niperf_server = "reflector"\n'
        '[[uplink]]\nname = "fibre"\ninterface = "eth1"\nbandwidth_mbps = { down = 100, up = 20 }\n'
        '[[uplink]]\nname = "lte"\ninterface = "eth2"\nmetered = true\n'
    )

    assert ended("check", "--config", str(file), "--state-dir", str(tmp_path)) == 0

    told = capsys.readouterr().out
    assert "#   fibre: iperf_tcp every 120 min, up to 55800 MB a month\n" in told  # 120 Mbit/s for 10 s, 372 times
    assert "#   lte: metered, none (throughput.metered_mb_month = 0)\n" in told


@needs_namespaces
def test_check_warns_of_a_far_end_that_would_be_reached_by_another_way(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "x.toml"
    file.write_text('[reflector]\nhost = "198.51.100.9"\n[[uplink]]\nname = "fibre"\ninterface = "eth1"\n')
    arguments = ("check", "--config", str(file), "--state-dir", str(tmp_path))
    with namespace() as space:
        space.ip(
            "link add eth1 type veth peer name far",
            "link set far up",
            "link set eth1 up",
            "address add 203.0.113.2/24 dev eth1",
            "route add default via 203.0.113.1 dev eth1",
        )
        assert space.call(lambda: ended(*arguments)) == 0
        assert "warning: fibre" not in capsys.readouterr().out

        space.ip("route add 198.51.100.9/32 via 203.0.113.9")
        assert space.call(lambda: ended(*arguments)) == 0

    warnings = [line for line in capsys.readouterr().out.splitlines() if line.startswith("warning: fibre")]
    assert len(warnings) == 1
    assert "the far end 198.51.100.9 is not sampled" in warnings[0]
    assert "203.0.113.9" in warnings[0]
