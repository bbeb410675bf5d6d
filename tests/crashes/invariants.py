"""What must hold of a database when nothing is under way, whatever was killed before.

`broken` gives a line for each thing that does not; none is what every test wants. Nothing here asks the code that wrote
the rows: columns are counted again from the rows beneath them, waits are read from the state bytes.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import clock
from engine.flow import instance as flow
from engine.flow import run, state, waiting
from engine.flow.act import Act
from engine.flow.catalogue import compiled
from engine.flow.evaluator import Evaluator
from engine.flow.waits import Expectations, status_at
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
    LedgerLine,
    LoanOrder,
    OperationRequest,
    OutboxMessage,
    Repayment,
    Status,
    Subscription,
    Suspension,
    Timer,
    UserTask,
)

ZERO = Decimal(0)
COMPONENTS = ("principal", "interest", "fees", "penalty")
CASE_PROCESSES = ("pre_collection", "collection")
STRONGEST = ("suspended", "to_decide", "placed", "legal", "written_off", "to_dispatch", "in_work")
Problems = Iterator[str]


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


def orders(session: Session) -> Problems:
    """Amounts of orders are the sums of their lines; a settled one is in no case and on no clock."""
    charged: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    gone: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    charges: Counter[tuple[int, str]] = Counter()
    for line in session.scalars(select(LedgerLine)):
        if line.kind in ("charge", "adjustment"):
            charged[line.order_id, line.component] += line.amount
            charges[line.order_id, line.component] += line.kind == "charge"
        else:
            gone[line.order_id, line.kind] += line.amount
    yield from (f"order {key} was charged {n} times" for key, n in charges.items() if n > 1)
    for order in session.scalars(select(LoanOrder)):
        for each in COMPONENTS:
            yield from _same(f"{order.order_no}.{each}", getattr(order, each), charged[order.id, each])
        paid, waived = gone[order.id, "allocation"], gone[order.id, "waiver"]
        left = sum((charged[order.id, each] for each in COMPONENTS), ZERO) - paid - waived
        yield from _same(f"{order.order_no}.paid", order.paid, paid)
        yield from _same(f"{order.order_no}.waived", order.waived, waived)
        yield from _same(f"{order.order_no}.outstanding", order.outstanding, left)
        yield from _same(f"{order.order_no} settled", order.settled_at is not None, left == 0)
        if order.settled_at is not None and (order.case_id or order.next_step_at):
            yield f"settled order {order.order_no} is in case {order.case_id}, next step {order.next_step_at}"
        if order.settled_at is None and order.case_id is None and order.next_step_at is None:
            yield f"unpaid order {order.order_no} is in no case and on no clock"


def repayments(session: Session) -> Problems:
    """Each repayment is allocated once: its lines and what is left of it make its amount."""
    allocated: dict[int | None, Decimal] = defaultdict(Decimal)
    for line in session.scalars(select(LedgerLine).where(LedgerLine.kind == "allocation")):
        allocated[line.repayment_id] += line.amount
    rows = {each.id: each for each in session.scalars(select(Repayment))}
    reversed_ids = {each.reverses_id for each in rows.values() if each.reverses_id is not None}
    for each in rows.values():
        counts = each.id not in reversed_ids and each.reverses_id is None
        yield from _same(f"{each.repayment_no} reversed", each.reversed_at is not None, each.id in reversed_ids)
        yield from _same(f"{each.repayment_no} allocated", allocated[each.id] + each.unapplied, _amount(each, counts))
    told = _counted(session, "repayment_received", "repayment_no") + _counted(
        session, "repayment_reversed", "repayment_no"
    )
    yield from _same("told of repayments", told, Counter(each.repayment_no for each in rows.values()))
    yield from _same(
        "told of orders", _counted(session, "order_imported", "order_no"), _once(session, LoanOrder.order_no)
    )


def _amount(repayment: Repayment, counts: bool) -> Decimal:
    return repayment.amount if counts else ZERO


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
    yield from _same("stays of orders", dict(staying), dict(holding))
    yield from _one_open_each(session)
    for case in session.scalars(select(Case)):
        of_customer = unpaid[case.customer_id, case.product]
        held = [order for order in of_customer if order.case_id == case.id]
        name = case.case_no
        yield from _same(f"{name} closed", case.status == Status.CLOSED, case.closed_at is not None)
        yield from _same(f"{name} reason", case.closing_reason is not None, case.closed_at is not None)
        yield from _same(f"{name}.order_count", case.order_count, len(held))
        yield from _same(f"{name}.past_due_amount", case.past_due_amount, _sum(held))
        yield from _same(f"{name}.oldest_due_on", case.oldest_due_on, min((o.due_on for o in held), default=None))
        if case.closed_at is None:
            yield from _same(f"{name}.total_outstanding", case.total_outstanding, _sum(of_customer))
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
        yield from _same(f"{case.case_no} assignment", found, expected)
    yield from _same(
        "told of assignments", dict(_told(session, "assigned") + _told(session, "reassigned")), dict(every)
    )
    yield from _same("told of ends", dict(_told(session, "assignment_ended")), dict(ended))


def instances(session: Session) -> Problems:
    """Every open case and request has a running diagram, and every running diagram one of them."""
    every = {each.id: each for each in session.scalars(select(Instance))}
    running = {each.id for each in every.values() if each.ended_at is None}
    wanted: set[int] = set()
    for case in session.scalars(select(Case)):
        mine = every.get(case.instance_id or 0)
        if mine is None or (mine.business_key, mine.lock_key) != (case.id, case.customer_id):
            yield f"{case.case_no} has no diagram of its own: {case.instance_id}"
        elif case.closed_at is None:
            wanted.add(mine.id)
    for request in session.scalars(select(OperationRequest).where(OperationRequest.status == "open")):
        wanted.add(request.instance_id or 0)
    yield from _same("running diagrams", running, wanted)


def waits(session: Session) -> Problems:
    """User tasks, timers, subscriptions and the case's status are what the state bytes say."""
    rows = {
        UserTask: _by_instance(session.execute(select(UserTask.instance_id, UserTask.token, UserTask.element))),
        Timer: _by_instance(session.execute(select(Timer.instance_id, Timer.token, Timer.element, Timer.due_at))),
        Subscription: _by_instance(
            session.execute(
                select(Subscription.instance_id, Subscription.token, Subscription.element, Subscription.message)
            )
        ),
    }
    every = session.scalars(select(Case)).all()
    cases_by_instance = {case.instance_id: case for case in every}
    for row in session.scalars(select(Instance)).all():
        found = tuple(rows[model].pop(row.id, []) for model in (UserTask, Timer, Subscription))
        if row.ended_at is not None:
            yield from _same(f"ended instance {row.id} waits", found, ([], [], []))
            continue
        restored = _restored(session, row)
        expected = Expectations.of(restored.workflow)
        yield from _same(
            f"instance {row.id} user tasks", found[0], sorted((w.token, w.element) for w in expected.user_tasks)
        )
        yield from _same(
            f"instance {row.id} timers", found[1], sorted((w.token, w.element, w.due_at) for w in expected.timers)
        )
        yield from _same(
            f"instance {row.id} messages", found[2], sorted((w.token, w.element, w.message) for w in expected.messages)
        )
        yield from _status(restored, expected, cases_by_instance.get(row.id))
        yield from _dates(session, restored)
    yield from _same("waits of no instance", [model.__name__ for model, left in rows.items() if left], [])
    yield from _assignees(session)


def _restored(session: Session, row: Instance) -> flow.Live:
    release = compiled(session, row.release_id)
    process = release.processes[row.process]
    workflow = state.loads(row.state, process, Evaluator(release, _NOBODY))
    expected = Expectations.of(workflow)
    assert len(waiting.waits(workflow).timers) == len(expected.timers)
    return flow.Live(
        row.id, row.business_key, row.lock_key, row.revision, row.release_id, process, release, workflow, expected
    )


def _status(live: flow.Live, expected: Expectations, case: Case | None) -> Problems:
    if case is None:
        return  # a request
    named = {status_at(live.release, element) for element in expected.elements()} - {None}
    told = {str(case.parked_as) if each == "=parked_as" else str(each) for each in named}
    if told:
        yield from _same(f"{case.case_no}.status", str(case.status), min(told, key=STRONGEST.index))


def _dates(session: Session, live: flow.Live) -> Problems:
    """Reckoned anew from the orders as they are, no timer has another date: tokens and ledger agree."""
    before = sorted((wait.token, wait.element, wait.due_at) for wait in live.expected.timers)
    live.workflow.script_engine = Evaluator(
        live.release, Act(session, live, kind="rescheduled", element=None, actor_id=None)
    )
    run.reckon_timers(live.workflow)
    after = sorted((wait.token, wait.element, wait.due_at) for wait in Expectations.of(live.workflow).timers)
    yield from _same(f"dates of instance {live.id}", before, after)


def _assignees(session: Session) -> Problems:
    theirs = select(UserTask.assignee_id, Case.collector_id, Case.id).join(
        Case, Case.instance_id == UserTask.instance_id
    )
    for row in session.execute(theirs.where(UserTask.element == "follow_up")):
        if row.collector_id is None:
            yield f"case {row.id} is to be followed up by nobody"
        yield from _same(f"assignee of case {row.id}", row.assignee_id, row.collector_id)


def follow_ups(session: Session) -> Problems:
    """As many follow-ups as completed tasks; between two of them the case came back once."""
    recorded = Counter(session.scalars(select(FollowUp.case_id)))
    yield from _same("completed follow-ups", dict(_told(session, "completed", "follow_up")), dict(recorded))
    for case in session.scalars(select(Case)):
        yield from _same(f"{case.case_no}.follow_up_count", case.follow_up_count, recorded[case.id])
    for kind, element in (("timer", "next_action_due"), ("message", "taken_up")):
        for case_id, count in _told(session, kind, element).items():
            if count > recorded[case_id]:
                yield f"case {case_id} came back {count} times after {recorded[case_id]} follow-ups"


def histories(session: Session) -> Problems:
    """What happens once to a case is told once, and what is told did happen."""
    opened, closed, again = (_told(session, kind) for kind in ("case_opened", "case_closed", "case_reopened"))
    started = _told(session, "started")
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
        yield from _same(f"{name} opened", opened[case.id], 1)
        yield from _same(f"{name} reopened", again[case.id], case.reopened_count)
        yield from _same(f"{name} closed", closed[case.id], again[case.id] + (case.closed_at is not None))
        yield from _same(f"{name} started", started[case.id], 1 + again[case.id] + requests[case.id])
        top = max((rank for case_id, rank in tiers if case_id == case.id), default=0)
        yield from _same(f"{name} tier", case.tier_rank, top)
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
    yield from _same("assignments of batches", dict(made), dict(given))
    every = session.execute(select(DispatchItem.batch_id, DispatchItem.outcome))
    outcomes = Counter((row.batch_id, row.outcome) for row in every)
    for batch in session.scalars(select(DispatchBatch)):
        count = {name: outcomes[batch.id, name] for name in ("planned", "dispatched", "skipped", "undone")}
        expected = (count["dispatched"] + count["undone"], count["skipped"], 0)
        yield from _same(f"batch {batch.id}", (batch.dispatched, batch.skipped, count["planned"]), expected)
        yield from _same(f"batch {batch.id} is over", batch.status in ("done", "undone"), True)


def suspensions(session: Session) -> Problems:
    """One standing suspension for a suspended case, none for others; requests decided once."""
    standing = {row.case_id: row.id for row in session.scalars(select(Suspension).where(Suspension.to_at.is_(None)))}
    marked = {case.id: case.suspension_id for case in session.scalars(select(Case)) if case.suspension_id is not None}
    yield from _same("standing suspensions", marked, standing)
    yield from _same(
        "told of suspensions",
        dict(_told(session, "suspended")),
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
        yield from _same(what, session.scalar(count), 0)
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
    yield from _same("messages", dict(found), dict(keys))


def _told(session: Session, kind: str, element: str | None = None) -> Counter[int]:
    """How often the history tells this, by case."""
    query = select(HistoryEntry.case_id).where(HistoryEntry.kind == kind, HistoryEntry.case_id.is_not(None))
    if element is not None:
        query = query.where(HistoryEntry.element == element)
    return Counter(each for each in session.scalars(query) if each is not None)


def _counted(session: Session, kind: str, key: str) -> Counter[str]:
    return Counter(data[key] for data in session.scalars(select(HistoryEntry.data).where(HistoryEntry.kind == kind)))


def _once(session: Session, column: Any) -> Counter[str]:
    return Counter(session.scalars(select(column)))


def _by_instance(rows: Iterable[Any]) -> dict[int, list[tuple[Any, ...]]]:
    found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for instance_id, *rest in rows:
        found[instance_id].append(tuple(rest))
    return {key: sorted(each) for key, each in found.items()}


def _sum(held: Iterable[LoanOrder]) -> Decimal:
    return sum((order.outstanding for order in held), ZERO)


def _same(what: str, found: object, expected: object) -> Problems:
    if found != expected:
        yield f"{what} is {found!r:.600}, expected {expected!r:.600}"


_NOBODY: Any = None  # restoring asks nothing of a host
