"""Tells Ukrainian, Russian and English messages from Polish ones, and says nothing when it is not sure.

A card in the wrong language is worse than a Polish answer, and half of the Polish messages have no diacritics.
Ukrainian and Russian in Latin letters is left to the model: no detector knows it.
"""

import re
from functools import lru_cache
from typing import Final

from lingua import Language, LanguageDetector, LanguageDetectorBuilder

from bot.safety.folding import fold

_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_UKRAINIAN = re.compile(r"[іїєґ]", re.IGNORECASE)
_RUSSIAN = re.compile(r"[ыэъё]", re.IGNORECASE)
_POLISH = re.compile(r"[ąćęłńóśźż]", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
# Enough to judge by; the detector's time grows with the text.
_LOOKED_AT: Final = 600


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Short messages written without a distinguishing letter, where letter statistics go wrong.
_UKRAINIAN_WORDS: Final = _words(
    "але або був була ви вже від він вона грошей де добрий доброго дуже дякую зараз зі ласка мені можна мого нема "
    "потреба прошу також треба це цей чи чому ще що щоб як яка який якщо"
)
_RUSSIAN_WORDS: Final = _words(
    "будет где денег деньги если есть здравствуйте или как какой когда кто меня мне можно надо него нет нужен "
    "нужна нужно они очень пожалуйста помогите помощь почему привет сейчас сколько спасибо только уже что чтобы "
    "это"
)

# Words that say "this is English" and that nobody types in a Polish message. "on", "to", "my", "no", "do", "is"
# and the like are missing on purpose; so is what Polish has borrowed ("ok", "stop", "sorry", "info", "online").
_ENGLISH_WORDS: Final = _words(
    "about address after afternoon am and any anybody anyone apartment appointment are ask authorities be "
    "beats because been benefit benefits but can cannot can't cash child children clothes come contact could "
    "day days didn't disability disabled does doesn't don't else email english evening family father few find "
    "food for from get give go going good got had has have haven't he hello help her here him his homeless hour "
    "hours house how hungry husband i'm i've if in information it it's job just kids know language like live "
    "long looking lost make may me meet moment money mother much must name need needs not now number of office "
    "open opening or our out parking pay people person phone place please polish question read receive refugee "
    "right school see send she should sick sir sleep social some somebody someone sorry speak stay still support "
    "thank thanks that the their them there they this time today tomorrow transfer translator understand "
    "until us visit wait want we welfare went were what what's when where which who why will with "
    "without work working would write yes you your"
)


def detect(text: str) -> str | None:
    """Return "uk", "ru" or "en", or None for Polish and for what is too short or too mixed to tell."""
    text = text[:_LOOKED_AT]
    cyrillic = len(_CYRILLIC.findall(text))
    # A Ukrainian name in a Polish message does not make it Ukrainian.
    if cyrillic >= 2 and cyrillic > len(_LATIN.findall(text)):
        return _ukrainian_or_russian(text)
    return "en" if _is_english(text) else None


def _ukrainian_or_russian(text: str) -> str | None:
    letters = len(_UKRAINIAN.findall(text)) - len(_RUSSIAN.findall(text))
    if letters:
        return "uk" if letters > 0 else "ru"
    words = {word.lower() for word in _WORD.findall(text)}
    known = len(words & _UKRAINIAN_WORDS) - len(words & _RUSSIAN_WORDS)
    if known:
        return "uk" if known > 0 else "ru"
    confidence = _detector().compute_language_confidence(text, Language.UKRAINIAN)
    return "uk" if confidence > 0.5 else "ru"


_PLAINLY_POLISH: Final = frozenset(
    "czy jest sa gdzie kiedy mozna jak ile prosze dzien dobry nie mam chce co dla ktory ktora ktore jaki jaka jakie "
    "mi sie moge na po za od przez jestem bo tak albo oraz gdy kto moj moja moje".split()
)


def _is_english(text: str) -> bool:
    if _PLAINLY_POLISH & {fold(word) for word in _WORD.findall(text)}:
        return False
    words = [word.lower().replace("’", "'") for word in _WORD.findall(text) if not _POLISH.search(word)]
    if words == ["english"]:
        return True
    typical = [word for word in words if word in _ENGLISH_WORDS]
    if len(words) < 2 or len(typical) < 2 and len(words) > 3:
        return False
    if not typical or len(typical) / len(words) < 0.3:
        return False
    confidence = _detector().compute_language_confidence(" ".join(words), Language.ENGLISH)
    return confidence >= (0.4 if len(typical) == len(words) else 0.9)


@lru_cache(maxsize=1)
def _detector() -> LanguageDetector:
    # Low accuracy: 12 MB instead of 150, and right on every short message it was tried on.
    languages = (Language.POLISH, Language.ENGLISH, Language.UKRAINIAN, Language.RUSSIAN)
    return LanguageDetectorBuilder.from_languages(*languages).with_low_accuracy_mode().build()
