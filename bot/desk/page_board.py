"""The board for a screen on the wall: big figures, nothing of any resident."""

from litestar import Response, get

from bot.db.session import Database
from bot.desk.pulse import take_pulse
from bot.desk.sessions import SignedIn
from bot.desk.web import AnyRequest, page
from bot.hub.hub import Hub


@get("/tablica", include_in_schema=False)
async def board_page(request: AnyRequest, hub: Hub, database: Database, signed_in: SignedIn) -> Response[str]:
    """The whole page."""
    pulse = await take_pulse(database, None, signed_in.staff.id)
    return page(
        request,
        "tablica.html",
        signed_in=signed_in,
        board=await hub.work.board(signed_in.staff),
        mentions=await hub.work.unread_mentions(signed_in.staff),
        pulse=pulse,
    )


@get("/tablica/stan", include_in_schema=False)
async def board_part(request: AnyRequest, hub: Hub, watching: SignedIn) -> Response[str]:
    """The figures alone, for a page that is open."""
    return page(request, "czesci/tablica.html", signed_in=watching, board=await hub.work.board(watching.staff))
