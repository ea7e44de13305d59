"""Canned replies: the page on which they are kept, and the list that an answer takes them from."""

from litestar import Response, get, post

from bot.desk.errors import tell
from bot.desk.page_conversation import Form
from bot.desk.sessions import SignedIn
from bot.desk.web import AnyRequest, go, needs, page
from bot.hub import canned
from bot.hub.hub import Hub
from bot.permissions import Permission

NEW = "nowa"
PAGE = "/desk/gotowe-odpowiedzi"


@get("/gotowe-odpowiedzi", include_in_schema=False, opt=needs(Permission.REPLIES))
async def canned_page(request: AnyRequest, hub: Hub, signed_in: SignedIn) -> Response[str]:
    """Everybody's replies and one's own."""
    return await _canned_page(request, hub, signed_in)


@post("/gotowe-odpowiedzi/{reply_id:str}", status_code=200, include_in_schema=False, opt=needs(Permission.REPLIES))
async def save_canned(request: AnyRequest, hub: Hub, signed_in: SignedIn, reply_id: str, data: Form) -> Response[str]:
    """Keep a new reply ("nowa") or change one; what cannot be kept stays in its form."""
    role = signed_in.staff.role
    shared = data.get("czyja") == "wspolna" if canned.may_own(role) else True
    name, text = data.get("nazwa", ""), data.get("tresc", "")
    known = None if reply_id == NEW else reply_id
    try:
        await hub.work.save_canned(signed_in.staff, known, name, text, shared=shared)
    except canned.CannedError as error:
        typed = {"id": reply_id, "name": name, "text": text, "shared": shared, "error": str(error)}
        return await _canned_page(request, hub, signed_in, typed)
    return go(request, PAGE)


@post(
    "/gotowe-odpowiedzi/{reply_id:str}/usun",
    status_code=200,
    include_in_schema=False,
    opt=needs(Permission.REPLIES),
)
async def delete_canned(request: AnyRequest, hub: Hub, signed_in: SignedIn, reply_id: str) -> Response[str]:
    """Delete a reply."""
    if not await hub.work.delete_canned(signed_in.staff, reply_id):
        return tell(request, 404, "Tej odpowiedzi już nie ma.")
    return go(request, PAGE)


@get("/rozmowa/{conversation_id:str}/wstawki", include_in_schema=False)
async def inserts(request: AnyRequest, hub: Hub, watching: SignedIn, conversation_id: str) -> Response[str]:
    """What the composer offers to insert, with the variables of this conversation filled in."""
    offered = await hub.work.inserts(watching.staff, conversation_id)
    return page(request, "czesci/wstawki.html", signed_in=watching, inserts=offered)


async def _canned_page(
    request: AnyRequest, hub: Hub, signed_in: SignedIn, typed: dict[str, object] | None = None
) -> Response[str]:
    role = signed_in.staff.role
    replies = await hub.work.canned_replies(signed_in.staff)
    if typed is not None and typed["id"] not in {reply.id for reply in replies}:
        typed["id"] = NEW
    return page(
        request,
        "gotowe.html",
        signed_in=signed_in,
        status_code=422 if typed else 200,
        replies=replies,
        typed=typed,
        variables=canned.VARIABLES,
        name_limit=canned.NAME_LIMIT,
        text_limit=canned.TEXT_LIMIT,
        may_share=canned.may_share(role),
        may_own=canned.may_own(role),
        mentions=await hub.work.unread_mentions(signed_in.staff),
    )
