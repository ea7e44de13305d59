"""What each act in the audit trail is called, grouped as people look for them. An act without a name shows a code."""

ACTIONS: dict[str, dict[str, str]] = {
    "Rozmowy i zgłoszenia": {
        "queue": "obejrzenie kolejki",
        "read": "odczyt rozmowy",
        "claim": "przejęcie rozmowy",
        "claim_lost": "próba przejęcia rozmowy prowadzonej przez inną osobę",
        "reply": "odpowiedź do mieszkańca",
        "hand_back": "oddanie rozmowy asystentowi",
        "close": "zakończenie rozmowy",
        "resume": "wznowienie rozmowy",
        "resume_lost": "próba wznowienia rozmowy, która nie jest zakończona",
        "take_over": "przejęcie rozmowy od innej osoby",
        "take_over_lost": "próba przejęcia rozmowy, która zmieniła prowadzącego",
        "assign": "przydzielenie rozmowy",
        "assign_lost": "próba przydzielenia rozmowy",
        "assign_team": "skierowanie rozmowy do zespołu",
        "release": "zwolnienie rozmowy do kolejki",
        "claim_lapsed": "powrót rozmowy do kolejki z braku aktywności",
        "amend": "poprawienie wysłanej wiadomości",
        "retract": "wycofanie wysłanej wiadomości",
        "send_again": "ponowne wysłanie wiadomości",
        "print": "wydruk rozmowy i zgłoszenia",
        "note": "notatka wewnętrzna",
        "mentions": "obejrzenie wzmianek",
        "cases": "obejrzenie listy zgłoszeń",
        "search": "wyszukiwanie rozmów",
        "case_status": "zmiana statusu zgłoszenia",
        "case_revised": "zmiana tematu lub pilności zgłoszenia",
    },
    "Zespoły": {
        "team_saved": "założenie lub zmiana zespołu",
        "team_deleted": "usunięcie zespołu",
    },
    "Gotowe odpowiedzi": {
        "canned_saved": "dodanie lub zmiana gotowej odpowiedzi",
        "canned_deleted": "usunięcie gotowej odpowiedzi",
    },
    "Prawa mieszkańców": {
        "resident_erase": "usunięcie rozmowy przez mieszkańca",
        "resident_export": "pobranie danych przez mieszkańca",
        "export": "pobranie danych na wniosek mieszkańca",
        "erase_request": "usunięcie rozmowy na wniosek mieszkańca",
        "erase_needless": "usunięcie rozmowy: dane zbędne",
        "erase_mistaken": "usunięcie rozmowy: pomyłka",
    },
    "Przechowywanie danych": {
        "retention_preview": "obejrzenie listy danych do usunięcia",
        "retention_deleted": "usunięcie rozmowy po upływie okresu przechowywania",
        "retention_run": "usuwanie po upływie okresów przechowywania",
    },
    "Logowanie": {
        "sign_in": "zalogowanie",
        "sign_out": "wylogowanie",
        "sign_in_failed": "nieudane logowanie",
        "sign_in_blocked": "próba logowania na zablokowane konto",
        "code_failed": "nieprawidłowy kod drugiego składnika",
        "recovery_code_used": "użycie kodu zapasowego",
        "session_revoked": "wylogowanie jednej przeglądarki",
        "sessions_revoked": "wylogowanie wszystkich przeglądarek",
    },
    "Konta": {
        "staff_added": "założenie konta",
        "staff_changed": "zmiana nazwy konta",
        "role_changed": "zmiana roli",
        "staff_blocked": "zablokowanie konta",
        "staff_unblocked": "odblokowanie konta",
        "invite_created": "utworzenie jednorazowego odnośnika",
        "invite_withdrawn": "wycofanie jednorazowego odnośnika",
        "invite_used": "użycie jednorazowego odnośnika",
        "password_changed": "zmiana hasła",
        "password_refused": "nieprawidłowe hasło przy zmianie zabezpieczeń",
        "second_factor_on": "włączenie drugiego składnika",
        "second_factor_off": "wyłączenie drugiego składnika",
        "recovery_codes_new": "nowe kody zapasowe",
    },
    "Dziennik": {
        "audit_read": "przeglądanie dziennika",
        "audit_exported": "pobranie dziennika",
    },
}

_NAMES = {code: name for group in ACTIONS.values() for code, name in group.items()}


def name(action: str) -> str:
    """The act in words."""
    return _NAMES.get(action, action)


def names() -> list[str]:
    """All acts in words."""
    return list(_NAMES.values())
