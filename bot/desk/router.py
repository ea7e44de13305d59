"""Everything under /desk, ready to be mounted.

The application provides the dependencies ``database``, ``hub`` and ``settings``.
"""

from litestar import Router
from litestar.datastructures import CacheControlHeader
from litestar.di import Provide
from litestar.static_files import create_static_files_router

from bot.desk import (
    page_account,
    page_assignment,
    page_audit,
    page_board,
    page_canned,
    page_cases,
    page_conversation,
    page_mentions,
    page_messages,
    page_person,
    page_queue,
    page_requests,
    page_retention,
    page_search,
    page_sign_in,
    page_staff,
    page_statistics,
    page_teams,
)
from bot.desk.errors import exception_handlers
from bot.desk.page_events import live_events, session_check
from bot.desk.web import (
    HERE,
    needs,
    provide_signed_in,
    provide_watching,
    refuse_forgery,
    static_version,
)
from bot.permissions import Permission

_pages = Router(
    path="/",
    before_request=refuse_forgery,
    dependencies={
        "signed_in": Provide(provide_signed_in),
        "watching": Provide(provide_watching),
    },
    # A page that says nothing else belongs to the work on conversations: a new one cannot be open by oversight.
    opt=needs(Permission.CONVERSATIONS),
    route_handlers=[
        page_queue.queue_page,
        page_queue.queue_part,
        page_queue.queue_beside,
        page_conversation.conversation_page,
        page_conversation.conversation_parts,
        page_conversation.claim,
        page_conversation.reply,
        page_conversation.note,
        page_conversation.typing,
        page_conversation.send_again,
        page_conversation.hand_back,
        page_conversation.close,
        page_canned.canned_page,
        page_canned.save_canned,
        page_canned.delete_canned,
        page_canned.inserts,
        page_messages.amend_dialog,
        page_messages.amend,
        page_messages.retract,
        page_assignment.assign_dialog,
        page_assignment.take_over_dialog,
        page_assignment.assign,
        page_assignment.take_over,
        page_assignment.release,
        page_assignment.resume,
        page_board.board_page,
        page_board.board_part,
        page_cases.cases_page,
        page_cases.set_status,
        page_cases.case_dialog,
        page_cases.revise,
        page_mentions.mentions_page,
        page_search.search_page,
        page_requests.printout,
        page_requests.data_page,
        page_requests.copy_json,
        page_requests.copy_text,
        page_requests.erase,
        page_retention.retention_page,
        page_statistics.statistics_page,
        page_statistics.days_file,
        page_statistics.topics_file,
        page_teams.teams_page,
        page_teams.save_team,
        page_teams.delete_team,
        page_sign_in.sign_in_page,
        page_sign_in.sign_in,
        page_sign_in.sign_out,
        page_sign_in.first_use_page,
        page_sign_in.first_use,
        page_sign_in.code_page,
        page_sign_in.give_code,
        page_account.account_page,
        page_account.change_password,
        page_account.end_own_session,
        page_account.end_other_sessions,
        page_account.second_factor_page,
        page_account.begin_second_factor,
        page_account.confirm_second_factor,
        page_account.new_recovery_codes,
        page_account.switch_off_second_factor,
        page_staff.staff_page,
        page_staff.add_staff,
        page_staff.invite,
        page_staff.withdraw,
        page_person.person_page,
        page_person.change_person,
        page_person.new_link,
        page_person.sign_out_person,
        page_person.end_session,
        page_person.reset_second_factor,
        page_person.block,
        page_person.unblock,
        page_audit.audit_page,
        page_audit.audit_file,
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
