"""Contacts on the case page: the card, adding one, and giving one another standing."""

from __future__ import annotations

from typing import Any

from flask import make_response, render_template, request
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from engine import contact, contacts, rights
from engine.contacts import KINDS, RELATIONS, Added, NewContact
from engine.errors import Conflict, Invalid, NotFound
from engine.models import Contact
from web.case.blueprint import READERS, blueprint
from web.case.choices import contact_words
from web.case.opening import View, open_locked, open_view
from web.database import db
from web.forms import mistakes_of
from web.i18n import error_message
from web.labels import label
from web.replies import done
from web.session import needs

ACT = "edit_contacts"


@blueprint.get("/contacts")
@needs(*READERS)
def contact_card(case_no: str) -> str:
    """The card as it is now."""
    view = open_view(case_no)
    known = contact.contacts(view.session, view.opened.customer)
    return render_template(
        "case/contacts.html", view=view, case=view.case, customer=view.opened.customer, contacts=known
    )


@blueprint.get("/contacts/new")
@needs(*READERS)
def new_contact(case_no: str) -> str:
    """The dialog that asks for a contact."""
    view = open_view(case_no)
    rights.require(view.standing, ACT)
    return _ask(view, {"kind": "phone", "relation": "self"}, {})


@blueprint.post("/contacts")
@needs(*READERS)
def add_contact(case_no: str) -> Response:
    """Add it; the dialog again, with what was typed, where something is wrong with it."""
    view = open_locked(case_no, ACT)
    given = {key: request.form.get(key, "") for key in ("kind", "value", "relation", "holder")}
    try:
        added = contacts.add(view.session, view.case, NewContact(**given), actor_id=view.user.id)
    except Invalid as refused:
        mistakes = mistakes_of(refused)
        db.session.rollback()
        return make_response(_ask(open_view(case_no), given, mistakes), refused.status)
    option = {"id": added.contact.id, "words": contact_words(added.contact)}
    return done(_added(added), contacts_changed=option)


def _added(added: Added) -> str:
    words = [gettext("The contact is added.")]
    if added.shared_with:
        words.append(
            ngettext(
                "%(num)s other customer has this number too.",
                "%(num)s other customers have this number too.",
                added.shared_with,
            )
        )
    return " ".join(words)


@blueprint.get("/contacts/<int:contact_id>")
@needs(*READERS)
def edit_contact(case_no: str, contact_id: int) -> str:
    """The dialog that asks for another standing."""
    view = open_view(case_no)
    rights.require(view.standing, ACT)
    found = _of(view, contact_id)
    return _ask_standing(view, found, {"standing": found.standing})


@blueprint.post("/contacts/<int:contact_id>")
@needs(*READERS)
def change_contact(case_no: str, contact_id: int) -> Response:
    """Change it; the dialog again where somebody else was faster."""
    view = open_locked(case_no, ACT)
    given = {key: request.form.get(key, "") for key in ("standing", "was", "note")}
    try:
        found = contacts.set_standing(
            view.session,
            view.case,
            contact_id,
            **given,
            actor_id=view.user.id,
            may_lift=view.standing.supervises,
        )
    except (Invalid, Conflict) as refused:
        more = {"errors": mistakes_of(refused)} if isinstance(refused, Invalid) else {"problem": error_message(refused)}
        db.session.rollback()
        again = open_view(case_no)
        return make_response(_ask_standing(again, _of(again, contact_id), given, **more), refused.status)
    option = {"id": found.id, "words": contact_words(found)}
    return done(gettext("The contact is changed."), contacts_changed=option)


def _of(view: View, contact_id: int) -> Contact:
    found = view.session.get(Contact, contact_id)
    if found is None or found.customer_id != view.case.customer_id:
        raise NotFound(what="contact", key=contact_id)
    return found


def _ask(view: View, values: dict[str, str], errors: dict[str, str]) -> str:
    return render_template(
        "case/contact_new.html",
        case=view.case,
        values=values,
        errors=errors,
        kinds=[(each, label(each, "contact_kind")) for each in KINDS],
        relations=[(each, label(each, "relation")) for each in RELATIONS],
        region=contacts.region_of(view.session, view.opened.customer),
    )


def _ask_standing(view: View, found: Contact, values: dict[str, str], **more: Any) -> str:
    is_kept = found.standing in contact.PROTECTED and not view.standing.supervises
    offered = (found.standing,) if is_kept else contact.STANDINGS
    return render_template(
        "case/contact_standing.html",
        case=view.case,
        contact=found,
        words=contact_words(found),
        standings=[(each, label(each, "standing")) for each in offered],
        is_kept=is_kept,
        values=values,
        **{"errors": {}, "problem": ""} | more,
    )
