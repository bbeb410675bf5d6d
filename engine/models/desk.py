"""The collector's desk: who has which case open."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from engine.models.types import Base


class CaseLease(Base):
    """A case that somebody has open to work it; over when `until_at` has come, renewed while the page is open."""

    __tablename__ = "case_leases"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    since_at: Mapped[dt.datetime]  # business time, as it is shown
    until_at: Mapped[dt.datetime]  # real time
