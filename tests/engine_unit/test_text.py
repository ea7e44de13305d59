from __future__ import annotations

import pytest

from engine.polish.text import fold


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("zasiłek", "zasilek"),
        ("ZASIŁKÓW", "zasilkow"),
        ("ąćęłńóśźż ĄĆĘŁŃÓŚŹŻ", "acelnoszz acelnoszz"),
        ("plain ASCII 12", "plain ascii 12"),
        ("e\u0301", "e"),
    ],
)
def test_polish_letters_lose_their_marks(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_offsets_into_polish_text_stay_valid() -> None:
    text = "Gdzie złożyć wniosek o świadczenie pielęgnacyjne dla żółtej łódki?"
    assert len(fold(text)) == len(text)
