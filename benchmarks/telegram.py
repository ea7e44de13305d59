"""Part ``telegram``: 100 chats that write 10 messages each at once; every one answered once, in order."""

from benchmarks.report import Line
from benchmarks.sides import RUNS, asked
from tests.support.botapi import BotApi
from tests.support.botapi_burst import Burst, burst
from tests.support.processes import Product

CHATS = 100
MESSAGES = 10
PATIENCE_SECONDS = 600.0


def _run() -> Burst:
    with BotApi() as api:
        product = Product(RUNS / "telegram", telegram_token=api.token, telegram_api_url=api.url)
        with product as running:
            running.wait_ready()
            people = [api.citizen(f"Osoba {number}") for number in range(CHATS)]
            return burst(api, people, MESSAGES, asked()[:MESSAGES], PATIENCE_SECONDS)


def measure() -> tuple[list[Line], dict[str, object]]:
    """Run the burst against the product and a Bot API server on this machine."""
    found = _run()
    wrong = found.lost + found.doubled + found.chats_out_of_order
    middle, late = found.waits[len(found.waits) // 2], found.waits[int(0.95 * len(found.waits))]
    lines = [
        Line(
            "telegram",
            f"{CHATS} chats, {MESSAGES} messages each at once: lost, doubled, chats out of order",
            "",
            f"{found.lost}, {found.doubled}, {found.chats_out_of_order} of {CHATS * MESSAGES}",
            "",
            "0, 0, 0",
            wrong == 0,
            "each message must get its own answer, once, in the order of the messages.",
        ),
        Line(
            "telegram",
            "the whole burst",
            "",
            f"{found.seconds:.0f} s ({(found.answers + CHATS) / found.seconds:.0f} messages/s)",
            note=f"Telegram allows a bot 30 messages a second, which the rate limiter keeps: {CHATS} greetings and "
            f"{CHATS * MESSAGES} answers take {CHATS * (MESSAGES + 1) / 30:.0f} s at best. From message to answer: "
            f"p50 {middle:.1f} s, p95 {late:.1f} s.",
        ),
    ]
    raw: dict[str, object] = {
        "seconds": found.seconds,
        "answers": found.answers,
        "lost": found.lost,
        "doubled": found.doubled,
        "chats_out_of_order": found.chats_out_of_order,
        "wait_p50_s": middle,
        "wait_p95_s": late,
    }
    return lines, raw
