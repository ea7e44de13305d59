"""The queue: who waits, whom I serve, whom colleagues serve."""

from litestar import Response, get

from bot.db.session import Database
from bot.desk import presentation
from bot.desk.pulse import take_pulse
from bot.desk.sessions import SignedIn
from bot.desk.web import AnyRequest, go, needs, page
from bot.hub.hub import Hub
from bot.permissions import Permission


@get("/", include_in_schema=False, opt=needs(Permission.OWN_ACCOUNT))
async def queue_page(request: AnyRequest, hub: Hub, database: Database, signed_in: SignedIn) -> Response[str]:
    """The whole page; whoever does not work on conversations goes to what they may see."""
    if not signed_in.may(Permission.CONVERSATIONS):
        return go(request, "/desk/konto")
    pulse = await take_pulse(database, None)
    groups = presentation.groups(await hub.queue(signed_in.staff), signed_in.staff)
    return page(
        request,
        "kolejka.html",
        signed_in=signed_in,
        groups=groups,
        pulse=pulse,
        current=None,
        title=presentation.counted_title("Kolejka", groups),
    )


@get("/kolejka", include_in_schema=False)
async def queue_part(request: AnyRequest, hub: Hub, watching: SignedIn, rozmowa: str | None = None) -> Response[str]:
    """The list alone, for a page that is open; beside the conversation ``rozmowa`` in its narrow form."""
    groups = presentation.groups(await hub.queue(watching.staff, watching=True), watching.staff)
    return page(
        request,
        "czesci/kolejka.html",
        signed_in=watching,
        groups=groups,
        current=rozmowa,
        title=presentation.counted_title("Rozmowa" if rozmowa else "Kolejka", groups),
    )
