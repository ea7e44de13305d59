"""Splitting long texts, keyboards, and what failures mean."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.hub.messages import Button, Outgoing
from channels.telegram.outbound import keyboard_of, outcome_of, split, text_of

WIDE = "\N{LEFT-POINTING MAGNIFYING GLASS}"


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def outgoing(text: str = "Tak.", *, name: str | None = None, buttons: tuple[Button, ...] = ()) -> Outgoing:
    return Outgoing("m", "c", "telegram", "1", 1, "staff" if name else "bot", name, text, buttons, None)


def test_a_short_text_is_one_part() -> None:
    assert split("Kasa jest czynna.") == ["Kasa jest czynna."]


def test_a_text_of_exactly_the_limit_is_one_part() -> None:
    assert split("a" * 4096) == ["a" * 4096]


def test_a_long_text_is_cut_at_the_end_of_a_sentence() -> None:
    assert split("Pierwsze zdanie. Drugie zdanie. Trzecie.", 34) == ["Pierwsze zdanie. Drugie zdanie.", "Trzecie."]


def test_a_line_break_ends_a_part_too() -> None:
    assert split("telefon: 68\nadres: Długa\nkoniec", 24) == ["telefon: 68", "adres: Długa\nkoniec"]


def test_without_sentences_it_is_cut_between_words() -> None:
    assert split("jeden dwa trzy", 10) == ["jeden dwa", "trzy"]


def test_without_words_it_is_cut_anywhere() -> None:
    assert split("x" * 25, 10) == ["x" * 10, "x" * 10, "x" * 5]


def test_the_limit_counts_utf16_units_and_no_character_is_torn() -> None:
    parts = split(WIDE * 7, 5)
    assert parts == [WIDE * 2, WIDE * 2, WIDE * 2, WIDE]
    assert all(units(part) <= 5 for part in parts)


def test_nothing_is_no_part() -> None:
    assert split("") == []


@given(st.text(alphabet=st.sampled_from("aą .!?\n" + WIDE), max_size=120), st.integers(min_value=2, max_value=30))
def test_parts_fit_and_keep_every_word(text: str, limit: int) -> None:
    parts = split(text, limit)
    assert all(0 < units(part) <= limit for part in parts[:-1])
    assert not parts or units(parts[-1]) <= limit
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_staff_are_named_and_the_bot_is_not() -> None:
    assert text_of(outgoing("Już sprawdzam.", name="Anna")) == "Anna: Już sprawdzam."
    assert text_of(outgoing("Tak.")) == "Tak."


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("Sekretariat: 68 411 50 00.", "Sekretariat: +48 68 411 50 00."),
        ("tel. 600 100 200, +48 600 100 200", "tel. +48 600 100 200, +48 600 100 200"),
        ("112, 116 123, 800 120 002, 800 70 2222", "112, 116 123, 800 120 002, 800 70 2222"),
        ("Numer 4821-9307, MOPS.DŚ.4020.12.2020, 65-401, 10:30–14:00", None),
        ("(68) 411 51 00 – 09", None),
    ],
)
def test_phone_numbers_get_the_country_code_that_makes_them_links(written: str, sent: str | None) -> None:
    assert text_of(outgoing(written)) == (sent or written)


def test_each_button_has_a_row_and_carries_its_id_only() -> None:
    keyboard = keyboard_of(outgoing(buttons=(Button("b3.0", "Kontakt"), Button("b3.1", "Kasa"))))
    assert keyboard is not None
    rows = [[(button.text, button.callback_data) for button in row] for row in keyboard.inline_keyboard]
    assert rows == [[("Kontakt", "b3.0")], [("Kasa", "b3.1")]]
    assert keyboard_of(outgoing()) is None


def caused(error: TelegramError, cause: Exception) -> TelegramError:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (RetryAfter(7), "retry"),
        (Forbidden("Forbidden: bot was blocked by the user"), "failed"),
        (BadRequest("Chat not found"), "failed"),
        (InvalidToken("The token `123:abc` was rejected by the server."), "retry"),
        (NetworkError("Internal Server Error"), "retry"),
        (caused(NetworkError("x"), httpx.ConnectError("refused")), "retry"),
        (caused(TimedOut("x"), httpx.ConnectTimeout("slow")), "retry"),
        (caused(TimedOut("x"), httpx.PoolTimeout("busy")), "retry"),
        (caused(NetworkError("x"), httpx.ProxyError("no")), "retry"),
        (caused(NetworkError("x"), RuntimeError("This HTTPXRequest is not initialized!")), "retry"),
        (caused(NetworkError("x"), httpx.ReadError("reset")), "unknown"),
        (caused(NetworkError("x"), httpx.RemoteProtocolError("no answer")), "unknown"),
        (caused(TimedOut("x"), httpx.ReadTimeout("slow")), "unknown"),
        (caused(TimedOut("x"), httpx.WriteTimeout("slow")), "unknown"),
        (caused(NetworkError("Bad Gateway"), TelegramError("Invalid server response")), "unknown"),
        (TelegramError("Invalid server response"), "unknown"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, TelegramError) else value,
)
def test_only_what_surely_failed_is_sent_again(error: TelegramError, status: str) -> None:
    assert outcome_of(error).status == status


def test_telegrams_own_wait_is_kept() -> None:
    wait = outcome_of(RetryAfter(7)).retry_after
    assert wait is not None
    assert 7 < wait < 8


def test_staff_can_tell_why_it_failed() -> None:
    assert outcome_of(Forbidden("Forbidden: bot was blocked by the user")).error == "blocked by the user"
    assert outcome_of(Forbidden("Forbidden: user is deactivated")).error == "the account no longer exists"
    assert outcome_of(BadRequest("Chat not found")).error == "chat not found"


def test_the_token_is_not_told() -> None:
    assert "123:abc" not in str(outcome_of(InvalidToken("The token `123:abc` was rejected by the server.")))
