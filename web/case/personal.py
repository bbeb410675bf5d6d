"""What is masked on the page, shown in full on request; each time is recorded."""

from __future__ import annotations

from flask import render_template

from engine import contact, contacts
from engine.errors import NotPermitted
from web.case.blueprint import READERS, blueprint
from web.case.opening import View, open_view
from web.session import needs


@blueprint.post("/contacts/<int:contact_id>/reveal")
@needs(*READERS)
def reveal_contact(case_no: str, contact_id: int) -> str:
    """A phone number, address or e-mail in full."""
    view = _allowed(case_no)
    found = contact.reveal(view.session, view.case, contact_id, actor_id=view.user.id)
    is_callable = view.may_call and found.kind == "phone" and found.standing not in contact.UNCALLABLE
    call = contacts.dial(view.session, view.opened.customer, found) if is_callable else ""
    return render_template("case/revealed.html", value=found.value, call=call)


@blueprint.post("/id-number/reveal")
@needs(*READERS)
def reveal_id_number(case_no: str) -> str:
    """The customer's id number in full."""
    view = _allowed(case_no)
    value = contact.reveal_id_number(view.session, view.case, view.opened.customer, actor_id=view.user.id)
    return render_template("case/revealed.html", value=value)


def _allowed(case_no: str) -> View:
    view = open_view(case_no)
    if not view.may_reveal and view.opened.works:
        raise NotPermitted(act="see this in full", reason="contact is stopped")
    if not view.may_reveal:
        raise NotPermitted(act="see this in full", reason="you only read this case")
    return view
