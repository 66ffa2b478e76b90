"""The pair of tokens for Zalo: sealed, and changed only by whoever used the token that is kept."""

from datetime import timedelta

import sqlalchemy as sa

from storage import zalo_tokens
from storage.db import Database, Tx
from storage.tables import zalo_tokens as table
from storage.zalo_tokens import Consent, Kept, Pair, State
from tests.conftest import NOW
from tests.storage.builders import make_official

APP = "360846524940903967"
SEED = "seed-of-the-settings"


def pair(name: str) -> Pair:
    return Pair(
        f"access-of-{name}", f"refresh-of-{name}", NOW + timedelta(hours=25), NOW + timedelta(days=90)
    )


async def kept(database: Database) -> Kept:
    found = await database.read(zalo_tokens.find, APP)
    assert found is not None
    return found


async def test_nothing_is_known_before_the_first_token(database: Database) -> None:
    assert await database.read(zalo_tokens.find, APP) is None
    assert await database.read(zalo_tokens.find_consent, APP) is None


async def test_no_token_state_or_verifier_can_be_read_from_the_file(sqlite: Database) -> None:
    def fill(tx: Tx) -> None:
        zalo_tokens.plant(tx, APP, SEED)
        zalo_tokens.save(tx, APP, SEED, pair("one"), NOW)
        zalo_tokens.save(tx, APP, "refresh-of-one", pair("two"), NOW)
        consent = Consent("state-that-comes-back", "verifier-kept-here", make_official(tx), NOW)
        zalo_tokens.begin_consent(tx, APP, consent)

    await sqlite.write(fill)

    assert sqlite.file is not None
    raw = b"".join(f.read_bytes() for f in sqlite.file.parent.glob(f"{sqlite.file.name}*"))
    assert APP.encode() in raw
    for secret in (SEED, "access-of-", "refresh-of-", "state-that-comes-back", "verifier-kept-here"):
        assert secret.encode() not in raw
    assert "access-of" not in repr(await kept(sqlite)) + repr(pair("one"))
    found = await sqlite.read(zalo_tokens.find_consent, APP)
    assert "kept-here" not in repr(found)


async def test_a_new_pair_is_kept_with_the_one_before_it(database: Database) -> None:
    await database.write(zalo_tokens.save, APP, None, pair("one"), NOW, "388613280878808645")
    await database.write(
        zalo_tokens.attempt, APP, "me", NOW + timedelta(minutes=1), NOW + timedelta(seconds=1)
    )
    assert await database.write(zalo_tokens.save, APP, "refresh-of-one", pair("two"), NOW)

    found = await kept(database)
    assert (found.access, found.refresh) == ("access-of-two", "refresh-of-two")
    assert found.oa_id == "388613280878808645"
    assert (found.lease_owner, found.attempted_at, found.attempts) == (None, None, 0)

    def before(tx: Tx) -> tuple[str, str]:
        row = tx.execute(sa.select(table)).one()
        return (
            tx.vault.open("zalo_tokens.access", row.previous_access_sealed),
            tx.vault.open("zalo_tokens.refresh", row.previous_refresh_sealed),
        )

    assert await database.read(before) == ("access-of-one", "refresh-of-one")


async def test_an_answer_to_a_token_that_is_no_longer_kept_changes_nothing(database: Database) -> None:
    """Whoever stood still for longer than its lease comes with yesterday's answer, good or bad."""
    await database.write(zalo_tokens.save, APP, None, pair("new"), NOW)

    assert not await database.write(zalo_tokens.save, APP, "refresh-of-old", pair("late"), NOW)
    assert not await database.write(zalo_tokens.refuse, APP, "refresh-of-old", "-14014")

    found = await kept(database)
    assert (found.refresh, found.state) == ("refresh-of-new", State.OK)


async def test_refusal_leaves_the_pair_and_says_why(database: Database) -> None:
    await database.write(zalo_tokens.save, APP, None, pair("one"), NOW)

    assert await database.write(zalo_tokens.refuse, APP, "refresh-of-one", "-14014 " + "x" * 500)

    found = await kept(database)
    assert (found.state, found.access, found.refresh) == (
        State.NEEDS_CONSENT,
        "access-of-one",
        "refresh-of-one",
    )
    assert found.problem is not None
    assert found.problem.startswith("-14014")


async def test_a_seed_counts_once_and_a_new_one_counts_again(database: Database) -> None:
    assert await database.write(zalo_tokens.plant, APP, SEED)
    assert await database.write(zalo_tokens.save, APP, SEED, pair("one"), NOW)

    assert not await database.write(zalo_tokens.plant, APP, SEED)
    assert (await kept(database)).refresh == "refresh-of-one"
    assert await database.write(zalo_tokens.plant, APP, "another seed")

    found = await kept(database)
    assert (found.refresh, found.access, found.state) == ("another seed", None, State.OK)


async def test_a_seed_after_a_refusal_counts_if_it_is_another_one(database: Database) -> None:
    await database.write(zalo_tokens.plant, APP, SEED)
    await database.write(zalo_tokens.refuse, APP, SEED, "-14014")

    assert not await database.write(zalo_tokens.plant, APP, SEED)
    assert await database.write(zalo_tokens.plant, APP, "another seed")

    assert (await kept(database)).state is State.OK


async def test_an_attempt_without_outcome_outlives_the_lease(database: Database) -> None:
    until = NOW + timedelta(minutes=1)
    await database.write(zalo_tokens.plant, APP, SEED)
    await database.write(zalo_tokens.attempt, APP, "me", until, NOW)
    await database.write(zalo_tokens.let_go, APP, "somebody else", "no answer")
    assert (await kept(database)).lease_until == until

    await database.write(zalo_tokens.let_go, APP, "me", "no answer")
    await database.write(zalo_tokens.attempt, APP, "you", until, NOW)

    found = await kept(database)
    assert (found.lease_owner, found.attempted_at, found.attempts) == ("you", NOW, 2)


async def test_a_consent_is_there_until_it_is_dropped_and_a_later_one_replaces_it(database: Database) -> None:
    official_id = await database.write(make_official)
    for name in ("first", "second"):
        consent = Consent(f"state {name}", f"verifier {name}", official_id, NOW + timedelta(minutes=15))
        await database.write(zalo_tokens.begin_consent, APP, consent)

    found = await database.read(zalo_tokens.find_consent, APP)
    assert found == consent
    assert found.is_for("state second")
    assert not found.is_for("state first")
    assert (await kept(database)).state is State.NEEDS_CONSENT
    await database.write(zalo_tokens.drop_consent, APP)

    assert await database.read(zalo_tokens.find_consent, APP) is None


async def test_which_oa_it_is_is_noted_once(database: Database) -> None:
    await database.write(zalo_tokens.plant, APP, SEED)
    await database.write(zalo_tokens.know_oa, APP, "1")
    await database.write(zalo_tokens.know_oa, APP, "2")

    assert (await kept(database)).oa_id == "1"
