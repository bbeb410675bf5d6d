"""Where messages leave the system. Embedded: a folder, one file per message, never twice for one key."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

_SAFE_KEY = re.compile(r"[A-Za-z0-9_.-]{1,100}")


@dataclass(frozen=True)
class Outgoing:
    """One message on its way out. `key` is the same for every try: the receiver takes each key once."""

    id: int
    key: str
    kind: str  # text, event
    customer_id: int | None
    case_id: int | None
    payload: Mapping[str, Any]
    created_at: dt.datetime


class Gateway(Protocol):
    """Takes messages; returning means taken. Any exception means not known to be taken: it will be tried again."""

    def send(self, message: Outgoing) -> None:
        """Hand a message over."""


class FileGateway:
    """`FOLDER/KIND/KEY.json`, complete or absent; a key that is there already has been sent."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, message: Outgoing) -> None:
        """Write beside, then link into place: the link fails where the key is taken, whoever else tries at once."""
        place = self.path(message)
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if place.exists():
            return
        beside = place.with_name(f".{secrets.token_hex(8)}.partial")
        try:
            with beside.open("x", encoding="utf-8") as file:
                json.dump(_shown(message), file, ensure_ascii=False, indent=1)
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(beside, place)
        finally:
            beside.unlink(missing_ok=True)

    def path(self, message: Outgoing) -> Path:
        """Where a message goes."""
        safe = message.key if _SAFE_KEY.fullmatch(message.key) else hashlib.sha256(message.key.encode()).hexdigest()
        kind = message.kind if _SAFE_KEY.fullmatch(message.kind) else "other"
        return self.folder / kind / f"{safe}.json"


def _shown(message: Outgoing) -> dict[str, Any]:
    return {
        "key": message.key,
        "kind": message.kind,
        "customer_id": message.customer_id,
        "case_id": message.case_id,
        "created_at": message.created_at.isoformat(),
        "payload": dict(message.payload),
    }
