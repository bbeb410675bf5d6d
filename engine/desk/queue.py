"""A collector's queue: what is ready, in its order; the first that nobody else has open is theirs to work."""

from __future__ import annotations

from sqlalchemy.orm import Session

from engine import clock
from engine.desk.candidates import candidates
from engine.desk.hours import hours
from engine.desk.leases import held, release, take
from engine.desk.order import Ranked, order
from engine.models import User


def queue(session: Session, user: User) -> list[Ranked]:
    """This person's ready cases in their order, without those that somebody else has open."""
    ranked = order(candidates(session, user), clock.now(), hours(session))
    taken = held(session, [each.case.case_id for each in ranked], besides=user.id)
    return [each for each in ranked if each.case.case_id not in taken]


def why(session: Session, user: User, case_id: int) -> Ranked | None:
    """Why this case is in the person's queue; None where it is not."""
    found = order(candidates(session, user, case_id), clock.now(), hours(session))
    return found[0] if found else None


def next_case(session: Session, user: User, *, leaving: int | None = None) -> Ranked | None:
    """The most urgent case nobody else has open, leased to this person; None where nothing is left.

    The lease of the case they leave is given back, and that case comes up again only when it is the only one.
    """
    if leaving is not None:
        release(session, leaving, user.id)
    waiting = queue(session, user)
    waiting.sort(key=lambda each: each.case.case_id == leaving)
    return next((each for each in waiting if take(session, each.case.case_id, user.id)), None)
