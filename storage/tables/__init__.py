"""The tables, for SQLite and PostgreSQL alike. Rows outlive code: only migrations change them.

Statuses and lanes are stored as words: people read these tables when something went wrong.
"""

from storage.tables.announcements import announcements, channel_files, leaflets
from storage.tables.base import Id, Utc, facts, id_column, metadata
from storage.tables.cases import canned_replies, case_entries, case_notices, cases, hotlines, offices
from storage.tables.content import topic_edits, topic_revisions
from storage.tables.events import (
    agenda_items,
    event_details,
    event_notices,
    event_questions,
    events,
    rsvps,
    survey_answers,
)
from storage.tables.files import attachments, message_files
from storage.tables.officials import audit, official_addresses, official_links, official_sessions, officials
from storage.tables.people import addresses, consents, link_codes, residents
from storage.tables.talk import arrivals, conversations, inbound, messages, outbox, question_groups, questions
from storage.tables.zalo import zalo_tokens

__all__ = [
    "Id",
    "Utc",
    "addresses",
    "agenda_items",
    "announcements",
    "arrivals",
    "attachments",
    "canned_replies",
    "case_entries",
    "case_notices",
    "cases",
    "channel_files",
    "consents",
    "audit",
    "conversations",
    "event_details",
    "event_notices",
    "event_questions",
    "events",
    "facts",
    "hotlines",
    "id_column",
    "inbound",
    "leaflets",
    "link_codes",
    "message_files",
    "messages",
    "metadata",
    "offices",
    "official_addresses",
    "official_links",
    "official_sessions",
    "officials",
    "outbox",
    "question_groups",
    "questions",
    "residents",
    "rsvps",
    "survey_answers",
    "topic_edits",
    "topic_revisions",
    "zalo_tokens",
]
