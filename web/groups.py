"""Groups: what they look after, who is in them and up to how many cases, and who supervises them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flask import Blueprint, make_response, render_template, request, url_for
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from engine import people
from engine.errors import DunflowError, Invalid
from engine.models import Group, Role, Stage, User
from engine.people import Scope, supervised_groups
from engine.people.responsibility import ANY
from engine.queries import case_list, people_list
from web.database import db
from web.forms import mistakes_of
from web.i18n import _l, error_message
from web.navigation import NavItem, Notice
from web.replies import done
from web.session import me, needs

blueprint = Blueprint("groups", __name__)

NAVIGATION = (
    NavItem(
        "groups.page",
        _l("Groups"),
        "users-group",
        frozenset({Role.ADMINISTRATOR}),
        _l("Administration"),
        order=81,
        pages=("groups.",),
    ),
    NavItem(
        "groups.team",
        _l("My team"),
        "users-group",
        frozenset({Role.SUPERVISOR}),
        _l("Collection"),
        order=60,
    ),
)


def _left_behind(session: Session, user: User) -> Iterable[Notice]:
    """Cases of people who can work none any more: only a supervisor can hand them on."""
    if not user.has_role(Role.SUPERVISOR):
        return
    for holder, cases in people_list.left_behind(session, user):
        yield Notice(
            ngettext(
                "%(name)s can work no cases any more and still holds %(num)s open case.",
                "%(name)s can work no cases any more and still holds %(num)s open cases.",
                cases,
                name=holder.name,
            ),
            "warning",
            url_for("dispatch.choose", act="hand_over", person=holder.id),
            gettext("Hand over"),
        )


NOTICES = (_left_behind,)


@blueprint.get("/groups")
@needs(Role.ADMINISTRATOR)
def page() -> str:
    """Every group."""
    return render_template("groups/page.html", groups=people_list.groups(db.session()))


@blueprint.get("/team")
@needs(Role.SUPERVISOR)
def team() -> str:
    """The people of the groups one supervises: what they hold, and when they are away."""
    session = db.session()
    ids = supervised_groups(me())
    members = people_list.members(session, ids)
    absences = people_list.absences(session, [each.user.id for rows in members.values() for each in rows])
    groups = [group for group in people_list.groups(session) if group.id in members]
    return render_template("groups/team.html", groups=groups, members=members, absences=absences)


@blueprint.get("/groups/new")
@needs(Role.ADMINISTRATOR)
def new() -> str:
    """The dialog for a new group."""
    return render_template("groups/new.html", values={}, errors={})


@blueprint.post("/groups")
@needs(Role.ADMINISTRATOR)
def create() -> Response:
    """Make a group that looks after nothing yet."""
    try:
        group = people.create_group(db.session(), request.form.get("name", ""), (), actor=me())
    except DunflowError as refused:
        errors = _errors(refused)
        db.session.rollback()
        return make_response(render_template("groups/new.html", values=request.form.to_dict(), errors=errors), 422)
    return done(to=url_for("groups.group", group_id=group.id))


@blueprint.get("/groups/<int:group_id>")
@needs(Role.ADMINISTRATOR)
def group(group_id: int) -> str:
    """One group."""
    session = db.session()
    return render_template(
        "groups/group.html",
        group=people_list.group(session, group_id),
        members=people_list.members(session, [group_id])[group_id],
        others=[(each.id, f"{each.name} ({each.login})") for each in people_list.others(session, group_id)],
        stages=list(Stage),
        products=[each.code for each in case_list.products(session)],
    )


@blueprint.post("/groups/<int:group_id>/name")
@needs(Role.ADMINISTRATOR)
def rename(group_id: int) -> Response:
    """Give it another name."""
    people.rename_group(db.session(), _group(group_id), request.form.get("name", ""), actor=me())
    return _back(group_id, gettext("Saved"))


@blueprint.post("/groups/<int:group_id>/active")
@needs(Role.ADMINISTRATOR)
def set_active(group_id: int) -> Response:
    """Let it look after its scopes, or not."""
    moved = people.set_active(db.session(), _group(group_id), bool(request.form.get("active")), actor=me())
    return _back(group_id, _moved(moved))


@blueprint.post("/groups/<int:group_id>/scopes")
@needs(Role.ADMINISTRATOR)
def add_scope(group_id: int) -> Response:
    """Add a stage, product and tier to what it looks after."""
    given = {name: request.form.get(name, "").strip() or ANY for name in ("product", "tier")}
    scope = Scope(request.form.get("stage", ""), **given)
    found = _group(group_id)
    return _back(group_id, _moved(people.set_scopes(db.session(), found, {*_scopes(found), scope}, actor=me())))


@blueprint.post("/groups/<int:group_id>/scopes/<int:scope_id>/remove")
@needs(Role.ADMINISTRATOR)
def remove_scope(group_id: int, scope_id: int) -> Response:
    """Take one away."""
    found = _group(group_id)
    kept = {Scope(each.stage, each.product, each.tier) for each in found.scopes if each.id != scope_id}
    return _back(group_id, _moved(people.set_scopes(db.session(), found, kept, actor=me())))


@blueprint.post("/groups/<int:group_id>/members")
@needs(Role.ADMINISTRATOR)
def set_member(group_id: int) -> Response:
    """Put somebody into the group, or change how they are in it."""
    sent = request.form
    user = people_list.person(db.session(), sent.get("user_id", 0, type=int))
    capacity = sent.get("capacity", "").strip()
    if capacity and not capacity.isdecimal():
        raise Invalid(field="capacity", reason="a whole number from 0, or empty for unlimited")
    people.set_member(
        db.session(),
        _group(group_id),
        user,
        actor=me(),
        capacity=int(capacity) if capacity else None,
        is_supervisor=sent.get("as") == "supervisor",
    )
    return _back(group_id, gettext("Saved"))


@blueprint.post("/groups/<int:group_id>/members/<int:user_id>/remove")
@needs(Role.ADMINISTRATOR)
def remove_member(group_id: int, user_id: int) -> Response:
    """Take somebody out; their cases stay with them until recalled or reassigned."""
    user = people_list.person(db.session(), user_id)
    people.remove_member(db.session(), _group(group_id), user, actor=me())
    return _back(group_id, gettext("%(name)s is no longer in the group.", name=user.name))


def _group(group_id: int) -> Group:
    return people_list.group(db.session(), group_id)


def _scopes(found: Group) -> set[Scope]:
    return {Scope(each.stage, each.product, each.tier) for each in found.scopes}


def _moved(cases: int) -> str:
    if not cases:
        return str(gettext("Saved"))
    return str(ngettext("Saved; %(num)s open case changed group", "Saved; %(num)s open cases changed group", cases))


def _back(group_id: int, words: str) -> Response:
    return done(words, to=url_for("groups.group", group_id=group_id))


def _errors(refused: DunflowError) -> Mapping[str, str]:
    try:
        return mistakes_of(refused)
    except DunflowError:
        return {"name": error_message(refused)}
