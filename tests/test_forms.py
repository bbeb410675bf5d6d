"""Forms of user tasks as they were sent."""

from __future__ import annotations

from typing import Any

import pytest

from engine import forms
from engine.lifecycle import vocabulary

FORM: dict[str, Any] = {
    "components": [
        {"type": "number", "key": "amount"},
        {"type": "textfield", "key": "reason", "properties": {"show_if": "amount > 3"}},
    ]
}


@pytest.mark.parametrize("amount", [None, "", "3"])
def test_a_field_whose_condition_does_not_hold_or_has_nothing_to_go_by_is_left_out(amount: str | None) -> None:
    assert "reason" not in forms.read(FORM, {"amount": amount, "reason": "late"}, vocabulary())


def test_a_mistake_is_told_where_it_is_and_not_where_a_condition_asks_for_it() -> None:
    with pytest.raises(forms.FormRefused) as refused:
        forms.read(FORM, {"amount": "many", "reason": "late"}, vocabulary())
    assert set(refused.value.mistakes) == {"amount"}


def test_a_field_whose_condition_holds_is_kept() -> None:
    assert forms.read(FORM, {"amount": "4", "reason": "late"}, vocabulary())["reason"] == "late"
