"""Notes in which colleagues named me."""

from litestar import Response, get

from bot.db.session import Database
from bot.desk.pulse import take_pulse
from bot.desk.sessions import SignedIn
from bot.desk.web import AnyRequest, page
from bot.hub.hub import Hub


@get("/wzmianki", include_in_schema=False)
async def mentions_page(request: AnyRequest, hub: Hub, database: Database, signed_in: SignedIn) -> Response[str]:
    """The newest notes, unread first; opening a conversation marks its notes as read."""
    pulse = await take_pulse(database, None, signed_in.staff.id)
    return page(
        request,
        "wzmianki.html",
        signed_in=signed_in,
        notes=await hub.work.mentions(signed_in.staff),
        mentions=await hub.work.unread_mentions(signed_in.staff),
        names={login: person.name for person, login, _ in await hub.work.colleagues()},
        pulse=pulse,
    )
