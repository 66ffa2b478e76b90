"""What a request brings: text, buttons and files, well-formed or not."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from handlers.files import MAX_FILE_BYTES
from handlers.messages import FileKind
from tests import samples
from tests.channels.webchat.served import MESSAGES, Chat


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


def form_with(*files: bytes, name: str = "a.jpg", **fields: str) -> aiohttp.FormData:
    # Browsers do not quote names.
    form = aiohttp.FormData(fields, quote_fields=False, default_to_multipart=True)
    for content in files:
        form.add_field("file", io.BytesIO(content), filename=name, content_type="image/jpeg")
    return form


def kept(chat: Chat) -> list[Path]:
    assert chat.memory.shelf is not None
    return [path for path in chat.memory.shelf.folder.rglob("*") if path.is_file()]


async def test_file_is_kept_by_what_it_is(chat: Chat) -> None:
    """Whatever its name and its type say."""
    form = form_with(samples.PDF, name="../ảnh/sổ.jpg", text="sổ hộ nghèo", client_id="f1")
    assert await chat.status(data=form) == 200
    inbound = chat.memory.received[0]
    (file,) = inbound.files
    assert (inbound.text, file.kind, file.name) == ("sổ hộ nghèo", FileKind.FILE, "../ảnh/sổ.jpg")
    assert inbound.external_id.endswith(":f1")
    assert file.kept is not None
    assert [path.name for path in kept(chat)] == [file.kept.file]


async def test_file_alone_is_a_message_and_none_chosen_is_none(chat: Chat) -> None:
    assert await chat.status(data=form_with(samples.picture())) == 200
    assert await chat.status(data=form_with(b"", name="")) == 400
    assert await chat.status(data=form_with(b"")) == 400
    assert len(chat.memory.received) == 1


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (samples.bomb(), 413),
        (samples.PDF + bytes(MAX_FILE_BYTES), 413),
        (samples.HEIC, 415),
        (b"<script>alert(1)</script>", 415),
        (samples.picture()[:-200], 400),
    ],
)
async def test_file_that_is_refused_takes_the_whole_message_with_it(
    chat: Chat, content: bytes, status: int
) -> None:
    """The good file before it too: the person is told, and sends again what they want to send."""
    answer = await chat.client.post(MESSAGES, data=form_with(samples.PDF, content, text="x"))
    assert answer.status == status
    assert len((await answer.json())["error"]) > 20
    assert not chat.memory.received
    assert kept(chat) == []


async def test_five_files_are_taken_and_a_sixth_is_not(chat: Chat) -> None:
    for number, status in ((5, 200), (6, 413)):
        form = form_with(*[samples.PDF] * number)
        assert await chat.status(data=form) == status
    assert [len(inbound.files) for inbound in chat.memory.received] == [5]
    assert len(kept(chat)) == 5


async def test_upload_sent_again_is_kept_once(chat: Chat) -> None:
    for _ in range(2):
        assert await chat.status(data=form_with(samples.picture(), client_id="same")) == 200
    assert len(chat.memory.received) == 1
    assert len(kept(chat)) == 1


async def test_same_upload_twice_at_once_is_kept_once(chat: Chat) -> None:
    await chat.client.get("/")  # for the session
    both = (chat.status(data=form_with(samples.picture(), client_id="same")) for _ in range(2))
    assert await asyncio.gather(*both) == [200, 200]
    assert len(chat.memory.received) == 1
    assert len(kept(chat)) == 1


async def test_file_of_a_message_that_may_still_be_under_way_stays(chat: Chat) -> None:
    """The turn goes on after its 503; if it does not, the file is swept up."""
    chat.memory.busy = True
    assert await chat.status(data=form_with(samples.PDF)) == 503
    assert len(kept(chat)) == 1


async def test_disk_that_does_not_do_is_503(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("bot.files.os.fsync", full)
    answer = await chat.client.post(MESSAGES, data=form_with(samples.PDF))
    assert (answer.status, "Retry-After" in answer.headers) == (503, True)
    assert not chat.memory.received


async def test_upload_that_breaks_off_leaves_nothing(chat: Chat) -> None:
    cut = asyncio.Event()

    async def half() -> AsyncIterator[bytes]:
        yield (
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
            + samples.PDF * 3000
        )
        cut.set()
        await asyncio.Event().wait()

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    sending = asyncio.create_task(chat.client.post(MESSAGES, data=half(), headers=headers))
    await cut.wait()
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert await chat.status(data=form_with(samples.picture())) == 200

    assert len(chat.memory.received) == 1
    assert len(kept(chat)) == 1


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
    assert kept(chat) == []
