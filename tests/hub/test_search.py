"""Finding conversations through their blind index: what is found, what is not, and what is written down about it."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import event, func, select, update

from bot.clock import utc_now
from bot.crypto import Keyring
from bot.hub import terms
from bot.hub.messages import Inbound, StaffRef
from bot.hub.queue import TABS
from bot.hub.reindex import index_outdated, outdate_all
from bot.hub.search import PAGE, BadCriterion, Criteria
from bot.hub.search_index import TERMS
from bot.hub.store import AUDIT, CONVERSATIONS
from bot.permissions import Forbidden
from tests.desk.scene import Line, Scene, stage
from tests.hub.quiet import Office

CASE = {"imie": "Maria Żółć", "opis": "Brak opału na zimę", "kontakt": "600-100-200", "ulica": "Kupiecka"}


@pytest.fixture(scope="module")
def town() -> Iterator[Office]:
    office = Office()
    yield office
    office.shut()


@pytest.fixture
def empty(town: Office) -> Office:
    town.run(town.change(CONVERSATIONS.delete()))
    town.run(town.change(AUDIT.delete()))
    return town


def put(office: Office, text: str = "dzień dobry", **values: object) -> str:
    scene = Scene([Line("resident", text)], **({"owner": "waiting"} | values))  # type: ignore[arg-type]
    return office.run(stage(office.context.database, office.context.keyring, scene))


def found(office: Office, person: StaffRef | None = None, **wanted: object) -> list[str]:
    page = office.run(office.hub.work.find(person or office.people[0], Criteria(**wanted)))  # type: ignore[arg-type]
    return [row.id for row in page.rows]


@pytest.mark.parametrize(
    "forms",
    [
        "zasiłek zasilku zasiłkiem zasiłki zasiłków",
        "renta renty rencie rentę",
        "córka corce córki córek",
        "Maria Marii Marię Mario",
        "Kowalski Kowalskiego Kowalska kowalskiej",
        "węgiel wegla węglem",
        "mieszkanie mieszkania mieszkaniu",
        "szkoła szkole szkołę",
    ],
)
def test_the_forms_of_a_word_are_one_term(forms: str) -> None:
    assert len({terms.stem(word) for word in forms.split()}) == 1


def test_masked_numbers_phones_and_words_of_no_use_are_no_words() -> None:
    said = (
        "Dzień dobry, mój PESEL to [ukryto: numer PESEL], proszę dzwonić: 600 100 200 w sprawie MOPS.DŚ.4020.12.2020"
    )
    assert terms.words(said) & {"ukryt", "numer", "dzien", "prosz", "600", "200"} == set()
    assert {"mops", "4020", "2020"} <= terms.words(said)
    assert terms.phones(said) == {"+48600100200"}
    assert terms.phone("+48 (600) 100-200") == terms.phone("600100200") == "+48600100200"


def test_a_case_is_found_by_number_phone_name_topic_and_words(empty: Office) -> None:
    wanted = put(empty, "potrzebuję węgla", topic="zasilki", case=CASE)
    put(empty, "inna rozmowa", topic="uslugi", case=CASE | {"imie": "Jan", "kontakt": "czat", "opis": "opieka"})
    anna = empty.people[0]
    number = empty.run(empty.hub.conversation(anna, wanted)).cases[0].number
    assert found(empty, number=number) == [wanted]
    assert found(empty, number=number.replace("-", "")) == [wanted]
    assert found(empty, phone="600 100 200") == [wanted]
    assert found(empty, phone="+48600100200") == [wanted]
    assert found(empty, name="zolc marii") == [wanted]
    assert found(empty, words="opał") == [wanted]
    assert found(empty, words="wegiel zima") == [wanted]
    assert found(empty, words="węgiel lato") == []
    topics = [code for code in empty.hub.work.topics if code in ("zasilki",)]
    assert topics == [] or found(empty, topic="zasilki") == [wanted]
    assert found(empty, name="Maria", words="opieka") == []


def test_what_residents_and_staff_write_is_found_at_once_and_what_the_program_says_is_not(empty: Office) -> None:
    anna = empty.people[0]
    receipt = empty.run(
        empty.hub.accept(Inbound("web", "zofia", "m1", text="Pytanie o parkowanie, PESEL 44051401359"))
    )
    conversation = receipt.conversation_id
    assert found(empty, words="parkowania") == [conversation]
    assert found(empty, words="44051401359") == []
    empty.run(empty.hub.claim(anna, conversation))
    assert found(empty, words="dołączył") == []
    empty.run(empty.hub.reply(anna, conversation, "Proszę przynieść fotografię", "r1"))
    empty.run(empty.hub.work.add_note(anna, conversation, "dzwonić po południu: 501 502 503", "n1"))
    assert found(empty, words="fotografia") == [conversation]
    assert found(empty, words="południe") == [conversation]
    assert found(empty, phone="501502503") == [conversation]
    empty.run(
        empty.hub.amend(anna, conversation, empty.run(last_seq(empty, conversation)), "Proszę przynieść zdjęcie")
    )
    assert found(empty, words="zdjęcia") == found(empty, words="fotografia") == [conversation]


def test_period_person_and_channel_narrow_it_down(empty: Office) -> None:
    anna, piotr, _ = empty.people
    old = put(empty, minutes=60 * 24 * 40, channel="telegram")
    mine = put(empty, owner="staff", staff_id=anna.id)
    today = utc_now().date()
    assert found(empty, since=today - timedelta(days=2)) == [mine]
    assert found(empty, until=today - timedelta(days=2)) == [old]
    assert found(empty, channel="telegram") == [old]
    assert found(empty, staff_id=anna.id) == [mine]
    assert found(empty, staff_id=piotr.id) == []
    empty.run(empty.hub.close(anna, mine))
    assert found(empty, staff_id=anna.id) == [mine]
    with pytest.raises(BadCriterion) as error:
        found(empty, since=today, until=today - timedelta(days=1))
    assert error.value.field == "until"


@pytest.mark.parametrize(
    ("field", "value"),
    [("number", "123"), ("phone", "ala"), ("name", "x"), ("words", "jest i czy"), ("topic", "nie-ma")],
)
def test_a_criterion_without_sense_is_named_and_nothing_is_searched(empty: Office, field: str, value: str) -> None:
    with pytest.raises(BadCriterion) as error:
        found(empty, **{field: value})
    assert error.value.field == field
    assert empty.run(searches(empty)) == []


def test_pages_join_without_gaps_newest_first(empty: Office) -> None:
    made = [put(empty, "wspólne słowo", minutes=minutes) for minutes in range(2 * PAGE + 3)]
    shown: list[str] = []
    place = None
    for _ in range(3):
        page = empty.run(empty.hub.work.find(empty.people[0], Criteria(words="wspólny"), place))
        shown += [row.id for row in page.rows]
        place = page.next
    assert place is None
    assert shown == made


def test_a_search_is_written_down_without_what_it_was_for(empty: Office) -> None:
    anna = empty.people[0]
    found(empty, name="Maria", words="opał", since=utc_now().date())
    assert empty.run(searches(empty)) == [(anna.id, "imię,treść,od")]
    with pytest.raises(Forbidden):
        found(empty, StaffRef("x", "Ola", "maintainer"), words="opał")


def test_what_is_erased_is_found_no_more_and_the_kept_case_still_is(empty: Office) -> None:
    gone = put(empty, "tajemnica rodzinna")
    kept = put(empty, "tajemnica domowa", case=CASE)
    empty.run(empty.hub.erase_conversation(gone))
    empty.run(empty.hub.erase_conversation(kept))
    assert found(empty, words="tajemnica") == []
    assert found(empty, words="opał") == [kept]
    assert empty.run(count(empty, TERMS.c.conversation_id == gone)) == 0


def test_what_was_stored_before_the_index_and_under_another_key_is_indexed_anew(empty: Office) -> None:
    conversation = put(empty, "potrzebuję wózka", case=CASE)
    empty.run(empty.change(TERMS.delete()))
    empty.run(empty.change(update(CONVERSATIONS).values(indexed=0)))
    assert found(empty, words="wózek") == []
    assert empty.run(index_outdated(empty.context)) == 1
    assert found(empty, words="wózek") == found(empty, phone="600100200") == [conversation]
    assert empty.run(index_outdated(empty.context)) == 0
    old = empty.context.keyring
    first, second = Fernet.generate_key(), Fernet.generate_key()
    try:
        object.__setattr__(empty.context, "keyring", Keyring([first]))
        moved = put(empty, "potrzebuję laski")
        object.__setattr__(empty.context, "keyring", Keyring([second, first]))
        assert found(empty, words="laska") == [moved]
        empty.run(empty.change(CONVERSATIONS.delete().where(CONVERSATIONS.c.id == conversation)))
        empty.run(outdate_all(empty.context))
        assert empty.run(index_outdated(empty.context)) == 1
        blind = Keyring([second]).blind("word", terms.stem("laska"))
        assert empty.run(count(empty, TERMS.c.term == blind)) == 1
    finally:
        object.__setattr__(empty.context, "keyring", old)


def test_no_search_and_no_page_of_the_queue_reads_whole_tables(empty: Office) -> None:
    """SQLite says how it would find the rows: by an index, or through everything that is stored."""
    anna, work = empty.people[0], empty.hub.work
    conversation = put(empty, "potrzebuję wózka", case=CASE)
    number = empty.run(empty.hub.conversation(anna, conversation)).cases[0].number
    database = empty.context.database
    found(empty, number=number)
    asked: list[tuple[str, object]] = []

    def keep(_1: object, _2: object, statement: str, parameters: object, *_3: object) -> None:
        asked.append((statement, parameters))

    engines = [database._engine.sync_engine, database._scanner.sync_engine]  # type: ignore[union-attr]
    for engine in engines:
        event.listen(engine, "before_cursor_execute", keep)
    try:
        for criteria in (
            {"number": number},
            {"phone": "600100200"},
            {"name": "Maria"},
            {"words": "wózek zima"},
            {"staff_id": anna.id, "channel": "web", "since": utc_now().date()},
        ):
            found(empty, **criteria)
        for tab in TABS:
            empty.run(work.queue_page(anna, tab, 1))
        empty.run(work.queue_beside(anna, 25))
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", keep)
    reads = [(statement, parameters) for statement, parameters in asked if statement.startswith("SELECT")]
    assert len(reads) > 15
    for statement, parameters in reads:
        for step in empty.run(plan(empty, statement, parameters)):
            # A table may be gone through only in the order of an index, from which the page is cut.
            whole = re.match(r"SCAN (conversations|messages|cases|search_terms|changes|audit)\b(?! USING)", step)
            assert whole is None, (step, statement)


def test_the_index_holds_nothing_to_read() -> None:
    one, other = Keyring([Fernet.generate_key()]), Keyring([Fernet.generate_key()])
    assert one.blind("word", "opal") == one.blind("word", "opal")
    assert len({one.blind("word", "opal"), one.blind("name", "opal"), other.blind("word", "opal")}) == 3
    assert -(2**63) <= one.blind("word", "opal") < 2**63


async def plan(office: Office, statement: str, parameters: object) -> list[str]:
    async with office.context.database.scan() as connection:
        rows = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)  # type: ignore[arg-type]
        return [row.detail for row in rows]


async def searches(office: Office) -> list[tuple[str, str]]:
    async with office.context.database.connect() as connection:
        query = select(AUDIT.c.staff_id, AUDIT.c.target).where(AUDIT.c.action == "search")
        return [(row.staff_id, row.target) for row in await connection.execute(query)]


async def last_seq(office: Office, conversation: str) -> int:
    async with office.context.database.connect() as connection:
        query = select(CONVERSATIONS.c.last_seq).where(CONVERSATIONS.c.id == conversation)
        return int(await connection.scalar(query))


async def count(office: Office, where: object) -> int:
    async with office.context.database.connect() as connection:
        return int(await connection.scalar(select(func.count()).select_from(TERMS).where(where)) or 0)  # type: ignore[arg-type]
