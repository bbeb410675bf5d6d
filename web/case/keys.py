"""The key beside each result of a follow-up: figures for what is recorded most, letters for the rest."""

from __future__ import annotations

from collections.abc import Mapping

RESULT_KEYS: Mapping[str, str] = {
    "no_answer": "1",
    "promise_full": "2",
    "promise_part": "3",
    "callback": "4",
    "paid_today": "5",
    "refuses": "6",
    "busy": "7",
    "unable_to_pay": "8",
    "claims_paid": "9",
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
