"""What a Bot API update means to the hub."""

from telegram import ChatMember, Message, MessageEntity, Update

from bot.hub.messages import Inbound
from bot.hub.phrases import COMMANDS

CHANNEL = "telegram"
ALLOWED_UPDATES = ("message", "callback_query", "my_chat_member")
"""What Telegram is asked to send: nothing that would only be thrown away."""

# Attributes of a message that say that it carries something other than text, and the hub's word for it.
_KINDS = {
    "photo": "photo",
    "voice": "voice",
    "audio": "voice",
    "video_note": "video",
    "video": "video",
    "document": "document",
    "animation": "document",
    "sticker": "sticker",
    "location": "location",
    "venue": "location",
    "contact": "contact",
    "poll": "poll",
}
_GONE = (ChatMember.LEFT, ChatMember.BANNED)


def to_inbound(update: Update) -> Inbound | None:
    """Translate an update of a private chat; None for what is no message of a resident.

    ``update_id`` becomes the external id: Telegram repeats an update under the same id, and ids do not always
    come in order (Bot API, "Update").
    """
    chat = update.effective_chat
    if chat is None or chat.type != "private":
        return None
    chat_id, external_id = str(chat.id), str(update.update_id)
    if update.callback_query is not None:
        pressed = update.callback_query.data or ""
        return Inbound(CHANNEL, chat_id, external_id, button=pressed)
    message = update.message
    if message is None:
        return None
    for attribute, kind in _KINDS.items():
        if getattr(message, attribute):
            if message.media_group_id and not message.caption:
                # Ten pictures of one album are declined once, not ten times.
                external_id = f"album:{message.media_group_id}"
            return Inbound(CHANNEL, chat_id, external_id, text=message.caption or "", kind=kind)
    if message.text is None:
        return None if _is_service(message) else Inbound(CHANNEL, chat_id, external_id, kind="other")
    command = _command(message)
    if command is not None:
        return Inbound(CHANNEL, chat_id, external_id, text=command, kind="command")
    return Inbound(CHANNEL, chat_id, external_id, text=message.text)


def from_unreadable(item: object) -> Inbound | None:
    """Save what can be saved of an update that the library cannot read, so that its sender is not left unanswered.

    A Bot API server older or newer than the library is enough: the library refuses polls of before Bot API 10.
    """
    match item:
        case {"update_id": int(update_id), "message": {"chat": {"id": int(chat), "type": "private"}} as message}:
            text = message.get("text")
            if isinstance(text, str) and text:
                return Inbound(CHANNEL, str(chat), str(update_id), text=text)
            caption = message.get("caption")
            return Inbound(CHANNEL, str(chat), str(update_id), text=caption or "", kind="other")
    return None


def group_to_leave(update: Update) -> int | None:
    """Return the id of a group or channel that the bot is in and must not stay in."""
    chat = update.effective_chat
    if chat is None or chat.type == "private":
        return None
    changed = update.my_chat_member
    if changed is not None and changed.new_chat_member.status in _GONE:
        return None
    return chat.id


def _command(message: Message) -> str | None:
    """Return the name of a command of ours that stands alone, without the slash and the bot's name.

    Any other text that begins with a slash is what the resident says, and is read like all they say.
    """
    text = message.text or ""
    for entity in message.entities:
        if entity.type == MessageEntity.BOT_COMMAND and entity.offset == 0:
            rest = text[entity.length :].strip()
            name = text[1 : entity.length].partition("@")[0].lower()
            # "/start xyz" is how a link starts the bot; other commands take no words.
            return name if name in COMMANDS and (not rest or name == "start") else None
    return None


def _is_service(message: Message) -> bool:
    """Tell whether Telegram itself made the message (somebody joined, a pin), and nobody wrote it."""
    return message.effective_attachment is None and message.checklist is None
