"""What a person may do to a case now: by role, by scope, and by what its diagram waits for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.assignments.refusals import NothingToReassign
from engine.errors import DunflowError, NotPermitted, NotWaiting
from engine.lifecycle.suspending import CustomerBlocked
from engine.models import Case, Customer, Role, Status, User
from engine.requests import AlreadyAsked, CaseIsClosed


class NotYourCase(NotPermitted):
    """Only the case's collector may do this."""


class NotYourGroup(NotPermitted):
    """Only a supervisor of the case's group may do this."""


class OnlyCompliance(NotPermitted):
    """Only compliance may do this."""


class OnlyManager(NotPermitted):
    """Only a manager may do this."""


class NotNow(NotWaiting):
    """Case {case} does not wait for this where it stands now."""


class NotBlocked(NotWaiting):
    """The customer is not blocked."""


@dataclass(frozen=True)
class Standing:
    """A person before a case: `supervises` its group, and the case's diagram waits for these `messages`."""

    user: User
    case: Case
    customer: Customer
    supervises: bool
    messages: frozenset[str]
    is_asked: bool = False  # a suspension request is open

    @property
    def is_own(self) -> bool:
        """Whether this person is the case's collector."""
        return self.user.has_role(Role.COLLECTOR) and self.case.collector_id == self.user.id

    @property
    def is_stopped(self) -> bool:
        """Whether nobody may contact the customer."""
        return self.case.status == Status.SUSPENDED or self.customer.block_reason is not None


Check = Callable[[Standing], DunflowError | None]


def keeps(standing: Standing) -> frozenset[str]:
    """What this person may note about the customer now: keys of `KEEPING`."""
    return frozenset(act for act, check in KEEPING.items() if check(standing) is None)


def offered(standing: Standing) -> frozenset[str]:
    """The acts this person may do now: keys of `ACTS`."""
    return frozenset(act for act, check in ACTS.items() if check(standing) is None)


def require(standing: Standing, act: str) -> None:
    """Raises what stands against the act: NotPermitted, or NotWaiting and Conflict where it is not the time for it."""
    refusal = {**ACTS, **KEEPING}[act](standing)
    if refusal is not None:
        raise refusal


def _waited(standing: Standing, message: str) -> DunflowError | None:
    if standing.case.closed_at is not None:
        return CaseIsClosed(case=standing.case.case_no)
    return None if message in standing.messages else NotNow(case=standing.case.case_no)


def _own(message: str) -> Check:
    return lambda standing: _waited(standing, message) if standing.is_own else NotYourCase()


def _supervised(message: str) -> Check:
    return lambda standing: _waited(standing, message) if standing.supervises else NotYourGroup()


def _works(standing: Standing) -> DunflowError | None:
    """Collector of the case or supervisor of its group, while it is open."""
    if not (standing.is_own or standing.supervises):
        return NotYourCase()
    return CaseIsClosed(case=standing.case.case_no) if standing.case.closed_at is not None else None


def _ask_suspension(standing: Standing) -> DunflowError | None:
    refusal = _own("suspend")(standing)
    if refusal is None and standing.is_asked:
        return AlreadyAsked(kind="suspension", case=standing.case.case_no)
    return refusal


def _resume(standing: Standing) -> DunflowError | None:
    refusal = _supervised("resume")(standing)
    if refusal is None and standing.customer.block_reason is not None:
        return CustomerBlocked(reason=standing.customer.block_reason)
    return refusal


def _reassign(standing: Standing) -> DunflowError | None:
    if not standing.supervises:
        return NotYourGroup()
    return NothingToReassign(case=standing.case.case_no) if standing.case.collector_id is None else None


def _close(standing: Standing) -> DunflowError | None:
    return _waited(standing, "close") if standing.user.has_role(Role.MANAGER) else OnlyManager()


def _lift_block(standing: Standing) -> DunflowError | None:
    if not standing.user.has_role(Role.COMPLIANCE):
        return OnlyCompliance()
    return NotBlocked() if standing.customer.block_reason is None else None


ACTS: Mapping[str, Check] = {
    "take_up": _own("take_up"),
    "ask_suspension": _ask_suspension,
    "suspend": _supervised("suspend"),
    "resume": _resume,
    "recall": _supervised("recall"),
    "reassign": _reassign,
    "lift_block": _lift_block,
    "close": _close,
}


def _supervises(standing: Standing) -> DunflowError | None:
    return None if standing.supervises else NotYourGroup()


KEEPING: Mapping[str, Check] = {"edit_contacts": _works, "add_files": _works, "delete_files": _supervises}
"""What is noted about the customer, whatever the diagram waits for."""
