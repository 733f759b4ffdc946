"""The house rules that no other tool holds: sizes, thin views, SQL in one place, a test file per module.

Layers and contracts are import-linter's (`setup.cfg`); it runs here too, so that the test command is enough.
"""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "ispstatus"
MODULES = sorted(SOURCE.rglob("*.py"))

LONGEST_FILE = 400
LONGEST_FUNCTION = 50
LONGEST_VIEW = 15
ROUTE_DECORATORS = {"get", "post", "put", "patch", "delete", "route"}
SQL = re.compile(
    r"\b(SELECT\s.+\sFROM|INSERT\s+(OR\s+\w+\s+)?INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|CREATE\s+(TABLE|INDEX)"
    r"|PRAGMA\s+\w+|DROP\s+TABLE|ALTER\s+TABLE)\b",
    re.DOTALL,
)
TESTED_ONE_TO_ONE = ("analytics", "decide", "net", "probes", "reflector", "store")


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _is_view(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(
        isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and one.func.attr in ROUTE_DECORATORS
        for one in node.decorator_list
    )


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_no_file_is_longer_than_a_reader_keeps_in_mind() -> None:
    files = [*MODULES, *sorted((ROOT / "tests").rglob("*.py"))]
    lengths = {_name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files}

    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    long = {f"{_name(path)}:{one.name}": _lines(one) for path in MODULES for one in _functions(path)}

    assert {name: lines for name, lines in long.items() if lines > LONGEST_FUNCTION} == {}


def test_views_parse_ask_and_shape_and_do_nothing_else() -> None:
    views = {
        f"{_name(path)}:{one.name}": _lines(one)
        for path in (SOURCE / "web").rglob("*.py")
        for one in _functions(path)
        if _is_view(one)
    }

    assert len(views) > 0
    assert {name: lines for name, lines in views.items() if lines > LONGEST_VIEW} == {}


def test_sql_is_spoken_in_the_store_alone() -> None:
    spoken = [
        f"{_name(path)}:{node.lineno}"
        for path in MODULES
        if "store" not in path.relative_to(SOURCE).parts
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.search(node.value)
    ]

    assert spoken == []


@pytest.mark.parametrize("package", TESTED_ONE_TO_ONE)
def test_each_module_has_a_test_file_of_its_own(package: str) -> None:
    missing = {
        f"{package}/{path.name}"
        for path in (SOURCE / package).glob("*.py")
        if path.name != "__init__.py" and not (ROOT / "tests" / package / f"test_{path.name}").exists()
    }

    assert missing == set()


def test_no_module_is_a_junk_drawer() -> None:
    drawers = {"utils", "util", "common", "helpers", "core", "misc"}

    assert [_name(path) for path in MODULES if drawers & {*path.relative_to(SOURCE).parts, path.stem}] == []


def test_code_depends_downwards_only() -> None:
    beside = Path(sys.executable).with_name("lint-imports")
    command = str(beside) if beside.exists() else shutil.which("lint-imports")
    if command is None:
        pytest.skip("import-linter is not installed")

    done = subprocess.run([command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)

    assert done.returncode == 0, done.stdout + done.stderr
