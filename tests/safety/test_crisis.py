"""The crisis net against its lists: every crisis is noticed, nearly no look-alike is."""

import random
import threading
import time
from pathlib import Path

import pytest

from bot.safety import crisis
from bot.safety.crisis_net import CrisisNet
from bot.safety.crisis_patterns import PatternError, compile_patterns
from bot.safety.folding import fold

HERE = Path(__file__).parent
KINDS = {"samobojstwo", "zycie", "dziecko", "przemoc", "zimno", "glod", "ogolny"}


def rows(name: str) -> list[list[str]]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line]


MESSAGES = rows("crisis_messages.tsv")
LOOKALIKES = [row[0] for row in rows("lookalikes.tsv")]


def test_lists_are_large_and_clean() -> None:
    assert len(MESSAGES) >= 300
    assert len(LOOKALIKES) >= 200
    assert {kind for _, kind in MESSAGES} == KINDS == set(crisis.net().kinds)
    everything = [text for text, _ in MESSAGES] + LOOKALIKES
    assert len({fold(text) for text in everything}) == len(everything)


def test_no_crisis_is_missed() -> None:
    wrong = [(text, kind, crisis.detect(text)) for text, kind in MESSAGES if crisis.detect(text) != kind]
    assert not wrong


def test_no_crisis_is_missed_without_diacritics_or_capitals() -> None:
    assert not [text for text, _ in MESSAGES if not crisis.detect(fold(text))]
    assert not [text for text, _ in MESSAGES if not crisis.detect(text.upper())]


def test_false_alarms_stay_below_one_in_twenty() -> None:
    for spelled in (str, fold):
        alarms = [text for text in LOOKALIKES if crisis.detect(spelled(text))]
        assert len(alarms) <= len(LOOKALIKES) * 0.05, alarms


def test_one_typo_seldom_hides_a_crisis() -> None:
    """A slip in any word of three letters or more, with and without diacritics; the model covers the rest."""
    chance = random.Random(20261123)
    typed = [with_typo(spelled(text), chance) for text, _ in MESSAGES for spelled in (str, fold)]
    missed = [text for text in typed if not crisis.detect(text)]
    assert len(missed) <= len(typed) * 0.05, missed


def with_typo(text: str, chance: random.Random) -> str:
    words = text.split(" ")
    index = chance.choice([i for i, word in enumerate(words) if len(word) >= 3])
    word = words[index]
    place = chance.randrange(len(word))
    slip = chance.choice(("omit", "double", "swap", "extra"))
    if slip == "omit":
        word = word[:place] + word[place + 1 :]
    elif slip == "double":
        word = word[:place] + word[place] + word[place:]
    elif slip == "swap":
        word = word[:place] + word[place + 1 : place + 2] + word[place] + word[place + 2 :]
    else:
        word = word[:place] + chance.choice("aeiklmnorstwz") + word[place:]
    words[index] = word
    return " ".join(words)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("nieeee chceee żyyyć", "samobojstwo"),
        ("niechcę już żyć", "samobojstwo"),
        ("maz mnie ude rzyl", "przemoc"),
        ("uderzyłem żonę", "przemoc"),
        ("muj tata mie bije", "dziecko"),
        ("do której kasa?\n\nmąż mnie bije", "przemoc"),
        ("My husband beats me and I am afraid", "przemoc"),
        ("чоловік мене б'є", "przemoc"),
        ("не хочу жить", "samobojstwo"),
        ("ratunku", "ogolny"),
        ("Pomocy!", "ogolny"),
    ],
)
def test_ways_of_typing(text: str, kind: str) -> None:
    assert crisis.detect(text) == kind


@pytest.mark.parametrize("text", ["", " ", "!!!", "\n", "🙂", "/start", "a" * 10_000, "[przycisk]", "0" * 500])
def test_nothing_to_read(text: str) -> None:
    assert crisis.detect(text) is None


def test_sentences_do_not_run_together() -> None:
    assert crisis.detect("Nie chcę czekać. Żyć trzeba dalej.") is None
    assert crisis.detect("nie chcę... żyć") == "samobojstwo"


def test_a_look_alike_does_not_cover_a_crisis() -> None:
    assert crisis.detect("umieram z ciekawości kiedy wypłata") is None
    assert crisis.detect("umieram z ciekawości kiedy wypłata bo nie mam co jeść") == "glod"
    assert crisis.detect("niebieska karta na auto, a poza tym mąż mnie bije") == "przemoc"


@pytest.mark.parametrize(
    "text",
    [
        "chcę się zabić przez te długi i komornika",
        "ja się zabiję, mam rachunki których nie zapłacę",
        "mąż mnie bije za rachunki",
        "mąż znęca się nade mną, jak złożyć wniosek",
        "myślę o śmierci, nie dali mi zasiłku",
        "mam dość życia i tych urzędów",
        "mama nie daje znaku życia a jej telefon jest wyłączony",
        "mąż stosuje przemoc i zabrania mi iść do pracy",
        "śpię na korytarzu, zimno mi",
        "mąż bije mnie, mam chore serce",
        "sąsiad leje żonę",
        "powieszę się przez ten formularz",
        "mąż mnie zabije jak zobaczy ten rachunek",
        "chcę umrzeć, ten wniosek to była ostatnia nadzieja",
        "umieram, nie mogę sięgnąć telefonu",
        "mąż ma zawał, rok temu też miał",
        "zamknął mnie w domu i nie puszcza do szkoły",
        "uciekłam przed mężem na pociąg",
        "boję się męża, jutro mam komisję",
        "ojciec zastępczy bije mojego brata",
        "nie wytrzymam tego życia, wniosek odrzucony",
        "odebrali mi zasiłek, skończę ze sobą",
        "komornik mnie dusi, nie chcę już żyć",
        "czytam artykuł o przemocy i widzę w nim swojego męża, bije mnie",
        "w pracy nikt nie wie że mąż mnie bije",
    ],
)
def test_harmless_words_do_not_cover_a_crisis(text: str) -> None:
    """Each has the words of a look-alike in it: a list of look-alikes must never hide somebody."""
    assert crisis.detect(text)


def test_quick_enough_for_every_message() -> None:
    texts = [text for text, _ in MESSAGES] + LOOKALIKES
    for text in texts:
        crisis.detect(text)
    began = time.process_time()
    for text in texts:
        crisis.detect(text)
    assert (time.process_time() - began) / len(texts) < 0.001


@pytest.mark.parametrize("words", ["nie ", "nie mam mąż bić dziecko ", "mnie bije się ", "qwrtz ", "zmarl zasilek "])
def test_long_messages_take_no_time_to_speak_of(words: str) -> None:
    text = (words * 10_000)[:10_000]
    crisis.detect("rozgrzewka")
    began = time.process_time()
    crisis.detect(text)
    assert time.process_time() - began < 0.5


def test_noise_takes_no_time_to_speak_of() -> None:
    chance = random.Random(7)
    noise = " ".join("".join(chance.choices("acelnosz", k=chance.randint(3, 9))) for _ in range(1600))[:10_000]
    began = time.process_time()
    crisis.detect(noise)
    assert time.process_time() - began < 2


def test_may_be_asked_from_several_threads() -> None:
    answers: list[str | None] = []
    threads = [
        threading.Thread(target=lambda: answers.extend(crisis.detect(t) for t, _ in MESSAGES[:40])) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 160
    assert None not in answers


def small_file(path: Path, pattern: str) -> Path:
    file = path / "patterns.yml"
    file.write_text(
        "spellings: {nie: nei}\nhomographs: {mama: mam}\nwords: {bliski: mąż żona}\n"
        f"lookalikes: |\n  zabić czas\nkinds:\n  ogolny: |\n    {pattern}  # why\n",
        encoding="utf-8",
    )
    return file


@pytest.mark.parametrize(
    ("pattern", "hits", "misses"),
    [
        ("nie chcieć żyć", ["nei chce mi sie zyc"], ["żyć nie chcę", "nie chcę a b c żyć"]),
        ("nie chcieć .. =żyć", ["nie chcę a b c d e żyć"], ["nie chcę życia"]),
        ("=ze+siebie", ["ze sobą"], ["ze mną i sobą"]),
        ("@bliski & bić", ["bije mąż", "żona mnie biła"], ["mąż", "bije"]),
        ("bić ! rekord", ["bije mnie"], ["bije rekordy"]),
        ("samobój*", ["samobójczyni"], ["sam"]),
        ("^ ratunek $", ["Ratunku!"], ["ratunku dla papierów"]),
        ("zabić", ["zabije"], ["zabić czas"]),
        ("mama bić", ["mamę bije"], ["mam bić"]),
        ("do on", ["idę do niej"], ["nie do"]),
    ],
)
def test_pattern_language(tmp_path: Path, pattern: str, hits: list[str], misses: list[str]) -> None:
    net = CrisisNet(compile_patterns(small_file(tmp_path, pattern)))
    assert not [text for text in hits if not net.find(text)]
    assert not [text for text in misses if net.find(text)]
    found = net.find(hits[0])
    assert found is not None
    assert (found.kind, found.pattern) == ("ogolny", pattern)


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("bić & ", "empty part"),
        ("@nikt bić", "no list of words"),
        ("bijemy się", "basic form"),
        ("xqz", "basic form"),
    ],
)
def test_a_broken_pattern_is_named(tmp_path: Path, pattern: str, message: str) -> None:
    with pytest.raises(PatternError, match=message) as caught:
        CrisisNet(compile_patterns(small_file(tmp_path, pattern)))
    assert pattern.strip() in str(caught.value)


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "patterns.yml"
    for content in ("words: [", "words: {}", "- list"):
        file.write_text(content, encoding="utf-8")
        with pytest.raises(PatternError, match="patterns.yml"):
            compile_patterns(file)
