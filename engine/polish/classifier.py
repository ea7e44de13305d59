"""The intent classifier as a component of Rasa's graph: trains, stores, loads and asks the model."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Optional

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, INTENT_RANKING_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from engine.polish.model import IntentModel
from engine.polish.source import source_fingerprint
from engine.polish.tokenizer import PolishTokenizer

logger = logging.getLogger(__name__)

_WITNESSES = 20
# Another processor may add up in another order.
_TOLERANCE = 0.02


class UnusableModel(RasaException):
    """Raised when a stored model is missing, incomplete, or answers other than it did right after training."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class PolishIntentClassifier(IntentClassifier, GraphComponent):
    """Ranks intents for Polish messages with or without diacritics, inflected and mistyped.

    The stored model is JSON and arrays, nothing that runs code when read. It holds a few training messages with the
    answers given right after training, and refuses to load when it answers otherwise, for example because another
    Morfeusz dictionary is installed.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """Name what has to stand before it in the pipeline."""
        return [PolishTokenizer]

    @staticmethod
    def required_packages() -> list[str]:
        """Name the packages this component imports."""
        return ["sklearn", "spacy", "morfeusz2"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the settings measured in benchmarks/massive.py."""
        return {
            "char_ngrams": [2, 5],
            "char_min_messages": 2,
            "lemma_ngrams": [1, 2],
            "lemma_min_messages": 1,
            "networks": 3,
            "hidden": 128,
            "epochs": 15,
            "least_steps": 100,
            "batch": 64,
            "rate": 0.008,
            "feature_dropout": 0.3,
            "hidden_dropout": 0.3,
            "ranking_length": 10,
        }

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> Optional[str]:
        """Retrain when any module of the Polish pipeline changed."""
        return source_fingerprint()

    def __init__(
        self, config: dict[str, Any], storage: ModelStorage, resource: Resource, model: Optional[IntentModel] = None
    ) -> None:
        """Take the settings; `model` is None until trained."""
        self._config = config
        self._storage = storage
        self._resource = resource
        self._model = model

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> PolishIntentClassifier:
        """Create an untrained component."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the messages that have an intent, and store the model. Raises UnusableModel without data."""
        examples = [
            (example.get(TEXT), example.get(INTENT))
            for example in training_data.intent_examples
            if example.get(TEXT) and example.get(INTENT)
        ]
        texts = [text for text, _ in examples]
        intents = [intent for _, intent in examples]
        if len(set(intents)) < 2:
            raise UnusableModel("The intent classifier needs training messages for at least two intents.")
        self._model = IntentModel.fit(texts, intents, self._config)
        logger.info(
            "Intent classifier trained: %d messages, %d intents, %d word forms, temperature %.2f",
            len(texts),
            len(self._model.classes),
            len(self._model.features.lexicon),
            self._model.temperature,
        )
        self._persist(self._model, texts)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the intent and the ranking of each message."""
        if self._model is None:
            raise UnusableModel("The intent classifier is not trained.")
        wanted = [message for message in messages if message.get(TEXT)]
        if wanted:
            table = self._model.probabilities([message.get(TEXT) for message in wanted])
            for message, row in zip(wanted, table, strict=True):
                ranking = [
                    {INTENT_NAME_KEY: self._model.classes[column], PREDICTED_CONFIDENCE_KEY: float(row[column])}
                    for column in np.argsort(-row)[: self._config["ranking_length"]]
                ]
                message.set(INTENT, ranking[0], add_to_output=True)
                message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Set predictions on the training messages for components that want them."""
        self.process(training_data.training_examples)
        return training_data

    def _persist(self, model: IntentModel, texts: Sequence[str]) -> None:
        step = max(1, len(texts) // _WITNESSES)
        witnesses = list(texts[::step])[:_WITNESSES]
        table = model.probabilities(witnesses)
        plain, arrays = model.as_data()
        stored = {
            **plain,
            "witnesses": [
                {"text": text, "intent": model.classes[int(row.argmax())], "confidence": float(row.max())}
                for text, row in zip(witnesses, table, strict=True)
            ],
        }
        with self._storage.write_to(self._resource) as directory:
            (directory / "model.json").write_text(json.dumps(stored, ensure_ascii=False), encoding="utf-8")
            np.savez(directory / "model.npz", **arrays)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> PolishIntentClassifier:
        """Load a trained component. Raises UnusableModel rather than go on untrained."""
        try:
            with model_storage.read_from(resource) as directory:
                stored = json.loads((directory / "model.json").read_text(encoding="utf-8"))
                with np.load(directory / "model.npz", allow_pickle=False) as arrays:
                    model = IntentModel.from_data(stored, arrays, config)
                _testify(model, stored["witnesses"])
        except (OSError, ValueError, KeyError) as error:
            raise UnusableModel(f"The stored intent classifier cannot be used: {error!r}") from error
        return cls(config, model_storage, resource, model)


def _testify(model: IntentModel, witnesses: Sequence[Mapping[str, Any]]) -> None:
    if not witnesses:
        raise UnusableModel("The stored intent classifier has no witnesses.")
    table = model.probabilities([witness["text"] for witness in witnesses])
    for witness, row in zip(witnesses, table, strict=True):
        now = model.classes[int(row.argmax())]
        if now != witness["intent"] or abs(float(row.max()) - witness["confidence"]) > _TOLERANCE:
            raise UnusableModel(
                f"The stored intent classifier answers other than after training: '{witness['intent']}' "
                f"{witness['confidence']:.2f} became '{now}' {float(row.max()):.2f}. Train the model again."
            )
