"""What was stored before its turn ran, and when a message of ours arrived and was seen."""

import sqlalchemy as sa
from alembic import op

from storage.tables import Utc

revision = "0012"
down_revision = "0011"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "arrivals",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("inbound_id", ID, nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("address_lookup", sa.LargeBinary(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_arrivals"),
        sa.ForeignKeyConstraint(
            ["inbound_id"], ["inbound.id"], name="fk_arrivals_inbound_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("inbound_id", name="uq_arrivals_inbound_id"),
        sqlite_autoincrement=True,
    )
    op.add_column("outbox", sa.Column("delivered_at", Utc(), nullable=True))
    op.add_column("outbox", sa.Column("seen_at", Utc(), nullable=True))
    named = sa.text("platform_id IS NOT NULL")
    op.create_index(
        "ix_outbox_platform_id", "outbox", ["platform_id"], sqlite_where=named, postgresql_where=named
    )
