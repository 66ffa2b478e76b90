"""What was said of a session before it was changed: every text that was sent of it is known as ours."""

import sqlalchemy as sa
from alembic import op

from storage.tables import Id, Utc

revision = "0015"
down_revision: str | None = "0014"


def upgrade() -> None:
    op.create_table(
        "event_details",
        sa.Column("event_id", Id, sa.ForeignKey("events.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("details_version", sa.Integer, nullable=False),
        sa.Column("starts_at", Utc(), nullable=False),
        sa.Column("ends_at", Utc()),
        sa.Column("place", sa.String(200), nullable=False),
        sa.Column("seats", sa.Integer),
        sa.Column("until", Utc(), nullable=False),
    )
