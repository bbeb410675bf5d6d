"""One case: what is known, what can be done, what happened, and where it stands in its diagram."""

from web.case import acts, contacts, drawing, files, leases, owed, page, personal, presence, tasks, why
from web.case.blueprint import blueprint

__all__ = [
    "acts",
    "blueprint",
    "contacts",
    "drawing",
    "files",
    "leases",
    "owed",
    "page",
    "personal",
    "presence",
    "tasks",
    "why",
]
