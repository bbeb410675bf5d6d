"""Parameters: each that is declared is read somewhere, so that setting it has an effect."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.parameters import DECLARED

ROOT = Path(__file__).parents[1]
CODE = [path for part in ("engine", "web", "workers") for path in (ROOT / part).rglob("*.py")]
READ = "\n".join(path.read_text(encoding="utf-8") for path in CODE if path.name != "parameters.py")


@pytest.mark.parametrize("name", DECLARED)
def test_what_is_declared_is_read(name: str) -> None:
    assert f'"{name}"' in READ
