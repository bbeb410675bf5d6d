"""Every number and list the business may change: declared here, valued in SQL from an instant on."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock
from engine.errors import Invalid, NotFound
from engine.models import ParameterValue

_CACHE = "dunflow_parameters"
MOST_LINK = 400


@dataclass(frozen=True)
class Parameter:
    """A declared parameter: its default, unit, what is allowed, and its name in both languages."""

    name: str
    default: Any
    allowed: Callable[[Any], bool]
    unit: str
    en: str
    zh: str
    per_product: bool = False


def _whole(low: int, high: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _one_of(*values: str) -> Callable[[Any], bool]:
    return lambda value: value in values


_LINK = re.compile(r"(?:tel|sip|sips|callto|https):[^\s<>\"'{}\\^`|]*\{number\}[^\s<>\"'{}\\^`|]*")


def _call_link(value: Any) -> bool:
    """A link that dials, with `{number}` once; the schemes are those that run nothing in the page."""
    return isinstance(value, str) and len(value) <= MOST_LINK and _LINK.fullmatch(value) is not None


def _country(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch("[A-Z]{2}", value) is not None


def _components(value: Any) -> bool:
    return isinstance(value, list) and sorted(value) == ["fees", "interest", "penalty", "principal"]


DECLARED: dict[str, Parameter] = {
    each.name: each
    for each in (
        Parameter(
            "pre_collection_days",
            2,
            _whole(0, 60),
            "days",
            "Days before the due date on which an unpaid order enters pre-collection",
            "到期前几天进入预催收",
            True,
        ),
        Parameter(
            "pre_collection_mode",
            "call",
            _one_of("call", "text"),
            "",
            "Pre-collection by callers, or by text alone",
            "预催收方式：电话或仅短信",
            True,
        ),
        Parameter(
            "last_tier_review_days",
            90,
            _whole(1, 3650),
            "days",
            "Days in the last tier after which a supervisor decides",
            "末级案件多少天后由主管决定",
            True,
        ),
        Parameter(
            "tier_clock_in_suspension",
            "runs",
            _one_of("runs", "stands"),
            "",
            "Whether the tier clock runs or stands while a case is suspended",
            "停催期间等级时钟走或停",
        ),
        Parameter(
            "allocation_order",
            ["fees", "interest", "penalty", "principal"],
            _components,
            "",
            "In which order a repayment settles the parts of an order",
            "回款冲抵顺序",
            True,
        ),
        Parameter(
            "dispatch_customer_together",
            True,
            lambda value: isinstance(value, bool),
            "",
            "Keep a customer's cases with one collector where groups allow",
            "同一客户的案件尽量派给同一人",
        ),
        Parameter(
            "retry_no_contact_days",
            1,
            _whole(0, 60),
            "days",
            "Days until the next action after no contact, where none is given",
            "未接通后默认几天再跟进",
        ),
        Parameter(
            "retry_refused_days",
            3,
            _whole(0, 60),
            "days",
            "Days until the next action after a refusal, where none is given",
            "拒绝还款后默认几天再跟进",
        ),
        Parameter(
            "calls_from_hour",
            8,
            _whole(0, 12),
            "hour",
            "The hour of the customer's day from which the desk offers them for calls",
            "按客户当地时间，从几点起安排致电",
        ),
        Parameter(
            "calls_until_hour",
            22,
            _whole(13, 24),
            "hour",
            "The hour of the customer's day until which the desk offers them for calls",
            "按客户当地时间，到几点止安排致电",
        ),
        Parameter(
            "promise_grace_days",
            1,
            _whole(0, 30),
            "days",
            "Days after a promised date before it counts as broken",
            "承诺还款宽限天数",
        ),
        Parameter(
            "lookups_per_hour",
            60,
            _whole(1, 10_000),
            "lookups",
            "How often one person may search among all customers, or open one, within an hour",
            "每人每小时全局搜索及打开客户的次数上限",
        ),
        Parameter(
            "jurisdiction",
            "CN",
            _country,
            "",
            "The country of customers that name none: how their phone numbers are written",
            "未注明国家的客户按哪个国家处理：决定电话号码的写法",
        ),
        Parameter(
            "file_megabytes",
            10,
            _whole(1, 50),
            "MB",
            "How large a photo or document of a customer may be when it is sent",
            "客户照片和文件上传的大小上限",
        ),
        Parameter(
            "call_link",
            "tel:{number}",
            _call_link,
            "",
            "The link that dials a phone number: tel, sip, callto or https, with {number} in it",
            "点击拨号的链接：tel、sip、callto 或 https，含 {number}",
        ),
    )
}


def value(session: Session, name: str, *, product: str | None = None, at: dt.datetime | None = None) -> Any:
    """The parameter's value for a product at a business instant (default: now), or its default.

    A product's own value beats the one for all products, whichever is newer.
    """
    declared = _declared(name)
    at = at or clock.now()
    best: ParameterValue | None = None
    for row in _rows(session).get(name, ()):
        if row.from_at <= at and row.product in (None, product):
            best = _better(best, row)
    return declared.default if best is None else best.value


def set_value(
    session: Session,
    name: str,
    new: Any,
    *,
    product: str | None = None,
    from_at: dt.datetime | None = None,
    by_id: int | None = None,
    note: str = "",
) -> ParameterValue:
    """Give a parameter a value from an instant on (default: now). Raises Invalid when it is not allowed."""
    declared = _declared(name)
    if not declared.allowed(new):
        raise Invalid(field=name, reason=f"{new!r} is not allowed")
    if product and not declared.per_product:
        raise Invalid(field=name, reason="it has one value for all products")
    row = ParameterValue(
        name=name,
        product=product,
        value=new,
        from_at=from_at or clock.now(),
        note=note,
        set_by_id=by_id,
        set_at=clock.now(),
    )
    session.add(row)
    session.flush()
    session.info.pop(_CACHE, None)
    return row


def _declared(name: str) -> Parameter:
    try:
        return DECLARED[name]
    except KeyError:
        raise NotFound(what="parameter", key=name) from None


def _better(best: ParameterValue | None, row: ParameterValue) -> ParameterValue:
    if best is None or (row.product is not None) > (best.product is not None):
        return row
    if (row.product is None) != (best.product is None):
        return best
    return row if (row.from_at, row.id) >= (best.from_at, best.id) else best


def _rows(session: Session) -> dict[str, list[ParameterValue]]:
    """All values, read once per session: there are few, and acts ask often."""
    cached: dict[str, list[ParameterValue]] | None = session.info.get(_CACHE)
    if cached is None:
        cached = {}
        for row in session.scalars(select(ParameterValue).order_by(ParameterValue.id)):
            session.expunge(row)
            cached.setdefault(row.name, []).append(row)
        session.info[_CACHE] = cached
    return cached
