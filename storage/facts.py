"""Single facts about this database: with which key it was sealed."""

import sqlalchemy as sa

from storage.db import Tx
from storage.errors import WrongKey
from storage.tables import facts

_KEY = "key_fingerprint"


def claim_key(tx: Tx) -> None:
    """Tie a new database to the key at hand; raises WrongKey if it was sealed with another.

    Called at every start: a wrong key would otherwise show only later, as people who cannot be found again.
    """
    if _known_key(tx) is None:
        tx.execute(sa.insert(facts), {"name": _KEY, "value": tx.vault.fingerprint})
    check_key(tx)


def check_key(tx: Tx) -> None:
    """Raise WrongKey if this database was sealed with another key than the one at hand."""
    known = _known_key(tx)
    if known is not None and known != tx.vault.fingerprint:
        raise WrongKey(
            f"SECRET_KEY is not the one this database was sealed with (fingerprint {known}, "
            f"this key has {tx.vault.fingerprint}); put the old key back"
        )


def _known_key(tx: Tx) -> str | None:
    return find(tx, _KEY)


def is_there(tx: Tx) -> bool:
    """Say whether the database is ours and ready to serve; raises Unavailable when it does not answer."""
    return sa.inspect(tx.connection).has_table(facts.name) and _known_key(tx) is not None


def find(tx: Tx, name: str) -> str | None:
    """Return a fact, or None."""
    return tx.execute(sa.select(facts.c.value).where(facts.c.name == name)).scalar()


def put(tx: Tx, name: str, value: str) -> None:
    """Keep a fact that is not kept yet; IntegrityError if it is."""
    tx.execute(sa.insert(facts), {"name": name, "value": value})


def keep(tx: Tx, name: str, value: str) -> None:
    """Keep a fact, in place of what was kept under this name."""
    changed = tx.execute(sa.update(facts).where(facts.c.name == name).values(value=value)).rowcount
    if not changed:
        put(tx, name, value)


def remove(tx: Tx, name: str) -> bool:
    """Forget a fact; returns whether it was kept."""
    return bool(tx.execute(sa.delete(facts).where(facts.c.name == name)).rowcount)
