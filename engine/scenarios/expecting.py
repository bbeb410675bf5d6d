"""What must be so after a step: each word of `then` compares what is told with what SQL says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.flow.findings import Text
from engine.lifecycle.subject import days_past_due
from engine.models import (
    Case,
    CaseOrder,
    Group,
    HistoryEntry,
    Incident,
    Instance,
    LoanOrder,
    OutboxMessage,
    Suspension,
    Timer,
    User,
    UserTask,
)
from engine.scenarios import subjects
from engine.scenarios.reading import ZONE, Step
from engine.scenarios.subjects import Otherwise
from engine.scenarios.yaml_parts import Part, unknown

NONE = "none"
_ORDER = ("paid", "waived", "outstanding", "case", "left_as")


class Expecting:
    """The expectations of one step; `since` is the last history entry before it."""

    def __init__(self, session: Session, step: Step, since: int) -> None:
        self.session, self.step, self.since = session, step, since

    def check(self) -> None:
        """Raises Otherwise at the first thing that is not as told. Incidents are never expected unless told."""
        if "incidents" not in self.step.then:
            self._incidents(Part("text", self.step.line, "0"))
        for word, part in self.step.then.items():
            if word != "refused":
                _WORDS[word](self, part)

    def _same(self, part: Part, en: str, zh: str, expected: object, got: object) -> None:
        if expected != got:
            raise Otherwise(Text(en, zh), _shown(expected), _shown(got), part.line)

    def _case(self) -> Case:
        return subjects.case(self.session, self.step)

    def _plain(self, part: Part, en: str, zh: str, got: object) -> None:
        self._same(part, en, zh, part.optional(), None if got is None else str(got))

    def status(self, part: Part) -> None:
        self._plain(part, "status of the case", "案件状态", self._case().status)

    def tier(self, part: Part) -> None:
        self._plain(part, "tier", "案件等级", self._case().tier)

    def collector(self, part: Part) -> None:
        collector_id = self._case().collector_id
        login = self.session.scalar(select(User.login).where(User.id == collector_id)) if collector_id else None
        self._plain(part, "collector", "催收员", login)

    def waits(self, part: Part) -> None:
        got = sorted(task.element for task in subjects.user_tasks(self.session, self.step))
        self._same(part, "user tasks that wait", "等待中的用户任务", sorted(part.words()), got)

    def whose(self, part: Part) -> None:
        """In whose list a user task is: a person's, else a group's."""
        waiting = {task.element: task for task in subjects.user_tasks(self.session, self.step)}
        for element, each in part.map().items():
            task = waiting.get(element)
            got = None if task is None else self._list_of(task)
            self._plain(each, f"whose {element} is", f"{element} 归谁", got)

    def _list_of(self, task: UserTask) -> str | None:
        if task.assignee_id is not None:
            return self.session.scalar(select(User.login).where(User.id == task.assignee_id))
        return self.session.scalar(select(Group.name).where(Group.id == task.group_id))

    def timers(self, part: Part) -> None:
        waiting = self._timers()
        for element, each in part.map().items():
            got = waiting.get(element, NONE)
            expected = NONE if each.is_nothing else each.word()
            if expected not in (NONE, "never"):
                expected = _local(each.moment(ZONE))
            self._same(each, f"timer {element}", f"定时器 {element}", expected, got)

    def _timers(self) -> dict[str, str]:
        rows = self.session.execute(
            select(Timer.element, Timer.due_at)
            .join(Instance, Instance.id == Timer.instance_id)
            .where(Instance.business_key == self._case().id)
        )
        return {row.element: _local(row.due_at) if row.due_at else "never" for row in rows}

    def closed(self, part: Part) -> None:
        case = self._case()
        self._plain(part, "closing reason", "结案原因", case.closing_reason if case.closed_at else None)

    def parked(self, part: Part) -> None:
        self._plain(part, "parked as", "处置状态", self._case().parked_as)

    def parked_until(self, part: Part) -> None:
        self._moment(part, "parked until", "处置期限", self._case().parked_until)

    def agency(self, part: Part) -> None:
        self._plain(part, "agency", "委外机构", self._case().agency)

    def next_action(self, part: Part) -> None:
        self._moment(part, "next action", "下次行动", self._case().next_action_at)

    def _moment(self, part: Part, en: str, zh: str, got: dt.datetime | None) -> None:
        expected = NONE if part.is_nothing else _local(part.moment(ZONE))
        self._same(part, en, zh, expected, _local(got) if got else NONE)

    def request(self, part: Part) -> None:
        found = subjects.request(self.session, self.step)
        self._plain(part, "newest request", "最近的申请", found.status if found else None)

    def authority(self, part: Part) -> None:
        rows = self._decided("approval_authority")
        self._plain(part, "who may approve", "审批权限", rows[-1]["outputs"]["authority"] if rows else None)

    def _decided(self, table: str) -> list[dict[str, Any]]:
        entries = self.session.scalars(
            select(HistoryEntry.data)
            .where(HistoryEntry.case_id == self._case().id, HistoryEntry.kind == "decided")
            .order_by(HistoryEntry.id)
        )
        return [each for each in entries if each["table"] == table]

    def _suspension(self) -> Suspension | None:
        return self.session.scalar(
            select(Suspension).where(Suspension.case_id == self._case().id).order_by(Suspension.id.desc()).limit(1)
        )

    def suspended(self, part: Part) -> None:
        found = self._suspension()
        stands = found is not None and found.to_at is None and self._case().suspension_id == found.id
        self._plain(part, "suspended for", "停催原因", found.reason if found and stands else None)

    def review_on(self, part: Part) -> None:
        found = self._suspension()
        self._moment(part, "review of the suspension", "停催复核", found.review_at if found else None)

    def resumed(self, part: Part) -> None:
        found = self._suspension()
        self._plain(part, "how the suspension ended", "停催结束方式", found.resumed_as if found else None)

    def blocked(self, part: Part) -> None:
        self._plain(part, "customer blocked for", "客户冻结原因", subjects.customer(self.session).block_reason)

    def history(self, part: Part) -> None:
        """The kinds told, in that order, among those written in this step about the customer."""
        entries, at = self._written(), 0
        for wanted in part.items if part.kind == "list" else (part,):
            while at < len(entries) and not _is_told(wanted, entries[at]):
                at += 1
            if at == len(entries):
                listed = ", ".join(each.kind for each in entries) or NONE
                raise Otherwise(
                    Text("history of this step, in order", "本步骤历史（按顺序）"), _told(wanted), listed, wanted.line
                )
            at += 1

    def without(self, part: Part) -> None:
        """None of the kinds told was written in this step."""
        for unwanted in part.items if part.kind == "list" else (part,):
            if any(_is_told(unwanted, each) for each in self._written()):
                told = _told(unwanted)
                raise Otherwise(Text("history of this step", "本步骤历史"), f"no {told}", told, unwanted.line)

    def _written(self) -> list[HistoryEntry]:
        query = select(HistoryEntry).where(HistoryEntry.id > self.since).order_by(HistoryEntry.id)
        return list(self.session.scalars(query))

    def orders(self, part: Part) -> None:
        known = subjects.orders(self.session)
        for number, each in part.map().items():
            if number not in known:
                raise unknown(each.line, "order", "订单", number, known)
            for word, told in each.map(_ORDER).items():
                self._order(known[number], word, told)

    def _order(self, order: LoanOrder, word: str, told: Part) -> None:
        en, zh = f"order {order.order_no}, {word}", f"订单 {order.order_no}，{word}"
        if word == "case":
            stage = self.session.scalar(select(Case.stage).where(Case.id == order.case_id)) if order.case_id else None
            self._plain(told, en, zh, stage)
        elif word == "left_as":
            last = (
                select(CaseOrder.left_as).where(CaseOrder.order_id == order.id).order_by(CaseOrder.id.desc()).limit(1)
            )
            self._plain(told, en, zh, self.session.scalar(last))
        else:
            self._amount(told, en, zh, getattr(order, word))

    def _amount(self, part: Part, en: str, zh: str, got: Decimal) -> None:
        self._same(part, en, zh, part.amount(), got)

    def cases(self, part: Part) -> None:
        """How many cases of each stage the customer has had."""
        for stage, each in part.map(("pre_collection", "collection")).items():
            got = self.session.scalar(select(func.count()).select_from(Case).where(Case.stage == stage))
            self._same(each, f"{stage} cases", f"{stage} 案件数", each.whole(), got)

    def order_count(self, part: Part) -> None:
        self._same(part, "orders in the case", "案件订单数", part.whole(), self._case().order_count)

    def past_due(self, part: Part) -> None:
        self._amount(part, "amount past due", "在逾金额", self._case().past_due_amount)

    def total(self, part: Part) -> None:
        self._amount(part, "total outstanding", "在贷总额", self._case().total_outstanding)

    def days_past_due(self, part: Part) -> None:
        self._same(part, "days past due", "逾期天数", part.whole(), days_past_due(self._case()))

    def follow_ups(self, part: Part) -> None:
        self._same(part, "follow-ups", "跟进次数", part.whole(), self._case().follow_up_count)

    def reopened(self, part: Part) -> None:
        self._same(part, "times reopened", "重开次数", part.whole(), self._case().reopened_count)

    def texts(self, part: Part) -> None:
        """The texts queued for the case: template and status."""
        rows = self.session.scalars(select(OutboxMessage).where(OutboxMessage.case_id == self._case().id))
        got = {str(row.payload.get("template")): row.status for row in rows if row.kind == "text"}
        expected = {} if part.is_nothing else {key: each.word() for key, each in part.map().items()}
        self._same(part, "texts", "短信", expected, got)

    def _incidents(self, part: Part) -> None:
        query = select(Incident).where(Incident.resolved_at.is_(None))
        found = list(self.session.scalars(query))
        if len(found) != part.whole():
            told = "; ".join(f"{each.act} {each.element or ''}: {each.error_text}" for each in found)
            raise Otherwise(Text("incidents", "异常"), part.whole(), told or "0", part.line)


def _is_told(wanted: Part, entry: HistoryEntry) -> bool:
    if wanted.kind != "map":
        return entry.kind == wanted.word()
    shown = {"kind": entry.kind, "element": entry.element, **entry.data}
    return all(str(shown.get(key)) == each.word() for key, each in wanted.map().items())


def _told(wanted: Part) -> str:
    if wanted.kind != "map":
        return wanted.word()
    return ", ".join(f"{key}: {each.word()}" for key, each in wanted.map().items())


def _local(at: dt.datetime) -> str:
    return at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")


def _shown(value: object) -> str:
    if value is None:
        return NONE
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {each}" for key, each in value.items()) or NONE
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(str(each) for each in value) or NONE
    return str(value)


_WORDS: Mapping[str, Callable[[Expecting, Part], None]] = {
    **{
        each.__name__: each
        for each in (
            Expecting.status,
            Expecting.tier,
            Expecting.collector,
            Expecting.waits,
            Expecting.whose,
            Expecting.timers,
            Expecting.closed,
            Expecting.parked,
            Expecting.parked_until,
            Expecting.agency,
            Expecting.next_action,
            Expecting.request,
            Expecting.authority,
            Expecting.suspended,
            Expecting.review_on,
            Expecting.resumed,
            Expecting.blocked,
            Expecting.history,
            Expecting.without,
            Expecting.orders,
            Expecting.cases,
            Expecting.order_count,
            Expecting.past_due,
            Expecting.total,
            Expecting.days_past_due,
            Expecting.follow_ups,
            Expecting.reopened,
            Expecting.texts,
        )
    },
    "incidents": Expecting._incidents,
}
