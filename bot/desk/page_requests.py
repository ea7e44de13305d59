"""A resident's data on request: a case on paper, a copy to hand out, erasure with a reason."""

from typing import Any

import msgspec
from litestar import Response, get, post

from bot.desk import copy_words
from bot.desk.errors import tell
from bot.desk.page_conversation import Form
from bot.desk.sessions import SignedIn
from bot.desk.web import SECURITY_HEADERS, AnyRequest, needs, page
from bot.hub.data_requests import REASONS, UnknownReason
from bot.hub.hub import Hub
from bot.hub.messages import NotFound
from bot.permissions import Permission

_REQUESTS = needs(Permission.COORDINATION)


@get("/rozmowa/{conversation_id:str}/wydruk", include_in_schema=False)
async def printout(
    request: AnyRequest,
    hub: Hub,
    signed_in: SignedIn,
    conversation_id: str,
    wybrano: bool = False,
    przebieg: bool = False,
    historia: bool = False,
    notatki: bool = False,
) -> Response[str]:
    """Cases, history and conversation for paper; staff's notes only where they are asked for."""
    shown = await hub.work.printout(signed_in.staff, conversation_id)
    return page(
        request,
        "wydruk.html",
        signed_in=signed_in,
        shown=shown,
        view=shown.view,
        topics=hub.work.topics,
        with_thread=przebieg or not wybrano,
        with_history=historia or not wybrano,
        with_notes=notatki,
    )


@get("/dane/{conversation_id:str}", include_in_schema=False, opt=_REQUESTS)
async def data_page(request: AnyRequest, hub: Hub, signed_in: SignedIn, conversation_id: str) -> Response[str]:
    """What can be done on a resident's request, and what an erasure would take and leave."""
    return await _page(request, hub, signed_in, conversation_id)


@get("/dane/{conversation_id:str}/kopia.json", include_in_schema=False, opt=_REQUESTS)
async def copy_json(hub: Hub, signed_in: SignedIn, conversation_id: str) -> Response[bytes]:
    """The copy for machines (RODO art. 20)."""
    found = await hub.work.copy_of(signed_in.staff, conversation_id)
    content = msgspec.json.format(msgspec.json.encode(copy_words.as_data(found)), indent=2)
    return _file(content, "application/json", conversation_id, "json")


@get("/dane/{conversation_id:str}/kopia.txt", include_in_schema=False, opt=_REQUESTS)
async def copy_text(hub: Hub, signed_in: SignedIn, conversation_id: str) -> Response[bytes]:
    """The copy for people (RODO art. 15)."""
    found = await hub.work.copy_of(signed_in.staff, conversation_id)
    # The mark at the start tells old programs that it is UTF-8.
    content = ("\ufeff" + copy_words.as_text(found, hub.work.topics)).encode()
    return _file(content, "text/plain; charset=utf-8", conversation_id, "txt")


@post("/dane/{conversation_id:str}/usun", status_code=200, include_in_schema=False, opt=_REQUESTS)
async def erase(
    request: AnyRequest, hub: Hub, signed_in: SignedIn, conversation_id: str, data: Form
) -> Response[str]:
    """Erase; the reason and a tick say that it is meant."""
    reason = data.get("powod", "")
    if reason not in REASONS:
        return await _page(request, hub, signed_in, conversation_id, error="Proszę wybrać powód usunięcia.")
    if data.get("potwierdzam") != "tak":
        return await _page(
            request,
            hub,
            signed_in,
            conversation_id,
            reason=reason,
            error="Proszę potwierdzić, że dane mają być usunięte.",
        )
    try:
        erased = await hub.work.erase(signed_in.staff, conversation_id, reason)
    except UnknownReason:
        return tell(request, 422, "Proszę wybrać powód usunięcia.")
    except NotFound:
        return tell(request, 409, "Ta rozmowa została już usunięta.")
    return page(request, "usunieto.html", signed_in=signed_in, erased=erased, conversation_id=conversation_id)


async def _page(
    request: AnyRequest,
    hub: Hub,
    signed_in: SignedIn,
    conversation_id: str,
    *,
    reason: str = "",
    error: str | None = None,
) -> Response[str]:
    values: dict[str, Any] = {"reason": reason, "error": error, "reasons": copy_words.REASONS}
    preview = await hub.work.erasure_preview(signed_in.staff, conversation_id)
    return page(
        request,
        "dane.html",
        signed_in=signed_in,
        status_code=422 if error else 200,
        preview=preview,
        **values,
    )


def _file(content: bytes, media_type: str, conversation_id: str, ending: str) -> Response[bytes]:
    name = f"dane-{conversation_id[:8]}.{ending}"
    headers = SECURITY_HEADERS | {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)
