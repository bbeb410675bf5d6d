"""Decision tables as they are written: columns and cells as text, of tables that cannot run too; two laid together.

Pages draw tables from these, so that a draft with mistakes can be looked at too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.flow.differences.parts import ADDED, CHANGED, REMOVED, Part
from engine.flow.findings import Text
from engine.flow.parser import SPIFF
from engine.flow.safe_xml import read_xml

_MOST_ROWS, _MOST_COLUMNS = 1_000, 80


@dataclass(frozen=True)
class SheetColumn:
    """A column. `side` is "input", "output" or "annotation"; `asks` the expression, or the name of the result."""

    key: str
    side: str
    label: Text
    asks: str = ""
    type: str = ""
    values: str = ""
    is_fallback: bool = False


@dataclass(frozen=True)
class Row:
    """A rule: its cells as text by column key."""

    key: str
    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Sheet:
    """A decision table as text."""

    key: str
    label: Text
    note: Text
    hit_policy: str
    columns: tuple[SheetColumn, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class AlignedRow:
    """A row before and after; `kind` is added, removed, changed or same, `changed` the keys of cells that differ."""

    kind: str
    before: Row | None
    after: Row | None
    changed: frozenset[str]


@dataclass(frozen=True)
class Aligned:
    """Two versions of a table laid together: all columns of both, each with what became of it, and all rows."""

    before: Sheet | None
    after: Sheet | None
    columns: tuple[tuple[SheetColumn, str], ...]
    rows: tuple[AlignedRow, ...]


def read_sheets(source: bytes) -> dict[str, Sheet]:
    """The tables of a DMN file by the id of their decision. Raises XmlRefused."""
    root = read_xml(source)
    found = [_sheet(decision, table) for decision, table in _tables(root)]
    return {sheet.key: sheet for sheet in found}


def sheet_parts(sheet: Sheet) -> dict[str, Part]:
    """The table itself, its columns and its rows, as parts."""
    labels = {column.key: column.label for column in sheet.columns}
    facts = {
        "name": sheet.label.en,
        "property:name_zh": sheet.label.zh,
        "hit_policy": sheet.hit_policy,
        "property:note_en": sheet.note.en,
        "property:note_zh": sheet.note.zh,
    }
    parts = {sheet.key: Part(sheet.key, "table", sheet.label, _said(facts))}
    for column in sheet.columns:
        if column.side != "annotation":
            key = f"{sheet.key}/{column.key}"
            parts[key] = Part(key, f"{column.side}Column", column.label, _column_facts(column))
    for row in sheet.rows:
        cells = {f"cell:{labels[key].en}|{labels[key].zh}": text for key, text in row.cells.items()}
        parts[row.key] = Part(row.key, "row", Text(f"row {row.number}", f"第 {row.number} 行"), _said(cells))
    return parts


def aligned(before: Sheet | None, after: Sheet | None) -> Aligned:
    """Both versions laid together: rows by id, else by equal conditions, in the order they have afterwards."""
    old_rows, new_rows = list(before.rows if before else ()), list(after.rows if after else ())
    pairs = _pairs(old_rows, new_rows, before, after)
    rows = [_aligned_row(pairs.get(row.key), row) for row in new_rows]
    taken = {row.before.key for row in rows if row.before}
    for place, row in enumerate(old_rows):
        if row.key not in taken:
            rows.insert(_place_after(rows, old_rows[:place]), AlignedRow(REMOVED, row, None, frozenset()))
    return Aligned(before, after, _columns(before, after), tuple(rows))


def _place_after(rows: list[AlignedRow], earlier: list[Row]) -> int:
    """Where a row that is gone is shown: behind the nearest one before it that is still there."""
    keys = [row.before.key if row.before else None for row in rows]
    return next((keys.index(row.key) + 1 for row in reversed(earlier) if row.key in keys), 0)


def _aligned_row(before: Row | None, after: Row) -> AlignedRow:
    if before is None:
        return AlignedRow(ADDED, None, after, frozenset())
    keys = before.cells.keys() | after.cells.keys()
    changed = frozenset(key for key in keys if before.cells.get(key, "") != after.cells.get(key, ""))
    return AlignedRow(CHANGED if changed else "same", before, after, changed)


def _pairs(old: list[Row], new: list[Row], before: Sheet | None, after: Sheet | None) -> dict[str, Row]:
    by_key = {row.key: row for row in old}
    pairs = {row.key: by_key[row.key] for row in new if row.key in by_key}
    left = [row for row in old if row.key not in pairs]
    for row in new:
        if row.key not in pairs:
            twin = next((each for each in left if _conditions(each, before) == _conditions(row, after)), None)
            if twin is not None:
                pairs[row.key] = twin
                left.remove(twin)
    return pairs


def _conditions(row: Row, sheet: Sheet | None) -> list[str]:
    return [row.cells.get(column.key, "") for column in (sheet.columns if sheet else ()) if column.side == "input"]


def _columns(before: Sheet | None, after: Sheet | None) -> tuple[tuple[SheetColumn, str], ...]:
    old = {column.key: column for column in (before.columns if before else ())}
    new = {column.key: column for column in (after.columns if after else ())}
    found = [(column, _column_kind(old.get(key), column, before)) for key, column in new.items()]
    gone = [(column, REMOVED) for key, column in old.items() if key not in new] if after else []
    found += gone if after else [(column, "same") for column in old.values()]
    sides = ("input", "output", "annotation")
    return tuple(sorted(found, key=lambda each: sides.index(each[0].side)))


def _column_kind(old: SheetColumn | None, new: SheetColumn, before: Sheet | None) -> str:
    if old is None:
        return ADDED if before and new.side != "annotation" else "same"
    return "same" if old == new else CHANGED


def _column_facts(column: SheetColumn) -> dict[str, str]:
    facts = {
        "name": column.label.en,
        "property:name_zh": column.label.zh,
        "asks": column.asks,
        "type": column.type,
        "values": column.values,
        "fallback": "true" if column.is_fallback else "",
    }
    return _said(facts)


def _said(facts: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in facts.items() if value}


def _tables(root: Any) -> Iterator[tuple[Any, Any]]:
    for decision in root.iterchildren("{*}decision"):
        table = next(decision.iterchildren("{*}decisionTable"), None)
        if table is not None:
            yield decision, table


def _sheet(decision: Any, table: Any) -> Sheet:
    key = decision.get("id") or "?"
    properties = _properties(decision) | _properties(table)
    columns = [_input(node, at) for at, node in enumerate(table.iterchildren("{*}input"), 1)]
    columns += [_output(node, at) for at, node in enumerate(table.iterchildren("{*}output"), 1)]
    columns = columns[:_MOST_COLUMNS]
    rows = [_row(node, at, columns, key) for at, node in enumerate(list(table.iterchildren("{*}rule"))[:_MOST_ROWS], 1)]
    if any(row.cells.get("annotation") for row in rows):
        columns.append(SheetColumn("annotation", "annotation", Text("Annotation", "说明")))
    return Sheet(
        key,
        _label(properties, decision.get("name") or key),
        Text(properties.get("note_en", ""), properties.get("note_zh", "")),
        table.get("hitPolicy") or "UNIQUE",
        tuple(columns),
        tuple(rows),
    )


def _input(node: Any, at: int) -> SheetColumn:
    properties = _properties(node)
    asked = next(node.iterchildren("{*}inputExpression"), None)
    source = _text(asked)
    return SheetColumn(
        key=node.get("id") or f"input_{at}",
        side="input",
        label=_label(properties, node.get("label") or source or f"#{at}"),
        asks=source,
        type=asked.get("typeRef", "") if asked is not None else "",
        values=_text(next(node.iterchildren("{*}inputValues"), None)),
        is_fallback=properties.get("fallback", "").strip().lower() == "true",
    )


def _output(node: Any, at: int) -> SheetColumn:
    name = node.get("name") or ""
    return SheetColumn(
        key=node.get("id") or f"output_{at}",
        side="output",
        label=_label(_properties(node), node.get("label") or name or f"#{at}"),
        asks=name,
        type=node.get("typeRef", ""),
        values=_text(next(node.iterchildren("{*}outputValues"), None)),
    )


def _row(node: Any, number: int, columns: list[SheetColumn], table: str) -> Row:
    entries = [*node.iterchildren("{*}inputEntry"), *node.iterchildren("{*}outputEntry")]
    cells = {column.key: _text(entry) for column, entry in zip(columns, entries, strict=False)}
    said = [node.findtext("{*}description") or "", *(_text(each) for each in node.iterchildren("{*}annotationEntry"))]
    annotation = " ".join(each.strip() for each in said if each.strip())
    return Row(
        node.get("id") or f"{table}_{number}", number, cells | ({"annotation": annotation} if annotation else {})
    )


def _text(node: Any) -> str:
    return "" if node is None else (node.findtext("{*}text") or "").strip()


def _properties(node: Any) -> dict[str, str]:
    found = node.iterfind(f"{{*}}extensionElements/{{{SPIFF}}}properties/{{{SPIFF}}}property")
    return {each.get("name"): each.get("value", "") for each in found if each.get("name")}


def _label(properties: Mapping[str, str], otherwise: str) -> Text:
    return Text(properties.get("name_en") or otherwise, properties.get("name_zh") or otherwise)
