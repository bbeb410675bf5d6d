"""Checks files and folders on disk: a file by itself, a folder as one release."""

from __future__ import annotations

import errno
import stat
from collections.abc import Sequence
from pathlib import Path

from engine.errors import DunflowError
from engine.flow.checks.release import check_file, check_release
from engine.flow.checks.report import FileReport
from engine.flow.checks.rules import found
from engine.flow.findings import Text
from engine.flow.safe_xml import MAX_BYTES
from engine.flow.vocabulary import Vocabulary

_MOST_READ = MAX_BYTES + 1  # enough to know that it is too large
_NOT_ORDINARY = Text("it is no ordinary file", "不是普通文件")
_REASONS = {
    errno.ENOENT: "没有这个文件或文件夹",
    errno.EACCES: "没有读取权限",
    errno.ELOOP: "符号链接循环",
    errno.ENAMETOOLONG: "名称过长",
}
_ENDINGS = frozenset({".bpmn", ".dmn"})


class PathUnreadable(DunflowError):
    """{path} cannot be read: {reason}."""

    status = 404


def check_paths(paths: Sequence[Path], vocabulary: Vocabulary) -> list[FileReport]:
    """The verdicts on files and folders, in the order given; raises PathUnreadable for what is not there."""
    reports: list[FileReport] = []
    for path in paths:
        is_folder = stat.S_ISDIR(_mode(path))
        reports += _folder(path, vocabulary) if is_folder else [check_file(str(path), _bytes(path), vocabulary)]
    return reports


def release_files(folder: Path) -> dict[str, bytes]:
    """The diagrams, tables and forms of a folder by their path within it; raises PathUnreadable."""
    try:
        inside = sorted(path for path in folder.rglob("*") if not path.is_dir())
    except OSError as error:
        raise _unreadable(folder, error) from error
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


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error


def _bytes(path: Path) -> bytes:
    """What a file holds, as far as the check looks. A pipe or a device might never end, or never begin."""
    if not stat.S_ISREG(_mode(path)):
        raise PathUnreadable(path=path, reason=_NOT_ORDINARY.en, reason_zh=_NOT_ORDINARY.zh)
    try:
        with path.open("rb") as opened:
            return opened.read(_MOST_READ)
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError | ValueError) -> PathUnreadable:
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    known = _REASONS.get(error.errno or 0) if isinstance(error, OSError) else None
    return PathUnreadable(path=path, reason=reason, reason_zh=known or reason)
