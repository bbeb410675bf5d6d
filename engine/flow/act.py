"""One act as diagrams, operators and functions see it, and what the acts of one transaction share."""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from engine import clock
from engine.flow import kernel as kernels
from engine.flow.decisions import Decision
from engine.flow.definitions import Process, Release
from engine.flow.kernel import Kernel
from engine.flow.waits import Expectations
from engine.flow.writes import Writes
from engine.models import Base, OutboxMessage

_ROOM = "dunflow_acts"
T = TypeVar("T")


@dataclass
class Live:
    """An instance in memory: its row, its workflow, and what SQL says it waits for."""

    id: int
    business_key: int
    lock_key: int
    revision: int
    release_id: int
    process: Process
    release: Release
    workflow: Any
    expected: Expectations
    has_inbox: bool = False
    ended_at: dt.datetime | None = None


@dataclass
class Room:
    """What the acts of one transaction share: pending rows, instances in memory, and what is to be done after."""

    writes: Writes = field(default_factory=Writes)
    live: dict[int, Live] = field(default_factory=dict)
    after: deque[Callable[[], None]] = field(default_factory=deque)
    acting: bool = False
    holding: int = 0
    batching: bool = False
    cache: dict[Hashable, Any] = field(default_factory=dict)  # what the domain has read in this batch, see `once`


class Act:
    """One act, as diagrams, operators and functions see it: the `Host` of the evaluator.

    `form` is what a person sent with a user task, `payload` what came with a message; neither outlives the act
    unless an operator writes it. `cache` is for the domain: the case it loaded, and the like.
    """

    def __init__(
        self,
        session: Session,
        live: Live,
        *,
        kind: str,
        element: str | None,
        actor_id: int | None,
        form: Mapping[str, Any] | None = None,
        payload: Mapping[str, Any] | None = None,
    ) -> None:
        self.session = session
        self.live = live
        self.kind = kind
        self.element = element
        self.actor_id = actor_id
        self.form: Mapping[str, Any] = form or {}
        self.payload: Mapping[str, Any] = payload or {}
        self.cache: dict[str, Any] = {}
        self.sent = 0
        self.kernel = kernels.of(session)

    @property
    def business_key(self) -> int:
        """Whose life the instance runs."""
        return self.live.business_key

    @property
    def release(self) -> Release:
        """The release the instance is pinned to."""
        return self.live.release

    def functions(self) -> Mapping[str, Callable[..., object]]:
        """The vocabulary's functions, each bound to this act when it is looked up."""
        return _Bound(self, self.kernel)

    def facts(self) -> Mapping[str, object]:
        """The vocabulary's facts, each read when it is looked up."""
        return _Facts(self, self.kernel)

    def operate(self, operator: str, params: dict[str, object], element: str) -> dict[str, object] | None:
        """Runs an operator for a service task."""
        given = self.kernel.vocabulary.operators[operator].call(self, **params)
        return dict(given) if given is not None else None

    def decided(self, element: str, decision: Decision) -> None:
        """Writes into the history which rows of which table decided what, from which inputs."""
        self.tell(
            "decided",
            element=element,
            table=decision.table_id,
            rules=list(decision.rule_ids),
            inputs=plain(decision.inputs),
            outputs=plain(decision.outputs),
        )

    def tell(self, event: str, *, element: str | None = None, **data: Any) -> None:
        """Appends an entry to the history of this instance."""
        room(self.session).writes.history(
            {
                "at": clock.now(),
                "actor_id": self.actor_id,
                "case_id": self.live.business_key,
                "customer_id": self.live.lock_key,
                "instance_id": self.live.id,
                "release_id": self.live.release_id,
                "kind": event,
                "element": element,
                "data": data,
            }
        )

    def write(self, model: type[Base], row: dict[str, Any]) -> None:
        """Leaves a row to be written with the act; the defaults of its columns apply."""
        room(self.session).writes.add(model, row)

    def send(self, kind: str, payload: Mapping[str, Any], *, status: str = "waiting") -> None:
        """Leaves something to send in the outbox, written with this act; its key is the same for every try."""
        self.sent += 1
        self.session.add(
            OutboxMessage(
                key=f"{self.live.id}-{self.live.revision}-{self.sent}",
                kind=kind,
                customer_id=self.live.lock_key,
                case_id=self.live.business_key,
                payload=dict(payload),
                status=status,
                next_try_at=clock.real_now(),
                created_at=clock.now(),
            )
        )

    def later(self, step: Callable[[], None]) -> None:
        """Has `step` done when this act is saved, in the same transaction: acts on other instances."""
        room(self.session).after.append(step)


def plain(value: Any) -> Any:
    """A value as JSON keeps it: dates and amounts as text."""
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


class _Bound(Mapping[str, Callable[..., object]]):
    def __init__(self, act: Act, kernel: Kernel) -> None:
        self._act, self._known = act, kernel.vocabulary.functions

    def __getitem__(self, name: str) -> Callable[..., object]:
        return partial(self._known[name].call, self._act)

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


class _Facts(Mapping[str, object]):
    def __init__(self, act: Act, kernel: Kernel) -> None:
        self._act, self._known = act, kernel.vocabulary.facts

    def __getitem__(self, name: str) -> object:
        return self._known[name](self._act)

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


def room(session: Session) -> Room:
    """What the acts of this session's transaction share."""
    found: Room | None = session.info.get(_ROOM)
    if found is None:
        found = session.info[_ROOM] = Room()
    return found


def once(session: Session, key: Hashable, ask: Callable[[], T]) -> T:
    """What `ask` finds. Within a batch it is asked once: for what cannot change there, or is `known` when it does."""
    shared = room(session)
    if not shared.batching:
        return ask()
    if key not in shared.cache:
        shared.cache[key] = ask()
    found: T = shared.cache[key]
    return found


def known(session: Session, key: Hashable, value: object) -> None:
    """Within a batch: what `once` is to find under this key from now on."""
    shared = room(session)
    if shared.batching:
        shared.cache[key] = value


def discard(session: Session) -> None:
    """Forget pending rows and instances in memory: after a rollback, or when a batch is over."""
    session.info.pop(_ROOM, None)
