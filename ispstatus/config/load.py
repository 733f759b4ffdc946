"""Reading the configuration: a TOML file to settings, or one error that says everything that is wrong with it."""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ispstatus.config.build import build
from ispstatus.config.check import contradictions
from ispstatus.config.explain import problems_of, refuse
from ispstatus.config.schema import ConfigFile
from ispstatus.model.errors import ConfigError
from ispstatus.model.settings import Settings


def load(path: Path | None, state_dir: Path) -> Settings:
    """Return the settings of a file, or the defaults without one.

    ConfigError, a line for each problem, names file, key, value and what would be accepted.
    """
    if path is None:
        return build(ConfigFile(), state_dir, None)
    return parse(_read(path), path, state_dir)


def parse(text: str, path: Path, state_dir: Path) -> Settings:
    """Return the settings a text means; ``path`` names it in errors. ConfigError as for ``load``."""
    try:
        raw: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: is not valid TOML: {error}") from error
    try:
        file = ConfigFile.model_validate(raw)
    except ValidationError as error:
        raise refuse(path, text, raw, problems_of(error)) from error
    problems = contradictions(file)
    if problems:
        raise refuse(path, text, raw, problems)
    return build(file, state_dir, path)


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 text (byte {error.start})") from error
