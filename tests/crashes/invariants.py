"""What must hold of a database when nothing is under way, whatever was killed before.

`broken` gives a line for each thing that does not; none is what every test wants. Nothing here asks the code that wrote
the rows: columns are counted again from the rows beneath them, waits are read from the state bytes.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import clock
from engine.models import (
    Assignment,
    Case,
    CaseOrder,
    DeadLetter,
    DispatchBatch,
    DispatchItem,
    FollowUp,
    HistoryEntry,
    ImportRun,
    InboxMessage,
    Incident,
    Instance,
    LoanOrder,
    OperationRequest,
    OutboxMessage,
    Status,
    Suspension,
    Timer,
)
from tests.crashes.counting import Problems, same, told_of, total
from tests.crashes.money import orders, repayments
from tests.crashes.waits import instances, waits


def broken(session: Session, outbox: Path | None = None, *, committed: bool = True) -> list[str]:
    """Everything that does not hold, in words; business time must be set.

    The transaction under way is undone: before, or afterwards where its changes are not `committed` and looked at too.
    """
    if committed:
        session.rollback()  # nothing that was read before
    checks: list[Callable[[Session], Problems]] = [
        orders,
        repayments,
        cases,
        assignments,
        instances,
        waits,
        follow_ups,
        histories,
        batches,
        suspensions,
        left_undone,
    ]
    found = [f"{check.__name__}: {problem}" for check in checks for problem in check(session)]
    found += [f"sent: {problem}" for problem in sent(session, outbox)] if outbox else []
    session.rollback()
    return found


def cases(session: Session) -> Problems:
    """Derived columns are what the orders say; an open case holds something unpaid, a closed one nothing."""
    unpaid: dict[tuple[int, str], list[LoanOrder]] = defaultdict(list)
    known = (LoanOrder.settled_at.is_(None), LoanOrder.known_at <= clock.now())
    for order in session.scalars(select(LoanOrder).where(*known)):
        unpaid[order.customer_id, order.product].append(order)
    staying = Counter(session.execute(select(CaseOrder.case_id, CaseOrder.order_id).where(CaseOrder.left_at.is_(None))))
    holding = Counter(
        session.execute(select(LoanOrder.case_id, LoanOrder.id).where(LoanOrder.case_id.is_not(None))).all()
    )
    yield from same("stays of orders", dict(staying), dict(holding))
    yield from _one_open_each(session)
    for case in session.scalars(select(Case)):
        of_customer = unpaid[case.customer_id, case.product]
        held = [order for order in of_customer if order.case_id == case.id]
        name = case.case_no
        yield from same(f"{name} closed", case.status == Status.CLOSED, case.closed_at is not None)
        yield from same(f"{name} reason", case.closing_reason is not None, case.closed_at is not None)
        yield from same(f"{name}.order_count", case.order_count, len(held))
        yield from same(f"{name}.past_due_amount", case.past_due_amount, total(held))
        yield from same(f"{name}.oldest_due_on", case.oldest_due_on, min((o.due_on for o in held), default=None))
        if case.closed_at is None:
            yield from same(f"{name}.total_outstanding", case.total_outstanding, total(of_customer))
            if not held:
                yield f"open case {name} holds nothing unpaid"


def _one_open_each(session: Session) -> Problems:
    key = (Case.customer_id, Case.product, Case.stage)
    several = select(*key).where(Case.closed_at.is_(None)).group_by(*key).having(func.count() > 1)
    yield from (f"several open cases: {tuple(row)}" for row in session.execute(several))


def assignments(session: Session) -> Problems:
    """An assigned case has one open assignment, any other none; each was told once and ended once."""
    open_of: dict[int, list[Assignment]] = defaultdict(list)
    every: Counter[int] = Counter()
    ended: Counter[int] = Counter()
    for each in session.scalars(select(Assignment)):
        every[each.case_id] += 1
        if each.to_at is None:
            open_of[each.case_id].append(each)
        elif each.ended_by != "reassigned":
            ended[each.case_id] += 1
    for case in session.scalars(select(Case)):
        expected = [(case.collector_id, case.assigned_at)] if case.collector_id is not None else []
        found = [(each.collector_id, each.from_at) for each in open_of[case.id]]
        yield from same(f"{case.case_no} assignment", found, expected)
    yield from same(
        "told of assignments", dict(told_of(session, "assigned") + told_of(session, "reassigned")), dict(every)
    )
    yield from same("told of ends", dict(told_of(session, "assignment_ended")), dict(ended))


def follow_ups(session: Session) -> Problems:
    """As many follow-ups as completed tasks; between two of them the case came back once."""
    recorded = Counter(session.scalars(select(FollowUp.case_id)))
    yield from same("completed follow-ups", dict(told_of(session, "completed", "follow_up")), dict(recorded))
    for case in session.scalars(select(Case)):
        yield from same(f"{case.case_no}.follow_up_count", case.follow_up_count, recorded[case.id])
    for kind, element in (("timer", "next_action_due"), ("message", "taken_up")):
        for case_id, count in told_of(session, kind, element).items():
            if count > recorded[case_id]:
                yield f"case {case_id} came back {count} times after {recorded[case_id]} follow-ups"


def histories(session: Session) -> Problems:
    """What happens once to a case is told once, and what is told did happen."""
    opened, closed, again = (told_of(session, kind) for kind in ("case_opened", "case_closed", "case_reopened"))
    started = told_of(session, "started")
    tiers = Counter(
        (row.case_id, row.data["rank"])
        for row in session.execute(
            select(HistoryEntry.case_id, HistoryEntry.data).where(HistoryEntry.kind == "tier_entered")
        )
    )
    yield from (f"case {key[0]} entered tier {key[1]} {count} times" for key, count in tiers.items() if count > 1)
    requests = Counter(session.scalars(select(OperationRequest.case_id)))
    for case in session.scalars(select(Case)):
        name = case.case_no
        yield from same(f"{name} opened", opened[case.id], 1)
        yield from same(f"{name} reopened", again[case.id], case.reopened_count)
        yield from same(f"{name} closed", closed[case.id], again[case.id] + (case.closed_at is not None))
        yield from same(f"{name} started", started[case.id], 1 + again[case.id] + requests[case.id])
        top = max((rank for case_id, rank in tiers if case_id == case.id), default=0)
        yield from same(f"{name} tier", case.tier_rank, top)
    acts = Counter(
        session.scalars(
            select(HistoryEntry.instance_id).where(
                HistoryEntry.kind.in_(("started", "completed", "message", "timer", "ended"))
            )
        )
    )
    for each in session.execute(select(Instance.id, Instance.revision)):
        if each.revision < acts[each.id]:
            yield f"instance {each.id} has revision {each.revision} after {acts[each.id]} acts"


def batches(session: Session) -> Problems:
    """What became of each item is what happened: an assignment each for the dispatched, none for the others."""
    made = Counter(
        session.execute(
            select(Assignment.batch_id, Assignment.case_id, Assignment.collector_id).where(
                Assignment.batch_id.is_not(None)
            )
        ).all()
    )
    given = Counter(
        session.execute(
            select(DispatchItem.batch_id, DispatchItem.case_id, DispatchItem.collector_id).where(
                DispatchItem.outcome.in_(("dispatched", "undone"))
            )
        ).all()
    )
    yield from same("assignments of batches", dict(made), dict(given))
    every = session.execute(select(DispatchItem.batch_id, DispatchItem.outcome))
    outcomes = Counter((row.batch_id, row.outcome) for row in every)
    for batch in session.scalars(select(DispatchBatch)):
        count = {name: outcomes[batch.id, name] for name in ("planned", "dispatched", "skipped", "undone")}
        expected = (count["dispatched"] + count["undone"], count["skipped"], 0)
        yield from same(f"batch {batch.id}", (batch.dispatched, batch.skipped, count["planned"]), expected)
        yield from same(f"batch {batch.id} is over", batch.status in ("done", "undone"), True)


def suspensions(session: Session) -> Problems:
    """One standing suspension for a suspended case, none for others; requests decided once."""
    standing = {row.case_id: row.id for row in session.scalars(select(Suspension).where(Suspension.to_at.is_(None)))}
    marked = {case.id: case.suspension_id for case in session.scalars(select(Case)) if case.suspension_id is not None}
    yield from same("standing suspensions", marked, standing)
    yield from same(
        "told of suspensions",
        dict(told_of(session, "suspended")),
        dict(Counter(session.scalars(select(Suspension.case_id)))),
    )
    twice = select(Suspension.request_id).where(Suspension.request_id.is_not(None)).group_by(Suspension.request_id)
    yield from (f"request {each} suspended twice" for each in session.scalars(twice.having(func.count() > 1)))


def left_undone(session: Session) -> Problems:
    """Nothing is due, nothing waits in a queue, nothing failed."""
    now = clock.now()
    for what, count in (
        ("timers due", select(func.count(Timer.id)).where(Timer.due_at <= now)),
        ("orders due", select(func.count(LoanOrder.id)).where(LoanOrder.next_step_at <= now)),
        ("imports under way", select(func.count(ImportRun.id)).where(ImportRun.status != "done")),
        ("messages unsent", select(func.count(OutboxMessage.id)).where(OutboxMessage.status == "waiting")),
        ("messages dead", select(func.count(OutboxMessage.id)).where(OutboxMessage.status == "dead")),
        ("messages kept in the inbox", select(func.count(InboxMessage.id)).where(InboxMessage.consumed_at.is_(None))),
    ):
        yield from same(what, session.scalar(count), 0)
    yield from (f"incident at {each.element}: {each.error_text}" for each in session.scalars(select(Incident)))
    for letter in session.scalars(select(DeadLetter)):
        yield f"dead letter {letter.job} {letter.args}: {letter.error_text[-1500:]}"


def sent(session: Session, outbox: Path) -> Problems:
    """What SQL calls sent lies in the outbox folder, whole, each key once, and nothing else does."""
    found: Counter[str] = Counter()
    for file in sorted(outbox.glob("*/*.json")):
        try:
            found[json.loads(file.read_text(encoding="utf-8"))["key"]] += 1
        except ValueError:
            yield f"{file.name} is torn"
    keys = Counter(session.scalars(select(OutboxMessage.key).where(OutboxMessage.status == "sent")))
    yield from same("messages", dict(found), dict(keys))
