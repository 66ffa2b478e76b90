"""What announcements and events need: consents, who is to get what, sign-ups, what a dialogue came to.

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
    _events()
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
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcements")),
        sa.UniqueConstraint("code", name=op.f("uq_announcements_code")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_announcements_status_send_at", "announcements", ["status", "send_at"], unique=False)
    op.create_table(
        "channel_files",
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("file", sa.String(length=64), nullable=False),
        sa.Column("ref", sa.String(length=300), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "file", name=op.f("pk_channel_files")),
    )
    op.create_table(
        "leaflets",
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("area_code", sa.String(length=10), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_leaflets")),
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
            ["resident_id"], ["residents.id"], name=op.f("fk_consents_resident_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
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


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("announcement_id", ID, nullable=False),
        sa.Column("type", sa.String(length=10), nullable=False),
        sa.Column("starts_at", Utc(), nullable=False),
        sa.Column("ends_at", Utc(), nullable=True),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("map_link", sa.String(length=300), nullable=True),
        sa.Column("area_code", sa.String(length=10), nullable=True),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("details_version", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("remind_before", sa.JSON(), nullable=False),
        sa.Column("check_in_code", sa.String(length=12), nullable=False),
        sa.Column("minutes", sa.Text(), nullable=True),
        sa.Column("minutes_by", ID, nullable=True),
        sa.Column("minutes_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(
            ["announcement_id"], ["announcements.id"], name=op.f("fk_events_announcement_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("announcement_id", name=op.f("uq_events_announcement_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_events_starts_at"), "events", ["starts_at"], unique=False)
    op.create_table(
        "agenda_items",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("event_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=True),
        sa.Column("outcome_text", sa.Text(), nullable=True),
        sa.Column("outcome_by", ID, nullable=True),
        sa.Column("outcome_at", Utc(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_agenda_items_event_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agenda_items")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_agenda_items_event_id"), "agenda_items", ["event_id"], unique=False)
    op.create_table(
        "event_notices",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("event_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("details_version", sa.Integer(), nullable=False),
        sa.Column("due_at", Utc(), nullable=False),
        sa.Column("cursor", ID, nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("done_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_event_notices_event_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_notices")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_event_notices_due",
        "event_notices",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_index(op.f("ix_event_notices_event_id"), "event_notices", ["event_id"], unique=False)
    op.create_table(
        "rsvps",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("event_id", ID, nullable=False),
        sa.Column("resident_id", ID, nullable=True),
        sa.Column("address_id", ID, nullable=True),
        sa.Column("area_code", sa.String(length=10), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("people", sa.SmallInteger(), nullable=False),
        sa.Column("answered_at", Utc(), nullable=False),
        sa.Column("queued_at", Utc(), nullable=False),
        sa.Column("details_version", sa.Integer(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("attended_people", sa.SmallInteger(), nullable=True),
        sa.Column("attended_at", Utc(), nullable=True),
        sa.Column("attended_by", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["address_id"], ["addresses.id"], name=op.f("fk_rsvps_address_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_rsvps_event_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["residents.id"], name=op.f("fk_rsvps_resident_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rsvps")),
        sa.UniqueConstraint("event_id", "resident_id", name=op.f("uq_rsvps_event_id_resident_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_rsvps_address_id"), "rsvps", ["address_id"], unique=False)
    op.create_index(
        "ix_rsvps_event_id_status_queued_at_id",
        "rsvps",
        ["event_id", "status", "queued_at", "id"],
        unique=False,
    )
    op.create_index(op.f("ix_rsvps_resident_id"), "rsvps", ["resident_id"], unique=False)
    op.create_table(
        "survey_answers",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("event_id", ID, nullable=False),
        sa.Column("resident_id", ID, nullable=True),
        sa.Column("area_code", sa.String(length=10), nullable=True),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.Column("at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_survey_answers_event_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["residents.id"], name=op.f("fk_survey_answers_resident_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_answers")),
        sa.UniqueConstraint("event_id", "resident_id", name=op.f("uq_survey_answers_event_id_resident_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_survey_answers_resident_id"), "survey_answers", ["resident_id"], unique=False)
    op.create_table(
        "event_questions",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("event_id", ID, nullable=False),
        sa.Column("resident_id", ID, nullable=True),
        sa.Column("address_id", ID, nullable=True),
        sa.Column("area_code", sa.String(length=10), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("item_id", ID, nullable=True),
        sa.Column("told_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(
            ["address_id"], ["addresses.id"], name=op.f("fk_event_questions_address_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_event_questions_event_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["agenda_items.id"], name=op.f("fk_event_questions_item_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"],
            ["residents.id"],
            name=op.f("fk_event_questions_resident_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_questions")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_event_questions_address_id"), "event_questions", ["address_id"], unique=False)
    op.create_index(op.f("ix_event_questions_event_id"), "event_questions", ["event_id"], unique=False)
    op.create_index(op.f("ix_event_questions_item_id"), "event_questions", ["item_id"], unique=False)
    op.create_index(op.f("ix_event_questions_resident_id"), "event_questions", ["resident_id"], unique=False)
