"""Why somebody cannot be given a case, or have it taken over."""

from __future__ import annotations

from engine.errors import Conflict, DunflowError, NotPermitted


class AlreadyAssigned(Conflict):
    """Case {case} has a collector already."""


class NothingToReassign(Conflict):
    """Case {case} has no collector: it is closed, parked or waits for dispatch."""


class SamePerson(Conflict):
    """{name} has case {case} already."""


class WithSomebodyElse(Conflict):
    """Case {case} is with somebody else by now."""


class CannotTake(DunflowError):
    """{name} cannot be given case {case}."""

    status = 409


class NotInGroup(CannotTake):
    """{name} is no active member of the group that looks after case {case}."""


class IsAbsent(CannotTake):
    """{name} is absent today and cannot be given case {case}."""


class IsFull(CannotTake):
    """{name} has as many cases as they can have and cannot be given case {case}."""


class NoGroup(CannotTake):
    """No group looks after case {case}: its product and tier are in no group's scopes."""


class OutOfScope(NotPermitted):
    """Case {case} is not one of your groups'."""
