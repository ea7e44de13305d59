"""The names that code and knowledge files share: what must exist, and which values code fills in."""

from __future__ import annotations

from collections.abc import Mapping

NOTICES: Mapping[str, frozenset[str]] = {
    "opening": frozenset(),
    "person_open": frozenset({"place"}),
    "person_closed": frozenset({"next_open"}),
    "person_already": frozenset({"place"}),
    "waiting_reminder": frozenset({"place"}),
    "waiting_closed": frozenset({"next_open"}),
    "assistant_back": frozenset(),
    "staff_joined": frozenset({"name"}),
    "staff_left": frozenset(),
    "staff_away": frozenset(),
    "back_in_queue": frozenset(),
    "back_in_queue_closed": frozenset({"next_open"}),
    "conversation_closed": frozenset(),
    "case_sent": frozenset({"number", "next_step"}),
    "next_step_open": frozenset(),
    "next_step_closed": frozenset({"next_open"}),
    "next_step_urgent": frozenset(),
    "masked": frozenset({"kinds"}),
    "attachment_declined": frozenset({"kind"}),
    "card_uk": frozenset(),
    "card_ru": frozenset(),
    "card_en": frozenset(),
    "engine_delayed": frozenset(),
    "turn_failed": frozenset(),
    "too_long": frozenset({"limit"}),
    "too_fast": frozenset(),
    "button_expired": frozenset(),
    "form_interrupted": frozenset(),
    "intake_notice": frozenset({"channel"}),
    "erase_ask": frozenset({"channel", "kept", "alarm"}),
    "erase_cancelled": frozenset(),
    "data_erased": frozenset({"kept"}),
    "expired_for_staff": frozenset(),
    "erased_for_staff": frozenset({"kept", "alarm"}),
    "export_summary": frozenset({"channel", "count", "since", "cases", "rating"}),
    "not_understood": frozenset(),
    "not_understood_again": frozenset(),
}
"""Every text code asks for by name, with the values it passes."""

CRISIS_KINDS = ("zycie", "samobojstwo", "przemoc", "dziecko", "zimno", "glod", "ogolny")
GENERAL_CRISIS = "ogolny"

EMERGENCY_FACT = "numer_alarmowy"
"""Every crisis card needs this one, so it may be neither empty nor limited in time."""

SETTING_VALUES = frozenset({"okres_przechowywania"})
"""Placeholders that come from the product's settings, not from facts.yml."""

AS_OF = "stan"
"""Placeholder for the oldest verification date among the facts an answer uses."""

EXTRA_INTENTS = frozenset({"podaj_dane", "inny_jezyk_uk", "inny_jezyk_ru", "inny_jezyk_en", "nlu_fallback"})
"""Intents of the dialogue without an answer of their own: buttons may lead to them."""

HUB_PAYLOADS = frozenset({"hub:person", "hub:assistant", "hub:erase", "hub:erase-ask", "hub:erase-no", "hub:export"})
