"""Drafts: begun from a release, files put in and taken out, a note, thrown away."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from engine import releases
from engine.flow.bundle import MAX_FILES, MAX_TOTAL, FilesRefused, read_files
from engine.flow.catalogue import files
from engine.flow.findings import Text
from engine.models import Role
from web.database import db
from web.flows.blueprint import blueprint
from web.flows.view import open_view
from web.replies import done
from web.session import me, needs

MOST_NOTE = 2000


@blueprint.post("/releases/<int:release_id>/draft")
@needs(Role.ANALYST)
def begin(release_id: int) -> Response:
    """A new draft with the files of this release."""
    is_way_back = release_id != releases.present_id(db.session())
    made = releases.begin(db.session(), release_id, by_id=me().id)
    if is_way_back:
        made.note = gettext("Back to release %(number)s", number=release_id)
    return done(gettext("Draft %(number)s is begun.", number=made.id), to=_page(made.id))


@blueprint.post("/releases/<int:release_id>/files")
@needs(Role.ANALYST)
def upload(release_id: int) -> Response:
    """Files, or archives of them, into a draft: those of a name that is there are replaced."""
    session = db.session()
    draft = releases.own_draft(session, release_id, by_id=me().id)
    before = files(session, release_id)
    found = read_files(_sent(), before)
    for name, source in found.items():
        releases.put(session, draft, name, source, by_id=me().id)
    errors = open_view(release_id).errors
    words = ngettext("%(num)d file is stored.", "%(num)d files are stored.", len(found))
    if errors:
        words += " " + ngettext("The check finds %(num)d error.", "The check finds %(num)d errors.", errors)
        return done(words, kind="warning", to=_page(release_id))
    return done(words + " " + gettext("The check finds no errors."), to=_page(release_id))


@blueprint.post("/releases/<int:release_id>/remove/<path:filename>")
@needs(Role.ANALYST)
def remove(release_id: int, filename: str) -> Response:
    """Takes a file out of a draft."""
    draft = releases.own_draft(db.session(), release_id, by_id=me().id)
    releases.remove(db.session(), draft, filename)
    return done(gettext("%(file)s is taken out of the draft.", file=filename), to=_page(release_id))


@blueprint.get("/releases/<int:release_id>/note")
@needs(Role.ANALYST)
def note(release_id: int) -> str:
    """The dialog for the note."""
    return render_template("flows/note.html", view=open_view(release_id), error="")


@blueprint.post("/releases/<int:release_id>/note")
@needs(Role.ANALYST)
def save_note(release_id: int) -> Response:
    """Writes the note of a draft."""
    draft = releases.own_draft(db.session(), release_id, by_id=me().id)
    draft.note = request.form.get("note", "").strip()[:MOST_NOTE]
    return done(gettext("The note is saved."), to=_page(release_id))


@blueprint.post("/releases/<int:release_id>/discard")
@needs(Role.ANALYST)
def discard(release_id: int) -> Response:
    """Throws a draft away."""
    releases.discard(db.session(), releases.own_draft(db.session(), release_id, by_id=me().id))
    words = gettext("Draft %(number)s is thrown away.", number=release_id)
    return done(words, to=url_for("flows.releases"))


def _sent() -> list[tuple[str, bytes]]:
    """What was sent, read; what the server kept it in is closed, whatever comes of it."""
    sent = [each for each in request.files.getlist("files") if each.filename]
    try:
        if not sent:
            raise _refused("choose at least one file", "请至少选择一个文件")
        if len(sent) > MAX_FILES:
            raise _refused(f"more than {MAX_FILES} files at once", f"一次超过 {MAX_FILES} 个文件")
        if (request.content_length or 0) > MAX_TOTAL:
            raise _refused(f"more than {MAX_TOTAL:,} bytes together", f"合计超过 {MAX_TOTAL:,} 字节")
        return [(str(each.filename), each.stream.read(MAX_TOTAL + 1)) for each in sent]
    finally:
        for _, each in request.files.items(multi=True):
            each.close()


def _refused(en: str, zh: str) -> FilesRefused:
    return FilesRefused(file=Text("The upload", "上传内容"), reason=Text(en, zh))


def _page(release_id: int) -> str:
    return url_for("flows.release", release_id=release_id)
