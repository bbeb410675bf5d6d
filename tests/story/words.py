"""What the people of the story read, by language; the English is the key."""

from __future__ import annotations

CHINESE = {
    "Approve": "批准",
    "Approved": "已通过",
    "Ask for a suspension": "申请停催",
    "Ask": "提交申请",
    "Assign": "分派",
    "Call back": "约定回电",
    "Closed": "已结案",
    "Collector": "催收员",
    "Days past due": "逾期天数",
    "Decide": "提交结论",
    "Dispatch": "派单",
    "Dispatch 2 cases": "派出 2 个案件",
    "Done": "完成",
    "Hardship": "生活困难",
    "Next action": "下次行动",
    "Nothing is suspended": "没有停催案件",
    "Nothing to follow up now": "目前没有待跟进的案件",
    "Outstanding": "在贷总额",
    "Paid in full": "全额结清",
    "Past due": "在逾金额",
    "Promises in part": "承诺部分还款",
    "Resume": "恢复",
    "Resume the case": "恢复催收",
    "Review": "审核",
    "Save": "保存",
    "Suspend": "停催",
    "Suspended": "停催",
    "System error": "系统差错",
    "The case is resumed.": "案件已恢复。",
    "The case is suspended.": "案件已停催。",
    "The request is approved.": "申请已同意。",
    "The suspension is asked for.": "停催申请已提交。",
    "Tier": "案件等级",
    "To dispatch": "待派单",
    "In work": "跟进中",
    "the clock": "系统定时",
}


class Words:
    """`say("Closed")` in the language of the story."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, english: str) -> str:
        """The words as a page shows them."""
        return english if self.language == "en" else CHINESE[english]
