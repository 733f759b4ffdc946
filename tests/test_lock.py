"""The lock files pin, with hashes, what pyproject.toml asks for, and tell nothing about where they were made."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_ROOT = Path(__file__).parent.parent
_RUNTIME, _TEST = _ROOT / "requirements.lock", _ROOT / "requirements-test.lock"
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ \\]+)", re.MULTILINE)


def _project() -> dict[str, list[str]]:
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    runtime: list[str] = project["dependencies"]
    extra: list[str] = project["optional-dependencies"]["test"]
    return {_RUNTIME.name: runtime, _TEST.name: runtime + extra}


def _pins(lock: Path) -> dict[str, str]:
    found = _PIN.findall(lock.read_text(encoding="utf-8"))
    return {canonicalize_name(name): version for name, version in found}


_WISHES = [(lock, wish) for lock, wishes in _project().items() for wish in wishes]


@pytest.mark.parametrize(("lock", "wish"), _WISHES, ids=[f"{lock}-{wish}" for lock, wish in _WISHES])
def test_every_dependency_is_pinned_at_a_version_pyproject_accepts(lock: str, wish: str) -> None:
    requirement = Requirement(wish)
    pinned = _pins(_ROOT / lock).get(canonicalize_name(requirement.name))
    assert pinned is not None, f"{requirement.name} is not in {lock}: run `make lock`"
    assert requirement.specifier.contains(pinned), f"{lock} has {pinned}: run `make lock`"


@pytest.mark.parametrize("lock", [_RUNTIME, _TEST], ids=lambda lock: lock.name)
def test_every_pin_has_a_hash(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=\S)", text.strip())
    unhashed = [block.splitlines()[0] for block in blocks if _PIN.match(block) and "--hash=sha256:" not in block]
    assert _pins(lock)
    assert unhashed == []


@pytest.mark.parametrize("lock", [_RUNTIME, _TEST], ids=lambda lock: lock.name)
def test_no_address_or_path_of_the_machine_that_made_it_is_in_it(lock: Path) -> None:
    lines = lock.read_text(encoding="utf-8").splitlines()
    strange = [line for line in lines if not line.startswith("#") and ("/" in line or "index" in line)]
    assert strange == []


def test_the_tests_run_with_the_versions_that_are_shipped() -> None:
    shipped, tested = _pins(_RUNTIME), _pins(_TEST)
    assert {name: version for name, version in shipped.items() if tested.get(name) != version} == {}
