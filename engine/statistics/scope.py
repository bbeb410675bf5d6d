"""Whose figures a person sees: everybody's, those of their groups, or their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, true

from engine.errors import NotPermitted
from engine.models import Role, User
from engine.people import supervised_groups, visible_cases

ALL = (Role.MANAGER, Role.COMPLIANCE, Role.ANALYST)
NAMED = (Role.MANAGER, Role.COMPLIANCE, Role.SUPERVISOR, Role.COLLECTOR)


@dataclass(frozen=True)
class Reach:
    """What of the figures somebody sees. `names`: people by name, and the cases behind a figure."""

    user: User
    is_all: bool
    groups: tuple[int, ...]
    own: int | None
    names: bool

    def held(self, collector_id: Any, group_id: Any) -> ColumnElement[bool]:
        """SQL: what a collector did, or received, in a group that time."""
        if self.is_all:
            return true()
        parts = [group_id.in_(self.groups)] if self.groups else []
        return or_(false(), *parts, *([] if self.own is None else [collector_id == self.own]))

    def lying(self, assignment_id: Any) -> ColumnElement[bool]:
        """SQL over `Case`: what happened while nobody had the case belongs to whoever supervises it now."""
        return and_(assignment_id.is_(None), visible_cases(self.user)) if self.groups else false()


def reach(user: User) -> Reach:
    """What of the figures this person sees; several roles add up. Raises NotPermitted for whoever sees none.

    Analysts see every figure, by product, tier, group and time, yet neither collectors by name nor cases: how one
    person works is personal data, and the drawing of flows does not need it.
    """
    names = user.has_role(*NAMED)
    is_all, groups = user.has_role(*ALL), tuple(supervised_groups(user))
    own = user.id if user.has_role(Role.COLLECTOR) else None
    if not user.active or not (is_all or names):
        raise NotPermitted(act="open this page", reason="it is for other roles")
    return Reach(user, is_all, groups, own, names)
