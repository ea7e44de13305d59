"""What actions say, and the knowledge they say it from."""

import os
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from rasa_sdk.executor import CollectingDispatcher

from bot.knowledge import Answer, Button, Knowledge, KnowledgeStore
from bot.knowledge.knowledge import today

PERSON = Button("Porozmawiaj z pracownikiem", "hub:person")
NEW_CASE = Button("Przekaż zgłoszenie", "/zgloszenie")

_PROJECT = Path(__file__).resolve().parent.parent
_store: KnowledgeStore | None = None


def use_store(store: KnowledgeStore) -> None:
    """Answer from the store of the process these actions run in, rather than from one of their own."""
    global _store
    _store = store


def knowledge() -> Knowledge:
    """Return the knowledge as it is now: a changed fact needs neither training nor a restart."""
    global _store
    if _store is None:
        _store = KnowledgeStore(Path(os.environ.get("MOPS_KNOWLEDGE_DIR", _PROJECT / "knowledge")))
    return _store.current


def office_day() -> date:
    """Return the day it is at the office: facts are valid from one day to another."""
    return today()


def say(dispatcher: CollectingDispatcher, text: str, buttons: Iterable[Button] = ()) -> None:
    """Say a text with its buttons."""
    dispatcher.utter_message(
        text=text, buttons=[{"title": button.title, "payload": button.payload} for button in buttons]
    )


def say_answer(dispatcher: CollectingDispatcher, answer: Answer, *more: Button) -> None:
    """Say an answer of the knowledge, with further buttons where it does not have them yet."""
    known = {button.payload for button in answer.buttons}
    say(dispatcher, answer.text, (*answer.buttons, *(b for b in more if b.payload not in known)))


def command(dispatcher: CollectingDispatcher, **what: Any) -> None:
    """Tell the hub to do something; the hub itself tells the resident about it."""
    dispatcher.utter_message(json_message={"mops": what})
