"""Linking the chats of one person: the codes, and that agreeing and stopping belong to a chat.

Until now everybody had one chat: what a person had stopped moves to it.
"""

import sqlalchemy as sa
from alembic import op

from storage.tables import Utc

revision = "0014"
down_revision = "0013"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_GIVEN = sa.text("withdrawn_at IS NULL")


def upgrade() -> None:
    op.add_column("addresses", sa.Column("stopped_at", Utc(), nullable=True))
    op.execute(
        "UPDATE addresses SET stopped_at ="
        " (SELECT residents.stopped_at FROM residents WHERE residents.id = addresses.resident_id)"
    )
    op.drop_column("residents", "stopped_at")
    op.add_column("consents", sa.Column("address_id", ID, nullable=True))
    op.drop_index("uq_consents_given", "consents")
    op.create_index(
        "uq_consents_given",
        "consents",
        ["resident_id", "purpose", "address_id"],
        unique=True,
        sqlite_where=_GIVEN,
        postgresql_where=_GIVEN,
    )
    op.create_table(
        "link_codes",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("code_lookup", sa.LargeBinary(), nullable=False),
        sa.Column("address_id", ID, nullable=False),
        sa.Column("other_id", ID, nullable=True),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("expires_at", Utc(), nullable=False),
        sa.Column("joined_at", Utc(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_link_codes"),
        sa.UniqueConstraint("code_lookup", name="uq_link_codes_code_lookup"),
        *(
            sa.ForeignKeyConstraint(
                [column], ["addresses.id"], name=f"fk_link_codes_{column}", ondelete="CASCADE"
            )
            for column in ("address_id", "other_id")
        ),
        sqlite_autoincrement=True,
    )
    for column in ("address_id", "other_id", "expires_at"):
        op.create_index(f"ix_link_codes_{column}", "link_codes", [column])
