"""The tables, for SQLite and PostgreSQL alike. Rows outlive code: only migrations change them.

Statuses and lanes are stored as words: people read these tables when something went wrong.
"""

from storage.tables.base import Id, Utc, facts, id_column, metadata
from storage.tables.officials import audit, official_addresses, official_links, official_sessions, officials
from storage.tables.people import addresses, residents
from storage.tables.talk import conversations, inbound, messages, outbox, questions

__all__ = [
    "Id",
    "Utc",
    "addresses",
    "audit",
    "conversations",
    "facts",
    "id_column",
    "inbound",
    "messages",
    "metadata",
    "official_addresses",
    "official_links",
    "official_sessions",
    "officials",
    "outbox",
    "questions",
    "residents",
]
