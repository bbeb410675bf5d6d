"""What can be wrong with asking for a dispatch."""

from __future__ import annotations

from engine.errors import Conflict, Invalid, NotPermitted


class NotADispatcher(NotPermitted):
    """Only supervisors of an active group dispatch cases."""


class NobodyNamed(Invalid):
    """Name the people who are to get the cases."""


class NothingToDispatch(Conflict):
    """None of these cases waits for dispatch and can be given to somebody."""


class NothingToMove(Conflict):
    """None of these cases can be given to somebody else."""


class NothingToRecall(Conflict):
    """None of these cases can be recalled."""


class NoReason(Invalid):
    """Say why these cases are recalled."""


class NotGivenBack(Conflict):
    """Batch {batch} is no hand-over that was carried out: nothing of it can be given back."""


class NotUndoable(Conflict):
    """Batch {batch} is {status} and cannot be undone now."""


class RuleOutOfScope(NotPermitted):
    """A standing rule is set by a manager, or by a supervisor whose group looks after all that it covers."""
