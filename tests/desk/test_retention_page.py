"""The page that says what retention will delete, and the command line that says and does it."""

from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from bot.clock import utc_now
from bot.db.models import Conversation, SearchTerm
from bot.db.session import Database
from tests.desk.conftest import Office
from tests.desk.scene import Line, Scene
from tests.support.processes import until

DAY = 24 * 60


@pytest.fixture(scope="module")
def strict_office(make_office: Callable[[], Office]) -> Office:
    """An office whose operator has set a period; its product is started again with it."""
    office = make_office()
    office.product.stop()
    office.product.env |= {"MOPS_RETENTION_CONVERSATION_DAYS": "60", "MOPS_RETENTION_HOUR": _other_hour()}
    office.product.start()
    return office


def _other_hour() -> str:
    """An hour that does not come while the tests run."""
    return str((utc_now().hour + 12) % 24)


def test_what_is_due_is_counted_and_named_and_the_command_deletes_it(strict_office: Office) -> None:
    office, product = strict_office, strict_office.product
    case = {"imie": "Maria", "opis": "opał", "pilnosc": "zwykla"}
    old = office.stage(Scene([Line("resident", "dawno")], owner="closed", reason=None, minutes=61 * DAY))
    soon = office.stage(Scene([Line("resident", "niedawno")], owner="bot", reason=None, minutes=50 * DAY))
    closed = Scene([Line("resident", "sprawa")], owner="closed", reason=None, minutes=90 * DAY, case=case)
    open_case = office.stage(closed)
    with office.enter("coordinator") as boss:
        page = boss.get("/desk/przechowywanie").text
        assert "60 dni" in page
        assert f"/desk/rozmowa/{old}" in page
        assert soon not in page
        assert open_case not in page
        assert f"/desk/rozmowa/{soon}" in boss.get("/desk/przechowywanie?za=30").text
        assert boss.get("/desk/przechowywanie?za=12345").status_code == 200
        seen = product.mops("retention", "preview", "--days-ahead", "30")
        assert seen.returncode == 0, seen.stderr
        assert "Conversations: 2" in seen.stdout
        assert old in seen.stdout
        done = product.mops("retention", "run")
        assert "Deleted 1 conversations" in done.stdout, done.stderr
        assert set(office.ask(ids)) == {soon, open_case}
        assert "Nic nie zostanie usunięte" in boss.get("/desk/przechowywanie").text
    with office.enter("clerk") as clerk:
        assert clerk.get("/desk/przechowywanie").status_code == 403


def test_the_index_can_be_made_anew_while_the_product_runs(strict_office: Office) -> None:
    strict_office.stage(Scene([Line("resident", "parasolka")], owner="closed", reason=None))
    done = strict_office.product.mops("search", "reindex")
    assert done.returncode == 0, done.stderr
    assert "Indexed" in done.stdout
    with strict_office.enter("clerk") as clerk:
        assert 'id="wiersz-' in clerk.get("/desk/szukaj?tresc=parasolki").text


def test_what_is_stored_from_before_the_search_is_indexed_after_the_start(strict_office: Office) -> None:
    office = strict_office
    office.stage(Scene([Line("resident", "lokomotywa")], owner="closed", reason=None))
    office.ask(forget_the_index)
    office.product.stop()
    office.product.start()
    with office.enter("clerk") as clerk:
        until(
            lambda: 'id="wiersz-' in clerk.get("/desk/szukaj?tresc=lokomotywy").text, 20, "the old messages are found"
        )


async def ids(database: Database) -> list[str]:
    async with database.read() as session:
        return list(await session.scalars(select(Conversation.id)))


async def forget_the_index(database: Database) -> None:
    async with database.begin() as session:
        await session.execute(SearchTerm.__table__.delete())  # type: ignore[attr-defined]
        await session.execute(update(Conversation).values(indexed=0))
