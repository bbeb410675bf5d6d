"""Where a case stands in its diagram: in words for the page, and as elements for the drawing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext

from engine.flow.definitions import Process, Release
from engine.models import Timer, UserTask
from engine.queries.case_page import Waits
from web.i18n import language
from web.labels import label


@dataclass(frozen=True)
class Stand:
    """One thing the case waits for: a user task (with who may do it) or a date."""

    words: str
    who: str = ""
    since_at: dt.datetime | None = None
    due_at: dt.datetime | None = None


@dataclass(frozen=True)
class Position:
    """`stands` say where it is; `limits` are the dates that end this; `elements` are marked in the drawing."""

    stands: tuple[Stand, ...] = ()
    limits: tuple[Stand, ...] = ()
    elements: tuple[str, ...] = ()


def position(
    found: tuple[Release, Process] | None, waits: Waits, names: Mapping[int, str], instance_id: int | None
) -> Position:
    """The position of the case's own diagram, and which requests wait; nothing for a diagram that has ended."""
    if found is None:
        return Position()
    release, process = found
    own = [task for task in waits.user_tasks if task.instance_id == instance_id and task.element in process.elements]
    requests = [task for task in waits.user_tasks if task not in own]
    inside = [each for each in waits.timers if not _is_boundary(process, each.element)]
    boundary = [each for each in waits.timers if _is_boundary(process, each.element) and each.due_at is not None]
    heard = [each.element for each in waits.messages if not _is_boundary(process, each.element)]
    alternatives = [*(each.element for each in inside), *heard]
    elements = [task.element for task in own] + [_gateway_before(process, each) for each in alternatives]
    people = tuple(_task(release, each, names) for each in (*own, *requests))
    dated = tuple(_timer(process, each) for each in inside if each.due_at is not None or not people)
    return Position(people + dated, tuple(_timer(process, each) for each in boundary), tuple(dict.fromkeys(elements)))


def task_label(release: Release, element: str) -> str:
    """What a user task is called."""
    found = release.elements.get(element)
    return found.label(language()) if found else element


def _task(release: Release, task: UserTask, names: Mapping[int, str]) -> Stand:
    who = names.get(task.assignee_id or 0) or (label(task.role, "role") if task.role else "")
    return Stand(task_label(release, task.element), who, task.since_at, task.due_at)


def _timer(process: Process, timer: Timer) -> Stand:
    words = process.elements[timer.element].label(language()) if timer.element in process.elements else timer.element
    return Stand(words, gettext("no date") if timer.due_at is None else "", due_at=timer.due_at)


def _is_boundary(process: Process, element: str) -> bool:
    found = process.elements.get(element)
    return found is None or found.kind == "boundaryEvent"


def _gateway_before(process: Process, element: str) -> str:
    """A token before alternative events stands at their gateway."""
    for flow in process.sequence_flows:
        source: Any = process.elements.get(flow.source)
        if flow.target == element and source is not None and source.kind == "eventBasedGateway":
            return flow.source
    return element
