from __future__ import annotations

import pytest

from engine.polish.lexicon import Lexicon, UnfinishedLexicon
from engine.polish.morphology import inflections, lemmas


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.from_words("chcę złożyć wniosek o zasiłek celowy dla mamy w MOPS".split())


def test_morfeusz_gives_lemmas_of_words_with_diacritics_only() -> None:
    assert lemmas("zasiłku") == ("zasiłek",)
    assert lemmas("zasilku") == ()


def test_morfeusz_generates_inflections() -> None:
    assert {"zasiłkowi", "zasiłków", "zasiłkami"} <= inflections("zasiłek")
    assert inflections("") == frozenset()


@pytest.mark.parametrize(
    "word",
    ["zasiłek", "Zasiłków", "zasilkami", "zasiłkiem", "zsailek", "zasilekk", "zasłek", "zasilwk"],
    ids=["as trained", "inflected", "folded", "instrumental", "swapped", "doubled", "dropped", "replaced"],
)
def test_all_spellings_of_a_word_have_one_lemma(lexicon: Lexicon, word: str) -> None:
    assert lexicon.lemma(word) == "zasilek"


def test_a_word_of_the_dictionary_is_not_corrected(lexicon: Lexicon) -> None:
    assert lexicon.lemma("wioska") == "wioska"


def test_short_words_are_not_corrected(lexicon: Lexicon) -> None:
    assert lexicon.correct("dl") is None


def test_numbers_tell_their_length_only(lexicon: Lexicon) -> None:
    assert lexicon.lemma("68") == lexicon.lemma("15") == "00"


def test_an_unknown_word_stays_as_it_is(lexicon: Lexicon) -> None:
    assert lexicon.lemma("Xyzzyq") == "xyzzyq"


def test_stored_and_rebuilt(lexicon: Lexicon) -> None:
    again = Lexicon.from_dict(lexicon.as_dict())
    assert len(again) == len(lexicon)
    assert again.lemma("zsailkami") == lexicon.lemma("zsailkami")


def test_an_empty_store_is_refused() -> None:
    with pytest.raises(UnfinishedLexicon):
        Lexicon.from_dict({})
