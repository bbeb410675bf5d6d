"""Finding customers by part of a name, a phone or an identity number, by index on both databases.

Two-character pieces would do for names, but not for numbers: there are a hundred pairs of digits, and every tenth
customer has each of them. So every *ending* of a value is kept (`engine.models.Ending`), and a part of a value is what
one of its endings begins with: one range of an index, as long as what it finds, whatever the number of customers.
`index` is called in the act that writes a customer's name, identity number or phones.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from itertools import islice

from sqlalchemy import Select, and_, delete, false, or_, select, text
from sqlalchemy.orm import Session

from engine.db import is_sqlite
from engine.models import ENDING, Contact, Customer, Ending

LEAST_DIGITS = 3  # of a number; two digits are in every tenth customer's
LEAST_LETTERS = 2  # of a name in letters; one Chinese character is enough
_AFTER_ALL = chr(0x10FFFF)  # sorts after whatever may follow
_AT_ONCE = 500
_INSERT = (
    "INSERT INTO search_endings (ending, customer_id) VALUES (?, ?)"  # as SQLite's driver takes it: thirty a customer
)
_INSERT_LISTS = text(
    "INSERT INTO search_endings (ending, customer_id)"
    " SELECT * FROM unnest(CAST(:endings AS text[]), CAST(:ids AS bigint[]))"
)
_UNSYNCHRONISED = {"synchronize_session": False}  # nobody keeps these rows


class Field(StrEnum):
    """What a customer is found by; the value stands before each ending."""

    NAME = "n"
    PHONE = "p"  # theirs, and those of people near them
    ID_NUMBER = "i"


NUMBERS = (Field.PHONE, Field.ID_NUMBER)


def folded(words: str) -> str:
    """Letters and digits only, of one width and case: full-width, capitals, spaces and dashes are all one."""
    plain = unicodedata.normalize("NFKC", words).casefold()
    return "".join(each for each in plain if each.isalnum())[:ENDING]


def endings(field: Field, value: str) -> set[str]:
    """The rows of one value."""
    words = folded(value)
    least = LEAST_DIGITS if field in NUMBERS else 1
    return {f"{field}{words[at:]}" for at in range(len(words) - least + 1)}


def is_enough(field: Field, words: str) -> bool:
    """Whether so few characters are searched for in a field."""
    plain = folded(words)
    if field in NUMBERS:
        return len(plain) >= LEAST_DIGITS and any(each.isdigit() for each in plain)
    return len(plain) >= LEAST_LETTERS or (plain != "" and not plain.isascii())


def customers(words: str, *fields: Field) -> Select[int]:
    """SQL: the ids of customers who have these words within one of the fields, by default any; some more than once."""
    plain = folded(words)
    begins = [f"{field}{plain}" for field in fields or tuple(Field) if is_enough(field, plain)]
    ranges = (and_(Ending.ending >= begin, Ending.ending < begin + _AFTER_ALL) for begin in begins)
    return select(Ending.customer_id).where(or_(false(), *ranges))


def index(session: Session, customer_ids: Iterable[int]) -> None:
    """These customers are found by what is written of them now, and by nothing else. Flushed before."""
    waiting = iter(sorted(set(customer_ids)))
    while ids := list(islice(waiting, _AT_ONCE)):
        session.execute(delete(Ending).where(Ending.customer_id.in_(ids)), execution_options=_UNSYNCHRONISED)
        rows = session.execute(select(Customer.id, Customer.name, Customer.id_number).where(Customer.id.in_(ids)))
        found = {row.id: _found_by(row.name, row.id_number) for row in rows}
        phones = select(Contact.customer_id, Contact.value).where(Contact.customer_id.in_(ids), Contact.kind == "phone")
        for customer_id, phone in session.execute(phones):
            found[customer_id] |= endings(Field.PHONE, phone)
        _insert(session, found)


def index_new(session: Session, new: Iterable[tuple[int, str, str | None, Iterable[str]]]) -> None:
    """As `index` for customers nobody knew yet, without reading anything: id, name, identity number and phones."""
    found = {}
    for customer_id, name, id_number, phones in new:
        found[customer_id] = _found_by(name, id_number).union(*(endings(Field.PHONE, each) for each in phones))
    _insert(session, found)


def _found_by(name: str, id_number: str | None) -> set[str]:
    return endings(Field.NAME, name) | endings(Field.ID_NUMBER, id_number or "")


def _insert(session: Session, found: Mapping[int, Collection[str]]) -> None:
    """In the order of the index, so that what lies side by side is written together."""
    rows = sorted((ending, each) for each, endings in found.items() for ending in endings)
    if not rows:
        return
    if is_sqlite(session):
        session.connection().exec_driver_sql(_INSERT, rows)
        return
    columns = tuple(map(list, zip(*rows, strict=True)))
    session.execute(_INSERT_LISTS, {"endings": columns[0], "ids": columns[1]})
