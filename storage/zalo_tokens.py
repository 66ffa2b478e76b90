"""The pair of tokens with which the service speaks for an Official Account on Zalo. One row for each app.

A refresh token is good for one use, and the answer to that use is the only place where the next one stands: whoever uses
it holds the lease, has written down the attempt before, and writes the new pair before anybody uses it.
"""

import hmac
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from storage.db import Tx
from storage.tables import zalo_tokens

PROBLEM_CHARS = 200
_ACCESS, _REFRESH, _SEED = "zalo_tokens.access", "zalo_tokens.refresh", "zalo_tokens.seed"
_STATE, _VERIFIER = "zalo_tokens.consent_state", "zalo_tokens.consent_verifier"
_MAKE = {
    "postgresql": postgresql.insert(zalo_tokens).on_conflict_do_nothing(),
    "sqlite": sqlite.insert(zalo_tokens).on_conflict_do_nothing(),
}


class State(StrEnum):
    """Whether the pair can be renewed, or a person has to consent again."""

    OK = "ok"
    NEEDS_CONSENT = "needs_consent"


@dataclass(frozen=True, slots=True)
class Pair:
    """An access token and the refresh token that came with it, and until when each is good."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: datetime
    refresh_expires_at: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of an app's tokens.

    Args:
        problem: what the last renewal ran into; None after one that went well.
        access: None with a refresh token that came from the settings and was not used yet, and once the API refused it.
        refresh: None before anybody has consented.
        lease_owner, lease_until: who renews it, and until when nobody else does.
        attempted_at, attempts: the last use of this refresh token that has no outcome, and how many of them there are.
    """

    app_id: str
    oa_id: str | None
    state: State
    problem: str | None
    access: str | None = field(repr=False)
    refresh: str | None = field(repr=False)
    rotated_at: datetime | None
    expires_at: datetime | None
    refresh_expires_at: datetime | None
    lease_owner: str | None
    lease_until: datetime | None
    attempted_at: datetime | None
    attempts: int


@dataclass(frozen=True, slots=True)
class Consent:
    """A consent that an official began and that has not come back yet."""

    state: str = field(repr=False)
    verifier: str = field(repr=False)
    official_id: int
    until: datetime

    def is_for(self, state: str) -> bool:
        """Say whether it is the one that this state belongs to, without telling how much of it is right."""
        return hmac.compare_digest(self.state.encode(), state.encode())


def find(tx: Tx, app_id: str, *, lock: bool = False) -> Kept | None:
    """Return what is known; None before the first token and the first consent.

    Args: lock: nobody else changes it before this transaction ends (on SQLite no other writer runs anyway).
    """
    query = sa.select(zalo_tokens).where(zalo_tokens.c.app_id == app_id)
    row = tx.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        return None
    return Kept(
        row.app_id,
        row.oa_id,
        State(row.state),
        row.problem,
        _opened(tx, _ACCESS, row.access_sealed),
        _opened(tx, _REFRESH, row.refresh_sealed),
        row.rotated_at,
        row.expires_at,
        row.refresh_expires_at,
        row.lease_owner,
        row.lease_until,
        row.attempted_at,
        row.attempts,
    )


def _opened(tx: Tx, column: str, sealed: bytes | None) -> str | None:
    return None if sealed is None else tx.vault.open(column, sealed)


def plant(tx: Tx, app_id: str, seed: str) -> bool:
    """Take the refresh token of the settings, if there is none yet or it is another one than was taken last.

    A restart with the same settings changes nothing: the token in them was used long ago. Returns whether it was taken.
    """
    lookup = tx.vault.lookup(_SEED, seed)
    row = _locked(tx, app_id)
    if row.refresh_sealed is not None and row.seed_lookup == lookup:
        return False
    _update(
        tx,
        app_id,
        {
            "state": State.OK,
            "problem": None,
            "access_sealed": None,
            "refresh_sealed": tx.vault.seal(_REFRESH, seed),
            "previous_access_sealed": row.access_sealed,
            "previous_refresh_sealed": row.refresh_sealed,
            "rotated_at": None,
            "expires_at": None,
            "refresh_expires_at": None,
            "seed_lookup": lookup,
        }
        | _NOBODY_RENEWS,
    )
    return True


_NOBODY_RENEWS: dict[str, object] = {
    "lease_owner": None,
    "lease_until": None,
    "attempted_at": None,
    "attempts": 0,
}


def _locked(tx: Tx, app_id: str) -> sa.Row[Any]:
    """Return the row, made if it is not there, so that nobody else changes it before this transaction ends."""
    # Two that start together both find nothing to lock: the second one's row gives way to the first one's.
    tx.execute(_MAKE[tx.dialect], {"app_id": app_id, "state": State.NEEDS_CONSENT, "attempts": 0})
    return tx.execute(sa.select(zalo_tokens).where(zalo_tokens.c.app_id == app_id).with_for_update()).one()


def _update(tx: Tx, app_id: str, values: dict[str, object]) -> None:
    tx.execute(sa.update(zalo_tokens).where(zalo_tokens.c.app_id == app_id).values(values))


def attempt(tx: Tx, app_id: str, owner: str, until: datetime, now: datetime) -> None:
    """Take the lease and write down that the refresh token is about to be used; commit before the call."""
    _update(
        tx,
        app_id,
        {
            "lease_owner": owner,
            "lease_until": until,
            "attempted_at": now,
            "attempts": zalo_tokens.c.attempts + 1,
        },
    )


def let_go(tx: Tx, app_id: str, owner: str, problem: str) -> None:
    """End one's lease on a call that brought no outcome: the attempt stays, for the token may be spent."""
    tx.execute(
        sa.update(zalo_tokens)
        .where(zalo_tokens.c.app_id == app_id, zalo_tokens.c.lease_owner == owner)
        .values(lease_owner=None, lease_until=None, problem=problem[:PROBLEM_CHARS])
    )


def end_lease(tx: Tx, app_id: str) -> None:
    """End whoever's lease; for a start that knows that nobody else runs."""
    tx.execute(
        sa.update(zalo_tokens)
        .where(zalo_tokens.c.app_id == app_id)
        .values(lease_owner=None, lease_until=None)
    )


def save(tx: Tx, app_id: str, used: str | None, pair: Pair, now: datetime, oa_id: str | None = None) -> bool:
    """Keep a new pair, and the one before it for diagnosis.

    Args:
        used: the refresh token that brought it; if another one is kept by now, the pair is not and False is returned.
            None: a person has just consented, and that counts.
        oa_id: which OA it speaks for; None: as before.
    """
    row = _locked(tx, app_id)
    if used is not None and _opened(tx, _REFRESH, row.refresh_sealed) != used:
        return False
    values: dict[str, object] = {
        "state": State.OK,
        "problem": None,
        "access_sealed": tx.vault.seal(_ACCESS, pair.access),
        "refresh_sealed": tx.vault.seal(_REFRESH, pair.refresh),
        "previous_access_sealed": row.access_sealed,
        "previous_refresh_sealed": row.refresh_sealed,
        "rotated_at": now,
        "expires_at": pair.expires_at,
        "refresh_expires_at": pair.refresh_expires_at,
    }
    _update(tx, app_id, values | _NOBODY_RENEWS | ({"oa_id": oa_id} if oa_id else {}))
    return True


def refuse(tx: Tx, app_id: str, used: str, problem: str) -> bool:
    """Note that the OAuth server refused a refresh token: a person has to consent again. The pair stays as it is.

    Returns False, with nothing changed, if another one is kept by now.
    """
    kept = find(tx, app_id, lock=True)
    if kept is None or kept.refresh != used:
        return False
    _update(tx, app_id, {"state": State.NEEDS_CONSENT, "problem": problem[:PROBLEM_CHARS]} | _NOBODY_RENEWS)
    return True


def drop_access(tx: Tx, app_id: str) -> None:
    """Forget the access token: the API refused it, and there is nothing to renew it with."""
    _update(tx, app_id, {"access_sealed": None})


def know_oa(tx: Tx, app_id: str, oa_id: str) -> None:
    """Note which OA the tokens speak for, where nobody knew."""
    here = sa.and_(zalo_tokens.c.app_id == app_id, zalo_tokens.c.oa_id.is_(None))
    tx.execute(sa.update(zalo_tokens).where(here).values(oa_id=oa_id))


def begin_consent(tx: Tx, app_id: str, consent: Consent) -> None:
    """Keep what a consent needs when it comes back; one that was begun before is void."""
    _locked(tx, app_id)
    _update(
        tx,
        app_id,
        {
            "consent_state_sealed": tx.vault.seal(_STATE, consent.state),
            "consent_verifier_sealed": tx.vault.seal(_VERIFIER, consent.verifier),
            "consent_official_id": consent.official_id,
            "consent_until": consent.until,
        },
    )


def find_consent(tx: Tx, app_id: str, *, lock: bool = False) -> Consent | None:
    """Return the consent that was begun last and has not come back, over or not; see `find` for `lock`."""
    query = sa.select(
        zalo_tokens.c.consent_state_sealed,
        zalo_tokens.c.consent_verifier_sealed,
        zalo_tokens.c.consent_official_id,
        zalo_tokens.c.consent_until,
    ).where(zalo_tokens.c.app_id == app_id, zalo_tokens.c.consent_until.is_not(None))
    row = tx.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        return None
    return Consent(
        tx.vault.open(_STATE, row.consent_state_sealed),
        tx.vault.open(_VERIFIER, row.consent_verifier_sealed),
        row.consent_official_id,
        row.consent_until,
    )


def drop_consent(tx: Tx, app_id: str) -> None:
    """Forget the consent that was begun: it came back, and counts once."""
    _update(
        tx,
        app_id,
        {
            "consent_state_sealed": None,
            "consent_verifier_sealed": None,
            "consent_official_id": None,
            "consent_until": None,
        },
    )
