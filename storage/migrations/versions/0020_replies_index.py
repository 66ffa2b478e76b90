"""The index of replies leaves out what nobody asked for: each copy of an announcement wrote an entry into it."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

_ASKED_FOR = sa.text("inbound_id IS NOT NULL")


def upgrade() -> None:
    op.drop_index("ix_messages_inbound_id", table_name="messages")
    op.create_index(
        "ix_messages_inbound_id",
        "messages",
        ["inbound_id"],
        sqlite_where=_ASKED_FOR,
        postgresql_where=_ASKED_FOR,
    )
