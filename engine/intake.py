"""How customers, orders and repayments come in, and what they do to cases.

An order's way before any case holds it: it becomes known, comes near its due date (pre-collection), becomes overdue
(collection). `LoanOrder.next_step_at` says when `step` looks at it next; the sweep calls it then.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from engine import cases, clock, history, ledger, parameters, search
from engine.errors import NotFound
from engine.flow import instance as flow
from engine.flow import kernel as kernels
from engine.models import Case, Contact, Customer, LoanOrder, Product, Repayment, Stage

_CUSTOMERS: Any = Customer.__table__
_CONTACTS: Any = Contact.__table__
USUAL_PRODUCTS: Mapping[str, tuple[str, str]] = {
    "card": ("信用卡", "Credit card"),
    "credit_card": ("信用卡", "Credit card"),
    "cash": ("现金贷", "Cash loan"),
    "cash_loan": ("现金贷", "Cash loan"),
    "personal_loan": ("个人贷款", "Personal loan"),
    "instalment": ("消费分期", "Instalment loan"),
    "auto": ("车贷", "Car loan"),
    "car_loan": ("车贷", "Car loan"),
    "mortgage": ("房贷", "Mortgage"),
}
"""What loan products with a usual code are called, in Chinese and in English."""


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


def lock_customers(session: Session, ids: Iterable[int]) -> None:
    """Locks customers in order of id, before anything is done to their orders or cases."""
    kernels.of(session).domain.lock(session, list(ids))


def add_customer(session: Session, new: NewCustomer, *, by_id: int | None = None) -> Customer:
    """A customer becomes known, with the contacts of the row."""
    return session.get_one(Customer, add_customers(session, [new], by_id=by_id)[0])


def add_customers(session: Session, new: Sequence[NewCustomer], *, by_id: int | None = None) -> list[int]:
    """Customers become known, with the contacts of their rows; gives their ids. A statement a table, however many."""
    written = insert(_CUSTOMERS).returning(_CUSTOMERS.c.customer_no, _CUSTOMERS.c.id)
    id_of: dict[str, int] = dict(session.execute(written, [_customer_row(each) for each in new]).all())
    both = [(id_of[each.customer_id], each) for each in new]
    contacts = [_contact_row(customer_id, *said) for customer_id, each in both for said in _contacts(each)]
    if contacts:
        session.execute(insert(_CONTACTS), contacts)
    phones: dict[int, list[str]] = {customer_id: [] for customer_id, _ in both}
    for contact in contacts:
        if contact["kind"] == "phone":
            phones[contact["customer_id"]].append(contact["value"])
    search.index_new(session, [(each, said.name, said.id_number, phones[each]) for each, said in both])
    told = [(each, {"customer_no": said.customer_id}) for each, said in both]
    history.record_each(session, "customer_imported", told, actor_id=by_id)
    return [customer_id for customer_id, _ in both]


def _customer_row(new: NewCustomer) -> dict[str, Any]:
    return {
        "customer_no": new.customer_id,
        "name": new.name,
        "id_number": new.id_number,
        "language": new.language,
        "timezone": new.timezone,
        "jurisdiction": new.jurisdiction,
        "extra": new.extra,
        "created_at": clock.now(),
    }


def _contacts(new: NewCustomer) -> list[tuple[str, str, str]]:
    """Kind, value and relation of what the row says; several emergency contacts are parted by semicolons."""
    own = [("phone", new.phone, "self"), ("address", new.address, "self"), ("email", new.email, "self")]
    others = [("phone", part.strip(), "emergency") for part in (new.emergency_contacts or "").split(";")]
    return [(kind, value, relation) for kind, value, relation in (*own, *others) if value]


def _contact_row(customer_id: int, kind: str, value: str, relation: str) -> dict[str, Any]:
    """An emergency contact is written as name, relation and phone, the phone last."""
    holder = ""
    if relation == "emergency" and " " in value:
        holder, value = value.rsplit(" ", 1)
    return {
        "customer_id": customer_id,
        "kind": kind,
        "value": value,
        "holder": holder,
        "relation": relation,
        "source": "import",
        "created_at": clock.now(),
    }


def add_order(
    session: Session, new: NewOrder, *, customer_id: int | None = None, by_id: int | None = None
) -> LoanOrder:
    """An order becomes known: at 00:00 of its disbursal, or now if that is past. Its customer is locked.

    Money that named it before reaches it at once. Raises NotFound for an unknown customer.
    """
    if customer_id is None:
        customer_id = session.scalar(select(Customer.id).where(Customer.customer_no == new.customer_id))
    if customer_id is None:
        raise NotFound(what="customer", key=new.customer_id)
    _know_products(session, [new])
    order = _order(new, customer_id)
    moved = ledger.charge(session, order)
    order.next_step_at = next_step_at(session, order)
    session.flush()
    history.record(session, "order_imported", customer_id=customer_id, actor_id=by_id, order_no=new.order_id)
    _after_money(session, customer_id, [each for each in moved if each is not order])
    cases.refresh(session, customer_id, order.product)
    return order


def add_orders(session: Session, new: Sequence[tuple[NewOrder, int]], *, by_id: int | None = None) -> None:
    """Many orders become known, each with its customer's id; the customers are locked.

    Orders that nothing waits for are written with a statement a table. Where a case of the customer's is open, or money
    named the order before it was known, it is an act of its own: what it moves is looked at before the next.
    """
    _know_products(session, [each for each, _ in new])
    alone = _moving(session, new)
    for each, customer_id in new:
        if customer_id in alone:
            add_order(session, each, customer_id=customer_id, by_id=by_id)
    orders = [_order(each, customer_id) for each, customer_id in new if customer_id not in alone]
    for order in orders:
        order.outstanding = order.principal + order.interest + order.fees + order.penalty
        order.next_step_at = next_step_at(session, order)
    ledger.charge_new(session, orders)
    told = [(order.customer_id, {"order_no": order.order_no}) for order in orders]
    history.record_each(session, "order_imported", told, actor_id=by_id)


def _moving(session: Session, new: Sequence[tuple[NewOrder, int]]) -> set[int]:
    """Customers with an open case, or with money that waits for one of these orders."""
    customers = {customer_id for _, customer_id in new}
    open_cases = select(Case.customer_id).where(Case.customer_id.in_(customers), Case.closed_at.is_(None))
    awaited = select(Repayment.customer_id).where(Repayment.order_no.in_([each.order_id for each, _ in new]))
    return set(session.scalars(open_cases)).union(session.scalars(awaited))


def _order(new: NewOrder, customer_id: int) -> LoanOrder:
    return LoanOrder(
        order_no=new.order_id,
        customer_id=customer_id,
        product=new.product,
        currency=new.currency,
        loan_id=new.loan_id,
        instalment_no=new.instalment_no,
        disbursed_on=new.disbursed_on,
        due_on=new.due_on,
        known_at=max(clock.midnight(new.disbursed_on), clock.now()),
        principal=new.principal,
        interest=new.interest,
        fees=new.fees,
        penalty=new.penalty,
        outstanding=Decimal(0),
        extra=new.extra,
    )


def _know_products(session: Session, new: Iterable[NewOrder]) -> None:
    """A product is known from its first order on."""
    for code, currency in {each.product: each.currency for each in reversed(list(new))}.items():
        if session.get(Product, code) is None:
            session.add(product_of(code, currency))
            session.flush()


def product_of(code: str, currency: str) -> Product:
    """A loan product as it is first heard of: by the usual name of its code where it has one, else by the code."""
    zh, en = USUAL_PRODUCTS.get(code, (code, code))
    return Product(code=code, name_zh=zh, name_en=en, currency=currency)


def adjust_order(
    session: Session, order: LoanOrder, amounts: Mapping[str, Decimal], *, by_id: int | None = None
) -> None:
    """A known order's amounts changed: adjustment lines, and whatever that does to its case. Its customer is locked."""
    was_settled = order.settled_at is not None
    moved = ledger.adjust(session, order, amounts)
    history.record(session, "order_adjusted", customer_id=order.customer_id, actor_id=by_id, order_no=order.order_no)
    if was_settled and order.settled_at is None:
        _put_back(session, [order])
    _after_money(session, order.customer_id, moved)


def receive(
    session: Session, new: NewRepayment, *, customer_id: int | None = None, by_id: int | None = None
) -> Repayment:
    """Money came, or went back: it is allocated whole, then every case it moves is looked at. The customer is locked.

    Cases whose orders are all settled close; then orders that were only shown on a closed collection case enter
    pre-collection; a reversal puts orders back. Raises NotFound and what the ledger refuses.
    """
    settled = _settled_before(session, new)
    receipt = ledger.receive(session, new, customer_id=customer_id)
    repayment = receipt.repayment
    history.record(
        session,
        "repayment_reversed" if new.reverses else "repayment_received",
        customer_id=repayment.customer_id,
        actor_id=by_id,
        repayment_no=new.repayment_id,
        amount=str(new.amount),
        reverses=new.reverses,
        orders=[order.order_no for order in receipt.touched],
    )
    _put_back(session, [order for order in receipt.touched if order.id in settled and order.settled_at is None])
    _after_money(session, repayment.customer_id, receipt.touched)
    if new.reverses:
        session.flush()  # what is owed again is found by the next repayment
    return repayment


def _settled_before(session: Session, new: NewRepayment) -> set[int]:
    """For a reversal, the orders of the customer that are settled now and may not be afterwards."""
    if not new.reverses:
        return set()
    session.flush()
    customer = select(Repayment.customer_id).where(Repayment.repayment_no == new.reverses).scalar_subquery()
    return set(
        session.scalars(
            select(LoanOrder.id).where(LoanOrder.customer_id == customer, LoanOrder.settled_at.is_not(None))
        )
    )


def _after_money(session: Session, customer_id: int, touched: Sequence[LoanOrder]) -> None:
    """Settled orders leave their cases; cases left with none are told; all closings come before any opening."""
    for order in touched:
        if order.settled_at is not None:
            order.next_step_at = None
    settled = [order for order in touched if order.settled_at is not None and order.case_id is not None]
    if settled:
        cases.release(session, settled, "settled")
    with flow.together(session):
        for product in sorted({order.product for order in touched}):
            for case in cases.orders_changed(session, customer_id, product):
                cases.settle(session, case)


def _put_back(session: Session, orders: Sequence[LoanOrder]) -> None:
    """Orders that are unpaid again go where their dates say: overdue to collection, near to pre-collection."""
    for order in sorted(orders, key=lambda each: (each.due_on, each.order_no)):
        if order.known_at > clock.now():
            order.next_step_at = order.known_at
        elif overdue_at(order) < clock.now():
            _return(session, order, Stage.COLLECTION)
        elif near_at(session, order) < clock.now() < overdue_at(order):
            _return(session, order, Stage.PRE_COLLECTION)
        else:
            order.next_step_at = next_step_at(session, order)


def _return(session: Session, order: LoanOrder, stage: Stage) -> None:
    """Into the customer's open case of the stage, else the case it was in last reopens, else as if it were new.

    One that never was in pre-collection is only shown while the customer is in collection, as when it came near.
    """
    last = cases.last_case_of(session, order, stage)
    if last is None and stage == Stage.PRE_COLLECTION and _in_collection(session, order):
        order.next_step_at = overdue_at(order)
    elif last is not None and cases.open_case_of(session, order.customer_id, order.product, stage) is None:
        cases.reopen(session, last, [order])
    else:
        cases.join_or_open(session, stage, [order])


def near_at(session: Session, order: LoanOrder) -> dt.datetime:
    """When the order enters pre-collection if unpaid by then: days before it is due, not before it is known."""
    days = int(parameters.value(session, "pre_collection_days", product=order.product))
    return max(clock.midnight(order.due_on - dt.timedelta(days=days)), order.known_at)


def overdue_at(order: LoanOrder) -> dt.datetime:
    """When the order is overdue if unpaid by then: 00:00 of the day after its due date, not before it is known."""
    return max(clock.midnight(order.due_on + dt.timedelta(days=1)), order.known_at)


def next_step_at(session: Session, order: LoanOrder) -> dt.datetime | None:
    """When `step` has to look at an order that no case holds; None once it is settled."""
    if order.settled_at is not None or order.outstanding <= 0:
        return None
    near, overdue = near_at(session, order), overdue_at(order)
    return overdue if near >= overdue or near < clock.now() else near


def is_overdue(order: LoanOrder) -> bool:
    """Whether the order's due date has passed where the lender is."""
    return overdue_at(order) <= clock.now()


def step(session: Session, order: LoanOrder) -> None:
    """An order that no case holds comes near its due date, or is overdue: it joins or opens the case of that stage.

    While the customer is in collection for the product, an order that comes near is only shown on that case. The
    customer is locked.
    """
    order.next_step_at = None
    if order.settled_at is not None or order.case_id is not None:
        return
    if is_overdue(order):
        cases.join_or_open(session, Stage.COLLECTION, [order])
    elif near_at(session, order) > clock.now():
        order.next_step_at = near_at(session, order)
    elif _in_collection(session, order):
        order.next_step_at = overdue_at(order)
    else:
        cases.join_or_open(session, Stage.PRE_COLLECTION, [order])
    session.flush()


def _in_collection(session: Session, order: LoanOrder) -> bool:
    return cases.open_case_of(session, order.customer_id, order.product, Stage.COLLECTION) is not None


def bring_in_near_orders(session: Session, customer_id: int, product: str) -> None:
    """A collection case closed: orders that were only shown on it enter pre-collection now.

    Orders that come near at this very instant have their own step, which comes after.
    """
    session.flush()
    shown = session.scalars(
        select(LoanOrder)
        .where(
            LoanOrder.customer_id == customer_id,
            LoanOrder.product == product,
            LoanOrder.settled_at.is_(None),
            LoanOrder.case_id.is_(None),
            LoanOrder.known_at <= clock.now(),
            LoanOrder.outstanding > 0,
        )
        .order_by(LoanOrder.due_on, LoanOrder.order_no)
    ).all()
    for order in shown:
        if near_at(session, order) < clock.now() < overdue_at(order):
            cases.join_or_open(session, Stage.PRE_COLLECTION, [order])
