"""What the measured residents ask, and the answers that count as right on both sides."""

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.knowledge import KnowledgeStore
from bot.settings import Settings

QUESTIONS: tuple[tuple[str, str], ...] = (
    ("jaki jest telefon do mopsu", "telefon"),
    ("czy mogę przyjść osobiście", "obsluga_osobista"),
    ("do kiedy jest zamknięte", "do_kiedy"),
    ("dlaczego nie przyjmujecie", "dlaczego"),
    ("jak się z wami skontaktować", "kontakt"),
    ("jaki jest adres epuap", "epuap"),
    ("na jaki adres wysłać list", "adres"),
    ("w jakich godzinach czynna jest kasa", "kasa_godziny"),
    ("kiedy mam wypłatę", "termin_wyplaty"),
    ("czy zasiłek może być przelany na konto", "przelew"),
    ("czy zespół orzekający pracuje", "zespol_dziala"),
    ("jaki jest telefon do zespołu orzekającego", "zespol_kontakt"),
    ("chcę złożyć wniosek o kartę parkingową", "zespol_karta_parkingowa"),
    ("jak wyrobić legitymację osoby niepełnosprawnej", "zespol_legitymacja"),
    ("jak złożyć skargę", "skargi_wnioski"),
    ("jaki macie adres e-mail", "email"),
    ("jakie dokumenty są potrzebne", "dokumenty"),
    ("jak długo trwa rozpatrzenie sprawy", "czas_sprawy"),
    ("gdzie jest kasa", "kasa_gdzie"),
    ("na jakiej podstawie prawnej zamknięto mops", "podstawa_prawna"),
)
"""A question and the intent whose answer it should get."""


def answers(settings: Settings) -> dict[str, str]:
    """Return the text that the product says to each intent today; the stock project says the same."""
    knowledge = KnowledgeStore(settings.knowledge_dir).current
    today = datetime.now(ZoneInfo(settings.timezone)).date()
    return {intent: knowledge.answer(intent, on=today).text for intent in sorted(knowledge.intents)}
