"""Lists as files: the columns shown, codes in words, personal data masked as on the page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import Response, request

from engine import clock, exporting
from web.filters import masked, product
from web.i18n import _l
from web.labels import label
from web.listing import Column, Listing

CURRENCY = Column("currency", _l("Currency"))
KINDS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


def kind() -> str:
    """The format the request asks for."""
    return "xlsx" if request.form.get("format") == "xlsx" else "csv"


def columns_of(listing: Listing) -> list[Column]:
    """What goes into the file: the columns shown, and the currency where there are amounts."""
    found = [replace(column, width=0) for column in listing.columns if column.kind != "actions"]
    has_currency = not any(column.kind == "money" for column in found) or "currency" in {each.key for each in found}
    return found if has_currency else [*found, CURRENCY]


def keys_of(listing: Listing) -> list[str]:
    """The keys of those columns."""
    return [column.key for column in columns_of(listing)]


def file(name: str, listing: Listing, rows: Sequence[Any]) -> Response:
    """The rows, each a mapping by column key, as a file to be saved."""
    shown = columns_of(listing)
    write = exporting.as_xlsx if kind() == "xlsx" else exporting.as_csv
    body = write(
        [str(column.label) for column in shown], ([cell(row[each.key], each) for each in shown] for row in rows)
    )
    return attachment(body, f"{name}-{clock.today():%Y%m%d}.{kind()}")


def attachment(body: bytes, filename: str) -> Response:
    """A file to be saved, never shown."""
    disposition = f'attachment; filename="{filename}"'
    kind_of = KINDS[filename.rpartition(".")[2]]
    return Response(body, content_type=kind_of, headers={"Content-Disposition": disposition})


def cell(value: Any, column: Column) -> exporting.Cell:
    """A value as the file has it: times are the lender's, codes are words."""
    if value is None or value == "":
        return None
    if isinstance(value, dt.datetime):
        return value.astimezone(clock.zone())
    if column.kind == "product":
        return product(value)
    if column.kind in ("status", "tag"):
        return label(value, column.label_kind)
    if column.kind in ("phone", "id_number"):
        return masked(value, column.kind)
    found: exporting.Cell = value
    return found
