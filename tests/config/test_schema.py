import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_origin

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from ispstatus.config.explain import section_in
from ispstatus.config.render import _value
from ispstatus.config.schema import ConfigFile, Probe, Quality, UplinkEntry

SETTINGS = Path(__file__).parents[2] / "docs/reference/settings.md"
SHARED = (*Probe.model_fields, *Quality.model_fields, "reflector")
"""Keys of [[uplink]] that are documented where they are shared."""

Documented = dict[str, tuple[str, str]]


def documented() -> Documented:
    """Return section.key to default and meaning, as the page lists them."""
    found: Documented = {}
    section = ""
    for line in SETTINGS.read_text().splitlines():
        heading = re.fullmatch(r"## `\[+(\w+)\]+`", line)
        row = re.fullmatch(r"\| `([\w.\[\]]+)` \| (.+) \| (.+) \| (.+) \|", line)
        if heading:
            section = heading.group(1)
        elif row:
            found[f"{section}.{row.group(1)}"] = (row.group(3), row.group(4))
    return found


def keys_of(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, FieldInfo]]:
    for name, field in model.model_fields.items():
        if model is UplinkEntry and name in SHARED:
            continue
        place = f"{prefix}{name}"
        inner = section_in(field.annotation)
        if prefix:
            yield place, field
        if inner is not None:
            is_list = prefix and get_origin(field.annotation) is list
            yield from keys_of(inner, f"{place}[]." if is_list else f"{place}.")


KEYS = dict(keys_of(ConfigFile, ""))


def test_the_walk_finds_keys_at_every_depth() -> None:
    assert {"site.name", "probe.http[].nonce", "uplink.expected.loss_pct", "reflector.ports.twamp"} <= set(KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_every_setting_is_documented_with_a_sentence(key: str) -> None:
    assert key in documented(), f"{key} is missing in docs/reference/settings.md"
    assert documented()[key][1].endswith((".", "..."))


def test_no_setting_is_documented_that_is_not_there() -> None:
    assert set(documented()) - set(KEYS) == set()


@pytest.mark.parametrize("key", KEYS)
def test_the_documented_default_is_the_default(key: str) -> None:
    told = documented()[key][0]
    field = KEYS[key]
    if field.is_required():
        assert told == "*required*"
    elif told.startswith("`"):
        assert told.strip("`") == toml(field, told)
    else:
        assert told != "*required*"


def toml(field: FieldInfo, told: str) -> str:
    """Return a default as TOML; None stands for what the key's own "nothing special" word is."""
    default = field.get_default(call_default_factory=True, validated_data={})
    if default is None:
        assert told in ('`"auto"`', '`"null"`')
        return told.strip("`")
    return _value(plain(default))


def plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        given = {
            name: plain(getattr(value, name)) for name in type(value).model_fields if name in value.model_fields_set
        }
        return next(iter(given.values())) if set(given) in ({"address"}, {"name"}) else given
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value if isinstance(value, str | int | float | bool) else str(value)


@pytest.mark.parametrize("key", [*Probe.model_fields, *Quality.model_fields])
def test_every_key_of_probe_and_quality_may_be_set_per_uplink(key: str) -> None:
    assert key in UplinkEntry.model_fields
