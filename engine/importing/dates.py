"""Dates as a file writes them, into those of the contract."""

from __future__ import annotations

import re

DATED = ("disbursed_on", "due_on", "paid_at", "posted_at")
ORDERS = {"iso": "", "ymd": "ymd", "dmy": "dmy", "mdy": "mdy"}
"""How dates may be written: as the contract says, or year, month and day in some order with any marks between."""
_MARKED = re.compile(r"([0-9]{1,4})\s*[-/.年]\s*([0-9]{1,2})\s*[-/.月]\s*([0-9]{1,4})\s*日?(?:[T ]\s*(.+))?")
_DIGITS = {"ymd": (4, 6), "dmy": (2, 4), "mdy": (2, 4)}  # where eight digits are parted
_LENGTH, _YEAR = len("2026-03-31"), len("2026")
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2}.*)")


def iso(text: str, written: str) -> str:
    """A date or time in the contract's form; what is no date in that order stays, to be refused as it came."""
    order = ORDERS[written]
    parts, time = _parts(text, order) if order else (None, "")
    if parts is None:
        return text
    named = dict(zip(order, parts, strict=True))
    found = f"{named['y']}-{named['m']:0>2}-{named['d']:0>2}"
    return found + time if len(found) == _LENGTH and len(named["y"]) == _YEAR else text


def _parts(text: str, order: str) -> tuple[tuple[str, str, str] | None, str]:
    if re.fullmatch("[0-9]{8}", text):
        first, second = _DIGITS[order]
        return (text[:first], text[first:second], text[second:]), ""
    found = _MARKED.fullmatch(text)
    if not found:
        return None, ""
    time = _TIME.sub(lambda part: f" {part[1]:0>2}:{part[2]}", found[4]) if found[4] else ""
    return (found[1], found[2], found[3]), time
