"""Pages with every part of the design, with invented but lifelike data: for tests of the frame, and to look at."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, Response, render_template, render_template_string, request

from engine import clock, forms
from engine.errors import Conflict, DunflowError, NotFound, NotPermitted
from engine.lifecycle import vocabulary
from engine.models import Role
from web.forms import mistakes_of, read_form, sent_answers
from web.i18n import _l, language
from web.listing import Column, Filter, Rows, read_listing
from web.navigation import NavItem, Notice
from web.replies import done
from web.session import me

blueprint = Blueprint("style", __name__, url_prefix="/style", template_folder="templates")

EVERYBODY = frozenset(Role)
WORK, RULES = _l("Collection"), _l("Overdue")
NAVIGATION = (
    NavItem("style.case_list", _l("Cases"), "layout-list", EVERYBODY, WORK, 1, pages=("style.case",)),
    NavItem("style.form", _l("To dispatch"), "arrows-split", EVERYBODY, WORK, 2, count=lambda _s, _u: 128),
    NavItem("style.diagram", _l("Diagram"), "sitemap", EVERYBODY, WORK, 3, count=lambda _s, _u: 3, is_urgent=True),
    NavItem("style.empties", _l("Waits for approval"), "list-check", EVERYBODY, RULES, 4),
)


def _notices(_session: Any, _user: Any) -> list[Notice]:
    return [Notice("The demo's clock stands at 2026-11-24", "warning")] if request.args.get("notice") else []


NOTICES = (_notices,)

NAMES = [
    "周明",
    "黄霞",
    "孙强",
    "周静洋",
    "陈平娜",
    "李伟娟",
    "李杰磊",
    "陈超",
    "陈明超",
    "刘霞芳",
    "杨伟芳",
    "吴娜丽",
    "周超",
    "赵秀",
    "黄洋涛",
    "王强",
]
STATUSES = ["to_dispatch", "in_work", "in_work", "in_work", "suspended", "to_decide", "placed", "closed"]
HAPPENED = (
    ("无人接听", "", "grey"),
    ("承诺全额还款", "TWD 3,200.00 · 2026-11-25", "green"),
    ("派单", "A组 → 王强", "blue"),
    ("等级升为 M2", "", "amber"),
    ("立案", "", "blue"),
)
COLUMNS = (
    Column("case_no", _l("Case"), sortable=True, first=True),
    Column("customer", _l("Customer")),
    Column("product", _l("Product")),
    Column("tier", _l("Tier"), sortable=True),
    Column("days_past_due", _l("Days past due"), "number", sortable=True),
    Column("total_outstanding", _l("Outstanding"), "money", sortable=True),
    Column("past_due_amount", _l("Past due"), "money", sortable=True),
    Column("collector", _l("Collector")),
    Column("group", _l("Group")),
    Column("last_contact_at", _l("Last contact"), "instant"),
    Column("next_action_at", _l("Next action"), "instant", sortable=True),
    Column("result", _l("Result"), "tag", label_kind="result_code"),
    Column("count", _l("Follow-ups"), "number"),
    Column("status", _l("Status"), "status"),
)
TIERS = [(tier, tier) for tier in ("M1", "M2", "M3", "M4")]
FILTERS = (
    Filter("q", _l("Keyword"), "search", placeholder=_l("Name, case or order number")),
    Filter("product", _l("Product"), "select", [("card", "card"), ("cash", "cash")]),
    Filter("tier", _l("Tier"), "select", TIERS),
    Filter("status", _l("Status"), "many", [("in_work", _l("In work")), ("suspended", _l("Suspended"))]),
    Filter("days", _l("Days past due"), "number_range", folded=True),
    Filter("opened", _l("Opened"), "date_range", folded=True),
    Filter("collector", _l("Collector"), "many", [(name, name) for name in NAMES], folded=True),
)


def sample_rows(many: int = 50) -> list[dict[str, Any]]:
    """Rows like those of a case list."""
    chance = Random(7)
    now = clock.now()
    return [
        {
            "id": number,
            "case_no": f"C{2026000012 + number * 37}",
            "customer": chance.choice(NAMES),
            "product": chance.choice(["card", "cash"]),
            "tier": chance.choice(["M1", "M2", "M3", "M4"]),
            "days_past_due": chance.randint(1, 130),
            "total_outstanding": Decimal(chance.randint(200_000, 9_000_000)) / 100,
            "past_due_amount": Decimal(chance.randint(100_000, 7_000_000)) / 100,
            "collector": chance.choice([*NAMES[:5], None]),
            "group": chance.choice(["A组", "B组"]),
            "last_contact_at": now - dt.timedelta(hours=chance.randint(1, 300)),
            "next_action_at": now + dt.timedelta(hours=chance.randint(1, 200)),
            "result": chance.choice(["no_answer", "promise_full", "dispute", "refuses", None]),
            "count": chance.randint(0, 30),
            "status": chance.choice(STATUSES),
        }
        for number in range(1, many + 1)
    ]


@blueprint.get("/list")
def case_list() -> str:
    """A list filled to the edge; `?q=nothing` finds nothing."""
    listing = read_listing(COLUMNS, FILTERS, sort="-days_past_due")
    rows = [] if listing.get("q") == "nothing" else sample_rows()
    totals = {"total_outstanding": Decimal("142475249.79"), "past_due_amount": Decimal("98211003.10")}
    return render_template("style/list.html", listing=listing, rows=Rows(rows, 3349 if rows else 0, totals))


@blueprint.get("/case")
def case() -> str:
    """A detail page."""
    entries = [
        SimpleNamespace(at=clock.now() - dt.timedelta(hours=7 * each), title=title, who="王强", body=body, tone=tone)
        for each, (title, body, tone) in enumerate(HAPPENED)
    ]
    return render_template(
        "style/case.html", row=sample_rows(1)[0], rows=sample_rows(4), entries=entries, columns=COLUMNS[:7]
    )


@blueprint.route("/form", methods=["GET", "POST"])
def form() -> Any:
    """A user task's form, sent and checked."""
    shown = read_form(SCHEMA, language())
    if request.method == "GET":
        return render_template("style/form.html", form=shown, values={}, errors={})
    given = sent_answers(shown, request.form)
    try:
        values = forms.read(SCHEMA, given, vocabulary())
    except DunflowError as refused:
        page = render_template("style/form.html", form=shown, values=given, errors=mistakes_of(refused))
        return Response(page, 422)
    return done("Saved: " + ", ".join(f"{key}={value}" for key, value in values.items()))


@blueprint.get("/dialog")
def dialog() -> str:
    """What a link puts into the dialog."""
    return render_template("style/dialog.html")


@blueprint.get("/diagram")
def diagram() -> str:
    """The diagram of a case."""
    return render_template("style/diagram.html")


@blueprint.get("/diagram.bpmn")
def diagram_source() -> Response:
    """Its XML."""
    source = Path(__file__).parents[2] / "bpmn" / "collection.bpmn"
    return Response(source.read_bytes(), content_type="application/xml")


@blueprint.get("/empties")
def empties() -> str:
    """The four kinds of empty, jobs, notices."""
    return render_template("style/empties.html")


@blueprint.route("/error/<kind>", methods=["GET", "POST"])
def error(kind: str) -> Any:
    """Fails in a chosen way."""
    errors: dict[str, DunflowError] = {
        "NotFound": NotFound(what="case", key="C1"),
        "NotPermitted": NotPermitted(act="dispatch this case", reason="it is not of your groups"),
        "Conflict": Conflict(what="This case"),
    }
    if kind in errors:
        raise errors[kind]
    raise RuntimeError(f"{me().name} asked for it")


@blueprint.get("/escape")
def escape() -> str:
    """Shows what it is given, escaped."""
    return render_template_string("{{ value }}", value=request.args.get("value"))


def _choice(value: str, en: str, zh: str, group: str = "", group_zh: str = "") -> dict[str, str]:
    return {"value": value, "label": en, "label_zh": zh, "group_en": group, "group_zh": group_zh}


SCHEMA: dict[str, Any] = {
    "id": "follow_up",
    "properties": {"label_en": "Follow-up", "label_zh": "催收反馈"},
    "components": [
        {
            "type": "radio",
            "key": "result_code",
            "label": "Result",
            "validate": {"required": True},
            "properties": {"label_zh": "反馈结果", "label_en": "Result"},
            "values": [
                _choice("no_answer", "No answer", "无人接听", "No contact", "未联系上"),
                _choice("busy", "Busy", "占线", "No contact", "未联系上"),
                _choice("promise_full", "Promises in full", "承诺全额还款", "Customer, willing", "本人接通，有意愿"),
                _choice("promise_part", "Promises a part", "承诺部分还款", "Customer, willing", "本人接通，有意愿"),
                _choice("dispute", "Dispute", "有争议", "Contact must stop", "须停止联系"),
            ],
        },
        {
            "type": "number",
            "key": "promise_amount",
            "label": "Promised amount",
            "decimalDigits": 2,
            "validate": {"required": True, "min": 0.01},
            "properties": {"label_zh": "承诺金额", "show_if": "result_code in ('promise_full', 'promise_part')"},
        },
        {
            "type": "datetime",
            "subtype": "date",
            "key": "promise_on",
            "label": "Promised for",
            "disallowPassedDates": True,
            "validate": {"required": True},
            "properties": {"label_zh": "承诺日期", "show_if": "result_code in ('promise_full', 'promise_part')"},
        },
        {
            "type": "textarea",
            "key": "note",
            "label": "Note",
            "validate": {"maxLength": 200},
            "properties": {"label_zh": "备注", "help_zh": "写下对方说了什么。", "help_en": "What was said."},
        },
        {
            "type": "checklist",
            "key": "marks",
            "label": "Marks",
            "properties": {"label_zh": "标记"},
            "values": [_choice("vip", "VIP", "贵宾"), _choice("sensitive", "Sensitive", "敏感")],
        },
        {
            "type": "datetime",
            "subtype": "datetime",
            "key": "next_action_at",
            "label": "Next action",
            "properties": {
                "label_zh": "下次行动",
                "help_zh": "留空则按默认间隔。",
                "help_en": "Left empty, the usual interval applies.",
            },
        },
        {"type": "checkbox", "key": "urgent", "label": "Urgent", "properties": {"label_zh": "紧急"}},
    ],
}
