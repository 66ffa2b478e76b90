"""Indexes for the overview: the questions of a stretch of time, of one commune or of all."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_index("ix_questions_area_code_at", "questions", ["area_code", "at", "topic_id", "for_official"])
    op.create_index(
        "ix_questions_for_official",
        "questions",
        ["at", "area_code", "group_id"],
        sqlite_where=sa.text("for_official"),
        postgresql_where=sa.text("for_official"),
    )
    op.create_index("ix_cases_area_code_opened_at", "cases", ["area_code", "opened_at"])
