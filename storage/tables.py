"""The tables, for SQLite and PostgreSQL alike. Rows outlive code: only migrations change them.

Statuses and lanes are stored as words: people read these tables when something went wrong.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Utc(TypeDecorator[datetime]):
    """Aware UTC times on both databases; SQLite has no time zones and keeps the UTC reading."""

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[datetime]:
        return dialect.type_descriptor(sa.DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("times are stored aware; this one has no time zone")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


# SQLite only counts up by itself on INTEGER; eight bytes in both.
Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _id() -> sa.Column[int]:
    return sa.Column("id", Id, primary_key=True, autoincrement=True)


# Single facts about this database, such as the fingerprint of the key it was sealed with.
facts = sa.Table(
    "facts",
    metadata,
    sa.Column("name", sa.String(60), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

residents = sa.Table(
    "residents",
    metadata,
    _id(),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("greeted_at", Utc, doc="when the first-contact sentences were given"),
    sa.Column("commune_code", sa.String(10), doc="chosen by the person; an area valid today"),
    sa.Column("household_category", sa.String(20), doc="self-declared; guarded by role and retention"),
    sa.Column("name_sealed", sa.LargeBinary),
    sa.Column("phone_sealed", sa.LargeBinary),
    sa.Column("phone_lookup", sa.LargeBinary, unique=True),
    sqlite_autoincrement=True,
)

addresses = sa.Table(
    "addresses",
    metadata,
    _id(),
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

conversations = sa.Table(
    "conversations",
    metadata,
    sa.Column("address_id", sa.ForeignKey("addresses.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("revision", sa.Integer, nullable=False, doc="grows by one a turn; a stale write is refused"),
    sa.Column("state", sa.JSON, nullable=False, doc="{version, flow, step, data}"),
    sa.Column("updated_at", Utc, nullable=False, doc="the last turn: when this address was last heard of"),
)

inbound = sa.Table(
    "inbound",
    metadata,
    _id(),
    sa.Column("channel", sa.String(20), nullable=False),
    sa.Column("external_id", sa.String(160), nullable=False),
    sa.Column("received_at", Utc, nullable=False, index=True),
    sa.Column("outcome", sa.String(20), nullable=False, doc="done | failed | ignored"),
    sa.UniqueConstraint("channel", "external_id"),
    sqlite_autoincrement=True,
)

messages = sa.Table(
    "messages",
    metadata,
    _id(),
    sa.Column("address_id", sa.ForeignKey("addresses.id", ondelete="CASCADE"), nullable=False),
    # No foreign key: the key of a handled update is dropped after a week, what was said stays.
    sa.Column("inbound_id", Id, index=True),
    sa.Column("direction", sa.String(3), nullable=False, doc="in | out"),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("payload", sa.String(200), doc="of the button that was pressed (in)"),
    sa.Column("buttons", sa.JSON(none_as_null=True), doc="[[label, payload or null, url or null], …] (out)"),
    sa.Column("at", Utc, nullable=False, index=True),
    sa.Column("intent", sa.String(10), doc="what it was taken for (in); null where nothing was read"),
    sa.Column("urgent", sa.String(20), doc="what help is needed for, now (in); null: none"),
    sa.Column("urgent_seen_at", Utc, doc="when an official took note"),
    sa.Column("urgent_seen_by", Id, doc="the official's id; no foreign key, the record outlives the account"),
    sa.Index("ix_messages_address_id_id", "address_id", "id"),
    sqlite_autoincrement=True,
)
_URGENT = messages.c.urgent.is_not(None)
sa.Index(
    "ix_messages_urgent",
    messages.c.urgent_seen_at,
    messages.c.id,
    sqlite_where=_URGENT,
    postgresql_where=_URGENT,
)

questions = sa.Table(
    "questions",
    metadata,
    _id(),
    sa.Column("address_id", sa.ForeignKey("addresses.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("message_id", sa.ForeignKey("messages.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False, index=True),
    sa.Column(
        "verdict",
        sa.String(10),
        nullable=False,
        doc="answer|ask|unknown|referral, or what was wished",
    ),
    sa.Column("score", sa.Float, nullable=False, doc="confidence 0..1 of the first topic"),
    sa.Column("topic_id", sa.String(60), doc="what was answered, at once or after asking back"),
    sa.Column("offered", sa.JSON, nullable=False, doc="topic ids, best first"),
    sa.Column("helped", sa.Boolean, doc="what the person said of the answer"),
    sa.Column("for_official", sa.Boolean, nullable=False, doc="nobody could answer it yet"),
    sqlite_autoincrement=True,
)

outbox = sa.Table(
    "outbox",
    metadata,
    _id(),
    sa.Column("message_id", sa.ForeignKey("messages.id", ondelete="CASCADE"), nullable=False, unique=True),
    sa.Column("address_id", sa.ForeignKey("addresses.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("channel", sa.String(20), nullable=False),
    sa.Column("lane", sa.SmallInteger, nullable=False, doc="0 reply, 1 notice, 2 bulk; lower goes first"),
    sa.Column(
        "status", sa.String(10), nullable=False, doc="queued|waiting|sent|failed|blocked|skipped|unknown"
    ),
    sa.Column("reason", sa.String(200), doc="why it ended so, for people"),
    sa.Column("not_before", Utc, nullable=False),
    sa.Column("lease_owner", sa.String(40)),
    sa.Column("lease_until", Utc),
    sa.Column("attempts", sa.SmallInteger, nullable=False, default=0),
    sa.Column("attempted_at", Utc, doc="an attempt that was begun and has no outcome yet"),
    sa.Column(
        "repeated", sa.Boolean, nullable=False, default=False, doc="sent again after an unknown outcome"
    ),
    sa.Column("platform_id", sa.String(80), doc="the channel's own id of the message"),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("finished_at", Utc),
    sqlite_autoincrement=True,
)
_QUEUED = outbox.c.status == "queued"
sa.Index(
    "ix_outbox_queued",
    outbox.c.channel,
    outbox.c.lane,
    outbox.c.id,
    sqlite_where=_QUEUED,
    postgresql_where=_QUEUED,
)
_ATTEMPTED = sa.and_(_QUEUED, outbox.c.attempted_at.is_not(None))
sa.Index(
    "ix_outbox_attempted",
    outbox.c.channel,
    outbox.c.lease_until,
    sqlite_where=_ATTEMPTED,
    postgresql_where=_ATTEMPTED,
)
