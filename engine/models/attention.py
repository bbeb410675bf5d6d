"""What people are told of, and who looked for whom."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.models.types import Base, BigId


class Notification(Base):
    """Something one person is told. Those of one `told_as` that are unread are shown as one, with their number."""

    __tablename__ = "notifications"
    __table_args__ = (
        Index("ix_notifications_user_id_at", "user_id", "at"),
        Index(
            "ix_notifications_unread",
            "user_id",
            "told_as",
            postgresql_where=text("read_at IS NULL"),
            sqlite_where=text("read_at IS NULL"),
        ),
        Index("ix_notifications_at", "at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(String(20))
    told_as: Mapped[str] = mapped_column(String(80))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))  # who did it; empty: the clock or a rule
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[dt.datetime]
    read_at: Mapped[dt.datetime | None]


class Lookup(Base):
    """Somebody searched among all customers, or opened one (`customer_id`); real time, for the limit on both."""

    __tablename__ = "lookups"
    __table_args__ = (Index("ix_lookups_user_id_at", "user_id", "at"), Index("ix_lookups_at", "at"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"))
    at: Mapped[dt.datetime]


class CaseView(Base):
    """Somebody's page last said at this instant (real time) that it shows the case."""

    __tablename__ = "case_views"
    __table_args__ = (Index("ix_case_views_at", "at"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    at: Mapped[dt.datetime]
