"""Running the system: parameters, jobs and the demo's clock."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.models.types import Base, BigId, Json


class ParameterValue(Base):
    """A value a parameter has from an instant on; past values stay."""

    __tablename__ = "parameter_values"
    __table_args__ = (Index("ix_parameter_values_name_product_from_at", "name", "product", "from_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    product: Mapped[str | None] = mapped_column(String(40))  # empty: for all products
    value: Mapped[Any] = mapped_column(Json)
    from_at: Mapped[dt.datetime]
    note: Mapped[str] = mapped_column(Text, default="")
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    set_at: Mapped[dt.datetime]


class DeadLetter(Base):
    """A job that failed for good."""

    __tablename__ = "dead_letters"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    job: Mapped[str] = mapped_column(String(80))
    args: Mapped[dict[str, Any]] = mapped_column(default=dict)
    error_text: Mapped[str] = mapped_column(Text)
    failed_at: Mapped[dt.datetime]  # real time
    retried_at: Mapped[dt.datetime | None]
    retried_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class DemoClock(Base):
    """The demo's business time: it was `business_at` when the machine's clock said `real_at`."""

    __tablename__ = "demo_clock"

    id: Mapped[int] = mapped_column(primary_key=True)
    business_at: Mapped[dt.datetime]
    real_at: Mapped[dt.datetime]
    fed_until: Mapped[dt.datetime]  # repayments of the demo's accounts have arrived up to here
    shift_months: Mapped[int]
    customers: Mapped[int]


class Heartbeat(Base):
    """When a process of the system was last alive, real time."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    at: Mapped[dt.datetime]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
