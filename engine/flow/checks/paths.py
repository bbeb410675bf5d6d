"""Checks files and folders on disk: a file by itself, a folder as one release."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.errors import DunflowError
from engine.flow.checks.release import check_file, check_release
from engine.flow.checks.report import FileReport
from engine.flow.checks.rules import found
from engine.flow.vocabulary import Vocabulary

_ENDINGS = frozenset({".bpmn", ".dmn"})


class PathUnreadable(DunflowError):
    """{path} cannot be read: {reason}."""

    status = 404


def check_paths(paths: Sequence[Path], vocabulary: Vocabulary) -> list[FileReport]:
    """The verdicts on files and folders, in the order given; raises PathUnreadable for what is not there."""
    reports: list[FileReport] = []
    for path in paths:
        reports += _folder(path, vocabulary) if path.is_dir() else [check_file(str(path), _bytes(path), vocabulary)]
    return reports


def release_files(folder: Path) -> dict[str, bytes]:
    """The diagrams, tables and forms of a folder by their path within it; raises PathUnreadable."""
    try:
        inside = sorted(path for path in folder.rglob("*") if path.is_file())
    except OSError as error:
        raise PathUnreadable(path=folder, reason=error.strerror or str(error)) from error
    return {path.relative_to(folder).as_posix(): _bytes(path) for path in inside if _is_part(path.relative_to(folder))}


def _is_part(path: Path) -> bool:
    if any(name.startswith(".") for name in path.parts):
        return False
    ending = path.suffix.lower()
    return ending in _ENDINGS or (ending == ".json" and "forms" in path.parts[:-1])


def _folder(folder: Path, vocabulary: Vocabulary) -> list[FileReport]:
    files = {str(folder / name): source for name, source in release_files(folder).items()}
    if not files:
        return [FileReport(str(folder), runs=False, findings=(found("empty-release", None, name=folder),))]
    return check_release(files, vocabulary)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise PathUnreadable(path=path, reason=error.strerror or str(error)) from error
