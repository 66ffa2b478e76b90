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
    sa.Column("category_sealed", sa.LargeBinary, doc="of the household, self-declared"),
    sa.Column("preferred_channel", sa.String(20), doc="chosen for announcements; none: where last heard of"),
    sa.Column("name_sealed", sa.LargeBinary),
    sa.Column("phone_sealed", sa.LargeBinary),
    sa.Column("phone_lookup", sa.LargeBinary, unique=True),
    sa.Column("helped_until", Utc, doc="a person answers here until then; automatic answers pause"),
    sa.Column("helped_case_id", Id, doc="the case in which they do"),
    sa.Column("left_at", Utc, doc="erased then: only a farewell is left, which goes once it was delivered"),
    sqlite_autoincrement=True,
)
_LEFT = residents.c.left_at.is_not(None)
sa.Index("ix_residents_left", residents.c.left_at, sqlite_where=_LEFT, postgresql_where=_LEFT)

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
    sa.Column("stopped_at", Utc, doc="since then nothing that comes by itself is wanted here; none: it is"),
    sa.Column(
        "last_interaction_at", Utc, doc="by the platform's clock: what a channel's windows are counted from"
    ),
    sa.UniqueConstraint("channel", "value_lookup"),
    sqlite_autoincrement=True,
)

# One row a giving: who agreed to what, in which words, when and where, and when they took it back. It holds for the chat
# in which it was given, whatever other chats of the person it is linked with.
consents = sa.Table(
    "consents",
    metadata,
    id_column(),
    sa.Column("resident_id", sa.ForeignKey("residents.id", ondelete="CASCADE"), nullable=False),
    sa.Column("purpose", sa.String(10), nullable=False, doc="events | news | surveys"),
    sa.Column("wording", sa.String(20), nullable=False, doc="version of the sentence that was agreed to"),
    sa.Column("channel", sa.String(20), nullable=False),
    # No foreign key: on SQLite one cannot be added to a table that is there. It goes with its resident.
    sa.Column(
        "address_id", Id, doc="the chat; none: the only one they had, from before chats could be linked"
    ),
    sa.Column("given_at", Utc, nullable=False),
    sa.Column("withdrawn_at", Utc),
    sa.Column("withdrawn_channel", sa.String(20)),
    sqlite_autoincrement=True,
)
_GIVEN = consents.c.withdrawn_at.is_(None)
sa.Index(
    "uq_consents_given",
    consents.c.resident_id,
    consents.c.purpose,
    consents.c.address_id,
    unique=True,
    sqlite_where=_GIVEN,
    postgresql_where=_GIVEN,
)
sa.Index("ix_consents_resident_id", consents.c.resident_id)

# One-time codes that link two chats of one person: given in one, written in another, confirmed in both.
link_codes = sa.Table(
    "link_codes",
    metadata,
    id_column(),
    sa.Column("code_lookup", sa.LargeBinary, nullable=False, unique=True),
    sa.Column(
        "address_id",
        sa.ForeignKey("addresses.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
        doc="in which it was given",
    ),
    sa.Column(
        "other_id",
        sa.ForeignKey("addresses.id", ondelete="CASCADE"),
        index=True,
        doc="in which it was written and confirmed; none: in no other yet",
    ),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("expires_at", Utc, nullable=False, index=True),
    sa.Column("joined_at", Utc, doc="confirmed where it was given too, and so used up"),
    sqlite_autoincrement=True,
)
