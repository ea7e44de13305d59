"""Part ``desk_load``: 200 open conversations, 20 signed-in employees; memory as both grow, how fast all arrives."""

import asyncio
import random
import statistics
import time
from datetime import timedelta
from typing import Any
from uuid import uuid4

import aiohttp
from sqlalchemy import select

from benchmarks.desk_client import MARK, Desk
from benchmarks.machine import CpuMeter, memory_mb
from benchmarks.report import Line
from benchmarks.widget_client import Widget
from bot.db.session import Database
from bot.desk.accounts import create_staff
from bot.desk.sessions import open_session
from bot.hub.store import MESSAGES
from tests.support.processes import Product

STAFF_STEPS = (0, 10, 20)
CONVERSATION_STEPS = (0, 50, 100, 200)
RESIDENTS_PER_SECOND = 4.0
"""Half of them in the conversations that an employee has open before them."""
REPLIES_PER_SECOND = 2.0
SETTLE_SECONDS = 4.0
AFTER_SECONDS = 15.0
SEED = 20261124


class _Resident(Widget):
    """A widget that also notes when it shows an employee's marked answer."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        super().__init__(http, url)
        self.shown: dict[str, float] = {}

    def _take(self, message: dict[str, Any]) -> None:
        super()._take(message)
        for mark in MARK.findall(message["text"]):
            self.shown.setdefault(mark, time.perf_counter())


class _Scene:
    """Everybody who takes part, and what was measured on the way."""

    def __init__(self, http: aiohttp.ClientSession, ours: Product) -> None:
        assert ours.process is not None
        self.http = http
        self.url = ours.url
        self.gateway = ours.process.pid
        self.database = Database(f"sqlite+aiosqlite:///{ours.folder / 'mops.db'}")
        self.desks: list[Desk] = []
        self.residents: list[_Resident] = []
        self.conversations: list[str] = []
        self.listening: list[asyncio.Task[None]] = []
        self.memory: dict[str, float] = {}

    async def weigh(self) -> None:
        """Note the gateway's memory as it is with whoever is there."""
        await asyncio.sleep(SETTLE_SECONDS)
        name = f"{len(self.conversations)} conversations, {len(self.desks)} staff"
        self.memory[name] = memory_mb(self.gateway)["rss"]
        print(f"  {name}: {self.memory[name]:.0f} MB", flush=True)

    async def sign_in(self, until: int) -> None:
        """Have as many employees at their desks, each with the queue open."""
        while len(self.desks) < until:
            number = len(self.desks)
            person = await create_staff(self.database, f"clerk{number}", f"Osoba {number}", "clerk", None)
            desk = Desk(self.http, self.url, await open_session(self.database, person, lifetime=timedelta(hours=2)))
            await desk.watch()
            self.desks.append(desk)

    async def converse(self, until: int) -> None:
        """Have as many conversations open, each held by one of the employees in turn."""
        while len(self.conversations) < until:
            resident = _Resident(self.http, self.url)
            await resident.open()
            self.listening.append(asyncio.create_task(resident.listen()))
            await asyncio.wait_for(resident.up.wait(), 60)
            mark, _ = await resident.send(ask="person")
            async with self.database.connect() as connection:
                found = await connection.scalar(
                    select(MESSAGES.c.conversation_id).where(MESSAGES.c.external_id.endswith(f":{mark}"))
                )
            desk = self.desks[len(self.conversations) % len(self.desks)]
            self.residents.append(resident)
            self.conversations.append(str(found))
            await asyncio.sleep(0.05)
            await desk.submit(f"/desk/rozmowa/{found}/przejmij")

    async def close(self) -> None:
        """Everybody goes home."""
        for desk in self.desks:
            await desk.leave()
        for resident in self.residents:
            resident.stop()
        await asyncio.wait(self.listening, timeout=10)
        await self.database.close()


async def _talk(scene: _Scene, seconds: float) -> dict[str, Any]:
    """Let residents write and employees answer; returns the delays."""
    chance = random.Random(SEED)
    open_ones = range(len(scene.desks))
    for place in open_ones:
        await scene.desks[place].watch(scene.conversations[place])
    name = f"znak-{uuid4().hex[:8]}"
    written: dict[str, tuple[int, float]] = {}
    answered: dict[str, tuple[int, float]] = {}
    sending: set[asyncio.Task[None]] = set()

    async def write(place: int, mark: str) -> None:
        _, at = await scene.residents[place].send(text=f"Dzień dobry, mam pytanie o termin: {mark}")
        if place in open_ones:
            written[mark] = (place, at)

    async def answer(place: int, mark: str) -> None:
        path = f"/desk/rozmowa/{scene.conversations[place]}/odpowiedz"
        at = await scene.desks[place].submit(path, tresc=f"Dzień dobry, sprawdzam: {mark}", client_id=mark)
        answered[mark] = (place, at)

    def begin(work: Any) -> None:
        task = asyncio.create_task(work)
        sending.add(task)
        task.add_done_callback(sending.discard)

    start = time.perf_counter()
    rate = RESIDENTS_PER_SECOND + REPLIES_PER_SECOND
    for number in range(int(seconds * rate)):
        await asyncio.sleep(max(0.0, start + number / rate - time.perf_counter()))
        mark = f"{name}-{number}"
        if number % 3 == 2:
            begin(answer(chance.choice(open_ones), mark))
        elif number % 3 == 1:
            begin(write(chance.choice(open_ones), mark))
        else:
            begin(write(chance.randrange(len(scene.conversations)), mark))
    took = time.perf_counter() - start
    await asyncio.gather(*sending)
    await asyncio.sleep(AFTER_SECONDS)
    to_desk = sorted(
        1000 * (scene.desks[place].shown[mark] - at)
        for mark, (place, at) in written.items()
        if mark in scene.desks[place].shown
    )
    to_stream = sorted(
        1000 * (min(one for one in scene.desks[place].told if one > at) - at)
        for place, at in written.values()
        if any(one > at for one in scene.desks[place].told)
    )
    to_resident = sorted(
        1000 * (scene.residents[place].shown[mark] - at)
        for mark, (place, at) in answered.items()
        if mark in scene.residents[place].shown
    )
    return {
        "seconds": took,
        "resident_messages_measured": len(written),
        "resident_messages_not_shown": len(written) - len(to_desk),
        "replies": len(answered),
        "replies_not_arrived": len(answered) - len(to_resident),
        "faults": sum(len(one.faults) for one in [*scene.residents, *scene.desks]),
        "refused": sorted(fault for desk in scene.desks for fault in desk.faults),
        **{
            f"{what}_{cut}_ms": value
            for what, delays in (("to_stream", to_stream), ("to_desk", to_desk), ("to_resident", to_resident))
            for cut, value in (("p50", statistics.median(delays)), ("p95", delays[int(0.95 * len(delays))]))
        },
    }


async def _measure(ours: Product, seconds: float) -> dict[str, Any]:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as http:
        scene = _Scene(http, ours)
        try:
            for staff in STAFF_STEPS:
                await scene.sign_in(staff)
                await scene.weigh()
            for conversations in CONVERSATION_STEPS[1:]:
                await scene.converse(conversations)
                await scene.weigh()
            cpu = CpuMeter({"gateway": scene.gateway})
            found = await _talk(scene, seconds)
            used = cpu.used()["gateway"]
            at_the_end = memory_mb(scene.gateway)["rss"]
        finally:
            await scene.close()
    return found | {
        "memory_mb": scene.memory,
        "memory_mb_at_the_end": at_the_end,
        "gateway_cpu": used / (found["seconds"] + AFTER_SECONDS),
    }


def measure(ours: Product, seconds: float) -> tuple[list[Line], dict[str, Any]]:
    """Bring in staff, then residents, then let them talk for ``seconds``; reported, not judged: machines differ."""
    found = asyncio.run(_measure(ours, seconds))
    who = f"{CONVERSATION_STEPS[-1]} conversations, {STAFF_STEPS[-1]} staff"

    def delays(what: str) -> str:
        return f"{found[f'{what}_p50_ms']:.0f}, {found[f'{what}_p95_ms']:.0f} ms"

    note = (
        f"{found['resident_messages_measured']} measured messages, {found['resident_messages_not_shown']} not shown; "
        f"{found['replies']} replies, {found['replies_not_arrived']} not arrived; {found['faults']} faults; gateway "
        f"{100 * found['gateway_cpu']:.0f} % of a core"
    )
    lines = [
        Line("desk_load", f"{who}: a resident's message to the desk's stream: p50, p95", ours=delays("to_stream")),
        Line("desk_load", f"{who}: a resident's message to the words on the open page", ours=delays("to_desk")),
        Line("desk_load", f"{who}: a reply to the resident's stream", ours=delays("to_resident"), note=note),
    ]
    lines += [
        Line("desk_load", f"gateway's memory, {what}", ours=f"{held:.0f} MB")
        for what, held in found["memory_mb"].items()
    ]
    lines.append(Line("desk_load", "gateway's memory after the talk", ours=f"{found['memory_mb_at_the_end']:.0f} MB"))
    return lines, found
