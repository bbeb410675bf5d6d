"""Going from one case to the next within the list one came from; the list's whole state is in the case's address."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, request, url_for
from flask_babel import LazyString
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.models import Case, User

EXTENSION = "dunflow-lists"
WITHIN = "within"


@dataclass(frozen=True)
class CaseList:
    """A list of cases. `ids` gives them in its order, for the filters of the present address; `url` leads back to it."""

    label: LazyString
    ids: Callable[[Session, User], Sequence[int]]
    url: Callable[[], str]


@dataclass(frozen=True)
class Around:
    """Where a case stands in its list: `position` counts from 1, 0 where it has left the list."""

    label: str
    url: str
    position: int
    total: int
    previous: str | None
    next: str | None


def contribute(app: Flask, modules: Iterable[object]) -> None:
    """Collect `LISTS` of the page modules: name in the address -> list."""
    app.extensions[EXTENSION] = {
        name: each for module in modules for name, each in getattr(module, "LISTS", {}).items()
    }


def case_url(case_no: str, within: str = "", **state: Any) -> str:
    """The address of a case opened from a list; `state` is the list's own (`Listing.url` shows which)."""
    kept = {name: value for name, value in state.items() if value not in (None, "", [])}
    return url_for("case.page", case_no=case_no, **({WITHIN: within} | kept if within else {}))


def same_list(case_no: str) -> str:
    """The address of another case, opened from the same list as the present one."""
    return url_for("case.page", case_no=case_no, **_state())


def state() -> dict[str, Any]:
    """The list's state as the present address carries it: for links and forms that must keep it."""
    return _state()


def around(session: Session, user: User, case: Case) -> Around | None:
    """The neighbours of a case in the list it was opened from; None when it was opened by itself."""
    known: Mapping[str, CaseList] = current_app.extensions[EXTENSION]
    found = known.get(request.args.get(WITHIN, ""))
    if found is None:
        return None
    ids = list(found.ids(session, user))
    at = ids.index(case.id) if case.id in ids else -1
    before = ids[at - 1] if at > 0 else None
    after = ids[at + 1] if at + 1 < len(ids) else None  # of a case that has left: the first
    numbers = _numbers(session, [each for each in (before, after) if each is not None])
    return Around(
        str(found.label), found.url(), at + 1, len(ids), numbers.get(before or 0), numbers.get(after or 0)
    )


def _numbers(session: Session, ids: Sequence[int]) -> dict[int, str]:
    return {each.id: each.case_no for each in session.scalars(select(Case).where(Case.id.in_(ids)))} if ids else {}


def _state() -> dict[str, Any]:
    return request.args.to_dict(flat=False) if WITHIN in request.args else {}
