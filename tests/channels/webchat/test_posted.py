"""What a request brings: text, buttons and files, well-formed or not."""

import io
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest

from handlers.messages import Attachment
from tests.channels.webchat.served import Chat


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b'{"text": 5}',
        b'{"text": ["a"]}',
        b'{"text": true}',
        b'{"payload": 1}',
        b'{"text": "a", "client_id": 7}',
        b'{"text": "a", "client_id": ""}',
        b'{"text": "a", "client_id": "\\u0000"}',
        b'{"text": "a", "client_id": "\\ud800"}',
        json.dumps({"text": "a", "client_id": "x" * 65}).encode(),
        json.dumps({"payload": "x" * 201}).encode(),
        b"{}",
        b'{"text": ""}',
        b'{"text": "  \\n "}',
        b'{"text": null}',
        b"[" * 60_000,
        b'{"text": ' + b"9" * 5000 + b"}",
    ],
)
async def test_malformed_is_400(chat: Chat, body: bytes) -> None:
    assert await chat.status(data=body, headers={"Content-Type": "application/json"}) == 400
    assert not chat.memory.received


async def test_half_surrogate_in_text_is_taken(chat: Chat) -> None:
    body = b'{"text": "a \\ud83d b"}'
    assert await chat.status(data=body, headers={"Content-Type": "application/json"}) == 200
    chat.memory.received[0].text.encode()


@pytest.mark.parametrize("letter", ["a", "ệ", "😀"])
async def test_text_is_limited_to_4096_characters(chat: Chat, letter: str) -> None:
    assert await chat.status(json={"text": letter * 4097}) == 413
    assert await chat.status(json={"text": letter * 4096, "client_id": "x" * 64}) == 200
    assert len(chat.memory.received[0].text) == 4096


async def test_large_body_is_413_whether_its_length_is_told_or_not(chat: Chat) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 1000

    headers = {"Content-Type": "application/json"}
    assert await chat.status(data=b" " * 100_000, headers=headers) == 413
    assert await chat.status(data=pieces(), headers=headers) == 413


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml"])
async def test_other_content_types_are_415(chat: Chat, kind: str) -> None:
    assert await chat.status(data=b'{"text": "a"}', headers={"Content-Type": kind}) == 415


async def test_no_content_type_is_415(chat: Chat) -> None:
    assert await chat.status(data=b'{"text": "a"}', skip_auto_headers=["Content-Type"]) == 415


# -- files


@pytest.mark.parametrize(
    ("kind", "noted"),
    [
        ("image/jpeg", Attachment.PHOTO),
        ("audio/ogg; codecs=opus", Attachment.VOICE),
        ("video/mp4", Attachment.VIDEO),
        ("application/pdf", Attachment.FILE),
    ],
)
async def test_file_is_noted_by_its_kind_and_dropped(chat: Chat, kind: str, noted: Attachment) -> None:
    form = aiohttp.FormData({"text": "ảnh sổ hộ nghèo", "client_id": "f1"})
    form.add_field("file", b"x" * 70_000, filename="a", content_type=kind)
    assert await chat.status(data=form) == 200
    inbound = chat.memory.received[0]
    assert (inbound.text, inbound.attachments) == ("ảnh sổ hộ nghèo", (noted,))
    assert inbound.external_id.endswith(":f1")


async def test_file_alone_is_a_message_and_an_empty_one_is_none(chat: Chat) -> None:
    for content, status in ((b"x", 200), (b"", 400)):
        form = aiohttp.FormData()
        form.add_field("file", content, filename="a.jpg", content_type="image/jpeg")
        assert await chat.status(data=form) == status


async def test_file_of_8_mb_is_taken_and_a_larger_one_is_413(chat: Chat) -> None:
    for size, status in ((8 * 1024 * 1024, 200), (8 * 1024 * 1024 + 1, 413), (9 * 1024 * 1024, 413)):
        form = aiohttp.FormData()
        form.add_field("file", io.BytesIO(b"x" * size), filename="a.bin")
        assert await chat.status(data=form) == status, size


async def test_long_multipart_text_is_413(chat: Chat) -> None:
    for size in (4097, 100_000):
        form = aiohttp.FormData(default_to_multipart=True)
        form.add_field("text", "x" * size)
        assert await chat.status(data=form) == 413


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=b", b""),
        ("multipart/form-data; boundary=b", b"nothing here"),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\nabc'),
        ("multipart/form-data; boundary=b", b"--b\r\nbroken header\r\n\r\nabc\r\n--b--\r\n"),
        (
            "multipart/form-data; boundary=b",
            b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c--\r\n--b--\r\n",
        ),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\n\xff\xfe\r\n--b--\r\n',
        ),
    ],
)
async def test_broken_multipart_is_400(chat: Chat, kind: str, body: bytes) -> None:
    assert await chat.status(data=body, headers={"Content-Type": kind}) == 400
    assert not chat.memory.received
