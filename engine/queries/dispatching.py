"""What dispatch pages show: the groups responsible with their people, batches, and what became of each case."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from engine import assignments
from engine.assignments import Member
from engine.models import Case, DispatchBatch, DispatchItem, Group, StandingRule, User
from engine.people import responsible_group_id, supervised_groups, visible_cases
from engine.queries.case_page import names

CHOSEN_AT_ONCE = 5_000


@dataclass(frozen=True)
class Team:
    """A group and the people it gives cases to."""

    group: Group
    members: Sequence[Member]

    @property
    def free(self) -> int:
        """How many of them can be given a case today."""
        return sum(not each.is_absent and not each.is_full for each in self.members)


@dataclass(frozen=True)
class Part:
    """Chosen cases of one stage, product and tier, and whose they are; `group_id` None: no group takes them."""

    stage: str
    product: str
    tier: str | None
    currency: str
    cases: int
    amount: Decimal
    group_id: int | None


@dataclass(frozen=True)
class ItemRow:
    """One case of a batch."""

    item: DispatchItem
    case_no: str
    collector: str | None
    had: str | None = None


@dataclass(frozen=True)
class BatchRow:
    """A batch in the list, with the names of who asked for it; None: a standing rule."""

    batch: DispatchBatch
    by: str | None


def teams(session: Session, group_ids: Collection[int]) -> list[Team]:
    """The groups with their people and loads, by name."""
    if not group_ids:
        return []
    members = assignments.members_of(session, group_ids)
    groups = session.scalars(select(Group).where(Group.id.in_(group_ids)).order_by(Group.name, Group.id))
    return [Team(group, members[group.id]) for group in groups]


def own_teams(session: Session, user: User) -> list[Team]:
    """The groups this person supervises."""
    return teams(session, supervised_groups(user))


def parts(session: Session, user: User, case_ids: Sequence[int]) -> list[Part]:
    """These cases, as far as this person sees them, by stage, product and tier."""
    found: dict[tuple[str, str, str | None, str], tuple[int, Decimal]] = {}
    columns = (Case.stage, Case.product, Case.tier, Case.currency)
    for start in range(0, len(case_ids), CHOSEN_AT_ONCE):
        chosen = case_ids[start : start + CHOSEN_AT_ONCE]
        query = select(*columns, func.count(), func.sum(Case.past_due_amount))
        query = query.where(Case.id.in_(chosen), visible_cases(user)).group_by(*columns)
        for stage, product, tier, currency, cases, amount in session.execute(query):
            had = found.get((stage, product, tier, currency), (0, Decimal(0)))
            found[stage, product, tier, currency] = (had[0] + cases, had[1] + amount)
    return [
        Part(*kind, cases, amount, responsible_group_id(session, kind[1], kind[0], kind[2]))
        for kind, (cases, amount) in sorted(found.items(), key=lambda each: [str(part) for part in each[0]])
    ]


def items(
    session: Session, batch_id: int, *, outcome: str = "", reason: str = "", offset: int = 0, limit: int = 50
) -> tuple[list[ItemRow], int]:
    """Cases of a batch by number, and how many there are of that outcome and reason."""
    where = [DispatchItem.batch_id == batch_id]
    if outcome:
        where.append(DispatchItem.outcome == outcome)
    if reason:
        where.append(DispatchItem.reason == reason)
    count = session.scalar(select(func.count()).select_from(DispatchItem).where(*where)) or 0
    had = aliased(User)
    query = (
        select(DispatchItem, Case, User.name, had.name)
        .join(Case, Case.id == DispatchItem.case_id)
        .outerjoin(User, User.id == DispatchItem.collector_id)
        .outerjoin(had, had.id == DispatchItem.from_id)
        .where(*where)
        .order_by(DispatchItem.case_id)
    )
    rows = session.execute(query.offset(offset).limit(limit))
    return [ItemRow(item, case.case_no, name, before) for item, case, name, before in rows], count


def with_names(session: Session, batches: Sequence[DispatchBatch]) -> list[BatchRow]:
    """Batches with who asked for them."""
    known = names(session, [each.by_id for each in batches])
    return [BatchRow(each, known.get(each.by_id or 0)) for each in batches]


def rules(session: Session) -> list[tuple[StandingRule, str | None]]:
    """All standing rules with who changed them last, the most specific of a stage last."""
    query = select(StandingRule, User.name).outerjoin(User, User.id == StandingRule.changed_by_id)
    rows = session.execute(query.order_by(StandingRule.stage.desc(), StandingRule.product, StandingRule.tier))
    return [(rule, name) for rule, name in rows]
