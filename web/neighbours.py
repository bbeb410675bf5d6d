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
    """A list of cases: `ids` gives them in order, for the filters of the present address; `url` leads back to it."""

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
    previous_url: str | None
    next_url: str | None


def contribute(app: Flask, modules: Iterable[object]) -> None:
    """Collect `LISTS` of the page modules: name in the address -> list."""
    app.extensions[EXTENSION] = {
        name: each for module in modules for name, each in getattr(module, "LISTS", {}).items()
    }


def case_url(case_no: str, within: str = "", **state: Any) -> str:
    """The address of a case opened from a list; `state` is the list's own (`Listing.url` shows which)."""
    kept = {name: value for name, value in state.items() if value not in (None, "", [])}
    return url_for("case.page", case_no=case_no, **({WITHIN: within} | kept if within else {}))


def state() -> dict[str, Any]:
    """The list's state as the present address carries it: for links and forms that must keep it."""
    return request.args.to_dict(flat=False) if WITHIN in request.args else {}


def link(endpoint: str, **values: Any) -> str:
    """An address that keeps the list's state."""
    return url_for(endpoint, **{**state(), **values})


def around(session: Session, user: User, case: Case, *, otherwise: str = "") -> Around | None:
    """The neighbours of a case in the list it was opened from, or in the one named `otherwise`; None without a list."""
    known: Mapping[str, CaseList] = current_app.extensions[EXTENSION]
    name = request.args.get(WITHIN, otherwise)
    found = known.get(name)
    if found is None:
        return None
    ids = list(found.ids(session, user))
    at = ids.index(case.id) if case.id in ids else -1
    before = ids[at - 1] if at > 0 else 0
    after = ids[at + 1] if at + 1 < len(ids) else 0  # of a case that has left: the first
    urls = _urls(session, [each for each in (before, after) if each], state() or {WITHIN: name})
    return Around(str(found.label), found.url(), at + 1, len(ids), urls.get(before), urls.get(after))


def _urls(session: Session, ids: Sequence[int], kept: Mapping[str, Any]) -> dict[int, str]:
    found = session.scalars(select(Case).where(Case.id.in_(ids))) if ids else ()
    return {each.id: url_for("case.page", case_no=each.case_no, **kept) for each in found}
