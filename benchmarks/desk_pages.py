"""Part ``desk_pages``: how long the desk's pages take with 10,000 stored conversations, on each database."""

import asyncio
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import httpx

from benchmarks.desk_seed import Seeder
from benchmarks.report import Line
from benchmarks.sides import RUNS
from bot.crypto import Keyring
from bot.db import migrate
from bot.db.session import Database
from bot.desk.accounts import create_staff
from bot.desk.sessions import open_session
from bot.hub.store import CONVERSATIONS
from bot.settings import Settings
from tests.support.processes import Postgres, Product

CONVERSATIONS_STORED = 10_000
ROUNDS = 40
WARM_UP = 3


@contextmanager
def _databases() -> Iterator[dict[str, str | None]]:
    """An address for each kind of database that this machine has; None: the product's own SQLite file."""
    with ExitStack() as stack:
        found: dict[str, str | None] = {"SQLite": None}
        if shutil.which("pg_ctl") or list(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")):
            # A short name: PostgreSQL's socket path has a limit.
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mops-bench-", dir="/tmp"))) / "pg"
            folder.mkdir()
            found["PostgreSQL"] = stack.enter_context(Postgres(folder)).new_database()
        yield found


async def _fill(settings: Settings, keyring: Keyring) -> tuple[Seeder, str, str, str, float]:
    await migrate.upgrade(settings.database)
    database = Database(settings.database)
    try:
        staff = [await create_staff(database, f"clerk{n}", f"Osoba {n}", "clerk", None) for n in range(8)]
        seeder = Seeder(keyring, staff)
        begun = time.perf_counter()
        await seeder.fill(database, CONVERSATIONS_STORED)
        took = time.perf_counter() - begun
        async with database.connect() as connection:
            one = await connection.scalar(CONVERSATIONS.select().with_only_columns(CONVERSATIONS.c.id).limit(1))
        token = await open_session(database, staff[0], lifetime=timedelta(hours=2))
    finally:
        await database.close()
    return seeder, token, staff[0], str(one), took


def _pages(seeder: Seeder, me: str, conversation: str, turn: int) -> dict[str, tuple[str, dict[str, str]]]:
    pick = (turn * 977) % len(seeder.numbers)
    return {
        "queue: who waits (first page of 4)": ("/desk", {}),
        "queue: refreshed by itself": ("/desk/kolejka", {}),
        "queue: ended (first page of 225)": ("/desk", {"lista": "zakonczone"}),
        "queue: ended (page 200)": ("/desk", {"lista": "zakonczone", "strona": "200"}),
        "cases: open": ("/desk/zgloszenia", {}),
        "one conversation": (f"/desk/rozmowa/{conversation}", {}),
        "search: a case's number": ("/desk/szukaj", {"nr": seeder.numbers[pick]}),
        "search: a phone": ("/desk/szukaj", {"tel": seeder.phones[pick]}),
        "search: a name (two words)": ("/desk/szukaj", {"imie": "Marii Nowak"}),
        "search: a word in half of them": ("/desk/szukaj", {"tresc": "opału"}),
        "search: three words": ("/desk/szukaj", {"tresc": "węgla zasiłek pieluch"}),
        "search: a word in none": ("/desk/szukaj", {"tresc": "helikopter"}),
        "search: topic, period, person": ("/desk/szukaj", {"temat": "inne", "od": "2020-01-01", "osoba": me}),
    }


def _measure(name: str, url: str | None) -> tuple[list[Line], dict[str, object]]:
    folder = RUNS / f"desk-{name.lower()}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    token_file = folder / "engine.token"
    token_file.write_text("nobody listens")
    # Port 9 is "discard": pages of the desk need no engine.
    product = Product(
        folder, engine_url="http://127.0.0.1:9", engine_token_file=str(token_file), database_url=url or ""
    )
    settings = Settings(data_dir=folder, database_url=url)  # type: ignore[arg-type]
    Keyring.create_file(settings.key_file)
    seeder, token, me, conversation, took = asyncio.run(_fill(settings, Keyring.from_file(settings.key_file)))
    print(f"  {name}: {CONVERSATIONS_STORED} conversations in {took:.0f} s", flush=True)
    delays: dict[str, list[float]] = {}
    with product, httpx.Client(base_url=product.url, cookies={"mops_desk": token}, timeout=60) as client:
        for turn in range(-WARM_UP, ROUNDS):
            for what, (path, query) in _pages(seeder, me, conversation, turn).items():
                begun = time.perf_counter()
                answer = client.get(path, params=query)
                spent = 1000 * (time.perf_counter() - begun)
                assert answer.status_code == 200, (what, answer.status_code)
                if what in ("search: a case's number", "search: a phone"):
                    assert 'id="wiersz-' in answer.text, what
                if turn >= 0:
                    delays.setdefault(what, []).append(spent)
    lines = []
    for what, found in delays.items():
        found.sort()
        p50, p95 = statistics.median(found), found[int(0.95 * len(found))]
        lines.append(Line("desk_pages", f"{name}, {what}: p50, p95", ours=f"{p50:.0f}, {p95:.0f} ms"))
    return lines, {what: [round(one, 2) for one in found] for what, found in delays.items()}


def measure() -> tuple[list[Line], dict[str, object]]:
    """Fill each database and ask for each page, the pages taking turns; reported, not judged: machines differ."""
    lines: list[Line] = []
    raw: dict[str, object] = {}
    with _databases() as databases:
        for name, url in databases.items():
            found, raw[name] = _measure(name, url)
            lines += found
    return lines, raw
