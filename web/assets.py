"""Addresses of built scripts and styles by their plain names."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from flask import url_for

from engine.errors import DunflowError

MANIFEST = Path(__file__).parent / "static" / "built" / "manifest.json"


class AssetsNotBuilt(DunflowError):
    """The pages' scripts and styles are not built: run `pip install -e .` or `python web/frontend/build_backend.py`."""

    status = 500


def asset(name: str) -> str:
    """The address of a built file: `app.js`, `app.css`, `viewer.js`, `viewer.css`, `icons.svg`."""
    return url_for("static", filename=f"built/{_files(_stamp())[name]}")


def _stamp() -> int:
    """Changes when the assets are built anew, so that a running development server follows."""
    try:
        return MANIFEST.stat().st_mtime_ns
    except FileNotFoundError:
        raise AssetsNotBuilt from None


@lru_cache(maxsize=2)
def _files(_stamp: int) -> dict[str, str]:
    return {name: entry["file"] for name, entry in json.loads(MANIFEST.read_text()).items()}
