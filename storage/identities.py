"""What residents chose to tell of who they are: name, phone, the category of their household. Sealed."""

from dataclasses import dataclass

import sqlalchemy as sa

from storage.db import Tx
from storage.errors import NotFound
from storage.tables import residents

_NAME = "residents.name"
_PHONE = "residents.phone"
_CATEGORY = "residents.category"


@dataclass(frozen=True, slots=True)
class Identity:
    """What a person chose to tell of who they are."""

    name: str | None
    phone: str | None
    category: str | None = None
    """Of the household: poor, near_poor, newly_escaped, other."""


def set_identity(tx: Tx, resident_id: int, identity: Identity) -> None:
    """Seal and keep name and phone; None forgets what was kept. The category has its own `set_category`.

    A phone number belongs to one resident: IntegrityError when another has it.
    """
    vault, phone = tx.vault, identity.phone
    tx.execute(
        sa.update(residents)
        .where(residents.c.id == resident_id)
        .values(
            name_sealed=vault.seal(_NAME, identity.name) if identity.name else None,
            phone_sealed=vault.seal(_PHONE, phone) if phone else None,
            phone_lookup=vault.lookup(_PHONE, phone) if phone else None,
        )
    )


def set_category(tx: Tx, resident_id: int, category: str | None) -> None:
    """Seal and keep the category of the household that a person told; None forgets it."""
    sealed = tx.vault.seal(_CATEGORY, category) if category else None
    tx.execute(sa.update(residents).where(residents.c.id == resident_id).values(category_sealed=sealed))


def open_category(tx: Tx, sealed: bytes | None) -> str | None:
    """Return the category that a resident's sealed column holds."""
    return tx.vault.open(_CATEGORY, sealed) if sealed else None


def get_identity(tx: Tx, resident_id: int) -> Identity:
    """Open what a resident told of who they are; raises NotFound."""
    row = tx.execute(
        sa.select(residents.c.name_sealed, residents.c.phone_sealed, residents.c.category_sealed).where(
            residents.c.id == resident_id
        )
    ).one_or_none()
    if row is None:
        raise NotFound(f"no resident {resident_id}")
    return open_identity(tx, row.name_sealed, row.phone_sealed, row.category_sealed)


def open_identity(
    tx: Tx, name_sealed: bytes | None, phone_sealed: bytes | None, category_sealed: bytes | None = None
) -> Identity:
    """Return what a resident's sealed columns hold."""
    return Identity(
        tx.vault.open(_NAME, name_sealed) if name_sealed else None,
        tx.vault.open(_PHONE, phone_sealed) if phone_sealed else None,
        open_category(tx, category_sealed),
    )


def find_by_phone(tx: Tx, phone: str) -> int | None:
    """Return the resident who gave this phone number, or None."""
    lookup = tx.vault.lookup(_PHONE, phone)
    return tx.execute(sa.select(residents.c.id).where(residents.c.phone_lookup == lookup)).scalar()
