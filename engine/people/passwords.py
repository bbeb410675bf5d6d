"""Hashing passwords with argon2id, which ones are good enough, and temporary ones."""

from __future__ import annotations

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from engine.people.refusals import PasswordIsName, PasswordTooCommon, PasswordTooLong, PasswordTooShort

MIN_LENGTH = 10
MAX_LENGTH = 256
_COMMON = """
1234567890 12345678910 0123456789 0987654321 9876543210 1111111111 0000000000 1q2w3e4r5t 1qaz2wsx3edc qwertyuiop
qwerty12345 qwerty123456 qwertyuiop123 asdfghjkl123 abcdefghij abcd123456 abc1234567 password12 password123
password1234 password12345 passw0rd123 p@ssw0rd123 p@ssword123 administrator administrator1 admin12345
admin123456 changeme123 changeme1234 letmein1234 welcome1234 welcome12345 iloveyou123 iloveyou1314 woaini1314
woaini520 woaini1314520 a123456789 aa12345678 aa123456789 qq123456789 q1w2e3r4t5y6 1234qwerasdf dunflow123
dunflow1234 dunflowdunflow
"""
COMMON = frozenset(_COMMON.split())
# OWASP Password Storage Cheat Sheet, argon2id: at least 19 MiB and two passes with one lane; one lane because web
# threads sign people in side by side. Hashes made otherwise are renewed when their owner next signs in.
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that are mistaken for each other when read out


def hashed(password: str) -> str:
    """The argon2id hash, with its salt and parameters."""
    return HASHER.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Whether the password made the hash. Without a hash it costs the same time and is False."""
    try:
        HASHER.verify(password_hash or _nobodys(), password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return HASHER.check_needs_rehash(password_hash)


def require_good(password: str, *, login: str, name: str) -> None:
    """Raise the PasswordToo… or PasswordIsName that says why this password will not do."""
    if len(password) < MIN_LENGTH:
        raise PasswordTooShort(field="password", length=MIN_LENGTH)
    if len(password) > MAX_LENGTH:
        raise PasswordTooLong(field="password", length=MAX_LENGTH)
    plain = password.strip().casefold()
    if plain in (login.casefold(), name.casefold(), login[::-1].casefold()):
        raise PasswordIsName(field="password")
    if plain in COMMON or len(set(plain)) <= 2:  # noqa: PLR2004 - one or two characters over and over
        raise PasswordTooCommon(field="password")


def temporary() -> str:
    """A random password that can be read out over the phone: about 79 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


@cache
def _nobodys() -> str:
    return hashed(secrets.token_urlsafe())
