"""Who uses Telegram in the tests: people with private chats, and groups."""

import itertools
import time
from typing import TYPE_CHECKING, Any

from tests.support.botapi_rules import Refused, bad, entities

if TYPE_CHECKING:
    from tests.support.botapi import BotApi

_ids = itertools.count(5_200_000_001, 97)

_FILE = {"file_id": "AgACAgQ", "file_unique_id": "AQADAg", "file_size": 1200}
CONTENT: dict[str, Any] = {
    "photo": [_FILE | {"width": 90, "height": 90}, _FILE | {"width": 800, "height": 800}],
    "voice": _FILE | {"duration": 3, "mime_type": "audio/ogg"},
    "audio": _FILE | {"duration": 30},
    "video": _FILE | {"width": 320, "height": 240, "duration": 4},
    "video_note": _FILE | {"length": 240, "duration": 4},
    "animation": _FILE | {"width": 320, "height": 240, "duration": 2, "mime_type": "video/mp4"},
    "document": _FILE | {"file_name": "decyzja.pdf", "mime_type": "application/pdf"},
    "sticker": _FILE | {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False},
    "location": {"latitude": 51.94, "longitude": 15.5},
    "contact": {"phone_number": "+48600100200", "first_name": "Ewa"},
    "poll": {
        "id": "77",
        "question": "Kiedy?",
        "options": [
            {"persistent_id": "1", "text": "dziś", "voter_count": 0},
            {"persistent_id": "2", "text": "jutro", "voter_count": 0},
        ],
        "total_voter_count": 0,
        "is_closed": False,
        "is_anonymous": True,
        "type": "regular",
        "allows_multiple_answers": False,
        "allows_revoting": True,
        "members_only": False,
    },
    "dice": {"emoji": "\N{GAME DIE}", "value": 4},
}
"""What a message of each kind carries."""


class Chat:
    """A place where messages go. ``received`` holds the bot's messages in order, as the API returned them."""

    def __init__(self, api: "BotApi", chat_id: int) -> None:
        self.api = api
        self.id = chat_id
        self.received: list[dict[str, Any]] = []
        self.sent: list[dict[str, Any]] = []
        self.too_old: set[int] = set()
        """Messages that the bot may no longer delete (after 48 hours)."""
        self.actions: list[str] = []
        api.chats[chat_id] = self

    def as_json(self) -> dict[str, Any]:
        raise NotImplementedError

    def check_bot_may_write(self) -> None:
        raise NotImplementedError

    def find(self, message_id: int) -> dict[str, Any] | None:
        """A message of this chat, whoever wrote it (in the server's loop)."""
        return next((m for m in (*self.sent, *self.received) if m["message_id"] == message_id), None)

    @property
    def messages(self) -> list[dict[str, Any]]:
        """What the bot has said here so far."""
        return self.api.act(lambda: list(self.received))

    @property
    def texts(self) -> list[str]:
        return [message["text"] for message in self.messages]


class Citizen(Chat):
    """A person in a private chat with the bot."""

    def __init__(self, api: "BotApi", first_name: str) -> None:
        super().__init__(api, next(_ids))
        self.first_name = first_name
        self.started = False
        self.blocked = False
        self.deactivated = False
        self.user = {"id": self.id, "is_bot": False, "first_name": first_name, "language_code": "pl"}

    def as_json(self) -> dict[str, Any]:
        return {"id": self.id, "type": "private", "first_name": self.first_name}

    def check_bot_may_write(self) -> None:
        if self.deactivated:
            raise Refused(403, "Forbidden: user is deactivated")
        if self.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        if not self.started:
            raise Refused(403, "Forbidden: bot can't initiate conversation with a user")

    def say(self, text: str, **extra: Any) -> int:
        """Write a text; Telegram marks the commands in it. Returns the update's id."""
        self.api.written.append(text)
        content: dict[str, Any] = {"text": text} | extra
        if found := entities(text):
            content["entities"] = found
        return self._send(content)

    def start(self, parameter: str = "") -> int:
        """Press "Start", perhaps through a link with a parameter."""
        return self.say(f"/start {parameter}".strip())

    def send(self, kind: str, caption: str = "", **extra: Any) -> int:
        """Send something other than text."""
        content: dict[str, Any] = {kind: CONTENT[kind]} | extra
        if caption:
            content["caption"] = caption
            self.api.written.append(caption)
        return self._send(content)

    def edit(self, text: str, *, at: int = 0) -> int:
        """Change the last message; ``at`` is the edit's date, now by default. Returns the update's id."""
        self.api.written.append(text)

        def publish() -> int:
            edited = self.sent[-1] | {"text": text, "edit_date": at or int(time.time())}
            edited.pop("entities", None)
            self.sent[-1] = edited
            return self.api.publish(edited_message=edited)

        return self.api.act(publish)

    def act_unseen(self, text: str) -> None:
        """Write something whose update the bot never gets."""
        self.api.act(lambda: self.sent.append(self.api.new_message(self) | {"from": self.user, "text": text}))

    def reply(self, text: str, to: dict[str, Any], *, marked: str = "") -> int:
        """Answer to a message, perhaps to the marked part of it."""
        quote = {"quote": {"text": marked, "position": 0, "is_manual": True}} if marked else {}
        return self.say(text, reply_to_message=to, **quote)

    def unblock(self) -> None:
        """Let the bot write again; Telegram tells it."""

        def change() -> None:
            self.blocked = False
            self._membership("kicked", "member")

        self.api.act(change)

    def press(self, title: str) -> str:
        """Press the newest button with that title; returns the id of the press."""

        def find() -> str:
            for message in reversed(self.received):
                for row in message.get("reply_markup", {}).get("inline_keyboard", []):
                    for button in row:
                        if button["text"] == title:
                            return self._press(message, button["callback_data"])
            raise AssertionError(f"no button {title!r} in {[m['text'] for m in self.received]}")

        return self.api.act(find)

    def press_data(self, data: str) -> str:
        """Press a button that an old or forged client shows."""
        return self.api.act(lambda: self._press(self.received[-1], data))

    def _press(self, message: dict[str, Any], data: str) -> str:
        query = self.api.query_id()
        self.api.publish(
            callback_query={
                "id": query,
                "from": self.user,
                "message": message,
                "chat_instance": "-8123",
                "data": data,
            }
        )
        return query

    def buttons(self) -> list[str]:
        """Titles under the bot's last message."""
        markup = self.messages[-1].get("reply_markup", {})
        return [button["text"] for row in markup.get("inline_keyboard", []) for button in row]

    def block(self) -> None:
        """Block the bot; Telegram tells it."""

        def change() -> None:
            self.blocked = True
            self._membership("member", "kicked")

        self.api.act(change)

    def _membership(self, old: str, new: str) -> None:
        def member(status: str) -> dict[str, Any]:
            banned = {"until_date": 0} if status == "kicked" else {}
            return {"user": self.api.me, "status": status, **banned}

        self.api.publish(
            my_chat_member={
                "chat": self.as_json(),
                "from": self.user,
                "date": 1_700_000_000,
                "old_chat_member": member(old),
                "new_chat_member": member(new),
            }
        )

    def _send(self, content: dict[str, Any]) -> int:
        def publish() -> int:
            self.started = True
            message = self.api.new_message(self) | {"from": self.user} | content
            self.sent.append(message)
            return self.api.publish(message=message)

        return self.api.act(publish)


class Group(Chat):
    """A group, supergroup or channel."""

    def __init__(self, api: "BotApi", title: str, kind: str) -> None:
        super().__init__(api, -1_000_000_000_000 - next(_ids))
        self.title = title
        self.kind = kind
        self.bot_is_in = False
        self.owner = {"id": next(_ids), "is_bot": False, "first_name": "Adam"}

    def as_json(self) -> dict[str, Any]:
        return {"id": self.id, "type": self.kind, "title": self.title}

    def check_bot_may_write(self) -> None:
        if not self.bot_is_in:
            raise Refused(403, f"Forbidden: bot is not a member of the {self.kind} chat")

    def add_bot(self) -> None:
        """Somebody adds the bot."""

        def change() -> None:
            self.bot_is_in = True
            self._membership("left", "member")

        self.api.act(change)

    def say(self, text: str) -> None:
        """A member writes something that the bot sees."""
        if not self.bot_is_in:
            raise bad("not a member")
        self.api.act(
            lambda: self.api.publish(
                message=self.api.new_message(self) | {"from": self.owner, "text": text, "entities": entities(text)}
            )
        )

    def bot_left(self) -> None:
        self.bot_is_in = False
        self._membership("member", "left")

    def _membership(self, old: str, new: str) -> None:
        self.api.publish(
            my_chat_member={
                "chat": self.as_json(),
                "from": self.owner,
                "date": 1_700_000_000,
                "old_chat_member": {"user": self.api.me, "status": old},
                "new_chat_member": {"user": self.api.me, "status": new},
            }
        )
