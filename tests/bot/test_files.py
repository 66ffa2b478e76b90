"""Files on the shelf: looked at by their content, drawn anew, under random names, whole or not at all."""

import asyncio
import errno
import io
import os
import stat
import time
from pathlib import Path

import pytest
from PIL import Image

from bot import files as module
from bot.channels.base import NotNow, Pieces
from bot.files import Shelf
from bot.pictures import redraw
from handlers import file_texts
from handlers.files import MAX_FILE_BYTES, RefusedFile, Why
from handlers.messages import FileKind, IncomingFile
from tests import samples
from tests.samples import picture, pieces


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "files")


def on_disk(shelf: Shelf) -> list[Path]:
    return sorted(path for path in shelf.folder.rglob("*") if path.is_file())


def content(shelf: Shelf, one: IncomingFile) -> bytes:
    assert one.kept is not None
    return shelf.path(one.kept.file).read_bytes()


@pytest.mark.parametrize(
    ("sent", "kind", "media_type"),
    [
        (picture("JPEG"), FileKind.PHOTO, "image/jpeg"),
        (picture("PNG", mode="RGBA"), FileKind.PHOTO, "image/jpeg"),
        (picture("PNG", mode="I;16"), FileKind.PHOTO, "image/jpeg"),
        (picture("PNG", mode="1"), FileKind.PHOTO, "image/jpeg"),
        (picture("PNG", mode="LA"), FileKind.PHOTO, "image/jpeg"),
        (picture("PNG", mode="P", transparency=0), FileKind.PHOTO, "image/jpeg"),
        (picture("JPEG", mode="CMYK"), FileKind.PHOTO, "image/jpeg"),
        (picture("WEBP"), FileKind.PHOTO, "image/jpeg"),
        (picture("GIF", mode="P"), FileKind.PHOTO, "image/jpeg"),
        (samples.OPUS, FileKind.VOICE, "audio/ogg"),
        (samples.MP3, FileKind.VOICE, "audio/mpeg"),
        (samples.MP3_TAGGED, FileKind.VOICE, "audio/mpeg"),
        (samples.M4A, FileKind.VOICE, "audio/mp4"),
        (samples.WEBM, FileKind.VOICE, "audio/webm"),
        (samples.MP4, FileKind.VIDEO, "video/mp4"),
        (samples.PDF, FileKind.FILE, "application/pdf"),
        (
            samples.DOCX,
            FileKind.FILE,
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (samples.XLSX, FileKind.FILE, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ],
)
async def test_kind_is_read_from_the_content(
    shelf: Shelf, sent: bytes, kind: FileKind, media_type: str
) -> None:
    """Whatever the name says."""
    one = await shelf.keep(pieces(sent), "../../chuong-trinh.exe")

    assert one.kept is not None
    assert (one.kind, one.kept.media_type) == (kind, media_type)
    assert on_disk(shelf) == [shelf.path(one.kept.file)]
    if kind is not FileKind.PHOTO:
        assert content(shelf, one) == sent
    assert one.kept.size == len(content(shelf, one))


@pytest.mark.parametrize(
    ("sent", "why", "sentence"),
    [
        (b"", Why.BROKEN, file_texts.EMPTY_FILE),
        (samples.HEIC, Why.KIND, file_texts.HEIC),
        (samples.zipped(), Why.KIND, file_texts.UNKNOWN_KIND),
        (samples.MACROS, Why.KIND, file_texts.UNKNOWN_KIND),
        (samples.CLIMBING, Why.KIND, file_texts.UNKNOWN_KIND),
        (samples.DOCX[:-30], Why.BROKEN, file_texts.BROKEN),
        (samples.PDF + samples.zipped(), Why.KIND, file_texts.UNKNOWN_KIND),
        (b"<!doctype html><script>alert(1)</script>", Why.KIND, file_texts.UNKNOWN_KIND),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', Why.KIND, file_texts.UNKNOWN_KIND),
        (b"MZ\x90\x00" + bytes(100), Why.KIND, file_texts.UNKNOWN_KIND),
        (b"\x7fELF" + bytes(100), Why.KIND, file_texts.UNKNOWN_KIND),
        (b"#!/bin/sh\nrm -rf /\n", Why.KIND, file_texts.UNKNOWN_KIND),
        (b"Rar!\x1a\x07\x00" + bytes(100), Why.KIND, file_texts.UNKNOWN_KIND),
        (b"7z\xbc\xaf\x27\x1c" + bytes(100), Why.KIND, file_texts.UNKNOWN_KIND),
        (b"\x1f\x8b\x08" + bytes(100), Why.KIND, file_texts.UNKNOWN_KIND),
        (b"BM" + bytes(100), Why.KIND, file_texts.UNKNOWN_KIND),
        (b"\x00", Why.KIND, file_texts.UNKNOWN_KIND),
        (b"\xff\xd8\xff", Why.BROKEN, file_texts.BROKEN),
        (b"\xff\xd8\xff" + os.urandom(5000), Why.BROKEN, file_texts.BROKEN),
        (picture("JPEG", (600, 400))[:900], Why.BROKEN, file_texts.BROKEN),
        (picture("PNG", (600, 400))[:-40], Why.BROKEN, file_texts.BROKEN),
        (picture("WEBP", (600, 400))[:-40], Why.BROKEN, file_texts.BROKEN),
        (picture("GIF", (600, 400), "P")[:-200], Why.BROKEN, file_texts.BROKEN),
        (samples.bomb(), Why.LARGE, file_texts.TOO_MANY_PIXELS),
        (picture("PNG", (10_000, 4_001), "1"), Why.LARGE, file_texts.TOO_MANY_PIXELS),
        (picture("PNG", (12_000, 12_000), "1"), Why.LARGE, file_texts.TOO_MANY_PIXELS),
    ],
)
async def test_what_we_do_not_take_is_refused_and_leaves_nothing(
    shelf: Shelf, sent: bytes, why: Why, sentence: str
) -> None:
    with pytest.raises(RefusedFile) as refused:
        await shelf.keep(pieces(sent), "ảnh.jpg")

    assert (refused.value.why, refused.value.sentence) == (why, sentence)
    assert on_disk(shelf) == []


async def test_picture_without_points_is_refused(shelf: Shelf) -> None:
    whole = picture("PNG")
    nothing = whole[:16] + bytes(8) + whole[24:]
    with pytest.raises(RefusedFile, match="hỏng"):
        await shelf.keep(pieces(nothing), "0x0.png")


async def test_photo_is_upright_and_says_nothing_of_where_it_was_taken(shelf: Shelf) -> None:
    sent = samples.photo_with_place()
    assert samples.PLACE.encode() in sent
    one = await shelf.keep(pieces(sent), "a.jpg")

    out = content(shelf, one)
    for trace in (b"Exif", b"A phone", samples.PLACE.encode(), b"ICC_PROFILE", b"profile"):
        assert trace not in out
    with Image.open(io.BytesIO(out)) as image:
        assert image.size == (40, 80)
        # Held on its right side: what was left is on top.
        top, bottom = image.getpixel((20, 10)), image.getpixel((20, 70))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert top[1] < 60 < 200 < bottom[1]
    assert one.kept is not None
    assert (one.kept.width, one.kept.height) == (40, 80)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
async def test_large_picture_is_made_small(shelf: Shelf, mode: str) -> None:
    """Strip by strip, without a seam or a lost edge."""
    image = Image.new("RGB", (6001, 4303), "white")
    image.paste("red", (0, 4000, 6001, 4303))
    file = io.BytesIO()
    image.convert(mode).save(file, "PNG")
    one = await shelf.keep(pieces(file.getvalue()), "a.png")

    with Image.open(io.BytesIO(content(shelf, one))) as small:
        assert max(small.size) == 2048
        assert abs(small.height - 2048 * 4303 / 6001) <= 2
        colours = {small.getpixel((x, y)) for x in (2, 1000, 2045) for y in range(10, 1300, 30)}
        below = small.getpixel((2045, small.height - 2))
    assert isinstance(below, tuple)
    assert below[0] > 200 > 60 > below[1]
    assert all(isinstance(c, tuple) and min(c) > 240 for c in colours)


async def test_first_frame_of_a_moving_picture_is_kept(shelf: Shelf) -> None:
    frames = [Image.new("RGB", (30, 30), colour) for colour in ("red", "blue")]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    one = await shelf.keep(pieces(file.getvalue()), "a.gif")

    with Image.open(io.BytesIO(content(shelf, one))) as still:
        colour = still.getpixel((5, 5))
    assert isinstance(colour, tuple)
    assert colour[0] > 200 > 60 > colour[2]


async def test_archive_behind_a_picture_does_not_survive(shelf: Shelf) -> None:
    one = await shelf.keep(pieces(picture() + samples.zipped({"virus.exe": b"MZ"})), "a.jpg")

    assert b"PK\x03\x04" not in content(shelf, one)
    assert b"virus" not in content(shelf, one)


async def test_ten_megabytes_are_taken_and_a_byte_more_is_not(shelf: Shelf) -> None:
    full = samples.PDF + bytes(MAX_FILE_BYTES - len(samples.PDF))
    one = await shelf.keep(pieces(full), "a.pdf")
    with pytest.raises(RefusedFile, match="10 MB"):
        await shelf.keep(pieces(full + b"x"), "a.pdf")

    assert one.size == MAX_FILE_BYTES
    assert len(on_disk(shelf)) == 1


async def test_no_more_is_read_of_what_is_refused(shelf: Shelf) -> None:
    read = 0
    closed = asyncio.Event()

    async def endless() -> Pieces:
        nonlocal read
        try:
            while True:
                read += 1
                yield b"<html>" * 1000
        finally:
            closed.set()

    with pytest.raises(RefusedFile):
        await shelf.keep(endless(), "a.jpg")
    assert read == 1
    assert closed.is_set()


async def test_upload_that_breaks_off_leaves_nothing(shelf: Shelf) -> None:
    async def broken() -> Pieces:
        yield picture("JPEG", (600, 400))[:5000]
        raise ConnectionResetError("gone")

    with pytest.raises(NotNow):
        await shelf.keep(broken(), "a.jpg")
    assert on_disk(shelf) == []


async def test_upload_that_is_cancelled_leaves_nothing(shelf: Shelf) -> None:
    half = asyncio.Event()

    async def slow() -> Pieces:
        yield samples.PDF * 500
        half.set()
        await asyncio.Event().wait()
        yield b""

    task = asyncio.create_task(shelf.keep(slow(), "a.pdf"))
    await half.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert on_disk(shelf) == []


@pytest.mark.parametrize("call", ["fsync", "open"])
async def test_disk_that_is_full_is_not_now_and_leaves_nothing(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, call: str, caplog: pytest.LogCaptureFixture
) -> None:
    await shelf.keep(pieces(samples.PDF), "a.pdf")

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(f"bot.files.os.{call}", full)
    for sent in (samples.PDF, picture()):
        with pytest.raises(NotNow):
            await shelf.keep(pieces(sent), "đơn của bà Tư.pdf")

    assert len(on_disk(shelf)) == 1
    assert "file not kept" in caplog.text
    assert "bà Tư" not in caplog.text


async def test_room_is_left_for_the_database(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MIN_FREE_BYTES", 2**60)
    with pytest.raises(RefusedFile, match="đầy"):
        await shelf.keep(pieces(picture()), "a.jpg")


async def test_only_the_owner_may_read_and_names_are_random(shelf: Shelf) -> None:
    umask = os.umask(0)
    try:
        ones = [await shelf.keep(pieces(sent), "a") for sent in (picture(), samples.PDF)]
    finally:
        os.umask(umask)

    paths = [shelf.path(one.kept.file) for one in ones if one.kept]
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}
    assert {stat.S_IMODE(path.parent.stat().st_mode) for path in paths} == {0o700}
    assert all(len(path.name) == 32 and path.name[:2] == path.parent.name for path in paths)


@pytest.mark.parametrize("name", ["", "../x", "a" * 31, "A" * 32, "/etc/passwd", "a" * 32 + "\n"])
def test_path_of_a_name_that_is_none_of_ours_is_refused(shelf: Shelf, name: str) -> None:
    with pytest.raises(ValueError, match="no name"):
        shelf.path(name)


async def test_several_pictures_are_drawn_one_at_a_time(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_work, most = 0, 0

    def watched(source: Path, target: Path, pictured: str, open_new: object) -> tuple[int, int]:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        size = redraw(source, target, pictured, module._open_new)
        at_work -= 1
        return size

    monkeypatch.setattr(module, "redraw", watched)
    sent = picture("JPEG", (1000, 1000))
    ones = await asyncio.gather(*(shelf.keep(pieces(sent), "a.jpg") for _ in range(6)))

    assert most == 1
    assert len({one.kept.file for one in ones if one.kept}) == 6


# -- sweeping


def make_old(path: Path) -> None:
    hour_ago = time.time() - 3601
    os.utime(path, (hour_ago, hour_ago))


async def test_what_no_row_names_goes_after_an_hour(shelf: Shelf) -> None:
    old, known, young = [(await shelf.keep(pieces(samples.PDF), "a.pdf")).kept for _ in range(3)]
    assert old is not None
    assert known is not None
    assert young is not None
    left = shelf.folder / "new" / ("b" * 32)
    left.write_bytes(b"half")
    foreign = shelf.folder / "README"
    foreign.write_text("not ours")
    for path in (shelf.path(old.file), shelf.path(known.file), left, foreign):
        make_old(path)
    asked: list[str] = []

    async def rows(names: list[str]) -> set[str]:
        asked.extend(names)
        return {known.file}

    assert await shelf.sweep(rows) == 2
    assert on_disk(shelf) == sorted([shelf.path(known.file), shelf.path(young.file), foreign])
    assert sorted(asked) == sorted([old.file, known.file])


async def test_what_was_carried_along_meanwhile_is_not_swept(shelf: Shelf) -> None:
    """Between the look at the disk and the removal somebody may send the form that carries a file."""
    one = await shelf.keep(pieces(samples.PDF), "a.pdf")
    assert one.kept is not None
    place = shelf.path(one.kept.file)
    os.utime(place, (1, 1))

    async def rows(_: list[str]) -> set[str]:
        os.utime(place)
        return set()

    assert await shelf.sweep(rows) == 0
    assert place.exists()


async def test_nothing_to_sweep_where_nothing_ever_came(shelf: Shelf) -> None:
    async def rows(_: list[str]) -> set[str]:
        raise AssertionError

    assert await shelf.sweep(rows) == 0


# -- what goes out


@pytest.mark.parametrize(
    ("sent", "media_type"),
    [
        (samples.PDF, "application/pdf"),
        (samples.DOC, "application/msword"),
        (samples.DOCX, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ],
    ids=["pdf", "doc", "docx"],
)
async def test_documents_go_out_as_they_are(shelf: Shelf, sent: bytes, media_type: str) -> None:
    one = await shelf.keep_document(pieces(sent), "quyết định.exe")

    assert one.kept is not None
    assert (one.kind, one.kept.media_type, content(shelf, one)) == (FileKind.FILE, media_type, sent)


@pytest.mark.parametrize(
    "sent",
    [
        samples.XLSX,
        samples.MACROS,
        samples.OLD_EXCEL,
        samples.OLD_MACROS,
        samples.MP3,
        picture("JPEG"),
        b"MZ" + bytes(100),
        b"",
        samples.PDF + samples.zipped(),
        samples.PDF + bytes(5_000_001),
    ],
    ids=["xlsx", "macros", "xls", "old macros", "mp3", "jpeg", "exe", "empty", "pdf and zip", "large"],
)
async def test_nothing_else_goes_out(shelf: Shelf, sent: bytes) -> None:
    with pytest.raises(RefusedFile):
        await shelf.keep_document(pieces(sent), "quyết định.pdf")
    assert on_disk(shelf) == []


async def test_residents_cannot_send_what_old_word_wrote(shelf: Shelf) -> None:
    with pytest.raises(RefusedFile):
        await shelf.keep(pieces(samples.DOC), "don.doc")
