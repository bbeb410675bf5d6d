"""Playing: instant after instant, repayments in file order, then the sweep, and at 10:00 the staff."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session, sessionmaker

from engine import batches, clock, intake
from engine.db import begin_write
from engine.flow import instance as flow
from engine.intake import NewCustomer, NewOrder, NewRepayment
from engine.replay.loading import chunks, load
from engine.replay.staff import Staff
from engine.sweep import Swept, sweep

STAFF_AT = dt.time(10)
_BATCH = 250


@dataclass(frozen=True)
class Span:
    """From 00:00 of `start` to the end of `end`, where the lender is."""

    start: dt.date
    end: dt.date
    zone: ZoneInfo

    def instant(self, on: dt.date, at: dt.time = dt.time()) -> dt.datetime:
        """A local date and time as UTC."""
        return dt.datetime.combine(on, at, self.zone).astimezone(dt.UTC)

    @property
    def begins(self) -> dt.datetime:
        """The first instant."""
        return self.instant(self.start)

    @property
    def ends(self) -> dt.datetime:
        """The instant after the last: it does not happen."""
        return self.instant(self.end + dt.timedelta(days=1))

    def days(self) -> Iterator[dt.date]:
        """Every date, both ends included."""
        for number in range((self.end - self.start).days + 1):
            yield self.start + dt.timedelta(days=number)


@dataclass
class Played:
    """What was done while playing; the rest of the report is in the database."""

    user_tasks: int
    swept: Swept
    repayments: int
    seconds: float


def play(
    sessions: sessionmaker[Session],
    customers: Iterable[NewCustomer],
    orders: Iterable[NewOrder],
    repayments: Sequence[NewRepayment],
    span: Span,
    *,
    progress: Callable[[dt.date], None] = lambda _on: None,
    loaded: Callable[[int], None] = lambda _done: None,
    staff: Staff | None = None,
) -> Played:
    """Plays a portfolio into an empty database that has a published release, with staff of its own unless given."""
    began = time.monotonic()
    with clock.use_zone(span.zone), clock.use(span.begins):
        ids = load(sessions, customers, orders, span.begins, loaded)
        staff = staff or Staff(sessions)
    due = _in_time(repayments, span)
    player = _Player(sessions, ids, staff)
    waiting = [(at, list(group)) for at, group in groupby(due, key=lambda each: each.paid_at)]
    with clock.use_zone(span.zone):
        for on in span.days():
            ends = span.instant(on + dt.timedelta(days=1))
            today = dict[dt.datetime, list[NewRepayment]]()
            while waiting and waiting[0][0] < ends:
                at, group = waiting.pop(0)
                today[at] = group
            player.day(span.instant(on), span.instant(on, STAFF_AT), today)
            progress(on)
    return Played(staff.completed, player.swept, len(due), time.monotonic() - began)


def _in_time(repayments: Sequence[NewRepayment], span: Span) -> list[NewRepayment]:
    """What arrives within the span, by instant, in file order at one instant; reversals of what came before go too."""
    before = {each.repayment_id for each in repayments if each.paid_at < span.begins}
    due = [each for each in repayments if span.begins <= each.paid_at < span.ends and each.reverses not in before]
    return sorted(due, key=lambda each: each.paid_at)


class _Player:
    def __init__(self, sessions: sessionmaker[Session], ids: Mapping[str, int], staff: Staff) -> None:
        self._sessions, self._ids, self._staff = sessions, ids, staff
        self.swept = Swept()

    def day(
        self, midnight: dt.datetime, staff_at: dt.datetime, repayments: Mapping[dt.datetime, Sequence[NewRepayment]]
    ) -> None:
        """Every instant of one day at which something happens."""
        for at in sorted({midnight, staff_at, *repayments}):
            with clock.use(at):
                for batch in chunks(repayments.get(at, ()), _BATCH):
                    self._receive(batch)
                done = sweep(self._sessions)
                for name, number in vars(done).items():
                    setattr(self.swept, name, getattr(self.swept, name) + number)
                if at == staff_at:
                    self._staff.work()

    def _receive(self, batch: Sequence[NewRepayment]) -> None:
        with self._sessions() as session:
            begin_write(session)
            with flow.batching(session):
                customers = [self._ids.get(each.customer_id or "") for each in batch]
                batches.prefetch(session, customer_ids={each for each in customers if each is not None})
                for each, customer_id in zip(batch, customers, strict=True):
                    intake.receive(session, each, customer_id=customer_id)
            session.commit()
