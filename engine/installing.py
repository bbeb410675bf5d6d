"""What an installation needs before anybody can work: tables, the first release of diagrams, an administrator."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import people, releases, schema
from engine.errors import DunflowError
from engine.flow import checks
from engine.models import Customer, DemoClock, Release, User
from engine.people import passwords
from engine.wiring import Dunflow


class DiagramsMissing(DunflowError):
    """The diagrams that come with the program are missing; install it again."""


class DatabaseIsDemo(DunflowError):
    """The database holds the demonstration; start it with `dunflow demo`, or name another in DUNFLOW_DATABASE_URL."""


class DatabaseIsReal(DunflowError):
    """The database is no demonstration; take another folder (`dunflow demo --data FOLDER`) or DUNFLOW_DATABASE_URL."""


def prepare(dunflow: Dunflow) -> bool:
    """Bring tables up to date and publish the packaged diagrams where nothing is published. Whether it was new.

    Raises DatabaseIsDemo, and what `schema.upgrade` raises.
    """
    schema.upgrade(dunflow.engine)
    with dunflow.business_time(), dunflow.writing() as session:
        if is_demo(session) and not dunflow.settings.is_demo:
            raise DatabaseIsDemo
        return publish_packaged(session) is not None


def publish_packaged(session: Session) -> int | None:
    """The packaged diagrams as the first release; nothing where there is any release already. Gives its id."""
    if session.scalar(select(func.count(Release.id))):
        return None
    release = releases.draft(session, checks.release_files(diagrams()), note="As delivered", by_id=None)
    releases.publish(session, release, by_id=None)
    return release.id


def diagrams() -> Path:
    """The folder of the diagrams that come with the program. Raises DiagramsMissing."""
    found = importlib.util.find_spec("bpmn")
    places = list(found.submodule_search_locations or ()) if found else []
    for place in (*places, str(Path(__file__).resolve().parent.parent / "bpmn")):
        if (Path(place) / "collection.bpmn").is_file():
            return Path(place)
    raise DiagramsMissing


def is_demo(session: Session) -> bool:
    """Whether the database holds the demonstration."""
    return session.scalar(select(DemoClock.id)) is not None


def is_in_use(session: Session) -> bool:
    """Whether anybody or anything is in the database."""
    return any(session.scalar(select(column).limit(1)) is not None for column in (User.id, Customer.id, Release.id))


def first_administrator(session: Session, login: str, password: str | None, *, locale: str = "en") -> str | None:
    """The administrator of a new installation; without a password, one for the first sign-in is made and given back."""
    made = None if password else passwords.temporary()
    user = people.create_first_administrator(session, login, login, password or str(made), locale=locale)
    user.must_change_password = made is not None
    session.flush()
    return made
