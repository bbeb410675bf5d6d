"""The columns of lists: what each list offers, what the person has of it, and the dialog that changes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Flask, current_app, render_template, request
from flask_babel import LazyString, gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from engine import lists
from engine.errors import NotFound, NotPermitted
from engine.lists import LEAST_WIDTH, MOST_WIDTH, ColumnWanted
from engine.models import Group, Role, User
from web.database import db
from web.listing import Column
from web.replies import done
from web.session import me, needs

blueprint = Blueprint("columns", __name__, url_prefix="/lists")

EXTENSION = "dunflow-columns"
Answer = Response | str | tuple[str, int]


@dataclass(frozen=True)
class Offer:
    """What a list can show: all its columns in their usual order, those shown when nobody chose, and who sees the list.

    Columns that are `fixed` stand in every choice: the first where it is, buttons at the end.
    """

    name: str
    label: LazyString
    columns: tuple[Column, ...]
    usual: tuple[str, ...]
    roles: tuple[str, ...]

    def shown(self, wanted: Sequence[ColumnWanted]) -> tuple[Column, ...]:
        """The columns wanted, in order; what this version does not know is passed over."""
        known = {each.key: each for each in self.columns if not each.fixed}
        widths = {each.key: each.width for each in wanted}
        sized = [replace(each, width=widths.get(each.key, 0)) for each in self.columns if each.fixed]
        chosen = [replace(known[each.key], width=each.width) for each in wanted if each.key in known]
        return (
            *(each for each in sized if each.first),
            *dict.fromkeys(chosen),
            *(each for each in sized if not each.first),
        )

    @property
    def usually(self) -> tuple[ColumnWanted, ...]:
        """What is shown when nobody chose."""
        return tuple(ColumnWanted(key) for key in self.usual)


def contribute(app: Flask, modules: Iterable[object]) -> None:
    """Collect `OFFERS` of the page modules by name."""
    app.extensions[EXTENSION] = {each.name: each for module in modules for each in getattr(module, "OFFERS", ())}


def chosen(session: Session, user: User, offer: Offer, *, also: Sequence[str] = ()) -> tuple[Column, ...]:
    """The columns this person has in the list; `also` are shown in any case, at the end."""
    found = lists.columns_of(session, user, offer.name)
    wanted = found.columns if found else offer.usually
    known = {each.key for each in wanted}
    return offer.shown((*wanted, *(ColumnWanted(key) for key in also if key not in known)))


@blueprint.get("/<name>/columns")
@needs(*Role)
def dialog(name: str) -> str:
    """What this person has, in a dialog to change it."""
    offer = _offer(name)
    session, user = db.session(), me()
    found = lists.columns_of(session, user, name)
    if not user.has_role(*offer.roles):  # a supervisor looks after their collectors' list
        teams = lists.teams_of(session, user)
        wanted = (lists.team_columns(session, teams[0].id, name) if teams else None) or offer.usually
    else:
        wanted = found.columns if found else offer.usually
    return _render(offer, wanted, is_own=bool(found and found.is_own))


@blueprint.post("/<name>/columns")
@needs(*Role)
def choose(name: str) -> Answer:
    """Keep what the dialog says: for oneself, or as the default of a team; or forget it."""
    offer = _offer(name)
    session, user = db.session(), me()
    act = request.form.get("act", "apply")
    if act in ("reset", "apply") and not user.has_role(*offer.roles):
        raise NotPermitted(act="open this page", reason="it is for other roles")
    if act == "reset":
        lists.forget_columns(session, user, name)
        return done(gettext("You have your team's columns again"), columns_changed=True)
    wanted, wrong = _read()
    if wrong:
        return _render(offer, wanted, wrong=wrong), 422
    if act == "apply":
        lists.choose_columns(session, user, name, wanted)
        return done(gettext("Your columns are kept"), columns_changed=True)
    return _for_team(session, user, name, wanted, is_usual=act == "team_usual")


@blueprint.post("/<name>/widths")
@needs(*Role)
def widen(name: str) -> Response:
    """Keep the width that a column was drawn to; 0 is as wide as needed."""
    offer = _offer(name)
    session, user = db.session(), me()
    if not user.has_role(*offer.roles):
        raise NotPermitted(act="open this page", reason="it is for other roles")
    key, width = request.form.get("key", ""), request.form.get("width", 0, type=int)
    width = min(max(width, LEAST_WIDTH), MOST_WIDTH) if width > 0 else 0
    found = lists.columns_of(session, user, name)
    had = {each.key: each for each in (found.columns if found else offer.usually)}
    if key in {each.key for each in offer.columns}:
        lists.choose_columns(session, user, name, tuple((had | {key: ColumnWanted(key, width)}).values()))
    return Response(status=204)


def _for_team(session: Session, user: User, name: str, wanted: Sequence[ColumnWanted], *, is_usual: bool) -> Response:
    group_id = request.form.get("group", 0, type=int)
    if is_usual:
        group = lists.forget_team_columns(session, user, group_id, name)
        return done(gettext("%(group)s has the usual columns again", group=group.name), columns_changed=True)
    group = lists.choose_team_columns(session, user, group_id, name, wanted)
    return done(gettext("These are the columns of %(group)s now", group=group.name), columns_changed=True)


def _offer(name: str) -> Offer:
    """The list's offer, for whoever sees the list or looks after a team that does. Raises NotFound, NotPermitted."""
    known: Mapping[str, Offer] = current_app.extensions[EXTENSION]
    if name not in known:
        raise NotFound(what="list", key=name)
    if not me().has_role(*known[name].roles, Role.SUPERVISOR):
        raise NotPermitted(act="open this page", reason="it is for other roles")
    return known[name]


def _read() -> tuple[tuple[ColumnWanted, ...], dict[str, str]]:
    """What the dialog was sent with, and what is wrong by column."""
    wanted, wrong = [], {}
    for key in request.form.getlist("column")[: lists.MOST_COLUMNS]:
        given = request.form.get(f"width-{key}", "").strip()
        is_right = not given or (given.isdecimal() and LEAST_WIDTH <= int(given[:9]) <= MOST_WIDTH)
        if not is_right:
            words = gettext("A width is from %(least)s to %(most)s, or empty", least=LEAST_WIDTH, most=MOST_WIDTH)
            wrong[key] = str(words)
        wanted.append(ColumnWanted(key, int(given) if given and is_right else 0))
    return tuple(wanted), wrong


def _render(
    offer: Offer, wanted: Sequence[ColumnWanted], *, is_own: bool = False, wrong: Mapping[str, str] | None = None
) -> str:
    user = me()
    shown = [each for each in offer.shown(wanted) if not each.fixed]
    keys = {each.key for each in shown}
    groups: Sequence[Group] = lists.teams_of(db.session(), user)
    values: dict[str, Any] = {each.key: request.form.get(f"width-{each.key}", each.width or "") for each in shown}
    others: Mapping[str, Offer] = current_app.extensions[EXTENSION]
    return render_template(
        "lists/columns.html",
        offer=offer,
        shown=shown,
        others=[each for each in offer.columns if not each.fixed and each.key not in keys],
        widths=values,
        wrong=wrong or {},
        groups=groups,
        is_mine=user.has_role(*offer.roles),
        is_own=is_own,
        beside=[each for each in others.values() if each.name != offer.name] if groups else [],
    )
