"""What is said: conversations, messages of both sides, questions, and what leaves."""

import sqlalchemy as sa

from storage.tables.base import Id, Utc, id_column, metadata

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
    id_column(),
    sa.Column("channel", sa.String(20), nullable=False),
    sa.Column("external_id", sa.String(160), nullable=False),
    sa.Column("received_at", Utc, nullable=False, index=True),
    sa.Column("outcome", sa.String(20), nullable=False, doc="stored | done | failed | ignored"),
    sa.UniqueConstraint("channel", "external_id"),
    sqlite_autoincrement=True,
)

# Said to be stored, and not read yet: the row goes with its turn.
arrivals = sa.Table(
    "arrivals",
    metadata,
    id_column(),
    sa.Column("inbound_id", sa.ForeignKey("inbound.id", ondelete="CASCADE"), nullable=False, unique=True),
    sa.Column("channel", sa.String(20), nullable=False),
    sa.Column(
        "address_lookup", sa.LargeBinary, nullable=False, doc="as of addresses; who may be unknown yet"
    ),
    sa.Column("body_sealed", sa.LargeBinary, nullable=False, doc="the message without its secrets, as JSON"),
    sa.Column("received_at", Utc, nullable=False),
    sqlite_autoincrement=True,
)

messages = sa.Table(
    "messages",
    metadata,
    id_column(),
    sa.Column("address_id", sa.ForeignKey("addresses.id", ondelete="CASCADE"), nullable=False),
    # No foreign key: the key of a handled update is dropped after a week, what was said stays.
    sa.Column("inbound_id", Id),
    sa.Column("announcement_id", Id, doc="of which this is a copy (out); no foreign key, as above"),
    sa.Column("direction", sa.String(3), nullable=False, doc="in | out"),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("payload", sa.String(200), doc="of the button that was pressed (in)"),
    sa.Column("buttons", sa.JSON(none_as_null=True), doc="[[label, payload or null, url or null], …] (out)"),
    sa.Column(
        "contact_request", sa.String(100), doc="title of the form for name and phone that this is (out)"
    ),
    sa.Column("at", Utc, nullable=False, index=True),
    sa.Column("intent", sa.String(10), doc="what it was taken for (in); null where nothing was read"),
    sa.Column("urgent", sa.String(20), doc="what help is needed for, now (in); null: none"),
    sa.Column("urgent_seen_at", Utc, doc="when an official took note"),
    sa.Column("urgent_seen_by", Id, doc="the official's id; no foreign key, the record outlives the account"),
    sa.Index("ix_messages_address_id_id", "address_id", "id"),
    sqlite_autoincrement=True,
)
_ASKED_FOR = messages.c.inbound_id.is_not(None)
sa.Index(
    "ix_messages_inbound_id",
    messages.c.inbound_id,
    sqlite_where=_ASKED_FOR,
    postgresql_where=_ASKED_FOR,
)
_ANNOUNCED = messages.c.announcement_id.is_not(None)
sa.Index(
    "ix_messages_announcement_id_address_id",
    messages.c.announcement_id,
    messages.c.address_id,
    sqlite_where=_ANNOUNCED,
    postgresql_where=_ANNOUNCED,
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
    id_column(),
    # Of an erased person neither is left, nor the words: the question stays counted.
    sa.Column("address_id", sa.ForeignKey("addresses.id", ondelete="CASCADE"), index=True),
    sa.Column("message_id", sa.ForeignKey("messages.id", ondelete="CASCADE"), index=True),
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
    sa.Column("area_code", sa.String(10), doc="the commune the person had chosen when asking"),
    # No foreign key: on SQLite one cannot be added to a table that is there.
    sa.Column("group_id", Id, index=True),
    sa.Column("answered_at", Utc, doc="when an official's answer was sent for it"),
    sa.Column("answer_helped", sa.Boolean, doc="what the person said of the official's answer"),
    sa.Index("ix_questions_area_code_at", "area_code", "at", "topic_id", "for_official"),
    sqlite_autoincrement=True,
)
sa.Index(
    "ix_questions_for_official",
    questions.c.at,
    questions.c.area_code,
    questions.c.group_id,
    sqlite_where=sa.text("for_official"),
    postgresql_where=sa.text("for_official"),
)

_UNGROUPED = sa.and_(
    questions.c.for_official,
    questions.c.group_id.is_(None),
    questions.c.verdict.in_(("answer", "ask", "unknown")),
)
sa.Index("ix_questions_ungrouped", questions.c.id, sqlite_where=_UNGROUPED, postgresql_where=_UNGROUPED)
_UNTOLD = sa.and_(questions.c.group_id.is_not(None), questions.c.answered_at.is_(None))
sa.Index(
    "ix_questions_untold",
    questions.c.group_id,
    questions.c.id,
    sqlite_where=_UNTOLD,
    postgresql_where=_UNTOLD,
)

# Questions nobody could answer, by likeness: officials answer the group, every asker hears it.
question_groups = sa.Table(
    "question_groups",
    metadata,
    id_column(),
    sa.Column("text", sa.Text, nullable=False, doc="the question that stands for all of them"),
    sa.Column("folded", sa.Text, nullable=False, doc="its words repaired and without marks"),
    sa.Column("status", sa.String(10), nullable=False, doc="open | answered | dropped | merged"),
    sa.Column("count", sa.Integer, nullable=False, doc="questions in it"),
    sa.Column("first_at", Utc, nullable=False),
    sa.Column("last_at", Utc, nullable=False),
    sa.Column("answer", sa.Text),
    sa.Column("answered_by", Id),
    sa.Column("answered_at", Utc),
    sa.Column("area_code", sa.String(10), doc="the commune for which the answer speaks; none: for all"),
    sa.Column("told_at", Utc, doc="when everybody in it had the answer on its way"),
    sa.Column("reason", sa.Text, doc="why it was dropped"),
    sa.Column("merged_into", Id, doc="the group in which its questions are now"),
    sa.Column("topic_id", sa.String(60), doc="the topic it became"),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index("ix_question_groups_status_last_at_id", "status", "last_at", "id"),
    sqlite_autoincrement=True,
)

_TO_TELL = sa.and_(question_groups.c.status == "answered", question_groups.c.told_at.is_(None))
sa.Index("ix_question_groups_to_tell", question_groups.c.id, sqlite_where=_TO_TELL, postgresql_where=_TO_TELL)

# A delivery of an announcement outlives its message and its person: past totals do not change.
outbox = sa.Table(
    "outbox",
    metadata,
    id_column(),
    sa.Column("message_id", sa.ForeignKey("messages.id", ondelete="SET NULL"), unique=True),
    sa.Column("address_id", sa.ForeignKey("addresses.id", ondelete="SET NULL"), index=True),
    sa.Column("announcement_id", sa.ForeignKey("announcements.id")),
    sa.Column("resident_id", sa.ForeignKey("residents.id", ondelete="SET NULL"), doc="of an announcement"),
    sa.Column("area_code", sa.String(10), doc="of an announcement: the person's commune then"),
    sa.Column("channel", sa.String(20), nullable=False),
    sa.Column("lane", sa.SmallInteger, nullable=False, doc="0 reply, 1 notice, 2 bulk; lower goes first"),
    sa.Column(
        "status", sa.String(10), nullable=False, doc="queued|waiting|sent|failed|blocked|skipped|unknown"
    ),
    sa.Column(
        "reason", sa.String(200), doc="why it ended so, for people; closed: waits for the person to write"
    ),
    sa.Column("not_before", Utc, nullable=False),
    sa.Column("useful_until", Utc, doc="of a notice: given later than this it would mislead"),
    sa.Column(
        "by_day_until",
        Utc,
        doc="of a notice: kept back in the quiet hours that end by then; none: it leaves at any hour",
    ),
    sa.Column("lease_owner", sa.String(40)),
    sa.Column("lease_until", Utc),
    sa.Column("attempts", sa.SmallInteger, nullable=False, default=0),
    sa.Column("attempted_at", Utc, doc="an attempt that was begun and has no outcome yet"),
    sa.Column(
        "repeated", sa.Boolean, nullable=False, default=False, doc="sent again after an unknown outcome"
    ),
    sa.Column("platform_id", sa.String(80), doc="the channel's own id of the message"),
    sa.Column("delivered_at", Utc, doc="when it reached the person, where the channel tells"),
    sa.Column("seen_at", Utc, doc="when they saw it, where the channel tells"),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("finished_at", Utc),
    sa.UniqueConstraint("announcement_id", "resident_id"),
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
_HELD = sa.and_(outbox.c.status == "waiting", outbox.c.reason == "closed")
sa.Index("ix_outbox_held", outbox.c.address_id, sqlite_where=_HELD, postgresql_where=_HELD)
_NAMED = outbox.c.platform_id.is_not(None)
sa.Index("ix_outbox_platform_id", outbox.c.platform_id, sqlite_where=_NAMED, postgresql_where=_NAMED)
_BULK = outbox.c.announcement_id.is_not(None)
_BULK_QUEUED = sa.and_(_QUEUED, _BULK)
sa.Index(
    "ix_outbox_bulk_queued",
    outbox.c.channel,
    outbox.c.announcement_id,
    outbox.c.not_before,
    outbox.c.id,
    sqlite_where=_BULK_QUEUED,
    postgresql_where=_BULK_QUEUED,
)
sa.Index(
    "ix_outbox_announcement_id_status",
    outbox.c.announcement_id,
    outbox.c.status,
    outbox.c.id,
    sqlite_where=_BULK,
    postgresql_where=_BULK,
)
sa.Index(
    "ix_outbox_resident_id_created_at",
    outbox.c.resident_id,
    outbox.c.created_at,
    sqlite_where=_BULK,
    postgresql_where=_BULK,
)
