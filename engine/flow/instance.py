"""One act on one instance: load, act, run, save, inside the caller's transaction.

The life of an act:

1. The caller has locked what the instance's `lock_key` stands for (`lock`), so nobody else acts on it.
2. The instance is read and its workflow restored from the state bytes.
3. A user task is completed, a message delivered, a timer fired; the engine runs until it waits again. Operators
   change the domain's rows in the same session on the way.
4. What the instance waits for now is compared with what it waited for before; the difference becomes rows.
5. State, rows and history are written where the revision is still the one that was read.
6. What operators asked for on other instances (`Act.later`) is done, each as an act of its own.

Nothing is committed here. If anything fails the caller rolls back, and nothing has happened.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from engine import clock
from engine.errors import NotFound, NotWaiting
from engine.flow import inbox, run, state, writes
from engine.flow.act import Act, Live, discard, known, once, plain, room
from engine.flow.catalogue import compiled, published_id
from engine.flow.decisions import Decision
from engine.flow.evaluator import Evaluator
from engine.flow.waits import Expectations, differences
from engine.flow.writes import table
from engine.models import Instance

__all__ = [
    "COLUMNS",
    "Act",
    "Live",
    "batching",
    "complete",
    "deliver",
    "deliver_or_keep",
    "discard",
    "end",
    "fire",
    "known",
    "load",
    "load_many",
    "once",
    "opened",
    "plain",
    "reschedule",
    "room",
    "soon",
    "start",
    "together",
]

COLUMNS = (
    Instance.id,
    Instance.release_id,
    Instance.process,
    Instance.business_key,
    Instance.lock_key,
    Instance.revision,
    Instance.started_at,
    Instance.ended_at,
    Instance.has_inbox,
    Instance.state,
)


@contextmanager
def batching(session: Session) -> Iterator[None]:
    """Within the block acts leave their rows for the end, written with few statements.

    If anything fails inside, the whole transaction must be rolled back; `discard` forgets what was pending.

    Python's search for cyclic garbage rests meanwhile: two hundred instances in memory are none, and looking through
    them again and again took a third of a sweep.
    """
    shared = room(session)
    shared.batching = True
    searched = gc.isenabled()
    gc.disable()
    try:
        yield
        session.flush()
        shared.writes.flush(session)
    finally:
        discard(session)
        if searched:
            gc.enable()


@contextmanager
def together(session: Session) -> Iterator[None]:
    """Within the block what acts put off (`Act.later`, `soon`) waits until all acts of the block are done."""
    shared = room(session)
    shared.holding += 1
    try:
        yield
    finally:
        shared.holding -= 1
    _afterwards(session)


def soon(session: Session, step: Callable[[], None]) -> None:
    """Has an act done now, or after the one that is under way."""
    room(session).after.append(step)
    _afterwards(session)


def start(
    session: Session,
    process: str,
    *,
    business_key: int,
    lock_key: int,
    created: Callable[[int], None],
    actor_id: int | None = None,
    payload: Mapping[str, Any] | None = None,
    release_id: int | None = None,
) -> int:
    """Starts a diagram of the published release (or of `release_id`) and runs it until it waits.

    Gives the instance's id; `created` hears it before the diagram runs.
    """
    release_id = release_id or once(session, "published", lambda: published_id(session))
    release = compiled(session, release_id)
    if process not in release.processes:
        raise NotFound(what="process", key=process)
    row = {
        "release_id": release_id,
        "process": process,
        "business_key": business_key,
        "lock_key": lock_key,
        "state": b"",
        "revision": 0,
        "started_at": clock.now(),
    }
    instance_id = session.execute(insert(table(Instance)).returning(Instance.id), row).scalar_one()
    created(instance_id)
    diagram = release.processes[process]
    evaluator = Evaluator(release, _NOBODY)
    workflow = run.start(diagram, evaluator, {})
    live = Live(instance_id, business_key, lock_key, 0, release_id, diagram, release, workflow, Expectations.none())
    if room(session).batching:
        room(session).live[instance_id] = live
    act = Act(session, live, kind="started", element=None, actor_id=actor_id, payload=payload)
    perform(act, lambda: None)
    return instance_id


def complete(
    session: Session,
    live: Live,
    token: str,
    element: str,
    *,
    form: Mapping[str, Any],
    data: Mapping[str, Any],
    actor_id: int | None,
) -> None:
    """Completes a user task. `form` is all that was sent; `data` the part that the token keeps. Raises NotWaiting."""
    act = Act(session, live, kind="completed", element=element, actor_id=actor_id, form=form)
    perform(act, lambda: run.complete(live.workflow, token, dict(data)))


def deliver(
    session: Session,
    instance_id: int,
    message: str,
    *,
    payload: Mapping[str, Any] | None = None,
    actor_id: int | None = None,
) -> None:
    """Delivers a message that the instance waits for. Raises NotWaiting when it does not."""
    live = load(session, instance_id)
    caught = next((wait.element for wait in live.expected.messages if wait.message == message), None)
    if caught is None:
        raise NotWaiting(what=message, reason="the diagram does not wait for it where the case stands")
    act = Act(session, live, kind="message", element=caught, actor_id=actor_id, payload=payload)
    perform(act, lambda: run.deliver(live.workflow, message, {}), message=message)


def deliver_or_keep(
    session: Session, instance_id: int, message: str, *, payload: Mapping[str, Any] | None = None
) -> None:
    """Delivers a message, or keeps it in the inbox for the instance's next act when it cannot take it yet."""
    try:
        deliver(session, instance_id, message, payload=payload)
    except NotWaiting:
        inbox.keep(session, instance_id, message, payload or {})


def fire(session: Session, instance_id: int, token: str, element: str) -> None:
    """Fires one timer, whatever the clock says. Raises NotWaiting when the instance no longer waits for it."""
    live = load(session, instance_id)
    act = Act(session, live, kind="timer", element=element, actor_id=None)
    perform(act, lambda: run.fire(live.workflow, token))


def end(session: Session, instance_id: int, reason: str, *, actor_id: int | None = None) -> None:
    """Ends an instance wherever it stands, without running its diagram: a guardrail, not a way to draw things."""
    live = load(session, instance_id)
    act = Act(session, live, kind="ended", element=None, actor_id=actor_id)
    live.ended_at = clock.now()
    act.tell("ended", reason=reason)
    _save(act)
    _afterwards(session)


def reschedule(session: Session, instance_id: int) -> None:
    """Evaluates the waiting timers of an instance anew and moves those whose date changed; enters no element."""
    live = load(session, instance_id)
    act = Act(session, live, kind="rescheduled", element=None, actor_id=None)
    live.workflow.script_engine = Evaluator(live.release, act)
    if run.reckon_timers(live.workflow):
        _save(act)
    _afterwards(session)


def load(session: Session, instance_id: int) -> Live:
    """The instance in memory; inside a batch the same one again."""
    shared = room(session)
    if instance_id in shared.live:
        return shared.live[instance_id]
    rows = session.execute(select(*COLUMNS).where(Instance.id == instance_id).with_for_update(of=Instance)).all()
    if not rows:
        raise NotFound(what="instance", key=instance_id)
    return _restored(session, rows[0])


def opened(session: Session, row: Any) -> Live:
    """As `load`, of a row with `COLUMNS` that was read under the lock together with other things."""
    return room(session).live.get(row.id) or _restored(session, row)


def load_many(session: Session, instance_ids: Sequence[int]) -> None:
    """Reads several instances at once into a batch, in order of id."""
    shared = room(session)
    wanted = sorted(set(instance_ids) - set(shared.live))
    if wanted:
        statement = select(*COLUMNS).where(Instance.id.in_(wanted)).order_by(Instance.id).with_for_update(of=Instance)
        for row in session.execute(statement).all():
            _restored(session, row)


def _restored(session: Session, row: Any) -> Live:
    if row.ended_at is not None:
        raise NotWaiting(what="The case", reason="it has ended")
    release = compiled(session, row.release_id)
    process = release.processes[row.process]
    evaluator = Evaluator(release, _NOBODY)
    workflow = state.loads(row.state, process, evaluator)
    live = Live(
        row.id,
        row.business_key,
        row.lock_key,
        row.revision,
        row.release_id,
        process,
        release,
        workflow,
        Expectations.of(workflow),
        row.has_inbox,
    )
    shared = room(session)
    if shared.batching:
        shared.live[live.id] = live
    return live


def perform(act: Act, step: Callable[[], None], **data: Any) -> None:
    """Takes the step, runs the engine, saves, and then does what was put off, unless another act is under way."""
    shared = room(act.session)
    if shared.acting:
        raise RuntimeError("an act inside an act: use Act.later")
    shared.acting = True
    live = act.live
    live.workflow.script_engine = Evaluator(live.release, act)
    try:
        step()
        path = run.advance(live.workflow)
        if run.is_finished(live.workflow):
            live.ended_at = clock.now()
            act.kernel.domain.ended(act)
        act.tell(act.kind, element=act.element, path=path, **data)
        _send_thrown(act)
        _save(act)
    finally:
        shared.acting = False
    if live.has_inbox and live.ended_at is None:
        _take_kept(act)
    _afterwards(act.session)


def _send_thrown(act: Act) -> None:
    """What the diagram threw and nothing inside it caught goes out as an event."""
    for event in run.thrown(act.live.workflow):
        act.send("event", {"kind": event.kind, "name": event.name, "payload": plain(event.payload)})


def _take_kept(act: Act) -> None:
    live = act.live
    kept = inbox.take(act.session, live.id, {wait.message for wait in live.expected.messages})
    if kept is not None:
        name, payload = kept.message, kept.payload
        shared = room(act.session)
        shared.after.appendleft(lambda: deliver(act.session, live.id, name, payload=payload))


def _afterwards(session: Session) -> None:
    shared = room(session)
    if shared.acting or shared.holding:
        return
    while shared.after:
        shared.after.popleft()()
    if not shared.batching:
        writes.flush(session)
        shared.writes.flush(session)


def _save(act: Act) -> None:
    """Compares what the instance waits for with what SQL knows, and leaves the difference as rows."""
    live, pending = act.live, room(act.session).writes
    now_expected = Expectations.of(live.workflow) if live.ended_at is None else Expectations.none()
    statuses = now_expected.statuses(act)
    if live.ended_at is None:
        act.kernel.domain.positioned(act, statuses)
    differences(act, live.expected, now_expected, pending)
    live.expected = now_expected
    pending.save(live.id, live.revision, state.dumps(live.workflow), live.ended_at)
    live.revision += 1


class _Nobody:
    """Stands in until the first act: a host that can do nothing."""

    def functions(self) -> Mapping[str, Callable[..., object]]:
        return {}

    def facts(self) -> Mapping[str, object]:
        return {}

    def operate(self, operator: str, params: dict[str, object], element: str) -> dict[str, object] | None:
        raise RuntimeError(f"no act is under way: {operator} at {element}")

    def decided(self, element: str, decision: Decision) -> None:
        raise RuntimeError(f"no act is under way: {decision.table_id} at {element}")


_NOBODY = _Nobody()
