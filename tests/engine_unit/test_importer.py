from __future__ import annotations

import copy
from pathlib import Path

import pytest
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.importers.rasa import RasaFileImporter

from engine.importer import Example, QuickImporter

DATA = """\
version: "3.1"
nlu:
- intent: kasa_godziny
  examples: |
    - do której jest kasa
    - kasa czynna?
- intent: telefon
  examples: |
    - jaki jest telefon
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "one.yml").write_text(DATA, encoding="utf-8")
    (tmp_path / "two.yml").write_text(DATA.replace("kasa czynna?", "kasa otwarta?"), encoding="utf-8")
    return tmp_path


def test_the_messages_are_those_of_rasas_importer(folder: Path) -> None:
    ours = QuickImporter(training_data_paths=str(folder)).get_nlu_data()
    theirs = RasaFileImporter(training_data_paths=str(folder)).get_nlu_data()
    assert ours.fingerprint() == theirs.fingerprint()
    assert len(ours.training_examples) == 4


def test_a_changed_file_is_read_again(folder: Path) -> None:
    importer = QuickImporter(training_data_paths=str(folder))
    assert "sekretariat?" not in {example.get("text") for example in importer.get_nlu_data().training_examples}
    (folder / "two.yml").write_text(DATA.replace("kasa czynna?", "sekretariat?"), encoding="utf-8")
    assert "sekretariat?" in {example.get("text") for example in importer.get_nlu_data().training_examples}


def test_the_product_uses_it() -> None:
    found = TrainingDataImporter.load_from_config("config.yml", training_data_paths=[])
    importers = found.importer._importer._importers
    assert [type(one) for one in importers] == [QuickImporter]


def test_a_copy_is_a_message_of_its_own() -> None:
    one = Example({"text": "kasa", "intent": "kasa_godziny"})
    known = one.fingerprint()
    other = copy.deepcopy(one)
    assert other == one
    other.set("intent", "telefon")
    assert (one.get("intent"), one.fingerprint()) == ("kasa_godziny", known)
    assert other.fingerprint() != known


def test_setting_what_is_there_already_keeps_the_fingerprint() -> None:
    one = Example({"text": "kasa", "intent": "kasa_godziny"})
    known = one.fingerprint()
    one.set("intent", "kasa_godziny")
    assert one._cached_fingerprint == known
    one.set("intent", "telefon")
    assert one.fingerprint() != known
