"""Each reason has words in both languages."""

from __future__ import annotations

from engine.dispatch import Reason, text_of
from engine.dispatch.reasons import TEXTS


def test_every_reason_has_words_in_both_languages() -> None:
    assert set(TEXTS) == set(Reason)
    for reason in Reason:
        text = text_of(reason)
        assert text.en.isascii()
        assert not text.zh.isascii()


def test_a_refusal_without_words_of_its_own_is_named() -> None:
    assert "FormRefused" in text_of("FormRefused").en
