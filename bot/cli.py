"""The ``mops`` command."""

import asyncio
import sys
from pathlib import Path

import click

from bot.errors import StartupError
from bot.model_commands import data, evaluate, models, train
from bot.permissions import ROLES
from bot.settings import Settings, load_settings


def _settings(context: click.Context) -> Settings:
    if context.obj is None:
        context.obj = load_settings()
    settings: Settings = context.obj
    return settings


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """The municipal assistant: start it, train it, look after staff and facts.

    Settings are environment variables that begin with MOPS_ (see docs/operators.md).
    """


@cli.command()
@click.pass_context
def serve(context: click.Context) -> None:
    """Start the whole product: gateway, engine, channels, staff desk."""
    from bot import serve as serving

    serving.run(_settings(context), click.echo)


for command in (train, evaluate, models, data):
    cli.add_command(command)


@cli.group()
def db() -> None:
    """The database."""


@db.command("upgrade")
@click.pass_context
def db_upgrade(context: click.Context) -> None:
    """Bring the database to the schema of this version."""
    from bot.db import migrate

    changed = asyncio.run(migrate.upgrade(_settings(context).database))
    click.echo("Upgraded." if changed else "Already at the newest schema.")


@cli.group()
def search() -> None:
    """The staff's search."""


@search.command("reindex")
@click.pass_context
def search_reindex(context: click.Context) -> None:
    """Index everything anew under the newest key; the product may run meanwhile."""
    from bot.maintenance import reindex

    done = asyncio.run(reindex(_settings(context), click.echo))
    click.echo(f"Indexed {done} conversations.")


@cli.group()
def retention() -> None:
    """What goes by itself after the periods of MOPS_RETENTION_*."""


@retention.command("preview")
@click.option("--days-ahead", type=click.IntRange(0, 3650), default=0, help="look so far ahead")
@click.pass_context
def retention_preview(context: click.Context, days_ahead: int) -> None:
    """Show what is due; nothing is deleted."""
    from bot.maintenance import due_for_deletion

    due = asyncio.run(due_for_deletion(_settings(context), days_ahead))
    click.echo(
        f"Conversations: {due.conversations} (with {due.cases} cases). Emptied to their cases: {due.emptied}. "
        f"Lines of the audit trail: {due.audit_lines}."
    )
    for row in due.rows:
        what = "all" if row.whole else "words"
        click.echo(f"{row.changed:%Y-%m-%d} {row.conversation_id} {what} {' '.join(row.numbers)}".rstrip())


@retention.command("run")
@click.pass_context
def retention_run(context: click.Context) -> None:
    """Delete what is due now instead of at night."""
    from bot.maintenance import delete_due

    done = asyncio.run(delete_due(_settings(context)))
    click.echo(
        f"Deleted {done.conversations} conversations, emptied {done.emptied} to their cases, "
        f"deleted {done.audit_lines} lines of the audit trail."
    )


@cli.group()
def key() -> None:
    """The encryption key."""


@key.command("new")
@click.argument("path", type=click.Path(path_type=Path))
def key_new(path: Path) -> None:
    """Write a new key file; never overwrites one."""
    from bot.crypto import Keyring

    try:
        Keyring.create_file(path)
    except FileExistsError:
        raise StartupError(f"{path} exists already; it was not touched.") from None
    click.echo(f"Wrote {path}. Back it up apart from the database.")


@cli.group()
def knowledge() -> None:
    """The facts."""


@knowledge.command("check")
@click.pass_context
def knowledge_check(context: click.Context) -> None:
    """Validate knowledge/ and warn of facts that nobody has verified for long."""
    from bot.app import load_knowledge

    store = load_knowledge(_settings(context))
    for warning in store.warnings:
        click.echo(f"warning: {warning}")
    click.echo("The facts are valid.")


@cli.group()
def staff() -> None:
    """Staff accounts."""


@staff.command("add")
@click.option("--login", required=True)
@click.option("--name", help="First name or role, as residents see it (default: the login).")
@click.option("--role", required=True, type=click.Choice(ROLES))
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.pass_context
def staff_add(context: click.Context, login: str, name: str | None, role: str, password_stdin: bool) -> None:
    """Add an account."""
    from bot.desk.accounts import AccountError, create_staff

    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)

    async def add() -> None:
        from bot.db import migrate
        from bot.db.session import Database

        url = _settings(context).database
        await migrate.upgrade(url)
        database = Database(url)
        try:
            await create_staff(database, login, name or login, role, password)
        finally:
            await database.close()

    try:
        asyncio.run(add())
    except AccountError as error:
        raise StartupError(str(error)) from None
    click.echo(f"Added {login} ({role}).")


@staff.command("invite")
@click.option("--role", required=True, type=click.Choice(ROLES))
@click.pass_context
def staff_invite(context: click.Context, role: str) -> None:
    """Print a one-time link with which a person creates an account."""
    from bot.db.session import Database
    from bot.desk.accounts import create_invite

    settings = _settings(context)

    async def invite() -> str:
        database = Database(settings.database)
        try:
            return await create_invite(database, role, settings.invite_hours)
        finally:
            await database.close()

    address = settings.public_url or f"http://{settings.host}:{settings.port}"
    click.echo(f"{address}/desk/pierwsze-uruchomienie?kod={asyncio.run(invite())}")


@staff.command("second-factor-off")
@click.option("--login", required=True)
@click.pass_context
def staff_second_factor_off(context: click.Context, login: str) -> None:
    """Let an account in by its password alone, when the phone and the recovery codes are lost."""
    from bot.db.session import Database
    from bot.desk import accounts, second_factor

    async def switch_off() -> bool:
        database = Database(_settings(context).database)
        try:
            staff_id = await accounts.find_login(database, login)
            return staff_id is not None and await second_factor.switch_off(database, staff_id, by=None)
        finally:
            await database.close()

    if not asyncio.run(switch_off()):
        raise StartupError(f"No account {login} with a second factor.")
    click.echo(f"The second factor of {login} is off; the account is signed out everywhere.")


@cli.group()
def alerts() -> None:
    """Messages to whoever is on duty (MOPS_ALERT_URLS)."""


@alerts.command("test")
@click.pass_context
def alerts_test(context: click.Context) -> None:
    """Send a test message to every address and show what went wrong."""
    from bot import alerts as sending

    settings = _settings(context)
    targets = sending.load_targets(settings)
    if not targets:
        raise StartupError("No address is set: see MOPS_ALERT_URLS in docs/operators.md.")
    failed = []
    for target, reason in asyncio.run(sending.try_all(settings, targets)):
        click.echo(f"{target.name}: {'sent' if reason is None else 'not sent'}")
        if reason is not None:
            failed.append(target.name)
            click.echo(reason, err=True)
    if failed:
        raise StartupError(
            f"The test message did not reach {', '.join(failed)}. Check the address, its password and whether "
            "this machine may connect there; what each service needs: https://appriseit.com/services/"
        )


def main() -> None:
    """Run the command; what an operator can mend is one sentence on standard error, exit code 1."""
    try:
        cli()
    except StartupError as error:
        click.echo(f"mops: {error}", err=True)
        sys.exit(1)
