"""Whether this process was asked to stop: long work looks here between its batches."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_asked = threading.Event()


def ask() -> None:
    """Ask this process to stop after the present batch."""
    _asked.set()


def asked() -> bool:
    """Whether it was."""
    return _asked.is_set()


def wait(seconds: float) -> bool:
    """Sleep, but wake when asked to stop; whether it was."""
    return _asked.wait(seconds)


def forget() -> None:
    """A process forked from one that was asked starts anew."""
    _asked.clear()


def after(seconds: float) -> Callable[[], bool]:
    """A question for long work: is it time to stop, because it was asked or because its slice of time is over?"""
    until = time.monotonic() + seconds
    return lambda: asked() or time.monotonic() > until
