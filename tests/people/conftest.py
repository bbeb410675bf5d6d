"""A database of its own for each test of this folder, and the cast in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from engine.db import begin_write, make_engine, make_sessions
from engine.models import Base
from tests.cast import Cast, make_cast


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    engine = make_engine(f"sqlite:///{tmp_path}/people.db")
    Base.metadata.create_all(engine)
    with make_sessions(engine)() as session:
        begin_write(session)
        yield session
    engine.dispose()


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)
