"""The vocabulary of cases: every function, operator, fact, message and role, with its name in both languages."""

from __future__ import annotations

from engine.flow.vocabulary import Function, Operator, Vocabulary
from engine.lifecycle import dates, following_up, operators, suspending
from engine.lifecycle.facts import FACTS
from engine.models import Role

_D, _O, _F, _S = dates, operators, following_up, suspending

FUNCTIONS = (
    Function("tier_days", _D.tier_days, 0, 0, "number", "用于等级的逾期天数", "days that count for the tier"),
    Function("tier_ends_at", _D.tier_ends_at, 0, 0, "datetime", "当前等级到期时间", "when the case outlives its tier"),
    Function(
        "last_tier_outlived",
        _D.last_tier_outlived,
        0,
        0,
        "boolean",
        "末级复核是否到期",
        "whether the review of the last tier is due",
    ),
    Function("next_action_at", _D.next_action_at, 0, 0, "datetime", "下次跟进时间", "when the next action is due"),
    Function(
        "next_action_ahead",
        _D.next_action_ahead,
        0,
        0,
        "boolean",
        "下次跟进是否在未来",
        "whether a next action is planned and still ahead",
    ),
    Function(
        "has_collector", _D.has_collector, 0, 0, "boolean", "是否有在岗催收员", "whether an available collector has it"
    ),
    Function(
        "opens_suspended", _D.opens_suspended, 0, 0, "boolean", "是否以停催状态建案", "whether it opens suspended"
    ),
    Function(
        "suspension_review_at",
        _D.suspension_review_at,
        0,
        0,
        "datetime",
        "停催复核时间",
        "when the suspension is reviewed",
    ),
    Function(
        "parking_ends_at",
        _D.parking_ends_at,
        0,
        0,
        "datetime",
        "委外、诉讼或核销的复看时间",
        "when a placement, legal action or write-off is looked at again",
    ),
    Function(
        "first_overdue_at", _D.first_overdue_at, 0, 0, "datetime", "最早订单逾期时间", "when its next order is overdue"
    ),
    Function("orders_left", _D.orders_left, 0, 0, "number", "剩余未结清订单数", "how many unpaid orders it holds"),
    Function("by_text_alone", _D.by_text_alone, 0, 0, "boolean", "预催收是否仅发短信", "whether texts alone are sent"),
    Function("in_days", _D.in_days, 1, 1, "datetime", "若干天后的零点", "00:00 so many days from today"),
    Function("never", _D.never, 0, 0, "datetime", "永不", "a date that does not come"),
)

OPERATORS = (
    Operator("recall", _O.recall, {"reason": True}, (), "回收", "take the case from its collector"),
    Operator("enter_tier", _O.enter_tier, {"tier": True, "rank": True}, (), "进入等级", "enter a tier"),
    Operator("assign", _O.assign, {"collector_id": True}, (), "分派给催收员", "give the case to a collector"),
    Operator(
        "record_follow_up",
        _F.record_follow_up,
        {},
        ("result_code", "result_class"),
        "记录催收反馈",
        "record the follow-up",
    ),
    Operator("request_suspension", _F.request_suspension, {"reason": True}, (), "申请停催", "ask for a suspension"),
    Operator("suspend", _S.suspend, {"review_days": True, "blocks_customer": True}, (), "停催", "suspend the case"),
    Operator(
        "prolong_suspension", _S.prolong_suspension, {"review_on": True}, (), "延长停催", "prolong the suspension"
    ),
    Operator("resume", _S.resume, {}, (), "恢复", "resume the case"),
    Operator("review_last_tier", _O.review_last_tier, {}, (), "记录末级复核", "note the review of the last tier"),
    Operator("place", _O.place, {"agency": True, "term_days": True}, (), "委外", "place with an agency"),
    Operator("start_legal", _O.start_legal, {}, (), "启动诉讼", "start legal action"),
    Operator("write_off", _O.write_off, {}, (), "核销", "write off"),
    Operator("unpark", _O.unpark, {}, (), "收回处理", "bring back from agency, court or write-off"),
    Operator("forgive", _O.forgive, {}, (), "豁免", "forgive what is left"),
    Operator("roll_over", _O.roll_over, {}, (), "转入催收", "roll overdue orders into collection"),
    Operator("send_text", _O.send_text, {"template": True}, (), "发送短信", "queue a text"),
    Operator("close_case", _O.close_case, {}, (), "结案", "close the case"),
    Operator("apply_request", _F.apply_request, {}, (), "执行申请", "put the request into effect"),
    Operator("refuse_request", _F.refuse_request, {}, (), "拒绝申请", "refuse the request"),
    Operator("withdraw_request", _F.withdraw_request, {}, (), "撤回申请", "note the withdrawal"),
    Operator("overtake_request", _F.overtake_request, {}, (), "申请失效", "note that the case closed first"),
)

MESSAGES = frozenset(
    {"settled", "close", "suspend", "resume", "recall", "take_up", "promise_broken", "withdraw", "overtaken"}
)


def vocabulary() -> Vocabulary:
    """The vocabulary that diagrams are checked against and run with."""
    return Vocabulary(
        functions={each.name: each for each in FUNCTIONS},
        operators={each.name: each for each in OPERATORS},
        facts=FACTS,
        messages=MESSAGES,
        roles=frozenset({Role.COLLECTOR, Role.SUPERVISOR, Role.MANAGER, Role.COMPLIANCE}),
    )
