"""The three reports: by what each is split, its columns with what every figure means, and what counts them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask_babel import LazyString
from sqlalchemy.orm import Session

from engine import statistics
from engine.statistics import Figures, Reach, Wanted
from web.i18n import _l

Measure = Callable[[Session, Reach, Wanted], dict[int | str | None, Figures]]
PERCENT = 100


@dataclass(frozen=True)
class Figure:
    """A column. `kind`: count, money, share (of two counts), money_share, ratio. `meaning` is said on the page.

    `measure` counts it; a share leads to the cases of its denominator, by the figure `cases` of the report `report`.
    """

    key: str
    label: LazyString
    meaning: LazyString
    measure: Measure
    kind: str = "count"
    part: str = ""
    whole: str = ""

    def value(self, figures: Figures, currency: str) -> int | Decimal | None:
        """The figure of a row; money and its shares in one currency."""
        if self.kind == "count":
            return figures.counts[self.key]
        if self.kind == "money":
            return figures.amount(self.key, currency)
        return figures.share(self.part, self.whole, currency if self.kind == "money_share" else "")

    @property
    def is_money(self) -> bool:
        """Whether there is one column a currency."""
        return self.kind.startswith("money")

    @property
    def leads_to(self) -> str:
        """The figure whose cases stand behind this one."""
        return self.key if self.kind in ("count", "money") else self.whole


@dataclass(frozen=True)
class Report:
    """A page: `by` what it may be split (the first by default), its figures, and those its charts draw."""

    key: str
    label: LazyString
    by: Sequence[str]
    measure: Measure
    figures: Sequence[Figure]
    charts: Sequence[tuple[LazyString, Sequence[str]]]
    notes: Sequence[LazyString]

    def figure(self, key: str) -> Figure | None:
        """One of the figures that are counted, by key."""
        return next((each for each in self.figures if each.key == key and each.kind in ("count", "money")), None)


BY_LABELS: Mapping[str, LazyString] = {
    "period": _l("Period"),
    "product": _l("Product"),
    "tier": _l("Tier"),
    "group": _l("Group"),
    "collector": _l("Collector"),
    "channel": _l("Channel"),
    "bucket": _l("Days past due"),
}
_S = statistics
_DAYS_NOTE = _l(
    "Days are the lender's. Money counts on its value date; a reversal lowers the day it happened, and is put down to "
    "the case, tier, group and collector of the payment it takes back. Cases closed as late posting are left out."
)
_ENTERED = Figure(
    "entered",
    _l("Amount entered"),
    _l("What the orders of these cases owed, by value date, when the collector was given them."),
    _S.recovered,
    "money",
)
_RATE = _l("Recovered / amount entered, of the cases given in the period, by now.")

REPAYMENTS = Report(
    "repayments",
    _l("Repayments"),
    ("period", "product", "tier", "group", "collector", "channel"),
    _S.received,
    (
        Figure(
            "received",
            _l("Received"),
            _l("What orders took of repayments, less what was taken back."),
            _S.received,
            "money",
        ),
        Figure(
            "reversed",
            _l("Reversed amount"),
            _l("By reversals, and by what they move elsewhere."),
            _S.received,
            "money",
        ),
        Figure(
            "repayments",
            _l("Number of repayments"),
            _l("Payments of which an order took something, by value date; reversed ones too."),
            _S.received,
        ),
        Figure("customers", _l("Customers"), _l("Those who made them, each once a row."), _S.received),
    ),
    ((_l("Received"), ("received",)),),
    (
        _l(
            "Tier, group and collector are those of the case that held the order when the money came; without one it "
            "came before the case opened, after it closed, or while nobody had it."
        ),
        _DAYS_NOTE,
    ),
)
COLLECTORS = Report(
    "collectors",
    _l("Collector performance"),
    ("collector", "group", "product", "tier", "period"),
    _S.worked,
    (
        Figure("held_start", _l("Held at start"), _l("Cases in hand when the period began."), _S.held),
        Figure("given", _l("Given"), _l("Cases given in the period; one that comes back counts again."), _S.held),
        Figure("given_up", _l("Given up"), _l("Recalled, reassigned, escalated or closed."), _S.held),
        Figure("held_end", _l("Held at end"), _l("Start + given - given up."), _S.held),
        Figure("worked", _l("Worked"), _l("Cases with at least one follow-up."), _S.followed_up),
        Figure("attempts", _l("Attempts"), _l("Follow-ups recorded."), _S.followed_up),
        Figure("connected", _l("Connected"), _l("Follow-ups in which somebody answered."), _S.followed_up),
        Figure(
            "connect_rate",
            _l("Connect rate"),
            _l("Connected / attempts."),
            _S.followed_up,
            "share",
            "connected",
            "attempts",
        ),
        Figure("rpc", _l("RPC"), _l("The customer answered: results of the two RPC classes."), _S.followed_up),
        Figure("rpc_rate", _l("RPC rate"), _l("RPC / connected."), _S.followed_up, "share", "rpc", "connected"),
        Figure("per_day", _l("Per day"), _l("Attempts / days with any."), _S.followed_up, "ratio", "attempts", "days"),
        Figure("promises", _l("Promises"), _l("Promises given in the period."), _S.followed_up),
        Figure("promised", _l("Promised"), _l("Their amounts, where one was named."), _S.followed_up, "money"),
        Figure(
            "promises_due",
            _l("Promises due"),
            _l("Promises for a date in the period, with the days of grace over."),
            _S.kept,
        ),
        Figure(
            "promises_kept",
            _l("Kept"),
            _l("The case's orders took the promised amount between the day of the promise and the last day of grace."),
            _S.kept,
        ),
        Figure(
            "kept_rate", _l("Kept rate"), _l("Kept / promises due."), _S.kept, "share", "promises_kept", "promises_due"
        ),
        Figure("repayments", _l("Number of repayments"), _l("Those that came for cases in hand."), _S.earned),
        Figure("received", _l("Received"), _l("What they brought, less what was taken back."), _S.earned, "money"),
        Figure("recovery_rate", _l("Recovery rate"), _RATE, _S.recovered, "money_share", "recovered", "entered"),
    ),
    (
        (_l("Follow-ups"), ("attempts", "connected", "rpc")),
        (_l("Received"), ("received",)),
    ),
    (
        _l(
            "Follow-ups and promises are put down to whoever recorded them, money to whoever had the case when it came."
        ),
        _DAYS_NOTE,
    ),
)
RECOVERY = Report(
    "recovery",
    _l("Recovery"),
    ("bucket", "period", "product", "tier", "group", "collector"),
    _S.recovered,
    (
        Figure("entries", _l("Cases entered"), _l("Cases given in the period; each time counts."), _S.recovered),
        _ENTERED,
        Figure(
            "recovered",
            _l("Recovered"),
            _l("What the orders have paid by now while that collector had the case, less what was taken back."),
            _S.recovered,
            "money",
        ),
        Figure("recovery_rate", _l("Recovery rate"), _RATE, _S.recovered, "money_share", "recovered", "entered"),
    ),
    ((_l("Recovery"), ("entered", "recovered")),),
    (
        _l("The cohort is what was given to collectors in the period; days past due are those of that day."),
        _DAYS_NOTE,
    ),
)
REPORTS: Mapping[str, Report] = {each.key: each for each in (REPAYMENTS, COLLECTORS, RECOVERY)}
