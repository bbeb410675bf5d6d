"""Durations as BPMN writes them (ISO 8601), for the timers that may count from the moment they are entered."""

from __future__ import annotations

import datetime as dt
import re

MOST_DAYS = 36_500
_WRITTEN = re.compile(
    r"P(?=[0-9T])(?:(?P<weeks>[0-9]{1,6})W)?(?:(?P<days>[0-9]{1,6})D)?"
    r"(?:T(?=[0-9])(?:(?P<hours>[0-9]{1,6})H)?(?:(?P<minutes>[0-9]{1,8})M)?(?:(?P<seconds>[0-9]{1,9})S)?)?\Z"
)


def duration_of(text: str) -> dt.timedelta | None:
    """The duration that a text such as `P3D`, `PT2H30M` or `"P2W"` writes; None if it writes none that has a length.

    Whole weeks, days of 24 hours, hours, minutes and seconds, up to a hundred years. Months and years have no fixed
    length and are none.
    """
    written = text.strip()
    if len(written) > 1 and written[0] == written[-1] and written[0] in "\"'":
        written = written[1:-1]
    found = _WRITTEN.match(written)
    if found is None:
        return None
    length = dt.timedelta(**{unit: int(count) for unit, count in found.groupdict(default="0").items()})
    return length if dt.timedelta() < length <= dt.timedelta(days=MOST_DAYS) else None
