"""Ten in the morning at a lender with the real diagrams."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session, sessionmaker

from engine import clock
from tests.cast import Cast
from tests.dispatch.world import TEN, a_lender


@pytest.fixture
def cast(sessions: sessionmaker[Session]) -> Iterator[Cast]:
    with clock.use(TEN):
        yield a_lender(sessions)
