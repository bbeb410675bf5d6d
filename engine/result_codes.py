"""Result codes of follow-ups: their class, and what follows where the collector plans nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ResultClass(StrEnum):
    """What kind of contact it was."""

    NO_CONTACT = "no_contact"  # nobody answered
    BAD_CONTACT = "bad_contact"  # the number does not lead to the customer
    THIRD_PARTY = "third_party"  # somebody else answered
    RPC_POSITIVE = "rpc_positive"  # the customer, and willing
    RPC_NEGATIVE = "rpc_negative"  # the customer, and not willing or able
    HOLD = "hold"  # contact stops at once; a suspension request decides whether it may restart


@dataclass(frozen=True)
class ResultCode:
    """A result code. `standing` is what becomes of the contact that was used; `retry` names the parameter with the days
    until the next action where none is given (None: the collector must give a date, or contact stops)."""

    code: str
    result_class: ResultClass
    zh: str
    en: str
    standing: str | None = None
    retry: str | None = None
    promises: bool = False
    needs_date: bool = False


_C = ResultClass
_SOON, _REFUSED = "retry_no_contact_days", "retry_refused_days"

ALL: dict[str, ResultCode] = {
    each.code: each
    for each in (
        ResultCode("no_answer", _C.NO_CONTACT, "无人接听", "No answer", retry=_SOON),
        ResultCode("busy", _C.NO_CONTACT, "占线", "Busy", retry=_SOON),
        ResultCode("voicemail", _C.NO_CONTACT, "语音信箱", "Voicemail", retry=_SOON),
        ResultCode("hung_up", _C.NO_CONTACT, "挂断", "Hung up", retry=_SOON),
        ResultCode("invalid_number", _C.BAD_CONTACT, "空号", "Invalid number", "invalid", _SOON),
        ResultCode("wrong_number", _C.BAD_CONTACT, "号码错误", "Wrong number", "wrong_number", _SOON),
        ResultCode("disconnected", _C.BAD_CONTACT, "停机", "Disconnected", "invalid", _SOON),
        ResultCode("message_taken", _C.THIRD_PARTY, "转告", "Message taken", retry=_SOON),
        ResultCode("refused", _C.THIRD_PARTY, "第三方拒绝", "Third party refused", "refused", _SOON),
        ResultCode("no_relation", _C.THIRD_PARTY, "无关系", "No relation", "wrong_number", _SOON),
        ResultCode("promise_full", _C.RPC_POSITIVE, "承诺全额还款", "Promises in full", "verified", promises=True),
        ResultCode("promise_part", _C.RPC_POSITIVE, "承诺部分还款", "Promises in part", "verified", promises=True),
        ResultCode("paid_today", _C.RPC_POSITIVE, "今日还款", "Pays today", "verified", _SOON),
        ResultCode("claims_paid", _C.RPC_POSITIVE, "声称已还", "Says it is paid", "verified", _REFUSED),
        ResultCode("callback", _C.RPC_POSITIVE, "约定回电", "Call back", "verified", needs_date=True),
        ResultCode("refuses", _C.RPC_NEGATIVE, "拒绝还款", "Refuses to pay", "verified", _REFUSED),
        ResultCode("unable_to_pay", _C.RPC_NEGATIVE, "无力还款", "Unable to pay", "verified", _REFUSED),
        ResultCode("dispute", _C.HOLD, "有争议", "Disputes the debt"),
        ResultCode("fraud_claim", _C.HOLD, "声称欺诈", "Claims fraud"),
        ResultCode("identity_theft", _C.HOLD, "身份盗用", "Identity theft"),
        ResultCode("hardship", _C.HOLD, "生活困难", "Hardship"),
        ResultCode("complaint", _C.HOLD, "投诉", "Complaint"),
        ResultCode("bankruptcy", _C.HOLD, "破产", "Bankruptcy"),
        ResultCode("deceased", _C.HOLD, "已故", "Deceased"),
        ResultCode("incapacity", _C.HOLD, "无行为能力", "Incapacity"),
        ResultCode("represented", _C.HOLD, "已委托律师", "Legally represented"),
        ResultCode("stop_contact", _C.HOLD, "要求停止联系", "Asks to stop contact"),
    )
}

SUSPENSION_REASONS: dict[str, tuple[str, str]] = {
    **{code: (each.zh, each.en) for code, each in ALL.items() if each.result_class is ResultClass.HOLD},
    "system_error": ("系统错误", "System error"),
    "other": ("其他", "Other"),
}
