"""Errors as people see them: what happened, where, how to mend it; a page, or a toast when htmx asked for a part."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from http import HTTPStatus

from flask import Flask, Response, current_app, jsonify, make_response, render_template, request
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from engine import incidents
from engine.errors import Conflict, DunflowError
from engine.flow import instance as flow
from engine.flow.evaluator import FlowFailed
from web.database import db, house
from web.i18n import _l, error_message
from web.replies import is_htmx
from web.session import SignInNeeded, is_signed_in

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Shown:
    """An error ready for a template; `what` and `remedy` are in the reader's language."""

    status: int
    title: str
    what: str
    remedy: str
    code: str
    reference: str = ""


class Busy(DunflowError):
    """The database does not answer, or too many people write at once."""

    status = 503


class DiagramFailed(DunflowError):
    """The diagram failed here, so nothing was saved. It is noted as incident {number} and can be tried again there."""

    status = 500
    remedy = "What you typed is kept. An administrator or the group's supervisor looks after incidents."


class Unstorable(DunflowError):
    """A number, a date or a character that was sent is beyond what can be stored."""

    status = 422


class FormExpired(DunflowError):
    """This page was opened in another session, so its form is no longer valid."""

    status = 400


TITLES = {
    400: _l("The request cannot be carried out"),
    401: _l("Please sign in"),
    403: _l("Not permitted"),
    404: _l("Not found"),
    405: _l("The request cannot be carried out"),
    409: _l("Meanwhile something changed"),
    413: _l("The file is too large"),
    422: _l("Please check what was entered"),
    429: _l("Too many attempts"),
    500: _l("Something went wrong on our side"),
    503: _l("The system is not available right now"),
}
WHAT = {
    400: _l("The server did not understand this request."),
    403: _l("Your roles do not include this."),
    404: _l("There is nothing at this address. It may have been moved or closed, or the link is incomplete."),
    405: _l("This address does not take this kind of request."),
    413: _l("What was sent is larger than the server accepts."),
    429: _l("There were too many attempts from here in a short time."),
    500: _l("The server met an error it did not expect. Nothing of this request was saved."),
}
REMEDIES = {
    400: _l("Reload the page and try again."),
    401: _l("Sign in; what you typed is kept."),
    403: _l("Ask a supervisor or an administrator if you need this for your work."),
    404: _l("Go back, or look for it in the list it came from."),
    405: _l("Go back and use the buttons of the page."),
    409: _l("Reload to see the present state, then decide again."),
    413: _l("Split the file, or send fewer files at once."),
    422: _l("Correct the fields marked in red and send again."),
    429: _l("Wait a minute, then try again."),
    500: _l("Try again. If it happens again, tell an administrator the reference below."),
    503: _l("Wait a moment and try again; what you typed stays on the page."),
}


def register(app: Flask) -> None:
    """Map every kind of error to `answer`."""
    app.register_error_handler(DunflowError, _dunflow_error)
    app.register_error_handler(FlowFailed, _diagram_failed)
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(StaleDataError, lambda _: _dunflow_error(Conflict(what="This record")))
    app.register_error_handler(OperationalError, _database_error)
    app.register_error_handler(DataError, _unstorable)  # PostgreSQL's word for it, SQLite's driver's is the next
    app.register_error_handler(OverflowError, _unstorable)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def present(error: DunflowError) -> Shown:
    """An engine error in the reader's language. An error class may bring a remedy of its own (English, translated)."""
    own = getattr(error, "remedy", "")
    status = error.status
    remedy = gettext(own) if own else str(REMEDIES.get(status, ""))
    return Shown(status, str(TITLES.get(status, TITLES[400])), error_message(error), remedy, error.code)


def answer(shown: Shown) -> Response:
    """JSON for programs, a toast or the sign-in dialog for htmx, a page for everybody else."""
    if _wants_json():
        response = jsonify(code=shown.code, message=shown.what, remedy=shown.remedy, reference=shown.reference or None)
    elif is_htmx() and shown.status == HTTPStatus.UNAUTHORIZED:
        response = make_response(render_template("sign_in_dialog.html", error=None))
        _retarget(response, "#df-sign-in", "innerHTML")
    elif is_htmx():
        response = make_response(render_template("errors/toast.html", shown=shown))
        _retarget(response, "#df-toasts", "beforeend")
    else:
        response = make_response(render_template("errors/page.html", shown=shown))
    response.status_code = shown.status
    return response


def _retarget(response: Response, target: str, swap: str) -> None:
    """Send the answer elsewhere than the form hoped, so that what was typed stays."""
    response.headers["HX-Retarget"] = target
    response.headers["HX-Reswap"] = swap
    response.headers["HX-Reselect"] = "[data-shown]"
    response.headers["HX-Push-Url"] = "false"


def _wants_json() -> bool:
    return (
        not is_htmx() and request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"
    )


def _dunflow_error(error: DunflowError) -> Response:
    return answer(present(error))


def _diagram_failed(error: FlowFailed) -> Response:
    """A diagram failed in an act that is not a user task: nothing was saved, and it is noted to be tried again."""
    log.exception("a diagram failed at %s %s", request.method, request.path, exc_info=error)
    session = db.session()
    session.rollback()
    flow.discard(session)
    number = incidents.after_message(house().sessions, error)
    return _unexpected_reference(error) if number is None else _dunflow_error(DiagramFailed(number=number))


def _csrf_error(error: CSRFError) -> Response:
    return _dunflow_error(FormExpired() if is_signed_in() else SignInNeeded())


def _database_error(error: DBAPIError) -> Response:
    db.session.rollback()
    log.error("database: %s", error.orig)
    return _dunflow_error(Busy())


def _unstorable(error: Exception) -> Response:
    db.session.rollback()
    log.warning("unstorable at %s %s", request.method, request.path, exc_info=error)
    return _dunflow_error(Unstorable())


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if status in (301, 302, 303, 307, 308):
        return make_response(error.get_response())
    known = 500 if status >= HTTPStatus.INTERNAL_SERVER_ERROR else 400
    title = TITLES.get(status, TITLES[known])
    what, remedy = WHAT.get(status, WHAT[known]), REMEDIES.get(status, REMEDIES[known])
    return answer(Shown(status, str(title), str(what), str(remedy), type(error).__name__))


def _unexpected(error: Exception) -> Response:
    """Log everything, show nothing of it but a reference by which the log can be searched."""
    if current_app.testing and current_app.config.get("PROPAGATE_EXCEPTIONS") is not False:
        raise error
    db.session.rollback()
    return _unexpected_reference(error)


def _unexpected_reference(error: Exception) -> Response:
    reference = secrets.token_hex(4)
    log.exception("unexpected error %s at %s %s", reference, request.method, request.path, exc_info=error)
    return answer(
        Shown(500, str(TITLES[500]), str(WHAT[500]), str(REMEDIES[500]), type(error).__name__, reference),
    )
