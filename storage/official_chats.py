"""The chat addresses that are officials' own, and the one-time codes that make them so; codes are kept as keyed hashes."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.db import Tx
from storage.tables import addresses, official_addresses, official_links

_LINK = "official_links.code"


def add_link(tx: Tx, official_id: int, code: str, expires_at: datetime) -> None:
    """Store a one-time code; those the official did not use end."""
    tx.execute(
        sa.delete(official_links).where(
            official_links.c.official_id == official_id, official_links.c.used_at.is_(None)
        )
    )
    row = {
        "code_hash": tx.vault.lookup(_LINK, code),
        "official_id": official_id,
        "expires_at": expires_at,
    }
    tx.execute(sa.insert(official_links), row)


def use_link(tx: Tx, code: str, now: datetime) -> int | None:
    """Use a code up; returns whose it was, None for one that ended, was used, or never was."""
    used = tx.execute(
        sa.update(official_links)
        .where(
            official_links.c.code_hash == tx.vault.lookup(_LINK, code),
            official_links.c.used_at.is_(None),
            official_links.c.expires_at > now,
        )
        .values({"used_at": now})
        .returning(official_links.c.official_id)
    ).one_or_none()
    return used.official_id if used else None


def link_address(tx: Tx, address_id: int, official_id: int, now: datetime) -> None:
    """Make an address an official's own; whose it was before is forgotten."""
    unlink_address(tx, address_id)
    row = {"address_id": address_id, "official_id": official_id, "linked_at": now}
    tx.execute(sa.insert(official_addresses), row)


def unlink_address(tx: Tx, address_id: int) -> None:
    """Make an address a resident's again."""
    tx.execute(sa.delete(official_addresses).where(official_addresses.c.address_id == address_id))


def find_official(tx: Tx, address_id: int) -> int | None:
    """Return the id of the official who writes from this address; None for a resident."""
    return tx.execute(
        sa.select(official_addresses.c.official_id).where(official_addresses.c.address_id == address_id)
    ).scalar_one_or_none()


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat address that is an official's own, since `linked_at`."""

    address_id: int
    channel: str
    linked_at: datetime


def list_chats(tx: Tx, official_id: int) -> list[Chat]:
    """Return the chats that are this official's, oldest first."""
    query = (
        sa.select(official_addresses.c.address_id, addresses.c.channel, official_addresses.c.linked_at)
        .join(addresses, addresses.c.id == official_addresses.c.address_id)
        .where(official_addresses.c.official_id == official_id)
        .order_by(official_addresses.c.address_id)
    )
    return [Chat(row.address_id, row.channel, row.linked_at) for row in tx.execute(query)]
