"""Which notices are kept back at night when they could not leave before, and until when that is not too late."""

import sqlalchemy as sa
from alembic import op

from storage.tables import Utc

revision = "0017"
down_revision: str | None = "0016"


def upgrade() -> None:
    op.add_column("outbox", sa.Column("by_day_until", Utc(), nullable=True))
