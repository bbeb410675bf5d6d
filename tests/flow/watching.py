"""Watches what an attempt to escape reaches: processes, files, sockets, imports. For every file of escape attempts."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SECRET = "what-the-house-keeps-to-itself"  # noqa: S105 - bait, and no password
_REACHING = ("os.", "subprocess.", "socket.", "shutil.", "ctypes.", "urllib.", "pickle.", "open", "import", "exec")
_recording: list[list[str]] = []


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if _recording and event.startswith(_REACHING) and not _is_ours(event, arguments):
        _recording[-1].append(f"{event} {arguments[:1]!r}"[:200])


def _is_ours(event: str, arguments: tuple[object, ...]) -> bool:
    """Making the function of an expression that passed the check; it does not run it."""
    return event == "exec" and getattr(arguments[0], "co_filename", "") == "<expression>"


sys.addaudithook(_note)


@dataclass(frozen=True)
class Bait:
    """What an attempt may try to reach: a file with a secret, a file to create, an address to call."""

    secret: Path
    created: Path
    port: int


@contextmanager
def nothing_reached(folder: Path, *, seconds: float = 2.0) -> Iterator[Bait]:
    """Within the block nothing may be opened, imported, run or called, nothing created, and little time spent."""
    bait = Bait(folder / "secret.txt", folder / "created.txt", 0)
    bait.secret.write_text(f'<!ENTITY leak "{SECRET}">{SECRET}', encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        events: list[str] = []
        started = time.perf_counter()
        _recording.append(events)
        try:
            yield Bait(bait.secret, bait.created, listener.getsockname()[1])
        finally:
            _recording.remove(events)
        assert events == []
        assert time.perf_counter() - started < seconds
        assert not bait.created.exists()
        assert not _was_called(listener)


def baited(text: str, bait: Bait) -> str:
    """The attempt with the places of its bait filled in."""
    filled = text.replace("SECRET_FILE", str(bait.secret)).replace("NEW_FILE", str(bait.created))
    return filled.replace("ADDRESS", f"127.0.0.1:{bait.port}")


def _was_called(listener: socket.socket) -> bool:
    try:
        listener.accept()[0].close()
    except BlockingIOError:
        return False
    return True
