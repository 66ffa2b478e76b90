"""Residents, and where they are reached."""

import sqlalchemy as sa

from storage.tables.base import Id, Utc, id_column, metadata

residents = sa.Table(
    "residents",
    metadata,
    id_column(),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("greeted_at", Utc, doc="when the first-contact sentences were given"),
    sa.Column("commune_code", sa.String(10), doc="chosen by the person; an area valid today"),
    sa.Column("household_category", sa.String(20), doc="self-declared; guarded by role and retention"),
    sa.Column("name_sealed", sa.LargeBinary),
    sa.Column("phone_sealed", sa.LargeBinary),
    sa.Column("phone_lookup", sa.LargeBinary, unique=True),
    sa.Column("helped_until", Utc, doc="a person answers here until then; automatic answers pause"),
    sa.Column("helped_case_id", Id, doc="the case in which they do"),
    sqlite_autoincrement=True,
)

addresses = sa.Table(
    "addresses",
    metadata,
    id_column(),
    sa.Column("resident_id", sa.ForeignKey("residents.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("channel", sa.String(20), nullable=False),
    sa.Column("value_sealed", sa.LargeBinary, nullable=False),
    sa.Column("value_lookup", sa.LargeBinary, nullable=False),
    sa.Column(
        "blocked_at", Utc, doc="the channel said this address cannot be written to; cleared by a message"
    ),
    sa.UniqueConstraint("channel", "value_lookup"),
    sqlite_autoincrement=True,
)
