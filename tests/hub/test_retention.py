"""What goes after its period, what stays, and who deletes it at night; the clock is moved, not waited for."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError
from sqlalchemy import func, select, update

from bot.app import load_knowledge
from bot.clock import utc_now
from bot.db.models import Case, Change, Message, Note, SearchTerm
from bot.hub.messages import StaffRef
from bot.hub.reindex import index_outdated, outdate_all
from bot.hub.retention import read_due, run
from bot.hub.retention_keeper import RetentionKeeper
from bot.hub.search import Criteria
from bot.hub.store import AUDIT, CONVERSATIONS
from bot.permissions import Forbidden
from bot.settings import Settings
from tests.desk.scene import Line, Scene, stage
from tests.hub.quiet import Office
from tests.support.processes import Postgres

CASE = {"imie": "Maria", "opis": "opał", "pilnosc": "zwykla"}
PERIODS = {"retention_conversation_days": 90, "retention_case_days": 365, "retention_audit_days": 730}
DAY = 24 * 60


@pytest.fixture(scope="module")
def town() -> Iterator[Office]:
    office = Office(**PERIODS)
    yield office
    office.shut()


@pytest.fixture
def empty(town: Office) -> Office:
    town.run(town.change(CONVERSATIONS.delete()))
    town.run(town.change(AUDIT.delete()))
    return town


def put(office: Office, days: float, *, done: bool = False, **values: object) -> str:
    scene = Scene(
        [Line("resident", "tajne słowa")],
        **({"owner": "closed", "reason": None, "minutes": days * DAY} | values),  # type: ignore[arg-type]
    )
    conversation = office.run(stage(office.context.database, office.context.keyring, scene))
    if done:
        table = Case.__table__
        office.run(office.change(update(table).where(table.c.conversation_id == conversation).values(status="done")))
    return conversation


async def counted(office: Office, conversation: str) -> dict[str, int]:
    found = {}
    async with office.context.database.connect() as connection:
        for model in (Message, Case, Note, Change, SearchTerm):
            query = select(func.count()).where(model.__table__.c.conversation_id == conversation)  # type: ignore
            found[model.__tablename__] = int(await connection.scalar(query) or 0)
        there = select(func.count()).where(CONVERSATIONS.c.id == conversation)
        found["itself"] = int(await connection.scalar(there) or 0)
    return found


def test_each_kind_goes_after_its_period_and_what_is_open_stays(empty: Office) -> None:
    now = utc_now()
    old = put(empty, 91)
    old_with_bot = put(empty, 91, owner="bot")
    young = put(empty, 89)
    emptied = put(empty, 100, done=True, case=CASE)
    gone_with_case = put(empty, 366, done=True, case=CASE)
    open_case = put(empty, 500, case=CASE)
    waiting = put(empty, 500, owner="waiting", reason="person")
    alarm = put(empty, 500, owner="bot", reason="crisis", urgent=True)
    held = put(empty, 500, owner="staff", staff_id=empty.people[0].id)
    due = empty.run(read_due(empty.context, now))
    assert (due.conversations, due.cases, due.emptied, due.audit_lines) == (3, 1, 1, 0)
    assert {row.conversation_id: row.whole for row in due.rows} == {
        old: True,
        old_with_bot: True,
        gone_with_case: True,
        emptied: False,
    }
    assert [row.conversation_id for row in due.rows][0] == gone_with_case
    done = empty.run(run(empty.context, now))
    assert (done.conversations, done.emptied) == (3, 1)
    for conversation in (old, old_with_bot, gone_with_case):
        assert set(empty.run(counted(empty, conversation)).values()) == {0}
    for conversation in (young, open_case, waiting, alarm, held):
        assert empty.run(counted(empty, conversation))["messages"] == 1
    view = empty.run(empty.hub.conversation(empty.people[0], emptied))
    assert view.cases[0].details["opis"] == "opał"
    assert [event.text[:15] for event in view.events] == ["Treść rozmowy z"]
    # Nothing is done twice, and the rest of it goes in its own time.
    again = empty.run(run(empty.context, now))
    assert (again.conversations, again.emptied) == (0, 0)
    later = empty.run(run(empty.context, now + timedelta(days=266)))
    assert later.conversations == 2  # the emptied one, and the young one
    assert empty.run(counted(empty, emptied))["itself"] == 0


def test_the_look_ahead_sees_what_is_not_due_yet_and_is_written_down(empty: Office) -> None:
    conversation = put(empty, 80)
    ewa = empty.people[2]
    assert empty.run(empty.hub.work.due_for_deletion(ewa)).conversations == 0
    ahead = empty.run(empty.hub.work.due_for_deletion(ewa, days_ahead=30))
    assert [row.conversation_id for row in ahead.rows] == [conversation]
    assert empty.run(acts(empty)).count((ewa.id, "retention_preview", None)) == 2
    assert empty.run(counted(empty, conversation))["itself"] == 1
    with pytest.raises(Forbidden):
        empty.run(empty.hub.work.due_for_deletion(StaffRef("x", "Jan", "clerk")))


def test_old_lines_of_the_audit_trail_go_and_each_deletion_leaves_one(empty: Office) -> None:
    conversation = put(empty, 91)
    now = utc_now()
    for days in (729, 731, 900):
        empty.run(empty.change(AUDIT.insert().values(at=now - timedelta(days=days), action=f"a{days}")))
    done = empty.run(run(empty.context, now))
    assert done.audit_lines == 2
    lines = empty.run(acts(empty))
    assert lines == [(None, "a729", None), (None, "retention_deleted", conversation), (None, "retention_run", None)]


def test_one_gateway_deletes_at_the_hour_once_a_night(empty: Office) -> None:
    put(empty, 91)
    clock = [datetime(2026, 12, 1, 1, 59, tzinfo=UTC)]  # 2:59 in Warsaw
    here, there = (
        RetentionKeeper(replace(empty.context, instance=name), lambda: clock[0]) for name in ("here", "there")
    )
    assert not empty.run(here.tick())
    clock[0] += timedelta(minutes=5)
    assert [empty.run(keeper.tick()) for keeper in (here, there, here)] == [True, False, False]
    assert [act for _, act, _ in empty.run(acts(empty))] == ["retention_deleted", "retention_run"]
    clock[0] += timedelta(days=1)
    assert empty.run(here.tick())


def test_without_periods_nothing_is_ever_due(empty: Office) -> None:
    put(empty, 5000)
    bare = replace(empty.context, settings=Settings(data_dir=empty.context.settings.data_dir))
    due = empty.run(read_due(bare, utc_now()))
    assert (due.conversations, due.emptied, due.audit_lines) == (0, 0, 0)
    keeper = RetentionKeeper(bare)
    keeper.start()
    empty.run(keeper.stop())


@pytest.mark.parametrize(
    "wrong",
    [
        {"retention_case_days": 30},
        {"retention_conversation_days": 90, "retention_case_days": 30},
        {"retention_audit_days": 30},
    ],
)
def test_periods_that_contradict_each_other_or_the_law_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        Settings(**wrong)  # type: ignore[arg-type]


def test_the_answer_on_privacy_names_the_period(empty: Office) -> None:
    today = utc_now().date()
    said = load_knowledge(empty.context.settings).current.answer("prywatnosc", on=today).text
    assert "Okres przechowywania: rozmowa 90 dni od ostatniej wiadomości, załatwione zgłoszenie 365 dni." in said


def test_search_erasure_and_retention_are_the_same_on_postgresql(postgres: Postgres) -> None:
    office = Office(postgres.new_database(), **PERIODS)
    try:
        anna, work = office.people[0], office.hub.work
        old = put(office, 91, case=CASE, done=True)
        alarm = put(office, 1, owner="bot", reason="crisis", urgent=True)
        fresh = put(office, 1, case=CASE | {"kontakt": "600 100 200"})
        found = office.run(work.find(anna, Criteria(words="tajny słowo", since=utc_now().date() - timedelta(days=9))))
        assert [row.id for row in found.rows] in ([alarm, fresh], [fresh, alarm])
        for criteria in (
            Criteria(phone="600100200"),
            Criteria(name="Marii", staff_id="", topic="inne", words="opału"),
        ):
            assert fresh in [row.id for row in office.run(work.find(anna, criteria)).rows]
        page = office.run(work.find(anna, Criteria(staff_id=anna.id)))
        assert page.rows == []
        assert office.run(read_due(office.context, utc_now())).emptied == 1
        assert office.run(run(office.context, utc_now())).emptied == 1
        assert office.run(counted(office, old))["messages"] == 1
        assert office.run(office.hub.erase_conversation(alarm)).alarm
        office.run(outdate_all(office.context))
        assert office.run(index_outdated(office.context)) == 3
        assert [row.id for row in office.run(work.find(anna, Criteria(words="tajne"))).rows] == [fresh]
    finally:
        office.shut()


async def acts(office: Office) -> list[tuple[str | None, str, str | None]]:
    async with office.context.database.connect() as connection:
        rows = await connection.execute(select(AUDIT).order_by(AUDIT.c.id))
        return [(row.staff_id, row.action, row.target) for row in rows]
