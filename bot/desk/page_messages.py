"""Messages that were sent already: correct one's own, or take it back."""

from litestar import Response, get, post

from bot.desk.errors import tell
from bot.desk.page_conversation import Form, number, parts
from bot.desk.presentation import FIXED
from bot.desk.sessions import SignedIn
from bot.desk.web import AnyRequest, from_htmx, go, page
from bot.hub.hub import Hub
from bot.hub.messages import CannotChange, NotFound, NotOwner, TooLong

GONE = "Tej wiadomości już nie ma albo została wcześniej cofnięta."
NOT_MINE = "Poprawić lub cofnąć wiadomość może tylko osoba, która ją napisała."


@get("/rozmowa/{conversation_id:str}/okno/popraw", include_in_schema=False)
async def amend_dialog(
    request: AnyRequest, hub: Hub, signed_in: SignedIn, conversation_id: str, seq: int = 0
) -> Response[str]:
    """The text of an own message, to be corrected."""
    view = await hub.conversation(signed_in.staff, conversation_id, watching=True, since=seq)
    event = next((each for each in view.events if each.seq == seq), None)
    if event is None or event.retracted:
        return tell(request, 404, GONE)
    if event.author != "staff" or event.staff_id != signed_in.staff.id:
        return tell(request, 409, NOT_MINE)
    return page(request, "czesci/okno_popraw.html", signed_in=signed_in, view=view, event=event)


@post("/rozmowa/{conversation_id:str}/popraw", status_code=200, include_in_schema=False)
async def amend(
    request: AnyRequest, hub: Hub, signed_in: SignedIn, conversation_id: str, data: Form
) -> Response[str]:
    """Store the corrected text; the resident sees it where the channel shows it."""
    text = data.get("tresc", "").replace("\r\n", "\n").strip()
    if not text:
        return tell(request, 422, "Proszę wpisać treść. Całą wiadomość można cofnąć.")
    try:
        await hub.amend(signed_in.staff, conversation_id, number(data, "seq") or 0, text)
    except TooLong as error:
        return tell(request, 413, f"Wiadomość może mieć najwyżej {error.limit} znaków.")
    except (NotFound, NotOwner, CannotChange) as error:
        return _refused(request, error)
    return await _changed(request, hub, signed_in, conversation_id, data)


@post("/rozmowa/{conversation_id:str}/cofnij", status_code=200, include_in_schema=False)
async def retract(
    request: AnyRequest, hub: Hub, signed_in: SignedIn, conversation_id: str, data: Form
) -> Response[str]:
    """Take an own message back; its text stays for staff."""
    try:
        await hub.retract(signed_in.staff, conversation_id, number(data, "seq") or 0)
    except (NotFound, NotOwner, CannotChange) as error:
        return _refused(request, error)
    return await _changed(request, hub, signed_in, conversation_id, data)


async def _changed(
    request: AnyRequest, hub: Hub, signed_in: SignedIn, conversation_id: str, data: Form
) -> Response[str]:
    if not from_htmx(request):
        return go(request, f"/desk/rozmowa/{conversation_id}")
    return await parts(request, hub, signed_in, conversation_id, since=number(data, "od"))


def _refused(request: AnyRequest, error: Exception) -> Response[str]:
    if isinstance(error, CannotChange):
        return tell(request, 409, FIXED[error.why])
    return tell(request, 409, NOT_MINE if isinstance(error, NotOwner) else GONE)
