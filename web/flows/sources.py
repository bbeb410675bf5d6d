"""Files of a release to take away: the XML a drawing is made of, one file, or all of them as an archive."""

from __future__ import annotations

from flask import Response

from engine.errors import NotFound
from engine.flow.bundle import zipped
from web.flows.blueprint import READERS, blueprint
from web.flows.view import open_view
from web.session import needs

TYPES = {"bpmn": "application/xml; charset=utf-8", "dmn": "application/xml; charset=utf-8", "json": "application/json"}


@blueprint.get("/releases/<int:release_id>/source/<path:filename>")
@needs(*READERS)
def source(release_id: int, filename: str) -> Response:
    """One file, for the drawing or to be saved; browsers never show it as a page."""
    found = open_view(release_id).files.get(filename)
    if found is None:
        raise NotFound(what="file", key=filename)
    plain = filename.rpartition("/")[2]
    kind = TYPES.get(plain.rpartition(".")[2], "application/octet-stream")
    return _attached(found, plain, kind)


@blueprint.get("/releases/<int:release_id>.zip")
@needs(*READERS)
def archive(release_id: int) -> Response:
    """All files, in the folders that an upload and `dunflow flows check` take."""
    view = open_view(release_id)
    return _attached(zipped(view.files), f"release-{release_id}.zip", "application/zip")


def _attached(content: bytes, filename: str, kind: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{filename}"'}
    return Response(content, content_type=kind, headers=headers)
