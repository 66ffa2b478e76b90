"""Training and dialogue sessions: sign-ups, questions handed in, what came of them, what people thought."""

import sqlalchemy as sa
from alembic import op

from storage.tables import Utc

revision = "0009"
down_revision = "0008"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
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
        sa.ForeignKeyConstraint(["announcement_id"], ["announcements.id"], name="fk_events_announcement_id"),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sa.UniqueConstraint("announcement_id", name="uq_events_announcement_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_starts_at", "events", ["starts_at"], unique=False)
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
            ["event_id"], ["events.id"], name="fk_agenda_items_event_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_agenda_items"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_agenda_items_event_id", "agenda_items", ["event_id"], unique=False)
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
            ["event_id"], ["events.id"], name="fk_event_notices_event_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_event_notices"),
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
    op.create_index("ix_event_notices_event_id", "event_notices", ["event_id"], unique=False)
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
            ["address_id"], ["addresses.id"], name="fk_rsvps_address_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_rsvps_event_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["residents.id"], name="fk_rsvps_resident_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_rsvps"),
        sa.UniqueConstraint("event_id", "resident_id", name="uq_rsvps_event_id_resident_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_rsvps_address_id", "rsvps", ["address_id"], unique=False)
    op.create_index(
        "ix_rsvps_event_id_status_queued_at_id",
        "rsvps",
        ["event_id", "status", "queued_at", "id"],
        unique=False,
    )
    op.create_index("ix_rsvps_resident_id", "rsvps", ["resident_id"], unique=False)
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
            ["event_id"], ["events.id"], name="fk_survey_answers_event_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["residents.id"], name="fk_survey_answers_resident_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_survey_answers"),
        sa.UniqueConstraint("event_id", "resident_id", name="uq_survey_answers_event_id_resident_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_survey_answers_resident_id", "survey_answers", ["resident_id"], unique=False)
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
            ["address_id"], ["addresses.id"], name="fk_event_questions_address_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name="fk_event_questions_event_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["agenda_items.id"], name="fk_event_questions_item_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"],
            ["residents.id"],
            name="fk_event_questions_resident_id",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_event_questions"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_event_questions_address_id", "event_questions", ["address_id"], unique=False)
    op.create_index("ix_event_questions_event_id", "event_questions", ["event_id"], unique=False)
    op.create_index("ix_event_questions_item_id", "event_questions", ["item_id"], unique=False)
    op.create_index("ix_event_questions_resident_id", "event_questions", ["resident_id"], unique=False)
