"""Officials, how they come in, and the log of what they changed."""

import sqlalchemy as sa

from storage.tables.base import Id, Utc, id_column, metadata

officials = sa.Table(
    "officials",
    metadata,
    id_column(),
    sa.Column("username", sa.String(40), nullable=False, unique=True, doc="in lower case"),
    sa.Column("name", sa.String(80), nullable=False),
    sa.Column("role", sa.String(10), nullable=False, doc="admin | editor | leader | officer | viewer"),
    sa.Column("area_code", sa.String(10), doc="the commune this official is bound to; none: all areas"),
    sa.Column("password_hash", sa.String(200), doc="argon2id; none until the invitation was taken up"),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("disabled_at", Utc),
    sa.Column("failed_attempts", sa.Integer, nullable=False, default=0, doc="since the last sign-in"),
    sa.Column("locked_until", Utc),
    sa.Column("password_changed_at", Utc),
    sa.Column("invite_hash", sa.LargeBinary, unique=True),
    sa.Column("invite_until", Utc),
    sqlite_autoincrement=True,
)

official_sessions = sa.Table(
    "official_sessions",
    metadata,
    id_column(),
    sa.Column("token_hash", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("official_id", sa.ForeignKey("officials.id"), nullable=False, index=True),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("last_seen_at", Utc, nullable=False),
    sa.Column("expires_at", Utc, nullable=False, index=True, doc="the end, however much it is used"),
    sa.Column("ended_at", Utc, doc="signed out"),
    sa.Column("device", sa.String(80), nullable=False, doc="browser and system in a few words"),
    sqlite_autoincrement=True,
)

official_links = sa.Table(
    "official_links",
    metadata,
    id_column(),
    sa.Column("code_hash", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("official_id", sa.ForeignKey("officials.id"), nullable=False, index=True),
    sa.Column("expires_at", Utc, nullable=False),
    sa.Column("used_at", Utc),
    sqlite_autoincrement=True,
)

official_addresses = sa.Table(
    "official_addresses",
    metadata,
    sa.Column("address_id", sa.ForeignKey("addresses.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("official_id", sa.ForeignKey("officials.id"), nullable=False, index=True),
    sa.Column("linked_at", Utc, nullable=False),
)

audit = sa.Table(
    "audit",
    metadata,
    # Counted up by storage.audit under its lock: a gap is a row that somebody took away.
    sa.Column("id", Id, primary_key=True, autoincrement=True),
    sa.Column("at", Utc, nullable=False, index=True),
    sa.Column("official_id", sa.ForeignKey("officials.id"), index=True, doc="none: the command line"),
    sa.Column("action", sa.String(40), nullable=False, doc="official.add, case.answer, …"),
    sa.Column("subject_kind", sa.String(20), nullable=False),
    sa.Column("subject_id", sa.String(60), nullable=False),
    sa.Column("details", sa.Text, nullable=False, doc="JSON: ids and names of fields, no personal text"),
    sa.Column("prev_hash", sa.LargeBinary, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Index("ix_audit_subject", "subject_kind", "subject_id"),
    sqlite_autoincrement=True,
)
