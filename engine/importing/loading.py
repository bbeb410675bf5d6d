"""Loading good rows, and trying out what loading would do."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple, Protocol, cast

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from engine.db import is_sqlite
from engine.errors import DunflowError
from engine.importing import customers
from engine.importing.facts import Known, customers_of
from engine.importing.reasons import Refusal, Refused
from engine.importing.rows import File, Typed, load_known
from engine.importing.verdicts import Change, Create, New, Verdict
from engine.intake import NewCustomer, NewOrder, NewRepayment
from engine.models import LoanOrder, Repayment

BATCH_ROWS = 500
BATCH_SECONDS = 0.08  # on SQLite, where everybody else waits; the rest of 100 ms is for the commit
SLICE_SECONDS = 0.015  # of work on rows that are loaded together, between two looks at the clock
SLICE_ROWS = 8  # to begin with
DATABASE_FAULTS = (OperationalError, InterfaceError)  # nothing is wrong with the row
Progress = Callable[[int, int], None]
log = logging.getLogger(__name__)


class Into(Protocol):
    """What loads good rows: `engine.intake`, cases included."""

    def lock_customers(self, session: Session, ids: list[int], /) -> None:
        """Before anything is read of them."""

    def add_customers(self, session: Session, new: Sequence[NewCustomer], /, *, by_id: int | None) -> object:
        """Customers become known."""

    def add_orders(self, session: Session, new: Sequence[tuple[NewOrder, int]], /, *, by_id: int | None) -> object:
        """Orders become known, each with its customer's id."""

    def adjust_order(
        self, session: Session, order: LoanOrder, amounts: Mapping[str, Decimal], /, *, by_id: int | None
    ) -> None:
        """A known order has other amounts."""

    def receive(
        self, session: Session, new: NewRepayment, /, *, customer_id: int | None, by_id: int | None
    ) -> Repayment:
        """Money came, or went back."""


@dataclass
class Slices:
    """How many rows are loaded together: as many as take so long, which is found by trying."""

    rows: int = SLICE_ROWS

    def took(self, seconds: float) -> None:
        """A slice was loaded."""
        if seconds < SLICE_SECONDS / 2:
            self.rows = min(BATCH_ROWS, self.rows * 2)
        elif seconds > SLICE_SECONDS:
            self.rows = max(1, self.rows // 2)


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
    slices: Slices | None = None,
) -> Tally:
    """Load rows in the present transaction: all, or if there are `slices` as many as a batch has time for.

    Rows are judged and then loaded a slice at a time, new ones together. `apart` loads each by itself within a
    savepoint, so that what nobody foresaw is that row's refusal; without, it is raised.
    """
    until = time.monotonic() + BATCH_SECONDS if slices and is_sqlite(session) else float("inf")
    into.lock_customers(session, customers_of(session, file.kind, [each.cells for each in rows if each.new]))
    known, tally = Known(), Tally()
    load_known(session, file.kind, rows, known)
    act = _apply_apart if apart else _apply
    while tally.done < len(rows):
        began = time.thread_time()
        taken = rows[tally.done : tally.done + (slices.rows if slices else BATCH_ROWS)]
        judged = _judged(file, taken, known, tally)
        tally.done += len(taken)
        act(session, _Job(file, known, into, by_id), judged, tally)
        if slices:
            slices.took(time.thread_time() - began)
        if time.monotonic() > until:
            break
    return tally


def _judged(file: File, rows: Sequence[Typed], known: Known, tally: Tally) -> list[tuple[Typed, Verdict]]:
    """The good rows, each with what becomes of it; the others are refused."""
    good = []
    for each in rows:
        try:
            good.append((each, file.judge(each, known)))
        except Refused as fault:
            tally.refusals.append(file.refusal(each.row, fault))
    return good


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


class _Job(NamedTuple):
    """What every row of a batch is loaded with."""

    file: File
    known: Known
    into: Into
    by_id: int | None


def _apply_apart(session: Session, job: _Job, judged: Iterable[tuple[Typed, Verdict]], tally: Tally) -> None:
    for each, verdict in judged:
        try:
            with session.begin_nested():
                _load(session, job, [verdict])
            tally.fates[_fate(verdict)] += 1
        except DATABASE_FAULTS:
            raise
        except DunflowError as fault:
            refused = Refused(None, "refused_by_rules", message=fault.message(), error=fault.code)
            tally.refusals.append(job.file.refusal(each.row, refused))
        except Exception as fault:
            log.exception("a row could not be loaded")
            tally.refusals.append(job.file.refusal(each.row, Refused(None, "failed", error=type(fault).__name__)))


def _apply(session: Session, job: _Job, judged: Iterable[tuple[Typed, Verdict]], tally: Tally) -> None:
    verdicts = [verdict for _, verdict in judged]
    for _, alike in groupby(verdicts, type):
        _load(session, job, list(alike))
    tally.fates.update(map(_fate, verdicts))


def _load(session: Session, job: _Job, alike: Sequence[Verdict]) -> None:
    """Rows of one kind of verdict, in the order of the file."""
    first = alike[0]
    if isinstance(first, Create):
        _create(session, job, [each.new for each in alike])
    elif isinstance(first, Change):
        for each in alike:
            _change(session, job, cast(Change, each))


def _create(session: Session, job: _Job, new: Sequence[New]) -> None:
    known, into, by_id = job.known, job.into, job.by_id
    if customers_ := [each for each in new if isinstance(each, NewCustomer)]:
        into.add_customers(session, customers_, by_id=by_id)
    if orders := [(each, known.id_of(each.customer_id)) for each in new if isinstance(each, NewOrder)]:
        into.add_orders(session, orders, by_id=by_id)
    for each in new:
        if isinstance(each, NewRepayment):
            payer = known.repayments[each.repayment_id].customer
            into.receive(session, each, customer_id=known.id_of(payer), by_id=by_id)


def _change(session: Session, job: _Job, verdict: Change) -> None:
    new = verdict.new
    if isinstance(new, NewCustomer):
        customer = job.known.customers[new.customer_id]
        if customer is not None:
            customers.change(session, customer, new, by_id=job.by_id)
    elif isinstance(new, NewOrder):
        order = job.known.orders[new.order_id].order
        if order is not None:
            job.into.adjust_order(session, order, verdict.amounts, by_id=job.by_id)
