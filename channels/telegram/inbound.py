"""What a Bot API update means to the hub."""

from datetime import datetime

from telegram import ChatMember, Message, MessageEntity, Update

from bot.hub.messages import BLOCKED, Inbound, Quoted
from bot.hub.phrases import COMMANDS

CHANNEL = "telegram"
ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
"""What Telegram is asked to send: nothing that would only be thrown away."""

# Attributes of a message that say that it carries something other than text, and the hub's word for it. An animation
# comes as a document too, a venue as a location: the first that is there counts.
_KINDS = {
    "photo": "photo",
    "voice": "voice",
    "audio": "audio",
    "video_note": "video_note",
    "video": "video",
    "animation": "animation",
    "document": "document",
    "sticker": "sticker",
    "venue": "location",
    "location": "location",
    "contact": "contact",
    "poll": "poll",
    "dice": "dice",
    "game": "game",
    "story": "story",
    "checklist": "checklist",
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
        return Inbound(CHANNEL, chat_id, external_id, button=pressed, begins=False)
    message = update.message
    if message is None:
        return None
    reference = str(message.message_id)
    kind = _kind(message)
    if kind is not None:
        if message.media_group_id and not message.caption:
            # Ten pictures of one album are declined once, not ten times.
            external_id = f"album:{message.media_group_id}"
        caption = message.caption or ""
        return Inbound(
            CHANNEL, chat_id, external_id, text=caption, kind=kind, reference=reference, quoted=_quoted(message)
        )
    if message.text is None:
        return None
    command = _command(message)
    if command is not None:
        return Inbound(CHANNEL, chat_id, external_id, text=command, kind="command", reference=reference)
    return Inbound(CHANNEL, chat_id, external_id, text=message.text, reference=reference, quoted=_quoted(message))


def to_edit(update: Update) -> tuple[Inbound, datetime] | None:
    """Translate an edit of a private message, with its time; None where it has no words (a live location moves)."""
    message = update.edited_message
    if message is None or message.chat.type != "private" or message.edit_date is None:
        return None
    text = message.text or message.caption
    if not text:
        return None
    edited = Inbound(
        CHANNEL, str(message.chat.id), str(update.update_id), text=text, reference=str(message.message_id)
    )
    return edited, message.edit_date


def reachable(update: Update) -> tuple[str, str | None] | None:
    """Tell that a resident blocked the bot (the chat and why nothing arrives) or lets it write again (None)."""
    changed = update.my_chat_member
    if changed is None or changed.chat.type != "private":
        return None
    return str(changed.chat.id), BLOCKED if changed.new_chat_member.status in _GONE else None


def from_unreadable(item: object) -> Inbound | None:
    """Save what can be saved of an update that the library cannot read, so that its sender is not left unanswered.

    A Bot API server older or newer than the library is enough: the library refuses polls of before Bot API 10.
    """
    match item:
        case {"update_id": int(update_id), "message": {"chat": {"id": int(chat), "type": "private"}} as message}:
            number = message.get("message_id")
            reference = str(number) if isinstance(number, int) else None
            text = message.get("text")
            if isinstance(text, str) and text:
                return Inbound(CHANNEL, str(chat), str(update_id), text=text, reference=reference)
            caption = message.get("caption")
            return Inbound(CHANNEL, str(chat), str(update_id), text=caption or "", kind="other", reference=reference)
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


def _kind(message: Message) -> str | None:
    """Return the hub's word for what a message carries instead of text, None for text and for what nobody wrote.

    Telegram itself writes too (a pin, a changed picture): such a message has no attachment.
    """
    for attribute, kind in _KINDS.items():
        if getattr(message, attribute):
            return kind
    return None if message.text is not None or message.effective_attachment is None else "other"


def _quoted(message: Message) -> Quoted | None:
    """Return what a reply answers to; the part that the resident marked, if they marked one."""
    marked = message.quote.text if message.quote is not None else None
    answered = message.reply_to_message
    if answered is not None:
        return Quoted(marked or answered.text or answered.caption or "", str(answered.message_id))
    return Quoted(marked) if marked else None
