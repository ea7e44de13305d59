"""The queue: who waits, whom I serve, whom colleagues serve, who wrote after hours, what has ended."""

from litestar import Response, get

from bot.db.session import Database
from bot.desk import queue_words
from bot.desk.pulse import take_pulse
from bot.desk.sessions import SignedIn
from bot.desk.web import AnyRequest, go, needs, page
from bot.hub.hub import Hub
from bot.permissions import Permission

BESIDE = 25
"""Rows of each kind beside an open conversation."""


@get("/", include_in_schema=False, opt=needs(Permission.OWN_ACCOUNT))
async def queue_page(
    request: AnyRequest,
    hub: Hub,
    database: Database,
    signed_in: SignedIn,
    lista: str | None = None,
    strona: int = 1,
) -> Response[str]:
    """The whole page, one tab of it; whoever does not work on conversations goes to what they may see."""
    if not signed_in.may(Permission.CONVERSATIONS):
        return go(request, "/desk/konto")
    pulse = await take_pulse(database, None, signed_in.staff.id)
    shown = await hub.work.queue_page(signed_in.staff, queue_words.tab_of(lista), strona)
    return page(
        request,
        "kolejka.html",
        signed_in=signed_in,
        queue=shown,
        mentions=await hub.work.unread_mentions(signed_in.staff),
        pulse=pulse,
        title=queue_words.counted_title("Kolejka", shown.counts),
    )


@get("/kolejka", include_in_schema=False)
async def queue_part(
    request: AnyRequest, hub: Hub, watching: SignedIn, lista: str | None = None, strona: int = 1
) -> Response[str]:
    """The tabs and the list alone, for a page that is open."""
    shown = await hub.work.queue_page(watching.staff, queue_words.tab_of(lista), strona, watching=True)
    return page(
        request,
        "czesci/kolejka.html",
        signed_in=watching,
        queue=shown,
        mentions=await hub.work.unread_mentions(watching.staff),
        title=queue_words.counted_title("Kolejka", shown.counts),
    )


@get("/kolejka/obok", include_in_schema=False)
async def queue_beside(
    request: AnyRequest, hub: Hub, watching: SignedIn, rozmowa: str | None = None
) -> Response[str]:
    """The short list beside the open conversation ``rozmowa``."""
    counts = await hub.work.counts(watching.staff)
    mine, waiting = await hub.work.queue_beside(watching.staff, BESIDE)
    return page(
        request,
        "czesci/kolejka_obok.html",
        signed_in=watching,
        mine=mine,
        waiting=waiting,
        counts=counts,
        current=rozmowa,
        mentions=await hub.work.unread_mentions(watching.staff),
        title=queue_words.counted_title("Rozmowa", counts),
    )
