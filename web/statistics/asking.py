"""What the address of a report asks for: period, split and filters; and the form to change it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from flask import request
from sqlalchemy.orm import Session

from engine import clock
from engine.errors import NotPermitted
from engine.queries import case_list
from engine.statistics import BUCKETS, NONE, NOT_DUE, PRE_COLLECTION, Grain, Reach, Span, Wanted, choices
from web.filters import product
from web.i18n import _l
from web.listing import Column, Filter, Listing, read_listing
from web.statistics.reports import REPAYMENTS, Report

DEFAULT_DAYS = 30
GRAINS = {Grain.DAY: _l("Day"), Grain.WEEK: _l("Week"), Grain.MONTH: _l("Month")}
ADDRESS = ("period_from", "period_to", "grain", "by", "product", "tier", "group", "collector", "channel", "bucket")
CHANNEL_MOST = 60


def read(
    session: Session, reach: Reach, report: Report, columns: Sequence[Column], sort: str
) -> tuple[Listing, Listing]:
    """The listing with the form's choices, whose period says what is shown where nobody chose one; and without that."""
    listing = read_listing(columns, _filters(session, reach, report), sort=sort)
    span = _span()
    period = {"period_from": [span.start.isoformat()], "period_to": [span.end.isoformat()]}
    return replace(listing, values={**listing.values, **period}), listing


def wanted(report: Report, reach: Reach) -> Wanted:
    """What the address asks for. Raises NotPermitted for people by name where the reader sees none."""
    first, by = splits(report, reach)[0], request.args.get("by", "")
    found = Wanted(
        _span(),
        by if by in report.by else first,
        products=_given("product"),
        tiers=_given("tier"),
        groups=_given("group"),
        collectors=_given("collector"),
        channels=_given("channel") if report is REPAYMENTS else (),
        buckets=_given("bucket") if "bucket" in report.by else (),
    )
    if found.needs("collector") and not reach.names:
        raise NotPermitted(act="see figures of people by name", reason="it is for other roles")
    return found


def splits(report: Report, reach: Reach) -> list[str]:
    """By what this person may split it."""
    return [by for by in report.by if by != "collector" or reach.names]


def query() -> dict[str, list[str]]:
    """The address's filters, for other addresses about the same figures."""
    return {name: values for name in ADDRESS if (values := _given(name))}


def _given(name: str) -> list[str]:
    return [value.strip() for value in request.args.getlist(name) if value.strip()]


def _span() -> Span:
    end = _date("period_to") or clock.today()
    start = _date("period_from") or end - dt.timedelta(days=DEFAULT_DAYS - 1)
    grain = request.args.get("grain", "")
    return Span(min(start, end), max(start, end), Grain(grain) if grain in set(Grain) else Grain.DAY)


def _date(name: str) -> dt.date | None:
    try:
        found = dt.date.fromisoformat(request.args.get(name, "").strip())
    except ValueError:
        return None
    return found if dt.date(1990, 1, 1) <= found <= dt.date(2200, 1, 1) else None


def _filters(session: Session, reach: Reach, report: Report) -> list[Filter]:
    products = [(each.code, product(each.code)) for each in case_list.products(session)]
    tiers = [(each, _l("Pre-collection") if each == PRE_COLLECTION else each) for each in choices.tiers(session)]
    groups = [(str(key), name) for key, name in choices.groups(session, reach)]
    found = [
        Filter("by", "", "hidden"),
        Filter("period", _l("Period"), "date_range"),
        Filter("product", _l("Product"), "many", products),
        Filter("tier", _l("Tier"), "many", [*tiers, (NONE, _l("None"))]),
        Filter("group", _l("Group"), "many", [*groups, (NONE, _l("None"))], folded=True),
    ]
    if reach.names:
        people = [(str(key), name) for key, name in choices.collectors(session, reach)]
        found.append(Filter("collector", _l("Collector"), "many", [*people, (NONE, _l("Nobody"))], folded=True))
    if report is REPAYMENTS:
        found.append(Filter("channel", _l("Channel"), "text", folded=True))
    if "bucket" in report.by:
        buckets = [(NOT_DUE, NOT_DUE), *((name, name) for _, name in BUCKETS)]
        found.append(Filter("bucket", _l("Days past due"), "many", buckets, folded=True))
    found.append(Filter("grain", _l("Period by"), "select", list(GRAINS.items()), folded=True))
    return found
