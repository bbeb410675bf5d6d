"""What goes with each result on the follow-up form: its key (figures for the usual ones), its usual next action."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from engine.lifecycle.following_up import usual_days
from engine.result_codes import ALL, ResultClass

RESULT_KEYS: Mapping[str, str] = {
    "no_answer": "1",
    "busy": "2",
    "promise_full": "3",
    "promise_part": "4",
    "paid_today": "5",
    "claims_paid": "6",
    "callback": "7",
    "refuses": "8",
    "unable_to_pay": "9",
    "voicemail": "v",
    "hung_up": "h",
    "invalid_number": "i",
    "wrong_number": "w",
    "disconnected": "d",
    "message_taken": "m",
    "refused": "g",
    "no_relation": "r",
    "dispute": "u",
    "fraud_claim": "f",
    "identity_theft": "y",
    "hardship": "o",
    "complaint": "c",
    "bankruptcy": "b",
    "deceased": "e",
    "incapacity": "a",
    "represented": "l",
    "stop_contact": "z",
}
"""By result code. A result that an analyst adds has none until it is listed here; j k n p s t x are the page's own."""


def usual_plans(session: Session) -> dict[str, tuple[str, int]]:
    """By result, the field its next action counts from (empty: today) and the days. None where a date must be given."""
    return {
        code: ("promise_on" if each.promises else "", usual_days(session, each))
        for code, each in ALL.items()
        if not each.needs_date and each.result_class is not ResultClass.HOLD
    }
