"""Canned replies, with a few that everybody has from the start. They can be changed and deleted like any other."""

from datetime import UTC, datetime

import sqlalchemy as sa
from advanced_alchemy.types import DateTimeUTC
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

STARTING = (
    (
        "Powitanie",
        "Dzień dobry. Tu {pracownik}, pracownik MOPS. Już sprawdzam, jak można pomóc.",
    ),
    (
        "Proszę chwilę poczekać",
        "Proszę chwilę poczekać, sprawdzam tę sprawę. Odpowiedź pojawi się tutaj.",
    ),
    (
        "Numer zgłoszenia",
        "Zgłoszenie ma numer {numer zgłoszenia}. Można go podać przez telefon: {telefon sekretariatu}.",
    ),
    (
        "Prośba o telefon do kontaktu",
        "Proszę podać numer telefonu, pod który można oddzwonić, i dogodną porę rozmowy.",
    ),
    (
        "Własna sprawa: telefon",
        "O własnej sprawie nie można rozmawiać na czacie, bo nie da się tu potwierdzić tożsamości. Proszę zadzwonić "
        "do sekretariatu: {telefon sekretariatu}.",
    ),
    (
        "Proszę nie podawać PESEL",
        "Proszę nie podawać tu numeru PESEL, numeru dowodu ani numeru konta. Do tej rozmowy nie są potrzebne.",
    ),
    (
        "Czat to nie wniosek",
        "Rozmowa na czacie nie jest wnioskiem. Jak złożyć wniosek, wyjaśni pracownik sekretariatu: "
        "{telefon sekretariatu}.",
    ),
    (
        "Zakończenie",
        "Jeżeli to wszystko, rozmowa zostanie zakończona. W razie dalszych pytań wystarczy napisać tutaj ponownie.",
    ),
)


def upgrade() -> None:

    table = op.create_table(
        "canned_replies",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("staff_id", sa.String(length=32), nullable=True),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("updated_at", DateTimeUTC(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_canned_replies_staff_id", "canned_replies", ["staff_id"])
    now = datetime.now(UTC)
    op.bulk_insert(
        table,
        [
            {"id": f"{number:032x}", "staff_id": None, "name": name, "text": text, "updated_at": now}
            for number, (name, text) in enumerate(STARTING, start=1)
        ],
    )


def downgrade() -> None:

    op.drop_index("ix_canned_replies_staff_id", "canned_replies")
    op.drop_table("canned_replies")
