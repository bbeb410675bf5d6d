"""Completing a user task outside of the case page: what fails in a diagram becomes an incident, and is told so."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from engine import acts, incidents
from engine.flow import instance as flow
from engine.flow.evaluator import FlowFailed
from engine.models import User, UserTask
from web.database import db, house
from web.errors import DiagramFailed

log = logging.getLogger(__name__)


def complete(task: UserTask, given: Mapping[str, Any], *, actor: User) -> None:
    """Complete it as this person. Raises what `acts.may_complete` and `acts.complete_task` raise, and DiagramFailed."""
    session = db.session()
    task_id, actor_id = task.id, actor.id
    acts.may_complete(session, actor, task)
    try:
        acts.complete_task(session, task_id, given, actor_id=actor_id)
    except FlowFailed as error:
        log.exception("user task %s failed in its diagram", task_id)
        session.rollback()
        flow.discard(session)
        number = incidents.after_task(house().sessions, task_id, given, actor_id, error)
        raise DiagramFailed(number=number) from error
