"""One conversation: read it, take it over, answer, hand it back or end it."""

from typing import Annotated
from uuid import uuid4

from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from bot.db.session import Database
from bot.desk import presentation
from bot.desk.errors import tell
from bot.desk.pulse import take_pulse
from bot.desk.sessions import SignedIn
from bot.desk.web import AnyRequest, from_htmx, go, page
from bot.hub.hub import Hub
from bot.hub.messages import ConversationView, NobodyThere, NotOwner, StaffRef, TooLong

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


def mode(view: ConversationView, staff: StaffRef) -> str:
    """What the composer is for now: "moja", "cudza", "czeka", "asystent" or "zamknieta"."""
    if view.owner == "staff":
        return "moja" if view.staff_id == staff.id else "cudza"
    return {"waiting": "czeka", "bot": "asystent"}.get(view.owner, "zamknieta")


@get("/rozmowa/{conversation_id:str}", include_in_schema=False)
async def conversation_page(
    request: AnyRequest, hub: Hub, database: Database, signed_in: SignedIn, conversation_id: str
) -> Response[str]:
    """The whole page, with the queue beside it where there is room."""
    pulse = await take_pulse(database, conversation_id)
    view = await hub.conversation(signed_in.staff, conversation_id)
    groups = presentation.groups(await hub.queue(signed_in.staff, watching=True), signed_in.staff)
    return page(
        request,
        "rozmowa.html",
        signed_in=signed_in,
        view=view,
        mode=mode(view, signed_in.staff),
        client_id=uuid4().hex,
        groups=groups,
        pulse=pulse,
        current=conversation_id,
        title=presentation.counted_title("Rozmowa", groups),
    )


@get("/rozmowa/{conversation_id:str}/widok", include_in_schema=False)
async def conversation_parts(
    request: AnyRequest, hub: Hub, watching: SignedIn, conversation_id: str
) -> Response[str]:
    """The parts that change, for a page that is open; never the composer, where somebody may be typing."""
    return await _parts(request, hub, watching, conversation_id, refresh=True)


@post("/rozmowa/{conversation_id:str}/przejmij", status_code=200, include_in_schema=False)
async def claim(
    request: AnyRequest, hub: Hub, signed_in: SignedIn, conversation_id: str, data: Form
) -> Response[str]:
    """Take the conversation over; whoever comes second is told who was first."""
    result = await hub.claim(signed_in.staff, conversation_id)
    if result.won:
        if data.get("skad") == "kolejka" or not from_htmx(request):
            return go(request, f"/desk/rozmowa/{conversation_id}")
        return await _parts(request, hub, signed_in, conversation_id)
    if result.owner_name:
        return tell(request, 409, f"Rozmowę już prowadzi: {result.owner_name}.", reason="przejeta")
    return tell(request, 409, "Tej rozmowy nie można już przejąć: została zakończona.", reason="przejeta")


@post("/rozmowa/{conversation_id:str}/odpowiedz", status_code=200, include_in_schema=False)
async def reply(
    request: AnyRequest, hub: Hub, signed_in: SignedIn, conversation_id: str, data: Form
) -> Response[str]:
    """Answer the resident. The form's ``client_id`` makes a double click one message."""
    text = data.get("tresc", "").replace("\r\n", "\n").strip()
    if not text:
        return tell(request, 422, "Proszę wpisać treść odpowiedzi.")
    try:
        event = await hub.reply(signed_in.staff, conversation_id, text, data.get("client_id", ""))
    except NobodyThere:
        return tell(
            request,
            409,
            "Nie wysłano: mieszkaniec usunął tę rozmowę. Pozostało zgłoszenie; odpowiedź jest możliwa tylko w inny "
            "sposób, na przykład telefonicznie, jeśli numer jest podany.",
        )
    except NotOwner:
        return tell(
            request,
            409,
            "Nie wysłano: rozmowa nie jest już prowadzona z tego konta. Treść pozostała w polu odpowiedzi.",
        )
    except TooLong as error:
        return tell(request, 413, f"Odpowiedź może mieć najwyżej {error.limit} znaków.")
    if not from_htmx(request):
        return go(request, f"/desk/rozmowa/{conversation_id}")
    # A retry after a lost answer may carry a text edited since: the first one went out, the edit did not.
    changed = event.text != text
    return await _parts(
        request,
        hub,
        signed_in,
        conversation_id,
        client_id=uuid4().hex,
        sent=not changed,
        message="Poprzednia wersja została już wysłana. Zmieniona treść pozostała w polu." if changed else None,
    )


@post("/rozmowa/{conversation_id:str}/oddaj", status_code=200, include_in_schema=False)
async def hand_back(request: AnyRequest, hub: Hub, signed_in: SignedIn, conversation_id: str) -> Response[str]:
    """Let the assistant answer again."""
    done = await hub.hand_back(signed_in.staff, conversation_id)
    return await _gave_up(request, hub, signed_in, conversation_id, done)


@post("/rozmowa/{conversation_id:str}/zakoncz", status_code=200, include_in_schema=False)
async def close(request: AnyRequest, hub: Hub, signed_in: SignedIn, conversation_id: str) -> Response[str]:
    """End the conversation; a later message of the resident starts a new one with the assistant."""
    done = await hub.close(signed_in.staff, conversation_id)
    return await _gave_up(request, hub, signed_in, conversation_id, done)


async def _gave_up(
    request: AnyRequest, hub: Hub, signed_in: SignedIn, conversation_id: str, done: bool
) -> Response[str]:
    if not done:
        return tell(request, 409, "Rozmowa nie jest już prowadzona z tego konta.", reason="przejeta")
    if not from_htmx(request):
        return go(request, f"/desk/rozmowa/{conversation_id}")
    return await _parts(request, hub, signed_in, conversation_id)


async def _parts(
    request: AnyRequest,
    hub: Hub,
    signed_in: SignedIn,
    conversation_id: str,
    *,
    client_id: str | None = None,
    sent: bool = False,
    message: str | None = None,
    refresh: bool = False,
) -> Response[str]:
    view = await hub.conversation(signed_in.staff, conversation_id, watching=refresh)
    return page(
        request,
        "czesci/rozmowa.html",
        signed_in=signed_in,
        headers={"X-Desk-Sent": "1"} if sent else None,
        view=view,
        mode=mode(view, signed_in.staff),
        client_id=client_id,
        message=message,
    )
