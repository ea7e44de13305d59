"""Mistakes in the training data are named with file and line, and nothing is trained."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.dialogue.data_check import check_data, require_sound_data
from bot.errors import StartupError
from tests.support.processes import ROOT


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("config.yml", "domain.yml"):
        shutil.copy(ROOT / name, tmp_path)
    for name in ("nlu_data", "knowledge"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def mistakes(project: Path) -> list[str]:
    return check_data(project, project / "knowledge").mistakes


def line_of(path: Path, text: str) -> int:
    return next(number for number, line in enumerate(path.read_text().splitlines(), 1) if line.strip() == text)


def append(path: Path, text: str) -> int:
    """Add lines at the end; returns the number of the first."""
    before = path.read_text()
    path.write_text(before + text)
    return len(before.splitlines()) + 1


def test_the_data_in_this_tree_is_sound() -> None:
    found = check_data(ROOT, ROOT / "knowledge")
    assert found.mistakes == []
    example = next(one for one in found.examples if one.place.startswith("nlu_data/nlu/contact.yml"))
    line = int(example.place.rpartition(":")[2])
    written = (ROOT / "nlu_data" / "nlu" / "contact.yml").read_text().splitlines()[line - 1]
    assert written.strip() == f"- {example.text}"


def test_an_unknown_intent(project: Path) -> None:
    line = append(project / "nlu_data/nlu/contact.yml", "- intent: faks\n  examples: |\n    - jaki numer faksu\n")
    assert mistakes(project) == [f"nlu_data/nlu/contact.yml:{line}: intent 'faks' is not in domain.yml"]


def test_the_same_message_in_two_intents_names_both_places(project: Path) -> None:
    path = project / "nlu_data/nlu/contact.yml"
    first = "Zupełnie nowe pytanie, o faks"
    line = append(
        path,
        f"- intent: telefon\n  examples: |\n    - {first}\n"
        "- intent: adres\n  examples: |\n    - zupelnie nowe pytanie o faks?\n",
    )
    assert mistakes(project) == [
        f"nlu_data/nlu/contact.yml:{line + 5}: 'zupelnie nowe pytanie o faks?' is 'adres' here "
        f"and 'telefon' in nlu_data/nlu/contact.yml:{line + 2}"
    ]


def test_the_same_message_twice_in_one_intent_is_a_warning(project: Path) -> None:
    text = "- intent: telefon\n  examples: |\n    - numer na faks\n    - Numer na faks!\n"
    append(project / "nlu_data/nlu/contact.yml", text)
    found = check_data(project, project / "knowledge")
    assert found.mistakes == []
    assert any("'Numer na faks!' stands already in" in warning for warning in found.warnings)


def test_yaml_that_cannot_be_read(project: Path) -> None:
    line = append(project / "nlu_data/nlu/contact.yml", "- intent: [telefon\n  examples: |\n")
    (mistake,) = mistakes(project)
    assert mistake.startswith(f"nlu_data/nlu/contact.yml:{line}") or f":{line + 1}" in mistake
    assert "not valid YAML" in mistake


def test_a_line_that_is_no_message(project: Path) -> None:
    text = "- intent: telefon\n  examples: |\n    - numer na faks\n    bez kreski\n"
    line = append(project / "nlu_data/nlu/contact.yml", text)
    assert mistakes(project) == [f"nlu_data/nlu/contact.yml:{line + 3}: a message begins with '- ' and has words"]


def test_an_intent_without_messages_rule_and_answer(project: Path) -> None:
    domain = project / "domain.yml"
    domain.write_text(domain.read_text().replace("  - telefon\n", "  - telefon\n  - faks\n", 1))
    line = line_of(domain, "- faks")
    assert mistakes(project) == [
        f"domain.yml:{line}: intent 'faks' has no messages in nlu_data/nlu",
        f"domain.yml:{line}: no rule in nlu_data/rules says what happens on 'faks'",
    ]


def test_a_missing_answer(project: Path) -> None:
    answers = project / "knowledge/answers.yml"
    answers.write_text(answers.read_text().replace("\n  kasa_gdzie:\n", "\n  kasa_gdziekolwiek:\n", 1))
    line = line_of(project / "nlu_data/rules/answers.yml", "- intent: kasa_gdzie")
    assert mistakes(project) == [
        f"nlu_data/rules/answers.yml:{line}: knowledge/answers.yml has no answer 'kasa_gdzie'"
    ]


@pytest.mark.parametrize(("named", "what"), [("utter_faks", "response"), ("action_faks", "action")])
def test_a_missing_response_or_action(project: Path, named: str, what: str) -> None:
    text = f"\n  - rule: Fax\n    steps:\n      - intent: telefon\n      - action: {named}\n"
    line = append(project / "nlu_data/rules/answers.yml", text)
    assert mistakes(project) == [f"nlu_data/rules/answers.yml:{line + 4}: {what} '{named}' is not in domain.yml"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda project: (project / "domain.yml").write_text("intents: [\n"),
        lambda project: (project / "domain.yml").unlink(),
        lambda project: (project / "config.yml").write_text("pipeline: {\n"),
        lambda project: (project / "nlu_data/nlu/contact.yml").write_text("nlu: telefon\n"),
        lambda project: (project / "nlu_data/rules/answers.yml").write_bytes(b"\xff\xfe"),
    ],
)
def test_whatever_is_broken_there_is_one_sentence_and_no_traceback(
    project: Path, spoil: Callable[[Path], object]
) -> None:
    spoil(project)
    with pytest.raises(StartupError, match="training"):
        require_sound_data(project, project / "knowledge")


def test_several_mistakes_are_all_told(project: Path) -> None:
    append(project / "nlu_data/nlu/contact.yml", "- intent: faks\n  examples: |\n    - jaki faks\n")
    append(project / "nlu_data/nlu/social.yml", "- intent: teleks\n  examples: |\n    - jaki teleks\n")
    with pytest.raises(StartupError, match=r"2 mistakes") as told:
        require_sound_data(project, project / "knowledge")
    assert "contact.yml" in str(told.value)
    assert "social.yml" in str(told.value)
