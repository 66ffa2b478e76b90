"""What announcements need: consents, and who is to get what.

A delivery of an announcement outlives its message and its person, so the outbox lets go of both where it used to go
with them. Its table is made anew on SQLite, which cannot change a column.
"""

import sqlalchemy as sa
from alembic import op

from storage.tables import Utc

revision = "0008"
down_revision = "0007"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_QUEUED = "status = 'queued'"
_ATTEMPTED = f"{_QUEUED} AND attempted_at IS NOT NULL"
_BULK = "announcement_id IS NOT NULL"
_FOREIGN = (
    ("message_id", "messages", "SET NULL"),
    ("address_id", "addresses", "SET NULL"),
    ("announcement_id", "announcements", None),
    ("resident_id", "residents", "SET NULL"),
)
_KEPT = (
    "id, message_id, address_id, channel, lane, status, reason, not_before, lease_owner, lease_until, attempts, "
    "attempted_at, repeated, platform_id, created_at, finished_at"
)


def upgrade() -> None:
    _announcements()
    _people()
    op.add_column("messages", sa.Column("announcement_id", ID, nullable=True))
    _index("ix_messages_announcement_id_address_id", "messages", ["announcement_id", "address_id"], _BULK)
    if op.get_bind().dialect.name == "sqlite":
        _remake_outbox()
    else:
        _alter_outbox()
    bulk_queued = ["channel", "announcement_id", "not_before", "id"]
    _index("ix_outbox_bulk_queued", "outbox", bulk_queued, f"{_QUEUED} AND {_BULK}")
    _index("ix_outbox_announcement_id_status", "outbox", ["announcement_id", "status", "id"], _BULK)
    _index("ix_outbox_resident_id_created_at", "outbox", ["resident_id", "created_at"], _BULK)


def _index(name: str, table: str, columns: list[str], only: str, *, unique: bool = False) -> None:
    where = sa.text(only)
    op.create_index(name, table, columns, unique=unique, sqlite_where=where, postgresql_where=where)


def _alter_outbox() -> None:
    op.add_column("outbox", sa.Column("announcement_id", ID, nullable=True))
    op.add_column("outbox", sa.Column("resident_id", ID, nullable=True))
    op.add_column("outbox", sa.Column("area_code", sa.String(length=10), nullable=True))
    for column in ("message_id", "address_id"):
        op.alter_column("outbox", column, nullable=True)
        op.drop_constraint(f"fk_outbox_{column}", "outbox", type_="foreignkey")
    for column, table, on_delete in _FOREIGN:
        op.create_foreign_key(f"fk_outbox_{column}", "outbox", table, [column], ["id"], ondelete=on_delete)
    pair = ["announcement_id", "resident_id"]
    op.create_unique_constraint("uq_outbox_announcement_id_resident_id", "outbox", pair)


def _remake_outbox() -> None:
    op.rename_table("outbox", "outbox_before")
    for index in ("ix_outbox_address_id", "ix_outbox_queued", "ix_outbox_attempted"):
        op.drop_index(index, "outbox_before")
    op.create_table(
        "outbox",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("message_id", ID, nullable=True),
        sa.Column("address_id", ID, nullable=True),
        sa.Column("announcement_id", ID, nullable=True),
        sa.Column("resident_id", ID, nullable=True),
        sa.Column("area_code", sa.String(length=10), nullable=True),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("lane", sa.SmallInteger(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("not_before", Utc(), nullable=False),
        sa.Column("lease_owner", sa.String(length=40), nullable=True),
        sa.Column("lease_until", Utc(), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("attempted_at", Utc(), nullable=True),
        sa.Column("repeated", sa.Boolean(), nullable=False),
        sa.Column("platform_id", sa.String(length=80), nullable=True),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("finished_at", Utc(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("message_id", name="uq_outbox_message_id"),
        sa.UniqueConstraint("announcement_id", "resident_id", name="uq_outbox_announcement_id_resident_id"),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=f"fk_outbox_{column}", ondelete=on_delete)
            for column, table, on_delete in _FOREIGN
        ),
        sqlite_autoincrement=True,
    )
    op.execute(f"INSERT INTO outbox ({_KEPT}) SELECT {_KEPT} FROM outbox_before")  # noqa: S608  # our own words
    op.drop_table("outbox_before")
    op.create_index("ix_outbox_address_id", "outbox", ["address_id"])
    _index("ix_outbox_queued", "outbox", ["channel", "lane", "id"], _QUEUED)
    _index("ix_outbox_attempted", "outbox", ["channel", "lease_until"], _ATTEMPTED)


def _announcements() -> None:
    op.create_table(
        "announcements",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("link", sa.String(length=300), nullable=True),
        sa.Column("pictures", sa.JSON(), nullable=False),
        sa.Column("audience", sa.JSON(), nullable=False),
        sa.Column("send_at", Utc(), nullable=True),
        sa.Column("spread_hours", sa.Integer(), nullable=False),
        sa.Column("late_joiners", sa.Boolean(), nullable=False),
        sa.Column("named_consent", sa.String(length=300), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by", ID, nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("submitted_by", ID, nullable=True),
        sa.Column("submitted_at", Utc(), nullable=True),
        sa.Column("approved_by", ID, nullable=True),
        sa.Column("approved_at", Utc(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("started_at", Utc(), nullable=True),
        sa.Column("cursor", ID, nullable=False),
        sa.Column("expanded_at", Utc(), nullable=True),
        sa.Column("late_cursor", ID, nullable=False),
        sa.Column("finished_at", Utc(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_announcements"),
        sa.UniqueConstraint("code", name="uq_announcements_code"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_announcements_status_send_at", "announcements", ["status", "send_at"], unique=False)
    op.create_table(
        "channel_files",
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("file", sa.String(length=64), nullable=False),
        sa.Column("ref", sa.String(length=300), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "file", name="pk_channel_files"),
    )
    op.create_table(
        "leaflets",
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("area_code", sa.String(length=10), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_leaflets"),
    )


def _people() -> None:
    op.add_column("residents", sa.Column("category_sealed", sa.LargeBinary(), nullable=True))
    op.add_column("residents", sa.Column("preferred_channel", sa.String(length=20), nullable=True))
    # Nothing ever wrote into it.
    op.drop_column("residents", "household_category")
    op.create_table(
        "consents",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("resident_id", ID, nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("wording", sa.String(length=20), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("given_at", Utc(), nullable=False),
        sa.Column("withdrawn_at", Utc(), nullable=True),
        sa.Column("withdrawn_channel", sa.String(length=20), nullable=True),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["residents.id"], name="fk_consents_resident_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_consents"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_consents_resident_id", "consents", ["resident_id"], unique=False)
    op.create_index(
        "uq_consents_given",
        "consents",
        ["resident_id", "purpose"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
