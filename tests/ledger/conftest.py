"""A database in memory; each test writes customers of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from engine.db import begin_write, make_engine, make_sessions
from engine.models import Base


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    """One open transaction for all tests of a file."""
    engine = make_engine("sqlite://")
    Base.metadata.create_all(engine)
    with make_sessions(engine)() as opened:
        begin_write(opened)
        yield opened
    engine.dispose()
