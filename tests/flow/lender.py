"""A lender of few words for walks through the diagrams of bpmn/: answers what they ask, notes what they have done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from engine.flow import run, state
from engine.flow.decisions import Decision
from engine.flow.definitions import Process, Release, compile_release
from engine.flow.evaluator import Evaluator
from engine.flow.vocabulary import Function, Operator, Vocabulary

BPMN = Path(__file__).parents[2] / "bpmn"
SOON = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
HOLD = frozenset({"dispute", "deceased"})
OPERATORS = {
    "recall": ("reason",),
    "enter_tier": ("tier", "rank"),
    "assign": ("collector_id",),
    "record_follow_up": (),
    "request_suspension": ("reason",),
    "suspend": ("review_days", "blocks_customer"),
    "prolong_suspension": ("review_on",),
    "resume": (),
    "review_last_tier": (),
    "place": ("agency", "term_days"),
    "start_legal": (),
    "write_off": (),
    "unpark": (),
    "forgive": (),
    "roll_over": (),
    "send_text": ("template",),
    "close_case": (),
    "apply_request": (),
    "refuse_request": (),
    "withdraw_request": (),
    "overtake_request": (),
}
PARKS = {"place": "placed", "start_legal": "legal", "write_off": "written_off"}


@dataclass
class Lender:
    """One case and what is known of it; `answers` are the questions' answers, `done` the operators that ran."""

    days: int = 5
    product: str = "card"
    collector: int | None = None
    tier_rank: int = 0
    parked_as: str | None = None
    customer_blocked: bool = False
    orders: int = 1
    reason: str = "dispute"
    earlier_reason: str | None = None
    request: dict[str, object] = field(
        default_factory=lambda: {"request_kind": "suspension", "request_reason": "other"}
    )
    answers: dict[str, object] = field(default_factory=dict)
    form: dict[str, object] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)

    def functions(self) -> Mapping[str, Callable[..., object]]:
        asked: dict[str, Callable[..., object]] = {
            name: lambda name=name: self.answers.get(name, SOON if name.endswith("_at") else False)
            for name in (
                "tier_ends_at",
                "last_tier_outlived",
                "next_action_at",
                "next_action_ahead",
                "opens_suspended",
                "suspension_review_at",
                "parking_ends_at",
                "first_overdue_at",
                "by_text_alone",
            )
        }
        counted: dict[str, Callable[..., object]] = {
            "tier_days": lambda: self.days,
            "has_collector": lambda: self.collector is not None,
            "orders_left": lambda: self.orders,
        }
        return asked | counted

    def facts(self) -> Mapping[str, object]:
        known = ("product", "collector", "tier_rank", "parked_as", "customer_blocked")
        return {
            **{name: getattr(self, name) for name in known},
            "suspension_reason": self.reason,
            "earlier_reason": self.earlier_reason,
            "responsible_group": 1,
            "request_amount": 0,
            **self.request,
        }

    def operate(self, operator: str, params: dict[str, object], element: str) -> dict[str, object] | None:
        told = ", ".join(str(params[name]) for name in OPERATORS[operator])
        self.done.append(f"{operator}({told})")
        return self._effect(operator, params)

    def _effect(self, operator: str, params: dict[str, Any]) -> dict[str, object] | None:
        if operator == "recall":
            self.collector = None
        elif operator == "enter_tier":
            self.tier_rank = max(self.tier_rank, params["rank"])
        elif operator == "assign":
            self.collector = params["collector_id"]
        elif operator in PARKS:
            self.parked_as, self.collector = PARKS[operator], None
        elif operator == "unpark":
            self.parked_as = None
        elif operator == "roll_over":
            self.orders -= 1
        elif operator == "record_follow_up":
            code = self.form["result_code"]
            return {"result_code": code, "result_class": "hold" if code in HOLD else "no_contact"}
        return None

    def decided(self, element: str, decision: Decision) -> None:
        self.decisions.append(decision)


def vocabulary() -> Vocabulary:
    """The words that the lender knows."""

    def unused(*_: object) -> None:
        raise AssertionError("the walks ask the lender, not the vocabulary")

    results = {"record_follow_up": ("result_code", "result_class")}
    return Vocabulary(
        functions={name: Function(name, unused) for name in Lender().functions()},
        operators={
            name: Operator(name, unused, dict.fromkeys(params, True), results.get(name, ()))
            for name, params in OPERATORS.items()
        },
        facts=dict.fromkeys(Lender().facts(), unused),
    )


def files() -> dict[str, bytes]:
    """The files of bpmn/ that make a release, by name."""
    found = [path for path in sorted(BPMN.rglob("*")) if path.suffix in {".bpmn", ".dmn", ".json"}]
    return {path.relative_to(BPMN).as_posix(): path.read_bytes() for path in found}


@lru_cache
def release() -> Release:
    """The files of bpmn/, compiled once."""
    return compile_release(files(), vocabulary())


def changed(name: str, old: str, new: str) -> Release:
    """A release with one passage of one file replaced, as an analyst would edit it."""
    text = files()[name].decode()
    assert text.count(old) == 1, old
    return compile_release({**files(), name: text.replace(old, new).encode()}, vocabulary())


class Walk:
    """One instance, saved and loaded at every step; `path` tells the elements that it has completed."""

    def __init__(self, process: str, lender: Lender, using: Release | None = None) -> None:
        self.lender = lender
        self.release = using or release()
        self.process: Process = self.release.processes[process]
        self.path: list[str] = []
        self._keep(run.start(self.process, self._evaluator(), {}))

    def _evaluator(self) -> Evaluator:
        return Evaluator(self.release, self.lender)

    def _workflow(self) -> run.Workflow:
        return state.loads(self._saved, self.process, self._evaluator())

    def _keep(self, workflow: run.Workflow) -> None:
        self.path += run.advance(workflow)
        run.collapse(workflow)
        self.is_finished = run.is_finished(workflow)
        self._saved = state.dumps(workflow)
        self.waits = run.waits(workflow)

    @property
    def at(self) -> list[str]:
        """The user tasks that are ready, else the catching events behind an event gateway or on the way."""
        tasks = [wait.element for wait in self.waits.user_tasks]
        events = [*self.waits.timers, *self.waits.messages]
        caught = [wait.element for wait in events if self.process.elements[wait.element].kind != "boundaryEvent"]
        return sorted(tasks or caught)

    @property
    def messages(self) -> set[str]:
        return {wait.message for wait in self.waits.messages}

    @property
    def size(self) -> int:
        """Bytes of the saved state."""
        return len(self._saved)

    def complete(self, element: str, **form: object) -> None:
        """Completes a user task."""
        self.lender.form = form
        token = next(wait.token for wait in self.waits.user_tasks if wait.element == element)
        workflow = self._workflow()
        run.complete(workflow, token, form)
        self._keep(workflow)

    def deliver(self, message: str) -> None:
        """Delivers a message."""
        workflow = self._workflow()
        run.deliver(workflow, message, {})
        self._keep(workflow)

    def fire(self, element: str) -> None:
        """Fires a timer."""
        token = next(wait.token for wait in self.waits.timers if wait.element == element)
        workflow = self._workflow()
        run.fire(workflow, token)
        self._keep(workflow)
