"""What an official's answer to a group of questions needs: for whom it speaks, who was told, whether it helped."""

import sqlalchemy as sa
from alembic import op

from storage.tables import Utc

revision = "0006"
down_revision = "0005"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_UNGROUPED = "for_official AND group_id IS NULL AND verdict IN ('answer', 'ask', 'unknown')"
_UNTOLD = "group_id IS NOT NULL AND answered_at IS NULL"
_TO_TELL = "status = 'answered' AND told_at IS NULL"


def upgrade() -> None:
    op.add_column("questions", sa.Column("answer_helped", sa.Boolean(), nullable=True))
    op.add_column("question_groups", sa.Column("area_code", sa.String(length=10), nullable=True))
    op.add_column("question_groups", sa.Column("told_at", Utc(), nullable=True))
    op.add_column("question_groups", sa.Column("reason", sa.Text(), nullable=True))
    op.add_column("question_groups", sa.Column("merged_into", ID, nullable=True))
    _index("ix_questions_ungrouped", "questions", ["id"], _UNGROUPED)
    _index("ix_questions_untold", "questions", ["group_id", "id"], _UNTOLD)
    _index("ix_question_groups_to_tell", "question_groups", ["id"], _TO_TELL)


def _index(name: str, table: str, columns: list[str], only: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(only), postgresql_where=sa.text(only))
