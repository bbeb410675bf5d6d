"""Dispatch: sharing out cases among the people of the group responsible, and moving them."""

from engine.dispatch.batches import (
    Report,
    create,
    get_batch,
    list_batches,
    list_items,
    open_batches,
    preview,
    report,
    visible_batches,
)
from engine.dispatch.gathering import Request
from engine.dispatch.moving import concerned
from engine.dispatch.planning import Assigned, Plan, Share, Skipped
from engine.dispatch.reasons import Reason, text_of
from engine.dispatch.running import run_batch
from engine.dispatch.standing import due_rules, run_rule, set_rule
from engine.dispatch.undoing import ask_undo, undo_batch
from engine.dispatch.waiting import Filters, Kind, unserved_kinds, waiting_cases, waiting_kinds

__all__ = [
    "Assigned",
    "Filters",
    "Kind",
    "Plan",
    "Reason",
    "Report",
    "Request",
    "Share",
    "Skipped",
    "ask_undo",
    "concerned",
    "create",
    "due_rules",
    "get_batch",
    "list_batches",
    "list_items",
    "open_batches",
    "preview",
    "report",
    "run_batch",
    "run_rule",
    "set_rule",
    "text_of",
    "undo_batch",
    "unserved_kinds",
    "visible_batches",
    "waiting_cases",
    "waiting_kinds",
]
