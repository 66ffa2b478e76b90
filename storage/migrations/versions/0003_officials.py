"""Officials, their sessions and chat links, and the audit log, which only grows."""

import sqlalchemy as sa
from alembic import op

from storage.tables import Utc

revision = "0003"
down_revision = "0002"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "officials",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("username", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("area_code", sa.String(length=10), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("disabled_at", Utc(), nullable=True),
        sa.Column("failed_attempts", sa.Integer(), nullable=False),
        sa.Column("locked_until", Utc(), nullable=True),
        sa.Column("password_changed_at", Utc(), nullable=True),
        sa.Column("invite_hash", sa.LargeBinary(), nullable=True),
        sa.Column("invite_until", Utc(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officials")),
        sa.UniqueConstraint("username", name=op.f("uq_officials_username")),
        sa.UniqueConstraint("invite_hash", name=op.f("uq_officials_invite_hash")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "official_sessions",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("official_id", ID, nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("last_seen_at", Utc(), nullable=False),
        sa.Column("expires_at", Utc(), nullable=False),
        sa.Column("ended_at", Utc(), nullable=True),
        sa.Column("device", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["official_id"], ["officials.id"], name=op.f("fk_official_sessions_official_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_official_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_official_sessions_token_hash")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_official_sessions_official_id"), "official_sessions", ["official_id"])
    op.create_index(op.f("ix_official_sessions_expires_at"), "official_sessions", ["expires_at"])
    op.create_table(
        "official_links",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("official_id", ID, nullable=False),
        sa.Column("expires_at", Utc(), nullable=False),
        sa.Column("used_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(
            ["official_id"], ["officials.id"], name=op.f("fk_official_links_official_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_official_links")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_official_links_code_hash")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_official_links_official_id"), "official_links", ["official_id"])
    op.create_table(
        "official_addresses",
        sa.Column("address_id", ID, nullable=False),
        sa.Column("official_id", ID, nullable=False),
        sa.Column("linked_at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["address_id"],
            ["addresses.id"],
            name=op.f("fk_official_addresses_address_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["official_id"], ["officials.id"], name=op.f("fk_official_addresses_official_id")
        ),
        sa.PrimaryKeyConstraint("address_id", name=op.f("pk_official_addresses")),
    )
    op.create_index(op.f("ix_official_addresses_official_id"), "official_addresses", ["official_id"])
    op.create_table(
        "audit",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("official_id", ID, nullable=True),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject_kind", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.String(length=60), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("prev_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["official_id"], ["officials.id"], name=op.f("fk_audit_official_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_audit_at"), "audit", ["at"])
    op.create_index(op.f("ix_audit_official_id"), "audit", ["official_id"])
    op.create_index("ix_audit_subject", "audit", ["subject_kind", "subject_id"])
    for statement in _ONLY_GROWS[op.get_bind().dialect.name]:
        op.execute(statement)


_ONLY_GROWS = {
    "sqlite": [
        "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit "
        "BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END",
        "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit "
        "BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END",
    ],
    "postgresql": [
        "CREATE FUNCTION audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit log only grows'; END $$",
        "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit "
        "FOR EACH ROW EXECUTE FUNCTION audit_only_grows()",
        "CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_only_grows()",
    ],
}
