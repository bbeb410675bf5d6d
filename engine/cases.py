"""The life of cases in SQL: opening, the orders they hold, what they amount to, closing and reopening."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from engine import assignments, clock, history
from engine.flow import instance as flow
from engine.flow import kernel as kernels
from engine.models import (
    Case,
    CaseOrder,
    ClosingReason,
    Draft,
    Instance,
    LoanOrder,
    Stage,
    Status,
    Suspension,
    SuspensionKind,
)
from engine.people.responsibility import responsible_group_id

ZERO = Decimal("0.00")
PROCESS = {Stage.PRE_COLLECTION: "pre_collection", Stage.COLLECTION: "collection"}


def open_case_of(session: Session, customer_id: int, product: str, stage: Stage) -> Case | None:
    """The open case of a customer, product and stage; there is at most one."""
    return next((case for case in _open_cases(session, customer_id, product) if case.stage == stage), None)


def _open_cases(session: Session, customer_id: int, product: str) -> list[Case]:
    """The open cases of a customer and product, by id; within a batch read once."""
    return [case for case in _cases_read(session, customer_id) if case.product == product and case.closed_at is None]


def _cases_read(session: Session, customer_id: int) -> list[Case]:
    """The customer's cases that were open when they were read, and those opened since."""
    query = select(Case).where(Case.customer_id == customer_id, Case.closed_at.is_(None)).order_by(Case.id)

    def ask() -> list[Case]:
        session.flush()
        return list(session.scalars(query))

    return flow.once(session, ("cases", customer_id), ask)


def read_ahead(session: Session, customer_ids: Collection[int]) -> list[Case]:
    """Within a batch: reads the open cases of many customers at once, and gives them."""
    query = select(Case).where(Case.customer_id.in_(customer_ids), Case.closed_at.is_(None)).order_by(Case.id)
    found = list(session.scalars(query))
    by_customer: dict[int, list[Case]] = {each: [] for each in customer_ids}
    for case in found:
        by_customer[case.customer_id].append(case)
    for customer_id, its in by_customer.items():
        flow.known(session, ("cases", customer_id), its)
    return found


def join_or_open(session: Session, stage: Stage, orders: Sequence[LoanOrder]) -> Case:
    """Orders of one customer and product join the open case of a stage, or open one."""
    first = orders[0]
    case = open_case_of(session, first.customer_id, first.product, stage)
    if case is None:
        case = _new(session, stage, first)
        hold(session, case, orders)
        refresh(session, first.customer_id, first.product)
        history.record(session, "case_opened", case=case, orders=[order.order_no for order in orders])
        run(session, case)
        return case
    hold(session, case, orders)
    history.record(session, "orders_joined", case=case, orders=[order.order_no for order in orders])
    orders_changed(session, first.customer_id, first.product)
    return case


def _new(session: Session, stage: Stage, order: LoanOrder) -> Case:
    case = Case(
        customer_id=order.customer_id,
        product=order.product,
        currency=order.currency,
        stage=stage,
        status=Status.TO_DISPATCH,
        group_id=responsible_group_id(session, order.product, stage, None),
        opened_at=clock.now(),
    )
    others = _cases_read(session, order.customer_id)
    session.add(case)
    session.flush()
    others.append(case)
    flow.known(session, ("assignment", case.id), None)
    return case


def enter_tier(session: Session, case: Case, tier: str, rank: int) -> None:
    """The case enters a tier, if it is higher than its own; the group that looks after that tier is responsible."""
    if rank > case.tier_rank:
        case.tier, case.tier_rank = tier, rank
        case.tier_entered_at = clock.now()
        case.last_tier_reviewed_on = None
        case.group_id = responsible_group_id(session, case.product, case.stage, tier)
        history.record(session, "tier_entered", case=case, tier=tier, rank=rank)


def hold(session: Session, case: Case, orders: Sequence[LoanOrder]) -> None:
    """Puts orders into a case; from now on they are no business of the intake."""
    for order in orders:
        order.case_id = case.id
        order.next_step_at = None
        session.add(CaseOrder(case_id=case.id, order_id=order.id, joined_at=clock.now()))


def release(session: Session, orders: Sequence[LoanOrder], left_as: str) -> None:
    """Takes orders out of their cases, noting whether they were settled or rolled."""
    held = [(order.case_id, order.id) for order in orders]
    for order in orders:
        order.case_id = None
    session.flush()
    rows: Any = CaseOrder.__table__
    for case_id, order_id in held:
        session.execute(
            update(rows)
            .where(rows.c.case_id == case_id, rows.c.order_id == order_id, rows.c.left_at.is_(None))
            .values(left_at=clock.now(), left_as=left_as)
        )


def refresh(session: Session, customer_id: int, product: str) -> list[Case]:
    """Recomputes what the open cases of a customer and product derive from their orders; gives these cases."""
    cases = _open_cases(session, customer_id, product)
    if not cases:
        return []
    session.flush()
    unpaid = session.scalars(
        select(LoanOrder).where(
            LoanOrder.customer_id == customer_id,
            LoanOrder.product == product,
            LoanOrder.settled_at.is_(None),
            LoanOrder.known_at <= clock.now(),
        )
    ).all()
    total = sum((order.outstanding for order in unpaid), ZERO)
    for case in cases:
        held = [order for order in unpaid if order.case_id == case.id]
        case.order_count = len(held)
        case.past_due_amount = sum((order.outstanding for order in held), ZERO)
        case.oldest_due_on = min((order.due_on for order in held), default=None)
        case.total_outstanding = total
    return cases


def orders_changed(session: Session, customer_id: int, product: str) -> list[Case]:
    """After amounts or orders changed: recomputes, moves timers, and gives the cases that hold nothing more."""
    empty = []
    for case in refresh(session, customer_id, product):
        if case.order_count == 0 and case.instance_id is not None:
            empty.append(case)
        elif case.instance_id is not None:
            _reschedule(session, case)
    return empty


def _reschedule(session: Session, case: Case) -> None:
    instance_id = case.instance_id
    if instance_id is not None:
        flow.soon(session, lambda: flow.reschedule(session, instance_id))


def run(session: Session, case: Case) -> None:
    """Starts the case's diagram: now, or after the act that is under way."""
    inherited = _inherited_suspension(session, case)  # asked now: the act under way may close the other case

    def begin() -> None:
        flow.start(
            session,
            PROCESS[Stage(case.stage)],
            business_key=case.id,
            lock_key=case.customer_id,
            created=lambda instance_id: setattr(case, "instance_id", instance_id),
            payload=inherited,
        )

    flow.soon(session, begin)


def _inherited_suspension(session: Session, case: Case) -> dict[str, Any]:
    """For a collection case that opens while the pre-collection case is suspended: what that one was suspended for."""
    if case.stage != Stage.COLLECTION:
        return {}
    earlier = open_case_of(session, case.customer_id, case.product, Stage.PRE_COLLECTION)
    standing = session.get(Suspension, earlier.suspension_id) if earlier and earlier.suspension_id else None
    if standing is None or earlier is None:
        return {}
    found: dict[str, Any] = {"reason": standing.reason, "note": standing.note, "before_id": standing.before_id}
    if standing.kind != SuspensionKind.OWN:
        found["with_case"] = earlier.id
    return found


def reopen(session: Session, case: Case, orders: Sequence[LoanOrder]) -> None:
    """A reversed payment brings a closed case back, at no lower tier, for dispatch, as a new instance."""
    others = _cases_read(session, case.customer_id)
    if case not in others:
        others.append(case)
    case.closed_at = None
    case.closing_reason = None
    case.status = Status.TO_DISPATCH
    case.reopened_count += 1
    case.parked_as = case.parked_until = case.agency = None
    case.next_action_at = None
    case.last_tier_reviewed_on = clock.today()  # for dispatch first: the last tier's days count from here
    hold(session, case, orders)
    refresh(session, case.customer_id, case.product)
    history.record(session, "case_reopened", case=case, orders=[order.order_no for order in orders])
    run(session, case)


def last_case_of(session: Session, order: LoanOrder, stage: Stage) -> Case | None:
    """The case of a stage that the order was in last."""
    return session.scalar(
        select(Case)
        .join(CaseOrder, CaseOrder.case_id == Case.id)
        .where(CaseOrder.order_id == order.id, Case.stage == stage)
        .order_by(CaseOrder.id.desc())
        .limit(1)
    )


def close(session: Session, case: Case, reason: str, *, actor_id: int | None, note: str = "") -> None:
    """Closes a case: its assignment ends, its amounts stand still, what people had typed is dropped."""
    assignments.end(session, case, "closed")
    case.status = Status.CLOSED
    case.closed_at = clock.now()
    case.closing_reason = reason
    case.next_action_at = None
    case.parked_as = case.parked_until = None
    case.past_due_amount = ZERO
    case.oldest_due_on = None
    case.order_count = 0
    session.execute(delete(Draft).where(Draft.case_id == case.id))
    said: dict[str, Any] = {"note": note} if note else {}
    history.record(session, "case_closed", case=case, actor_id=actor_id, reason=reason, **said)


def close_without_diagram(session: Session, instance_id: int) -> None:
    """Closes the settled case of an instance whose diagram would not; its customer is locked here."""
    instance = session.get(Instance, instance_id)
    if instance is None or instance.ended_at is not None:
        return
    kernels.of(session).domain.lock(session, [instance.lock_key])
    case = session.get(Case, instance.business_key, populate_existing=True)
    flow.end(session, instance_id, "settled")
    if case is not None and case.instance_id == instance_id and case.closed_at is None:
        close(session, case, closing_reason(session, case), actor_id=None)
        session.flush()


def closing_reason(session: Session, case: Case) -> str:
    """Why a case that nobody gave a reason for closes: what its orders say, or `other` where some are unpaid."""
    if case.order_count:
        return ClosingReason.OTHER
    session.flush()
    waived = session.scalar(
        select(LoanOrder.id)
        .join(CaseOrder, CaseOrder.order_id == LoanOrder.id)
        .where(CaseOrder.case_id == case.id, LoanOrder.waived > 0)
        .limit(1)
    )
    return ClosingReason.SETTLED_WITH_WAIVER if waived else ClosingReason.PAID_IN_FULL


def settle(session: Session, case: Case) -> None:
    """Tells the case's diagram that its last order is settled."""
    flow.deliver_or_keep(session, int(case.instance_id or 0), "settled")
