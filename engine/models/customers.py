"""Borrowers and how they can be reached."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.models.types import Base, BigId


class Customer(Base):
    """A borrower. Every act on one of their cases locks this row first."""

    __tablename__ = "customers"
    __table_args__ = (
        Index(
            "ix_customers_blocked_at",
            "blocked_at",
            "id",
            postgresql_where=text("blocked_at IS NOT NULL"),
            sqlite_where=text("blocked_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    customer_no: Mapped[str] = mapped_column(String(80), unique=True)  # `customer_id` of the imports
    name: Mapped[str] = mapped_column(String(200))
    id_number: Mapped[str | None] = mapped_column(String(80))
    language: Mapped[str | None] = mapped_column(String(16))
    timezone: Mapped[str | None] = mapped_column(String(64))
    jurisdiction: Mapped[str | None] = mapped_column(String(16))
    block_reason: Mapped[str | None] = mapped_column(String(40))  # a suspension reason; blocks every case
    blocked_at: Mapped[dt.datetime | None]
    blocked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    block_note: Mapped[str | None] = mapped_column(Text)
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[dt.datetime]
    contacts: Mapped[list[Contact]] = relationship(lazy="select", order_by="Contact.id", cascade="all, delete-orphan")


class Contact(Base):
    """A phone, address or e-mail of a customer, or of somebody near them."""

    __tablename__ = "contacts"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))  # phone, address, email
    value: Mapped[str] = mapped_column(String(400))
    holder: Mapped[str] = mapped_column(String(200), default="")  # whose it is, where not the customer's own
    relation: Mapped[str] = mapped_column(String(40), default="self")  # self, spouse, guarantor, emergency, ...
    source: Mapped[str] = mapped_column(String(40), default="import")
    standing: Mapped[str] = mapped_column(String(20), default="unverified")  # verified, wrong_number, refused, ...
    created_at: Mapped[dt.datetime]
