"""Which group looks after a product, stage and tier, and keeping the cases' `group_id` in step with that."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from engine.flow.act import once
from engine.models import Case, Group, GroupScope, Stage, UserTask

ANY = "*"
_UNSYNCHRONISED = {"synchronize_session": False}  # everything is expired afterwards
CASE_PROCESSES = ("collection", "pre_collection")


def scope_tier(stage: str, tier: str | None) -> str:
    """How scopes write a case's tier: '' where it has none, as in pre-collection."""
    return "" if stage == Stage.PRE_COLLECTION else tier or ""


def responsible_group_ids(session: Session, product: str, stage: str, tier: str | None) -> list[int]:
    """The active groups whose scopes cover these, the one that is responsible first.

    The most specific scope wins: product and tier named, then the product for any tier, then the tier for any product,
    then any of both; among equals the group that was created first.
    """
    tier = scope_tier(stage, tier)
    found = session.execute(
        select(Group.id, GroupScope.product, GroupScope.tier)
        .join(GroupScope, GroupScope.group_id == Group.id)
        .where(
            Group.active,
            GroupScope.stage == stage,
            GroupScope.product.in_((product, ANY)),
            GroupScope.tier.in_((tier, ANY)),
        )
    ).all()
    ranked = sorted(found, key=lambda row: (row.product == ANY, row.tier == ANY, row.id))
    return list(dict.fromkeys(row.id for row in ranked))


def responsible_group_id(session: Session, product: str, stage: str, tier: str | None) -> int | None:
    """The id of the group that looks after these, in one query, once per batch; None: no group takes the case."""
    key = ("responsible", product, str(stage), tier)
    found = once(session, key, lambda: responsible_group_ids(session, product, stage, tier))
    return found[0] if found else None


def responsible_groups(session: Session, product: str, stage: str, tier: str | None) -> list[Group]:
    """The groups of `responsible_group_ids`."""
    return [session.get_one(Group, each) for each in responsible_group_ids(session, product, stage, tier)]


def responsible_group(session: Session, product: str, stage: str, tier: str | None) -> Group | None:
    """The group that looks after these, or None: then the case waits in the list of what no group takes."""
    found = responsible_group_id(session, product, stage, tier)
    return None if found is None else session.get_one(Group, found)


def refresh_case_groups(session: Session) -> int:
    """Set `group_id` of open cases, and of their waiting user tasks, to the group now responsible.

    Returns the number of cases that moved. Called in the act that changes a group's scopes or whether it is active.
    """
    session.flush()
    kinds = select(Case.product, Case.stage, Case.tier).where(Case.closed_at.is_(None)).distinct()
    moved = 0
    for product, stage, tier in session.execute(kinds).all():
        moved += _move(session, (product, stage, tier), responsible_group_id(session, product, stage, tier))
    if moved:
        session.expire_all()
    return moved


def _move(session: Session, kind: Sequence[str | None], group_id: int | None) -> int:
    product, stage, tier = kind
    these = (
        Case.product == product,
        Case.stage == stage,
        Case.tier.is_not_distinct_from(tier),
        Case.closed_at.is_(None),
    )
    stale = (*these, Case.group_id.is_distinct_from(group_id))
    count = session.scalar(select(func.count()).select_from(Case).where(*stale)) or 0
    if not count:
        return 0
    tasks = (UserTask.business_key.in_(select(Case.id).where(*stale)), UserTask.process.in_(CASE_PROCESSES))
    session.execute(update(UserTask).where(*tasks).values(group_id=group_id), execution_options=_UNSYNCHRONISED)
    session.execute(update(Case).where(*stale).values(group_id=group_id), execution_options=_UNSYNCHRONISED)
    return count
