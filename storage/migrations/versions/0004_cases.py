"""Cases and what belongs to them; attachments; topics as editors left them; groups of open questions."""

import sqlalchemy as sa
from alembic import op

from storage.tables import Utc

revision = "0004"
down_revision = "0003"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_SQLITE_SEARCH = """
CREATE VIRTUAL TABLE case_search USING fts5(folded, content='cases', content_rowid='id', tokenize='unicode61')
|CREATE TRIGGER case_search_added AFTER INSERT ON cases BEGIN
  INSERT INTO case_search(rowid, folded) VALUES (new.id, new.folded);
END
|CREATE TRIGGER case_search_deleted AFTER DELETE ON cases BEGIN
  INSERT INTO case_search(case_search, rowid, folded) VALUES ('delete', old.id, old.folded);
END
|CREATE TRIGGER case_search_changed AFTER UPDATE OF folded ON cases BEGIN
  INSERT INTO case_search(case_search, rowid, folded) VALUES ('delete', old.id, old.folded);
  INSERT INTO case_search(rowid, folded) VALUES (new.id, new.folded);
END
"""


def upgrade() -> None:
    op.create_table(
        "canned_replies",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("area_code", sa.String(length=10), nullable=True),
        sa.Column("category", sa.String(length=15), nullable=True),
        sa.Column("changed_at", Utc(), nullable=False),
        sa.Column("changed_by", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_replies")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "hotlines",
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("checked_at", Utc(), nullable=False),
        sa.Column("checked_by", ID, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_hotlines")),
    )
    op.create_table(
        "offices",
        sa.Column("area_code", sa.String(length=10), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("phone", sa.String(length=30), nullable=False),
        sa.Column("hours", sa.String(length=200), nullable=False),
        sa.Column("changed_at", Utc(), nullable=False),
        sa.Column("changed_by", ID, nullable=False),
        sa.PrimaryKeyConstraint("area_code", name=op.f("pk_offices")),
    )
    op.create_table(
        "question_groups",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("first_at", Utc(), nullable=False),
        sa.Column("last_at", Utc(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_by", ID, nullable=True),
        sa.Column("answered_at", Utc(), nullable=True),
        sa.Column("topic_id", sa.String(length=60), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_groups")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_question_groups_status_last_at_id", "question_groups", ["status", "last_at", "id"], unique=False
    )

    op.create_table(
        "topic_revisions",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("topic_id", sa.String(length=60), nullable=False),
        sa.Column("document", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("shipped_digest", sa.String(length=64), nullable=True),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("official_id", ID, nullable=True),
        sa.Column("at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topic_revisions")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_topic_revisions_topic_id"), "topic_revisions", ["topic_id"], unique=False)

    op.create_table(
        "topic_edits",
        sa.Column("topic_id", sa.String(length=60), nullable=False),
        sa.Column("revision_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["topic_revisions.id"], name=op.f("fk_topic_edits_revision_id")
        ),
        sa.PrimaryKeyConstraint("topic_id", name=op.f("pk_topic_edits")),
    )
    op.create_table(
        "cases",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=15), nullable=False),
        sa.Column("category", sa.String(length=15), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("area_code", sa.String(length=10), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("address_id", ID, nullable=True),
        sa.Column("resident_id", ID, nullable=True),
        sa.Column("reply_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("reply_lookup", sa.LargeBinary(), nullable=True),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("urgent", sa.String(length=20), nullable=True),
        sa.Column("assisted_by", ID, nullable=True),
        sa.Column("assignee_id", ID, nullable=True),
        sa.Column("merged_into", ID, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("opened_at", Utc(), nullable=False),
        sa.Column("changed_at", Utc(), nullable=False),
        sa.Column("due_at", Utc(), nullable=True),
        sa.Column("due_soon_at", Utc(), nullable=True),
        sa.Column("escalated", sa.SmallInteger(), nullable=False),
        sa.Column("first_answered_at", Utc(), nullable=True),
        sa.Column("answered_at", Utc(), nullable=True),
        sa.Column("ask_solved_at", Utc(), nullable=True),
        sa.Column("solved", sa.Boolean(), nullable=True),
        sa.Column("closed_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(
            ["address_id"], ["addresses.id"], name=op.f("fk_cases_address_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["residents.id"], name=op.f("fk_cases_resident_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("code", name=op.f("uq_cases_code")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_cases_address_id"), "cases", ["address_id"], unique=False)
    op.create_index("ix_cases_area_code_id", "cases", ["area_code", "id"], unique=False)
    op.create_index(
        "ix_cases_area_code_is_open_due_at_id",
        "cases",
        ["area_code", "is_open", "due_at", "id"],
        unique=False,
    )
    op.create_index("ix_cases_area_code_status_id", "cases", ["area_code", "status", "id"], unique=False)
    op.create_index("ix_cases_is_open_due_at_id", "cases", ["is_open", "due_at", "id"], unique=False)
    op.create_index(op.f("ix_cases_merged_into"), "cases", ["merged_into"], unique=False)
    op.create_index("ix_cases_opened_at", "cases", ["opened_at"], unique=False)
    op.create_index(op.f("ix_cases_reply_lookup"), "cases", ["reply_lookup"], unique=False)
    op.create_index(op.f("ix_cases_resident_id"), "cases", ["resident_id"], unique=False)
    op.create_index("ix_cases_status_id", "cases", ["status", "id"], unique=False)

    op.create_table(
        "attachments",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("message_id", ID, nullable=True),
        sa.Column("case_id", ID, nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("ref_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("file", sa.String(length=64), nullable=True),
        sa.Column("media_type", sa.String(length=80), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=True),
        sa.Column("bytes", ID, nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("uploaded_by", ID, nullable=True),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("not_before", Utc(), nullable=True),
        sa.Column("at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_attachments_case_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_attachments_message_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
        sa.UniqueConstraint("file", name=op.f("uq_attachments_file")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_attachments_case_id"), "attachments", ["case_id"], unique=False)
    op.create_index(op.f("ix_attachments_message_id"), "attachments", ["message_id"], unique=False)
    op.create_index(
        "ix_attachments_wanted",
        "attachments",
        ["channel", "not_before"],
        unique=False,
        sqlite_where=sa.text("status = 'wanted'"),
        postgresql_where=sa.text("status = 'wanted'"),
    )

    op.create_table(
        "case_entries",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("actor", sa.String(length=10), nullable=False),
        sa.Column("official_id", ID, nullable=True),
        sa.Column("action", sa.String(length=15), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("message_id", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_entries_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_entries")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_case_entries_case_id_id", "case_entries", ["case_id", "id"], unique=False)

    op.create_table(
        "case_notices",
        sa.Column("message_id", ID, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("official_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_notices_case_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_case_notices_message_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_case_notices")),
    )
    op.create_index(op.f("ix_case_notices_case_id"), "case_notices", ["case_id"], unique=False)

    op.add_column("questions", sa.Column("area_code", sa.String(length=10), nullable=True))
    op.add_column("questions", sa.Column("group_id", ID, nullable=True))
    op.add_column("questions", sa.Column("answered_at", Utc(), nullable=True))
    op.create_index(op.f("ix_questions_group_id"), "questions", ["group_id"], unique=False)

    op.add_column("residents", sa.Column("helped_until", Utc(), nullable=True))
    op.add_column("residents", sa.Column("helped_case_id", ID, nullable=True))

    if op.get_bind().dialect.name == "sqlite":
        for statement in _SQLITE_SEARCH.split("|"):
            op.execute(statement)
    else:
        # Folded text needs no dictionary of any language; both databases find the same words.
        op.execute("CREATE INDEX ix_cases_folded ON cases USING gin (to_tsvector('simple', folded))")
