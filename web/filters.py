"""How values are written on pages: one filter for money, one per kind of date, one for what is masked."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from flask import Flask, g
from flask_babel import gettext, ngettext

from engine import clock
from engine.queries import case_list
from web.database import db
from web.forms import Option
from web.i18n import bilingual, language
from web.labels import label, tone

NOTHING = "—"
SHOWN_ENDS = {"phone": (3, 4), "id_number": (4, 4), "account": (0, 4), "email": (2, 0), "address": (6, 0)}
EXACT_COUNTS = 10_000


def money(amount: Decimal | None, currency: str = "") -> str:
    """`12,345.60`, with the currency's code in front where one is given; `—` for none."""
    if amount is None:
        return NOTHING
    shown = f"{amount:,.2f}"
    return f"{currency} {shown}" if currency else shown


def number(value: int | None) -> str:
    """`12,345`."""
    return NOTHING if value is None else f"{value:,}"


def count(value: int) -> str:
    """Exact up to 10,000, beyond that `10,000+`: the exact figure is for whoever asks."""
    return f"{value:,}" if value <= EXACT_COUNTS else f"{EXACT_COUNTS:,}+"


def date(value: dt.date | dt.datetime | None) -> str:
    """`2026-11-23`, at the lender's place."""
    if value is None:
        return NOTHING
    return (clock.local_date(value) if isinstance(value, dt.datetime) else value).isoformat()


def instant(value: dt.datetime | None, *, seconds: bool = False) -> str:
    """`2026-11-23 14:05`, the lender's time."""
    if value is None:
        return NOTHING
    return value.astimezone(clock.zone()).strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")


def short(value: dt.datetime | dt.date | None) -> str:
    """For narrow columns: `11-23 14:05`, or `11-23` for a date or midnight; the year only when it is not this one."""
    if value is None:
        return NOTHING
    local = value.astimezone(clock.zone()) if isinstance(value, dt.datetime) else value
    day = local.strftime("%m-%d" if local.year == clock.today().year else "%Y-%m-%d")
    if isinstance(local, dt.datetime) and (local.hour or local.minute):
        return f"{day} {local:%H:%M}"
    return day


def relative(value: dt.date | dt.datetime | None) -> str:
    """`today`, `in 3 days`, `2 days ago`, counted in the lender's calendar days."""
    if value is None:
        return NOTHING
    days = ((clock.local_date(value) if isinstance(value, dt.datetime) else value) - clock.today()).days
    if days == 0:
        return str(gettext("today"))
    if days > 0:
        return str(ngettext("in %(num)d day", "in %(num)d days", days))
    return str(ngettext("%(num)d day ago", "%(num)d days ago", -days))


def masked(value: str | None, kind: str = "phone") -> str:
    """A phone number, id number, account, e-mail or address with its telling part hidden: `138****5678`."""
    if not value:
        return NOTHING
    head, tail = SHOWN_ENDS[kind]
    if kind == "email" and "@" in value:
        name, _, host = value.partition("@")
        return f"{name[:head]}***@{host}"
    if len(value) <= head + tail:
        return "*" * len(value)
    return value[:head] + "*" * min(len(value) - head - tail, 8) + (value[-tail:] if tail else "")


def percent(value: Decimal | float | None) -> str:
    """`12.3%` of a share; `—` for none."""
    return NOTHING if value is None else f"{value * 100:.1f}%"


def nothing(value: object) -> object:
    """`—` for what is missing or empty."""
    return NOTHING if value is None or value == "" else value


def product(code: str | None) -> str:
    """A loan product's name in the reader's language; a code nobody named shows as itself."""
    return str(product_names().get(code or "", code or NOTHING))


def product_names() -> dict[str, str]:
    """Every loan product's name in the reader's language by code, read once a request."""
    if "product_names" not in g:
        g.product_names = {
            each.code: (each.name_zh if language() == "zh" else each.name_en) or each.code
            for each in case_list.products(db.session())
        }
    found: dict[str, str] = g.product_names
    return found


def select_pair(option: Option) -> tuple[str, str]:
    """A form's option as select macros take them."""
    return option.value, option.label


def register(app: Flask) -> None:
    """Give templates these filters by their names."""
    for filter_ in (
        money,
        number,
        count,
        date,
        instant,
        short,
        relative,
        masked,
        percent,
        nothing,
        product,
        label,
        tone,
        bilingual,
        select_pair,
    ):
        app.jinja_env.filters[filter_.__name__] = filter_
