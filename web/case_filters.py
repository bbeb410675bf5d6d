"""The query form of lists of cases: its fields, and what an address that carries them asks for."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from engine import result_codes
from engine.models import Stage, Status, User
from engine.queries import case_list
from engine.queries.case_filters import NOBODY, Wanted
from web.filters import product_names
from web.i18n import _l, language
from web.labels import STAGE
from web.listing import Filter, Listing

PLAIN = (
    "status",
    "q",
    "number",
    "name",
    "phone",
    "id_number",
    "product",
    "tier",
    "collector",
    "group",
    "stage",
    "result",
)
RANGES = {
    "days": "number_range",
    "amount": "number_range",
    "due": "date_range",
    "opened": "date_range",
    "last": "date_range",
    "next": "date_range",
}


def filters(session: Session, user: User) -> list[Filter]:
    """The fields, the common ones in view; their choices are what this person can see."""
    groups = [(NOBODY, _l("No group")), *((str(each.id), each.name) for each in case_list.groups(session, user))]
    people = [(NOBODY, _l("Nobody")), *((str(key), name) for key, name in case_list.collectors(session, user))]
    results = [(code, str(getattr(each, language()))) for code, each in result_codes.ALL.items()]
    stages = [(code, STAGE[code].text) for code in Stage]
    tiers = [(tier, tier) for tier in case_list.tiers(session, user)]
    return [
        Filter("status", _l("Status"), "hidden"),
        Filter("q", _l("Keyword"), "search", placeholder=_l("Name, phone, id, case or order number")),
        Filter("product", _l("Product"), "select", list(product_names().items())),
        Filter("tier", _l("Tier"), "many", tiers),
        Filter("number", _l("Number"), placeholder=_l("Case or order number"), folded=True),
        Filter("name", _l("Customer"), placeholder=_l("Part of the name"), folded=True),
        Filter("phone", _l("Phone"), placeholder=_l("At least 3 digits"), folded=True),
        Filter("id_number", _l("Id number"), placeholder=_l("At least 3 digits"), folded=True),
        Filter("collector", _l("Collector"), "many", people, folded=True),
        Filter("group", _l("Group"), "many", groups, folded=True),
        Filter("stage", _l("Stage"), "select", stages, folded=True),
        Filter("result", _l("Last result"), "many", results, folded=True),
        Filter("days", _l("Days past due"), RANGES["days"], folded=True),
        Filter("amount", _l("Past due"), RANGES["amount"], folded=True),
        Filter("due", _l("Due"), RANGES["due"], folded=True),
        Filter("opened", _l("Opened"), RANGES["opened"], folded=True),
        Filter("last", _l("Last contact"), RANGES["last"], folded=True),
        Filter("next", _l("Next action"), RANGES["next"], folded=True),
    ]


def bare_filters() -> Sequence[Filter]:
    """The fields alone, without their choices: enough to read an address."""
    return [*(Filter(key, "") for key in PLAIN), *(Filter(key, "", kind) for key, kind in RANGES.items())]


def read_wanted(listing: Listing) -> Wanted:
    """What the address asks for."""
    status = listing.get("status")
    return Wanted(
        status=status if status in set(Status) else "",
        words=listing.get("q"),
        number=listing.get("number"),
        name=listing.get("name"),
        phone=listing.get("phone"),
        id_number=listing.get("id_number"),
        stage=listing.get("stage"),
        product=listing.get("product"),
        tiers=listing.get_all("tier"),
        groups=listing.get_all("group"),
        collectors=listing.get_all("collector"),
        results=listing.get_all("result"),
        days=listing.numbers("days"),
        amount=listing.amounts("amount"),
        due=listing.dates("due"),
        opened=listing.dates("opened"),
        last_contact=listing.dates("last"),
        next_action=listing.dates("next"),
        sort=listing.sort,
    )
