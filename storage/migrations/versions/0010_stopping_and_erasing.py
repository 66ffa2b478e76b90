"""What stopping and erasing need: since when a person wants nothing, and questions that outlive who asked.

An erased person's questions stay counted, without a word of theirs. The table is made anew on SQLite, which cannot
change a column.
"""

import sqlalchemy as sa
from alembic import op

from storage.tables import Utc

revision = "0010"
down_revision = "0009"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEPT = (
    "id, address_id, message_id, text, at, verdict, score, topic_id, offered, helped, for_official, area_code, "
    "group_id, answered_at, answer_helped"
)
_PLAIN = {
    "ix_questions_address_id": ["address_id"],
    "ix_questions_message_id": ["message_id"],
    "ix_questions_at": ["at"],
    "ix_questions_group_id": ["group_id"],
    "ix_questions_area_code_at": ["area_code", "at", "topic_id", "for_official"],
}
_PARTIAL = {
    "ix_questions_for_official": (["at", "area_code", "group_id"], "for_official"),
    "ix_questions_ungrouped": (
        ["id"],
        "for_official AND group_id IS NULL AND verdict IN ('answer', 'ask', 'unknown')",
    ),
    "ix_questions_untold": (["group_id", "id"], "group_id IS NOT NULL AND answered_at IS NULL"),
}


def upgrade() -> None:
    op.add_column("residents", sa.Column("stopped_at", Utc(), nullable=True))
    op.add_column("residents", sa.Column("left_at", Utc(), nullable=True))
    left = sa.text("left_at IS NOT NULL")
    op.create_index("ix_residents_left", "residents", ["left_at"], sqlite_where=left, postgresql_where=left)
    if op.get_bind().dialect.name == "sqlite":
        _remake_questions()
    else:
        for column in ("address_id", "message_id"):
            op.alter_column("questions", column, nullable=True)


def _remake_questions() -> None:
    op.rename_table("questions", "questions_before")
    for index in (*_PLAIN, *_PARTIAL):
        op.drop_index(index, "questions_before")
    op.create_table(
        "questions",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("address_id", ID, nullable=True),
        sa.Column("message_id", ID, nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("topic_id", sa.String(length=60), nullable=True),
        sa.Column("offered", sa.JSON(), nullable=False),
        sa.Column("helped", sa.Boolean(), nullable=True),
        sa.Column("for_official", sa.Boolean(), nullable=False),
        sa.Column("area_code", sa.String(length=10), nullable=True),
        sa.Column("group_id", ID, nullable=True),
        sa.Column("answered_at", Utc(), nullable=True),
        sa.Column("answer_helped", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_questions"),
        *(
            sa.ForeignKeyConstraint(
                [f"{one}_id"], [f"{many}.id"], name=f"fk_questions_{one}_id", ondelete="CASCADE"
            )
            for one, many in (("address", "addresses"), ("message", "messages"))
        ),
        sqlite_autoincrement=True,
    )
    op.execute(f"INSERT INTO questions ({_KEPT}) SELECT {_KEPT} FROM questions_before")  # noqa: S608  # our own words
    op.drop_table("questions_before")
    for index, columns in _PLAIN.items():
        op.create_index(index, "questions", columns)
    for index, (columns, where) in _PARTIAL.items():
        only = sa.text(where)
        op.create_index(index, "questions", columns, sqlite_where=only, postgresql_where=only)
