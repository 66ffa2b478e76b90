"""The tokens of the Official Account on Zalo: sealed, renewed by one process at a time, asked for again in the console."""

import sqlalchemy as sa
from alembic import op

from storage.tables import Utc

revision = "0011"
down_revision = "0010"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "zalo_tokens",
        sa.Column("app_id", sa.String(length=30), nullable=False),
        sa.Column("oa_id", sa.String(length=30), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("problem", sa.String(length=200), nullable=True),
        sa.Column("access_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("refresh_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("previous_access_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("previous_refresh_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("rotated_at", Utc(), nullable=True),
        sa.Column("expires_at", Utc(), nullable=True),
        sa.Column("refresh_expires_at", Utc(), nullable=True),
        sa.Column("seed_lookup", sa.LargeBinary(), nullable=True),
        sa.Column("lease_owner", sa.String(length=60), nullable=True),
        sa.Column("lease_until", Utc(), nullable=True),
        sa.Column("attempted_at", Utc(), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("consent_state_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("consent_verifier_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("consent_official_id", ID, nullable=True),
        sa.Column("consent_until", Utc(), nullable=True),
        sa.ForeignKeyConstraint(
            ["consent_official_id"], ["officials.id"], name="fk_zalo_tokens_consent_official_id"
        ),
        sa.PrimaryKeyConstraint("app_id", name="pk_zalo_tokens"),
    )
