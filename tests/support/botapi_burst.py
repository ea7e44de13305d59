"""Many chats that write many messages at once, and what came of it."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tests.support.botapi import BotApi
from tests.support.botapi_people import Citizen
from tests.support.processes import until


@dataclass(frozen=True, slots=True)
class Burst:
    """Counts of answers; ``waits`` are seconds from a message to its answer, shortest first."""

    seconds: float
    answers: int
    lost: int
    doubled: int
    chats_out_of_order: int
    waits: list[float]


def burst(
    api: BotApi, people: Sequence[Citizen], messages: int, questions: Sequence[tuple[str, str]], patience: float
) -> Burst:
    """Let everybody write ``messages`` questions without waiting, and wait for the answers.

    ``questions``: a text and the words by which its answer is known. People have not met the bot before, so each is
    greeted first.
    """
    asked = [number % len(questions) for number in range(messages)]
    said_at: dict[int, list[float]] = {person.id: [] for person in people}
    begun = time.monotonic()
    for number in asked:
        for person in people:
            said_at[person.id].append(time.monotonic())
            person.say(questions[number][0])
    wanted = len(people) * (messages + 1)
    total, quiet_since = 0, time.monotonic()

    def over() -> bool:
        """All is here and nothing more comes, or nothing has come for long."""
        nonlocal total, quiet_since
        now = sum(len(person.messages) for person in people)
        if now != total:
            total, quiet_since = now, time.monotonic()
        quiet = time.monotonic() - quiet_since
        return (total >= wanted and quiet > 1.0) or quiet > 30.0

    until(over, patience, "the burst ends")
    ended = quiet_since
    lost = doubled = disordered = 0
    waits: list[float] = []
    for person in people:
        heard = [_answered(text, questions) for text in person.texts[1:]]
        lost += sum((Counter(asked) - Counter(heard)).values())
        doubled += sum((Counter(heard) - Counter(asked)).values())
        disordered += sorted(heard) == sorted(asked) and heard != asked
        arrived = [call.at for call in api.calls_of("sendMessage", person.id) if call.outcome == "ok"][1:]
        waits += [there - said for said, there in zip(said_at[person.id], arrived, strict=False)]
    return Burst(ended - begun, total - len(people), lost, doubled, disordered, sorted(waits))


def _answered(text: str, questions: Sequence[tuple[str, str]]) -> int:
    """Return which question a text answers, -1 for none. The channel writes phone numbers with the country's code."""
    plain = text.replace("+48 ", "")
    return next((number for number, (_, words) in enumerate(questions) if words in plain), -1)
