"""The people a group gives cases to, and what each of them holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import clock
from engine.models import Case, Membership, Role, Status, User, UserRole
from engine.people.absences import is_absent

# What counts towards a person's load and capacity: open, and neither placed, in court nor written off.
HELD = (Status.TO_DISPATCH, Status.IN_WORK, Status.SUSPENDED, Status.TO_DECIDE)
GIVES_CASES = (
    ~Membership.is_supervisor,
    User.active,
    select(UserRole.role).where(UserRole.user_id == User.id, UserRole.role == Role.COLLECTOR).exists(),
)


@dataclass(frozen=True)
class Load:
    """What a person holds now: open cases, and what is past due in them, by currency."""

    cases: int = 0
    amounts: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class Member:
    """A person who is given cases by a group, with the present load."""

    user_id: int
    name: str
    capacity: int | None
    is_absent: bool
    load: Load

    @property
    def is_full(self) -> bool:
        """Whether the capacity is reached."""
        return self.capacity is not None and self.load.cases >= self.capacity


@dataclass(frozen=True)
class Standing:
    """A person's place in a group: up to how many cases, and whether absent."""

    capacity: int | None
    is_absent: bool


def members(session: Session, group_id: int, *, on: dt.date | None = None) -> list[Member]:
    """The active collectors a group gives cases to, by name, with loads; absence as of a date (default: today)."""
    return members_of(session, [group_id], on=on)[group_id]


def members_of(session: Session, group_ids: Collection[int], *, on: dt.date | None = None) -> dict[int, list[Member]]:
    """The same for several groups, in two queries."""
    rows = session.execute(
        select(Membership, User.name, is_absent(User.id, on or clock.today()).label("absent"))
        .join(User, User.id == Membership.user_id)
        .where(Membership.group_id.in_(group_ids), *GIVES_CASES)
        .order_by(User.name, User.id)
    ).all()
    held = loads(session, {row.Membership.user_id for row in rows})
    found: dict[int, list[Member]] = {each: [] for each in group_ids}
    for membership, name, absent in rows:
        load = held[membership.user_id]
        member = Member(membership.user_id, name, membership.capacity, bool(absent), load)
        found[membership.group_id].append(member)
    return found


def loads(session: Session, user_ids: Collection[int]) -> dict[int, Load]:
    """What each of these people holds now, in one grouped query; who holds nothing has an empty load."""
    found = {each: Load() for each in user_ids}
    query = (
        select(User.id, Case.currency, func.count(), func.sum(Case.past_due_amount))
        .join(Case, Case.collector_id == User.id)
        .where(User.id.in_(user_ids), Case.status.in_(HELD))
        .group_by(User.id, Case.currency)
    )
    for user_id, currency, cases, amount in session.execute(query):
        had = found[user_id]
        found[user_id] = Load(had.cases + cases, {**had.amounts, currency: amount})
    return found


def standing_of(session: Session, group_id: int, user_id: int) -> Standing | None:
    """How a person stands in the group as one who is given cases, today; None: not at all."""
    row = session.execute(
        select(Membership.capacity, is_absent(user_id, clock.today()))
        .join(User, User.id == Membership.user_id)
        .where(Membership.group_id == group_id, Membership.user_id == user_id, *GIVES_CASES)
    ).one_or_none()
    return None if row is None else Standing(row[0], bool(row[1]))


def held_by(session: Session, user_id: int) -> int:
    """How many cases count towards the person's capacity now."""
    query = select(func.count()).select_from(Case).where(Case.collector_id == user_id, Case.status.in_(HELD))
    return session.scalar(query) or 0
