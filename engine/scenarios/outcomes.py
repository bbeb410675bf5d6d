"""What came of playing scenarios."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath

from engine.flow.findings import Text


@dataclass(frozen=True)
class Failure:
    """Where a story went otherwise: `what` was looked at, what was expected of it, what was got.

    For a file that cannot be read: what is wrong, and the remedy.
    """

    where: Text
    what: Text
    expected: str
    got: str
    line: int | None
    step: int | None = None
    remedy: Text | None = None


@dataclass(frozen=True)
class Outcome:
    """One scenario played, or one file that could not be read.

    `elements` are the ids of elements that completed in any diagram, `arrows` the ends of the arrows taken, `steps`
    how many steps went as told.
    """

    name: Text
    file: PurePosixPath
    diagram: str
    steps: int
    failure: Failure | None = None
    seconds: float = 0.0
    elements: frozenset[str] = field(default=frozenset(), repr=False)
    arrows: frozenset[tuple[str, str]] = field(default=frozenset(), repr=False)

    @property
    def passed(self) -> bool:
        """Whether the story went as told."""
        return self.failure is None
