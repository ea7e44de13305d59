"""From the message to somebody who waits straight into a case, with the real engine."""

from collections.abc import AsyncIterator, Callable

import pytest

from bot.hub.messages import StaffRef
from bot.hub.updates import tell_waiting
from tests.hub.conftest import Town

pytestmark = pytest.mark.engine


async def test_who_waits_may_leave_a_case_instead(make_town: Callable[..., AsyncIterator[Town]]) -> None:
    town = await make_town(waiting_update_minutes=0.0001)
    await town.say("z", "chcę rozmawiać z pracownikiem")
    conversation = await town.conversation("z")
    assert await tell_waiting(town.context) == [conversation]
    told = (await town.hub.events(conversation, 0))[-1]
    assert "nadal czeka" in told.text
    leave = next(button for button in told.buttons if button.title == "Przekaż zgłoszenie")
    asked = await town.say("z", "", button=leave.id)
    assert "to nie jest wniosek" in " ".join(event.text for event in asked)
    assert (await town.hub.status(conversation)).owner == "bot"
    anna: StaffRef = await town.staff("Anna")
    history = [line.kind for line in await town.hub.work.history(anna, conversation)]
    assert history == ["called_back", "asks_person"]


async def test_how_turns_end_is_counted_for_the_statistics(town: Town) -> None:
    today = town.context.today().date()
    for text in (
        "jaki jest telefon do mopsu",
        "chcę się zabić",
        "chcę rozmawiać z pracownikiem",
        "halo",
    ):
        await town.say("c", text)
    await town.context.tallies.store(town.context.database)
    figures = (await town.hub.work.statistics(await town.staff("Anna"), today, today, "rest")).of()
    assert figures.outcomes == {"answered": 1, "crisis": 1, "handed_off": 1}
    assert figures.topics == {"telefon": 1}
    assert (figures.from_residents, len(figures.conversations), figures.asked) == (4, 1, 1)
