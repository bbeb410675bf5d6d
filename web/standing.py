"""Standing rules: what is dispatched by itself, daily, and how."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, make_response, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from engine import dispatch
from engine.errors import DunflowError, NotFound
from engine.models import Role, StandingRule
from engine.people.responsibility import ANY
from engine.queries import case_list, dispatching
from web.database import db
from web.filters import product_names
from web.forms import mistakes_of
from web.i18n import _l
from web.listing import Column
from web.replies import done
from web.session import me, needs

blueprint = Blueprint("standing", __name__, url_prefix="/dispatch/rules")

COLUMNS = (
    Column("stage", _l("Stage"), "tag", label_kind="stage"),
    Column("product", _l("Product")),
    Column("tier", _l("Tier")),
    Column("method", _l("Method")),
    Column("hour", _l("At"), "number"),
    Column("last_run_on", _l("Last run"), "date"),
    Column("by", _l("Changed by")),
    Column("active", _l("State")),
    Column("actions", ""),
)
DEFAULTS = {"stage": "collection", "product": ANY, "tier": ANY, "method": "evenly", "hour": "8", "active": "true"}


@blueprint.get("")
@needs(Role.SUPERVISOR, Role.MANAGER)
def page() -> str:
    """Every rule."""
    return render_template("dispatch/rules.html", columns=COLUMNS, rows=dispatching.rules(db.session()))


@blueprint.get("/edit")
@needs(Role.SUPERVISOR, Role.MANAGER)
def edit() -> str:
    """The dialog for a new rule, or for one that there is."""
    rule_id = request.args.get("rule", type=int)
    rule = db.session().get(StandingRule, rule_id) if rule_id is not None else None
    if rule_id is not None and rule is None:
        raise NotFound(what="standing rule", key=rule_id)
    values = DEFAULTS if rule is None else _values(rule)
    return _dialog(values, {}, is_new=rule is None)


@blueprint.post("")
@needs(Role.SUPERVISOR, Role.MANAGER)
def save() -> Response:
    """Set the rule of a stage, product and tier."""
    sent = request.form
    try:
        dispatch.set_rule(
            db.session(),
            actor=me(),
            stage=sent.get("stage", ""),
            product=sent.get("product", ANY) or ANY,
            tier=sent.get("tier", ANY) or ANY,
            method=sent.get("method", ""),
            hour=sent.get("hour", -1, type=int),
            active=bool(sent.get("active")),
        )
    except DunflowError as refused:
        mistakes = mistakes_of(refused)
        db.session.rollback()
        return make_response(_dialog(sent.to_dict(), mistakes, is_new=True), 422)
    return done(gettext("The rule is set."), rules_changed=True)


def _values(rule: StandingRule) -> dict[str, str]:
    given = {name: str(getattr(rule, name)) for name in ("stage", "product", "tier", "method", "hour")}
    return given | {"active": "true" if rule.active else ""}


def _dialog(values: Mapping[str, str], errors: Mapping[str, str], *, is_new: bool) -> str:
    session = db.session()
    return render_template(
        "dispatch/rule.html",
        values=values,
        errors=errors,
        is_new=is_new,
        products=list(product_names().items()),
        tiers=[(tier, tier) for tier in case_list.tiers(session, me())],
    )
