"""What the files of a release hold, for showing: labels, elements in words, tables, forms, the checker's verdicts."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import DecimalException
from functools import lru_cache

from sqlalchemy.orm import Session

from engine import releases
from engine.flow.checks import FileReport
from engine.flow.differences import FileDifference, Sheet, compare, read_sheets
from engine.flow.differences.diagrams import diagram_parts
from engine.flow.differences.forms import FormUnreadable, form_parts, read_schema
from engine.flow.differences.parts import Part
from engine.flow.findings import Text
from engine.flow.safe_xml import XmlRefused
from engine.queries.release_list import FileRow
from web.forms import Form, read_form

KINDS = ("bpmn", "dmn", "json")
_MOST_KEPT = 64
_reports: OrderedDict[tuple[int, ...], Sequence[FileReport]] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True)
class FileEntry:
    """A file in the list beside the page: `change` is what became of it, '' where it is as in the present release."""

    filename: str
    kind: str
    label: Text
    row: FileRow | None
    change: str = ""
    errors: int = 0
    warnings: int = 0


def kind_of(filename: str) -> str:
    """bpmn, dmn or json."""
    return filename.rpartition(".")[2]


@lru_cache(maxsize=256)
def label_of(filename: str, source: bytes) -> Text:
    """What a file calls itself; its name where it does not."""
    plain = filename.rpartition("/")[2].rpartition(".")[0]
    try:
        if kind_of(filename) == "bpmn":
            found = next((part.label for part in diagram_parts(source).values() if part.sort == "process"), None)
        elif kind_of(filename) == "dmn":
            found = next((sheet.label for sheet in read_sheets(source).values()), None)
        else:
            found = form_parts(source)[""].label
    except (XmlRefused, FormUnreadable):
        found = None
    return Text((found.en if found else "") or plain, (found.zh if found else "") or plain)


def reports(session: Session, release_id: int, rows: Sequence[FileRow]) -> Sequence[FileReport]:
    """The checker's verdicts, worked out once per process for the same files."""
    key = tuple(sorted(row.definition_id for row in rows))
    with _lock:
        known = _reports.get(key)
    if known is None:
        known = releases.check(session, release_id)
        with _lock:
            _reports[key] = known
            while len(_reports) > _MOST_KEPT:
                _reports.popitem(last=False)
    return known


def elements(source: bytes) -> dict[str, Part]:
    """The elements of a diagram by id; none of one that cannot be read."""
    try:
        return diagram_parts(source)
    except XmlRefused:
        return {}


def sheets(source: bytes | None) -> dict[str, Sheet]:
    """The tables of a file; none of one that cannot be read."""
    try:
        return read_sheets(source) if source else {}
    except XmlRefused:
        return {}


def form(source: bytes, language: str) -> Form | None:
    """The form as people will see it; None where its schema makes no form."""
    try:
        return read_form(read_schema(source), language)
    except (FormUnreadable, KeyError, TypeError, AttributeError, ValueError, RecursionError, DecimalException):
        return None


def entries(
    files: Mapping[str, bytes],
    rows: Sequence[FileRow],
    found: Sequence[FileReport],
    differences: Sequence[FileDifference],
    present: Mapping[str, bytes],
) -> list[FileEntry]:
    """The files of a release and those it lost, diagrams first, then tables, then forms."""
    by_name = {row.filename: row for row in rows}
    verdicts = {report.file: report for report in found}
    changes = {each.file: each.kind for each in differences}
    made = []
    for name in sorted(files.keys() | changes.keys()):
        verdict = verdicts.get(name)
        errors = len(verdict.errors) if verdict else 0
        warnings = len(verdict.findings) - errors if verdict else 0
        label = label_of(name, files.get(name, present.get(name, b"")))
        entry = FileEntry(name, kind_of(name), label, by_name.get(name), changes.get(name, ""), errors, warnings)
        made.append(entry)
    return sorted(made, key=lambda each: (KINDS.index(each.kind) if each.kind in KINDS else len(KINDS), each.filename))


__all__ = ["FileEntry", "compare", "elements", "entries", "form", "kind_of", "label_of", "reports", "sheets"]
