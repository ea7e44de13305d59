"""What retention will delete, and when: a look ahead before it happens by itself."""

from litestar import Response, get

from bot.desk.sessions import SignedIn
from bot.desk.web import AnyRequest, needs, page
from bot.hub.hub import Hub
from bot.hub.retention import LISTED
from bot.permissions import Permission
from bot.settings import Settings

AHEAD = {0: "najbliższej nocy", 7: "w ciągu 7 dni", 30: "w ciągu 30 dni", 90: "w ciągu 90 dni"}


@get("/przechowywanie", include_in_schema=False, opt=needs(Permission.COORDINATION))
async def retention_page(
    request: AnyRequest, hub: Hub, settings: Settings, signed_in: SignedIn, za: int = 0
) -> Response[str]:
    """Counts and the oldest of what is due; ``za`` looks so many days ahead."""
    ahead = za if za in AHEAD else 0
    # Tonight's run is at most a day away.
    due = await hub.work.due_for_deletion(signed_in.staff, days_ahead=ahead or 1)
    return page(
        request,
        "przechowywanie.html",
        signed_in=signed_in,
        due=due,
        ahead=ahead,
        choices=AHEAD,
        settings=settings,
        listed=LISTED,
    )
