"""What staff do beside answering: the queue's tabs, notes, cases, sending again; on a real database."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.clock import utc_now
from bot.db.models import Outbox
from bot.hub.casework import UnknownValue
from bot.hub.messages import NotFound, StaffRef
from bot.hub.store import AUDIT, CONVERSATIONS, OUTBOX, STAFF
from bot.permissions import Forbidden
from tests.desk.scene import Line, Scene, stage
from tests.hub.quiet import Office

CASE = {"temat": "zasilek", "imie": "Maria", "opis": "opał", "pilnosc": "zwykla"}


@pytest.fixture(scope="module")
def town() -> Iterator[Office]:
    office = Office()
    yield office
    office.shut()


@pytest.fixture
def empty(town: Office) -> Office:
    town.run(town.change(CONVERSATIONS.delete()))
    return town


def put(office: Office, **values: object) -> str:
    scene = Scene([Line("resident", "dzień dobry")], **({"owner": "waiting"} | values))  # type: ignore[arg-type]
    return office.run(stage(office.context.database, office.context.keyring, scene))


def test_each_conversation_stands_in_its_tab_and_is_counted_there(empty: Office) -> None:
    anna, piotr, _ = empty.people
    put(empty, minutes=10)
    urgent = put(empty, owner="bot", reason="crisis", urgent=True, minutes=1)
    late = put(empty, minutes=90)
    empty.run(empty.change(update(CONVERSATIONS).where(CONVERSATIONS.c.id == late).values(after_hours=True)))
    mine = put(empty, owner="staff", staff_id=anna.id)
    theirs = put(empty, owner="staff", staff_id=piotr.id)
    ended = put(empty, owner="closed", reason=None)
    put(empty, owner="bot", reason=None)
    pages = {
        tab: empty.run(empty.hub.work.queue_page(anna, tab, 1))
        for tab in ("waiting", "mine", "others", "after_hours", "closed")
    }
    shown = {tab: [row.id for row in page.rows] for tab, page in pages.items()}
    assert shown["waiting"][:2] == [urgent, late]
    assert len(shown["waiting"]) == 3
    assert (shown["mine"], shown["others"], shown["after_hours"], shown["closed"]) == (
        [mine],
        [theirs],
        [late],
        [ended],
    )
    counts = pages["mine"].counts
    assert (counts.waiting, counts.urgent, counts.mine, counts.others) == (3, 1, 1, 1)
    assert (counts.mine_unanswered, counts.after_hours, counts.closed) == (1, 1, 1)


def test_a_long_list_has_pages_and_a_page_that_is_gone_becomes_the_last(empty: Office) -> None:
    anna = empty.people[0]
    made = {put(empty, owner="closed", reason=None) for _ in range(43)}
    first, second, beyond = (empty.run(empty.hub.work.queue_page(anna, "closed", n)) for n in (1, 2, 9))
    assert (len(first.rows), len(second.rows), first.pages) == (40, 3, 2)
    assert {row.id for row in first.rows + second.rows} == made
    assert (beyond.page, len(beyond.rows)) == (2, 3)


def test_a_note_tells_the_colleague_it_names_and_nobody_else(empty: Office) -> None:
    anna, piotr, ewa = empty.people
    conversation = put(empty)
    work = empty.hub.work
    for _ in range(2):  # a double click
        text = "@piotr, proszę zadzwonić. PESEL 44051401359, adres ewa@piotr.pl i @nikogo"
        empty.run(work.add_note(anna, conversation, text, "c1"))
    notes = empty.run(work.notes(piotr, conversation))
    assert [note.text for note in notes] == [
        "@piotr, proszę zadzwonić. PESEL [ukryto: numer PESEL], adres ewa@piotr.pl i @nikogo"
    ]
    assert [empty.run(work.unread_mentions(person)) for person in (anna, piotr, ewa)] == [0, 1, 0]
    found = empty.run(work.mentions(piotr))
    assert [(one.conversation_id, one.author_name, one.unread) for one in found] == [(conversation, "Anna", True)]
    empty.run(work.mark_mentions_read(piotr, conversation))
    assert empty.run(work.unread_mentions(piotr)) == 0
    assert [line for line in empty.run(empty.hub.events(conversation, 0)) if "zadzwonić" in line.text] == []


def test_a_case_goes_its_way_and_two_clerks_do_not_undo_each_other(empty: Office) -> None:
    anna, piotr, _ = empty.people
    conversation = put(empty, topic="zasilek", case=CASE)
    work = empty.hub.work
    case = empty.run(empty.hub.conversation(anna, conversation)).cases[0]
    assert case.status == "new"
    assert empty.run(work.set_case_status(anna, case.number, seen="new", status="in_progress"))
    assert not empty.run(work.set_case_status(piotr, case.number, seen="new", status="done"))
    assert empty.run(work.set_case_status(piotr, case.number, seen="in_progress", status="waiting"))
    with pytest.raises(UnknownValue):
        empty.run(work.set_case_status(anna, case.number, seen="waiting", status="new"))
    with pytest.raises(NotFound):
        empty.run(work.set_case_status(anna, "0000-0000", seen="new", status="done"))
    assert empty.run(empty.hub.conversation(anna, conversation)).cases[0].status == "waiting"
    lines = [(line.who, line.detail) for line in empty.run(work.history(anna, conversation))]
    assert lines == [
        ("Piotr", {"before": "in_progress", "after": "waiting"}),
        ("Anna", {"before": "new", "after": "in_progress"}),
    ]


def test_a_case_that_becomes_urgent_is_due_sooner_and_stands_higher(empty: Office) -> None:
    anna = empty.people[0]
    conversation = put(empty, owner="bot", reason="case", topic="zasilek", case=CASE)
    before = empty.run(empty.hub.conversation(anna, conversation)).cases[0]
    empty.run(empty.hub.work.revise_case(anna, before.number, topic="posilek", urgent=True))
    view = empty.run(empty.hub.conversation(anna, conversation))
    after = view.cases[0]
    assert (after.topic, after.urgency, view.urgent) == ("posilek", "pilna", True)
    assert after.due_on < before.due_on
    assert after.details["opis"] == "opał"
    assert [line.kind for line in empty.run(empty.hub.work.history(anna, conversation))] == ["urgency", "topic"]
    rows, total = empty.run(empty.hub.work.cases(anna, done=False, page=1))
    assert (total, rows[0].number, rows[0].urgent, rows[0].due_on) == (1, before.number, True, after.due_on)
    with pytest.raises(UnknownValue):
        empty.run(empty.hub.work.revise_case(anna, before.number, topic="nie ma", urgent=False))


def test_an_unurgent_correction_does_not_take_back_an_alarm(empty: Office) -> None:
    anna = empty.people[0]
    urgent_case = CASE | {"pilnosc": "pilna"}
    conversation = put(empty, owner="bot", reason="crisis", urgent=True, topic="zasilek", case=urgent_case)
    case = empty.run(empty.hub.conversation(anna, conversation)).cases[0]
    empty.run(empty.hub.work.revise_case(anna, case.number, topic="zasilek", urgent=False))
    assert empty.run(empty.hub.conversation(anna, conversation)).urgent


@pytest.mark.parametrize("state", ["failed", "unknown", "sent", "pending"])
def test_only_what_failed_or_got_lost_is_sent_again_and_once(empty: Office, state: str) -> None:
    anna = empty.people[0]
    scene = Scene(
        [Line("resident", "halo"), Line("staff", "Dzień dobry", delivery=state)],
        owner="staff",
        staff_id=anna.id,
        channel="telegram",
    )
    conversation = empty.run(stage(empty.context.database, empty.context.keyring, scene))
    message = empty.run(empty.hub.events(conversation, 1))[0].id
    twice = [empty.run(empty.hub.work.send_again(anna, conversation, message)) for _ in range(2)]
    assert twice == [state in ("failed", "unknown"), False]

    async def row() -> Outbox:
        async with empty.context.database.connect() as connection:
            return (await connection.execute(select(OUTBOX).where(OUTBOX.c.message_id == message))).one()

    stored = empty.run(row())
    assert stored.state == ("pending" if twice[0] else state)
    assert (stored.due_at <= utc_now()) == twice[0]
    other = put(empty)
    assert not empty.run(empty.hub.work.send_again(anna, other, message)), "only in its own conversation"


def test_a_blocked_colleague_gets_nothing_and_loses_what_they_held(empty: Office) -> None:
    anna, piotr, _ = empty.people
    held, free = put(empty, owner="staff", staff_id=piotr.id), put(empty)
    now = utc_now()
    empty.run(empty.change(update(CONVERSATIONS).where(CONVERSATIONS.c.id == held).values(held_since=now)))
    empty.run(empty.change(update(STAFF).where(STAFF.c.id == piotr.id).values(blocked=True, present_at=now)))
    try:
        assert not empty.run(empty.hub.work.assign(anna, free, piotr.id)).won
        assert empty.run(empty.hub.work.return_lapsed()) == [held]
    finally:
        empty.run(empty.change(update(STAFF).where(STAFF.c.id == piotr.id).values(blocked=False)))


def test_nothing_is_given_to_or_stays_with_somebody_who_may_not_open_it(empty: Office) -> None:
    anna, piotr, _ = empty.people
    held, free = put(empty, owner="staff", staff_id=piotr.id), put(empty)
    now = utc_now()
    empty.run(empty.change(update(CONVERSATIONS).where(CONVERSATIONS.c.id == held).values(held_since=now)))
    barred = {"role": "maintainer", "present_at": now}
    empty.run(empty.change(update(STAFF).where(STAFF.c.id == piotr.id).values(**barred)))
    try:
        assert not empty.run(empty.hub.work.assign(anna, free, piotr.id)).won
        assert empty.run(empty.hub.work.return_lapsed()) == [held]
        assert piotr.id not in {person.id for person, _, _ in empty.run(empty.hub.work.colleagues())}
    finally:
        empty.run(empty.change(update(STAFF).where(STAFF.c.id == piotr.id).values(role=piotr.role)))


def test_who_is_at_the_desk_keeps_a_conversation_and_who_comes_back_in_time_too(empty: Office) -> None:
    anna = empty.people[0]
    held = put(empty, owner="staff", staff_id=anna.id)
    ago = utc_now() - timedelta(minutes=20)
    answered = {"held_since": ago, "unanswered_since": None}
    empty.run(empty.change(update(CONVERSATIONS).where(CONVERSATIONS.c.id == held).values(**answered)))
    empty.run(empty.change(update(STAFF).where(STAFF.c.id == anna.id).values(present_at=ago)))
    empty.run(empty.hub.work.present(anna.id))
    assert empty.run(empty.hub.work.return_lapsed()) == []
    empty.run(empty.change(update(STAFF).where(STAFF.c.id == anna.id).values(present_at=ago)))
    assert empty.run(empty.hub.work.return_lapsed()) == [held]
    row = empty.run(empty.hub.queue(anna))[0]
    assert (row.owner, row.reason) == ("bot", "returned"), "answered: the assistant is back beside the queue"
    assert "asystent" in empty.run(empty.hub.events(held, 1))[-1].text


def test_a_maintainer_of_texts_does_none_of_this(empty: Office) -> None:
    stranger = StaffRef(empty.people[0].id, "Opiekun", "maintainer")
    conversation, work = put(empty, topic="zasilek", case=CASE), empty.hub.work
    number = empty.run(empty.hub.conversation(empty.people[0], conversation)).cases[0].number
    for attempt in (
        lambda: work.queue_page(stranger, "waiting", 1),
        lambda: work.queue_beside(stranger, 5),
        lambda: work.assign(stranger, conversation, empty.people[1].id),
        lambda: work.assign_team(stranger, conversation, empty.team),
        lambda: work.take_over(stranger, conversation, empty.people[1].id, "bo tak"),
        lambda: work.release(stranger, conversation),
        lambda: work.resume(stranger, conversation),
        lambda: work.notes(stranger, conversation),
        lambda: work.add_note(stranger, conversation, "notatka", "x"),
        lambda: work.mentions(stranger),
        lambda: work.history(stranger, conversation),
        lambda: work.cases(stranger, done=False, page=1),
        lambda: work.set_case_status(stranger, number, seen="new", status="done"),
        lambda: work.revise_case(stranger, number, topic="posilek", urgent=True),
        lambda: work.send_again(stranger, conversation, "0"),
    ):
        with pytest.raises(Forbidden):
            empty.run(attempt())


def test_notes_and_history_shown_by_themselves_leave_a_line_of_audit(empty: Office) -> None:
    anna = empty.people[0]
    conversation = put(empty)
    empty.run(empty.hub.work.notes(anna, conversation))
    empty.run(empty.hub.work.history(anna, conversation))

    async def looks() -> list[str]:
        async with empty.context.database.connect() as connection:
            return list(await connection.scalars(select(AUDIT.c.action).where(AUDIT.c.target == conversation)))

    assert empty.run(looks()) == ["read"], "one look, however much of the conversation it shows"
