"""Teams, for coordinators: who takes which matters."""

from litestar import Response, get, post

from bot.desk.sessions import SignedIn
from bot.desk.web import AnyRequest, go, needs, page
from bot.hub.hub import Hub
from bot.hub.teams import TeamError
from bot.permissions import Permission

NEW = "nowy"


@get("/zespoly", include_in_schema=False, opt=needs(Permission.COORDINATION))
async def teams_page(request: AnyRequest, hub: Hub, signed_in: SignedIn) -> Response[str]:
    """All teams, each with its members to tick."""
    return await _teams_page(request, hub, signed_in)


@post("/zespoly/{team_id:str}", status_code=200, include_in_schema=False, opt=needs(Permission.COORDINATION))
async def save_team(request: AnyRequest, hub: Hub, signed_in: SignedIn, team_id: str) -> Response[str]:
    """Make a team ("nowy") or change one: its name and members."""
    form = await request.form()
    try:
        await hub.work.save_team(
            signed_in.staff,
            None if team_id == NEW else team_id,
            str(form.get("nazwa", "")),
            [str(member) for member in form.getall("osoba", [])],
        )
    except TeamError as error:
        return await _teams_page(request, hub, signed_in, error=str(error))
    return go(request, "/desk/zespoly")


@post("/zespoly/{team_id:str}/usun", status_code=200, include_in_schema=False, opt=needs(Permission.COORDINATION))
async def delete_team(request: AnyRequest, hub: Hub, signed_in: SignedIn, team_id: str) -> Response[str]:
    """Remove a team; what waits for it waits for everybody."""
    await hub.work.delete_team(signed_in.staff, team_id)
    return go(request, "/desk/zespoly")


async def _teams_page(request: AnyRequest, hub: Hub, signed_in: SignedIn, error: str | None = None) -> Response[str]:
    return page(
        request,
        "zespoly.html",
        signed_in=signed_in,
        status_code=422 if error else 200,
        teams=await hub.work.teams(),
        colleagues=await hub.work.colleagues(),
        mentions=await hub.work.unread_mentions(signed_in.staff),
        error=error,
    )
