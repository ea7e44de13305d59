"""What each kind of Bot API update means to the hub."""

from typing import Any

import pytest
from telegram import Update

from bot.hub.messages import Inbound
from channels.telegram.inbound import from_unreadable, group_to_leave, to_inbound
from tests.support.botapi_people import CONTENT
from tests.support.botapi_rules import entities

BOT = {"id": 1, "is_bot": True, "first_name": "MOPS"}
JAN = {"id": 77, "is_bot": False, "first_name": "Jan"}
PRIVATE = {"id": 77, "type": "private", "first_name": "Jan"}
GROUP = {"id": -100, "type": "supergroup", "title": "Sąsiedzi"}


def message(chat: dict[str, Any] = PRIVATE, **content: Any) -> Update:
    return update(message={"message_id": 5, "date": 1_700_000_000, "chat": chat, "from": JAN, **content})


def update(**content: Any) -> Update:
    read = Update.de_json({"update_id": 900, **content}, None)
    assert read is not None
    return read


def text(words: str) -> Inbound | None:
    return to_inbound(message(text=words, entities=entities(words)))


def inbound(**values: Any) -> Inbound:
    return Inbound("telegram", "77", values.pop("external_id", "900"), **values)


def membership(chat: dict[str, Any], status: str) -> Update:
    until = {"until_date": 0} if status == "kicked" else {}
    return update(
        my_chat_member={
            "chat": chat,
            "from": JAN,
            "date": 1_700_000_000,
            "old_chat_member": {"user": BOT, "status": "member"},
            "new_chat_member": {"user": BOT, "status": status, **until},
        }
    )


def test_text() -> None:
    assert text("dzień dobry") == inbound(text="dzień dobry")


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("/start", "start"),
        ("/start z-ulotki", "start"),
        ("/Pomoc", "pomoc"),
        ("/kasa@mops_bot", "kasa"),
        ("/privacy", "privacy"),
    ],
)
def test_commands_of_ours(written: str, name: str) -> None:
    assert text(written) == inbound(text=name, kind="command")


@pytest.mark.parametrize("written", ["/restart", "/umieram", "/kasa jutro", "/ kasa", "proszę /kasa", "/potwierdz"])
def test_every_other_slash_is_what_the_resident_says(written: str) -> None:
    assert text(written) == inbound(text=written)


@pytest.mark.parametrize(
    ("carried", "kind"),
    [
        ("photo", "photo"),
        ("voice", "voice"),
        ("audio", "voice"),
        ("video", "video"),
        ("video_note", "video"),
        ("document", "document"),
        ("sticker", "sticker"),
        ("location", "location"),
        ("contact", "contact"),
        ("poll", "poll"),
        ("dice", "other"),
    ],
)
def test_what_is_not_text(carried: str, kind: str) -> None:
    assert to_inbound(message(**{carried: CONTENT[carried]})) == inbound(kind=kind)


def test_an_animation_comes_as_a_document_too_and_is_one() -> None:
    file = CONTENT["video"]
    assert to_inbound(message(animation=file, document=CONTENT["document"])) == inbound(kind="document")


def test_a_venue_comes_with_its_location_and_is_one() -> None:
    venue = {"location": CONTENT["location"], "title": "MOPS", "address": "Długa 13"}
    assert to_inbound(message(venue=venue, location=CONTENT["location"])) == inbound(kind="location")


def test_a_checklist_is_something_a_person_sent() -> None:
    tasks = {"title": "Lista", "tasks": [{"id": 1, "text": "wniosek"}]}
    assert to_inbound(message(checklist=tasks)) == inbound(kind="other")


def test_a_caption_is_kept() -> None:
    found = to_inbound(message(photo=CONTENT["photo"], caption="to mój dowód"))
    assert found == inbound(kind="photo", text="to mój dowód")


def test_an_album_is_one_message_and_its_caption_another() -> None:
    first = to_inbound(message(photo=CONTENT["photo"], media_group_id="13"))
    assert first == inbound(kind="photo", external_id="album:13")
    told = to_inbound(message(photo=CONTENT["photo"], media_group_id="13", caption="dowód"))
    assert told == inbound(kind="photo", text="dowód")


def test_a_pressed_button() -> None:
    pressed = {"id": "1", "from": JAN, "chat_instance": "8", "data": "b4.1"}
    under = {"message_id": 5, "date": 1_700_000_000, "chat": PRIVATE, "text": "?"}
    assert to_inbound(update(callback_query=pressed | {"message": under})) == inbound(button="b4.1")


def test_a_button_under_a_message_that_telegram_no_longer_shows() -> None:
    pressed = {"id": "1", "from": JAN, "chat_instance": "8", "data": "b4.1"}
    gone = {"message_id": 5, "date": 0, "chat": PRIVATE}
    assert to_inbound(update(callback_query=pressed | {"message": gone})) == inbound(button="b4.1")


@pytest.mark.parametrize("service", [{"pinned_message": {"message_id": 1, "date": 0, "chat": PRIVATE}}, {}])
def test_what_telegram_itself_writes_is_nothing(service: dict[str, Any]) -> None:
    assert to_inbound(message(**service)) is None


def test_an_edited_message_does_not_start_another_turn() -> None:
    edited = {"message_id": 5, "date": 1_700_000_000, "edit_date": 1, "chat": PRIVATE, "from": JAN, "text": "nowe"}
    assert to_inbound(update(edited_message=edited)) is None


@pytest.mark.parametrize("status", ["kicked", "member"])
def test_blocking_the_bot_is_no_message(status: str) -> None:
    changed = membership(PRIVATE, status)
    assert to_inbound(changed) is None
    assert group_to_leave(changed) is None


def test_groups_are_left_and_not_answered() -> None:
    said = message(GROUP, text="/start", entities=entities("/start"))
    assert to_inbound(said) is None
    assert group_to_leave(said) == -100
    assert group_to_leave(membership(GROUP, "member")) == -100


@pytest.mark.parametrize("status", ["left", "kicked"])
def test_a_group_that_the_bot_has_left_is_left_alone(status: str) -> None:
    assert group_to_leave(membership(GROUP, status)) is None


def raw(chat: dict[str, Any], **content: Any) -> dict[str, Any]:
    return {"update_id": 900, "message": {"message_id": 5, "chat": chat, **content}}


def test_what_the_library_cannot_read_is_still_somebodys_message() -> None:
    old_poll = raw(PRIVATE, poll={"id": "1", "question": "?"})
    with pytest.raises(TypeError):
        Update.de_json(old_poll, None)
    assert from_unreadable(old_poll) == inbound(kind="other")
    assert from_unreadable(raw(PRIVATE, text="pomocy")) == inbound(text="pomocy")
    assert from_unreadable(raw(PRIVATE, novelty={}, caption="to ja")) == inbound(text="to ja", kind="other")


@pytest.mark.parametrize("item", [[], None, "x", {}, {"update_id": 1}, raw(GROUP, text="?"), {"update_id": "1"}])
def test_what_is_nobodys_message_is_nothing(item: object) -> None:
    assert from_unreadable(item) is None
