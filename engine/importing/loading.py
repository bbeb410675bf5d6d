"""Loading good rows, and trying out what loading would do."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from engine.db import is_sqlite
from engine.errors import DunflowError
from engine.importing import customers
from engine.importing.facts import Known, customers_of
from engine.importing.reasons import Refusal, Refused
from engine.importing.rows import File, Typed, load_known
from engine.importing.verdicts import Change, Create, Verdict
from engine.intake import NewCustomer, NewOrder, NewRepayment
from engine.models import Customer, LoanOrder, Repayment

BATCH_ROWS = 500
BATCH_SECONDS = 0.1  # on SQLite, where everybody else waits
DATABASE_FAULTS = (OperationalError, InterfaceError)  # nothing is wrong with the row
Progress = Callable[[int, int], None]
log = logging.getLogger(__name__)


class Into(Protocol):
    """What loads good rows: `engine.intake`, cases included."""

    def lock_customers(self, session: Session, ids: list[int], /) -> None:
        """Before anything is read of them."""

    def add_customer(self, session: Session, new: NewCustomer, /, *, by_id: int | None) -> Customer:
        """A customer becomes known."""

    def add_order(self, session: Session, new: NewOrder, /, *, customer_id: int | None, by_id: int | None) -> LoanOrder:
        """An order becomes known."""

    def adjust_order(
        self, session: Session, order: LoanOrder, amounts: Mapping[str, Decimal], /, *, by_id: int | None
    ) -> None:
        """A known order has other amounts."""

    def receive(
        self, session: Session, new: NewRepayment, /, *, customer_id: int | None, by_id: int | None
    ) -> Repayment:
        """Money came, or went back."""


@dataclass
class Tally:
    """What became of rows: how many were looked at, their fates by name, and each refusal."""

    done: int = 0
    fates: Counter[str] = field(default_factory=Counter)
    refusals: list[Refusal] = field(default_factory=list)


def load(
    session: Session,
    file: File,
    rows: Sequence[Typed],
    into: Into,
    *,
    by_id: int | None,
    apart: bool,
    whole: bool = False,
) -> Tally:
    """Load rows in the present transaction until done or, unless they must go in `whole`, until it lasted long enough.

    `apart` puts a savepoint around each row, so that what nobody foresaw is that row's refusal; without, it is raised.
    """
    into.lock_customers(session, customers_of(session, file.kind, [each.cells for each in rows if each.new]))
    known, tally = Known(), Tally()
    load_known(session, file.kind, rows, known)
    until = time.monotonic() + BATCH_SECONDS if is_sqlite(session) and not whole else float("inf")
    for each in rows:
        tally.done += 1
        try:
            verdict = file.judge(each, known)
            act = _apply_apart if apart else _apply
            tally.fates[act(session, verdict, known, into, by_id)] += 1
        except Refused as fault:
            tally.refusals.append(file.refusal(each.row, fault))
        if time.monotonic() > until:
            break
    return tally


def try_out(session: Session, file: File, progress: Progress | None = None) -> Tally:
    """What loading all rows would do, as far as reading can tell; nothing is written."""
    known, tally = Known(), Tally()
    for start in range(0, len(file.rows), BATCH_ROWS):
        rows = [file.typed(row) for row in file.rows[start : start + BATCH_ROWS]]
        load_known(session, file.kind, rows, known)
        for each in rows:
            try:
                tally.fates[_fate(file.judge(each, known))] += 1
            except Refused as fault:
                tally.refusals.append(file.refusal(each.row, fault))
        tally.done += len(rows)
        if progress:
            progress(tally.done, len(file.rows))
    return tally


def _fate(verdict: Verdict) -> str:
    return {Create: "created", Change: "changed"}.get(type(verdict), "unchanged")


def _apply_apart(session: Session, verdict: Verdict, known: Known, into: Into, by_id: int | None) -> str:
    try:
        with session.begin_nested():
            return _apply(session, verdict, known, into, by_id)
    except DATABASE_FAULTS:
        raise
    except DunflowError as fault:
        raise Refused(None, "refused_by_rules", message=fault.message(), error=fault.code) from fault
    except Exception as fault:
        log.exception("a row could not be loaded")
        raise Refused(None, "failed", error=type(fault).__name__) from fault


def _apply(session: Session, verdict: Verdict, known: Known, into: Into, by_id: int | None) -> str:
    new = verdict.new
    if isinstance(verdict, Create):
        _create(session, new, known, into, by_id)
    elif isinstance(verdict, Change):
        _change(session, verdict, known, into, by_id)
    return _fate(verdict)


def _create(
    session: Session, new: NewCustomer | NewOrder | NewRepayment, known: Known, into: Into, by_id: int | None
) -> None:
    if isinstance(new, NewCustomer):
        into.add_customer(session, new, by_id=by_id)
    elif isinstance(new, NewOrder):
        into.add_order(session, new, customer_id=known.customer_id(new.customer_id), by_id=by_id)
    else:
        payer = known.repayments[new.repayment_id].customer
        into.receive(session, new, customer_id=known.customer_id(payer), by_id=by_id)


def _change(session: Session, verdict: Change, known: Known, into: Into, by_id: int | None) -> None:
    new = verdict.new
    if isinstance(new, NewCustomer):
        customer = known.customers[new.customer_id]
        if customer is not None:
            customers.change(session, customer, new, by_id=by_id)
    elif isinstance(new, NewOrder):
        order = known.orders[new.order_id].order
        if order is not None:
            into.adjust_order(session, order, verdict.amounts, by_id=by_id)
