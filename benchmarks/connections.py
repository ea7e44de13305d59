"""Part ``connections``: many widgets open at once, some of them talking; memory of each, and how fast all arrives."""

import asyncio
import resource
import statistics
import time
from contextlib import AsyncExitStack

import aiohttp

from benchmarks.machine import CpuMeter, memory_mb
from benchmarks.report import Line
from benchmarks.widget_client import Widget
from tests.support.processes import Product

CONNECTIONS = 2000
TALKERS = 200
MESSAGES_PER_SECOND = 50
OPENED_AT_ONCE = 10
SETTLE_SECONDS = 3.0
AFTER_SECONDS = 20.0


def raise_file_limit() -> None:
    """Each connection is a file on either side; children inherit the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def _open_all(http: aiohttp.ClientSession, url: str, tasks: AsyncExitStack) -> list[Widget]:
    widgets = [Widget(http, url) for _ in range(CONNECTIONS)]
    gate = asyncio.Semaphore(OPENED_AT_ONCE)

    async def one(widget: Widget) -> None:
        async with gate:
            await widget.open()
            listening = asyncio.create_task(widget.listen())
            tasks.push_async_callback(asyncio.wait, [listening])
            tasks.callback(widget.stop)
            await asyncio.wait_for(widget.up.wait(), 60)

    await asyncio.gather(*(one(widget) for widget in widgets))
    return widgets


async def _measure(ours: Product, seconds: float) -> dict[str, float]:
    assert ours.process is not None
    gateway = ours.process.pid
    before = memory_mb(gateway)["rss"]
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http, AsyncExitStack() as tasks:
        begun = time.perf_counter()
        widgets = await _open_all(http, ours.url, tasks)
        opening = time.perf_counter() - begun
        await asyncio.sleep(SETTLE_SECONDS)
        held = memory_mb(gateway)["rss"]
        talkers = widgets[:TALKERS]
        # They talk to people: with the assistant silent, what is measured is the delivery and not the model.
        for widget in talkers:
            await widget.send(ask="person")
        await asyncio.sleep(SETTLE_SECONDS)
        cpu = CpuMeter({"gateway": gateway})
        sent: dict[str, tuple[Widget, float]] = {}
        sending: set[asyncio.Task[None]] = set()

        async def say(widget: Widget, number: int) -> None:
            mark, at = await widget.send(text=f"Wiadomość numer {number}")
            sent[mark] = (widget, at)

        start = time.perf_counter()
        for number in range(int(seconds * MESSAGES_PER_SECOND)):
            await asyncio.sleep(max(0.0, start + number / MESSAGES_PER_SECOND - time.perf_counter()))
            task = asyncio.create_task(say(talkers[number % TALKERS], number))
            sending.add(task)
            task.add_done_callback(sending.discard)
        took = time.perf_counter() - start
        await asyncio.gather(*sending)
        for _ in range(int(AFTER_SECONDS / 0.1)):
            if all(mark in widget.arrived for mark, (widget, _) in sent.items()):
                break
            await asyncio.sleep(0.1)
        used = cpu.used()["gateway"]
        delays = sorted(1000 * (w.arrived[mark] - at) for mark, (w, at) in sent.items() if mark in w.arrived)
        return {
            "connections": CONNECTIONS,
            "opened_in_seconds": opening,
            "gateway_mb_before": before,
            "gateway_mb_with_connections": held,
            "gateway_mb_at_the_end": memory_mb(gateway)["rss"],
            "kb_per_connection": 1024 * (held - before) / CONNECTIONS,
            "messages": len(sent),
            "messages_per_second": len(sent) / took,
            "delivery_p50_ms": statistics.median(delays),
            "delivery_p95_ms": delays[int(0.95 * len(delays))],
            "not_arrived": len(sent) - len(delays),
            "faults": sum(len(widget.faults) for widget in widgets),
            "dropped_connections": sum(widget.reconnects for widget in widgets),
            "gateway_cpu": used / took,
        }


def measure(ours: Product, seconds: float) -> tuple[list[Line], dict[str, float]]:
    """Open the connections, let some talk for ``seconds``; reported, not judged: machines differ."""
    found = asyncio.run(_measure(ours, seconds))
    return [
        Line(
            "connections",
            f"{CONNECTIONS} widgets open, {found['messages_per_second']:.0f} messages/s: delivery p50, p95",
            ours=f"{found['delivery_p50_ms']:.0f}, {found['delivery_p95_ms']:.0f} ms",
            note=(
                f"{found['messages']:.0f} messages, {found['not_arrived']:.0f} not arrived, {found['faults']:.0f} "
                f"doubled or out of order; gateway {100 * found['gateway_cpu']:.0f} % of a core"
            ),
        ),
        Line(
            "connections",
            "memory for each open widget",
            ours=f"{found['kb_per_connection']:.0f} kB",
            note=(
                f"gateway {found['gateway_mb_before']:.0f} MB before, "
                f"{found['gateway_mb_with_connections']:.0f} MB with {CONNECTIONS} widgets"
            ),
        ),
    ], found
