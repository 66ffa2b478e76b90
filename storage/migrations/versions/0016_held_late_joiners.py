"""Since when people who agreed later wait for a second official to approve an announcement."""

import sqlalchemy as sa
from alembic import op

from storage.tables import Utc

revision = "0016"
down_revision: str | None = "0015"


def upgrade() -> None:
    op.add_column("announcements", sa.Column("held_at", Utc(), nullable=True))
