"""What the demo's people note down, and how often which result comes about; all of it is invented."""

from __future__ import annotations

AGENCY = "华信资产管理 Huaxin"
HOLDS = frozenset({"hardship", "dispute", "complaint", "represented"})
PROMISES = frozenset({"promise_full", "promise_part"})
RESULTS = {
    "no_answer": 330,
    "busy": 80,
    "voicemail": 60,
    "hung_up": 50,
    "message_taken": 60,
    "no_relation": 15,
    "wrong_number": 15,
    "promise_full": 90,
    "promise_part": 70,
    "paid_today": 15,
    "claims_paid": 30,
    "callback": 60,
    "refuses": 60,
    "unable_to_pay": 60,
    "hardship": 6,
    "dispute": 5,
    "complaint": 3,
    "represented": 1,
}
NOTES = {
    "message_taken": ("家人接听，答应转告。", "同事接听，请其转告本人回电。"),
    "promise_full": ("本人接听，承诺发工资后一次还清。", "说明周末前转账，已告知还款方式。"),
    "promise_part": ("先还一部分，余款月底再谈。", "手头紧，承诺先还一半。"),
    "claims_paid": ("称昨日已通过手机银行还款，请其提供凭证。",),
    "callback": ("开会中，约下次再联系。", "在外地，请改日再打。"),
    "refuses": ("对费用不满，拒绝还款。", "情绪激动，挂断。"),
    "unable_to_pay": ("失业两个月，暂无收入。", "家人住院，近期无力偿还。"),
    "hardship": ("重病治疗中，申请困难处理。",),
    "dispute": ("否认其中一笔消费，要求核查。",),
    "complaint": ("投诉来电过于频繁，要求记录。",),
    "represented": ("称已委托律师，后续请联系律师。",),
    "paid_today": ("答应今天下班前还清。",),
}
REVIEWS = {
    "approve": "情况属实，同意停催。",
    "refuse": "材料不足，继续跟进。",
    "resume": "已核实，恢复催收。",
    "continue": "仍在处理，继续停催。",
}
REVIEW_DAYS = "本演示每 30 天复核一次末级案件。"
RECALLED = "重新分配案件。"
