"""Cases: what residents tell, what officials do with it, and when. With the offices that answer."""

import sqlalchemy as sa

from storage.tables.base import Id, Utc, id_column, metadata

cases = sa.Table(
    "cases",
    metadata,
    id_column(),
    sa.Column(
        "code", sa.String(12), nullable=False, unique=True, doc="as stored: nine characters, no hyphens"
    ),
    sa.Column("kind", sa.String(15), nullable=False, doc="decides the deadline"),
    sa.Column("category", sa.String(15), nullable=False),
    sa.Column("status", sa.String(12), nullable=False),
    sa.Column("is_open", sa.Boolean, nullable=False, doc="an official has still to act"),
    sa.Column("area_code", sa.String(10), doc="the commune it concerns; none: the province's own list"),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column(
        "folded",
        sa.Text,
        nullable=False,
        doc="code, area (as xa10525) and text in lower case without marks, for the search",
    ),
    sa.Column(
        "channel", sa.String(20), nullable=False, doc="where it was told; office: entered by an official"
    ),
    sa.Column("anonymous", sa.Boolean, nullable=False),
    # Of an anonymous case neither of the two is kept in plain: see reply_sealed.
    sa.Column("address_id", sa.ForeignKey("addresses.id", ondelete="SET NULL"), index=True),
    sa.Column("resident_id", sa.ForeignKey("residents.id", ondelete="SET NULL"), index=True),
    sa.Column("reply_sealed", sa.LargeBinary, doc="anonymous: the address's id, sealed; opened to send only"),
    sa.Column("reply_lookup", sa.LargeBinary, index=True, doc="anonymous: keyed hash of the address's id"),
    sa.Column("name_sealed", sa.LargeBinary),
    sa.Column("phone_sealed", sa.LargeBinary),
    sa.Column("latitude", sa.Float),
    sa.Column("longitude", sa.Float),
    sa.Column("urgent", sa.String(20), doc="what help was needed when it was told"),
    sa.Column("assisted_by", Id, doc="the official who entered it for somebody without a phone"),
    sa.Column("assignee_id", Id, doc="the official at work on it"),
    # No foreign key: rows come back from a backup in the order of their ids, and this may point to a later one.
    sa.Column("merged_into", Id, index=True, doc="the case whose answer this one gets"),
    sa.Column("version", sa.Integer, nullable=False, doc="grows with every change; a stale one is refused"),
    sa.Column("opened_at", Utc, nullable=False),
    sa.Column("changed_at", Utc, nullable=False),
    sa.Column("due_at", Utc, doc="the next step has to be done by then"),
    sa.Column("due_soon_at", Utc, doc="four fifths of the time have passed"),
    sa.Column("escalated", sa.SmallInteger, nullable=False, doc="0 none, 1 told as due soon, 2 told as late"),
    sa.Column("first_answered_at", Utc),
    sa.Column("answered_at", Utc, doc="the last answer"),
    sa.Column("ask_solved_at", Utc, doc="when to ask whether it was solved; none: asked, or not to be asked"),
    sa.Column("solved", sa.Boolean, doc="what the person said"),
    sa.Column("closed_at", Utc),
    sa.Index("ix_cases_area_code_is_open_due_at_id", "area_code", "is_open", "due_at", "id"),
    sa.Index("ix_cases_is_open_due_at_id", "is_open", "due_at", "id"),
    sa.Index("ix_cases_area_code_status_id", "area_code", "status", "id"),
    sa.Index("ix_cases_status_id", "status", "id"),
    sa.Index("ix_cases_area_code_id", "area_code", "id"),
    sa.Index("ix_cases_opened_at", "opened_at"),
    sa.Index("ix_cases_area_code_opened_at", "area_code", "opened_at"),
    sqlite_autoincrement=True,
)
# Asked for at every page of the console; there are few.
_URGENT = cases.c.urgent.is_not(None)
sa.Index(
    "ix_cases_urgent",
    cases.c.is_open,
    cases.c.area_code,
    cases.c.id,
    sqlite_where=_URGENT,
    postgresql_where=_URGENT,
)

# Every step of a case's life: who did what, when, and the words that went with it.
case_entries = sa.Table(
    "case_entries",
    metadata,
    id_column(),
    sa.Column("case_id", sa.ForeignKey("cases.id", ondelete="CASCADE"), nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("actor", sa.String(10), nullable=False, doc="resident | official | system"),
    sa.Column("official_id", Id),
    sa.Column("action", sa.String(15), nullable=False),
    sa.Column("status", sa.String(12), doc="the status it came to; none: unchanged"),
    sa.Column("text", sa.Text, doc="the answer, the note, the reason, what was added"),
    sa.Column("public", sa.Boolean, nullable=False, doc="whether the resident sees that this was done"),
    sa.Column("message_id", Id, doc="the message that carried it to the resident"),
    sa.Index("ix_case_entries_case_id_id", "case_id", "id"),
    sqlite_autoincrement=True,
)

# Which case an official was told of by which message, so that a reply to that message is an answer.
case_notices = sa.Table(
    "case_notices",
    metadata,
    sa.Column("message_id", sa.ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("case_id", sa.ForeignKey("cases.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("official_id", Id, nullable=False),
)

canned_replies = sa.Table(
    "canned_replies",
    metadata,
    id_column(),
    sa.Column("title", sa.String(80), nullable=False),
    sa.Column("text", sa.Text, nullable=False, doc="with {fields} that are filled in before it is sent"),
    sa.Column("area_code", sa.String(10), doc="none: for every commune"),
    sa.Column("category", sa.String(15)),
    sa.Column("changed_at", Utc, nullable=False),
    sa.Column("changed_by", Id, nullable=False),
    sqlite_autoincrement=True,
)

# Where a commune's people are received. Kept by its officer, added to answers.
offices = sa.Table(
    "offices",
    metadata,
    sa.Column("area_code", sa.String(10), primary_key=True),
    sa.Column("address", sa.String(300), nullable=False),
    sa.Column("phone", sa.String(30), nullable=False),
    sa.Column("hours", sa.String(200), nullable=False),
    sa.Column("changed_at", Utc, nullable=False),
    sa.Column("changed_by", Id, nullable=False),
)

# Telephone numbers that an admin has tried and vouches for; no other ones are given to residents.
hotlines = sa.Table(
    "hotlines",
    metadata,
    sa.Column("number", sa.String(20), primary_key=True),
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("checked_at", Utc, nullable=False),
    sa.Column("checked_by", Id, nullable=False),
)
