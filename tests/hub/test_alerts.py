"""Nothing waits unseen: who is on duty hears of it, once; and whoever waits hears how it stands, seldom."""

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_string
from email.header import decode_header, make_header

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, insert, update

from bot.alerts import load_targets
from bot.app import instance_name
from bot.cli import cli
from bot.clock import utc_now
from bot.db.lease import LEASES
from bot.errors import StartupError
from bot.hours import WorkingHours
from bot.hub.alerts import AlertKeeper
from bot.hub.claims import return_lapsed
from bot.hub.context import Context
from bot.hub.history import CHANGES
from bot.hub.store import CONVERSATIONS, STAFF
from bot.hub.updates import MOST, tell_waiting
from bot.settings import Settings
from tests.desk.scene import Line, Scene, stage
from tests.hub.quiet import Office
from tests.support.inbox import HttpInbox, MailInbox

TUESDAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
"""10:00 in Zielona Góra; people answer from 7:30 to 15:30."""
SECRET = "słowa-mieszkańca"


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    made = Office()
    yield made
    made.shut()


@pytest.fixture
def empty(office: Office) -> Office:
    office.run(office.change(delete(CONVERSATIONS)))
    office.run(office.change(delete(LEASES)))
    return office


@pytest.fixture
def inbox() -> Iterator[HttpInbox]:
    with HttpInbox() as running:
        yield running


def open_at_day(office: Office, url: str = "", **changes: object) -> Context:
    settings = Settings(
        data_dir=office.context.settings.data_dir,
        engine_url=["http://127.0.0.1:9"],
        alert_urls=url or None,  # type: ignore[arg-type]
        public_url="https://czat.example",
        **changes,  # type: ignore[arg-type]
    )
    hours = WorkingHours.parse("mon-fri 07:30-15:30")
    return replace(office.context, settings=settings, hours=hours, instance=instance_name())


def keeper(context: Context) -> AlertKeeper:
    return AlertKeeper(context, load_targets(context.settings))


def put(office: Office, since: datetime, *, asked: bool = True, **values: object) -> str:
    """Somebody who wrote, and asked for a person, at this moment."""
    given = {"owner": "waiting"} | values
    scene = Scene([Line("resident", SECRET)], **given)  # type: ignore[arg-type]
    made: str = office.run(stage(office.context.database, office.context.keyring, scene))
    times = {"queue_since": since if scene.reason else None, "unanswered_since": since, "updated_at": since}
    office.run(office.change(update(CONVERSATIONS).where(CONVERSATIONS.c.id == made).values(**times)))
    if asked and scene.owner == "waiting":
        change(office, made, "asks_person", since)
    return made


def change(office: Office, conversation: str, kind: str, at: datetime) -> None:
    office.run(office.change(insert(CHANGES).values(conversation_id=conversation, kind=kind, at=at)))


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def test_a_long_wait_is_told_once_without_a_word_of_the_resident(empty: Office, inbox: HttpInbox) -> None:
    context = open_at_day(empty, inbox.url, alert_after_minutes=20)
    case = {"imie": "Maria", "opis": SECRET, "kontakt": "600 100 200"}
    waiting = put(empty, TUESDAY, topic="zasilek", case=case)
    put(empty, TUESDAY + minutes(15))
    put(empty, TUESDAY, owner="bot", reason=None)
    looker = keeper(context)
    empty.run(looker.look(TUESDAY + minutes(19)))
    assert inbox.got == []
    for later in (21, 22, 30):
        empty.run(looker.look(TUESDAY + minutes(later)))
    assert len(inbox.got) == 1
    told = inbox.got[0]
    assert told["title"] == "MOPS: rozmowa czeka na pracownika"
    number = empty.run(empty.hub.conversation(empty.people[0], waiting)).cases[0].number
    topic = context.knowledge.topics["zasilek"]
    assert f"rozmowa {waiting[:8]}, zgłoszenie {number}, czeka: 21 min, temat: {topic}" in told["message"]
    assert f"https://czat.example/desk/rozmowa/{waiting}" in told["message"]
    for private in (SECRET, "Maria", "600"):
        assert private not in str(inbox.got)


def test_an_urgent_one_is_told_at_once_even_at_night_and_the_others_at_the_opening(
    empty: Office, inbox: HttpInbox
) -> None:
    night = TUESDAY + timedelta(hours=10)
    looker = keeper(open_at_day(empty, inbox.url))
    put(empty, night)
    put(empty, night - minutes(5), owner="bot", reason="case")
    empty.run(looker.look(night + timedelta(hours=3)))
    assert inbox.got == []
    urgent = put(empty, night, owner="bot", reason="crisis", urgent=True)
    empty.run(looker.look(night + timedelta(seconds=5)))
    assert [one["title"] for one in inbox.got] == ["MOPS: czeka pilna rozmowa"]
    assert f"PILNE: rozmowa {urgent[:8]}, czeka: poniżej 1 min" in inbox.got[0]["message"]
    opening = datetime(2026, 11, 25, 6, 30, 10, tzinfo=UTC)
    empty.run(looker.look(opening))
    assert [one["title"] for one in inbox.got[1:]] == ["MOPS: czekają rozmowy: 2"]
    empty.run(looker.stop())
    everything = keeper(open_at_day(empty, inbox.url, alert_outside_hours="all"))
    put(empty, night)
    empty.run(everything.look(night + timedelta(hours=3)))
    assert len(inbox.got) == 3


def test_a_new_waiting_is_told_again_and_a_clerks_silence_too(empty: Office, inbox: HttpInbox) -> None:
    looker = keeper(open_at_day(empty, inbox.url))
    conversation = put(empty, TUESDAY)
    empty.run(looker.look(TUESDAY + minutes(16)))
    change(empty, conversation, "claim", TUESDAY + minutes(17))
    held = {"owner": "staff", "staff_id": empty.people[0].id, "queue_since": None, "held_since": TUESDAY}
    again = TUESDAY + minutes(40)
    empty.run(
        empty.change(
            update(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation).values(unanswered_since=again, **held)
        )
    )
    for later in (54, 56, 58):
        empty.run(looker.look(TUESDAY + minutes(later)))
    assert len(inbox.got) == 2
    assert "czeka: 16 min" in inbox.got[1]["message"]


def test_a_claim_that_lapsed_is_told_at_once(empty: Office, inbox: HttpInbox) -> None:
    context = open_at_day(empty, inbox.url, alert_outside_hours="all")
    conversation = put(empty, utc_now(), owner="staff", staff_id=empty.people[0].id, reason=None)
    long_ago = utc_now() - timedelta(hours=2)
    empty.run(empty.change(update(CONVERSATIONS).values(held_since=long_ago)))
    empty.run(empty.change(update(STAFF).values(present_at=long_ago)))
    assert empty.run(return_lapsed(context)) == [conversation]
    looker = keeper(context)
    for _ in range(2):
        empty.run(looker.look())
    assert ["wróciła do kolejki z braku aktywności" in one["message"] for one in inbox.got] == [True]


def test_a_failure_is_logged_once_without_secrets_and_told_again(
    empty: Office, inbox: HttpInbox, caplog: pytest.LogCaptureFixture
) -> None:
    looker = keeper(open_at_day(empty, inbox.url))
    put(empty, TUESDAY)
    inbox.broken = True
    with caplog.at_level(logging.INFO, "bot"):
        for later in (16, 17, 19, 22):
            empty.run(looker.look(TUESDAY + minutes(later)))
        errors = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
        assert len([line for line in errors if "mops alerts test" in line]) == 1
        inbox.broken = False
        empty.run(looker.look(TUESDAY + minutes(40)))
        empty.run(looker.look(TUESDAY + minutes(60)))
    assert len(inbox.got) == 1
    assert "czeka: 40 min" in inbox.got[0]["message"]
    assert "very-secret-word" not in "".join(record.getMessage() for record in caplog.records)


def test_two_gateways_and_a_restart_tell_it_once_to_each_address(empty: Office, inbox: HttpInbox) -> None:
    with MailInbox() as mail:
        contexts = [open_at_day(empty, f"{inbox.url} {mail.url}") for _ in range(2)]
        put(empty, TUESDAY)
        inbox.broken = True
        now = TUESDAY + minutes(16)
        keepers = [keeper(context) for context in contexts]

        async def both() -> None:
            await asyncio.gather(*(one.look(now) for one in keepers))

        empty.run(both())
        empty.run(both())
        assert (len(mail.got), len(inbox.got)) == (1, 0)
        inbox.broken = False
        for one in keepers:
            empty.run(one.stop())
        after = keeper(open_at_day(empty, f"{inbox.url} {mail.url}"))
        empty.run(after.look(now))
        empty.run(after.look(now + minutes(1)))
        assert (len(mail.got), len(inbox.got)) == (1, 1)
        people, text = mail.got[0]
        read = message_from_string(text)
        assert people == ["dyzur@mops.example"]
        assert str(make_header(decode_header(read["Subject"]))) == "MOPS: rozmowa czeka na pracownika"


def test_the_test_message_arrives_and_its_failure_says_why_without_secrets(inbox: HttpInbox, tmp_path) -> None:
    listed = tmp_path / "urls"
    listed.write_text(f"# on duty\n{inbox.url}\n")
    settings = Settings(data_dir=tmp_path, alert_urls_file=listed)
    answer = CliRunner().invoke(cli, ["alerts", "test"], obj=settings)
    assert answer.exit_code == 0, answer.output
    assert "address 1 (json): sent" in answer.output
    assert inbox.got[0]["title"] == "MOPS: próba powiadomienia"
    inbox.broken = True
    failed = CliRunner().invoke(cli, ["alerts", "test"], obj=settings)
    assert isinstance(failed.exception, StartupError)
    assert "503" in failed.output
    assert "very-secret-word" not in failed.output + str(failed.exception)
    listed.write_text("nowhere://at-all very-secret-word")
    with pytest.raises(StartupError, match="Address 1 of 2") as refused:
        load_targets(settings)
    assert "very-secret-word" not in str(refused.value)


def said(office: Office, conversation: str) -> list[str]:
    return [event.text for event in office.run(office.hub.events(conversation, 0)) if event.author == "system"]


def test_whoever_waits_hears_the_place_once_and_when_people_answer_again(empty: Office) -> None:
    context = open_at_day(empty, waiting_update_minutes=10)
    first, second = put(empty, TUESDAY), put(empty, TUESDAY + minutes(5))

    def at(moment: datetime) -> None:
        empty.run(tell_waiting(context, moment))

    at(TUESDAY + minutes(9))
    assert said(empty, first) == []
    for later in (11, 16, 40, 200):
        at(TUESDAY + minutes(later))
    assert ["Miejsce w kolejce: 1." in text for text in said(empty, first)] == [True]
    assert ["Miejsce w kolejce: 2." in text for text in said(empty, second)] == [True]
    assert "68 411 50 00" in said(empty, first)[0]
    for hours in (6, 7, 14):  # closed from 14:30 UTC on
        at(TUESDAY + timedelta(hours=hours))
    assert len(said(empty, first)) == 2
    assert "środę 25 listopada 2026 r., o 7:30" in said(empty, first)[1]
    for day in (1, 2, 3):
        at(TUESDAY + timedelta(days=day))
        at(TUESDAY + timedelta(days=day, hours=7))
    assert len(said(empty, first)) == MOST


def test_who_asked_at_night_or_has_somebody_hears_nothing_more(empty: Office) -> None:
    context = open_at_day(empty, waiting_update_minutes=10)
    night = TUESDAY + timedelta(hours=10)
    late = put(empty, night)
    theirs = put(empty, TUESDAY, owner="staff", staff_id=empty.people[0].id)
    with_bot = put(empty, TUESDAY, owner="bot", reason="case")
    empty.run(tell_waiting(context, night + timedelta(hours=4)))
    assert [said(empty, one) for one in (late, theirs, with_bot)] == [[], [], []]
    empty.run(tell_waiting(open_at_day(empty, waiting_update_minutes=0), TUESDAY + timedelta(days=1)))
    assert said(empty, late) == []
    empty.run(tell_waiting(context, datetime(2026, 11, 25, 6, 41, tzinfo=UTC)))
    assert len(said(empty, late)) == 1


def test_two_gateways_tell_whoever_waits_once(empty: Office) -> None:
    conversation = put(empty, TUESDAY)
    contexts = [open_at_day(empty) for _ in range(2)]

    async def both() -> None:
        await asyncio.gather(*(tell_waiting(context, TUESDAY + minutes(30)) for context in contexts))

    empty.run(both())
    assert len(said(empty, conversation)) == 1
