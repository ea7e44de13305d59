"""One conversation: read it, take it over, answer, write a note, send again, hand it back or end it."""

from typing import Annotated
from uuid import uuid4

from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from bot.db.session import Database
from bot.desk import queue_words
from bot.desk.conversation_view import gather
from bot.desk.errors import tell
from bot.desk.page_queue import BESIDE
from bot.desk.pulse import take_pulse
from bot.desk.sessions import SignedIn
from bot.desk.web import AnyRequest, from_htmx, go, page
from bot.hub import canned
from bot.hub.hub import Hub
from bot.hub.messages import Event, NobodyThere, NotFound, NotOwner, TooLong
from bot.safety.masking import mask

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


@get("/rozmowa/{conversation_id:str}", include_in_schema=False)
async def conversation_page(
    request: AnyRequest,
    hub: Hub,
    database: Database,
    signed_in: SignedIn,
    conversation_id: str,
    od: int | None = None,
) -> Response[str]:
    """The whole page, with the queue beside it where there is room."""
    staff = signed_in.staff
    pulse = await take_pulse(database, conversation_id, staff.id)
    shown = await gather(hub, staff, conversation_id, since=od)
    await hub.work.mark_mentions_read(staff, conversation_id)
    counts = await hub.work.counts(staff)
    mine, waiting = await hub.work.queue_beside(staff, BESIDE)
    return page(
        request,
        "rozmowa.html",
        signed_in=signed_in,
        shown=shown,
        view=shown.view,
        mode=shown.mode,
        topics=hub.work.topics,
        colleagues=await hub.work.colleagues(),
        client_id=uuid4().hex,
        note_id=uuid4().hex,
        mine=mine,
        waiting=waiting,
        counts=counts,
        mentions=await hub.work.unread_mentions(staff),
        pulse=pulse,
        current=conversation_id,
        title=queue_words.counted_title("Rozmowa", counts),
    )


@get("/rozmowa/{conversation_id:str}/widok", include_in_schema=False)
async def conversation_parts(
    request: AnyRequest, hub: Hub, watching: SignedIn, conversation_id: str, od: int | None = None
) -> Response[str]:
    """The parts that change, for a page that is open; never the composer, where somebody may be typing."""
    try:
        return await parts(request, hub, watching, conversation_id, since=od, watching=True)
    except NotFound:
        # Erased while somebody looked at it: nothing of it may stay on the screen, but what they were writing does.
        return page(request, "czesci/rozmowa_usunieta.html", signed_in=watching)


@post("/rozmowa/{conversation_id:str}/przejmij", status_code=200, include_in_schema=False)
async def claim(
    request: AnyRequest, hub: Hub, signed_in: SignedIn, conversation_id: str, data: Form
) -> Response[str]:
    """Take the conversation over; whoever comes second is told who was first."""
    result = await hub.claim(signed_in.staff, conversation_id)
    if result.won:
        if data.get("skad") == "kolejka" or not from_htmx(request):
            return go(request, f"/desk/rozmowa/{conversation_id}")
        return await parts(request, hub, signed_in, conversation_id)
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
    if missing := canned.gaps(text):
        return tell(request, 422, f"Nie wysłano. Do uzupełnienia w treści: {', '.join(missing)}.")
    try:
        event = await hub.reply(
            signed_in.staff, conversation_id, text, data.get("client_id", ""), quotes=number(data, "cytat")
        )
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
    # What went out is without the numbers that are never kept, so it is compared with the text without them.
    masked = mask(text)
    changed = event.text != masked.text
    message = None
    if changed:
        message = "Poprzednia wersja została już wysłana. Zmieniona treść pozostała w polu."
    elif masked.kinds:
        message = "Wysłano z ukrytym numerem: numerów PESEL, dowodów, kont i kart nie przesyła się w rozmowie."
    return await parts(
        request,
        hub,
        signed_in,
        conversation_id,
        client_id=uuid4().hex,
        sent=not changed,
        sent_event=event,
        message=message,
        since=number(data, "od"),
    )


@post("/rozmowa/{conversation_id:str}/notatka", status_code=200, include_in_schema=False)
async def note(request: AnyRequest, hub: Hub, signed_in: SignedIn, conversation_id: str, data: Form) -> Response[str]:
    """Write a note for colleagues; the resident never sees it."""
    text = data.get("notatka", "").replace("\r\n", "\n").strip()
    if not text:
        return tell(request, 422, "Proszę wpisać treść notatki.")
    try:
        await hub.work.add_note(signed_in.staff, conversation_id, text, data.get("client_id", ""))
    except TooLong as error:
        return tell(request, 413, f"Notatka może mieć najwyżej {error.limit} znaków.")
    if not from_htmx(request):
        return go(request, f"/desk/rozmowa/{conversation_id}")
    return await parts(
        request, hub, signed_in, conversation_id, note_id=uuid4().hex, sent=True, since=number(data, "od")
    )


@post("/rozmowa/{conversation_id:str}/pisze", status_code=204, include_in_schema=False)
async def typing(hub: Hub, signed_in: SignedIn, conversation_id: str) -> None:
    """Show the resident that an answer is being written, where the channel can; said again while it goes on."""
    await hub.staff_typing(signed_in.staff, conversation_id)


@post("/rozmowa/{conversation_id:str}/ponow/{message_id:str}", status_code=200, include_in_schema=False)
async def send_again(
    request: AnyRequest, hub: Hub, signed_in: SignedIn, conversation_id: str, message_id: str
) -> Response[str]:
    """Send a message once more that the channel refused, or that nobody knows about."""
    if not await hub.work.send_again(signed_in.staff, conversation_id, message_id):
        return tell(request, 409, "Ta wiadomość jest już wysłana albo właśnie się wysyła.", reason="przejeta")
    return await parts(request, hub, signed_in, conversation_id)


@post("/rozmowa/{conversation_id:str}/oddaj", status_code=200, include_in_schema=False)
async def hand_back(request: AnyRequest, hub: Hub, signed_in: SignedIn, conversation_id: str) -> Response[str]:
    """Let the assistant answer again."""
    done = await hub.hand_back(signed_in.staff, conversation_id)
    return await gave_up(request, hub, signed_in, conversation_id, done)


@post("/rozmowa/{conversation_id:str}/zakoncz", status_code=200, include_in_schema=False)
async def close(request: AnyRequest, hub: Hub, signed_in: SignedIn, conversation_id: str) -> Response[str]:
    """End the conversation; a later message of the resident starts a new one with the assistant."""
    done = await hub.close(signed_in.staff, conversation_id)
    return await gave_up(request, hub, signed_in, conversation_id, done)


async def gave_up(
    request: AnyRequest, hub: Hub, signed_in: SignedIn, conversation_id: str, done: bool
) -> Response[str]:
    """Answer to whoever let a conversation go."""
    if not done:
        return tell(request, 409, "Rozmowa nie jest już prowadzona z tego konta.", reason="przejeta")
    if not from_htmx(request):
        return go(request, f"/desk/rozmowa/{conversation_id}")
    return await parts(request, hub, signed_in, conversation_id)


async def parts(
    request: AnyRequest,
    hub: Hub,
    signed_in: SignedIn,
    conversation_id: str,
    *,
    client_id: str | None = None,
    note_id: str | None = None,
    sent: bool = False,
    sent_event: Event | None = None,
    message: str | None = None,
    since: int | None = None,
    watching: bool = False,
) -> Response[str]:
    """Render the parts of an open page that change. ``sent_event`` is offered to be taken back at once."""
    shown = await gather(hub, signed_in.staff, conversation_id, since=since, watching=watching)
    if watching:
        # The page is open before somebody's eyes: what names them there has been read.
        await hub.work.mark_mentions_read(signed_in.staff, conversation_id)
    return page(
        request,
        "czesci/rozmowa.html",
        signed_in=signed_in,
        headers={"X-Desk-Sent": "1"} if sent else None,
        shown=shown,
        view=shown.view,
        mode=shown.mode,
        topics=hub.work.topics,
        client_id=client_id,
        note_id=note_id,
        sent_event=sent_event,
        message=message,
    )


def number(data: dict[str, str], field: str) -> int | None:
    """A whole number of at most 9 digits from a form; None for anything else."""
    value = data.get(field, "")
    return int(value) if value.isdecimal() and len(value) < 10 else None
