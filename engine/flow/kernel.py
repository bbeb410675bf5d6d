"""What the workflow kernel is given once per process: the vocabulary, the domain's hooks, and a cache of releases."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from sqlalchemy.orm import Session

from engine.flow.definitions import ReleaseCache
from engine.flow.vocabulary import Vocabulary

if TYPE_CHECKING:
    from engine.flow.act import Act

KERNEL = "dunflow_kernel"


class Domain(Protocol):
    """What the kernel asks of the domain around every act."""

    def lock(self, session: Session, keys: Collection[int], *, skip_locked: bool = False) -> set[int]:
        """Locks the rows behind `keys` in order of id; gives those that were locked."""

    def positioned(self, act: Act, statuses: Sequence[str]) -> None:
        """The instance now waits at elements with these values of `case_status`; called before the act is saved."""

    def ended(self, act: Act) -> None:
        """The instance has come to its end."""


@dataclass(frozen=True)
class Kernel:
    """Travels with each session in `session.info`; see `of`."""

    vocabulary: Vocabulary
    domain: Domain
    releases: ReleaseCache = field(default_factory=ReleaseCache)


def of(session: Session) -> Kernel:
    """The kernel a session was made with."""
    kernel: Kernel = session.info[KERNEL]
    return kernel
