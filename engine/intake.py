"""How customers, orders and repayments come in, and what they do to cases."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class NewCustomer:
    """A row of a customers import, typed."""

    customer_id: str
    name: str
    id_number: str | None = None
    phone: str | None = None
    address: str | None = None
    email: str | None = None
    language: str | None = None
    timezone: str | None = None
    jurisdiction: str | None = None
    emergency_contacts: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class NewOrder:
    """A row of an orders import, typed; amounts are not negative."""

    order_id: str
    customer_id: str
    product: str
    currency: str
    disbursed_on: dt.date
    due_on: dt.date
    principal: Decimal
    interest: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)
    penalty: Decimal = Decimal(0)
    loan_id: str | None = None
    instalment_no: int | None = None
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class NewRepayment:
    """A row of a repayments import, typed; `reverses` names the repayment that this row takes back."""

    repayment_id: str
    paid_at: dt.datetime
    amount: Decimal
    order_id: str | None = None
    customer_id: str | None = None
    channel: str = ""
    posted_at: dt.datetime | None = None
    reverses: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)
