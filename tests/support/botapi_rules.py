"""What the Bot API accepts: written from its documentation, independently of any client library."""

import json
import re
from typing import Any

TOKEN_SHAPE = re.compile(r"\d{6,12}:[A-Za-z0-9_-]{35}")
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_COMMAND_IN_TEXT = re.compile(r"(?<![\w/])/[A-Za-z0-9_]{1,64}(@[A-Za-z0-9_]{3,32})?")

# Every parameter that the documentation of the emulated methods names (Bot API 9).
PARAMETERS: dict[str, set[str]] = {
    "getme": set(),
    "getupdates": {"offset", "limit", "timeout", "allowed_updates"},
    "setwebhook": {
        *("url", "certificate", "ip_address", "max_connections", "allowed_updates"),
        *("drop_pending_updates", "secret_token"),
    },
    "deletewebhook": {"drop_pending_updates"},
    "getwebhookinfo": set(),
    "sendmessage": {
        *("business_connection_id", "chat_id", "message_thread_id", "direct_messages_topic_id", "text", "parse_mode"),
        *("entities", "link_preview_options", "disable_notification", "protect_content", "allow_paid_broadcast"),
        *("message_effect_id", "suggested_post_parameters", "reply_parameters", "reply_markup"),
    },
    "editmessagetext": {
        *("business_connection_id", "chat_id", "message_id", "inline_message_id", "text", "parse_mode", "entities"),
        *("link_preview_options", "reply_markup"),
    },
    "deletemessage": {"chat_id", "message_id"},
    "answercallbackquery": {"callback_query_id", "text", "show_alert", "url", "cache_time"},
    "setmycommands": {"commands", "scope", "language_code"},
    "setmydescription": {"description", "language_code"},
    "setmyshortdescription": {"short_description", "language_code"},
    "sendchataction": {"business_connection_id", "chat_id", "message_thread_id", "action"},
    "leavechat": {"chat_id"},
}
_ACTIONS = {
    *("typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document"),
    *("choose_sticker", "find_location", "record_video_note", "upload_video_note"),
}


class Refused(Exception):
    """An answer with ``ok: false``."""

    def __init__(self, code: int, description: str, parameters: dict[str, Any] | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


def bad(description: str) -> Refused:
    return Refused(400, f"Bad Request: {description}")


def utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def number(params: dict[str, Any], name: str, default: int | None = None) -> int:
    given = params.get(name)
    if given is None or given == "":
        if default is None:
            raise bad(f"{name} is empty")
        return default
    try:
        return int(given)
    except (TypeError, ValueError):
        raise bad(f'field "{name}" must be a Number') from None


def truth(params: dict[str, Any], name: str) -> bool:
    return str(params.get(name, "")).lower() in ("true", "1")


def parsed(params: dict[str, Any], name: str, kind: type, problem: str) -> Any:
    """A parameter that is a JSON document; JSON request bodies may carry it as it is."""
    value = params[name]
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise bad(problem) from None
    if not isinstance(value, kind):
        raise bad(problem)
    return value


def checked_text(params: dict[str, Any]) -> str:
    text = str(params.get("text", "")).strip()
    if not text:
        raise bad("message text is empty")
    if utf16_length(text) > 4096:
        raise bad("message is too long")
    return text


def checked_keyboard(params: dict[str, Any]) -> dict[str, Any] | None:
    if "reply_markup" not in params:
        return None
    markup: dict[str, Any] = parsed(params, "reply_markup", dict, "can't parse reply keyboard markup JSON object")
    rows = markup.get("inline_keyboard")
    if not isinstance(rows, list):
        raise bad("object expected as reply markup")
    for row in rows:
        if not isinstance(row, list) or not row or len(row) > 8:
            raise bad('field "inline_keyboard" must be an Array of Arrays')
        for button in row:
            if not button.get("text"):
                raise bad('can\'t parse inline keyboard button: Field "text" must be of type String')
            if set(button) == {"text"}:
                raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
            if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= 64:
                raise bad("BUTTON_DATA_INVALID")
    if sum(len(row) for row in rows) > 100:
        raise bad("reply markup is too long")
    return markup


def checked_commands(params: dict[str, Any]) -> list[dict[str, str]]:
    if "commands" not in params:
        raise bad('can\'t find field "commands"')
    commands: list[dict[str, str]] = parsed(params, "commands", list, "can't parse commands JSON object")
    if len(commands) > 100:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    for entry in commands:
        if not _COMMAND.fullmatch(entry.get("command", "")):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= len(entry.get("description", "")) <= 256:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    return commands


def checked_secret(params: dict[str, Any]) -> str | None:
    secret = params.get("secret_token")
    if secret is not None and not _SECRET.fullmatch(secret):
        raise bad("secret token contains unallowed characters")
    return secret


def checked_length(params: dict[str, Any], name: str, limit: int) -> str:
    text = str(params.get(name, ""))
    if utf16_length(text) > limit:
        raise bad(f"{name} is too long")
    return text


def checked_action(params: dict[str, Any]) -> str:
    action = str(params.get("action", ""))
    if action not in _ACTIONS:
        raise bad("wrong parameter action in request")
    return action


def entities(text: str) -> list[dict[str, Any]]:
    """The command entities that Telegram itself finds in a text; offsets count UTF-16 code units."""
    return [
        {
            "type": "bot_command",
            "offset": utf16_length(text[: found.start()]),
            "length": utf16_length(found.group()),
        }
        for found in _COMMAND_IN_TEXT.finditer(text)
    ]
