"""Teams of staff: who takes which matters. A conversation can be put into the queue for one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from sqlalchemy import Table, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.clock import utc_now
from bot.db.base import new_id
from bot.db.staff_tables import Team, TeamMember
from bot.hub.context import Context
from bot.hub.messages import StaffRef
from bot.hub.store import CONVERSATIONS, audit
from bot.permissions import Permission, require

TEAMS = cast(Table, Team.__table__)
MEMBERS = cast(Table, TeamMember.__table__)
NAME_LIMIT = 60


class TeamError(ValueError):
    """The team cannot be made this way; the message is Polish and says why."""


@dataclass(frozen=True, slots=True)
class TeamView:
    """A team with the ids of its members."""

    id: str
    name: str
    members: frozenset[str]


async def list_teams(context: Context) -> list[TeamView]:
    """All teams by name."""
    async with context.database.connect() as connection:
        rows = (await connection.execute(select(TEAMS).order_by(TEAMS.c.name))).all()
        pairs = (await connection.execute(select(MEMBERS))).all()
    return [
        TeamView(row.id, row.name, frozenset(pair.staff_id for pair in pairs if pair.team_id == row.id))
        for row in rows
    ]


async def save_team(context: Context, by: StaffRef, team_id: str | None, name: str, members: Iterable[str]) -> str:
    """Make a team, or change the name and members of one; returns its id.

    Raises:
        TeamError: no name, too long a name, or another team has it.
        Forbidden: the role does not coordinate.
    """
    require(by.role, Permission.COORDINATION)
    name = " ".join(name.split())
    if not name:
        raise TeamError("Proszę podać nazwę zespołu.")
    if len(name) > NAME_LIMIT:
        raise TeamError(f"Nazwa zespołu może mieć najwyżej {NAME_LIMIT} znaków.")
    now = utc_now()
    try:
        async with context.database.write() as connection:
            if team_id is None:
                team_id = new_id()
                await connection.execute(insert(TEAMS).values(id=team_id, name=name, created_at=now))
            else:
                changed = await connection.execute(update(TEAMS).where(TEAMS.c.id == team_id).values(name=name))
                if changed.rowcount == 0:
                    raise TeamError("Nie ma takiego zespołu.")
                await connection.execute(delete(MEMBERS).where(MEMBERS.c.team_id == team_id))
            rows = [{"team_id": team_id, "staff_id": member} for member in dict.fromkeys(members)]
            if rows:
                await connection.execute(insert(MEMBERS), rows)
            await audit(connection, now, by.id, "team_saved", team_id)
    except IntegrityError as error:
        raise TeamError("Taki zespół już jest albo wybrana osoba nie ma konta.") from error
    return team_id


async def delete_team(context: Context, by: StaffRef, team_id: str) -> None:
    """Remove a team; what waits for it waits for everybody. Raises Forbidden."""
    require(by.role, Permission.COORDINATION)
    now = utc_now()
    async with context.database.write() as connection:
        await connection.execute(update(CONVERSATIONS).where(CONVERSATIONS.c.team_id == team_id).values(team_id=None))
        await connection.execute(delete(MEMBERS).where(MEMBERS.c.team_id == team_id))
        await connection.execute(delete(TEAMS).where(TEAMS.c.id == team_id))
        await audit(connection, now, by.id, "team_deleted", team_id)
