"""Photos and files on the case page: the list, adding, opening, deleting. Content leaves only in recorded answers."""

from __future__ import annotations

import base64
import contextlib
from urllib.parse import quote

from flask import make_response, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from engine import files, parameters, rights
from engine.errors import Invalid, NotPermitted
from engine.files import KINDS, NewFile
from engine.queries import case_page
from web.case.blueprint import READERS, blueprint
from web.case.opening import View, open_locked, open_view
from web.database import db
from web.forms import mistakes_of
from web.labels import label
from web.replies import done
from web.session import needs

_SANDBOX = "default-src 'none'; sandbox"


@blueprint.get("/files")
@needs(*READERS)
def file_list(case_no: str) -> str:
    """The part of the page."""
    view = open_view(case_no)
    known = files.listed(view.session, view.case.customer_id)
    return render_template(
        "case/files.html",
        case=view.case,
        view=view,
        files=known,
        names=case_page.names(view.session, {each.added_by_id for each in known}),
    )


@blueprint.get("/files/new")
@needs(*READERS)
def new_file(case_no: str) -> str:
    """The dialog that asks for a file."""
    view = open_view(case_no)
    rights.require(view.standing, "add_files")
    return _ask(view, "id_card", {})


@blueprint.post("/files")
@needs(*READERS)
def add_file(case_no: str) -> Response:
    """Add it; the dialog again where it is refused."""
    view = open_locked(case_no, "add_files")
    kind = request.form.get("kind", "")
    new = NewFile(kind, *_sent())
    try:
        files.add(view.session, view.case, new, actor_id=view.user.id)
    except Invalid as refused:
        mistakes = mistakes_of(refused)
        db.session.rollback()
        return make_response(_ask(open_view(case_no), kind, mistakes), refused.status)
    return done(gettext("The file is added."), files_changed=True)


def _sent() -> tuple[str, bytes]:
    """Name and content; large ones come in a temporary file, which is closed."""
    sent = request.files.get("file")
    if sent is None:
        return "", b""
    with contextlib.closing(sent):
        return sent.filename or "", sent.read()


@blueprint.get("/files/<int:file_id>/thumbnail")
@needs(*READERS)
def file_thumbnail(case_no: str, file_id: int) -> Response:
    """The small picture, for those who may open the file."""
    view = _allowed(case_no)
    return _bytes(files.thumbnail(view.session, view.case, file_id), "image/jpeg")


@blueprint.post("/files/<int:file_id>/open")
@needs(*READERS)
def open_file(case_no: str, file_id: int) -> str:
    """An image in a dialog, to be zoomed and turned."""
    view = _allowed(case_no)
    file, content = files.opened(view.session, view.case, file_id, actor_id=view.user.id)
    if not file.media_type.startswith("image/"):
        raise Invalid(field="file", reason="documents are downloaded, not shown here")
    shown = base64.b64encode(content).decode()
    return render_template("case/file.html", file=file, source=f"data:{file.media_type};base64,{shown}")


@blueprint.post("/files/<int:file_id>/download")
@needs(*READERS)
def download_file(case_no: str, file_id: int) -> Response:
    """A file to keep."""
    view = _allowed(case_no)
    file, content = files.opened(view.session, view.case, file_id, actor_id=view.user.id)
    answer = _bytes(content, file.media_type)
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(_named(file.name, file.media_type))}"
    return answer


@blueprint.get("/files/<int:file_id>/delete")
@needs(*READERS)
def ask_delete(case_no: str, file_id: int) -> str:
    """The dialog that asks why."""
    view = open_view(case_no)
    rights.require(view.standing, "delete_files")
    return _ask_why(view, file_id, {})


@blueprint.post("/files/<int:file_id>/delete")
@needs(*READERS)
def delete_file(case_no: str, file_id: int) -> Response:
    """Delete it, with a reason."""
    view = open_locked(case_no, "delete_files")
    try:
        files.delete(view.session, view.case, file_id, request.form.get("reason", ""), actor_id=view.user.id)
    except Invalid as refused:
        mistakes = mistakes_of(refused)
        db.session.rollback()
        return make_response(_ask_why(open_view(case_no), file_id, mistakes), refused.status)
    return done(gettext("The file is deleted."), files_changed=True)


def _allowed(case_no: str) -> View:
    view = open_view(case_no)
    if not view.may_reveal:
        reason = "contact is stopped" if view.opened.works else "you only read this case"
        raise NotPermitted(act="see this in full", reason=reason)
    return view


def _bytes(content: bytes, media_type: str) -> Response:
    answer = make_response(content)
    answer.content_type = media_type
    answer.headers["Content-Security-Policy"] = _SANDBOX
    return answer


def _named(name: str, media_type: str) -> str:
    """With the ending of what it is, whatever it was when it was sent."""
    ending = {"image/jpeg": ".jpg", "application/pdf": ".pdf"}[media_type]
    return name if name.lower().endswith(ending) else f"{name.rsplit('.', 1)[0]}{ending}"


def _ask(view: View, kind: str, errors: dict[str, str]) -> str:
    return render_template(
        "case/file_new.html",
        case=view.case,
        kind=kind,
        kinds=[(each, label(each, "file_kind")) for each in KINDS],
        errors=errors,
        megabytes=parameters.value(view.session, "file_megabytes"),
    )


def _ask_why(view: View, file_id: int, errors: dict[str, str]) -> str:
    file = files.found(view.session, view.case, file_id)
    return render_template("case/file_delete.html", case=view.case, file=file, errors=errors)
