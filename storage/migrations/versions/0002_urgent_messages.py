"""What a message was taken for, and which ones need help now."""

import sqlalchemy as sa
from alembic import op

from storage.tables import Utc

revision = "0002"
down_revision = "0001"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    # Plain ADD COLUMN on both databases: nullable, so that no row is rewritten.
    op.add_column("messages", sa.Column("intent", sa.String(length=10), nullable=True))
    op.add_column("messages", sa.Column("urgent", sa.String(length=20), nullable=True))
    op.add_column("messages", sa.Column("urgent_seen_at", Utc(), nullable=True))
    op.add_column("messages", sa.Column("urgent_seen_by", ID, nullable=True))
    op.create_index(
        "ix_messages_urgent",
        "messages",
        ["urgent_seen_at", "id"],
        unique=False,
        sqlite_where=sa.text("urgent IS NOT NULL"),
        postgresql_where=sa.text("urgent IS NOT NULL"),
    )
