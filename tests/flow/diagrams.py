"""The diagrams the kernel is walked over: both lifecycles in small, and one for each construct they may use."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tests.flow.constructs import (
    back_edges,
    called,
    decided,
    fork_join,
    gathered,
    inclusive_choice,
    one_after_another,
    several_at_once,
    spawning,
    with_data_object,
)
from tests.flow.events import ends, gateway_loop, nested, reminded, signalled
from tests.flow.lifecycles import collection, pre_collection, tier_table

__all__ = [
    "ALL",
    "back_edges",
    "called",
    "collection",
    "decided",
    "ends",
    "fork_join",
    "gateway_loop",
    "gathered",
    "inclusive_choice",
    "nested",
    "one_after_another",
    "pre_collection",
    "reminded",
    "several_at_once",
    "signalled",
    "spawning",
    "tier_table",
    "with_data_object",
]

ALL: dict[str, Callable[[], bytes]] = {
    "collection": collection,
    "pre_collection": pre_collection,
    "nested": nested,
    "gateway_loop": gateway_loop,
    "fork_join": fork_join,
    "inclusive_choice": inclusive_choice,
    "several_at_once": several_at_once,
    "one_after_another": one_after_another,
    "called": called,
    "ends": ends,
    "signalled": signalled,
    "back_edges": back_edges,
    "decided": decided,
    "collection_decided": partial(collection, decided=True),
    "reminded": reminded,
    "spawning": spawning,
    "gathered": gathered,
    "with_data_object": with_data_object,
}
