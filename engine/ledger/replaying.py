"""Playing a customer's repayments again from the first, each as of its own instant, and writing what differs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.ledger.book import COMPONENTS, ZERO, Account, Change, targets
from engine.ledger.lines import Line, accounts, changes, priority, read, settle_up, write
from engine.models import LedgerLine, LineKind, LoanOrder, Repayment

Event = Change | Repayment


def replay(session: Session, customer_id: int, *, at: dt.datetime | None, cause: int | None) -> list[LoanOrder]:
    """Allocate anew all repayments of a customer that are not reversed; returns the orders whose balance moved.

    1. What orders were charged at first is there from the start; adjustments and waivers come in their turn.
    2. Each repayment goes where it would have gone at its own instant, had the reversed ones never come.
    3. What differs from the lines written so far is written as new lines, negative ones where less is left.

    `at` is the value date of those lines (None: each repayment's own), `cause` the repayment that gave rise to them.
    """
    orders = list(session.scalars(select(LoanOrder).where(LoanOrder.customer_id == customer_id)))
    written = read(session, [each.id for each in orders])
    standing = _standing(session, customer_id)
    before = accounts(orders, written)
    after = _charged(orders, written)
    for event in _in_turn(_changes_of(written), standing, written):
        _play(session, event, orders, after)
    found = [
        each for order in orders for each in changes(before[order.id], after[order.id], at or order.known_at, cause)
    ]
    if at is None:
        _date(found, standing)
    write(session, found)
    for repayment in standing:
        repayment.unapplied = repayment.amount - sum((each.paid_by(repayment.id) for each in after.values()), ZERO)
    touched = [order for order in orders if settle_up(order, after[order.id])]
    session.flush()
    return touched


def _standing(session: Session, customer_id: int) -> list[Repayment]:
    query = select(Repayment).where(
        Repayment.customer_id == customer_id, Repayment.reverses_id.is_(None), Repayment.reversed_at.is_(None)
    )
    return list(session.scalars(query.order_by(Repayment.id)))


def _charged(orders: Iterable[LoanOrder], written: Iterable[LedgerLine]) -> dict[int, Account]:
    """Accounts as they were when the orders became known."""
    found = {each.id: Account(each.id, {}) for each in orders}
    for each in written:
        if each.kind == LineKind.CHARGE:
            found[each.order_id].left[each.component] += each.amount
    return found


def _changes_of(written: Iterable[LedgerLine]) -> list[Change]:
    """Adjustments and waivers as acts: one act writes at most one line per component, in their order.

    A waiver line that a repayment caused is a consequence, not an act; so is a negative one, of an adjustment.
    """
    found: list[Change] = []
    for each in written:
        act = each.kind == LineKind.ADJUSTMENT or (
            each.kind == LineKind.WAIVER and each.repayment_id is None and each.amount > 0
        )
        if not act:
            continue
        last = found[-1] if found else None
        if last and _same_act(last, each):
            last.amounts[each.component] = each.amount
        else:
            found.append(Change(each.order_id, each.kind, each.recorded_at, each.id, {each.component: each.amount}))
    return found


def _same_act(act: Change, each: LedgerLine) -> bool:
    if (act.order_id, act.kind, act.at) != (each.order_id, each.kind, each.recorded_at):
        return False
    return COMPONENTS.index(each.component) > max(map(COMPONENTS.index, act.amounts))


def _in_turn(changed: Iterable[Change], standing: Sequence[Repayment], written: Iterable[LedgerLine]) -> list[Event]:
    """All events as they came. At one instant the lines tell: a repayment came before its first line, and before any
    line of a later repayment."""
    first: dict[int, int] = {}
    for each in written:
        if each.repayment_id is not None and each.kind == LineKind.ALLOCATION:
            first.setdefault(each.repayment_id, each.id)
    keyed: list[tuple[dt.datetime, float, int, Event]] = [(each.at, each.line_id, 0, each) for each in changed]
    bound = float("inf")
    for repayment in reversed(standing):
        bound = min(bound, first.get(repayment.id, bound))
        keyed.append((repayment.received_at, bound, repayment.id, repayment))
    return [event for *_, event in sorted(keyed, key=lambda key: key[:3])]


def _play(session: Session, event: Event, orders: Sequence[LoanOrder], book: dict[int, Account]) -> None:
    if isinstance(event, Repayment):
        left = event.amount
        for order in targets(event, orders):
            left = book[order.id].pay(event.id, left, priority(session, order, event.received_at))
        return
    account = book[event.order_id]
    if event.kind == LineKind.WAIVER:
        account.waive(event.amounts)
        return
    order = next(each for each in orders if each.id == event.order_id)
    account.adjust(event.amounts, priority(session, order, event.at))


def _date(lines: Iterable[Line], standing: Iterable[Repayment]) -> None:
    """Give lines the value date of their own repayment."""
    paid_at = {each.id: each.paid_at for each in standing}
    for each in lines:
        each["at"] = paid_at.get(each["repayment_id"], each["at"])
