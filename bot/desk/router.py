"""Everything under /desk, ready to be mounted.

The application provides the dependencies ``database``, ``hub`` and ``settings``.
"""

from litestar import Router
from litestar.datastructures import CacheControlHeader
from litestar.di import Provide
from litestar.static_files import create_static_files_router

from bot.desk import page_conversation, page_queue, page_sign_in, page_staff
from bot.desk.errors import exception_handlers
from bot.desk.page_events import live_events, session_check
from bot.desk.web import (
    HERE,
    provide_administrator,
    provide_signed_in,
    provide_watching,
    refuse_forgery,
    static_version,
)

_pages = Router(
    path="/",
    before_request=refuse_forgery,
    dependencies={
        "signed_in": Provide(provide_signed_in),
        "watching": Provide(provide_watching),
        "administrator": Provide(provide_administrator),
    },
    route_handlers=[
        page_queue.queue_page,
        page_queue.queue_part,
        page_conversation.conversation_page,
        page_conversation.conversation_parts,
        page_conversation.claim,
        page_conversation.reply,
        page_conversation.hand_back,
        page_conversation.close,
        page_sign_in.sign_in_page,
        page_sign_in.sign_in,
        page_sign_in.sign_out,
        page_sign_in.first_use_page,
        page_sign_in.first_use,
        page_staff.staff_page,
        page_staff.add_staff,
        page_staff.new_link,
        page_staff.block,
        page_staff.unblock,
        live_events,
        session_check,
    ],
)

_static = create_static_files_router(
    path=f"/static/{static_version()}",
    directories=[HERE / "static"],
    name="desk-static",
    # The address changes with the content, so a browser need not ask again.
    cache_control=CacheControlHeader(max_age=31_536_000, immutable=True, public=True),
)

desk_router = Router(path="/desk", exception_handlers=exception_handlers, route_handlers=[_pages, _static])
