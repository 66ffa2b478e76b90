"""Cases in which somebody needs help at once, found without reading the others."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_URGENT = "urgent IS NOT NULL"


def upgrade() -> None:
    op.create_index(
        "ix_cases_urgent",
        "cases",
        ["is_open", "area_code", "id"],
        unique=False,
        sqlite_where=sa.text(_URGENT),
        postgresql_where=sa.text(_URGENT),
    )
