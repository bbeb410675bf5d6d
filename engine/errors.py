"""Every error a person may see: one base class, a code, and the facts that make the message concrete."""

from __future__ import annotations


class DunflowError(Exception):
    """Something went wrong."""

    status = 400

    def __init__(self, **params: object) -> None:
        self.params = params
        super().__init__(self.message())

    @property
    def code(self) -> str:
        """Stable name of the error, the key of its translation."""
        return type(self).__name__

    def message(self) -> str:
        """English text: the first line of the docstring, filled with the parameters."""
        return (type(self).__doc__ or "").strip().splitlines()[0].format_map(_Shown(self.params))


class _Shown(dict[str, object]):
    """A missing parameter shows its name rather than hiding the error behind a KeyError."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


class NotFound(DunflowError):
    """There is no {what} {key}."""

    status = 404


class NotPermitted(DunflowError):
    """You may not {act}: {reason}."""

    status = 403


class Conflict(DunflowError):
    """{what} was changed by somebody else since you opened it."""

    status = 409


class NotWaiting(DunflowError):
    """{what} is not waited for now: {reason}."""

    status = 409


class Invalid(DunflowError):
    """{field}: {reason}."""

    status = 422
