"""What only the desk asks of the hub: the queue's pages, who holds what, notes, work on cases, sending again."""

from collections.abc import Callable, Iterable
from datetime import date

from sqlalchemy import select

from bot.clock import utc_now
from bot.hub import (
    assignment,
    canned,
    casework,
    claims,
    data_requests,
    notes,
    queue,
    resend,
    retention,
    search,
    teams,
)
from bot.hub.access import look
from bot.hub.board import Board, read_board
from bot.hub.context import Context
from bot.hub.history import ChangeView, read_history
from bot.hub.messages import ClaimResult, NotFound, QueueRow, StaffRef
from bot.hub.notes import MentionView, NoteView
from bot.hub.rights import Erased
from bot.hub.statistics import Period, read_period
from bot.hub.store import STAFF
from bot.metrics import CLAIMS
from bot.permissions import Permission, require, roles_with


class StaffWork:
    """The staff's side of the hub. Everything it returns is already committed."""

    def __init__(self, context: Context, wake_outbox: Callable[[], None]) -> None:
        """Take the hub's context, and what tells its outbox that a notice to a resident waits."""
        self._context = context
        self._wake_outbox = wake_outbox

    # -- the queue

    async def queue_page(
        self, staff: StaffRef, tab: queue.Tab, page: int, *, watching: bool = False
    ) -> queue.QueuePage:
        """Read one page of one tab; ``watching``: a page refreshes itself, no audit line."""
        return await queue.read_page(self._context, staff, tab, page, watching=watching)

    async def counts(self, staff: StaffRef) -> queue.QueueCounts:
        """Count the tabs."""
        return await queue.read_counts(self._context, staff)

    async def queue_beside(self, staff: StaffRef, limit: int) -> tuple[list[QueueRow], list[QueueRow]]:
        """Read what is mine and what waits, for the list beside an open conversation."""
        return await queue.read_beside(self._context, staff, limit)

    async def find(self, staff: StaffRef, wanted: search.Criteria, after: search.Place | None = None) -> search.Found:
        """Search; the search is written down without what it was for. Raises BadCriterion."""
        return await search.find(self._context, staff, wanted, after)

    async def board(self, staff: StaffRef) -> Board:
        """Count what waits and who has what, for a screen on the wall."""
        return await read_board(self._context, staff)

    async def statistics(self, staff: StaffRef, since: date, until: date, channel: str | None) -> Period:
        """Count a period. Raises Forbidden, ValueError: it is empty or longer than a year."""
        return await read_period(self._context, staff, since, until, channel)

    @property
    def titles(self) -> dict[str, str]:
        """The titles of the assistant's answers by intent."""
        knowledge = self._context.knowledge
        return {intent: knowledge.title(intent) or intent for intent in knowledge.intents}

    # -- who answers

    async def assign(self, staff: StaffRef, conversation_id: str, colleague_id: str) -> ClaimResult:
        """Give a conversation to a colleague. Raises NotFound: no such conversation or colleague."""
        require(staff.role, Permission.CONVERSATIONS)
        async with self._context.database.connect() as connection:
            row = (await connection.execute(select(STAFF).where(STAFF.c.id == colleague_id))).first()
        if row is None:
            raise NotFound(colleague_id)
        colleague = StaffRef(row.id, row.name, row.role)
        return self._claimed(await assignment.assign(self._context, staff, conversation_id, colleague))

    async def assign_team(self, staff: StaffRef, conversation_id: str, team_id: str) -> ClaimResult:
        """Put a conversation into the queue for a team. Raises NotFound."""
        return self._claimed(await assignment.assign_team(self._context, staff, conversation_id, team_id))

    async def take_over(self, staff: StaffRef, conversation_id: str, held_by: str, reason: str) -> ClaimResult:
        """Take a conversation from whoever held it when the page was looked at. Raises NotFound."""
        return self._claimed(
            await assignment.take_over(self._context, staff, conversation_id, held_by=held_by, reason=reason)
        )

    async def resume(self, staff: StaffRef, conversation_id: str) -> ClaimResult:
        """Open a closed conversation again. Raises NotFound."""
        return self._claimed(await assignment.resume(self._context, staff, conversation_id))

    async def release(self, staff: StaffRef, conversation_id: str) -> bool:
        """Put one's own conversation back into the queue; False when it was not one's own."""
        done = await assignment.release(self._context, staff, conversation_id)
        self._wake_outbox()
        return done

    async def present(self, staff_id: str) -> None:
        """A page of this person is open: their claims are kept."""
        await claims.mark_present(self._context, staff_id)

    async def return_lapsed(self) -> list[str]:
        """Return to the queue what its holder has left alone."""
        returned = await claims.return_lapsed(self._context)
        self._wake_outbox()
        return returned

    def _claimed(self, result: ClaimResult) -> ClaimResult:
        CLAIMS.labels("yes" if result.won else "no").inc()
        self._wake_outbox()
        return result

    # -- teams

    async def teams(self) -> list[teams.TeamView]:
        """All teams."""
        return await teams.list_teams(self._context)

    async def save_team(self, by: StaffRef, team_id: str | None, name: str, members: Iterable[str]) -> str:
        """Make or change a team. Raises TeamError."""
        return await teams.save_team(self._context, by, team_id, name, members)

    async def delete_team(self, by: StaffRef, team_id: str) -> None:
        """Remove a team."""
        await teams.delete_team(self._context, by, team_id)

    async def colleagues(self) -> list[tuple[StaffRef, str, bool]]:
        """Everybody who can answer: who, their login, and whether a page of theirs is open now."""
        fresh = utc_now() - 3 * claims.PRESENCE_EVERY
        able = STAFF.c.role.in_(roles_with(Permission.CONVERSATIONS))
        query = select(STAFF).where(STAFF.c.blocked.is_(False), able).order_by(STAFF.c.name)
        async with self._context.database.connect() as connection:
            rows = (await connection.execute(query)).all()
        return [
            (StaffRef(row.id, row.name, row.role), row.login, row.present_at is not None and row.present_at > fresh)
            for row in rows
        ]

    async def everybody(self, staff: StaffRef) -> list[tuple[StaffRef, str]]:
        """Everybody who has an account, blocked ones too, with their login: for looking through what has been."""
        require(staff.role, Permission.CONVERSATIONS)
        async with self._context.database.connect() as connection:
            rows = (await connection.execute(select(STAFF).order_by(STAFF.c.name))).all()
        return [(StaffRef(row.id, row.name, row.role), row.login) for row in rows]

    # -- texts that are ready

    async def canned_replies(self, staff: StaffRef) -> list[canned.CannedView]:
        """The canned replies that this person has."""
        return await canned.list_canned(self._context, staff)

    async def save_canned(self, staff: StaffRef, reply_id: str | None, name: str, text: str, *, shared: bool) -> None:
        """Keep a new canned reply or change one. Raises CannedError."""
        await canned.save_canned(self._context, staff, reply_id, name, text, shared=shared)

    async def delete_canned(self, staff: StaffRef, reply_id: str) -> bool:
        """Delete a canned reply; False when it is gone already."""
        return await canned.delete_canned(self._context, staff, reply_id)

    async def inserts(self, staff: StaffRef, conversation_id: str) -> list[canned.Insert]:
        """Replies and facts to put into an answer in this conversation."""
        return await canned.inserts(self._context, staff, conversation_id)

    # -- beside the conversation

    async def notes(self, staff: StaffRef, conversation_id: str) -> list[NoteView]:
        """Read the notes beside a conversation that the person is looking at."""
        await look(self._context, staff, "read", conversation_id, watching=True)
        async with self._context.database.connect() as connection:
            return await notes.read_notes(connection, self._context.keyring, staff, conversation_id)

    async def add_note(self, staff: StaffRef, conversation_id: str, text: str, client_id: str) -> None:
        """Write a note; repeating ``client_id`` writes it once. Raises NotFound, TooLong."""
        await notes.add_note(self._context, staff, conversation_id, text, client_id)

    async def mentions(self, staff: StaffRef) -> list[MentionView]:
        """Read the notes that name this person."""
        return await notes.read_mentions(self._context, staff)

    async def unread_mentions(self, staff: StaffRef) -> int:
        """Count the notes that name this person and wait to be read."""
        return await notes.count_mentions(self._context, staff.id)

    async def mark_mentions_read(self, staff: StaffRef, conversation_id: str) -> None:
        """The person looks at the conversation."""
        await notes.mark_mentions_read(self._context, staff, conversation_id)

    async def history(self, staff: StaffRef, conversation_id: str) -> list[ChangeView]:
        """Read what happened to a conversation and its cases, newest first."""
        await look(self._context, staff, "read", conversation_id, watching=True)
        async with self._context.database.connect() as connection:
            return await read_history(connection, self._context.keyring, conversation_id)

    async def set_case_status(self, staff: StaffRef, number: str, *, seen: str, status: str) -> bool:
        """Move a case on; False when somebody else has moved it meanwhile. Raises NotFound, UnknownValue."""
        return await casework.set_status(self._context, staff, number, seen=seen, status=status)

    async def revise_case(self, staff: StaffRef, number: str, *, topic: str, urgent: bool) -> str:
        """Correct topic and urgency of a case; returns its conversation. Raises NotFound, UnknownValue."""
        return await casework.revise(self._context, staff, number, topic=topic, urgent=urgent)

    async def cases(self, staff: StaffRef, *, done: bool, page: int) -> tuple[list[casework.CaseRow], int]:
        """List cases by term, and count them."""
        return await casework.list_cases(self._context, staff, done=done, page=page)

    # -- a resident's data on request

    async def printout(self, staff: StaffRef, conversation_id: str) -> data_requests.Printout:
        """Read all of a conversation for paper. Raises NotFound."""
        return await data_requests.printout(self._context, staff, conversation_id)

    async def copy_of(self, staff: StaffRef, conversation_id: str) -> data_requests.Copy:
        """Collect a resident's data with the notes about them. Raises NotFound."""
        return await data_requests.copy(self._context, staff, conversation_id)

    async def erasure_preview(self, staff: StaffRef, conversation_id: str) -> data_requests.Preview:
        """Count what an erasure would take and leave. Raises NotFound."""
        return await data_requests.preview(self._context, staff, conversation_id)

    async def erase(self, staff: StaffRef, conversation_id: str, reason: str) -> Erased:
        """Erase a conversation for one of the reasons of `data_requests.REASONS`. Raises NotFound, UnknownReason."""
        erased = await data_requests.erase(self._context, staff, conversation_id, reason)
        self._wake_outbox()
        return erased

    async def due_for_deletion(self, staff: StaffRef, *, days_ahead: int = 0) -> retention.Due:
        """Count and list what retention will delete."""
        return await retention.look_at_due(self._context, staff, days_ahead=days_ahead)

    @property
    def topics(self) -> dict[str, str]:
        """The topics of cases by code, in words."""
        return dict(self._context.knowledge.topics)

    async def send_again(self, staff: StaffRef, conversation_id: str, message_id: str) -> bool:
        """Send a message once more that was refused or got lost; False when there is nothing to repeat."""
        done = await resend.send_again(self._context, staff, conversation_id, message_id)
        self._wake_outbox()
        return done
