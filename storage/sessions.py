"""Officials' sign-ins, one a device. Tokens are kept as keyed hashes only."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.db import Tx
from storage.officials import Account, get
from storage.tables import official_sessions

_SESSION = "official_sessions.token"


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in on one device."""

    id: int
    official_id: int
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    device: str


_SESSIONS = sa.select(
    official_sessions.c.id,
    official_sessions.c.official_id,
    official_sessions.c.created_at,
    official_sessions.c.last_seen_at,
    official_sessions.c.expires_at,
    official_sessions.c.device,
)


def start(tx: Tx, official_id: int, token: str, device: str, now: datetime, expires_at: datetime) -> int:
    """Store a sign-in; returns its id."""
    row = {
        "token_hash": tx.vault.lookup(_SESSION, token),
        "official_id": official_id,
        "created_at": now,
        "last_seen_at": now,
        "expires_at": expires_at,
        "device": device,
    }
    new_id: int = tx.execute(sa.insert(official_sessions).returning(official_sessions.c.id), row).scalar_one()
    return new_id


def find(tx: Tx, token: str, now: datetime, seen_since: datetime) -> tuple[Session, Account] | None:
    """Return a session that is alive and whose it is; None when it ended, was idle, or the account is disabled.

    Args: seen_since: a session that nobody used since then is over.
    """
    row = tx.execute(
        _SESSIONS.where(
            official_sessions.c.token_hash == tx.vault.lookup(_SESSION, token),
            official_sessions.c.ended_at.is_(None),
            official_sessions.c.expires_at > now,
            official_sessions.c.last_seen_at > seen_since,
        )
    ).one_or_none()
    if row is None:
        return None
    account = get(tx, row.official_id)
    return None if account.disabled_at else (Session(**row._mapping), account)


def list_living(tx: Tx, official_id: int, now: datetime, seen_since: datetime) -> list[Session]:
    """Return an official's living sessions, the last used first."""
    query = _SESSIONS.where(
        official_sessions.c.official_id == official_id,
        official_sessions.c.ended_at.is_(None),
        official_sessions.c.expires_at > now,
        official_sessions.c.last_seen_at > seen_since,
    ).order_by(official_sessions.c.last_seen_at.desc(), official_sessions.c.id.desc())
    return [Session(**row._mapping) for row in tx.execute(query)]


def touch(tx: Tx, session_id: int, now: datetime) -> None:
    """Note that a session is in use."""
    tx.execute(
        sa.update(official_sessions).where(official_sessions.c.id == session_id).values({"last_seen_at": now})
    )


def end(tx: Tx, official_id: int, now: datetime, *, only: int | None = None, but: int | None = None) -> int:
    """End an official's sessions, or `only` one, or all `but` one; returns how many."""
    query = sa.update(official_sessions).where(
        official_sessions.c.official_id == official_id, official_sessions.c.ended_at.is_(None)
    )
    if only is not None:
        query = query.where(official_sessions.c.id == only)
    if but is not None:
        query = query.where(official_sessions.c.id != but)
    return tx.execute(query.values({"ended_at": now})).rowcount
