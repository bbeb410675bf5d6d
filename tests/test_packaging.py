"""What setup.cfg says: every version pinned, everything imported declared, nothing declared that nobody imports."""

from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
INDIRECT = {
    "marshmallow",  # set for the project: the schemas of the API
    "psycopg",  # SQLAlchemy loads it by the name in the database's address
    "tzdata",  # zoneinfo reads it where the machine has no time zones of its own
}
OURS = {"engine", "web", "workers", "tests"}


def _requirements(section: str, option: str) -> tuple[set[str], list[str]]:
    """Names of what is asked for by itself, and all lines."""
    text = (ROOT / "setup.cfg").read_text()
    text = re.split(rf"^\[{re.escape(section)}\]$", text, flags=re.MULTILINE)[1]
    text = re.split(rf"^{option} =$", text, flags=re.MULTILINE)[1]
    text = re.split(r"^\S|^\[", text, flags=re.MULTILINE)[0]
    own, _, _brought = text.partition("#")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
    return {_name(line) for line in own.splitlines() if line.strip()}, lines


def _name(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\[=]", requirement.strip())[0]).lower()


PIN = r'[\w.\-]+(\[\w+\])?==[\w.]+(; python_full_version < "[\d.]+")?'


@pytest.mark.parametrize(("section", "option"), [("options", "install_requires"), ("options.extras_require", "test")])
def test_every_version_is_pinned(section: str, option: str) -> None:
    _own, lines = _requirements(section, option)
    assert lines
    assert [line for line in lines if not re.fullmatch(PIN, line)] == []


def _imported() -> set[str]:
    """Distributions that the product's own modules import."""
    modules: set[str] = set()
    for package in ("engine", "web", "workers"):
        for path in (ROOT / package).rglob("*.py"):
            if "frontend" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_bytes())):
                if isinstance(node, ast.Import):
                    modules |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    modules.add(node.module.split(".")[0])
    known = packages_distributions()
    foreign = modules - OURS - set(sys.stdlib_module_names) - {"__future__"}
    return {_name(known[module][0]) for module in foreign}


def test_what_is_imported_is_declared() -> None:
    _own, lines = _requirements("options", "install_requires")
    assert sorted(_imported() - {_name(line) for line in lines}) == []


def test_what_is_declared_is_imported() -> None:
    own, _lines = _requirements("options", "install_requires")
    assert sorted(own - _imported() - INDIRECT) == []
