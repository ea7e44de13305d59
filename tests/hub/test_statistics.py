"""The figures against a few days that can be counted by hand, on both databases."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.fernet import Fernet
from sqlalchemy import insert

from bot.app import instance_name, load_hours, load_knowledge
from bot.clock import utc_now
from bot.crypto import Keyring
from bot.db import migrate
from bot.db.base import new_id
from bot.db.session import Database
from bot.dialogue.client import Engine, Intent, Parse, Turn
from bot.hub.cases import CASES, new_number
from bot.hub.context import Context
from bot.hub.feed import Feed
from bot.hub.history import CHANGES
from bot.hub.messages import StaffRef
from bot.hub.ratings import RATINGS
from bot.hub.statistics import Period, median, ninetieth, read_period
from bot.hub.store import CONVERSATIONS, MESSAGES
from bot.hub.tally import add_counts, ending
from bot.settings import Settings

MONDAY, TUESDAY = date(2026, 10, 26), date(2026, 10, 27)
"""The Monday after the clocks went back: midnight is 23:00 UTC of the day before."""
ANNA = StaffRef("a" * 32, "Anna", "clerk")


def at(day: int, clock: str) -> datetime:
    """A moment of October 2026 in Zielona Góra in winter time."""
    hour, minute = clock.split(":")
    return datetime(2026, 10, day, int(hour), int(minute), tzinfo=UTC) - timedelta(hours=1)


class Books:
    """A database in which a test writes down what happened."""

    def __init__(self, context: Context) -> None:
        self.context = context

    async def conversation(self, channel: str, *lines: tuple[str, datetime]) -> str:
        """Store a conversation: authors with times, and changes of its history with times."""
        made = new_id()
        async with self.context.database.write() as connection:
            await connection.execute(
                insert(CONVERSATIONS).values(
                    id=made, channel=channel, chat=made, owner="bot", created_at=lines[0][1], updated_at=utc_now()
                )
            )
            for seq, (what, moment) in enumerate(lines, start=1):
                if what in ("resident", "bot", "staff", "system"):
                    values: dict[str, Any] = {"id": new_id(), "seq": seq, "author": what, "stretch": 1}
                    values |= {"channel": channel, "body_enc": b"-", "created_at": moment}
                    await connection.execute(insert(MESSAGES).values(conversation_id=made, **values))
                else:
                    await connection.execute(insert(CHANGES).values(conversation_id=made, kind=what, at=moment))
        return made

    async def case(self, conversation: str, topic: str, moment: datetime) -> None:
        details = self.context.keyring.encrypt(msgspec.json.encode({"temat": topic}).decode())
        async with self.context.database.write() as connection:
            values = {"id": new_id(), "number": new_number(), "details_enc": details, "status": "new"}
            await connection.execute(
                insert(CASES).values(conversation_id=conversation, created_at=moment, urgent=False, **values)
            )

    async def rating(self, conversation: str, score: int, moment: datetime) -> None:
        async with self.context.database.write() as connection:
            await connection.execute(
                insert(RATINGS).values(id=new_id(), conversation_id=conversation, stretch=1, score=score, at=moment)
            )

    async def read(self, since: date, until: date, channel: str | None = None) -> Period:
        return await read_period(self.context, ANNA, since, until, channel)


@pytest.fixture
async def books(tmp_path: Path, database_url: str):
    settings = Settings(data_dir=tmp_path, database_url=database_url, engine_url=["http://127.0.0.1:9"])  # type: ignore[arg-type]
    await migrate.upgrade(settings.database)
    context = Context(
        settings=settings,
        database=Database(settings.database),
        keyring=Keyring([Fernet.generate_key()]),
        feed=Feed(settings),
        engine=Engine(settings.engine_url, "", 1),
        knowledge_store=load_knowledge(settings),
        hours=load_hours(settings),  # mon-fri 07:30-15:30
        push_channels=frozenset(),
        instance=instance_name(),
    )
    yield Books(context)
    await context.engine.close()
    await context.database.close()


async def two_days(books: Books) -> None:
    """Write down a Monday and a Tuesday."""
    # Web, Monday: two questions, two answers. Then a person is asked for at 10:00, claimed at 10:05, answers at 10:10
    # (waited 10 min, in working hours), and gives it back at 10:35 (held 30 min).
    first = await books.conversation(
        "web",
        ("resident", at(26, "9:50")),
        ("bot", at(26, "9:50")),
        ("resident", at(26, "9:55")),
        ("bot", at(26, "9:55")),
        ("asks_person", at(26, "10:00")),
        ("system", at(26, "10:00")),
        ("claim", at(26, "10:05")),
        ("staff", at(26, "10:10")),
        ("staff", at(26, "10:12")),
        ("hand_back", at(26, "10:35")),
    )
    await books.case(first, "zasilek", at(26, "9:57"))
    await books.rating(first, 5, at(26, "10:40"))
    # Web, Monday 20:00, after hours: asks, is answered on Tuesday at 8:00 (waited 720 min). Released at 8:05 (held
    # 10 min from 7:55), claimed again at 8:20 and closed at 8:50 (held 30 min).
    second = await books.conversation(
        "web",
        ("resident", at(26, "20:00")),
        ("asks_person", at(26, "20:00")),
        ("claim", at(27, "7:55")),
        ("staff", at(27, "8:00")),
        ("release", at(27, "8:05")),
        ("claim", at(27, "8:20")),
        ("resident", at(27, "8:21")),
        ("staff", at(27, "8:22")),
        ("close", at(27, "8:50")),
    )
    await books.rating(second, 2, at(27, "8:51"))
    # Telegram, Tuesday: asks at 9:00, calls the assistant back, asks again at 11:00, is answered after 20 min by
    # somebody who has it until 11:40 (held 25 min from 11:15, although a colleague takes over in between).
    third = await books.conversation(
        "telegram",
        ("resident", at(27, "9:00")),
        ("bot", at(27, "9:00")),
        ("asks_person", at(27, "9:00")),
        ("called_back", at(27, "9:10")),
        ("asks_person", at(27, "11:00")),
        ("claim", at(27, "11:15")),
        ("staff", at(27, "11:20")),
        ("take_over", at(27, "11:30")),
        ("close", at(27, "11:40")),
    )
    await books.case(third, "zasilek", at(27, "9:05"))
    await books.case(third, "dps", at(27, "9:06"))
    # Telegram, Tuesday: asks at 12:00 and is closed without an answer (held 5 min); another still waits.
    await books.conversation(
        "telegram",
        ("resident", at(27, "12:00")),
        ("asks_person", at(27, "12:00")),
        ("claim", at(27, "12:05")),
        ("close", at(27, "12:10")),
    )
    await books.conversation("telegram", ("resident", at(27, "12:30")), ("asks_person", at(27, "12:30")))
    # Not in the two days: Sunday 23:59 and Wednesday 0:00, local time.
    await books.conversation("web", ("resident", at(25, "23:59")), ("asks_person", at(25, "23:59")))
    await books.conversation("web", ("resident", at(28, "0:00")), ("bot", at(28, "0:00")))
    # What the assistant was asked: Monday web 4 answered, 1 not understood, 2 handed off, 3 steps of a form;
    # Tuesday telegram 1 answered, 1 crisis, 5 handed off; Wednesday does not count.
    await add_counts(
        books.context.database,
        {
            (MONDAY, "web", "answered", "kontakt"): 3,
            (MONDAY, "web", "answered", "kasa_godziny"): 1,
            (MONDAY, "web", "not_understood", ""): 1,
            (MONDAY, "web", "handed_off", ""): 2,
            (MONDAY, "web", "form", ""): 3,
            (TUESDAY, "telegram", "answered", "kontakt"): 1,
            (TUESDAY, "telegram", "crisis", ""): 1,
            (date(2026, 10, 28), "web", "answered", "kontakt"): 9,
        },
    )
    await add_counts(books.context.database, {(TUESDAY, "telegram", "handed_off", ""): 2})
    await add_counts(books.context.database, {(TUESDAY, "telegram", "handed_off", ""): 3})


async def test_two_days_counted_by_hand(books: Books) -> None:
    await two_days(books)
    period = await books.read(MONDAY, TUESDAY)
    assert (period.days, period.channels) == ([MONDAY, TUESDAY], ["telegram", "web"])
    monday, tuesday, both = period.of(day=MONDAY), period.of(day=TUESDAY), period.of()

    # Conversations with a resident's message: Monday 1st and 2nd; Tuesday 2nd, 3rd, 4th, 5th; five in all.
    assert [len(one.conversations) for one in (monday, tuesday, both)] == [2, 4, 5]
    # Residents: Monday 2 + 1; Tuesday 1 (2nd) + 1 + 1 + 1. Assistant: Monday 2, Tuesday 1.
    # Staff: Monday 2, Tuesday 2 + 1.
    assert [one.from_residents for one in (monday, tuesday)] == [3, 4]
    assert [one.from_bot for one in (monday, tuesday)] == [2, 1]
    assert [one.from_staff for one in (monday, tuesday)] == [2, 3]
    assert [one.cases for one in (monday, tuesday)] == [1, 2]
    assert both.case_topics == Counter({"zasilek": 2, "dps": 1})

    # Asked for a person: Monday 10:00 and 20:00; Tuesday 9:00, 11:00, 12:00, 12:30.
    assert [one.asked for one in (monday, tuesday)] == [2, 4]
    assert (sorted(both.waits_open), both.waits_closed) == ([10 * 60, 20 * 60], [720 * 60])
    assert (both.called_back, both.left_unanswered) == (1, 1)
    # Waits 10, 20, 720 min: the middle one is 20; nine of ten of three are all three.
    assert (median(both.waits), ninetieth(both.waits)) == (20 * 60, 720 * 60)
    # Held 30 (1st), 10 and 30 (2nd), 25 (3rd), 5 (4th).
    assert sorted(both.held) == [5 * 60, 10 * 60, 25 * 60, 30 * 60, 30 * 60]
    assert (median(both.held), len(monday.held)) == (25 * 60, 1)

    # Questions: Monday 4 + 1 + 2 = 7; Tuesday 1 + 1 + 5 = 7. Steps of a form are none.
    assert [one.questions for one in (monday, tuesday, both)] == [7, 7, 14]
    assert (both.share("answered"), both.share("not_understood"), both.share("handed_off")) == (
        5 / 14,
        1 / 14,
        7 / 14,
    )
    assert both.topics == Counter({"kontakt": 4, "kasa_godziny": 1})
    assert (sorted(both.scores), both.score, monday.scores) == ([2, 5], 3.5, [5])


async def test_one_channel_and_a_day_without_anything(books: Books) -> None:
    await two_days(books)
    telegram = (await books.read(MONDAY, TUESDAY, "telegram")).of()
    assert (len(telegram.conversations), telegram.asked, telegram.cases) == (3, 4, 2)
    assert (telegram.waits, telegram.questions, telegram.scores) == ([20 * 60], 7, [])
    assert telegram.conversations == (await books.read(MONDAY, TUESDAY)).of(channel="telegram").conversations
    nothing = (await books.read(date(2026, 1, 1), date(2026, 1, 2))).of()
    assert (nothing.share("answered"), median(nothing.waits), ninetieth(nothing.held), nothing.score) == (None,) * 4
    for since, until in ((TUESDAY, MONDAY), (date(2025, 1, 1), date(2026, 1, 2))):
        with pytest.raises(ValueError):
            await books.read(since, until)


def test_the_ninetieth_percentile_is_a_value_that_was_measured() -> None:
    assert ninetieth([float(n) for n in range(10, 0, -1)]) == 9
    assert ninetieth([float(n) for n in range(1, 12)]) == 10
    assert median([1.0, 2.0, 3.0, 10.0]) == 2.5


@pytest.mark.parametrize(
    ("commands", "form", "in_form", "end"),
    [
        ([], None, False, ("answered", "kontakt")),
        ([{"missed": 1}], None, False, ("not_understood", "")),
        ([{"handoff": "person"}], None, False, ("handed_off", "")),
        ([{"crisis": "ogolny"}], None, False, ("crisis", "")),
        ([], "zgloszenie_form", True, ("form", "")),
        ([], "zgloszenie_form", False, ("answered", "kontakt")),
        ([{"case": {}}], None, True, ("form", "")),
    ],
)
def test_a_turn_is_counted_by_what_it_led_to(
    commands: list[dict[str, Any]], form: str | None, in_form: bool, end: tuple[str, str]
) -> None:
    turn = Turn([], parse=Parse(Intent("kontakt", 0.9)), active_form=form)
    assert ending(commands, turn, in_form=in_form, alarm=False, failed=False) == end
    assert ending([], None, in_form=False, alarm=True, failed=False) == ("crisis", "")
    assert ending([], None, in_form=False, alarm=False, failed=False) is None
