"""The demo's people, and how they worked before today: varied, the same in every demo of one day."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from engine import acts, batches, clock, parameters, people, requests
from engine.db import begin_write
from engine.demo import sayings
from engine.errors import DunflowError, NotWaiting
from engine.models import Case, Customer, OperationRequest, Role, Stage, Status, User, UserTask
from engine.people import Scope
from engine.replay.staff import Staff

PASSWORD = "demo-dunflow"  # noqa: S105 - everybody's in a demo, and printed; never in a real installation
_log = logging.getLogger(__name__)
_BATCH = 250
RECALLED_OF = 6
LEFT_OPEN = dt.timedelta(days=3)  # what is put to supervisors in these last days waits for whoever tries the demo
LAST_MONTH, LEFT_OF = dt.timedelta(days=31), 4
LAST_TIER_REVIEW_DAYS = 30  # so that half a year of history holds decisions, placements and court
Form = tuple[dict[str, Any], int | None]


@dataclass(frozen=True)
class Person:
    """Somebody of the demo; `group` is a key of `GROUPS`, which a supervisor may have several of."""

    login: str
    name: str
    role: Role
    groups: tuple[str, ...] = ()


GROUPS: Mapping[str, tuple[str, tuple[Scope, ...]]] = {
    "pre": ("预催收 Pre-collection", (Scope(Stage.PRE_COLLECTION),)),
    "m1": ("M1", (Scope(Stage.COLLECTION, tier="M1"),)),
    "m2": ("M2–M3", (Scope(Stage.COLLECTION, tier="M2"), Scope(Stage.COLLECTION, tier="M3"))),
    "m4": ("M4+", (Scope(Stage.COLLECTION, tier="M4"),)),
}
ADMINISTRATOR = Person("admin", "管理员 Admin", Role.ADMINISTRATOR)
PEOPLE = (
    Person("supervisor", "陈静 Chen Jing", Role.SUPERVISOR, ("pre", "m1")),
    Person("supervisor2", "周涛 Zhou Tao", Role.SUPERVISOR, ("m2", "m4")),
    Person("manager", "吴敏 Wu Min", Role.MANAGER),
    Person("caller1", "李娜 Li Na", Role.COLLECTOR, ("pre",)),
    Person("caller2", "张伟 Zhang Wei", Role.COLLECTOR, ("pre",)),
    Person("collector1", "王芳 Wang Fang", Role.COLLECTOR, ("m1",)),
    Person("collector2", "刘洋 Liu Yang", Role.COLLECTOR, ("m1",)),
    Person("collector3", "赵磊 Zhao Lei", Role.COLLECTOR, ("m2",)),
    Person("collector4", "孙丽 Sun Li", Role.COLLECTOR, ("m2",)),
    Person("collector5", "黄强 Huang Qiang", Role.COLLECTOR, ("m4",)),
    Person("collector6", "徐梅 Xu Mei", Role.COLLECTOR, ("m4",)),
    Person("analyst", "何琳 He Lin", Role.ANALYST),
    Person("analyst2", "罗杰 Luo Jie", Role.ANALYST),
    Person("compliance", "郭颖 Guo Ying", Role.COMPLIANCE),
)


def hire(session: Session) -> None:
    """Everybody, their groups, and how often they look at the cases of the last tier."""
    parameters.set_value(session, "last_tier_review_days", LAST_TIER_REVIEW_DAYS, note=sayings.REVIEW_DAYS)
    admin = people.create_first_administrator(session, ADMINISTRATOR.login, ADMINISTRATOR.name, PASSWORD)
    groups = {key: people.create_group(session, name, scopes, actor=admin) for key, (name, scopes) in GROUPS.items()}
    for person in PEOPLE:
        made = people.create_user(
            session, person.login, person.name, [person.role], actor=admin, password=PASSWORD, must_change=False
        )
        for key in person.groups:
            supervises = person.role == Role.SUPERVISOR
            people.set_member(session, groups[key], made.user, actor=admin, is_supervisor=supervises)
    session.flush()


class DemoStaff(Staff):
    """They dispatch, follow up, ask, review and decide each morning, and leave on their desks what is fresh.

    What was asked or put to a supervisor is answered on the second morning, but for that of the last days, which is
    still open; of what came in for dispatch on the `last` day half is given out, and some cases are taken back. Should
    nobody have asked for anything, or no customer be blocked, somebody does and somebody is: a newcomer looks for both.
    """

    def __init__(self, sessions: sessionmaker[Session], last: dt.date, begin: Callable[[Session], None]) -> None:
        self._sessions, self._last, self._begin = sessions, last, begin
        self.completed = 0
        self._begun = False
        with sessions() as session:
            self._ids = {user.login: user.id for user in session.scalars(select(User))}
            self._members = _members(session)
        self._turns: dict[int, int] = {}

    def work(self) -> None:
        """One morning."""
        if not self._begun:
            self._begun = True
            self._write(self._begin)
        self._all("review_request", self._review, self._is_ripe)
        self._all("review_suspension", self._review_suspension, self._is_ripe)
        self._all("dispatch", self._hand_out, self._is_handed_out)
        self._all("decide", self._decide, self._is_to_be_decided)
        self._all("follow_up", self._call, lambda task: task.assignee_id is not None)
        if clock.today() == self._last:
            self._write(self._recall_some)
            self._write(self._ask_for_one)
            self._write(self._block_one)

    def _recall_some(self, session: Session) -> None:
        """On the last day some cases are taken back, to be shared out anew: there is always something to dispatch."""
        mine = (Case.status == Status.IN_WORK, Case.id % RECALLED_OF == 0)
        for case_id in session.scalars(select(Case.id).where(*mine).order_by(Case.id)).all():
            case = acts.lock_case(session, case_id)
            with contextlib.suppress(NotWaiting):
                acts.recall(session, case, note=sayings.RECALLED, actor_id=self._ids["supervisor"])

    def _ask_for_one(self, session: Session) -> None:
        """Unless a suspension request is open already."""
        if session.scalar(select(OperationRequest.id).where(OperationRequest.status == "open").limit(1)) is None:
            for case in self._in_work(session):
                note = sayings.NOTES["hardship"][0]
                requests.ask(session, case, "suspension", reason="hardship", note=note, by_id=case.collector_id)

    def _block_one(self, session: Session) -> None:
        """Unless a customer with an open case is blocked already."""
        blocked = select(Case.id).join(Customer, Customer.id == Case.customer_id)
        if session.scalar(blocked.where(Case.closed_at.is_(None), Customer.block_reason.is_not(None)).limit(1)) is None:
            for case in self._in_work(session):
                note, by_id = sayings.NOTES["complaint"][0], self._ids["supervisor"]
                acts.suspend(session, case, reason="complaint", note=note, actor_id=by_id)

    def _in_work(self, session: Session) -> list[Case]:
        """One case that somebody works and nobody has asked anything for, its customer locked."""
        asked = select(OperationRequest.case_id).where(OperationRequest.status == "open")
        mine = (Case.status == Status.IN_WORK, Case.collector_id.is_not(None), Case.id.not_in(asked))
        ids = session.scalars(select(Case.id).where(*mine).order_by(Case.id).limit(1)).all()
        return [acts.lock_case(session, each) for each in ids]

    def _is_to_be_decided(self, task: UserTask) -> bool:
        """Cases come to the end of the last tier month by month; of the last month's some are left."""
        is_left = clock.today() > self._last - LAST_MONTH and task.business_key % LEFT_OF == 0
        return self._is_ripe(task) and not is_left

    def _is_ripe(self, task: UserTask) -> bool:
        if clock.today() > self._last - LEFT_OPEN:
            return False
        return clock.now() - task.since_at > dt.timedelta(days=1)

    def _is_handed_out(self, task: UserTask) -> bool:
        return bool(self._members.get(task.group_id or 0)) and (clock.today() < self._last or task.id % 2 == 0)

    def _hand_out(self, _session: Session, task: UserTask) -> Form:
        members = self._members[task.group_id or 0]
        turn = self._turns[task.group_id or 0] = self._turns.get(task.group_id or 0, 0) + 1
        return {"collector_id": members[turn % len(members)]}, self._ids["supervisor"]

    def _review(self, _session: Session, task: UserTask) -> Form:
        decision = _pick(f"review{task.business_key}{clock.today()}", {"approve": 85, "refuse": 15})
        return {"decision": decision, "note": sayings.REVIEWS[decision]}, self._ids["supervisor2"]

    def _review_suspension(self, _session: Session, task: UserTask) -> Form:
        decision = _pick(f"suspension{task.business_key}{clock.today()}", {"resume": 70, "continue": 30})
        form: dict[str, Any] = {"decision": decision, "note": sayings.REVIEWS[decision]}
        if decision == "continue":
            form["review_on"] = (clock.today() + dt.timedelta(days=21)).isoformat()
        return form, self._ids["supervisor2"]

    def _decide(self, _session: Session, task: UserTask) -> Form:
        shares = {"keep_working": 55, "place": 25, "legal": 12, "write_off": 8}
        form: dict[str, Any] = {"decision": _pick(f"decide{task.business_key}", shares)}
        if form["decision"] == "place":
            form |= {"agency": sayings.AGENCY, "term_days": 60}
        return form, self._ids["supervisor2"]

    def _call(self, session: Session, task: UserTask) -> Form:
        key = f"{task.business_key}{clock.today()}"
        code = _pick(key, sayings.RESULTS)
        form: dict[str, Any] = {"result_code": code, "note": _one_of(key, sayings.NOTES.get(code, ("",)))}
        if code not in sayings.HOLDS:
            form["next_action_on"] = (clock.today() + dt.timedelta(days=2 + _number(key) % 5)).isoformat()
        if code in sayings.PROMISES:
            form |= _promise(session, task, code)
        return form, task.assignee_id

    def _all(self, form: str, how: Callable[[Session, UserTask], Form], wanted: Callable[[UserTask], bool]) -> None:
        """Every task that waits with this form and that they want to do now, batch by batch."""
        last = 0
        while True:
            with self._sessions() as session:
                query = select(UserTask.id).where(UserTask.form == form, UserTask.id > last).order_by(UserTask.id)
                ids = session.scalars(query.limit(_BATCH)).all()
            if not ids:
                return
            last = ids[-1]
            self._some(ids, how, wanted)

    def _some(
        self, ids: Sequence[int], how: Callable[[Session, UserTask], Form], wanted: Callable[[UserTask], bool]
    ) -> None:
        """These together; where one of them fails, each alone: what one act did may have ended another's task."""
        try:
            self.completed += self._complete_all(ids, how, wanted)
        except DunflowError as error:
            if len(ids) == 1:
                _log.info("left open: user task %s: %s", ids[0], error)
                return
            for each in ids:
                self._some([each], how, wanted)

    def _complete_all(
        self, ids: Sequence[int], how: Callable[[Session, UserTask], Form], wanted: Callable[[UserTask], bool]
    ) -> int:
        with self._sessions() as session:
            begin_write(session)
            tasks = [task for task in batches.waiting(session, ids) if wanted(task)]
            batches.complete(session, tasks, lambda task: how(session, task))
            session.commit()
        return len(tasks)

    def _write(self, act: Callable[[Session], None]) -> None:
        with self._sessions() as session:
            begin_write(session)
            act(session)
            session.commit()


def _members(session: Session) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for user in session.scalars(select(User).order_by(User.id)):
        for membership in user.memberships:
            if not membership.is_supervisor:
                found.setdefault(membership.group_id, []).append(user.id)
    return found


def _promise(session: Session, task: UserTask, code: str) -> dict[str, Any]:
    case = session.get_one(Case, task.business_key)
    amount = case.past_due_amount if code == "promise_full" else case.past_due_amount / 2
    amount = max(amount.quantize(Decimal(1)), Decimal(1))
    on = clock.today() + dt.timedelta(days=2 + _number(task.token) % 4)
    return {"promise_amount": str(amount), "promise_on": on.isoformat(), "next_action_on": on.isoformat()}


def _number(key: str) -> int:
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:6], "big")


def _pick(key: str, shares: Mapping[str, int]) -> str:
    """One of the names, as often as its share says, always the same for one key."""
    place = _number(key) % sum(shares.values())
    for name, share in shares.items():
        place -= share
        if place < 0:
            return name
    raise AssertionError("shares add up")


def _one_of(key: str, texts: Iterable[str]) -> str:
    known = tuple(texts)
    return known[_number("note" + key) % len(known)]
