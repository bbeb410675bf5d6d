"""A case's history in words: entries of one act told together, by whom, on which release, what was decided and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext

from engine.flow.decisions import Table
from engine.flow.definitions import Release
from engine.models import FollowUp, HistoryEntry
from engine.queries.case_history import ACTS, ONE_ACT
from web.filters import date, money, short
from web.i18n import _n, language
from web.labels import KINDS, label

ARROW, DOT = " → ", " · "
ALONE = ("revealed", "looked_up", "phoned_in", "file_opened")  # never part of an act


@dataclass(frozen=True)
class Line:
    """One thing that happened, with what more is to be said of it."""

    title: str
    body: str = ""
    tone: str = "grey"


@dataclass(frozen=True)
class Decided:
    """What a table decided: its name, the numbers of the rows that held, what it was given and what it gave."""

    table: str
    rows: str
    given: str
    gave: str


@dataclass(frozen=True)
class Happening:
    """What one act did. `way` are the elements it passed in the diagram, `release` what the diagram is of."""

    at: dt.datetime
    who: str
    lines: tuple[Line, ...]
    decisions: tuple[Line, ...] = ()
    way: str = ""
    release: int | None = None

    @property
    def tone(self) -> str:
        """That of the weightiest line."""
        tones = [each.tone for each in self.lines]
        return next((tone for tone in ("red", "violet", "green", "amber", "blue", "teal") if tone in tones), "grey")


@dataclass(frozen=True)
class Teller:
    """What the words need besides the entries: names of people, releases, and the follow-ups that were recorded."""

    names: Mapping[int, str]
    releases: Mapping[int, Release]
    follow_ups: Sequence[FollowUp] = ()
    currency: str = ""

    def name(self, user_id: object) -> str:
        """What somebody is called."""
        return self.names.get(int(str(user_id)), f"#{user_id}") if user_id is not None else ""

    def element(self, entry: HistoryEntry, element: str | None = None) -> str:
        """The label of an element in the release the entry belongs to."""
        wanted = element or entry.element or ""
        release = self.releases.get(entry.release_id or 0)
        found = release.elements.get(wanted) if release else None
        return found.label(language()) if found else wanted

    def decided(self, entry: HistoryEntry) -> Decided:
        """What a table decided, in the words of the release the entry belongs to."""
        data = entry.data
        release = self.releases.get(entry.release_id or 0)
        table = release.tables.get(data["table"]) if release else None
        known = _columns(table) if table else {}
        outputs = data["outputs"] if isinstance(data["outputs"], list) else [data["outputs"]]
        gave = "; ".join(_pairs(each, known) for each in outputs)
        if table is None:
            return Decided(str(data["table"]), "", _pairs(data["inputs"], known), gave)
        numbers = {rule.id: rule.number for rule in table.rules}
        rows = ", ".join(str(numbers.get(each, each)) for each in data["rules"])
        return Decided(table.label(language()), rows, _pairs(data["inputs"], known), gave)

    def follow_up(self, entry: HistoryEntry) -> FollowUp | None:
        """What was recorded when this entry's user task was completed."""
        near = [
            each
            for each in self.follow_ups
            if each.user_id == entry.actor_id and dt.timedelta(0) <= entry.at - each.at < ONE_ACT
        ]
        return max(near, key=lambda each: each.at, default=None)

    def amount(self, text: object) -> str:
        """An amount that history keeps as text."""
        return money(Decimal(str(text)), self.currency)


def happenings(entries: Sequence[HistoryEntry], teller: Teller) -> list[Happening]:
    """Newest first, as they are given; entries of one act become one."""
    return [told for group in by_act(entries) if (told := tell(group, teller)) is not None]


def people(entries: Iterable[HistoryEntry]) -> set[int | None]:
    """Everybody these entries name."""
    return {each.actor_id for each in entries} | {
        each.data.get(key) for each in entries for key in ("collector_id", "had") if each.data
    }


def by_act(entries: Sequence[HistoryEntry]) -> list[list[HistoryEntry]]:
    """Entries, given and answered newest first, by act; within an act in order.

    An act's own entry is written after those of its operators; what has no act stands by itself.
    """
    groups: list[list[HistoryEntry]] = []
    for entry in reversed(entries):
        if not groups or _begins(groups[-1][-1], entry):
            groups.append([])
        groups[-1].append(entry)
    return groups[::-1]


def _begins(before: HistoryEntry, entry: HistoryEntry) -> bool:
    ended = before.kind in ACTS or before.kind in ALONE or entry.kind in ALONE
    others = None not in (before.actor_id, entry.actor_id) and before.actor_id != entry.actor_id
    return ended or others or entry.at - before.at > ONE_ACT


def tell(group: Sequence[HistoryEntry], teller: Teller) -> Happening | None:
    """What the entries of one act say together; nothing where they say nothing."""
    act = group[-1] if group[-1].kind in ACTS else None
    lines = [line for entry in ([act] if act else []) if (line := _line(entry, teller))]
    lines += [
        line for entry in group if entry is not act and entry.kind != "decided" and (line := _line(entry, teller))
    ]
    decisions = [_decision(entry, teller) for entry in group if entry.kind == "decided"]
    if not lines and not decisions:
        return None
    actor = next((each.actor_id for each in reversed(group) if each.actor_id is not None), None)
    return Happening(
        group[0].at,
        teller.name(actor) if actor is not None else _nobody(act),
        tuple(lines),
        tuple(decisions),
        _way(act, teller) if act else "",
        next((each.release_id for each in group if each.release_id is not None), None),
    )


def _nobody(act: HistoryEntry | None) -> str:
    return str(gettext("the clock") if act is not None and act.kind == "timer" else gettext("the system"))


def _way(act: HistoryEntry, teller: Teller) -> str:
    return ARROW.join(teller.element(act, each) for each in act.data.get("path") or ())


def _line(entry: HistoryEntry, teller: Teller) -> Line | None:
    words = WORDS.get(entry.kind)
    return words(entry, teller) if words else Line(entry.kind)


def _decision(entry: HistoryEntry, teller: Teller) -> Line:
    """`Case tier: rule 2`, and `days = 31 → tier = M2, rank = 2`."""
    told = teller.decided(entry)
    if not told.rows:
        return Line(told.table, told.given)
    title = gettext("%(table)s: rule %(rules)s", table=told.table, rules=told.rows)
    return Line(title, told.given + ARROW + told.gave)


def _columns(table: Table) -> dict[str, str]:
    known = {each.name: each.names.get(language()) or each.label or each.name for each in table.inputs}
    return known | {each.name: each.names.get(language()) or each.label or each.name for each in table.outputs}


def _pairs(values: Mapping[str, Any], known: Mapping[str, str]) -> str:
    return ", ".join(f"{known.get(name, name)} = {_value(name, value)}" for name, value in values.items())


def _value(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(gettext("yes") if value else gettext("no"))
    if value is None:
        return "—"
    if name.endswith("reason"):
        return label(value, "suspension_reason")
    if name in KINDS:
        return label(value, name)
    return str(value)


Words = Callable[[HistoryEntry, Teller], Line | None]


def _says(template: str, tone: str = "grey", **codes: str) -> Words:
    """A sentence with the entry's data in it; `codes` names the family of labels a value belongs to."""

    def words(entry: HistoryEntry, _teller: Teller) -> Line:
        data = {name: label(value, codes[name]) if name in codes else value for name, value in entry.data.items()}
        return Line(gettext(template) % _Loose(data), tone=tone)

    return words


class _Loose(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "—"


def _completed(entry: HistoryEntry, teller: Teller) -> Line:
    follow_up = teller.follow_up(entry)
    if follow_up is None:
        return Line(teller.element(entry), tone="blue")
    said = label(follow_up.result_code, "result_code")
    return Line(f"{teller.element(entry)}: {said}", follow_up_words(follow_up, teller.currency), "blue")


def follow_up_words(follow_up: FollowUp, currency: str) -> str:
    """The promise, the plan and the note of a follow-up, in one line."""
    parts = []
    if follow_up.promise_on:
        amount = f" {money(follow_up.promise_amount, currency)}" if follow_up.promise_amount else ""
        parts.append(gettext("promised for %(date)s", date=date(follow_up.promise_on)) + amount)
    if follow_up.next_action_at:
        parts.append(gettext("next action %(at)s", at=short(follow_up.next_action_at)))
    if follow_up.note:
        parts.append(follow_up.note)
    return DOT.join(parts)


def _timer(entry: HistoryEntry, teller: Teller) -> Line:
    return Line(gettext("Came due: %(what)s", what=teller.element(entry)), tone="teal")


def _message(entry: HistoryEntry, teller: Teller) -> Line:
    return Line(teller.element(entry), tone="blue")


def _started(entry: HistoryEntry, _teller: Teller) -> Line:
    return Line(gettext("The case's diagram began"))


def _orders(template: str, tone: str) -> Words:
    return lambda entry, _: Line(gettext(template), ", ".join(entry.data.get("orders") or ()), tone)


def _person(template: str, tone: str = "blue") -> Words:
    def words(entry: HistoryEntry, teller: Teller) -> Line:
        data = entry.data
        facts = {
            "name": teller.name(data.get("collector_id")),
            "had": teller.name(data.get("had")),
            "how": label(data.get("ended_by"), "assignment_end"),
        }
        return Line(gettext(template) % facts, tone=tone)

    return words


def _recalled(entry: HistoryEntry, _teller: Teller) -> Line:
    escalates = entry.data.get("reason") == "escalation"
    return Line(gettext("Recalled to escalate") if escalates else gettext("Recalled by hand"), tone="amber")


def _suspended(entry: HistoryEntry, _teller: Teller) -> Line:
    reason, earlier = label(entry.data.get("reason"), "suspension_reason"), entry.data.get("instead_of")
    words = gettext("Suspended: %(reason)s", reason=reason)
    if earlier:
        before = label(earlier, "suspension_reason")
        words = gettext("Suspended: %(reason)s, in place of: %(before)s", reason=reason, before=before)
    return Line(words, _until(entry, "review_at", gettext("review on %(date)s")), "violet")


def _closed(entry: HistoryEntry, _teller: Teller) -> Line:
    reason = label(entry.data.get("reason"), "closing_reason")
    return Line(gettext("Case closed: %(reason)s", reason=reason), str(entry.data.get("note") or ""), "green")


def _prolonged(entry: HistoryEntry, _teller: Teller) -> Line:
    return Line(gettext("Stays suspended"), _until(entry, "review_at", gettext("review on %(date)s")), "violet")


def _parked(entry: HistoryEntry, _teller: Teller) -> Line:
    until = _until(entry, "until", gettext("looked at again on %(date)s"))
    agency = entry.data.get("agency")
    return Line(label(entry.data.get("parked_as")), DOT.join(part for part in (agency, until) if part), "teal")


def _until(entry: HistoryEntry, key: str, words: str) -> str:
    at = entry.data.get(key)
    return words % {"date": date(dt.datetime.fromisoformat(at))} if at else ""


def _money(template: str, tone: str) -> Words:
    def words(entry: HistoryEntry, teller: Teller) -> Line:
        return Line(
            gettext(template) % {"amount": teller.amount(entry.data.get("amount", 0))},
            ", ".join(entry.data.get("orders") or ()),
            tone,
        )

    return words


def _contact(template: str) -> Words:
    def words(entry: HistoryEntry, _teller: Teller) -> Line:
        data = entry.data
        whose = data.get("holder") or label(data.get("relation"), "relation")
        what = f"{label(data.get('contact_kind'), 'contact_kind')} ({whose})"
        facts = {"what": what, **{key: label(data.get(key), "standing") for key in ("was", "standing")}}
        return Line(gettext(template) % facts, str(data.get("note") or ""), "amber")

    return words


def _phoned_in(entry: HistoryEntry, _teller: Teller) -> Line:
    return Line(gettext("The customer phoned in"), str(entry.data.get("note") or ""), "blue")


def _file(template: str, tone: str = "amber") -> Words:
    def words(entry: HistoryEntry, _teller: Teller) -> Line:
        what = label(entry.data.get("file_kind"), "file_kind")
        return Line(gettext(template) % {"what": what}, str(entry.data.get("note") or ""), tone)

    return words


_REASON = {"reason": "suspension_reason"}
WORDS: Mapping[str, Words] = {
    "started": _started,
    "completed": _completed,
    "timer": _timer,
    "message": _message,
    "ended": _says(_n("The diagram was ended, for it did not listen: %(reason)s")),
    "case_opened": _orders(_n("Case opened"), "blue"),
    "case_reopened": _orders(_n("Case reopened"), "amber"),
    "orders_joined": _orders(_n("Orders joined"), "blue"),
    "rolled_over": _orders(_n("Overdue orders rolled over into collection"), "amber"),
    "tier_entered": _says(_n("Entered tier %(tier)s"), "amber"),
    "case_closed": _closed,
    "assigned": _person(_n("Given to %(name)s")),
    "assignment_ended": _person(_n("Taken from %(name)s (%(how)s)"), "grey"),
    "reassigned": _person(_n("Given from %(had)s to %(name)s")),
    "recalled": _recalled,
    "suspended": _suspended,
    "suspension_prolonged": _prolonged,
    "resumed": _says(_n("Resumed %(how)s"), "green", how="resumed_as"),
    "customer_blocked": _says(_n("Customer blocked: %(reason)s"), "red", **_REASON),
    "block_lifted": _says(_n("The customer's block is lifted: %(reason)s"), "green", **_REASON),
    "parked": _parked,
    "unparked": _says(_n("Brought back from: %(parked_as)s"), "teal", parked_as="status"),
    "forgiven": _money(_n("Forgiven: %(amount)s"), "amber"),
    "text_queued": _says(_n("Text to the customer queued")),
    "text_blocked": _says(_n("Text to the customer blocked"), "amber"),
    "request_made": _says(_n("Suspension requested: %(reason)s"), "violet", **_REASON),
    "request_approved": _says(_n("Suspension request approved: %(reason)s"), "violet", **_REASON),
    "request_refused": _says(_n("Suspension request refused: %(reason)s"), "amber", **_REASON),
    "request_withdrawn": _says(_n("Suspension request withdrawn: %(reason)s"), "grey", **_REASON),
    "request_overtaken": _says(
        _n("Suspension request overtaken: the case was closed, or suspended for that reason"), "grey"
    ),
    "incident": _says(_n("Something failed and was undone: incident %(incident_id)s"), "red"),
    "incident_resolved": _says(_n("Incident %(incident_id)s is resolved"), "green"),
    "repayment_received": _money(_n("Repayment received: %(amount)s"), "green"),
    "repayment_reversed": _money(_n("Repayment reversed: %(amount)s"), "red"),
    "order_imported": _says(_n("Order %(order_no)s came in")),
    "order_adjusted": _says(_n("Amounts of order %(order_no)s changed"), "amber"),
    "customer_changed": _says(_n("The customer's data changed")),
    "file_added": _file(_n("File added: %(what)s")),
    "file_opened": _file(_n("File opened: %(what)s"), "grey"),
    "file_deleted": _file(_n("File deleted: %(what)s"), "red"),
    "contact_added": _contact(_n("Contact added: %(what)s")),
    "contact_changed": _contact(_n("%(what)s: %(was)s becomes %(standing)s")),
    "revealed": _says(_n("Shown in full: %(what)s"), "grey", what="contact_kind"),
    "looked_up": _says(_n("The customer was opened by search, by somebody who has no case of theirs"), "grey"),
    "phoned_in": _phoned_in,
}
"""Every kind of entry a case's history may hold -> its words; a test holds that none is missing."""
