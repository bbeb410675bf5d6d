"""Small cases with known figures: part payment, reversal, credit, reassignment, rolling over, promises, scope."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from engine import clock, statistics
from engine.errors import NotPermitted
from engine.models import (
    Assignment,
    Case,
    CaseOrder,
    FollowUp,
    HistoryEntry,
    LedgerLine,
    LoanOrder,
    Repayment,
    Stage,
    User,
)
from engine.statistics import Figures, Grain, PeriodTooLong, Span, Wanted
from tests.cast import make_cast
from tests.people.cases import a_case, a_customer

MARCH = Span(dt.date(2026, 3, 1), dt.date(2026, 3, 31), Grain.WEEK)
NOW = dt.datetime(2026, 4, 20, 4, tzinfo=dt.UTC)


def on(day: int, hour: int = 12, month: int = 3) -> dt.datetime:
    """An hour of a day of March at the lender's place."""
    return dt.datetime(2026, month, day, hour, tzinfo=clock.DEFAULT_ZONE).astimezone(dt.UTC)


class Story:
    """One customer's order of 1,000 due on 1 March: pre-collection, then a case that Cora has from the 3rd, Colin from
    the 10th, Otto in M3 from the 20th."""

    def __init__(self, session: Session, currency: str = "CNY") -> None:
        self.session, self.cast = session, make_cast(session)
        self.customer = a_customer(session)
        self.order = LoanOrder(
            **{"order_no": "O1", "customer_id": self.customer.id, "product": "card", "currency": currency},
            **{"disbursed_on": dt.date(2026, 2, 1), "due_on": dt.date(2026, 3, 1), "known_at": on(1, month=2)},
            **dict.fromkeys(("interest", "fees", "penalty"), Decimal(0)),
            **{"principal": Decimal(1000), "outstanding": Decimal(1000)},
        )
        session.add(self.order)
        session.flush()
        self.line(None, "charge", "1000", on(1, month=2))
        self.early = a_case(session, customer=self.customer, stage=Stage.PRE_COLLECTION, tier=None)
        self.case = a_case(session, customer=self.customer, tier="M3")
        self.stay(self.early, on(27, month=2), on(2, 0))
        self.stay(self.case, on(2, 0), None)
        self.tier("M1", on(2, 0))
        self.tier("M3", on(20, 0))
        cast = self.cast
        self.held(self.early, cast.colleague, cast.early.id, None, on(27, 13, month=2), on(2, 0))
        self.held(self.case, cast.collector, cast.early.id, "M1", on(3, 9), on(10, 9))
        self.held(self.case, cast.colleague, cast.early.id, "M1", on(10, 9), on(20, 0))
        self.held(self.case, cast.outsider, cast.late.id, "M3", on(20, 9), None)

    def stay(self, case: Case, joined: dt.datetime, left: dt.datetime | None) -> None:
        self._add(CaseOrder(case_id=case.id, order_id=self.order.id, joined_at=joined, left_at=left))

    def tier(self, tier: str, at: dt.datetime) -> None:
        self._add(HistoryEntry(at=at, case_id=self.case.id, kind="tier_entered", data={"tier": tier, "rank": 1}))

    def held(self, case: Case, who: User, group: int, tier: str | None, *time: dt.datetime | None) -> None:
        begun, ended = time
        who_had = {"collector_id": who.id, "group_id": group, "tier": tier, "from_at": begun, "to_at": ended}
        self._add(Assignment(case_id=case.id, **who_had))

    def pay(self, amount: str, at: dt.datetime, taken: str | None = None) -> Repayment:
        """Money of which the order takes so much, all unless told otherwise."""
        number = f"R{at.isoformat()}{amount}"
        took = Decimal(taken or amount)
        paid = Repayment(
            **{"repayment_no": number, "customer_id": self.customer.id, "currency": self.order.currency},
            **{"amount": Decimal(amount), "unapplied": Decimal(amount) - took, "paid_at": at, "received_at": at},
            product="card",
        )
        self._add(paid)
        self.line(paid.id, "allocation", str(took), at)
        return paid

    def reverse(self, paid: Repayment, at: dt.datetime) -> None:
        self.line(paid.id, "allocation", str(-paid.amount), at)

    def line(self, repayment_id: int | None, kind: str, amount: str, at: dt.datetime) -> None:
        its = {"order_id": self.order.id, "repayment_id": repayment_id, "kind": kind, "component": "principal"}
        self._add(LedgerLine(**its, amount=Decimal(amount), at=at, recorded_at=at))

    def promise(self, who: User, at: dt.datetime, day: dt.date, amount: str | None) -> None:
        its = {"case_id": self.case.id, "customer_id": self.customer.id, "user_id": who.id, "at": at, "tier": "M1"}
        promised = {"promise_on": day, "promise_amount": amount and Decimal(amount)}
        self._add(FollowUp(**its, **promised, result_code="promise_part", note="", form={}))

    def _add(self, row: object) -> None:
        self.session.add(row)
        self.session.flush()

    def received(self, by: str, wanted: Wanted | None = None, who: User | None = None) -> dict[object, str]:
        """Key -> what was received."""
        reach = statistics.reach(who or self.cast.manager)
        asked = replace(wanted or Wanted(MARCH), by=by)
        rows = statistics.received(self.session, reach, asked)
        return {key: str(row.amount("received", self.order.currency)) for key, row in rows.items()}

    def work(self, who: User | None = None) -> dict[object, Figures]:
        """Collector -> figures."""
        reach = statistics.reach(who or self.cast.manager)
        return dict(statistics.worked(self.session, reach, Wanted(MARCH, "collector")))


@pytest.fixture
def story(session: Session) -> Iterator[Story]:
    with clock.use(NOW):
        yield Story(session)


def test_part_payments_go_to_whoever_had_the_case_then(story: Story) -> None:
    for day in (1, 2, 5, 15, 25):
        story.pay(f"{day * 10}", on(day))
    cast = story.cast
    by_collector = {cast.colleague.id: "160.00", None: "20.00", cast.collector.id: "50.00", cast.outsider.id: "250.00"}
    assert story.received("collector") == by_collector
    assert story.received("tier") == {"pre_collection": "10.00", "M1": "220.00", "M3": "250.00"}
    assert story.received("group") == {cast.early.id: "210.00", None: "20.00", cast.late.id: "250.00"}
    assert story.received("period") == {0: "10.00", 1: "70.00", 2: "150.00", 4: "250.00"}
    assert story.received("case") == {story.early.id: "10.00", story.case.id: "470.00"}


def test_a_reversal_lowers_its_own_day_and_takes_from_whoever_was_given(story: Story) -> None:
    paid = story.pay("300", on(5))
    story.reverse(paid, on(25))
    days = Wanted(Span(MARCH.start, MARCH.end, Grain.DAY))
    assert story.received("period", days) == {4: "300.00", 24: "-300.00"}
    assert story.received("collector") == {story.cast.collector.id: "0.00"}
    row = statistics.received(story.session, statistics.reach(story.cast.manager), Wanted(MARCH))[""]
    assert row.amount("reversed", "CNY") == 300
    assert (row.counts["repayments"], row.counts["customers"]) == (1, 1)


def test_credit_that_no_order_took_is_told_apart(story: Story) -> None:
    story.pay("1500", on(5), taken="1000")
    reach = statistics.reach(story.cast.manager)
    assert story.received("") == {"": "1000.00"}
    assert statistics.unapplied(story.session, reach, Wanted(MARCH)) == {"CNY": 500}


def test_a_payment_at_the_instant_of_handing_over_is_the_one_before(story: Story) -> None:
    story.pay("7", on(10, 9))
    assert story.received("collector") == {story.cast.collector.id: "7.00"}


def test_money_at_midnight_belongs_to_the_lenders_day(story: Story) -> None:
    story.pay("5", on(1, 0))
    story.pay("9", on(1, 0, month=4))
    assert story.received("") == {"": "5.00"}


def test_holding_adds_up_for_everybody(story: Story) -> None:
    work = story.work()
    names = ("held_start", "given", "given_up", "held_end")
    figures = {key: tuple(row.counts[name] for name in names) for key, row in work.items()}
    cast = story.cast
    assert figures == {cast.collector.id: (0, 1, 1, 0), cast.colleague.id: (1, 1, 2, 0), cast.outsider.id: (0, 1, 0, 1)}


def test_what_was_entered_is_what_was_owed_then_and_each_recovers_their_own(story: Story) -> None:
    story.pay("100", on(5))
    story.pay("300", on(15))
    rows = statistics.recovered(story.session, statistics.reach(story.cast.manager), Wanted(MARCH, "collector"))
    found = {key: (row.amount("entered", "CNY"), row.amount("recovered", "CNY")) for key, row in rows.items()}
    cast = story.cast
    assert found == {cast.collector.id: (1000, 100), cast.colleague.id: (900, 300), cast.outsider.id: (600, 0)}
    assert rows[cast.colleague.id].share("recovered", "entered", "CNY") == Decimal(1) / 3


def test_buckets_are_of_days_past_due_not_of_tiers(story: Story) -> None:
    rows = statistics.recovered(story.session, statistics.reach(story.cast.manager), Wanted(MARCH, "bucket"))
    assert {key: row.counts["entries"] for key, row in rows.items()} == {"1-30": 3}
    only = Wanted(MARCH, "", buckets=("31-60",))
    assert statistics.recovered(story.session, statistics.reach(story.cast.manager), only) == {}


def test_promises_are_kept_partly_kept_broken_and_not_judged_too_early(story: Story) -> None:
    cora = story.cast.collector
    story.promise(cora, on(4), dt.date(2026, 3, 6), "100")  # kept, on the day of grace
    story.pay("100", on(7))
    story.promise(cora, on(8), dt.date(2026, 3, 9), "100")  # partly
    story.pay("30", on(8, 9))
    story.promise(cora, on(9, 10), dt.date(2026, 3, 9), "50")  # broken
    with clock.use(on(10)):
        assert story.work()[cora.id].counts["promises_due"] == 1  # the grace of the others is not over
    row = story.work()[cora.id]
    assert {name: row.counts[f"promises_{name}"] for name in ("due", "kept", "part", "broken")} == {
        "due": 3,
        "kept": 1,
        "part": 1,
        "broken": 1,
    }
    assert (row.counts["promises"], row.amount("promised", "CNY")) == (3, 250)


def test_a_promise_without_an_amount_is_of_all_that_was_owed(story: Story) -> None:
    cora = story.cast.collector
    story.pay("400", on(4))
    story.promise(cora, on(5), dt.date(2026, 3, 6), None)
    story.pay("599", on(6))
    assert story.work()[cora.id].counts["promises_part"] == 1
    story.pay("1", on(6))
    assert story.work()[cora.id].counts["promises_kept"] == 1


def test_a_case_that_should_not_have_opened_counts_for_nobody(story: Story) -> None:
    story.pay("50", on(5))
    story.promise(story.cast.collector, on(5), dt.date(2026, 3, 6), "50")
    story.case.closing_reason = "late_posting"
    story.session.flush()
    assert story.received("collector") == {None: "50.00"}
    assert set(story.work()) == {story.cast.colleague.id}


def test_everybody_sees_their_own_part(story: Story) -> None:
    for day in (2, 5, 15, 25):
        story.pay(f"{day}", on(day))
    story.case.group_id = story.cast.late.id
    story.session.flush()
    cast = story.cast
    seen = {who.name: story.received("", who=who) for who in (cast.collector, cast.supervisor, cast.elsewhere)}
    assert seen == {"Cora": {"": "5.00"}, "Susan": {"": "20.00"}, "Sven": {"": "27.00"}}
    assert story.received("", who=cast.compliance) == story.received("", who=cast.analyst) == {"": "47.00"}
    assert set(story.work(cast.supervisor)) == {cast.collector.id, cast.colleague.id}
    with pytest.raises(NotPermitted):
        statistics.reach(cast.administrator)


def test_currencies_are_never_added(session: Session, story: Story) -> None:
    story.pay("5", on(5))
    story.order.currency = "USD"
    session.flush()
    assert story.received("") == {"": "5.00"}
    row = statistics.received(session, statistics.reach(story.cast.manager), Wanted(MARCH))[""]
    assert row.amount("received", "CNY") == 0


def test_filters_narrow_to_what_they_name(story: Story) -> None:
    story.pay("5", on(5))
    story.pay("2", on(2))
    cora = str(story.cast.collector.id)
    assert story.received("", Wanted(MARCH, collectors=(cora,))) == {"": "5.00"}
    assert story.received("", Wanted(MARCH, collectors=(statistics.NONE,))) == {"": "2.00"}
    assert story.received("", Wanted(MARCH, tiers=("M1",), products=("card",), channels=(statistics.NONE,))) == {
        "": "7.00"
    }
    assert story.received("", Wanted(MARCH, tiers=(statistics.PRE_COLLECTION,))) == {}


def test_a_period_has_an_end() -> None:
    with pytest.raises(PeriodTooLong):
        Span(dt.date(2025, 1, 1), dt.date(2026, 1, 2))


def test_weeks_and_months_are_cut_where_the_period_is() -> None:
    assert [last.day for _, last in MARCH.parts] == [1, 8, 15, 22, 29, 31]
    assert Span(dt.date(2026, 1, 31), dt.date(2026, 3, 1), Grain.MONTH).parts == [
        (dt.date(2026, 1, 31), dt.date(2026, 1, 31)),
        (dt.date(2026, 2, 1), dt.date(2026, 2, 28)),
        (dt.date(2026, 3, 1), dt.date(2026, 3, 1)),
    ]
