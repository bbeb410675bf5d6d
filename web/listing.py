"""The state of a list page, all of it in the address: filters, sort order, page; and the columns it shows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from flask import request, url_for
from flask_babel import LazyString
from werkzeug.datastructures import MultiDict

SIZES = (20, 50, 100)
MOST_DIGITS = 9
MOST_PAGES = 1_000_000
T = TypeVar("T")


@dataclass(frozen=True)
class Column:
    """A column. `kind` decides alignment and format: text, number, money, date, instant,
    product, status, tag, phone, id_number (both masked), actions, wrap."""

    key: str
    label: LazyString | str
    kind: str = "text"
    sortable: bool = False
    first: bool = False  # stays in view when the table scrolls sideways
    label_kind: str = "status"  # for status and tag: which family of codes
    fixed: bool = False  # no choice of columns leaves it out or moves it
    width: int = 0  # pixels, as the reader drew it; 0 is as wide as its content

    @property
    def is_numeric(self) -> bool:
        """Whether figures stand right-aligned under each other."""
        return self.kind in ("number", "money")


@dataclass(frozen=True)
class Filter:
    """A field of the query form. `kind`: text, select, many (searchable, several), date_range, number_range, search.

    `options` are (value, label) pairs; `folded` fields stand behind "More". A range uses `<key>_from` and `<key>_to`.
    A `hidden` one is set by links (views, tabs) and stays when the form is sent; it is no filter to be cleared.
    """

    key: str
    label: LazyString | str
    kind: str = "text"
    options: Sequence[tuple[str, LazyString | str]] = ()
    folded: bool = False
    placeholder: LazyString | str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The query parameters this filter reads."""
        return (f"{self.key}_from", f"{self.key}_to") if self.kind.endswith("_range") else (self.key,)


@dataclass(frozen=True)
class Chip:
    """An active filter: what it says, and the address without it."""

    label: str
    value: str
    url: str


@dataclass(frozen=True)
class Listing:
    """What the address says about a list; `url()` makes addresses that differ from it in one thing."""

    columns: Sequence[Column]
    filters: Sequence[Filter]
    values: Mapping[str, list[str]]
    sort: str
    page: int
    size: int
    extra: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""  # of a list whose columns people choose (`web.columns`)

    def get(self, name: str) -> str:
        """A filter's value, '' when it is not set."""
        return (self.values.get(name) or [""])[0]

    def get_all(self, name: str) -> list[str]:
        """All values of a filter that takes several."""
        return self.values.get(name) or []

    def numbers(self, key: str) -> tuple[int | None, int | None]:
        """Both ends of a range of whole numbers; what is none counts as not given."""
        return self._range(key, _whole)

    def amounts(self, key: str) -> tuple[Decimal | None, Decimal | None]:
        """Both ends of a range of amounts; thousands may be separated."""
        return self._range(key, _amount)

    def dates(self, key: str) -> tuple[dt.date | None, dt.date | None]:
        """Both ends of a range of dates."""
        return self._range(key, _date)

    def _range(self, key: str, read: Callable[[str], T | None]) -> tuple[T | None, T | None]:
        return read(self.get(f"{key}_from")), read(self.get(f"{key}_to"))

    @property
    def sort_key(self) -> str:
        """The column sorted by."""
        return self.sort.removeprefix("-")

    @property
    def is_descending(self) -> bool:
        """Whether the greatest comes first."""
        return self.sort.startswith("-")

    @property
    def offset(self) -> int:
        """Rows before this page."""
        return (self.page - 1) * self.size

    def url(self, **changes: str | int | None) -> str:
        """The address of this list with some parameters changed; None removes one."""
        query: dict[str, Any] = {name: value for name, value in self.values.items() if value}
        query |= {"sort": self.sort, "size": self.size if self.size != SIZES[1] else None, "page": None}
        query |= changes
        kept = {name: value for name, value in query.items() if value not in (None, "", 1 if name == "page" else None)}
        return url_for(request.endpoint or "", **{**(request.view_args or {}), **kept})

    def sort_url(self, column: Column) -> str:
        """Sort by the column; the column sorted by turns round. Figures begin with the greatest."""
        if self.sort_key == column.key:
            return self.url(sort=column.key if self.is_descending else f"-{column.key}")
        return self.url(sort=f"-{column.key}" if column.is_numeric else column.key)

    def aria_sort(self, column: Column) -> str:
        """For `aria-sort`."""
        if self.sort_key != column.key:
            return "none"
        return "descending" if self.is_descending else "ascending"

    @property
    def query(self) -> dict[str, list[str]]:
        """The filters in use as parameters, for addresses of other pages about the same rows."""
        return {name: list(given) for name, given in self.values.items() if given}

    @property
    def chips(self) -> list[Chip]:
        """The active filters."""
        return [
            Chip(str(each.label), shown, self.url(**dict.fromkeys(each.names)))
            for each in self.filters
            if (shown := self._shown(each))
        ]

    @property
    def is_filtered(self) -> bool:
        """Whether any filter is active."""
        return bool(self.chips)

    @property
    def has_folded_filters_in_use(self) -> bool:
        """Whether the folded part of the form must be open, so that no active filter hides."""
        return any(each.folded and self._shown(each) for each in self.filters)

    def _shown(self, each: Filter) -> str:
        if each.kind == "hidden":
            return ""
        given = [self.values.get(name) or [] for name in each.names]
        if not any(given):
            return ""
        if each.kind.endswith("_range"):
            low, high = (values[0] if values else "" for values in given)
            return f"{low} – {high}" if low and high else f"≥ {low}" if low else f"≤ {high}"
        names = {value: str(label) for value, label in each.options}
        return ", ".join(names.get(value, value) for value in given[0])


def read_listing(
    columns: Sequence[Column],
    filters: Sequence[Filter] = (),
    *,
    sort: str,
    size: int = SIZES[1],
    name: str = "",
    shown: Sequence[Column] | None = None,
    args: MultiDict[str, str] | None = None,
) -> Listing:
    """The listing the request asks for. Unknown columns, sizes and pages count as the default, never as an error.

    A list whose columns people choose has a `name` and those `shown` (`web.columns.chosen`); it is sorted by any.
    `args`: the parameters of another address than the present one.
    """
    args = request.args if args is None else args
    names = [name for each in filters for name in each.names]
    values = {name: [value.strip() for value in args.getlist(name) if value.strip()] for name in names}
    asked = args.get("sort", sort)
    sortable = {column.key for column in columns if column.sortable}
    given_size = args.get("size", size, type=int)
    return Listing(
        columns=columns if shown is None else shown,
        name=name,
        filters=filters,
        values=values,
        sort=asked if asked.removeprefix("-") in sortable else sort,
        page=min(max(args.get("page", 1, type=int), 1), MOST_PAGES),
        size=given_size if given_size in SIZES else size,
    )


@dataclass(frozen=True)
class Rows:
    """A page of rows: the rows, how many match in all, and totals of the filtered set by column key."""

    rows: Sequence[Any]
    matching: int
    totals: Mapping[str, Any] = field(default_factory=dict)

    def pages(self, size: int) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.matching // size))


def _whole(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) <= MOST_DIGITS else None


def _amount(text: str) -> Decimal | None:
    try:
        amount = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount) < 10**MOST_DIGITS * 1000 else None


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
