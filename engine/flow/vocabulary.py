"""The words a diagram may use: functions, operators, facts, messages and roles, each named in both languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Function:
    """A function that expressions may call.

    `call` receives the act first, then the arguments of the expression; `returns` is one of
    "datetime", "date", "number", "text", "boolean", "any" and is shown to analysts.
    """

    name: str
    call: Callable[..., object]
    min_args: int = 0
    max_args: int = 0
    returns: str = "any"
    zh: str = ""
    en: str = ""


@dataclass(frozen=True)
class Operator:
    """An operator that a service task may call: `call(act, **params)` returns its results by name, or None.

    `params` says of each parameter whether it is required; `results` names what may reach the token's data.
    """

    name: str
    call: Callable[..., Mapping[str, object] | None]
    params: Mapping[str, bool] = field(default_factory=dict)
    results: tuple[str, ...] = ()
    zh: str = ""
    en: str = ""


@dataclass(frozen=True)
class Vocabulary:
    """All that diagrams, tables and forms may name.

    `facts` are names an expression reads without a call, each given by a callable that receives the act;
    `messages` are the message names that code delivers or people send; `roles` may complete user tasks.
    """

    functions: Mapping[str, Function] = field(default_factory=dict)
    operators: Mapping[str, Operator] = field(default_factory=dict)
    facts: Mapping[str, Callable[..., object]] = field(default_factory=dict)
    messages: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
