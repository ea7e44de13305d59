"""Cases: the list by term, and work on one beside its conversation."""

from litestar import Response, get, post

from bot.desk.errors import tell
from bot.desk.page_conversation import Form, parts
from bot.desk.sessions import SignedIn
from bot.desk.web import AnyRequest, from_htmx, go, page
from bot.hub.casework import PAGE, UnknownValue
from bot.hub.hub import Hub


@get("/zgloszenia", include_in_schema=False)
async def cases_page(
    request: AnyRequest, hub: Hub, signed_in: SignedIn, stan: str = "otwarte", strona: int = 1
) -> Response[str]:
    """Cases that are open, those due first on top, or done."""
    done = stan == "zalatwione"
    strona = max(1, strona)
    rows, total = await hub.work.cases(signed_in.staff, done=done, page=strona)
    return page(
        request,
        "zgloszenia.html",
        signed_in=signed_in,
        rows=rows,
        total=total,
        done=done,
        number=strona,
        pages=max(1, -(-total // PAGE)),
        mentions=await hub.work.unread_mentions(signed_in.staff),
    )


@post("/rozmowa/{conversation_id:str}/zgloszenie/{number:str}/status", status_code=200, include_in_schema=False)
async def set_status(
    request: AnyRequest, hub: Hub, signed_in: SignedIn, conversation_id: str, number: str, data: Form
) -> Response[str]:
    """Move a case on, from the status that was on the page."""
    try:
        done = await hub.work.set_case_status(
            signed_in.staff, number, seen=data.get("widziany", ""), status=data.get("status", "")
        )
    except UnknownValue:
        return tell(request, 422, "Proszę wybrać status.")
    if not done:
        return tell(request, 409, "Status zgłoszenia zmienił się w międzyczasie.", reason="przejeta")
    return await _case_answer(request, hub, signed_in, conversation_id)


@get("/rozmowa/{conversation_id:str}/zgloszenie/{number:str}/okno", include_in_schema=False)
async def case_dialog(
    request: AnyRequest, hub: Hub, watching: SignedIn, conversation_id: str, number: str
) -> Response[str]:
    """Correct topic and urgency."""
    view = await hub.conversation(watching.staff, conversation_id, watching=True, since=None)
    found = next((case for case in view.cases if case.number == number), None)
    if found is None:
        return tell(request, 404, "Nie ma takiego zgłoszenia.")
    return page(
        request,
        "czesci/okno_zgloszenie.html",
        signed_in=watching,
        conversation=conversation_id,
        case=found,
        topics=hub.work.topics,
    )


@post("/rozmowa/{conversation_id:str}/zgloszenie/{number:str}", status_code=200, include_in_schema=False)
async def revise(
    request: AnyRequest, hub: Hub, signed_in: SignedIn, conversation_id: str, number: str, data: Form
) -> Response[str]:
    """Store the corrected topic and urgency; the term follows."""
    try:
        await hub.work.revise_case(
            signed_in.staff, number, topic=data.get("temat", ""), urgent=data.get("pilnosc") == "pilna"
        )
    except UnknownValue:
        return tell(request, 422, "Proszę wybrać temat.")
    return await _case_answer(request, hub, signed_in, conversation_id)


async def _case_answer(request: AnyRequest, hub: Hub, signed_in: SignedIn, conversation_id: str) -> Response[str]:
    if not from_htmx(request):
        return go(request, f"/desk/rozmowa/{conversation_id}")
    return await parts(request, hub, signed_in, conversation_id)
