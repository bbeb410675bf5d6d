"""Saved views of lists: the menu with their counts, saving what is looked at, and looking after what was saved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask import Blueprint, Flask, current_app, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from engine import lists, saved_views
from engine.errors import Invalid, NotFound, NotPermitted
from engine.models import Role, SavedView, User
from web.columns import Offer
from web.database import db
from web.errors import present
from web.replies import done
from web.session import me, needs

blueprint = Blueprint("views", __name__, url_prefix="/lists")

EXTENSION = "dunflow-views"
Answer = Response | str | tuple[str, int]
Query = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Viewed:
    """A list whose views are saved: what of its address belongs to a view, and how many cases match each of some."""

    offer: Offer
    endpoint: str
    names: tuple[str, ...]  # parameters of the address, the sort order among them
    count: Callable[[Session, User, Sequence[MultiDict[str, str]]], list[int]]

    def query(self) -> dict[str, list[str]]:
        """The view that the present address asks for."""
        return self._of(request.args.to_dict(flat=False))

    def looked_at(self) -> dict[str, list[str]]:
        """The view that the page shows by now: searching and sorting move its address, not what stands around them."""
        address = request.headers.get("HX-Current-URL", "")
        return self._of(parse_qs(urlsplit(address).query)) if address else self.query()

    def _of(self, given: Query) -> dict[str, list[str]]:
        return {name: list(given[name]) for name in self.names if any(given.get(name, ()))}

    def url(self, query: Query) -> str:
        """The list as this view has it; parameters of another version are left out."""
        kept: dict[str, Any] = {name: list(query[name]) for name in self.names if name in query}
        return url_for(self.endpoint, **kept)


@dataclass(frozen=True)
class Shown:
    """A view in the menu."""

    view: SavedView
    url: str
    count: int
    is_present: bool


def contribute(app: Flask, modules: Iterable[object]) -> None:
    """Collect `VIEWED` of the page modules by the list's name."""
    found = [each for module in modules for each in getattr(module, "VIEWED", ())]
    app.extensions[EXTENSION] = {each.offer.name: each for each in found}


@blueprint.get("/<list_name>/views")
@needs(*Role)
def menu(list_name: str) -> str:
    """What one can choose from, counted; in one statement for all of them."""
    viewed, session, user = _viewed(list_name), db.session(), me()
    found = saved_views.views_of(session, user, list_name)
    counts = viewed.count(session, user, [_parameters(viewed, each) for each in found]) if found else []
    query = viewed.looked_at()
    shown = [
        Shown(view, viewed.url(view.query), count, _bare(view.query) == _bare(query))
        for view, count in zip(found, counts, strict=True)
    ]
    own = [each for each in shown if each.view.owner_id == user.id]
    return render_template(
        "lists/views.html",
        viewed=viewed,
        own=own,
        shared=[each for each in shown if each.view.owner_id != user.id],
        query=query,
        may_change=any(saved_views.may_change(user, each) for each in found),
    )


@blueprint.get("/<list_name>/views/new")
@needs(*Role)
def new(list_name: str) -> str:
    """The dialog that saves what the address shows."""
    return _new(_viewed(list_name))


@blueprint.post("/<list_name>/views")
@needs(*Role)
def save(list_name: str) -> Answer:
    """Keep what the address shows under a name."""
    viewed = _viewed(list_name)
    group_id = request.form.get("group", "")
    try:
        view = saved_views.save(
            db.session(),
            me(),
            list_name,
            request.form.get("name", ""),
            viewed.query(),
            group_id=int(group_id) if group_id.isdecimal() else None,
            for_all=group_id == "all",
        )
    except Invalid as error:
        return _new(viewed, error), 422
    return done(gettext('The view "%(name)s" is saved', name=view.name))


@blueprint.get("/<list_name>/views/manage")
@needs(*Role)
def manage(list_name: str) -> str:
    """The dialog that renames, orders and deletes."""
    return _manage(_viewed(list_name))


@blueprint.post("/<list_name>/views/<int:view_id>")
@needs(*Role)
def change(list_name: str, view_id: int) -> Answer:
    """Rename, move, delete or restore one view; the dialog follows."""
    viewed, session, user = _viewed(list_name), db.session(), me()
    act = request.form.get("act", "")
    try:
        if act == "rename":
            saved_views.rename(session, user, view_id, request.form.get("name", ""))
        elif act in ("up", "down"):
            saved_views.move(session, user, view_id, -1 if act == "up" else 1)
        elif act == "restore":
            saved_views.restore(session, user, view_id)
        elif act == "delete":
            return _manage(viewed, deleted=saved_views.delete(session, user, view_id))
    except Invalid as error:
        return _manage(viewed, wrong={view_id: present(error).what}), 422
    return _manage(viewed, moved=(view_id, act))


def _viewed(name: str) -> Viewed:
    known: Mapping[str, Viewed] = current_app.extensions[EXTENSION]
    if name not in known:
        raise NotFound(what="list", key=name)
    if not me().has_role(*known[name].offer.roles):
        raise NotPermitted(act="open this page", reason="it is for other roles")
    return known[name]


def _parameters(viewed: Viewed, view: SavedView) -> MultiDict[str, str]:
    return MultiDict((name, str(value)) for name in viewed.names for value in view.query.get(name, ()))


def _bare(query: Query) -> dict[str, list[str]]:
    """Without the order, by which two addresses of one view may differ."""
    return {name: sorted(values) for name, values in query.items() if name != "sort"}


def _new(viewed: Viewed, error: Invalid | None = None) -> str:
    user = me()
    return render_template(
        "lists/view_new.html",
        viewed=viewed,
        query=viewed.query(),
        groups=lists.teams_of(db.session(), user),
        for_all=user.has_role(Role.MANAGER),
        error=present(error).what if error else "",
    )


def _manage(
    viewed: Viewed,
    *,
    deleted: SavedView | None = None,
    wrong: Mapping[int, str] | None = None,
    moved: tuple[int, str] = (0, ""),
) -> str:
    session, user = db.session(), me()
    found = [
        each for each in saved_views.views_of(session, user, viewed.offer.name) if saved_views.may_change(user, each)
    ]
    given: dict[str, Any] = {"views": found, "deleted": deleted, "wrong": wrong or {}, "moved": moved}
    return render_template("lists/views_manage.html", viewed=viewed, me=user, **given)
