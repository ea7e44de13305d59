"""Every address of the desk with every role: who gets in, and that no look at a resident's words goes unwritten."""

import ast
import inspect
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.fernet import Fernet
from litestar import Litestar
from litestar.exceptions import LitestarDeprecationWarning
from sqlalchemy import select

import bot
from bot.app import instance_name, load_hours, load_knowledge
from bot.crypto import Keyring
from bot.db.session import Database
from bot.db.staff_tables import Audit
from bot.desk.router import desk_router
from bot.desk.web import PERMISSION, PUBLIC_FORM
from bot.dialogue.client import Engine
from bot.hub.context import Context
from bot.hub.feed import Feed
from bot.hub.hub import Hub
from bot.hub.messages import StaffRef
from bot.permissions import ROLES, Forbidden, Permission, allowed
from bot.settings import Settings
from tests.desk.conftest import Office
from tests.desk.scene import Line, Scene

COUNTS_ONE_S_OWN = {"unread_mentions"}
TEXTS = {"canned_replies", "save_canned", "delete_canned"}
"""Texts that maintainers look after, and no resident's."""
FIGURES = {"statistics"}
"""Counts without names, for every role."""
OPEN = COUNTS_ONE_S_OWN | TEXTS | FIGURES
ENTRANCE = ("/desk/logowanie", "/desk/logowanie/kod", "/desk/pierwsze-uruchomienie")
# Said here once more, apart from the code's own table: what each part of the desk is for.
EVERYBODY, CASEWORK = set(ROLES), {"clerk", "coordinator", "admin"}
MEANT = {
    "/desk/pracownicy": {"admin"},
    "/desk/dziennik": {"coordinator", "admin"},
    "/desk/dziennik.csv": {"coordinator", "admin"},
    "/desk/konto": EVERYBODY,
    "/desk/sesja": EVERYBODY,
    "/desk/statystyki": EVERYBODY,
    "/desk/statystyki.csv": EVERYBODY,
    "/desk/statystyki-tematy.csv": EVERYBODY,
    "/desk/tablica": CASEWORK,
    "/desk/kolejka": CASEWORK,
    "/desk/rozmowa": CASEWORK,
    "/desk/zdarzenia": CASEWORK,
}


def addresses() -> Iterator[tuple[str, str, Permission]]:
    """Method, path and declared permission of everything behind the entrance."""
    with warnings.catch_warnings():
        # Litestar 3 will want the dependencies of handlers marked; that is not this test's matter.
        warnings.simplefilter("ignore", LitestarDeprecationWarning)
        app = Litestar([desk_router])
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            if not handler.fn.__module__.startswith("bot.desk.page") or route.path in ENTRANCE:
                continue
            assert not handler.opt.get(PUBLIC_FORM), route.path
            for method in handler.http_methods - {"OPTIONS", "HEAD"}:
                yield method, route.path_format, handler.opt[PERMISSION]


def meant(path: str, permission: Permission) -> set[str]:
    part = "/".join(path.split("/")[:3])
    return MEANT.get(part) or {role for role in ROLES if allowed(role, permission)}


def test_each_role_gets_exactly_where_it_is_meant_to(office: Office) -> None:
    walked = 0
    for role in ROLES:
        with office.enter(role) as visitor:
            own = office.stage(Scene([Line("resident", "halo")], owner="waiting"))
            victim = office.enter("clerk").clerk.id
            for method, path, permission in addresses():
                if path == "/desk/wyloguj":
                    continue
                places = {"conversation_id": own, "staff_id": victim}
                address = re.sub(r"{(\w+)}", lambda found, places=places: places.get(found[1], "brak"), path)
                address += f"?rozmowa={own}"
                headers = {"HX-Request": "true", "X-CSRF-Token": visitor.form_token()}
                with visitor.stream(
                    method, address, headers=headers, data={} if method == "POST" else None
                ) as answer:
                    refused = answer.status_code == 403
                    assert answer.status_code < 500, (role, method, address)
                    assert answer.headers.get("x-desk-reason") != "sesja", (role, method, address)
                if path == "/desk/" or path == "/desk":
                    assert not refused
                else:
                    assert refused == (role not in meant(path, permission)), (role, method, path)
                walked += 1
    assert walked > 4 * 30


def test_whoever_sees_a_residents_words_leaves_a_line(office: Office) -> None:
    word = f"tajne{uuid4().hex[:8]}"
    case = {"imie": "Maria", "opis": word, "pilnosc": "pilna"}
    conversation = office.stage(Scene([Line("resident", word)], owner="waiting", topic="zasilek", case=case))
    shown = []
    for method, path, _ in addresses():
        if method != "GET" or path == "/desk/zdarzenia":
            continue
        # Somebody new each time, so that no line of an earlier look counts.
        with office.enter("clerk") as visitor, office.enter("maintainer") as outsider:
            address = re.sub(r"{(\w+)}", conversation, path) + f"?rozmowa={conversation}"
            if word in visitor.get(address, headers={"HX-Request": "true"}).text:
                shown.append(path)
                lines = office.ask(looks_of, visitor.clerk.id)
                assert set(lines) & {("read", conversation), ("queue", None)}, path
                if "{conversation_id}" in path:
                    assert any(target == conversation for _, target in lines), path
            assert word not in outsider.get(address, headers={"HX-Request": "true"}).text, path
    assert {"/desk/kolejka", "/desk/rozmowa/{conversation_id}"} <= set(shown)


def test_a_page_that_refreshes_itself_writes_one_line(office: Office) -> None:
    conversation = office.stage(Scene([Line("resident", "halo")], owner="waiting"))
    with office.enter("clerk") as visitor:
        for _ in range(3):
            visitor.get(f"/desk/rozmowa/{conversation}/widok")
            visitor.get("/desk/kolejka")
        assert sorted(office.ask(looks_of, visitor.clerk.id), key=str) == [("queue", None), ("read", conversation)]
        for _ in range(2):
            visitor.get(f"/desk/rozmowa/{conversation}")
        assert office.ask(looks_of, visitor.clerk.id).count(("read", conversation)) == 3


async def test_the_hub_opens_nothing_for_a_role_without_casework(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, engine_url=["http://127.0.0.1:9"])  # type: ignore[arg-type]
    engine = Engine(settings.engine_url, "", 1)
    database = Database(settings.database)
    context = Context(
        settings=settings,
        database=database,
        keyring=Keyring([Fernet.generate_key()]),
        feed=Feed(settings),
        engine=engine,
        knowledge_store=load_knowledge(settings),
        hours=load_hours(settings),
        push_channels=frozenset(),
        instance=instance_name(),
    )
    hub, outsider = Hub(context), StaffRef("x", "Ola", "maintainer")
    tried = set()
    for name, method in inspect.getmembers(hub) + inspect.getmembers(hub.work):
        if name.startswith("_") or name in OPEN or not inspect.iscoroutinefunction(method):
            continue
        parameters = inspect.signature(method).parameters.values()
        who = next((parameter.name for parameter in parameters if "StaffRef" in str(parameter.annotation)), None)
        if who is None:
            continue
        given = {p.name: "x" for p in parameters if p.default is p.empty} | {who: outsider}
        with pytest.raises(Forbidden):
            await method(**given)
        tried.add(name)
    assert tried >= {"queue", "conversation", "claim", "reply", "hand_back", "close", "assign", "save_team", "cases"}
    await engine.close()
    await database.close()


def test_the_desk_has_no_key_of_its_own() -> None:
    """What it shows was opened by the hub's audited functions; only the second factor unseals, and only itself."""
    for module in Path(bot.__file__).parent.joinpath("desk").glob("*.py"):
        tree = ast.parse(module.read_text())
        names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        names |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        sealed = {
            "decrypt",
            "open_body",
            "to_event",
            "body_enc",
            "details_enc",
            "topic_enc",
            "text_enc",
            "detail_enc",
        }
        assert names & sealed <= ({"decrypt"} if module.name == "second_factor.py" else set()), module.name


def test_a_role_that_nobody_knows_may_nothing() -> None:
    assert not any(allowed("king", permission) for permission in Permission)


async def looks_of(database: Database, staff_id: str) -> list[tuple[str, str | None]]:
    async with database.read() as session:
        rows = await session.execute(select(Audit.action, Audit.target).where(Audit.staff_id == staff_id))
        return [(action, target) for action, target in rows if action not in ("sign_in", "audit_read")]
