"""What codes are called in both languages, and the tone in which a page shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import LazyString

from engine import result_codes
from web.i18n import _l, language


@dataclass(frozen=True)
class Label:
    """A code's name, and its tone: blue, green, amber, red, violet, teal or grey."""

    text: LazyString
    tone: str = "grey"


STATUS = {
    "to_dispatch": Label(_l("To dispatch"), "amber"),
    "in_work": Label(_l("In work"), "blue"),
    "suspended": Label(_l("Suspended"), "violet"),
    "to_decide": Label(_l("To decide"), "red"),
    "placed": Label(_l("Placed"), "teal"),
    "legal": Label(_l("Legal action"), "teal"),
    "written_off": Label(_l("Written off"), "grey"),
    "closed": Label(_l("Closed"), "green"),
}
STAGE = {
    "pre_collection": Label(_l("Pre-collection"), "teal"),
    "collection": Label(_l("Collection"), "blue"),
}
CLOSING_REASON = {
    "paid_in_full": Label(_l("Paid in full"), "green"),
    "settled_with_waiver": Label(_l("Settled with waiver"), "green"),
    "rolled": Label(_l("Rolled over"), "amber"),
    "forgiven": Label(_l("Forgiven"), "grey"),
    "sold": Label(_l("Sold"), "grey"),
    "returned": Label(_l("Returned"), "grey"),
    "late_posting": Label(_l("Late posting"), "grey"),
    "other": Label(_l("Other"), "grey"),
}
ROLE = {
    "collector": Label(_l("Collector"), "blue"),
    "supervisor": Label(_l("Supervisor"), "violet"),
    "manager": Label(_l("Manager"), "violet"),
    "analyst": Label(_l("Analyst"), "teal"),
    "compliance": Label(_l("Compliance"), "amber"),
    "administrator": Label(_l("Administrator"), "grey"),
}
REQUEST_STATUS = {
    "open": Label(_l("Open"), "amber"),
    "approved": Label(_l("Approved"), "green"),
    "refused": Label(_l("Refused"), "red"),
    "withdrawn": Label(_l("Withdrawn"), "grey"),
    "overtaken": Label(_l("Overtaken"), "grey"),
}
RELEASE_STATUS = {
    "draft": Label(_l("Draft"), "grey"),
    "submitted": Label(_l("Waits for approval"), "amber"),
    "approved": Label(_l("Approved"), "blue"),
    "published": Label(_l("Published"), "green"),
    "retired": Label(_l("Retired"), "grey"),
    "rejected": Label(_l("Rejected"), "red"),
}
SUSPENSION_REASON = {
    "dispute": Label(_l("Dispute")),
    "fraud_claim": Label(_l("Fraud claim"), "red"),
    "identity_theft": Label(_l("Identity theft"), "red"),
    "hardship": Label(_l("Hardship")),
    "complaint": Label(_l("Complaint"), "red"),
    "bankruptcy": Label(_l("Bankruptcy")),
    "deceased": Label(_l("Deceased")),
    "incapacity": Label(_l("Incapacity")),
    "represented": Label(_l("Legal representation")),
    "stop_contact": Label(_l("Stop contact"), "red"),
    "system_error": Label(_l("System error")),
    "other": Label(_l("Other")),
}
SEVERITY = {"error": Label(_l("Error"), "red"), "warning": Label(_l("Warning"), "amber")}
WHY = {
    "callback": Label(_l("Call back"), "red"),
    "promise": Label(_l("Promise"), "amber"),
    "planned": Label(_l("Planned"), "blue"),
    "new": Label(_l("New"), "teal"),
}
CONTACT_KIND = {
    "phone": Label(_l("Phone")),
    "email": Label(_l("E-mail")),
    "address": Label(_l("Address")),
    "id_number": Label(_l("Id number")),
}
RELATION = {
    "self": Label(_l("The customer")),
    "emergency": Label(_l("Emergency contact")),
    "guarantor": Label(_l("Guarantor")),
    "spouse": Label(_l("Spouse")),
    "other": Label(_l("Somebody else")),
}
STANDING = {
    "unverified": Label(_l("Unverified")),
    "verified": Label(_l("Verified"), "green"),
    "invalid": Label(_l("Invalid"), "red"),
    "wrong_number": Label(_l("Wrong number"), "red"),
    "refused": Label(_l("Refuses contact"), "red"),
    "do_not_contact": Label(_l("Do not contact"), "red"),
}
CONTACT_SOURCE = {
    "import": Label(_l("from the loan system")),
    "by_hand": Label(_l("added here")),
}
FILE_KIND = {
    "id_card": Label(_l("Identity card")),
    "bank_card": Label(_l("Bank card")),
    "selfie": Label(_l("Selfie")),
    "document": Label(_l("Document")),
}
HISTORY_FAMILY = {
    "follow_ups": Label(_l("Follow-ups and tasks")),
    "payments": Label(_l("Payments")),
    "assignments": Label(_l("Assignments")),
    "suspensions": Label(_l("Suspensions")),
    "requests": Label(_l("Requests")),
    "decisions": Label(_l("Decisions")),
    "texts": Label(_l("Texts")),
    "data": Label(_l("Customer data")),
    "reveals": Label(_l("Shown in full")),
}
ASSIGNMENT_END = {
    "escalation": Label(_l("escalated")),
    "by_hand": Label(_l("recalled by hand")),
    "reassigned": Label(_l("reassigned")),
    "closed": Label(_l("case closed")),
    "undone": Label(_l("dispatch undone")),
    "absent": Label(_l("collector not available")),
    "parked": Label(_l("placed, in court or written off")),
}
RESUMED_AS = {
    "by_hand": Label(_l("by hand")),
    "by_review": Label(_l("after a review")),
    "by_itself": Label(_l("by itself")),
    "superseded": Label(_l("replaced by another reason")),
    "closed": Label(_l("case closed")),
}

METHOD = {
    "evenly": Label(_l("Evenly by headcount")),
    "by_amount": Label(_l("Balanced by amount past due")),
    "to_person": Label(_l("To named people")),
}
BATCH_KIND = {
    "dispatch": Label(_l("Dispatch")),
    "reassign": Label(_l("Reassign")),
    "recall": Label(_l("Recall")),
    "hand_over": Label(_l("Hand over")),
    "give_back": Label(_l("Give back")),
}
BATCH_STATUS = {
    "planned": Label(_l("Waits"), "amber"),
    "running": Label(_l("Running"), "blue"),
    "done": Label(_l("Done"), "green"),
    "undoing": Label(_l("Being undone"), "amber"),
    "undone": Label(_l("Undone"), "grey"),
}
ITEM_OUTCOME = {
    "planned": Label(_l("Waits"), "amber"),
    "dispatched": Label(_l("Dispatched"), "green"),
    "reassigned": Label(_l("Reassigned"), "green"),
    "recalled": Label(_l("Recalled"), "green"),
    "skipped": Label(_l("Skipped"), "red"),
    "undone": Label(_l("Undone"), "grey"),
}
IMPORT_KIND = {
    "customers": Label(_l("Customers")),
    "orders": Label(_l("Orders")),
    "repayments": Label(_l("Repayments")),
}
IMPORT_STATUS = {
    "waiting": Label(_l("Waits"), "amber"),
    "running": Label(_l("Running"), "blue"),
    "done": Label(_l("Done"), "green"),
    "refused": Label(_l("Refused"), "red"),
    "cancelled": Label(_l("Cancelled"), "grey"),
}
FAILED_ACT = {
    "task": Label(_l("Completing a user task")),
    "timer": Label(_l("A date that came")),
    "message": Label(_l("Sending a message to a case")),
    "intake": Label(_l("Taking in an order")),
    "sweep": Label(_l("Doing what was due")),
}
USER_STATE = {
    "active": Label(_l("Active"), "green"),
    "locked": Label(_l("Locked"), "amber"),
    "left": Label(_l("Left"), "grey"),
}
JOB = {
    "sweep": Label(_l("Doing what is due")),
    "dispatch_batch": Label(_l("Dispatching a batch")),
    "import_file": Label(_l("Importing a file")),
    "relay": Label(_l("Sending messages")),
    "standing": Label(_l("Planning by standing rules")),
    "remind": Label(_l("Keeping notifications")),
    "send": Label(_l("Sending one message")),
}

KINDS: Mapping[str, Mapping[str, Label]] = {
    "status": STATUS,
    "stage": STAGE,
    "closing_reason": CLOSING_REASON,
    "role": ROLE,
    "request_status": REQUEST_STATUS,
    "release_status": RELEASE_STATUS,
    "suspension_reason": SUSPENSION_REASON,
    "severity": SEVERITY,
    "method": METHOD,
    "batch_kind": BATCH_KIND,
    "batch_status": BATCH_STATUS,
    "item_outcome": ITEM_OUTCOME,
    "import_kind": IMPORT_KIND,
    "import_status": IMPORT_STATUS,
    "failed_act": FAILED_ACT,
    "job": JOB,
    "user_state": USER_STATE,
    "why": WHY,
    "contact_kind": CONTACT_KIND,
    "relation": RELATION,
    "standing": STANDING,
    "contact_source": CONTACT_SOURCE,
    "file_kind": FILE_KIND,
    "history_family": HISTORY_FAMILY,
    "assignment_end": ASSIGNMENT_END,
    "resumed_as": RESUMED_AS,
}
RESULT_TONES = {"rpc_positive": "green", "rpc_negative": "amber", "hold": "red"}


def label(code: object, kind: str = "status") -> str:
    """A code's name in the reader's language; an unknown code shows as itself rather than as nothing."""
    if kind == "result_code":
        known_result = result_codes.ALL.get(str(code))
        return str(getattr(known_result, language())) if known_result else str(code)
    known = KINDS[kind].get(str(code))
    return str(known.text) if known else str(code)


def tone(code: object, kind: str = "status") -> str:
    """The tone of a code, for dots and tags."""
    if kind == "result_code":
        known_result = result_codes.ALL.get(str(code))
        return RESULT_TONES.get(str(known_result.result_class), "grey") if known_result else "grey"
    known = KINDS[kind].get(str(code))
    return known.tone if known else "grey"
