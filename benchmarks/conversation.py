"""Parts ``turn`` and ``throughput``: how long an answered question takes, and how many are answered at once."""

import asyncio
import statistics
from collections.abc import Sequence

from benchmarks.machine import CpuMeter
from benchmarks.report import Line
from benchmarks.residents import TURNS_IN_CONVERSATION, Answered, Crowd, StockResident, WidgetResident
from benchmarks.sides import asked, product_pids
from benchmarks.stock import Stock
from tests.support.processes import Product

TURNS = 200
WARM_UP = 20
RESIDENTS = 16
RUSH_TURNS = 20
RUSHES = 4

WANTED_LATENCY = 0.6
WANTED_THROUGHPUT = 3.0


def _milliseconds(answered: Sequence[Answered]) -> tuple[float, float]:
    times = sorted(1000 * turn.seconds for turn in answered)
    return statistics.median(times), times[int(0.95 * len(times))]


def _right(answered: Sequence[Answered]) -> float:
    return 100 * sum(turn.right for turn in answered) / len(answered)


async def _alternate(ours: Crowd, stock: Crowd, turns: int) -> tuple[list[Answered], list[Answered]]:
    """Ask both sides in turn, so that whatever else the machine does meets both alike."""
    questions = asked()
    mine: list[Answered] = []
    theirs: list[Answered] = []
    for start in range(0, turns, TURNS_IN_CONVERSATION):
        widget, rest = await ours.newcomer(), await stock.newcomer()
        for turn in range(start, min(start + TURNS_IN_CONVERSATION, turns)):
            text, expected = questions[turn % len(questions)]
            if turn % 2:
                mine.append(await widget.ask(text, expected))
                theirs.append(await rest.ask(text, expected))
            else:
                theirs.append(await rest.ask(text, expected))
                mine.append(await widget.ask(text, expected))
        await widget.close()
        await rest.close()
    return mine, theirs


def _per_message(used: dict[str, float], messages: int) -> str:
    each = ", ".join(f"{name} {1000 * seconds / messages:.1f}" for name, seconds in used.items())
    return f"{1000 * sum(used.values()) / messages:.1f} ms ({each})"


async def _turn(ours: Product, stock: Stock) -> tuple[list[Line], dict[str, object]]:
    async with Crowd(WidgetResident, ours.url) as widgets, Crowd(StockResident, stock.url) as rests:
        await _alternate(widgets, rests, WARM_UP)
        our_cpu, stock_cpu = CpuMeter(product_pids(ours)), CpuMeter(stock.pids)
        mine, theirs = await _alternate(widgets, rests, TURNS)
        our_used, stock_used = our_cpu.used(), stock_cpu.used()
    our_p50, our_p95 = _milliseconds(mine)
    stock_p50, stock_p95 = _milliseconds(theirs)
    ratio = our_p50 / stock_p50
    lines = [
        Line(
            "turn",
            "one answered question, p50",
            f"{ratio:.2f} x",
            f"{our_p50:.1f} ms",
            f"{stock_p50:.1f} ms",
            f"<= {WANTED_LATENCY} x",
            ratio <= WANTED_LATENCY,
            f"{TURNS} turns of each side, alternating, {TURNS_IN_CONVERSATION} to a conversation; ours from the "
            "widget's POST to the reply's event, stored durably; stock from the REST POST to its answer, not stored.",
        ),
        Line(
            "turn",
            "one answered question, p95",
            f"{our_p95 / stock_p95:.2f} x",
            f"{our_p95:.1f} ms",
            f"{stock_p95:.1f} ms",
        ),
        Line(
            "turn",
            "processor time for one question",
            f"{sum(our_used.values()) / sum(stock_used.values()):.2f} x",
            _per_message(our_used, TURNS),
            _per_message(stock_used, TURNS),
            note="user and system time of all processes of a side.",
        ),
        Line(
            "turn",
            "questions answered rightly",
            "",
            f"{_right(mine):.0f} %",
            f"{_right(theirs):.0f} %",
            note="the text of the expected intent came back; the questions are ordinary ones, not a test of "
            "understanding.",
        ),
    ]
    raw: dict[str, object] = {
        "ours_ms": [round(1000 * turn.seconds, 2) for turn in mine],
        "stock_ms": [round(1000 * turn.seconds, 2) for turn in theirs],
        "ours_cpu_s": our_used,
        "stock_cpu_s": stock_used,
    }
    return lines, raw


def turn(ours: Product, stock: Stock) -> tuple[list[Line], dict[str, object]]:
    """One resident, one question at a time, both sides alternating."""
    return asyncio.run(_turn(ours, stock))


async def _throughput(ours: Product, stock: Stock) -> tuple[list[Line], dict[str, object]]:
    questions = asked()
    messages = RESIDENTS * RUSH_TURNS
    our_rates: list[float] = []
    stock_rates: list[float] = []
    our_cpu: dict[str, float] = {}
    stock_cpu: dict[str, float] = {}
    async with Crowd(WidgetResident, ours.url) as widgets, Crowd(StockResident, stock.url) as rests:
        await _alternate(widgets, rests, WARM_UP)
        for _ in range(RUSHES):
            for crowd, pids, rates, cpu in (
                (widgets, product_pids(ours), our_rates, our_cpu),
                (rests, stock.pids, stock_rates, stock_cpu),
            ):
                meter = CpuMeter(pids)
                rush = await crowd.all_at_once(RESIDENTS, RUSH_TURNS, questions)
                rates.append(messages / rush.seconds)
                for name, seconds in meter.used().items():
                    cpu[name] = cpu.get(name, 0.0) + seconds
    ratios = [mine / theirs for mine, theirs in zip(our_rates, stock_rates, strict=True)]
    ratio = statistics.median(ratios)
    lines = [
        Line(
            "throughput",
            f"questions per second, {RESIDENTS} residents at once",
            f"{ratio:.2f} x",
            f"{statistics.median(our_rates):.1f} /s",
            f"{statistics.median(stock_rates):.1f} /s",
            f">= {WANTED_THROUGHPUT:.0f} x",
            ratio >= WANTED_THROUGHPUT,
            f"median of {RUSHES} rushes of {messages} questions, the sides taking turns; each resident asks the next "
            "question when the answer to the last one is there.",
        ),
        Line(
            "throughput",
            "processor time for one question in a rush",
            f"{sum(our_cpu.values()) / sum(stock_cpu.values()):.2f} x",
            _per_message(our_cpu, messages * RUSHES),
            _per_message(stock_cpu, messages * RUSHES),
            note="ours includes opening the conversations and their streams.",
        ),
    ]
    raw: dict[str, object] = {"ours_per_second": our_rates, "stock_per_second": stock_rates}
    return lines, raw | {"ours_cpu_s": our_cpu, "stock_cpu_s": stock_cpu}


def throughput(ours: Product, stock: Stock) -> tuple[list[Line], dict[str, object]]:
    """Many residents at once, in rushes that alternate between the sides."""
    return asyncio.run(_throughput(ours, stock))
