"""When a person was last heard of at an address, by the platform's clock; and notices that wait until they are again.

Known so far is the last turn there, by our own clock.
"""

import sqlalchemy as sa
from alembic import op

from storage.tables import Utc

revision = "0013"
down_revision: str | None = "0012"


def upgrade() -> None:
    op.add_column("addresses", sa.Column("last_interaction_at", Utc(), nullable=True))
    op.execute(
        "UPDATE addresses SET last_interaction_at = "
        "(SELECT updated_at FROM conversations WHERE conversations.address_id = addresses.id)"
    )
    op.add_column("outbox", sa.Column("useful_until", Utc(), nullable=True))
    held = sa.text("status = 'waiting' AND reason = 'closed'")
    op.create_index("ix_outbox_held", "outbox", ["address_id"], sqlite_where=held, postgresql_where=held)
