"""Officials' accounts, their passwords and invitations.

Tokens are kept as keyed hashes only: who reads the database can sign in as nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.db import Tx
from storage.errors import Conflict, NotFound
from storage.tables import officials

_INVITE = "officials.invite"


@dataclass(frozen=True, slots=True)
class Account:
    """One official's account, without its password."""

    id: int
    username: str
    name: str
    role: str
    area_code: str | None
    created_at: datetime
    disabled_at: datetime | None
    locked_until: datetime | None
    has_password: bool
    invite_until: datetime | None


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a sign-in is checked against. `failed_attempts`: since the last one that was right."""

    official_id: int
    password_hash: str | None
    failed_attempts: int
    locked_until: datetime | None
    disabled: bool


_ACCOUNT = sa.select(
    officials.c.id,
    officials.c.username,
    officials.c.name,
    officials.c.role,
    officials.c.area_code,
    officials.c.created_at,
    officials.c.disabled_at,
    officials.c.locked_until,
    officials.c.password_hash.is_not(None).label("has_password"),
    officials.c.invite_until,
)


def add(
    tx: Tx,
    username: str,
    name: str,
    role: str,
    area_code: str | None,
    password_hash: str | None,
    now: datetime,
) -> int:
    """Store an account; returns its id. Raises Conflict when the username is taken."""
    row = {
        "username": username,
        "name": name,
        "role": role,
        "area_code": area_code,
        "password_hash": password_hash,
        "password_changed_at": now if password_hash else None,
        "created_at": now,
        "failed_attempts": 0,
    }
    if find_by_username(tx, username) is not None:
        raise Conflict(f"username {username} is taken")
    new_id: int = tx.execute(sa.insert(officials).returning(officials.c.id), row).scalar_one()
    return new_id


def any_account(tx: Tx) -> bool:
    """Say whether there is any account at all."""
    return tx.execute(sa.select(officials.c.id).limit(1)).first() is not None


def get(tx: Tx, official_id: int) -> Account:
    """Return an account; raises NotFound."""
    found = find(tx, official_id)
    if found is None:
        raise NotFound(f"official {official_id}")
    return found


def find(tx: Tx, official_id: int) -> Account | None:
    """Return an account, or None."""
    row = tx.execute(_ACCOUNT.where(officials.c.id == official_id)).one_or_none()
    return Account(**row._mapping) if row else None


def find_by_username(tx: Tx, username: str) -> Account | None:
    """Return the account with this username, which is in lower case."""
    row = tx.execute(_ACCOUNT.where(officials.c.username == username)).one_or_none()
    return Account(**row._mapping) if row else None


def list_accounts(tx: Tx) -> list[Account]:
    """Return every account by username, those who may work first."""
    query = _ACCOUNT.order_by(officials.c.disabled_at.is_not(None), officials.c.username)
    return [Account(**row._mapping) for row in tx.execute(query)]


def get_names(tx: Tx, ids: Sequence[int]) -> dict[int, str]:
    """Return the names of these officials by id."""
    rows = tx.execute(sa.select(officials.c.id, officials.c.name).where(officials.c.id.in_(set(ids))))
    return {row.id: row.name for row in rows}


def count_active(tx: Tx, role: str) -> int:
    """Count those of a role who may sign in; on PostgreSQL their rows stay locked until the transaction ends."""
    query = (
        sa.select(officials.c.id)
        .where(officials.c.role == role, officials.c.disabled_at.is_(None))
        .order_by(officials.c.id)
        .with_for_update()
    )
    return len(tx.execute(query).all())


def change(tx: Tx, official_id: int, *, name: str, role: str, area_code: str | None) -> None:
    """Change what an account is."""
    _update(tx, official_id, {"name": name, "role": role, "area_code": area_code})


def set_disabled(tx: Tx, official_id: int, disabled_at: datetime | None) -> None:
    """Disable an account, or enable it again with None."""
    _update(tx, official_id, {"disabled_at": disabled_at})


def _update(tx: Tx, official_id: int, values: dict[str, object]) -> None:
    done = tx.execute(sa.update(officials).where(officials.c.id == official_id).values(values))
    if not done.rowcount:
        raise NotFound(f"official {official_id}")


# Passwords ------------------------------------------------------------------------------------------------------


def find_credentials(tx: Tx, username: str) -> Credentials | None:
    """Return what a sign-in is checked against; the row stays locked until the transaction ends (PostgreSQL)."""
    row = tx.execute(
        sa.select(officials).where(officials.c.username == username).with_for_update()
    ).one_or_none()
    return (
        Credentials(
            row.id, row.password_hash, row.failed_attempts, row.locked_until, row.disabled_at is not None
        )
        if row
        else None
    )


def set_attempts(tx: Tx, official_id: int, failed_attempts: int, locked_until: datetime | None) -> None:
    """Note how many attempts failed in a row, and until when no further one counts."""
    _update(tx, official_id, {"failed_attempts": failed_attempts, "locked_until": locked_until})


def get_password_hash(tx: Tx, official_id: int) -> str | None:
    """Return the hash; None where no password was set yet. Raises NotFound."""
    row = tx.execute(sa.select(officials.c.password_hash).where(officials.c.id == official_id)).one_or_none()
    if row is None:
        raise NotFound(f"official {official_id}")
    value: str | None = row.password_hash
    return value


def set_password(tx: Tx, official_id: int, password_hash: str, now: datetime) -> None:
    """Set a password; an invitation that was open and a lock-out end with it."""
    _update(
        tx,
        official_id,
        {
            "password_hash": password_hash,
            "password_changed_at": now,
            "invite_hash": None,
            "invite_until": None,
            "failed_attempts": 0,
            "locked_until": None,
        },
    )


def set_invite(tx: Tx, official_id: int, token: str, until: datetime) -> None:
    """Let whoever has the token set the password, once; an earlier token ends."""
    _update(tx, official_id, {"invite_hash": tx.vault.lookup(_INVITE, token), "invite_until": until})


def find_by_invite(tx: Tx, token: str, now: datetime, *, lock: bool = False) -> Account | None:
    """Return whom a token invites; None for one that ended, was used, or never was.

    Args: lock: it is about to be used up; of two at once, the second waits and then finds nothing (PostgreSQL).
    """
    query = _ACCOUNT.where(
        officials.c.invite_hash == tx.vault.lookup(_INVITE, token),
        officials.c.invite_until > now,
        officials.c.disabled_at.is_(None),
    )
    row = tx.execute(query.with_for_update() if lock else query).one_or_none()
    return Account(**row._mapping) if row else None
