from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from engine.polish.classifier import PolishIntentClassifier, UnusableModel
from engine.polish.model import IntentModel
from engine.polish.tokenizer import PolishTokenizer, words

CONFIG = PolishIntentClassifier.get_default_config()


def _intent(model: IntentModel, text: str) -> str:
    return model.classes[int(model.probabilities([text])[0].argmax())]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("prosze o numer telefonu", "telefon"),
        ("o ktorej otwieraja kase", "kasa_godziny"),
        ("gdize złozyć wnioske o zasilki", "sprawa_zasilek"),
        ("REZYGNUJE", "anuluj"),
    ],
)
def test_understands_without_diacritics_and_with_typos(model: IntentModel, text: str, intent: str) -> None:
    assert _intent(model, text) == intent


def test_probabilities_are_probabilities(model: IntentModel) -> None:
    table = model.probabilities(["telefon", "zupełnie coś innego o pogodzie"])
    assert np.allclose(table.sum(axis=1), 1, atol=1e-5)
    assert table[0].max() > table[1].max()


def test_two_intents_are_enough() -> None:
    small = IntentModel.fit(["tak", "tak jest", "nie", "nie ma"], ["a", "a", "b", "b"], CONFIG)
    assert _intent(small, "tak") == "a"
    assert _intent(small, "nie") == "b"


def test_words_keep_offsets() -> None:
    message = Message({TEXT: "Ul. Długa 13, 65-401"})
    tokens = PolishTokenizer(PolishTokenizer.get_default_config()).tokenize(message, TEXT)
    assert [token.text for token in tokens] == words(message.get(TEXT))
    assert all(message.get(TEXT)[token.start : token.end] == token.text for token in tokens)
    assert next(token for token in tokens if token.text == "Długa").lemma in {"długi", "długa", "dług"}


@pytest.fixture
def trained(tmp_path: Path, examples: dict[str, list[str]]) -> tuple[LocalModelStorage, Resource]:
    storage, resource = LocalModelStorage(tmp_path), Resource("classifier")
    data = TrainingData(
        [Message({TEXT: text, INTENT: intent}) for intent, group in examples.items() for text in group]
    )
    PolishIntentClassifier(CONFIG, storage, resource).train(data)
    return storage, resource


def _load(storage: LocalModelStorage, resource: Resource) -> PolishIntentClassifier:
    return PolishIntentClassifier.load(CONFIG, storage, resource, ExecutionContext(GraphSchema({})))


def test_a_loaded_model_answers_as_the_trained_one(trained: tuple[LocalModelStorage, Resource]) -> None:
    message = Message({TEXT: "jaki numer telefonu"})
    _load(*trained).process([message])
    assert message.get(INTENT)["name"] == "telefon"
    ranking = message.get("intent_ranking")
    assert ranking[0] == message.get(INTENT)
    assert sum(guess["confidence"] for guess in ranking) == pytest.approx(1, abs=1e-4)


def test_an_untrained_component_refuses_to_work(tmp_path: Path) -> None:
    component = PolishIntentClassifier(CONFIG, LocalModelStorage(tmp_path), Resource("x"))
    with pytest.raises(UnusableModel):
        component.process([Message({TEXT: "telefon"})])


def test_training_without_messages_is_refused(tmp_path: Path) -> None:
    component = PolishIntentClassifier(CONFIG, LocalModelStorage(tmp_path), Resource("x"))
    with pytest.raises(UnusableModel):
        component.train(TrainingData([]))


def test_nothing_stored_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableModel):
        _load(LocalModelStorage(tmp_path), Resource("missing"))


def test_a_model_that_answers_otherwise_is_refused(trained: tuple[LocalModelStorage, Resource]) -> None:
    storage, resource = trained
    with storage.write_to(resource) as directory:
        path = directory / "model.json"
        stored = json.loads(path.read_text(encoding="utf-8"))
        stored["classes"] = stored["classes"][::-1]
        path.write_text(json.dumps(stored), encoding="utf-8")
    with pytest.raises(UnusableModel, match="answers other"):
        _load(storage, resource)


def test_a_model_without_weights_is_refused(trained: tuple[LocalModelStorage, Resource]) -> None:
    storage, resource = trained
    with storage.write_to(resource) as directory:
        (directory / "model.npz").unlink()
    with pytest.raises(UnusableModel):
        _load(storage, resource)


def test_a_change_of_any_module_asks_for_training() -> None:
    assert PolishIntentClassifier.fingerprint_addon({}) == PolishTokenizer.fingerprint_addon({})
