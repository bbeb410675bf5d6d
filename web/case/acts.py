"""What people do to a case beside its user tasks: each is a dialog with few fields, or a button."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import abort, make_response, render_template, request
from flask_babel import LazyString, gettext, ngettext
from werkzeug.wrappers import Response

from engine import acts, assignments, forms, requests, rights
from engine.acts import ChangedMeanwhile, lock_case
from engine.errors import DunflowError, Invalid, NotFound
from engine.flow import instance as flow
from engine.flow.catalogue import compiled, published_id
from engine.flow.evaluator import FlowFailed
from engine.forms import FormRefused
from engine.models import Stage
from engine.queries import case_history
from web import neighbours
from web.case.blueprint import READERS, blueprint
from web.case.choices import collectors
from web.case.opening import View, open_locked, open_view, since
from web.database import db
from web.filters import money
from web.forms import Field, Form, Option, mistakes_of, read_form, sent_answers
from web.i18n import _l, error_message, language
from web.labels import label
from web.replies import done
from web.session import needs

SUSPENSION_FORM = "suspension_request"
Answers = dict[str, Any]


@dataclass(frozen=True)
class Dialog:
    """An act that asks something first. `schema` names a form of the release; else `fields` says what is asked."""

    title: LazyString
    submit: LazyString
    said: LazyString  # when it is done
    carry_out: Callable[[View, Answers], str | None]  # may say something else than `said`
    explains: LazyString | Callable[[View], str]
    schema: str = ""
    fields: Callable[[View], tuple[Field, ...]] = lambda _view: (_note(),)
    is_grave: bool = False


def _note(*, required: bool = False) -> Field:
    return Field("note", "textarea", gettext("Note"), required=required, max_length=4000)


def _collector(view: View) -> tuple[Field, ...]:
    options = tuple(collectors(view, view.case.group_id))
    return (Field("collector_id", "select", gettext("Collector"), required=True, options=options),)


def _review_on(values: Answers) -> dt.date | None:
    on = values.get("review_on")
    return dt.date.fromisoformat(on) if on else None


def _suspend(view: View, values: Answers) -> None:
    reason, note = values["reason"], values.get("note", "")
    acts.suspend(view.session, view.case, reason=reason, note=note, review_on=_review_on(values), actor_id=view.user.id)


def _ask_suspension(view: View, values: Answers) -> None:
    payload = {"review_on": values["review_on"]} if values.get("review_on") else {}
    reason, note = values["reason"], values.get("note", "")
    requests.ask(view.session, view.case, "suspension", reason=reason, note=note, payload=payload, by_id=view.user.id)


def _resume(view: View, values: Answers) -> None:
    acts.resume(view.session, view.case, note=values["note"], actor_id=view.user.id)


def _recall(view: View, values: Answers) -> None:
    acts.recall(view.session, view.case, note=values["note"], actor_id=view.user.id)


def _reassign(view: View, values: Answers) -> None:
    if not values["collector_id"].isdecimal():
        raise Invalid(field="collector_id", reason="choose who gets the case")
    assignments.reassign(view.session, view.case, int(values["collector_id"]), view.user.id)


def _lift_block(view: View, values: Answers) -> str | None:
    if not values["note"]:
        raise Invalid(field="note", reason="say why")
    still = acts.lift_block(view.session, view.case.customer_id, actor=view.user, note=values["note"])
    if still is None:
        return None
    return str(gettext("The customer stays blocked: %(reason)s.", reason=label(still, "suspension_reason")))


def _close(view: View, values: Answers) -> None:
    acts.close(view.session, view.case, reason=values["reason"], note=values["note"], actor=view.user)


def _closing(_view: View) -> tuple[Field, ...]:
    options = tuple(Option(str(each), label(each, "closing_reason")) for each in acts.CLOSED_BY_HAND)
    reason = Field("reason", "select", gettext("Reason"), required=True, options=options)
    return reason, _note(required=True)


def _what_closing_does(view: View) -> str:
    """In numbers: what leaves with the case, and what stays."""
    case = view.case
    leaves = ngettext(
        "The case closes now, unpaid: %(num)s order with %(amount)s leaves it.",
        "The case closes now, unpaid: %(num)s orders with %(amount)s leave it.",
        case.order_count,
        amount=money(case.past_due_amount, case.currency),
    )
    if case.stage == Stage.PRE_COLLECTION:
        then = gettext("What is still unpaid when it becomes overdue goes into collection all the same.")
    else:
        then = gettext("Nobody collects it here any more; what the customer owes stays in the ledger.")
    ends = gettext("Its collector, its suspension, open requests and queued texts go with it. It cannot be taken back.")
    return f"{leaves} {then} {ends}"


def _what_suspending_does(view: View) -> str:
    if view.case.suspension_id is None:
        words = gettext(
            "Nobody works the case and its contact is blocked until it is resumed. Some reasons block the customer."
        )
    else:
        words = gettext(
            "The new reason takes the place of the present one, with a review date of its own; the case stays "
            "suspended. Some reasons block the customer."
        )
    return str(words)


DIALOGS: Mapping[str, Dialog] = {
    "suspend": Dialog(
        _l("Suspend the case"),
        _l("Suspend"),
        _l("The case is suspended."),
        _suspend,
        _what_suspending_does,
        schema=SUSPENSION_FORM,
        is_grave=True,
    ),
    "ask_suspension": Dialog(
        _l("Ask for a suspension"),
        _l("Ask"),
        _l("The suspension is asked for."),
        _ask_suspension,
        _l("A supervisor decides. Until then the case stays with you."),
        schema=SUSPENSION_FORM,
    ),
    "resume": Dialog(
        _l("Resume the case"),
        _l("Resume"),
        _l("The case is resumed."),
        _resume,
        _l(
            "It is classified anew: back to its collector if the tier is the same and they are there, else to dispatch."
        ),
    ),
    "recall": Dialog(
        _l("Recall the case"),
        _l("Recall"),
        _l("The case is recalled."),
        _recall,
        _l("It is taken from whoever has it now."),
        is_grave=True,
    ),
    "reassign": Dialog(
        _l("Reassign the case"),
        _l("Reassign"),
        _l("The case is reassigned."),
        _reassign,
        _l("Its follow-up goes along; what was planned stays."),
        fields=_collector,
    ),
    "lift_block": Dialog(
        _l("Lift the customer's block"),
        _l("Lift the block"),
        _l("The block is lifted."),
        _lift_block,
        _l(
            "Cases that the block suspended are resumed. One that was suspended for a reason of its own before stays "
            "suspended for that. If another reason for a block was given meanwhile, it takes the place of this one."
        ),
        fields=lambda _view: (_note(required=True),),
        is_grave=True,
    ),
    "close": Dialog(
        _l("Close the case"),
        _l("Close the case"),
        _l("The case is closed."),
        _close,
        _what_closing_does,
        fields=_closing,
        is_grave=True,
    ),
}


@blueprint.get("/acts/<act>")
@needs(*READERS)
def ask(case_no: str, act: str) -> str:
    """The dialog of an act."""
    dialog = DIALOGS.get(act) or abort(404)
    view = open_view(case_no)
    rights.require(view.standing, act)
    return _render(view, act, dialog)


@blueprint.post("/acts/<act>")
@needs(*READERS)
def carry_out(case_no: str, act: str) -> Response | str:
    """Do it; the dialog again, with what was typed, where something stands against it."""
    dialog = DIALOGS.get(act) or abort(404)
    given: dict[str, Any] = {}
    try:
        view = open_locked(case_no, act, seen_revision=request.form.get("revision", type=int))
        form = _form(view, dialog)
        given = sent_answers(form, request.form)
        said = dialog.carry_out(view, _read(view, dialog, given))
    except (FlowFailed, NotFound):
        raise
    except DunflowError as refused:
        return _again(case_no, act, dialog, refused)
    return done(str(said or dialog.said), to=_back(case_no))


@blueprint.post("/take-up")
@needs(*READERS)
def take_up(case_no: str) -> Response:
    """Follow up now rather than when the next action is due."""
    view = open_locked(case_no, "take_up")
    acts.take_up(view.session, view.case, actor_id=view.user.id)
    return done(gettext("The case is taken up."), to=_back(case_no))


@blueprint.post("/requests/<int:request_id>/withdraw")
@needs(*READERS)
def withdraw(case_no: str, request_id: int) -> Response:
    """Take back a request of one's own."""
    lock_case(db.session(), open_view(case_no).case.id)
    view = open_view(case_no)
    found = next((each for each in view.requests if each.id == request_id), None)
    if found is None:
        raise NotFound(what="request", key=request_id)
    requests.withdraw(view.session, found, by_id=view.user.id)
    return done(gettext("The request is withdrawn."), to=_back(case_no))


def _back(case_no: str) -> str:
    return neighbours.link("case.page", case_no=case_no)


def _form(view: View, dialog: Dialog) -> Form:
    if dialog.schema:
        return read_form(compiled(view.session, published_id(view.session)).forms[dialog.schema], language())
    return Form("", "", dialog.fields(view))


def _read(view: View, dialog: Dialog, given: Answers) -> Answers:
    """What was sent, checked by the release's form where it has one."""
    if dialog.schema:
        release = compiled(view.session, published_id(view.session))
        return forms.read(release.forms[dialog.schema], given, release.vocabulary)
    return {key: str(value).strip() for key, value in given.items()}


def _again(case_no: str, act: str, dialog: Dialog, error: DunflowError) -> Response:
    db.session.rollback()
    flow.discard(db.session())
    view = open_view(case_no)
    more: dict[str, Any] = {"values": sent_answers(_form(view, dialog), request.form)}
    if isinstance(error, FormRefused | Invalid):
        more["errors"] = mistakes_of(error)
    else:
        more["problem"] = error_message(error)
    if isinstance(error, ChangedMeanwhile):
        more["changes"] = since(view.session, view.case, request.form.get("seen", 0, type=int))
    return make_response(_render(view, act, dialog, **more), error.status)


def _render(view: View, act: str, dialog: Dialog, **more: Any) -> str:
    return render_template(
        "case/dialog.html",
        case=view.case,
        act=act,
        dialog=dialog,
        explains=dialog.explains(view) if callable(dialog.explains) else dialog.explains,
        form=_form(view, dialog),
        seen=case_history.last_id(view.session, view.case),
        link=neighbours.link,
        **{"values": {}, "errors": {}, "problem": "", "changes": ()} | more,
    )
