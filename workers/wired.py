"""The wired Dunflow of this process: jobs find it here, because RQ calls them by name."""

from __future__ import annotations

from engine import settings as from_environment
from engine.flow.kernel import Kernel
from engine.settings import Settings
from engine.wiring import Dunflow, build

POOL = 2  # a worker does one thing at a time
_here: list[Dunflow] = []


def wire(settings: Settings, kernel: Kernel | None = None) -> Dunflow:
    """Wire this process, once, before its work begins."""
    for old in _here:
        old.close()
    _here[:] = [build(settings, kernel=kernel, pool_size=POOL)]
    return _here[0]


def here() -> Dunflow:
    """What this process works with; a plain `rq worker` is wired from the environment when its first job comes."""
    return _here[0] if _here else wire(from_environment.read())
