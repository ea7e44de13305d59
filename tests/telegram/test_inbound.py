"""What each kind of Bot API update means to the hub."""

from datetime import UTC, datetime
from typing import Any

import pytest
from telegram import Update

from bot.hub.messages import BLOCKED, Inbound, Quoted
from channels.telegram.inbound import from_unreadable, group_to_leave, reachable, to_edit, to_inbound
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
    reference = None if "button" in values else "5"
    return Inbound("telegram", "77", values.pop("external_id", "900"), **({"reference": reference} | values))


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
        ("audio", "audio"),
        ("video", "video"),
        ("video_note", "video_note"),
        ("document", "document"),
        ("sticker", "sticker"),
        ("location", "location"),
        ("contact", "contact"),
        ("poll", "poll"),
        ("dice", "dice"),
    ],
)
def test_what_is_not_text(carried: str, kind: str) -> None:
    assert to_inbound(message(**{carried: CONTENT[carried]})) == inbound(kind=kind)


def test_an_animation_comes_as_a_document_too_and_is_told_apart() -> None:
    file = CONTENT["video"]
    assert to_inbound(message(animation=file, document=CONTENT["document"])) == inbound(kind="animation")


def test_a_venue_comes_with_its_location_and_is_one() -> None:
    venue = {"location": CONTENT["location"], "title": "MOPS", "address": "Długa 13"}
    assert to_inbound(message(venue=venue, location=CONTENT["location"])) == inbound(kind="location")


def test_a_checklist_is_something_a_person_sent() -> None:
    tasks = {"title": "Lista", "tasks": [{"id": 1, "text": "wniosek"}]}
    assert to_inbound(message(checklist=tasks)) == inbound(kind="checklist")


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
    assert to_inbound(update(callback_query=pressed | {"message": under})) == inbound(button="b4.1", begins=False)


def test_a_button_under_a_message_that_telegram_no_longer_shows() -> None:
    pressed = {"id": "1", "from": JAN, "chat_instance": "8", "data": "b4.1"}
    gone = {"message_id": 5, "date": 0, "chat": PRIVATE}
    assert to_inbound(update(callback_query=pressed | {"message": gone})) == inbound(button="b4.1", begins=False)


@pytest.mark.parametrize("service", [{"pinned_message": {"message_id": 1, "date": 0, "chat": PRIVATE}}, {}])
def test_what_telegram_itself_writes_is_nothing(service: dict[str, Any]) -> None:
    assert to_inbound(message(**service)) is None


def edited(**content: Any) -> Update:
    return update(
        edited_message={
            "message_id": 5,
            "date": 1_700_000_000,
            "edit_date": 1_700_000_060,
            "chat": PRIVATE,
            "from": JAN,
        }
        | content
    )


def test_an_edited_message_is_no_new_one_but_an_edit() -> None:
    changed = edited(text="nowe")
    assert to_inbound(changed) is None
    assert to_edit(changed) == (inbound(text="nowe"), datetime.fromtimestamp(1_700_000_060, UTC))


def test_an_edited_caption_is_an_edit_and_a_moving_live_location_is_none() -> None:
    found = to_edit(edited(photo=CONTENT["photo"], caption="lepiej widać"))
    assert found is not None
    assert found[0] == inbound(text="lepiej widać")
    assert to_edit(edited(location=CONTENT["location"])) is None


def test_a_reply_keeps_its_quote() -> None:
    answered = {"message_id": 3, "date": 1_700_000_000, "chat": PRIVATE, "from": BOT, "text": "Kasa: 10:30–14:00."}
    found = to_inbound(message(text="a w piątek?", reply_to_message=answered))
    assert found == inbound(text="a w piątek?", quoted=Quoted("Kasa: 10:30–14:00.", "3"))
    marked = {"text": "10:30", "position": 6, "is_manual": True}
    found = to_inbound(message(text="rano?", reply_to_message=answered, quote=marked))
    assert found == inbound(text="rano?", quoted=Quoted("10:30", "3"))


@pytest.mark.parametrize("status", ["kicked", "member"])
def test_blocking_the_bot_is_no_message(status: str) -> None:
    changed = membership(PRIVATE, status)
    assert to_inbound(changed) is None
    assert group_to_leave(changed) is None
    assert reachable(changed) == ("77", BLOCKED if status == "kicked" else None)


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
