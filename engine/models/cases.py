"""Cases, the orders they hold, who had them, and what was done."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.models.types import Base, BigId


class Stage(StrEnum):
    """Before and after the due date."""

    PRE_COLLECTION = "pre_collection"
    COLLECTION = "collection"


class Status(StrEnum):
    """Where a case stands, as its diagram says at the element it waits at."""

    TO_DISPATCH = "to_dispatch"  # nobody has it
    IN_WORK = "in_work"  # a collector has it
    SUSPENDED = "suspended"  # nobody works it
    TO_DECIDE = "to_decide"  # a supervisor decides what becomes of it
    PLACED = "placed"  # with an agency
    LEGAL = "legal"  # in court
    WRITTEN_OFF = "written_off"  # off the books, still owed
    CLOSED = "closed"  # over


class ClosingReason(StrEnum):
    """Why a case closed."""

    PAID_IN_FULL = "paid_in_full"
    SETTLED_WITH_WAIVER = "settled_with_waiver"
    ROLLED = "rolled"
    FORGIVEN = "forgiven"
    SOLD = "sold"
    RETURNED = "returned"
    LATE_POSTING = "late_posting"
    OTHER = "other"


class Case(Base):
    """One customer, one product, one stage, one or more orders. Amounts and `oldest_due_on` are derived in the act."""

    __tablename__ = "cases"
    __table_args__ = (
        Index(
            "uq_cases_open",
            "customer_id",
            "product",
            "stage",
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
            sqlite_where=text("closed_at IS NULL"),
        ),
        Index("ix_cases_status_group_id", "status", "group_id", "id"),
        Index("ix_cases_collector_id_status", "collector_id", "status", "next_action_at"),
        Index("ix_cases_group_id_status", "group_id", "status", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    product: Mapped[str] = mapped_column(String(40))
    currency: Mapped[str] = mapped_column(String(3))
    stage: Mapped[str] = mapped_column(String(20))
    tier: Mapped[str | None] = mapped_column(String(20))
    tier_rank: Mapped[int] = mapped_column(default=0)
    tier_entered_at: Mapped[dt.datetime | None]
    tier_days_stood: Mapped[int] = mapped_column(default=0)  # days the tier clock stood still in suspensions
    last_tier_reviewed_on: Mapped[dt.date | None]
    status: Mapped[str] = mapped_column(String(20))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("groups.id"))  # responsible by product and tier
    collector_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    assigned_at: Mapped[dt.datetime | None]
    oldest_due_on: Mapped[dt.date | None]  # of the unpaid orders; days past due = today - this, never below 0
    past_due_amount: Mapped[Decimal] = mapped_column(default=Decimal("0.00"))  # of its unpaid orders
    total_outstanding: Mapped[Decimal] = mapped_column(
        default=Decimal("0.00")
    )  # of the customer's orders of the product
    order_count: Mapped[int] = mapped_column(default=0)  # unpaid orders it holds
    next_action_at: Mapped[dt.datetime | None]
    last_contact_at: Mapped[dt.datetime | None]
    last_result_code: Mapped[str | None] = mapped_column(String(30))
    follow_up_count: Mapped[int] = mapped_column(default=0)
    suspension_id: Mapped[int | None]  # the suspension that stands, if any
    parked_as: Mapped[str | None] = mapped_column(String(20))  # placed, legal, written_off
    parked_until: Mapped[dt.datetime | None]
    agency: Mapped[str | None] = mapped_column(String(120))
    opened_at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None]
    closing_reason: Mapped[str | None] = mapped_column(String(24))
    reopened_count: Mapped[int] = mapped_column(default=0)
    instance_id: Mapped[int | None] = mapped_column(index=True)  # the instance that runs it now
    revision: Mapped[int] = mapped_column(default=0)  # raised by every act, for "changed since you opened it"

    @property
    def case_no(self) -> str:
        """The number people know the case by: C00000042, or P00000041 in pre-collection."""
        return f"{'P' if self.stage == Stage.PRE_COLLECTION else 'C'}{self.id:08d}"


class CaseOrder(Base):
    """An order's stay in a case."""

    __tablename__ = "case_orders"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("loan_orders.id"), index=True)
    joined_at: Mapped[dt.datetime]
    left_at: Mapped[dt.datetime | None]
    left_as: Mapped[str | None] = mapped_column(String(12))  # settled, rolled, closed


class Assignment(Base):
    """A collector's time with a case."""

    __tablename__ = "assignments"
    __table_args__ = (
        Index("ix_assignments_collector_id_to_at", "collector_id", "to_at"),
        Index("ix_assignments_from_at", "from_at"),  # these and others on instants alone serve statistics of a period
        Index("ix_assignments_to_at", "to_at"),
        Index(  # nobody shares a case: one assignment at a time is open
            "uq_assignments_open",
            "case_id",
            unique=True,
            postgresql_where=text("to_at IS NULL"),
            sqlite_where=text("to_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    collector_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("groups.id"))
    tier: Mapped[str | None] = mapped_column(String(20))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("dispatch_batches.id"), index=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))  # who dispatched; empty: a standing rule
    from_at: Mapped[dt.datetime]
    to_at: Mapped[dt.datetime | None]
    ended_by: Mapped[str | None] = mapped_column(String(20))  # escalation, by_hand, reassigned, closed, undone, absent


class FollowUp(Base):
    """What came of one contact attempt."""

    __tablename__ = "follow_ups"
    __table_args__ = (
        Index("ix_follow_ups_case_id_at", "case_id", "at"),
        Index("ix_follow_ups_customer_id_at", "customer_id", "at"),
        Index("ix_follow_ups_user_id_at", "user_id", "at"),
        Index("ix_follow_ups_at", "at"),
        Index("ix_follow_ups_promise_on", "promise_on"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[dt.datetime]
    tier: Mapped[str | None] = mapped_column(String(20))
    result_code: Mapped[str] = mapped_column(String(30))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))
    note: Mapped[str] = mapped_column(Text, default="")
    next_action_at: Mapped[dt.datetime | None]
    promise_amount: Mapped[Decimal | None]
    promise_on: Mapped[dt.date | None]
    form: Mapped[dict[str, Any]] = mapped_column(default=dict)  # fields an analyst added


class Draft(Base):
    """What somebody has typed into a user task's form and not yet sent."""

    __tablename__ = "drafts"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    element: Mapped[str] = mapped_column(String(120), primary_key=True)
    form: Mapped[dict[str, Any]]
    saved_at: Mapped[dt.datetime]


class SuspensionKind(StrEnum):
    """What a suspension has to do with the customer's block."""

    OWN = "own"  # a reason of this case alone
    BLOCKS = "blocks"  # its reason blocks the customer
    FOLLOWS = "follows"  # it came with the customer's block, which another case began


class SuspensionEnd(StrEnum):
    """How a suspension ended."""

    BY_HAND = "by_hand"  # somebody resumed it, or the customer's block was lifted
    BY_REVIEW = "by_review"  # the supervisor who reviewed it resumed it
    BY_ITSELF = "by_itself"  # on its review date, as `suspension_policy` says of its reason
    SUPERSEDED = "superseded"  # another reason took its place
    CLOSED = "closed"  # the case closed


class Suspension(Base):
    """A time in which nobody works a case, for one reason."""

    __tablename__ = "suspensions"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    reason: Mapped[str] = mapped_column(String(40))
    note: Mapped[str] = mapped_column(Text, default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    request_id: Mapped[int | None] = mapped_column(ForeignKey("operation_requests.id"))
    from_at: Mapped[dt.datetime]
    review_at: Mapped[dt.datetime | None]
    to_at: Mapped[dt.datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    resumed_as: Mapped[str | None] = mapped_column(String(20))  # how it ended: a value of `SuspensionEnd`
    kind: Mapped[str] = mapped_column(String(10))  # how it came about: a value of `SuspensionKind`
    before_id: Mapped[int | None] = mapped_column(ForeignKey("suspensions.id"))  # the case's own, which this one covers


class OperationRequest(Base):
    """Something a collector asked for, and what was decided."""

    __tablename__ = "operation_requests"
    __table_args__ = (Index("ix_operation_requests_status_id", "status", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(30))
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    requester_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))  # empty: the diagram asked
    reason: Mapped[str] = mapped_column(String(40))
    note: Mapped[str] = mapped_column(Text, default="")
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)
    status: Mapped[str] = mapped_column(String(20))  # open, approved, refused, withdrawn, overtaken
    authority: Mapped[str | None] = mapped_column(String(20))
    requested_at: Mapped[dt.datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[dt.datetime | None]
    decision_note: Mapped[str] = mapped_column(Text, default="")
    instance_id: Mapped[int | None] = mapped_column(index=True)
