"""Answers to htmx: a toast, a closed dialog, an event, another page."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, flash, redirect, request
from werkzeug.wrappers import Response as AnyResponse


def is_htmx() -> bool:
    """Whether htmx asks, who wants a part of a page or an event rather than a page."""
    return request.headers.get("HX-Request") == "true"


def trigger(response: Response, **events: Any) -> Response:
    """Add events that the page's script or its elements wait for (`HX-Trigger`); underscores become dashes."""
    known = json.loads(response.headers.get("HX-Trigger", "{}"))
    known.update({name.replace("_", "-"): detail for name, detail in events.items()})
    response.headers["HX-Trigger"] = json.dumps(known)
    return response


def done(message: str = "", *, kind: str = "success", to: str | None = None, **events: Any) -> AnyResponse:
    """What a form answers when it succeeded.

    With `to` the browser goes there and shows the message there; without, the dialog closes, the message shows as a
    toast, and `events` (for example `cases_changed=True`) tell other parts of the page to fetch themselves anew.
    """
    if to is not None:
        if message:
            flash(message, kind)
        return Response(status=204, headers={"HX-Redirect": to}) if is_htmx() else redirect(to, code=303)
    toast = {"toast": {"message": str(message), "kind": kind}} if message else {}
    return trigger(Response(status=204), dialog_close=True, **toast, **events)
