"""Batches that give, move or take many cases, what became of each case in them, and standing rules."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.models.types import Base, BigId


class Method(StrEnum):
    """How a batch is shared out."""

    EVENLY = "evenly"  # equal shares of the batch, remainders to whoever holds least
    BY_AMOUNT = "by_amount"  # balanced by amount past due
    TO_PERSON = "to_person"  # all to the named people, in turn


class BatchKind(StrEnum):
    """What a batch does to its cases."""

    DISPATCH = "dispatch"  # gives what waits
    REASSIGN = "reassign"  # gives what somebody has to somebody else
    RECALL = "recall"  # takes cases from their collectors: they wait for dispatch
    HAND_OVER = "hand_over"  # reassigns everything that one person has
    GIVE_BACK = "give_back"  # reassigns to that person what was handed over and is still where it went

    @property
    def outcome(self) -> str:
        """The outcome of an item that went well."""
        return _OUTCOMES.get(self, "reassigned")


_OUTCOMES = {BatchKind.DISPATCH: "dispatched", BatchKind.RECALL: "recalled"}
DONE = ("dispatched", "reassigned", "recalled")


class DispatchBatch(Base):
    """One act upon many cases: who asked, how, and how far it is. `dispatched` counts what was done, of any kind."""

    __tablename__ = "dispatch_batches"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))  # empty: a standing rule
    rule_id: Mapped[int | None] = mapped_column(ForeignKey("standing_rules.id"))
    kind: Mapped[str] = mapped_column(String(12), default=BatchKind.DISPATCH, server_default="dispatch")
    method: Mapped[str] = mapped_column(String(20))  # empty: nobody gets anything
    note: Mapped[str] = mapped_column(Text, default="", server_default="")  # why, where that was asked
    criteria: Mapped[dict[str, Any]] = mapped_column(default=dict)
    status: Mapped[str] = mapped_column(String(12))  # planned, running, done, undoing, undone
    planned: Mapped[int] = mapped_column(default=0)
    dispatched: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[dt.datetime]
    finished_at: Mapped[dt.datetime | None]
    undone_at: Mapped[dt.datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class DispatchItem(Base):
    """One case of a batch: planned for whom, and what came of it."""

    __tablename__ = "dispatch_items"
    __table_args__ = (
        UniqueConstraint("batch_id", "case_id"),
        Index("ix_dispatch_items_batch_id_outcome", "batch_id", "outcome", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("dispatch_batches.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    collector_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))  # who is to have it; empty: nobody
    from_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))  # who had it when planned
    amount: Mapped[Decimal]  # past due when planned
    outcome: Mapped[str] = mapped_column(String(12))  # planned, skipped, undone, or one of DONE
    reason: Mapped[str | None] = mapped_column(String(60))  # why skipped, or why not undone


class StandingRule(Base):
    """Dispatches by itself what waits of a product and tier, daily at an hour (lender's time) or at once."""

    __tablename__ = "standing_rules"
    __table_args__ = (UniqueConstraint("stage", "product", "tier"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    stage: Mapped[str] = mapped_column(String(20))
    product: Mapped[str] = mapped_column(String(40))  # '*' for any
    tier: Mapped[str] = mapped_column(String(20))  # '*' for any
    method: Mapped[str] = mapped_column(String(20))
    hour: Mapped[int]  # 0-23
    active: Mapped[bool] = mapped_column(default=True)
    last_run_on: Mapped[dt.date | None]
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    changed_at: Mapped[dt.datetime]
