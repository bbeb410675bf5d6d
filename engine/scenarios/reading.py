"""Scenario files: what is given, then step after step what happens (`when`) and what must be so (`then`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from zoneinfo import ZoneInfo

from engine.flow.findings import Text
from engine.scenarios.yaml_parts import Part, documents, refuse, unknown

ZONE = ZoneInfo("Asia/Shanghai")
PEOPLE = {
    "ann": "collector",
    "bob": "collector",
    "cai": "collector",
    "sue": "supervisor",
    "sam": "supervisor",
    "max": "manager",
    "mia": "supervisor manager",
    "clara": "compliance",
}
EVERYBODY = ("ann", "bob", "cai")
LEADERS = ("sue", "sam", "mia")  # of every group
AMOUNTS = ("principal", "interest", "fees", "penalty")
VERBS: Mapping[str, frozenset[str]] = {
    "complete": frozenset({"with", "by"}),
    "suspend": frozenset({"reason", "note", "review_on", "by"}),
    "resume": frozenset({"note", "by"}),
    "recall": frozenset({"note", "by"}),
    "take_up": frozenset({"by"}),
    "promise_broken": frozenset(),
    "close": frozenset({"reason", "note", "by"}),
    "ask": frozenset({"reason", "note", "review_on", "by"}),
    "withdraw": frozenset({"by"}),
    "pay": frozenset({"order", "as"}),
    "reverse": frozenset({"as"}),
    "new_order": frozenset(),
    "change_order": frozenset(),
    "lift_block": frozenset({"note", "by"}),
    "reassign": frozenset({"by"}),
    "set": frozenset(),
    "absent": frozenset({"until"}),
}
THEN = frozenset(
    {
        "refused",
        "status",
        "tier",
        "collector",
        "waits",
        "whose",
        "timers",
        "closed",
        "parked",
        "parked_until",
        "agency",
        "next_action",
        "request",
        "authority",
        "suspended",
        "review_on",
        "resumed",
        "blocked",
        "history",
        "without",
        "orders",
        "cases",
        "order_count",
        "past_due",
        "total",
        "days_past_due",
        "follow_ups",
        "reopened",
        "texts",
        "incidents",
    }
)
_GIVEN = frozenset({"date", "product", "currency", "parameters", "rules", "orders", "groups"})
_ORDER = frozenset({"due", "known", "product", *AMOUNTS})


@dataclass(frozen=True)
class Order:
    """A loan order of the story's customer, known from 00:00 of `known_on`."""

    number: str
    due_on: dt.date
    known_on: dt.date
    product: str
    amounts: Mapping[str, Decimal]
    line: int


@dataclass(frozen=True)
class Team:
    """A group: stages with or without tier (`collection M1`) that it looks after, and its collectors."""

    name: str
    looks_after: tuple[tuple[str, str], ...]
    people: tuple[str, ...]


@dataclass(frozen=True)
class Given:
    """How things stand when the story begins, at 00:00 of a date."""

    on: dt.date
    product: str
    currency: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    orders: tuple[Order, ...] = ()
    teams: tuple[Team, ...] = ()
    rules: Mapping[str, Mapping[str, Part]] = field(default_factory=dict)
    line: int = 1


@dataclass(frozen=True)
class Deed:
    """What somebody does: a verb of `VERBS`, its object, and how."""

    verb: str
    what: Part
    how: Mapping[str, Part]
    line: int


@dataclass(frozen=True)
class Step:
    """The clock moves to `at`, something is done, something must be so; each may be left out."""

    number: int
    line: int
    at: dt.datetime | None
    deed: Deed | None
    then: Mapping[str, Part]
    stage: str
    product: str


@dataclass(frozen=True)
class Scenario:
    """One story."""

    name: Text
    diagram: str
    given: Given
    steps: tuple[Step, ...]
    line: int


def read_scenarios(source: bytes, diagrams: Iterable[str]) -> list[Scenario]:
    """The scenarios of a file, one per YAML document; raises ScenarioUnreadable."""
    known = frozenset(diagrams)
    found = [_scenario(part, known) for part in documents(source) if not part.is_nothing]
    if not found:
        raise refuse(
            1,
            "The file holds no scenario.",
            "文件中没有场景。",
            "Write name, diagram, given and steps.",
            "请写 name、diagram、given、steps。",
        )
    return found


def _scenario(part: Part, diagrams: frozenset[str]) -> Scenario:
    entries = part.map({"name", "diagram", "given", "steps"})
    for key in ("name", "diagram", "given", "steps"):
        if key not in entries:
            raise refuse(
                part.line,
                f"“{key}” is missing.",
                f"缺少“{key}”。",
                f"Add {key}: to the scenario.",
                f"请在场景中补充 {key}:。",
            )
    diagram = entries["diagram"].word()
    if diagram not in diagrams:
        raise unknown(entries["diagram"].line, "diagram", "流程图", diagram, diagrams)
    given = _given(entries["given"])
    steps = entries["steps"]
    if steps.kind != "list" or not steps.items:
        raise steps.refused("a list of steps, each with a dash", "步骤列表（每步以短横线开头）")
    stage = diagram if diagram == "pre_collection" else "collection"
    told = tuple(_step(each, number, stage, given.product) for number, each in enumerate(steps.items, 1))
    return Scenario(_name(entries["name"]), diagram, given, told, part.line)


def _name(part: Part) -> Text:
    if part.kind == "text":
        return Text(part.word(), part.word())
    names = part.map()
    for key, each in names.items():
        if key not in ("en", "zh"):
            raise refuse(
                each.line,
                f"The name is in en: and zh:, not in “{key}”.",
                f"名称用 en: 与 zh: 书写，而不是“{key}”。",
                "A comma inside braces ends a text: put the text in quotes, or en: and zh: on lines of their own.",
                "花括号内的逗号会截断文字：请给文字加引号，或把 en: 与 zh: 各写一行。",
            )
    first = next((each.word() for each in names.values()), "")
    if not first:
        raise part.refused("a name, in en: and zh:", "名称（en: 与 zh:）")
    return Text(names["en"].word() if "en" in names else first, names["zh"].word() if "zh" in names else first)


def _given(part: Part) -> Given:
    entries = part.map(_GIVEN)
    if "date" not in entries:
        raise refuse(
            part.line,
            "The story has no date to begin with.",
            "场景缺少开始日期。",
            "Add date: 2026-05-01 to given.",
            "请在 given 中补充 date: 2026-05-01。",
        )
    on = entries["date"].date()
    product = entries["product"].word() if "product" in entries else "card"
    currency = entries["currency"].word() if "currency" in entries else "CNY"
    parameters = (
        {key: each.plain() for key, each in entries["parameters"].map().items()} if "parameters" in entries else {}
    )
    orders = read_orders(entries["orders"], on, product) if "orders" in entries else ()
    teams = tuple(_team(name, each) for name, each in entries["groups"].map().items()) if "groups" in entries else ()
    rules = {name: each.map() for name, each in entries["rules"].map().items()} if "rules" in entries else {}
    return Given(on, product, currency, parameters, orders, teams, rules, part.line)


def read_orders(part: Part, on: dt.date, product: str) -> tuple[Order, ...]:
    """Orders by their numbers: `A: {due: 2026-05-20, principal: 1000}`."""
    return tuple(_order(number, each, on, product) for number, each in part.map().items())


def _order(number: str, part: Part, on: dt.date, product: str) -> Order:
    entries = part.map(_ORDER)
    if "due" not in entries or not any(each in entries for each in AMOUNTS):
        raise refuse(
            part.line,
            f"The order {number} needs a due date and an amount.",
            f"订单 {number} 缺少到期日或金额。",
            f"Write {number}: {{due: 2026-05-20, principal: 1000}}.",
            f"请写 {number}: {{due: 2026-05-20, principal: 1000}}。",
        )
    amounts = {each: entries[each].amount() for each in AMOUNTS if each in entries}
    known_on = entries["known"].date() if "known" in entries else on
    own = entries["product"].word() if "product" in entries else product
    return Order(number, entries["due"].date(), known_on, own, amounts, part.line)


def _team(name: str, part: Part) -> Team:
    entries = part.map({"looks_after", "people"})
    looks_after = (
        tuple(_scope(each, part.line) for each in entries["looks_after"].words()) if "looks_after" in entries else ()
    )
    people = tuple(entries["people"].words()) if "people" in entries else ()
    for each in people:
        if each not in EVERYBODY:
            raise unknown(entries["people"].line, "collector", "催收员", each, EVERYBODY)
    return Team(name, looks_after, people)


def _scope(words: str, line: int) -> tuple[str, str]:
    stage, _, tier = words.partition(" ")
    if stage not in ("pre_collection", "collection"):
        raise unknown(line, "stage", "阶段", stage, ("pre_collection", "collection"))
    return stage, "" if stage == "pre_collection" else tier.strip() or "*"


def _step(part: Part, number: int, stage: str, product: str) -> Step:
    entries = part.map({"at", "when", "then", "case"})
    at = entries["at"].moment(ZONE) if "at" in entries else None
    deed = _deed(entries["when"]) if "when" in entries else None
    then = entries["then"].map(THEN) if "then" in entries else {}
    if not entries:
        raise refuse(
            part.line,
            "The step says nothing.",
            "步骤为空。",
            "Give it at:, when: or then:.",
            "请填写 at:、when: 或 then:。",
        )
    if "case" in entries:
        stage, _, other = entries["case"].word().partition(" ")
        if stage not in ("pre_collection", "collection"):
            raise unknown(entries["case"].line, "stage", "阶段", stage, ("pre_collection", "collection"))
        product = other.strip() or product
    return Step(number, part.line, at, deed, then, stage, product)


def _deed(part: Part) -> Deed:
    if part.kind == "text":
        entries: Mapping[str, Part] = {part.word(): Part("text", part.line)}
    else:
        entries = part.map()
    verb = next(iter(entries), "")
    if verb not in VERBS:
        raise unknown(part.line, "verb", "动作", verb, VERBS)
    how = {key: each for key, each in entries.items() if key != verb}
    for key, each in how.items():
        if key not in VERBS[verb]:
            raise unknown(each.line, f"word with {verb}", f"关键字（{verb}）", key, VERBS[verb])
    return Deed(verb, entries[verb], how, part.line)
