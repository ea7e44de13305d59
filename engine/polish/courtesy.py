"""Greetings before and thanks after what somebody has to say.

"Dzień dobry, jaki jest telefon? Z góry dziękuję" is a question. As a whole it looks a good deal like a greeting and
like thanks.
"""

from __future__ import annotations

import re

from engine.polish.text import fold

_OPENING = re.compile(
    r"^\W*(?:(?:dzien ?dobry|dzien ?doberek|dobry wieczor|dobry|witam|witajcie|witaj|czesc|hej|hejka|siema|"
    r"siemka|halo|szanowni panstwo|szanowna pani|szanowny panie|przepraszam)"
    r"(?:\s+(?:serdecznie|panstwa|panstwu|pania|pani|pana|panu|wszystkich|wszystkim|ponownie|bardzo))*"
    r"(?!\w)\W*)+"
)
_CLOSING = re.compile(
    r"\W+(?:(?:z gory\s+|bardzo\s+|serdecznie\s+)*(?:dziekuje|dzieki|dziekujemy|pozdrawiam|pozdrowienia|"
    r"milego dnia|do widzenia)"
    r"(?:\s+(?:z gory|bardzo|serdecznie|za odpowiedz|za pomoc|za informacje|i pozdrawiam))*\W*)+$"
)


def without_courtesies(text: str) -> str:
    """Return the text without greeting and thanks around it; empty when it is nothing else."""
    folded = fold(text)
    if len(folded) != len(text):
        return text  # a letter that folds to two: offsets would not fit
    opening = _OPENING.match(folded)
    start = opening.end() if opening else 0
    closing = _CLOSING.search(folded, max(start - 1, 0))
    end = closing.start() if closing else len(text)
    kept = text[start:end].strip()
    # The mark that ended the question belongs to it.
    return kept + "?" if kept and closing and closing.group().lstrip().startswith("?") else kept
