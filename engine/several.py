"""One act on several cases: each succeeds or is refused by itself, within the caller's transaction."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case as choose
from sqlalchemy import false, or_, select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from engine import acts, rights
from engine.assignments.refusals import OutOfScope
from engine.errors import DunflowError, Invalid
from engine.flow import instance as flow
from engine.flow import kernel as kernels
from engine.models import Case, Customer, Subscription, User
from engine.people.scope import supervised_cases
from engine.requests import SuspendedOtherwise, refuse_same_reason

MOST = 200  # at once; an act may cost some milliseconds, and all of them are one transaction
_log = logging.getLogger(__name__)


class TooMany(Invalid):
    """At most {most} cases can be changed at once; {chosen} are chosen."""


@dataclass(frozen=True)
class Result:
    """What came of one case: `refusal` is empty where it worked, `failed` where a diagram or the system erred."""

    case_id: int
    case_no: str
    refusal: DunflowError | None = None
    failed: bool = False

    @property
    def is_done(self) -> bool:
        """Whether it worked."""
        return self.refusal is None and not self.failed


def suspend(
    session: Session, actor: User, case_ids: Iterable[int], *, reason: str, note: str, review_on: dt.date | None = None
) -> list[Result]:
    """A supervisor suspends these. Raises TooMany, and Invalid for a reason or date that will do for none of them.

    One that is suspended is left as it is: many reasons are not to be replaced by one at a stroke.
    """

    def one(case: Case) -> None:
        refuse_same_reason(session, case, reason)
        if case.suspension_id is not None:
            raise SuspendedOtherwise(case=case.case_no)
        acts.suspend(session, case, reason=reason, note=note, review_on=review_on, actor_id=actor.id)

    return _each(session, actor, case_ids, "suspend", one)


def resume(session: Session, actor: User, case_ids: Iterable[int], *, note: str = "") -> list[Result]:
    """A supervisor resumes these. Raises TooMany."""
    return _each(
        session, actor, case_ids, "resume", lambda case: acts.resume(session, case, note=note, actor_id=actor.id)
    )


def _each(
    session: Session, actor: User, case_ids: Iterable[int], act: str, carry_out: Callable[[Case], Any]
) -> list[Result]:
    """Locks the customers in order of id, then does one case after the other, each in a savepoint."""
    chosen = sorted(set(case_ids))
    if len(chosen) > MOST:
        raise TooMany(field="ids", most=MOST, chosen=len(chosen))
    found = _found(session, actor, chosen)
    kernels.of(session).domain.lock(session, sorted({row.customer_id for row in found.values() if row.mine}))
    messages = _messages(session, chosen)

    def one(case_id: int) -> Result:
        def checked(case: Case, customer: Customer) -> None:
            heard = frozenset(messages.get(case_id, ()))
            rights.require(rights.Standing(actor, case, customer, bool(found[case_id].mine), heard), act)
            carry_out(case)

        return _one(session, found[case_id], checked)

    return [one(case_id) for case_id in chosen if case_id in found]


def _found(session: Session, actor: User, case_ids: Sequence[int]) -> dict[int, Any]:
    """The cases there are, and whether this person supervises them."""
    mine = choose((or_(false(), *supervised_cases(actor)), 1), else_=0).label("mine")
    rows = session.execute(select(Case.id, Case.customer_id, Case.stage, mine).where(Case.id.in_(case_ids)))
    return {row.id: row for row in rows}


def _messages(session: Session, case_ids: Sequence[int]) -> dict[int, set[str]]:
    """Which messages the cases' diagrams wait for."""
    query = select(Case.id, Subscription.message).join(Case, Case.instance_id == Subscription.instance_id)
    found: dict[int, set[str]] = {}
    for case_id, message in session.execute(query.where(Case.id.in_(case_ids))):
        found.setdefault(case_id, set()).add(message)
    return found


def _one(session: Session, row: Any, act: Callable[[Case, Customer], Any]) -> Result:
    case_no = Case(id=row.id, stage=row.stage).case_no
    if not row.mine:
        return Result(row.id, case_no, OutOfScope(case=case_no))
    try:
        with session.begin_nested():
            case = session.get_one(Case, row.id, populate_existing=True)
            act(case, session.get_one(Customer, row.customer_id, populate_existing=True))
    except (OperationalError, InterfaceError, Invalid):
        raise
    except Exception as error:
        flow.discard(session)
        if isinstance(error, DunflowError) and not _is_failure(error):
            return Result(row.id, case_no, error)
        _log.exception("case %s", case_no)
        return Result(row.id, case_no, failed=True)
    return Result(row.id, case_no)


def _is_failure(error: DunflowError) -> bool:
    """Whether it is an error of a diagram or of ours, rather than a refusal of what was asked."""
    return error.status >= acts.SERVER_ERROR or type(error).__module__.startswith("engine.flow.")


def done(results: Sequence[Result]) -> int:
    """How many worked."""
    return sum(each.is_done for each in results)
