"""Putting one process together: database, sessions, kernel and clock, from the settings. Nothing happens at import."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from engine import clock
from engine.db import begin_write, make_engine
from engine.demo import ticking
from engine.flow.kernel import KERNEL, Kernel
from engine.lifecycle import CaseDomain, vocabulary
from engine.settings import Settings


@dataclass(frozen=True)
class Dunflow:
    """What one process works with. Sessions carry the kernel in `session.info`."""

    settings: Settings
    engine: Engine
    kernel: Kernel
    sessions: sessionmaker[Session]

    @contextmanager
    def business_time(self) -> Iterator[None]:
        """Within the block `clock.now()` is business time at the lender's place: entered around each request or job."""
        with clock.use_zone(self.settings.timezone):
            if not self.settings.is_demo:
                yield
                return
            with self.sessions() as session:
                now = ticking.reading(session)
            with clock.use(now):
                yield

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction that writes: committed at the end of the block, undone if it raises."""
        with self.sessions() as session:
            begin_write(session)
            yield session
            session.commit()

    def close(self) -> None:
        """Give back the database connections."""
        self.engine.dispose()


def build(settings: Settings, *, kernel: Kernel | None = None, pool_size: int = 10) -> Dunflow:
    """A wired process. `kernel` may be handed on from the process this one was forked from."""
    engine = make_engine(settings.database_url, pool_size=pool_size)
    kernel = kernel or Kernel(vocabulary(), CaseDomain())
    return Dunflow(settings, engine, kernel, sessions_of(engine, kernel))


def sessions_of(engine: Engine, kernel: Kernel) -> sessionmaker[Session]:
    """Sessions on an engine that carry this kernel."""
    return sessionmaker(engine, expire_on_commit=True, autoflush=False, info={KERNEL: kernel})
