"""Part ``soak``: widgets on a network that breaks all the time; everything must arrive once and in order."""

import asyncio
import random
import time

import aiohttp

from benchmarks.report import Line
from benchmarks.widget_client import Widget
from tests.support.processes import Product

WIDGETS = 40
SEED = 20261124
AFTER_SECONDS = 60.0


async def _resident(widget: Widget, until: float, chance: random.Random) -> list[str]:
    """Write numbered messages, every few with its answer lost on the way; returns their ids in order."""
    await widget.send(ask="person")
    sent = []
    while time.perf_counter() < until:
        mark, _ = await widget.send(text=f"Wiadomość {len(sent)}", lose_the_answer=chance.random() < 0.25)
        sent.append(mark)
        await asyncio.sleep(chance.uniform(0.2, 2.0))
    return sent


async def _weather(widgets: list[Widget], until: float, chance: random.Random) -> int:
    cuts = 0
    while time.perf_counter() < until:
        await asyncio.sleep(chance.uniform(0.02, 0.3))
        chance.choice(widgets).cut()
        cuts += 1
    return cuts


async def _measure(ours: Product, seconds: float) -> dict[str, float]:
    chance = random.Random(SEED)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        widgets = [Widget(http, ours.url) for _ in range(WIDGETS)]
        for widget in widgets:
            await widget.open()
        listening = [asyncio.create_task(widget.listen()) for widget in widgets]
        until = time.perf_counter() + seconds
        residents = [_resident(widget, until, random.Random(f"{SEED}:{n}")) for n, widget in enumerate(widgets)]
        cuts, *sent = await asyncio.gather(_weather(widgets, until, chance), *residents)
        deadline = time.perf_counter() + AFTER_SECONDS
        while time.perf_counter() < deadline:
            if all(marks[-1:] == widget.order[-1:] for widget, marks in zip(widgets, sent, strict=True)):
                break
            await asyncio.sleep(0.2)
        for widget in widgets:
            widget.stop()
        await asyncio.wait(listening, timeout=10)
        # The first one in each conversation is the request for a person.
        kept = [widget.order[1:] == marks for widget, marks in zip(widgets, sent, strict=True)]
        everything = [set(marks) - set(widget.order) for widget, marks in zip(widgets, sent, strict=True)]
        return {
            "seconds": seconds,
            "widgets": WIDGETS,
            "messages": sum(map(len, sent)),
            "cuts": cuts,
            "reconnects": sum(widget.reconnects for widget in widgets),
            "lost": sum(map(len, everything)),
            "faults": sum(len(widget.faults) for widget in widgets),
            "conversations_in_order": sum(kept),
        }


def measure(ours: Product, seconds: float) -> tuple[list[Line], dict[str, float]]:
    """Let widgets talk for ``seconds`` while their connections break; reported, not judged."""
    found = asyncio.run(_measure(ours, seconds))
    return [
        Line(
            "soak",
            f"{seconds:.0f} s with random disconnects: lost, doubled or out of order",
            ours=f"{found['lost']:.0f}, {found['faults']:.0f}",
            wanted="0, 0",
            note=(
                f"{found['messages']:.0f} messages of {WIDGETS} widgets, {found['reconnects']:.0f} reconnects, every "
                f"fourth message repeated after a lost answer; {found['conversations_in_order']:.0f} of {WIDGETS} "
                "conversations complete and in order"
            ),
        )
    ], found
