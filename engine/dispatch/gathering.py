"""What a batch is asked to do, and the cases it is asked to do it to, with the group that looks after each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Row, select, true
from sqlalchemy.orm import Session

from engine import assignments
from engine.dispatch.planning import Skipped, Waiting
from engine.dispatch.reasons import Reason
from engine.dispatch.waiting import Filters, in_slices
from engine.models import BatchKind, Case, Status, User
from engine.people import supervised_groups, visible_cases

COLUMNS = (
    Case.id,
    Case.customer_id,
    Case.product,
    Case.stage,
    Case.tier,
    Case.past_due_amount,
    Case.currency,
    Case.collector_id,
)


@dataclass(frozen=True)
class Request:
    """What to do to these cases, and how: `collector_ids` for named people, `note` for why.

    A dispatch without `case_ids` is of all that waits and matches; a hand-over is of all that `from_id` has, and giving
    back is of what the hand-over `source_id` gave; with `case_ids` of these alone.
    """

    method: str = ""
    case_ids: tuple[int, ...] | None = None
    filters: Filters = field(default_factory=Filters)
    collector_ids: tuple[int, ...] = ()
    kind: str = BatchKind.DISPATCH
    note: str = ""
    from_id: int | None = None
    source_id: int | None = None


def rows(session: Session, conditions: Sequence[ColumnElement[bool]], case_ids: Sequence[int] | None) -> list[Row[Any]]:
    """`COLUMNS` of the cases that meet the conditions, of these ids where any are given."""
    query = select(*COLUMNS).where(*conditions)
    if case_ids is None:
        return list(session.execute(query))
    found: list[Row[Any]] = []
    for part in in_slices(case_ids):
        found += session.execute(query.where(Case.id.in_(part)))
    return found


def with_groups(session: Session, actor: User | None, found: Iterable[Row[Any]]) -> tuple[list[Waiting], list[Skipped]]:
    """The cases with the group responsible now; a person's batch reaches only groups they supervise."""
    groups: dict[tuple[str, str, str | None], int | None] = {}
    own = None if actor is None else set(supervised_groups(actor))
    cases: list[Waiting] = []
    refused: list[Skipped] = []
    for row in found:
        kind = (row.product, row.stage, row.tier)
        if kind not in groups:
            groups[kind] = assignments.responsible_group_id(session, *kind)
        group_id = groups[kind]
        if own is not None and group_id is not None and group_id not in own:
            refused.append(Skipped(row.id, row.past_due_amount, Reason.OUT_OF_SCOPE))
            continue
        facts = (row.id, row.customer_id, group_id, row.past_due_amount, row.currency, row.collector_id)
        cases.append(Waiting(*facts))
    return cases, refused


def missing(
    session: Session, actor: User | None, wanted: Iterable[int], why: Mapping[Status, Reason], otherwise: Reason
) -> list[Skipped]:
    """Cases asked for by id that will not do, or are not this person's business; unknown ids fall away."""
    skipped: list[Skipped] = []
    for part in in_slices(sorted(wanted)):
        scope = true() if actor is None else visible_cases(actor)
        query = select(Case.id, Case.status, Case.past_due_amount, scope.label("seen")).where(Case.id.in_(part))
        for row in session.execute(query.order_by(Case.id)):
            reason = why.get(Status(row.status), otherwise) if row.seen else Reason.OUT_OF_SCOPE
            skipped.append(Skipped(row.id, row.past_due_amount, reason))
    return skipped
