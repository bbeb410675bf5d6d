"""Loan products, loan orders, repayments and the ledger."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.models.types import Base, BigId


class Component(StrEnum):
    """The parts an order's amount is made of."""

    PRINCIPAL = "principal"
    INTEREST = "interest"
    FEES = "fees"
    PENALTY = "penalty"


class LineKind(StrEnum):
    """Why a ledger line was written. Charges and adjustments raise what is owed; the others lower it."""

    CHARGE = "charge"  # the order's amount when it became known
    ADJUSTMENT = "adjustment"  # a later import gave another amount
    ALLOCATION = "allocation"  # a repayment's share; negative when undone by a reversal
    WAIVER = "waiver"  # granted by a waiver or by forgiving


class Product(Base):
    """A loan product, with one currency."""

    __tablename__ = "products"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    name_zh: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    currency: Mapped[str] = mapped_column(String(3))


class LoanOrder(Base):
    """One amount due on one date. `outstanding` and `settled_at` are derived from the ledger in the same act."""

    __tablename__ = "loan_orders"
    __table_args__ = (
        Index("ix_loan_orders_next_step_at", "next_step_at", "id"),
        Index("ix_loan_orders_customer_id_product_due_on", "customer_id", "product", "due_on"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    order_no: Mapped[str] = mapped_column(String(80), unique=True)  # `order_id` of the imports
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    product: Mapped[str] = mapped_column(String(40))
    currency: Mapped[str] = mapped_column(String(3))
    loan_id: Mapped[str | None] = mapped_column(String(80), index=True)
    instalment_no: Mapped[int | None]
    disbursed_on: Mapped[dt.date]
    due_on: Mapped[dt.date]
    known_at: Mapped[dt.datetime]
    principal: Mapped[Decimal]  # the four: what is charged by now, adjustments included
    interest: Mapped[Decimal]
    fees: Mapped[Decimal]
    penalty: Mapped[Decimal]
    paid: Mapped[Decimal] = mapped_column(default=Decimal("0.00"))
    waived: Mapped[Decimal] = mapped_column(default=Decimal("0.00"))
    outstanding: Mapped[Decimal]
    settled_at: Mapped[dt.datetime | None]
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)  # the open case that holds it
    next_step_at: Mapped[dt.datetime | None]  # when intake looks at it next: entering pre-collection, or overdue
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Repayment(Base):
    """Money received. `unapplied` is derived: what no order took, the customer's unapplied credit."""

    __tablename__ = "repayments"
    __table_args__ = (
        Index("ix_repayments_customer_id_paid_at", "customer_id", "paid_at"),
        Index("ix_repayments_paid_at", "paid_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)  # ids rise in order of arrival
    repayment_no: Mapped[str] = mapped_column(String(80), unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    order_no: Mapped[str | None] = mapped_column(String(80), index=True)  # may name an order not yet known
    currency: Mapped[str | None] = mapped_column(String(3))  # empty: no order has told it yet; such money stays credit
    product: Mapped[str | None] = mapped_column(String(40))
    amount: Mapped[Decimal]
    unapplied: Mapped[Decimal]
    paid_at: Mapped[dt.datetime]
    posted_at: Mapped[dt.datetime | None]
    received_at: Mapped[dt.datetime]  # when Dunflow learned of it, business time
    channel: Mapped[str] = mapped_column(String(40), default="")
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("repayments.id"), unique=True)
    reversed_at: Mapped[dt.datetime | None]
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict)


class LedgerLine(Base):
    """One immutable line on an order: `amount` is signed as `LineKind` says."""

    __tablename__ = "ledger_lines"
    __table_args__ = (Index("ix_ledger_lines_at", "at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("loan_orders.id"), index=True)
    repayment_id: Mapped[int | None] = mapped_column(ForeignKey("repayments.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    component: Mapped[str] = mapped_column(String(12))
    amount: Mapped[Decimal]
    at: Mapped[dt.datetime]  # value date: when it counts
    recorded_at: Mapped[dt.datetime]  # business time of writing
