"""The key beside each result of a follow-up: figures, in the form's order, for the usual ones, letters for the rest."""

from __future__ import annotations

from collections.abc import Mapping

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
