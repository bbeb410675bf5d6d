"""What a form offers to choose from that comes with the case: its contacts, the members of its group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext, ngettext

from engine import assignments, forms
from engine.assignments import Member
from engine.contact import UNCALLABLE, ContactRow
from engine.models import Contact, UserTask
from web.case.opening import View
from web.filters import masked
from web.forms import Form, Option
from web.labels import label


def choices(
    view: View, task: UserTask, schema: Mapping[str, Any], known: Sequence[ContactRow]
) -> dict[str, list[Option]]:
    """Options by `valuesKey`, of those the form asks for."""
    asked = {str(each.get("valuesKey")) for each in forms.fields(schema) if each.get("valuesKey")}
    found: dict[str, list[Option]] = {}
    if "contacts" in asked:
        found["contacts"] = [Option(str(row.contact.id), contact_words(row.contact)) for row in known]
    if "collectors" in asked:
        found["collectors"] = collectors(view, task.group_id or view.case.group_id)
    return found


def collectors(view: View, group_id: int | None) -> list[Option]:
    """Who of the group can be given the case, those who hold least first; who cannot is left out."""
    if group_id is None:
        return []
    able = [each for each in assignments.members(view.session, group_id) if not (each.is_absent or each.is_full)]
    able.sort(key=lambda each: (each.load.cases, each.name))
    return [Option(str(each.user_id), _member_words(each)) for each in able if each.user_id != view.case.collector_id]


def best_contact(form: Form, known: Sequence[ContactRow]) -> dict[str, str]:
    """The contact a form begins with: the customer's own phone, a verified one before others."""
    phones = [
        row.contact
        for row in known
        if row.contact.kind == "phone" and row.contact.relation == "self" and row.contact.standing not in UNCALLABLE
    ]
    phones.sort(key=lambda each: each.standing != "verified")
    asks = any(each.key == "contact_id" for each in form.inputs())
    return {"contact_id": str(phones[0].id)} if phones and asks else {}


def contact_words(contact: Contact) -> str:
    """`Phone 154****0123 · Zhang San, Emergency contact · Wrong number`."""
    kind = contact.kind if contact.kind in ("phone", "email", "address") else "address"
    parts = [f"{label(contact.kind, 'contact_kind')} {masked(contact.value, kind)}"]
    if contact.relation != "self":
        parts.append(" ".join(part for part in (contact.holder, label(contact.relation, "relation")) if part))
    if contact.standing != "unverified":
        parts.append(label(contact.standing, "standing"))
    return " · ".join(parts)


def _member_words(member: Member) -> str:
    holds = ngettext("%(num)d case", "%(num)d cases", member.load.cases)
    room = gettext("of %(most)s", most=member.capacity) if member.capacity is not None else ""
    return f"{member.name} · {holds} {room}".strip()
