"""What lists are served by: the ends of names and numbers that people are found by, and the orders of the case list."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.schema import CreateIndex
from sqlalchemy.sql.compiler import DDLCompiler

from engine.models.cases import Case, OperationRequest
from engine.models.customers import Customer
from engine.models.flow import UserTask
from engine.models.types import Base

ENDING = 60  # characters kept of an ending; what people type is cut to as many


class Ending(Base):
    """One ending of a customer's name, phone or identity number, a letter for the field before it.

    Every ending of a value is a row: 13812345678, 3812345678, ... A part of a value is then what some ending begins
    with, so that any part, of any length, is one short range of the primary key. Bytes are compared, not language:
    `"C"` on PostgreSQL, which is what SQLite does anyway.
    """

    __tablename__ = "search_endings"
    __table_args__ = ({"sqlite_with_rowid": False},)

    ending: Mapped[str] = mapped_column(
        String(ENDING + 1).with_variant(String(ENDING + 1, collation="C"), "postgresql"), primary_key=True
    )
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), primary_key=True, index=True)


@compiles(CreateIndex, "sqlite")
def _as_sqlite_sorts_anyway(element: CreateIndex, compiler: DDLCompiler, **kept: Any) -> str:
    """SQLite's indexes have what is empty first, and will not be told so."""
    said: str = compiler.visit_create_index(element, **kept)  # type: ignore[no-untyped-call]
    return said.replace(" NULLS FIRST", "")


def _of(name: str, is_open: bool, *columns: Any) -> Index:
    """An order of the case list among the open cases, or among the closed; read backwards it is the reverse."""
    where = text("closed_at IS NULL" if is_open else "closed_at IS NOT NULL")
    return Index(name, *columns, postgresql_where=where, sqlite_where=where)


LISTED = (
    "id",
    "customer_id",
    "product",
    "currency",
    "stage",
    "tier",
    "tier_rank",
    "collector_id",
    "oldest_due_on",
    "past_due_amount",
    "total_outstanding",
    "next_action_at",
    "last_contact_at",
    "last_result_code",
    "follow_up_count",
    "opened_at",
    "closed_at",
)

# What `engine.queries.case_list` sorts by. Closing a case leaves no days, no amount past due and no next action, so
# that closed cases have fewer orders; and what an act on an open case changes is in none of theirs.
CASE_ORDERS = (
    _of("ix_cases_open_id", True, Case.id),
    _of("ix_cases_open_oldest_due_on", True, Case.oldest_due_on, Case.past_due_amount.desc(), Case.id),
    _of("ix_cases_open_tier", True, Case.tier, Case.oldest_due_on, Case.past_due_amount.desc(), Case.id),
    _of("ix_cases_open_past_due_amount", True, Case.past_due_amount, Case.id),
    _of("ix_cases_open_total_outstanding", True, Case.total_outstanding, Case.id),
    _of("ix_cases_open_tier_rank", True, Case.tier_rank, Case.id),
    _of("ix_cases_open_last_contact_at", True, Case.last_contact_at.asc().nulls_first(), Case.id),
    _of("ix_cases_open_next_action_at", True, Case.next_action_at, Case.id),
    _of("ix_cases_open_follow_up_count", True, Case.follow_up_count, Case.id),
    _of("ix_cases_open_opened_at", True, Case.opened_at, Case.id),
    _of("ix_cases_closed_id", False, Case.id),
    _of("ix_cases_closed_total_outstanding", False, Case.total_outstanding, Case.id),
    _of("ix_cases_closed_last_contact_at", False, Case.last_contact_at.asc().nulls_first(), Case.id),
    _of("ix_cases_closed_opened_at", False, Case.opened_at, Case.id),
    _of("ix_cases_closed_closed_at", False, Case.closed_at, Case.id),
    Index(  # a supervisor's open cases, with all that their list sorts, filters and sums by: read without the rows
        "ix_cases_open_group_id",
        Case.group_id,
        Case.status,
        postgresql_where=text("closed_at IS NULL"),
        sqlite_where=text("closed_at IS NULL"),
        postgresql_include=[*LISTED],
    ),
    Index("ix_cases_last_result_code", Case.last_result_code),
    Index("ix_cases_product", Case.product, Case.tier, Case.status),
)
# What waits for supervisors and managers, dispatch apart, and what they decided, newest first.
_REVIEWS, _OVER = text("role <> 'collector' AND form <> 'dispatch'"), text("status <> 'open'")
REVIEWS = (
    Index(
        "ix_user_tasks_reviews",
        UserTask.process,
        UserTask.role,
        UserTask.business_key,
        postgresql_where=_REVIEWS,
        sqlite_where=_REVIEWS,
        postgresql_include=["form", "instance_id", "since_at", "id"],
    ),
    Index(
        "ix_operation_requests_decided_at",
        OperationRequest.decided_at,
        OperationRequest.id,
        postgresql_where=_OVER,
        sqlite_where=_OVER,
    ),
)
CUSTOMERS_BY_NAME = Index("ix_customers_name", Customer.name)
