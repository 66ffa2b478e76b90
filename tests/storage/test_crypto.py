"""What is sealed opens only with its key, for its column, unchanged; and is found again by a keyed hash."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.crypto import MIN_SECRET_CHARS, Vault, derive
from storage.errors import WrongKey
from tests.databases import SECRET

COLUMN = "residents.name"
TEXT = "Phạm Thị Hạnh"
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


@pytest.fixture(scope="module")
def vault() -> Vault:
    return Vault(SECRET)


@given(text=texts)
def test_whatever_is_sealed_opens_again(vault: Vault, text: str) -> None:
    assert vault.open(COLUMN, vault.seal(COLUMN, text)) == text


def test_the_same_text_never_gives_the_same_bytes(vault: Vault) -> None:
    """Equal bytes would tell which residents share a name."""
    assert len({vault.seal(COLUMN, TEXT) for _ in range(100)}) == 100


def test_sealed_bytes_do_not_show_the_text(vault: Vault) -> None:
    assert TEXT.encode() not in vault.seal(COLUMN, TEXT)


def test_what_an_earlier_version_sealed_still_opens_and_is_still_found() -> None:
    """Bytes written by format 1: whoever changes the derivation locks every database there is."""
    vault = Vault("k" * 40)
    sealed = bytes.fromhex(
        "0191415472bb0a9402b7bcfa49456a86b309e4aabb68678ee709bee9f8770447c240dbc3de3b4992f981f1c60920804d"
    )

    assert vault.open(COLUMN, sealed) == TEXT
    assert (
        vault.lookup(COLUMN, TEXT).hex() == "6588effc95f5d95660b96f19f5ce4f196157dbdf86caefb0e3f344ebeae70a78"
    )
    assert vault.fingerprint == "011eb4f64fc70576"


def test_another_key_does_not_open(vault: Vault) -> None:
    sealed = vault.seal(COLUMN, TEXT)

    assert Vault(SECRET).open(COLUMN, sealed) == TEXT
    with pytest.raises(WrongKey, match=COLUMN):
        Vault(SECRET + "x").open(COLUMN, sealed)


def test_sealed_for_one_column_does_not_open_as_another(vault: Vault) -> None:
    """A phone number copied over a name is noticed."""
    sealed = vault.seal("residents.phone", "0912345678")

    with pytest.raises(WrongKey):
        vault.open(COLUMN, sealed)


def test_a_change_of_any_byte_is_noticed(vault: Vault) -> None:
    sealed = vault.seal(COLUMN, TEXT)

    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(WrongKey):
            vault.open(COLUMN, bytes(changed))


def test_bytes_cut_short_or_grown_are_noticed(vault: Vault) -> None:
    sealed = vault.seal(COLUMN, TEXT)

    for wrong in (*(sealed[:length] for length in range(len(sealed))), sealed + b"\0"):
        with pytest.raises(WrongKey):
            vault.open(COLUMN, wrong)


def test_an_unknown_format_is_named(vault: Vault) -> None:
    with pytest.raises(WrongKey, match="format this version does not know"):
        vault.open(COLUMN, b"\x02" + vault.seal(COLUMN, TEXT)[1:])


def test_a_refusal_shows_neither_key_nor_text(vault: Vault) -> None:
    with pytest.raises(WrongKey) as refusal:
        vault.open("residents.phone", vault.seal(COLUMN, TEXT))

    assert SECRET not in str(refusal.value)
    assert TEXT not in str(refusal.value)


@given(one=texts, two=texts)
def test_lookups_are_equal_exactly_for_equal_texts(vault: Vault, one: str, two: str) -> None:
    assert len(vault.lookup(COLUMN, one)) == 32
    assert (vault.lookup(COLUMN, one) == vault.lookup(COLUMN, two)) == (one == two)


def test_a_lookup_needs_the_key_and_the_column(vault: Vault) -> None:
    """Ten digits can all be tried: a hash without a key would be no secret."""
    found = {
        vault.lookup("residents.phone", "0912345678"),
        vault.lookup("residents.name", "0912345678"),
        Vault(SECRET + "x").lookup("residents.phone", "0912345678"),
        hashlib.sha256(b"0912345678").digest(),
        hashlib.sha256(b"residents.phone\x000912345678").digest(),
    }

    assert len(found) == 5


def test_each_purpose_has_its_own_key() -> None:
    assert derive(SECRET, "seal") == derive(SECRET, "seal")
    assert len({derive(SECRET, label) for label in ("seal", "lookup", "fingerprint", "session")}) == 4
    assert derive(SECRET, "seal") != derive(SECRET + "x", "seal")
    assert [len(derive(SECRET, "seal", length)) for length in (8, 32, 64)] == [8, 32, 64]


def test_the_fingerprint_tells_keys_apart_and_is_part_of_none() -> None:
    print_ = Vault(SECRET).fingerprint

    assert print_ == Vault(SECRET).fingerprint != Vault(SECRET + "x").fingerprint
    assert print_ not in derive(SECRET, "seal").hex() + derive(SECRET, "lookup").hex()


def test_a_secret_has_at_least_32_characters() -> None:
    Vault("x" * MIN_SECRET_CHARS)
    with pytest.raises(ValueError, match="at least 32 characters") as refusal:
        Vault("x" * (MIN_SECRET_CHARS - 1))

    assert "xx" not in str(refusal.value)
