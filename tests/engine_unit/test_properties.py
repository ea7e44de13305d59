"""What holds for every text, not only for the examples in the other tests."""

from __future__ import annotations

from string import ascii_lowercase

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from engine.polish.courtesy import without_courtesies
from engine.polish.lexicon import MIN_CORRECTED_LENGTH, Lexicon
from engine.polish.segmenter import clauses
from engine.polish.text import fold
from engine.polish.tokenizer import PolishTokenizer, words

POLISH = "aąbcćdeęfghijklłmnńoóprsśtuwyzźżAĄĆĘŁŃÓŚŹŻ 0123456789.,?!-–\n\t"
polish = st.text(alphabet=POLISH, max_size=60)
KNOWN = "zasiłek wniosek orzeczenie legitymacja telefon sekretariat wypłata opiekun".split()


@given(st.text(max_size=60))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=60))
def test_folding_does_not_care_about_case(text: str) -> None:
    # Upper case of some letters is two letters ("ß"), and their lower case is not the letter again.
    assume(text.upper().lower() == text.lower())
    assert fold(text.upper()) == fold(text)


@given(polish)
def test_folded_polish_is_ascii_of_the_same_length(text: str) -> None:
    folded = fold(text)
    assert len(folded) == len(text)
    assert folded.replace("–", "-").isascii()


@given(st.text(max_size=60))
def test_tokens_stand_where_they_say(text: str) -> None:
    assume(text.strip())
    message = Message({TEXT: text})
    tokens = PolishTokenizer(PolishTokenizer.get_default_config()).tokenize(message, TEXT)
    assert all(text[token.start : token.end] == token.text for token in tokens)
    assert "".join("".join(token.text for token in tokens).split()) == "".join(text.split())


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.from_words(KNOWN)


@given(st.sampled_from(KNOWN), st.data())
def test_one_slip_in_a_known_word_is_mended_to_a_known_form(lexicon: Lexicon, word: str, data: st.DataObject) -> None:
    folded = fold(word)
    place = data.draw(st.integers(0, len(folded) - 1))
    letter = data.draw(st.sampled_from(ascii_lowercase))
    slips = (
        folded[:place] + folded[place + 1 :],
        folded[:place] + letter + folded[place:],
        folded[:place] + letter + folded[place + 1 :],
        folded[:place] + folded[place + 1 : place + 2] + folded[place] + folded[place + 2 :],
    )
    for slip in slips:
        mended = lexicon.correct(slip)
        assert mended is not None
        assert mended in lexicon


@given(st.text(alphabet=ascii_lowercase, max_size=12))
def test_the_speller_changes_at_most_one_letter(lexicon: Lexicon, word: str) -> None:
    mended = lexicon.correct(word)
    if mended is not None and mended != word:
        assert len(word) >= MIN_CORRECTED_LENGTH
        assert abs(len(mended) - len(word)) <= 1


@given(polish)
def test_what_is_corrected_is_folded_already(lexicon: Lexicon, text: str) -> None:
    for word in words(text):
        assert lexicon.corrected(word) == fold(lexicon.corrected(word))
        assert lexicon.corrected(word) == lexicon.corrected(word.lower())


@given(polish)
def test_courtesies_are_only_cut_off_at_the_ends(text: str) -> None:
    assert without_courtesies(text).rstrip("?") in text


@given(polish)
def test_clauses_lie_in_the_message_in_order(text: str) -> None:
    place = 0
    for clause in clauses(text):
        place = text.index(clause.text, place) + len(clause.text)
