"""A collector's queue: what is ready, in its order."""

from __future__ import annotations

from sqlalchemy.orm import Session

from engine import clock
from engine.desk.candidates import candidates
from engine.desk.hours import hours
from engine.desk.order import Ranked, order
from engine.models import User


def queue(session: Session, user: User) -> list[Ranked]:
    """This person's ready cases in their order."""
    return order(candidates(session, user), clock.now(), hours(session))


def why(session: Session, user: User, case_id: int) -> Ranked | None:
    """Why this case is in the person's queue; None where it is not."""
    found = order(candidates(session, user, case_id), clock.now(), hours(session))
    return found[0] if found else None


def next_case(session: Session, user: User, *, leaving: int | None = None) -> Ranked | None:
    """The most urgent case, None where nothing is left; the one they leave comes last."""
    waiting = sorted(queue(session, user), key=lambda each: each.case.case_id == leaving)
    return waiting[0] if waiting else None
