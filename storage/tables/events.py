"""Training and dialogue sessions: who comes, what they want to ask, what came of it."""

import sqlalchemy as sa

from storage.tables.base import Id, Utc, id_column, metadata

# The title and the text are the announcement's.
events = sa.Table(
    "events",
    metadata,
    id_column(),
    sa.Column("announcement_id", sa.ForeignKey("announcements.id"), nullable=False, unique=True),
    sa.Column("type", sa.String(10), nullable=False, doc="training | dialogue"),
    sa.Column("starts_at", Utc, nullable=False, index=True),
    sa.Column("ends_at", Utc),
    sa.Column("place", sa.String(200), nullable=False),
    sa.Column("map_link", sa.String(300)),
    sa.Column("area_code", sa.String(10), doc="the commune whose officers run it; none: the province"),
    sa.Column("seats", sa.Integer, doc="none: as many as come"),
    sa.Column("taken", sa.Integer, nullable=False, doc="seats of those who are coming; never above `seats`"),
    sa.Column("status", sa.String(10), nullable=False, doc="planned | cancelled | held"),
    sa.Column("details_version", sa.Integer, nullable=False, doc="grows when time or place change"),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("remind_before", sa.JSON, nullable=False, doc="minutes before the start, e.g. [1440]"),
    sa.Column("check_in_code", sa.String(12), nullable=False, doc="shown in the room; whoever types it came"),
    sa.Column("minutes", sa.Text),
    sa.Column("minutes_by", Id),
    sa.Column("minutes_at", Utc, doc="when they were closed and told to those who came"),
    sqlite_autoincrement=True,
)

# As it was before each change; whoever was told so may ask whether that was ours.
event_details = sa.Table(
    "event_details",
    metadata,
    sa.Column("event_id", sa.ForeignKey("events.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, doc="of the event, as it was then"),
    sa.Column("details_version", sa.Integer, nullable=False),
    sa.Column("starts_at", Utc, nullable=False),
    sa.Column("ends_at", Utc),
    sa.Column("place", sa.String(200), nullable=False),
    sa.Column("seats", sa.Integer),
    sa.Column("until", Utc, nullable=False, doc="when it was changed"),
)

rsvps = sa.Table(
    "rsvps",
    metadata,
    id_column(),
    sa.Column("event_id", sa.ForeignKey("events.id", ondelete="CASCADE"), nullable=False),
    # An erased person stays counted, as nobody.
    sa.Column("resident_id", sa.ForeignKey("residents.id", ondelete="SET NULL"), index=True),
    sa.Column("address_id", sa.ForeignKey("addresses.id", ondelete="SET NULL"), index=True),
    sa.Column("area_code", sa.String(10)),
    sa.Column("status", sa.String(10), nullable=False, doc="going | waiting | declined | walk_in"),
    sa.Column("people", sa.SmallInteger, nullable=False, doc="with those who come along; at least 1"),
    sa.Column("answered_at", Utc, nullable=False),
    sa.Column("queued_at", Utc, nullable=False, doc="the order of the waiting list"),
    sa.Column("details_version", sa.Integer, nullable=False, doc="of the event, as they knew it"),
    sa.Column("name_sealed", sa.LargeBinary, doc="as written at the door, or told when signing up"),
    sa.Column("attended_people", sa.SmallInteger),
    sa.Column("attended_at", Utc),
    sa.Column("attended_by", Id, doc="the official who noted it; none: by the code"),
    sa.UniqueConstraint("event_id", "resident_id"),
    sa.Index("ix_rsvps_event_id_status_queued_at_id", "event_id", "status", "queued_at", "id"),
    sqlite_autoincrement=True,
)

# The order of business of a dialogue: each item stands for the questions that were put under it.
agenda_items = sa.Table(
    "agenda_items",
    metadata,
    id_column(),
    sa.Column("event_id", sa.ForeignKey("events.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("title", sa.String(200), nullable=False),
    sa.Column("outcome", sa.String(12), doc="answered | follow_up | not_reached"),
    sa.Column("outcome_text", sa.Text),
    sa.Column("outcome_by", Id),
    sa.Column("outcome_at", Utc),
    sa.Column("version", sa.Integer, nullable=False),
    sqlite_autoincrement=True,
)

event_questions = sa.Table(
    "event_questions",
    metadata,
    id_column(),
    sa.Column("event_id", sa.ForeignKey("events.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("resident_id", sa.ForeignKey("residents.id", ondelete="SET NULL"), index=True),
    sa.Column("address_id", sa.ForeignKey("addresses.id", ondelete="SET NULL"), index=True),
    sa.Column("area_code", sa.String(10)),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("item_id", sa.ForeignKey("agenda_items.id", ondelete="SET NULL"), index=True),
    sa.Column("told_at", Utc, doc="when the outcome was on its way to whoever asked"),
    sqlite_autoincrement=True,
)

# Something that everybody of an event is told, a batch at a time: how far it got is the cursor.
event_notices = sa.Table(
    "event_notices",
    metadata,
    id_column(),
    sa.Column("event_id", sa.ForeignKey("events.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column(
        "kind",
        sa.String(12),
        nullable=False,
        doc="reminder | changed | cancelled | minutes | outcomes | survey",
    ),
    sa.Column(
        "details_version", sa.Integer, nullable=False, doc="of the event; a notice of an older one is dropped"
    ),
    sa.Column("due_at", Utc, nullable=False),
    sa.Column("cursor", Id, nullable=False, doc="sign-ups (of outcomes: residents) up to this id were told"),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("done_at", Utc),
    sqlite_autoincrement=True,
)
_DUE = event_notices.c.done_at.is_(None)
sa.Index("ix_event_notices_due", event_notices.c.due_at, sqlite_where=_DUE, postgresql_where=_DUE)

survey_answers = sa.Table(
    "survey_answers",
    metadata,
    id_column(),
    sa.Column("event_id", sa.ForeignKey("events.id", ondelete="CASCADE"), nullable=False),
    sa.Column("resident_id", sa.ForeignKey("residents.id", ondelete="SET NULL"), index=True),
    sa.Column("area_code", sa.String(10)),
    sa.Column("score", sa.SmallInteger, nullable=False, doc="1 not useful … 3 useful"),
    sa.Column("remark", sa.Text),
    sa.Column("at", Utc, nullable=False),
    sa.UniqueConstraint("event_id", "resident_id"),
    sqlite_autoincrement=True,
)
