"""Who of the staff answers: the dialogs for assigning and taking over, and what they do."""

from litestar import Response, get, post

from bot.desk.errors import tell
from bot.desk.page_conversation import Form, gave_up, parts
from bot.desk.sessions import SignedIn
from bot.desk.web import AnyRequest, from_htmx, go, page
from bot.hub.hub import Hub
from bot.hub.messages import ClaimResult

REASON_LIMIT = 300


@get("/rozmowa/{conversation_id:str}/okno/przydziel", include_in_schema=False)
async def assign_dialog(request: AnyRequest, hub: Hub, watching: SignedIn, conversation_id: str) -> Response[str]:
    """Choose a colleague or a team."""
    return page(
        request,
        "czesci/okno_przydziel.html",
        signed_in=watching,
        conversation=conversation_id,
        colleagues=[found for found in await hub.work.colleagues() if found[0].id != watching.staff.id],
        teams=await hub.work.teams(),
    )


@get("/rozmowa/{conversation_id:str}/okno/przejmij", include_in_schema=False)
async def take_over_dialog(request: AnyRequest, hub: Hub, signed_in: SignedIn, conversation_id: str) -> Response[str]:
    """Give a reason for taking a conversation from a colleague."""
    view = await hub.conversation(signed_in.staff, conversation_id, watching=True, since=None)
    if view.owner != "staff" or view.staff_id == signed_in.staff.id:
        return tell(request, 409, "Tej rozmowy nie prowadzi teraz nikt inny.", reason="przejeta")
    return page(request, "czesci/okno_przejmij.html", signed_in=signed_in, view=view)


@post("/rozmowa/{conversation_id:str}/przydziel", status_code=200, include_in_schema=False)
async def assign(
    request: AnyRequest, hub: Hub, signed_in: SignedIn, conversation_id: str, data: Form
) -> Response[str]:
    """Assign to a colleague ("osoba:<id>") or a team ("zespol:<id>")."""
    kind, _, chosen = data.get("komu", "").partition(":")
    if kind not in ("osoba", "zespol") or not chosen:
        return tell(request, 422, "Proszę wybrać osobę albo zespół.")
    give = hub.work.assign if kind == "osoba" else hub.work.assign_team
    result = await give(signed_in.staff, conversation_id, chosen)
    return await _answer(request, hub, signed_in, conversation_id, result)


@post("/rozmowa/{conversation_id:str}/przejmij-od", status_code=200, include_in_schema=False)
async def take_over(
    request: AnyRequest, hub: Hub, signed_in: SignedIn, conversation_id: str, data: Form
) -> Response[str]:
    """Take a conversation from the colleague who was seen to hold it; the reason stays in the history."""
    reason = " ".join(data.get("powod", "").split())
    if not reason:
        return tell(request, 422, "Proszę podać powód przejęcia.")
    if len(reason) > REASON_LIMIT:
        return tell(request, 422, f"Powód może mieć najwyżej {REASON_LIMIT} znaków.")
    result = await hub.work.take_over(signed_in.staff, conversation_id, data.get("od_kogo", ""), reason)
    return await _answer(request, hub, signed_in, conversation_id, result)


@post("/rozmowa/{conversation_id:str}/zwolnij", status_code=200, include_in_schema=False)
async def release(request: AnyRequest, hub: Hub, signed_in: SignedIn, conversation_id: str) -> Response[str]:
    """Put one's own conversation back into the queue."""
    done = await hub.work.release(signed_in.staff, conversation_id)
    return await gave_up(request, hub, signed_in, conversation_id, done)


@post("/rozmowa/{conversation_id:str}/wznow", status_code=200, include_in_schema=False)
async def resume(request: AnyRequest, hub: Hub, signed_in: SignedIn, conversation_id: str) -> Response[str]:
    """Open a closed conversation again to write to the resident."""
    result = await hub.work.resume(signed_in.staff, conversation_id)
    return await _answer(request, hub, signed_in, conversation_id, result)


async def _answer(
    request: AnyRequest, hub: Hub, signed_in: SignedIn, conversation_id: str, result: ClaimResult
) -> Response[str]:
    if not result.won:
        who = f"Rozmowę prowadzi teraz: {result.owner_name}." if result.owner_name else "Nikt jej teraz nie prowadzi."
        return tell(request, 409, f"Nie zmieniono: w tej rozmowie coś się już zmieniło. {who}", reason="przejeta")
    if not from_htmx(request):
        return go(request, f"/desk/rozmowa/{conversation_id}")
    return await parts(request, hub, signed_in, conversation_id)
