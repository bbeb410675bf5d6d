"""The cast, in the test's session."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from tests.cast import Cast, make_cast


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)
