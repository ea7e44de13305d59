"""Tokens as spaCy's Polish rules cut them, with offsets kept and Morfeusz's lemmas."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Optional

import spacy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from spacy.language import Language

from engine.polish.morphology import lemmas
from engine.polish.source import source_fingerprint


@lru_cache(maxsize=1)
def _polish() -> Language:
    # The blank pipeline: its tokenizer is good and quick; the lookup lemmatizer would take 2.8 GB.
    return spacy.blank("pl")


@lru_cache(maxsize=4_096)
def _pieces(text: str) -> tuple[tuple[str, int], ...]:
    return tuple((token.text, token.idx) for token in _polish().make_doc(text) if token.text.strip())


def words(text: str) -> list[str]:
    """Return the tokens of a text, in order."""
    return [piece for piece, _ in _pieces(text)]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class PolishTokenizer(Tokenizer):
    """Cuts a message into tokens; `lemma` is Morfeusz's first reading, or the word itself when it has none."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the settings that Rasa's tokenizers share."""
        return {
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
            "prefix_separator_symbol": None,
        }

    @staticmethod
    def required_packages() -> list[str]:
        """Name the packages this component imports."""
        return ["spacy", "morfeusz2"]

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> Optional[str]:
        """Retrain when any module of the Polish pipeline changed."""
        return source_fingerprint()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Return the training messages as they are: no component of the pipeline learns from their tokens.

        The classifier cuts them itself. Tokens on 40,000 messages, and Rasa's fingerprints of them, took a sixth of
        the training. A component that wants tokens to learn from (DIET) needs one of Rasa's own tokenizers.
        """
        return training_data

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """Return the tokens of one attribute of a message."""
        tokens: list[Token] = []
        for text, start in _pieces(message.get(attribute)):
            readings = lemmas(text.lower())
            tokens.append(Token(text, start, lemma=readings[0] if readings else text.lower()))
        return self._apply_token_pattern(tokens)
