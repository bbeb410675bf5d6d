"""User tasks done in place: their forms, what was typed so far, and what happens when somebody was faster."""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import make_response, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from engine import acts, clock, incidents
from engine.acts import ChangedMeanwhile, TaskGone
from engine.contact import ContactRow, contacts
from engine.errors import DunflowError, Invalid, NotFound, NotPermitted
from engine.flow import instance as flow
from engine.flow.catalogue import compiled, published_id
from engine.flow.evaluator import FlowFailed
from engine.forms import FormRefused
from engine.models import Draft, Role, UserTask
from engine.queries import case_history, case_page
from web import desk, neighbours
from web.case.blueprint import READERS, blueprint
from web.case.choices import best_contact, choices
from web.case.keys import RESULT_KEYS, usual_plans
from web.case.opening import View, open_view, since
from web.case.position import task_label
from web.database import db, house
from web.forms import Field, Form, mistakes_of, read_form, require_ids, sent_answers
from web.i18n import error_message, language
from web.replies import done
from web.session import me, needs
from web.story import Happening

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TaskShown:
    """A user task with its form, as this person may complete it now.

    `revision` and `seen` say which state of the case the form was shown for; `changes` what has happened since.
    """

    task: UserTask
    label: str
    form: Form
    revision: int
    seen: int
    values: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    changes: Sequence[Happening] = ()
    saved_at: dt.datetime | None = None  # of the draft that was restored

    @property
    def is_collectors(self) -> bool:
        """Whether it is of the kind that is done one after the other."""
        return self.task.role == Role.COLLECTOR

    @property
    def plans(self) -> str:
        """For the page's script: by result the days until its usual next action, and what they count from."""
        return json.dumps(usual_plans(db.session())) if self.is_collectors else ""

    @property
    def keys(self) -> Mapping[str, str]:
        """The keys that choose results."""
        return RESULT_KEYS


def shown_tasks(view: View, known: Sequence[ContactRow]) -> list[TaskShown]:
    """The user tasks of the case and its requests that this person may complete, each with its draft restored."""
    tasks = [task for task in view.waits.user_tasks if _may(view, task)]
    if not tasks:
        return []
    drafts = case_page.drafts(view.session, view.case, view.user)
    seen = case_history.last_id(view.session, view.case)
    return [_shown(view, task, known, seen=seen, draft=drafts.get(task.element)) for task in tasks]


def _may(view: View, task: UserTask) -> bool:
    if task.form is None or (task.role and not view.user.has_role(task.role)):
        return False
    try:
        acts.may_complete(view.session, view.user, task)
    except NotPermitted:
        return False
    return True


def _shown(
    view: View, task: UserTask, known: Sequence[ContactRow], *, seen: int, draft: Draft | None = None, **more: Any
) -> TaskShown:
    release = case_page.release_of(view.session, task)
    schema = release.forms[str(task.form)]
    form = read_form(schema, language(), choices(view, task, schema, known))
    typed = dict(draft.form) if draft and draft.form else {}
    return TaskShown(
        task=task,
        label=task_label(release, task.element),
        form=form,
        revision=view.case.revision,
        seen=seen,
        **{"values": typed or best_contact(form, known), "saved_at": draft.saved_at if draft and typed else None}
        | more,
    )


@blueprint.post("/tasks/<int:task_id>")
@needs(*READERS)
def complete(case_no: str, task_id: int) -> Response | str:
    """Complete a user task with what was sent; on to the next case of the list, or back to this one."""
    try:
        view = open_view(case_no)
    except NotFound:  # it may have been taken away while the form was filled in
        return _gone(None)
    task = next((each for each in view.waits.user_tasks if each.id == task_id), None)
    if task is None:
        return _gone(view)
    acts.may_complete(view.session, view.user, task)
    shown = _shown(view, task, contacts(view.session, view.opened.customer), seen=_whole("seen"))
    given, to = sent_answers(shown.form, request.form), _onward(view)
    try:
        require_ids(shown.form, given)
        acts.complete_task(
            view.session, task_id, given, actor_id=view.user.id, seen_revision=request.form.get("revision", type=int)
        )
    except DunflowError as refused:
        return _refused(case_no, task_id, given, refused)
    said = gettext("Saved: %(task)s", task=shown.label)
    if desk.is_here() and request.form.get("then") == "next":
        return desk.onward(view.session, view.user, leaving=view.case.id, said=str(said))
    return done(said, to=to)


@blueprint.post("/tasks/<int:task_id>/draft")
@needs(*READERS)
def save_draft(case_no: str, task_id: int) -> str:
    """Keep what has been typed; asked for every few seconds while somebody types."""
    view = open_view(case_no)
    task = _own_task(view, task_id)
    schema = case_page.release_of(view.session, task).forms[str(task.form)]
    acts.save_draft(
        view.session,
        view.case.id,
        view.user.id,
        task.element,
        sent_answers(read_form(schema, language()), request.form),
    )
    return render_template("case/draft.html", at=clock.real_now())


@blueprint.post("/tasks/<int:task_id>/draft/discard")
@needs(*READERS)
def discard_draft(case_no: str, task_id: int) -> str:
    """Begin the form anew."""
    view = open_view(case_no)
    task = _own_task(view, task_id)
    acts.save_draft(view.session, view.case.id, view.user.id, task.element, {})
    shown = _shown(
        view, task, contacts(view.session, view.opened.customer), seen=case_history.last_id(view.session, view.case)
    )
    return _render(view, shown)


def _own_task(view: View, task_id: int) -> UserTask:
    task = next((each for each in view.waits.user_tasks if each.id == task_id), None)
    if task is None:
        raise TaskGone
    acts.may_complete(view.session, view.user, task)
    return task


def _refused(case_no: str, task_id: int, given: Mapping[str, Any], error: DunflowError) -> Response:
    """The form again, with all that was typed and what stands against it. Nothing of the attempt remains."""
    user_id = me().id
    db.session.rollback()
    flow.discard(db.session())
    more: dict[str, Any] = {"values": given, "problem": ""}
    if isinstance(error, FlowFailed):
        more["problem"] = _failed(task_id, given, user_id, error)
    view = open_view(case_no)
    task = next((each for each in view.waits.user_tasks if each.id == task_id), None)
    if task is None or isinstance(error, TaskGone):
        return _gone(view)
    if isinstance(error, ChangedMeanwhile):
        more |= {"problem": error_message(error), "changes": since(view.session, view.case, _whole("seen"))}
    shown = _shown(
        view,
        task,
        contacts(view.session, view.opened.customer),
        seen=case_history.last_id(view.session, view.case),
        **more,
    )
    if isinstance(error, FormRefused | Invalid):
        shown = _with_mistakes(shown, error)
    elif not shown.problem:
        shown = _but(shown, problem=error_message(error))
    return make_response(_render(view, shown), error.status)


def _with_mistakes(shown: TaskShown, error: DunflowError) -> TaskShown:
    mistakes = mistakes_of(error)
    fields = {each.key for each in shown.form.inputs()}
    elsewhere = [words for key, words in mistakes.items() if key not in fields]
    return _but(shown, errors=mistakes, problem=" ".join(elsewhere))


def _but(shown: TaskShown, **changes: Any) -> TaskShown:
    return TaskShown(**{**shown.__dict__, **changes})


def _failed(task_id: int, given: Mapping[str, Any], user_id: int, error: FlowFailed) -> str:
    log.error("user task %s failed in its diagram: %s", task_id, error)
    number = incidents.after_task(house().sessions, task_id, given, user_id, error)
    words = gettext(
        "The diagram failed here, so nothing was saved; what you typed is kept. It is noted as incident %(number)s "
        "and will be looked at by a supervisor.",
        number=number,
    )
    return str(words)


def _gone(view: View | None) -> Response:
    """The task is no longer open, or the case no longer theirs: what happened, and what was typed."""
    forms = compiled(db.session(), published_id(db.session())).forms
    schema = forms.get(request.form.get("form_key", ""))
    fields = list(read_form(schema, language()).inputs()) if schema else []
    page = render_template(
        "case/gone.html",
        case=view.case if view else None,
        typed=[(each.label, _words(each, value)) for each in fields if (value := request.form.get(each.key))],
        changes=since(view.session, view.case, _whole("seen")) if view else (),
        link=neighbours.link,
    )
    return make_response(page, TaskGone.status if view else NotFound.status)


def _words(field: Field, value: str) -> str:
    return next((each.label for each in field.options if each.value == value), value)


def _render(view: View, shown: TaskShown) -> str:
    why = desk.why(view.session, view.user, view.case) if shown.is_collectors else ""
    return render_template("case/task.html", case=view.case, shown=shown, link=neighbours.link, why=why)


def _onward(view: View) -> str:
    """Where to go when it is saved: found before, since the case then leaves its place in the list."""
    if request.form.get("then") != "next":
        return neighbours.link("case.page", case_no=view.case.case_no)
    around = neighbours.around(view.session, view.user, view.case, otherwise="work")
    if around is None:
        return url_for("case.page", case_no=view.case.case_no)
    return around.next_url or around.url


def _whole(name: str) -> int:
    return request.form.get(name, 0, type=int)
