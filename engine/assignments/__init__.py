"""Who has a case: assignments, who can take one, and what people hold."""

from engine.assignments.acts import begin, end, is_available_for, read_ahead, reassign
from engine.assignments.members import Load, Member, loads, members, members_of
from engine.people.responsibility import responsible_group, responsible_group_id, responsible_groups

__all__ = [
    "Load",
    "Member",
    "begin",
    "end",
    "is_available_for",
    "loads",
    "members",
    "members_of",
    "read_ahead",
    "reassign",
    "responsible_group",
    "responsible_group_id",
    "responsible_groups",
]
