"""Two releases, file by file."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.flow.differences.diagrams import diagram_parts, places
from engine.flow.differences.forms import FormUnreadable, form_parts
from engine.flow.differences.parts import ADDED, CHANGED, REMOVED, Difference, Part, between, reordered
from engine.flow.differences.sheets import Row, Sheet, aligned, read_sheets, sheet_parts
from engine.flow.safe_xml import XmlRefused

_MOST_LINES = 4_000  # of either file: difflib takes the square of it
_MOST_SHOWN = 1_000
_SHORTENED = "…"


@dataclass(frozen=True)
class FileDifference:
    """How one file differs. `kind`: added, removed or changed.

    `parts` are the differences that can be told in words; `moved` are ids of elements that are only drawn elsewhere;
    `lines` is the difference as text, `-` before and `+` after; for a file that is new or gone it is empty.
    """

    file: str
    kind: str
    parts: tuple[Difference, ...]
    moved: tuple[str, ...]
    lines: tuple[str, ...]

    @property
    def is_only_looks(self) -> bool:
        """Whether nothing that acts differs: places in a drawing, or the way the file is written."""
        return self.kind == CHANGED and not self.parts


def compare(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> list[FileDifference]:
    """The files that differ, by name. Never raises, whatever the bytes are."""
    names = sorted(before.keys() | after.keys())
    return [_file(name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)]


def _file(name: str, before: bytes | None, after: bytes | None) -> FileDifference:
    kind = ADDED if before is None else REMOVED if after is None else CHANGED
    parts: tuple[Difference, ...] = ()
    moved: tuple[str, ...] = ()
    try:
        parts = _parts(name, before, after)
        if name.endswith(".bpmn") and before is not None and after is not None:
            moved = _moved(before, after, {part.key for part in parts})
    except (XmlRefused, FormUnreadable):
        pass  # the text says it
    lines = _lines(before, after) if before is not None and after is not None else ()
    return FileDifference(name, kind, parts, moved, lines)


def _parts(name: str, before: bytes | None, after: bytes | None) -> tuple[Difference, ...]:
    if name.endswith(".dmn"):
        return _table_parts(read_sheets(before) if before else {}, read_sheets(after) if after else {})
    read: Callable[[bytes], dict[str, Part]] = diagram_parts if name.endswith(".bpmn") else form_parts
    old, new = read(before) if before else {}, read(after) if after else {}
    order = reordered(new[""], list(old), list(new)) if old and "" in new else ()
    return between(old, new) + order


def _table_parts(before: Mapping[str, Sheet], after: Mapping[str, Sheet]) -> tuple[Difference, ...]:
    old = {key: part for sheet in before.values() for key, part in sheet_parts(sheet).items()}
    new = {key: part for sheet in after.values() for key, part in sheet_parts(sheet).items()}
    order: tuple[Difference, ...] = ()
    for key in sorted(before.keys() & after.keys()):
        _rename(old, before[key], after[key])
        if after[key].hit_policy == "FIRST":
            order += reordered(new[key], *(_order(sheet) for sheet in (before[key], after[key])))
    return between(old, new) + order


def _order(sheet: Sheet) -> list[str]:
    return [row.key for row in sheet.rows]


def _rename(old: dict[str, Part], before: Sheet, after: Sheet) -> None:
    """A row that a modeller wrote anew under another id is the same row where its conditions are."""
    twins: list[tuple[Row, Row]] = [
        (row.before, row.after) for row in aligned(before, after).rows if row.before and row.after
    ]
    for was, now in twins:
        if was.key != now.key and now.key not in old:
            part = old.pop(was.key)
            old[now.key] = Part(now.key, part.sort, part.label, part.facts)


def _moved(before: bytes, after: bytes, told: set[str]) -> tuple[str, ...]:
    was, now = places(before), places(after)
    return tuple(key for key, place in now.items() if key in was and was[key] != place and key not in told)


def _lines(before: bytes, after: bytes) -> tuple[str, ...]:
    old, new = (source.decode("utf-8", "replace").splitlines() for source in (before, after))
    if max(len(old), len(new)) > _MOST_LINES:
        return (_SHORTENED,)
    found = list(difflib.unified_diff(old, new, lineterm="", n=2))[2:]
    shown = [line if len(line) <= _MOST_SHOWN else line[:_MOST_SHOWN] + _SHORTENED for line in found[:_MOST_SHOWN]]
    return tuple(shown + ([_SHORTENED] if len(found) > _MOST_SHOWN else []))
