"""What a check says of a diagram, table or form: where, which rule, how bad, how to mend it, in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Text:
    """One sentence in English and in Chinese."""

    en: str
    zh: str

    def get(self, lang: str = "en") -> str:
        """The sentence in a language; anything that is not Chinese (`zh`, `zh_Hans_CN`...) gets English."""
        return self.zh if lang.startswith("zh") else self.en

    def __str__(self) -> str:
        return self.en

    def format(self, **params: object) -> Text:
        """The same sentence in both languages with its `{name}` places filled; braces in values stay."""
        return Text(self.en.format(**params), self.zh.format(**params))


@dataclass(frozen=True)
class Finding:
    """One thing that a check found.

    `element` is the id of the element, table, rule or form component at fault, None for the file as a whole;
    `rule` is a stable kebab-case name; an "error" keeps the file from running, a "warning" does not.
    """

    element: str | None
    rule: str
    severity: Severity
    message: Text
    remedy: Text

    @property
    def is_error(self) -> bool:
        """Whether it keeps the file from running."""
        return self.severity == "error"

    def as_dict(self, lang: str = "en") -> dict[str, str | None]:
        """The shape that `dunflow flows check --json` prints."""
        return {
            "element": self.element,
            "rule": self.rule,
            "severity": self.severity,
            "message": self.message.get(lang),
            "remedy": self.remedy.get(lang),
        }
