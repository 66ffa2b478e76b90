"""The webhook's signature: plain SHA-256 over the bytes as they came."""

import hashlib
import hmac
import json

import pytest

from bot.channels.zalo.signature import sign, verified
from tests.fakes.zalo_webhooks import APP_ID, OA_SECRET, signed

# Checked with two independent implementations.
BODY = (
    '{"app_id":"360846524940903967","sender":{"id":"246845883529197922"},"user_id_by_app":"552177279717587730",'
    '"recipient":{"id":"388613280878808645"},"event_name":"user_send_text","message":{"text":"Xin chào",'
    '"msg_id":"96d3cdf3af150460909"},"timestamp":"1764000000000"}'
).encode()
MAC = "86c22a4db96b023faddaeefd84f2c3bc2b4831d4a43c1b86eda830c139a9b4da"


def test_the_known_event_is_verified() -> None:
    assert len(BODY) == 266
    assert verified(BODY, f"mac={MAC}", APP_ID, OA_SECRET)


def test_the_short_vector_of_another_implementation() -> None:
    expected = "2f1ef5aabe67e8396a459ca89562e108ad541f82ba5022c85f645bd6b7220cb9"
    assert sign(b"BODY", "1234567890", "X", "Y") == expected


@pytest.mark.parametrize("header", [MAC, f"mac={MAC.upper()}", f"MAC={MAC}", f" mac={MAC} "])
def test_case_and_the_prefix_do_not_matter(header: str) -> None:
    assert verified(BODY, header, APP_ID, OA_SECRET)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "mac=",
        MAC[:-1],
        MAC + "0",
        f"mac={MAC[:-1]}g",
        f"sha256={MAC}",
        f"mac={MAC}\n{MAC}",
        "mac=" + "é" * 64,
    ],
)
def test_anything_but_64_digits_is_refused(header: str | None) -> None:
    assert not verified(BODY, header, APP_ID, OA_SECRET)


def test_another_secret_is_refused() -> None:
    assert not verified(BODY, f"mac={MAC}", APP_ID, "the-app-secret")
    mac = sign(BODY, "1764000000000", APP_ID, "")
    assert not verified(BODY, f"mac={mac}", APP_ID, "")


def test_the_hmac_of_many_tutorials_is_refused() -> None:
    wrong = hmac.new(OA_SECRET.encode(), BODY, hashlib.sha256).hexdigest()
    assert wrong.startswith("37c1190f")
    assert not verified(BODY, f"mac={wrong}", APP_ID, OA_SECRET)


def test_every_changed_byte_is_noticed() -> None:
    for place in range(len(BODY)):
        changed = BODY[:place] + bytes([BODY[place] ^ 1]) + BODY[place + 1 :]
        assert not verified(changed, f"mac={MAC}", APP_ID, OA_SECRET), place


def test_an_event_of_another_app_is_refused_though_its_signature_is_right() -> None:
    body = BODY.replace(APP_ID.encode(), b"111111111111111111")
    assert not verified(body, signed(body, "1764000000000")["X-ZEvent-Signature"], APP_ID, OA_SECRET)
    other = signed(body, "1764000000000", "111111111111111111")["X-ZEvent-Signature"]
    assert not verified(body, other, APP_ID, OA_SECRET)


@pytest.mark.parametrize("written", ["1764000000000", "1.764e12", "1764000000000.0", "0", "-5"])
def test_a_timestamp_that_is_a_number_counts_with_its_own_digits(written: str) -> None:
    body = f'{{"app_id":"{APP_ID}","timestamp":{written}}}'.encode()
    assert verified(body, signed(body, written)["X-ZEvent-Signature"], APP_ID, OA_SECRET)


def test_an_app_id_that_is_a_number_is_ours_all_the_same() -> None:
    body = f'{{"app_id":{APP_ID},"timestamp":"1"}}'.encode()
    assert verified(body, signed(body, "1")["X-ZEvent-Signature"], APP_ID, OA_SECRET)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"nonsense",
        b"\xff\xfe",
        b"[" * 100_000,
        json.dumps({"app_id": APP_ID}).encode(),
        json.dumps({"app_id": APP_ID, "timestamp": None}).encode(),
        json.dumps({"app_id": APP_ID, "timestamp": {"a": 1}}).encode(),
        f'{{"app_id":"{APP_ID}","timestamp":"\\ud800"}}'.encode(),
    ],
)
def test_what_is_no_event_with_a_timestamp_is_refused(body: bytes) -> None:
    assert not verified(body, f"mac={MAC}", APP_ID, OA_SECRET)


def test_the_bytes_count_and_not_what_they_say() -> None:
    """The same JSON written in another way is another body."""
    again = json.dumps(json.loads(BODY)).encode()
    assert not verified(again, f"mac={MAC}", APP_ID, OA_SECRET)
