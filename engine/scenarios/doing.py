"""What people and other systems do in a story, through the very functions that pages and imports call."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import acts, assignments, clock, forms, intake, parameters, requests
from engine.flow.findings import Text
from engine.intake import NewRepayment
from engine.models import Absence, Contact, Repayment, UserTask
from engine.scenarios import subjects
from engine.scenarios.reading import AMOUNTS, PEOPLE, Deed, Given, Step, read_orders
from engine.scenarios.subjects import Otherwise
from engine.scenarios.world import CUSTOMER, World
from engine.scenarios.yaml_parts import Part, refuse, unknown

_USUAL = {"collector": "ann", "supervisor": "sue", "manager": "max", "compliance": "clara"}


class Doing:
    """One deed of one step, inside its transaction."""

    def __init__(self, world: World, session: Session, given: Given, step: Step, deed: Deed) -> None:
        self.world, self.session, self.given, self.step, self.deed = world, session, given, step, deed

    def do(self) -> None:
        """Does it; raises what is refused, and Otherwise where there is nothing to do it to."""
        intake.lock_customers(self.session, [subjects.customer(self.session).id])
        _VERBS[self.deed.verb](self)

    def _by(self, role: str) -> int:
        part = self.deed.how.get("by")
        return self.world.people[_USUAL[role] if part is None else _person(part)]

    def _note(self) -> str:
        part = self.deed.how.get("note")
        return part.word() if part is not None else ""

    def _review_on(self) -> dt.date | None:
        part = self.deed.how.get("review_on")
        return part.date() if part is not None else None

    def _reason(self) -> str:
        if "reason" in self.deed.how:
            return self.deed.how["reason"].word()
        return self.deed.what.word()

    def complete(self) -> None:
        element = self.deed.what.word()
        waiting = {task.element: task for task in subjects.user_tasks(self.session, self.step)}
        if element not in waiting:
            what = Text("user tasks that wait", "等待中的用户任务")
            raise Otherwise(what, element, ", ".join(waiting) or "none", self.deed.line)
        task = waiting[element]
        actor = subjects.user(self.session, self._completed_by(task))
        acts.may_complete(self.session, actor, task)
        acts.complete_task(self.session, task.id, self._form(task), actor_id=actor.id)

    def _completed_by(self, task: UserTask) -> str:
        if "by" in self.deed.how:
            return _person(self.deed.how["by"])
        for login, id_ in self.world.people.items():
            if id_ == task.assignee_id:
                return login
        return _USUAL[task.role or "supervisor"]

    def _form(self, task: UserTask) -> dict[str, Any]:
        sent = self.deed.how["with"].map() if "with" in self.deed.how else {}
        schema = self.world.release.forms.get(task.form or "", {})
        known = {str(field["key"]): field for field in forms.fields(schema)}
        for key, part in sent.items():
            if task.form and key not in known:
                raise unknown(part.line, f"field of the form {task.form}", f"字段（表单 {task.form}）", key, known)
        return {key: self._value(known.get(key, {}), part) for key, part in sent.items()}

    def _value(self, field: Mapping[str, Any], part: Part) -> Any:
        source = field.get("valuesKey")
        if source == "collectors":
            return self.world.people[_person(part)]
        if source == "contacts":
            customer_id = subjects.customer(self.session).id
            return self.session.scalar(
                select(Contact.id).where(Contact.customer_id == customer_id, Contact.kind == part.word())
            )
        return part.words() if part.kind == "list" else part.word()

    def suspend(self) -> None:
        case = subjects.case(self.session, self.step)
        acts.suspend(
            self.session,
            case,
            reason=self._reason(),
            note=self._note(),
            review_on=self._review_on(),
            actor_id=self._by("supervisor"),
        )

    def resume(self) -> None:
        case = subjects.case(self.session, self.step)
        acts.resume(self.session, case, note=self._note(), actor_id=self._by("supervisor"))

    def recall(self) -> None:
        case = subjects.case(self.session, self.step)
        acts.recall(self.session, case, note=self._note(), actor_id=self._by("supervisor"))

    def take_up(self) -> None:
        case = subjects.case(self.session, self.step)
        acts.take_up(self.session, case, actor_id=case.collector_id or self._by("collector"))

    def promise_broken(self) -> None:
        acts.deliver(self.session, subjects.case(self.session, self.step), "promise_broken", actor_id=None)

    def close(self) -> None:
        case = subjects.case(self.session, self.step)
        actor = subjects.user(self.session, _person(self.deed.how["by"]) if "by" in self.deed.how else "max")
        acts.close(self.session, case, reason=self._reason(), note=self._note() or self._reason(), actor=actor)

    def ask(self) -> None:
        case, on = subjects.case(self.session, self.step), self._review_on()
        requests.ask(
            self.session,
            case,
            self.deed.what.word(),
            reason=self.deed.how["reason"].word() if "reason" in self.deed.how else "other",
            note=self._note(),
            payload={"review_on": on.isoformat()} if on else {},
            by_id=self._by("collector") if "by" in self.deed.how else case.collector_id,
        )

    def withdraw(self) -> None:
        request = subjects.request(self.session, self.step)
        if request is None:
            raise Otherwise(Text("requests", "申请"), "one", "none", self.deed.line)
        by_id = self._by("collector") if "by" in self.deed.how else int(request.requester_id or 0)
        requests.withdraw(self.session, request, by_id=by_id)

    def pay(self) -> None:
        self.world.repayments += 1
        named = self.deed.how.get("as")
        order = self.deed.how.get("order")
        new = NewRepayment(
            named.word() if named else f"payment {self.world.repayments}",
            clock.now(),
            self.deed.what.amount(),
            order_id=order.word() if order else None,
            customer_id=CUSTOMER,
        )
        intake.receive(self.session, new, customer_id=subjects.customer(self.session).id)

    def reverse(self) -> None:
        name = self.deed.what.word()
        paid = self.session.scalar(select(Repayment).where(Repayment.repayment_no == name))
        if paid is None:
            raise refuse(
                self.deed.line,
                f"No payment is called {name}.",
                f"没有名为 {name} 的回款。",
                "Give it its name: as: r1.",
                "请用 as: r1 命名。",
            )
        new = NewRepayment(f"reversal of {name}", clock.now(), paid.amount, customer_id=CUSTOMER, reverses=name)
        intake.receive(self.session, new, customer_id=paid.customer_id)

    def new_order(self) -> None:
        for order in read_orders(self.deed.what, clock.today(), self.step.product):
            self.world.add_order(self.session, order, self.given.currency)

    def change_order(self) -> None:
        known = subjects.orders(self.session)
        for number, part in self.deed.what.map().items():
            if number not in known:
                raise unknown(part.line, "order", "订单", number, known)
            amounts = {each: amount.amount() for each, amount in part.map(AMOUNTS).items()}
            intake.adjust_order(self.session, known[number], amounts)

    def lift_block(self) -> None:
        actor = subjects.user(self.session, _person(self.deed.how["by"]) if "by" in self.deed.how else "clara")
        note = self._note() or self.deed.what.word()
        acts.lift_block(self.session, subjects.customer(self.session).id, actor=actor, note=note)

    def reassign(self) -> None:
        case, to = subjects.case(self.session, self.step), self.world.people[_person(self.deed.what)]
        assignments.reassign(self.session, case, to, self._by("supervisor"))

    def set(self) -> None:
        for name, part in self.deed.what.map().items():
            if name not in parameters.DECLARED:
                raise unknown(part.line, "parameter", "参数", name, parameters.DECLARED)
            parameters.set_value(self.session, name, part.plain())

    def absent(self) -> None:
        until = self.deed.how["until"].date() if "until" in self.deed.how else clock.today()
        absence = Absence(user_id=self.world.people[_person(self.deed.what)], from_on=clock.today(), to_on=until)
        self.session.add(absence)
        self.session.flush()


_VERBS: Mapping[str, Callable[[Doing], None]] = {
    each.__name__: each
    for each in (
        Doing.complete,
        Doing.suspend,
        Doing.resume,
        Doing.recall,
        Doing.take_up,
        Doing.promise_broken,
        Doing.close,
        Doing.ask,
        Doing.withdraw,
        Doing.pay,
        Doing.reverse,
        Doing.new_order,
        Doing.change_order,
        Doing.lift_block,
        Doing.reassign,
        Doing.set,
        Doing.absent,
    )
}


def _person(part: Part) -> str:
    if part.word() not in PEOPLE:
        raise unknown(part.line, "person", "人员", part.word(), PEOPLE)
    return part.word()
