"""Incidents: acts that failed and were rolled back: visible, tried again on demand, never in the next one's way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from engine import acts, clock, history, intake, notifications
from engine.db import begin_write
from engine.errors import Conflict, DunflowError, NotFound
from engine.flow import instance as flow
from engine.flow import kernel as kernels
from engine.flow.evaluator import FlowFailed
from engine.models import Case, CaseOrder, Incident, Instance, LoanOrder, Role, Stage, Timer, UserTask

WHERE = "dunflow_where"  # the attribute by which an exception tells which act it ended


class AlreadyResolved(Conflict):
    """This incident is resolved already."""


def mark(error: BaseException, **where: Any) -> None:
    """Notes on an exception which act it ended; the innermost note stands."""
    if not hasattr(error, WHERE):
        setattr(error, WHERE, where)


def after_sweep(sessions: sessionmaker[Session], customer_id: int, error: BaseException) -> None:
    """Writes the incident of a timer or an order that failed, and takes it off the clock while the incident stands."""
    where: Mapping[str, Any] = getattr(error, WHERE, {})
    with sessions() as session:
        begin_write(session)
        if where.get("order_id"):
            _write(session, error, act="intake", payload={"order_id": where["order_id"]}, customer_id=customer_id)
            _off_the_clock(session, LoanOrder, LoanOrder.id == where["order_id"], "next_step_at")
        elif where.get("instance_id"):
            _write(session, error, act="timer", customer_id=customer_id, **where)
            _off_the_clock(
                session, Timer, (Timer.instance_id == where["instance_id"]) & (Timer.token == where["token"]), "due_at"
            )
        else:
            aside = _everything_off_the_clock(session, customer_id)
            _write(session, error, act="sweep", customer_id=customer_id, payload=aside)
        session.commit()


def after_task(
    sessions: sessionmaker[Session], task_id: int, form: Mapping[str, Any], actor_id: int | None, error: BaseException
) -> int | None:
    """Writes the incident of a user task whose completion failed in the diagram; gives its id."""
    with sessions() as session:
        begin_write(session)
        task = session.get(UserTask, task_id)
        if task is None:
            return None
        payload = {"user_task_id": task_id, "form": flow.plain(form), "actor_id": actor_id}
        incident = _write(
            session,
            error,
            act="task",
            payload=payload,
            instance_id=task.instance_id,
            token=task.token,
            element=task.element,
        )
        incident_id = incident.id
        session.commit()
        return incident_id


def after_message(sessions: sessionmaker[Session], error: FlowFailed) -> int | None:
    """Writes the incident of a message, such as a suspension, that failed in the diagram; gives its id."""
    what = error.undelivered
    if what is None:
        return None
    with sessions() as session:
        begin_write(session)
        payload = {"payload": flow.plain(what["payload"]), "actor_id": what["actor_id"]}
        incident = _write(session, error, act="message", payload=payload, instance_id=what["instance_id"])
        incident.message = what["message"]
        incident_id = incident.id
        session.commit()
        return incident_id


def _off_the_clock(session: Session, model: Any, which: Any, column: str) -> None:
    session.execute(update(model.__table__).where(which).values({column: None}))


def _everything_off_the_clock(session: Session, customer_id: int) -> dict[str, Any]:
    """Which of the customer's timers failed is unknown: all that are due step aside until somebody has looked.

    Gives what stepped aside: {"timers": [[instance_id, token, element]], "orders": [id]}.
    """
    now = clock.now()
    due = (Timer.lock_key == customer_id) & (Timer.due_at <= now)
    near = (LoanOrder.customer_id == customer_id) & (LoanOrder.next_step_at <= now)
    timers = session.execute(select(Timer.instance_id, Timer.token, Timer.element).where(due)).all()
    orders = session.scalars(select(LoanOrder.id).where(near)).all()
    _off_the_clock(session, Timer, due, "due_at")
    _off_the_clock(session, LoanOrder, near, "next_step_at")
    return {"timers": [list(each) for each in timers], "orders": list(orders)}


def _write(
    session: Session,
    error: BaseException,
    *,
    act: str,
    payload: Mapping[str, Any] | None = None,
    instance_id: int | None = None,
    token: str | None = None,
    element: str | None = None,
    customer_id: int | None = None,
) -> Incident:
    """One incident per thing that failed: a second failure counts as another attempt.

    An order or a whole customer's sweep is off the clock since the first: the next failure is another one's.
    """
    found = session.scalar(
        select(Incident).where(
            Incident.resolved_at.is_(None),
            Incident.act == act,
            Incident.instance_id == instance_id,
            Incident.token == token,
            Incident.element == (element or getattr(error, "params", {}).get("element")),
        )
    )
    if found is not None and act not in ("intake", "sweep"):
        found.attempts += 1
        found.last_at, found.error_text = clock.now(), str(error)
        return found
    instance = session.get(Instance, instance_id) if instance_id else None
    incident = Incident(
        instance_id=instance_id,
        business_key=instance.business_key if instance else None,
        act=act,
        element=element or getattr(error, "params", {}).get("element"),
        token=token,
        payload=dict(payload or {}) | ({"customer_id": customer_id} if customer_id else {}),
        error_code=error.code if isinstance(error, DunflowError) else type(error).__name__,
        error_params=flow.plain(error.params) if isinstance(error, DunflowError) else {},
        error_text=str(error)[:4000],
        first_at=clock.now(),
        last_at=clock.now(),
    )
    session.add(incident)
    session.flush()
    case = session.get(Case, instance.business_key) if instance else None
    history.record(
        session,
        "incident",
        case=case,
        customer_id=customer_id,
        instance_id=instance_id,
        element=incident.element,
        incident_id=incident.id,
        error=incident.error_code,
    )
    watchers = notifications.with_roles(session, Role.ADMINISTRATOR, Role.ANALYST)
    told_as = f"{incident.error_code}-{clock.today()}"  # what fails in one way fails many times
    notifications.tell(session, watchers, notifications.Kind.INCIDENT, told_as=told_as, incident_id=incident.id)
    return incident


def retry(sessions: sessionmaker[Session], incident_id: int, *, actor_id: int | None) -> bool:
    """Tries the failed act again; True when it worked and is resolved. Raises NotFound, AlreadyResolved."""
    with sessions() as session:
        incident = session.get(Incident, incident_id)
        if incident is None:
            raise NotFound(what="incident", key=incident_id)
        if incident.resolved_at is not None:
            raise AlreadyResolved()
    try:
        with sessions() as session:
            begin_write(session)
            incident = session.get_one(Incident, incident_id)
            _RETRIES[incident.act](session, incident)
            _resolve(session, incident, actor_id)
            session.commit()
    except Exception as error:
        with sessions() as session:
            begin_write(session)
            incident = session.get_one(Incident, incident_id)
            incident.attempts += 1
            incident.last_at, incident.error_text = clock.now(), str(error)[:4000]
            session.commit()
        return False
    return True


def _resolve(session: Session, incident: Incident, actor_id: int | None) -> None:
    incident.resolved_at = clock.now()
    incident.resolved_by_id = actor_id
    history.record(
        session, "incident_resolved", actor_id=actor_id, incident_id=incident.id, instance_id=incident.instance_id
    )
    session.flush()


def _lock(session: Session, incident: Incident) -> None:
    key = incident.payload.get("customer_id")
    if key is None and incident.instance_id is not None:
        key = session.scalar(select(Instance.lock_key).where(Instance.id == incident.instance_id))
    kernels.of(session).domain.lock(session, [int(key)] if key is not None else [])


def _retry_timer(session: Session, incident: Incident) -> None:
    _lock(session, incident)
    instance_id = int(incident.instance_id or 0)
    if any(
        (wait.token, wait.element) == (incident.token, incident.element)
        for wait in flow.load(session, instance_id).expected.timers
    ):
        flow.fire(session, instance_id, str(incident.token), str(incident.element))


def _retry_intake(session: Session, incident: Incident) -> None:
    _lock(session, incident)
    order = session.get(LoanOrder, incident.payload["order_id"], populate_existing=True)
    if order is not None and not _was_let_go(session, order):
        intake.step(session, order)


def _retry_task(session: Session, incident: Incident) -> None:
    """Found by its token: SQLite gives the id of a completed task to another one. Raises TaskGone."""
    payload = incident.payload
    named = (UserTask.instance_id == incident.instance_id, UserTask.token == incident.token)
    task_id = session.scalar(select(UserTask.id).where(*named))
    if task_id is None:
        raise acts.TaskGone()
    acts.complete_task(session, task_id, payload["form"], actor_id=payload["actor_id"])


def _retry_message(session: Session, incident: Incident) -> None:
    _lock(session, incident)
    payload = incident.payload
    flow.deliver(
        session,
        int(incident.instance_id or 0),
        str(incident.message),
        payload=payload["payload"],
        actor_id=payload["actor_id"],
    )


def _retry_sweep(session: Session, incident: Incident) -> None:
    """Puts what stepped aside back on the clock, for the next sweep: that and no more, as far as it still waits."""
    _lock(session, incident)
    aside = {tuple(each) for each in incident.payload["timers"]}
    live = select(Instance.id).where(Instance.id.in_({each[0] for each in aside}), Instance.ended_at.is_(None))
    for instance_id in session.scalars(live.order_by(Instance.id)).all():
        for wait in flow.load(session, instance_id).expected.timers:
            if (instance_id, wait.token, wait.element) in aside:
                named = (Timer.instance_id == instance_id, Timer.token == wait.token, Timer.element == wait.element)
                session.execute(update(Timer).where(*named).values(due_at=wait.due_at))
    waiting = (LoanOrder.case_id.is_(None), LoanOrder.settled_at.is_(None), LoanOrder.next_step_at.is_(None))
    for order in session.scalars(select(LoanOrder).where(LoanOrder.id.in_(incident.payload["orders"]), *waiting)):
        if not _was_let_go(session, order):
            order.next_step_at = intake.next_step_at(session, order)
    session.flush()


def _was_let_go(session: Session, order: LoanOrder) -> bool:
    """Whether a collection case closed with it meanwhile: what is sold or returned is collected no more."""
    left = select(CaseOrder.id).join(Case, Case.id == CaseOrder.case_id)
    closed = left.where(CaseOrder.order_id == order.id, CaseOrder.left_as == "closed", Case.stage == Stage.COLLECTION)
    return session.scalar(closed.limit(1)) is not None


_RETRIES: dict[str, Callable[[Session, Incident], None]] = {
    "timer": _retry_timer,
    "intake": _retry_intake,
    "task": _retry_task,
    "message": _retry_message,
    "sweep": _retry_sweep,
}
