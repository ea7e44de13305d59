"""A copy of a resident's data, as a file for people and as one for machines."""

from typing import Any

from bot.desk import case_words, presentation
from bot.desk.presentation import CASE_FIELDS, CHANNELS, LEFT_OUT, exact
from bot.hub.data_requests import Copy

REASONS = {
    "request": "na wniosek osoby, której dane dotyczą (art. 17 RODO)",
    "needless": "dane, których nie należało zbierać",
    "mistaken": "rozmowa trafiła tu przez pomyłkę (na przykład próba lub wiadomość do innej instytucji)",
}
_NOTES_HEADING = "Notatki pracowników o tej sprawie"
_BEFORE_HANDING_OUT = (
    "Przed wydaniem: proszę sprawdzić, czy notatki nie zawierają danych innych osób (art. 15 ust. 4 RODO). "
    "Takie fragmenty należy usunąć z kopii."
)


def as_data(copy: Copy) -> dict[str, Any]:
    """The copy as plain values, with Polish names; times are ISO 8601 in Zielona Góra."""
    export = copy.export
    return {
        "kanał": CHANNELS.get(export.channel, export.channel),
        "identyfikator_w_kanale": export.chat if export.channel == "telegram" else None,
        "język": export.language,
        "początek": _iso(export.created_at),
        "ostatnia_zmiana": _iso(export.updated_at),
        "zgłoszenia": [
            {
                "numer": case.number,
                "status": case_words.STATUSES.get(case.status, case.status),
                "przyjęto": _iso(case.created_at),
                "dane": case.details,
            }
            for case in export.cases
        ],
        "wiadomości": [
            {
                "numer": event.seq,
                "czas": _iso(event.created_at),
                "autor": presentation.author(event),
                "treść": presentation.body(event),
                "wcześniejsza_treść": list(event.earlier),
            }
            for event in export.messages
        ],
        "oceny": [{"ocena": one.score, "komentarz": one.comment, "czas": _iso(one.at)} for one in export.ratings],
        "notatki_pracowników": [
            {"czas": _iso(note.created_at), "autor": note.author_name, "treść": note.text} for note in copy.notes
        ],
    }


def as_text(copy: Copy, topics: dict[str, str]) -> str:
    """The copy to read or to print."""
    export = copy.export
    lines = [
        "Kopia danych z rozmowy z asystentem MOPS (art. 15 RODO)",
        "",
        f"Kanał: {CHANNELS.get(export.channel, export.channel)}",
        f"Początek: {exact(export.created_at)}",
        f"Ostatnia zmiana: {exact(export.updated_at)}",
    ]
    for case in export.cases:
        topic = case.details.get("temat", "inne")
        lines += ["", f"Zgłoszenie {case.number} ({case_words.STATUSES.get(case.status, case.status)})"]
        lines += [f"  Przyjęto: {exact(case.created_at)}", f"  Temat: {topics.get(topic, topic)}"]
        lines += [
            f"  {label}: {presentation.case_value(key, case.details[key])}"
            for key, label in CASE_FIELDS.items()
            if case.details.get(key, LEFT_OUT) != LEFT_OUT
        ]
    lines += ["", "Przebieg rozmowy"]
    for event in export.messages:
        lines.append(f"[{exact(event.created_at)}] {presentation.author(event)}:")
        lines += [f"  (przed zmianą) {line}" for before in event.earlier for line in before.splitlines()]
        lines += [f"  {line}" for line in presentation.body(event).splitlines()]
    if export.ratings:
        lines += ["", "Oceny"]
        lines += [
            f"[{exact(one.at)}] {one.score} z 5{f': {one.comment}' if one.comment else ''}" for one in export.ratings
        ]
    lines += ["", _NOTES_HEADING]
    if copy.notes:
        lines += [_BEFORE_HANDING_OUT]
        for note in copy.notes:
            lines.append(f"[{exact(note.created_at)}] {note.author_name}:")
            lines += [f"  {line}" for line in note.text.splitlines()]
    else:
        lines.append("Brak notatek.")
    return "\n".join(lines) + "\n"


def _iso(moment: Any) -> str:
    return str(moment.astimezone(presentation.WARSAW).isoformat(timespec="seconds"))
