"""Folding: one spelling for all ways of typing a word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.safety.folding import fold


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("Zażółć GĘŚLĄ jaźń", "zazolc gesla jazn"),
        ("nieeeee", "nie"),
        ("Zasiłku", "zasilku"),
        ("żyć", "zyc"),
        ("1000 zł", "1000 zl"),
        ("ЙІЇ", "иіі"),
        ("don’t", "don't"),
    ],
)
def test_examples(typed: str, folded: str) -> None:
    assert fold(typed) == folded


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet="aąbcćdeęfghijklłmnńoóprsśtuwyzźż ", max_size=60))
def test_polish_becomes_ascii(text: str) -> None:
    assert fold(text).isascii()
    assert fold(text.upper()) == fold(text)
