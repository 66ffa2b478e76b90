"""What may come with a message besides words: how much, of which kinds, under which name; and what becomes of it.

The kind is read from the content (`look`), never from what the sender says. How bytes are kept is not known here.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import quote

from handlers import file_texts
from handlers.messages import FileKind, IncomingFile, Kept
from handlers.officials import Official, Permission, in_scope, require
from storage import cases, files, messages, outbox
from storage.db import Tx
from storage.errors import NotFound
from storage.files import Attached
from storage.outbox import Lane

MAX_FILES = 5
"""With one message or one step of a case: what an officer looks through, and what a phone sends in one go."""
MAX_FILE_BYTES = 10 * 1024 * 1024
"""Ten times a photo as phones send it; ten minutes of voice. Bot API gives out at most 20 MB (read 2026-11)."""
MAX_PIXELS = 40_000_000
"""A picture is decoded whole at four bytes a pixel: 160 MB, on a machine that has 1 GB. Phones make 12 or 16 million."""
MAX_FILES_A_DAY = 60
"""From one address: more than any case needs, and less than fills a disk."""
MAX_NAME_CHARS = 120
HEAD_BYTES = 4096
"""How much of a file's beginning `look` wants to see."""
ASIDE = timedelta(days=1)
FETCH_ATTEMPTS = 5
_FETCH_AFTER = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1))


class Why(StrEnum):
    """Why a file is not taken."""

    LARGE = "large"
    KIND = "kind"
    BROKEN = "broken"


class RefusedFile(Exception):
    """A file is not taken. `sentence` says so to whoever sent it."""

    def __init__(self, why: Why, sentence: str) -> None:
        super().__init__(sentence)
        self.why = why
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Look:
    """What a file is by its content. `pictured`: Pillow's name of the format, for what is to be drawn anew."""

    kind: FileKind
    media_type: str
    extension: str
    pictured: str | None = None


JPEG = Look(FileKind.PHOTO, "image/jpeg", "jpg", "JPEG")
DOCX = Look(FileKind.FILE, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx")
XLSX = Look(FileKind.FILE, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx")
ZIPPED = Look(FileKind.FILE, "application/zip", "zip")
"""Not yet known: a document by Word or Excel is a zip, and only its contents tell it from any other archive."""

DOC = Look(FileKind.FILE, "application/msword", "doc")
PDF = Look(FileKind.FILE, "application/pdf", "pdf")
_OPUS = Look(FileKind.VOICE, "audio/ogg", "ogg")
_MP3 = Look(FileKind.VOICE, "audio/mpeg", "mp3")
_M4A = Look(FileKind.VOICE, "audio/mp4", "m4a")
_WEBM = Look(FileKind.VOICE, "audio/webm", "webm")
_MP4 = Look(FileKind.VIDEO, "video/mp4", "mp4")
_LOOKS = {look.media_type: look for look in (JPEG, DOCX, XLSX, DOC, PDF, _OPUS, _MP3, _M4A, _WEBM, _MP4)}
# ISO base media brands (mp4ra.org/registered-types/brands, read 2026-11).
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_M4A_BRANDS = {b"M4A ", b"M4B "}
_MP4_BRANDS = {
    b"isom",
    b"iso2",
    b"iso3",
    b"iso4",
    b"iso5",
    b"iso6",
    b"mp41",
    b"mp42",
    b"avc1",
    b"MSNV",
    b"M4V ",
}
_STEMS = {FileKind.PHOTO: "anh", FileKind.VOICE: "ghi-am", FileKind.VIDEO: "video", FileKind.FILE: "tep"}


def look(head: bytes) -> Look:
    """Say what a file is by its first `HEAD_BYTES`. Raises RefusedFile for what we do not take."""
    if not head:
        raise RefusedFile(Why.BROKEN, file_texts.EMPTY_FILE)
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return Look(FileKind.PHOTO, "image/png", "png", "PNG")
    if head.startswith((b"GIF87a", b"GIF89a")):
        return Look(FileKind.PHOTO, "image/gif", "gif", "GIF")
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return Look(FileKind.PHOTO, "image/webp", "webp", "WEBP")
    if head.startswith(b"%PDF-"):
        return PDF
    if head.startswith(b"PK\x03\x04"):
        return ZIPPED
    if head.startswith(b"OggS") and head[28:36] == b"OpusHead":
        return _OPUS
    if head.startswith(b"\x1aE\xdf\xa3") and b"webm" in head[:64]:
        return _WEBM
    if head[4:8] == b"ftyp":
        return _look_at_brand(head[8:12])
    if head.startswith(b"ID3") or _is_mp3_frame(head):
        return _MP3
    raise RefusedFile(Why.KIND, file_texts.UNKNOWN_KIND)


def _look_at_brand(brand: bytes) -> Look:
    if brand in _HEIF_BRANDS:
        raise RefusedFile(Why.KIND, file_texts.HEIC)
    if brand in _M4A_BRANDS:
        return _M4A
    if brand in _MP4_BRANDS:
        return _MP4
    raise RefusedFile(Why.KIND, file_texts.UNKNOWN_KIND)


def _is_mp3_frame(head: bytes) -> bool:
    """Say whether this begins with the header of a layer III frame (ISO 11172-3, 2.4.1.3)."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    rate, sampling = head[2] >> 4, head[2] >> 2 & 3
    return version != 1 and layer == 1 and rate not in (0, 15) and sampling != 3


def look_at_archive(names: Sequence[str]) -> Look:
    """Say what a zip is by the names in it. Raises RefusedFile for all but documents without programs in them."""
    there = set(names)
    programs = any(name.lower().endswith(("vbaproject.bin", ".exe", ".js", ".vbs")) for name in names)
    outside = any(
        name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") for name in names
    )
    if "[Content_Types].xml" in there and not programs and not outside:
        if "word/document.xml" in there:
            return DOCX
        if "xl/workbook.xml" in there:
            return XLSX
    raise RefusedFile(Why.KIND, file_texts.UNKNOWN_KIND)


def harmless_name(name: str, kind: FileKind, media_type: str) -> str:
    """Return a name that is safe in a header, on a disk and before the eye: at most 120 characters, no folder.

    Its ending is that of the content. Characters that are not seen are dropped: with U+202E among them a program can
    look like a picture.
    """
    known = _LOOKS.get(media_type)
    extension = known.extension if known else "bin"
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(
        "_" if c in '<>:"|?*' else c
        for c in unicodedata.normalize("NFC", last.encode("utf-8", "replace").decode())
        if unicodedata.category(c)[0] not in "CZ" or c == " "
    )
    stem, dot, ending = shown.rpartition(".")
    # Another ending is part of the name: what was "don.exe" shows as "don.exe.pdf".
    aliases = {extension} | ({"jpeg", "png", "webp", "gif"} if kind is FileKind.PHOTO else set())
    stem = stem if dot and ending.lower() in aliases else shown
    stem = stem.strip(" .")[: MAX_NAME_CHARS - len(extension) - 1].rstrip(" .")
    return f"{stem or _STEMS[kind]}.{extension}"


def safe_headers(media_type: str, name: str) -> dict[str, str]:
    """Return the HTTP headers under which a file that somebody sent is given out: it is looked at, and does nothing.

    Pictures are drawn anew when they come and are shown; everything else is saved, or played by the page.
    """
    disposition = "inline" if media_type == JPEG.media_type else "attachment"
    return {
        "Content-Type": media_type,
        "Content-Disposition": f"{disposition}; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        # Never changed under its address; but only the browser of whoever may see it keeps it, and not for long.
        "Cache-Control": "private, max-age=3600, immutable",
    }


# -- with a case


@dataclass(frozen=True, slots=True)
class Opened:
    """A file for an official: its name on the disk, what it is, and a harmless name to save it under."""

    file: str
    media_type: str
    name: str


def open_for(tx: Tx, official: Official, attachment_id: int) -> Opened:
    """Return a file of a case in the official's area.

    Raises NotAllowed for who may read no cases, NotFound for all that is not there, not here yet, of no case, or of
    another area: existence is not told. Of an anonymous case the name is ours: people's own often holds who they are.
    """
    require(official, Permission.READ_CASES)
    found = files.find(tx, attachment_id)
    if found is None or found.case_id is None or found.file is None or found.media_type is None:
        raise NotFound(f"no file {attachment_id}")
    case = cases.get(tx, found.case_id)
    if not in_scope(official, case.area_code):
        raise NotFound(f"no file {attachment_id}")
    own = "" if case.anonymous and found.entry_id is None else found.name or ""
    return Opened(found.file, found.media_type, harmless_name(own, FileKind(found.kind), found.media_type))


# -- with a message


def take(
    tx: Tx, channel: str, incoming: Sequence[IncomingFile], address_id: int, message_id: int, now: datetime
) -> list[str]:
    """Store a row for each file of a message; returns the sentences for those that are not taken."""
    if not incoming:
        return []
    room = MAX_FILES_A_DAY - files.count_since(tx, address_id, now - ASIDE)
    refused: list[str] = []
    for place, one in enumerate(incoming):
        sentence = None
        if place >= MAX_FILES:
            sentence = file_texts.TOO_MANY
        elif place >= room:
            sentence = file_texts.TOO_MANY_TODAY
        elif one.kept is None and (one.size or 0) > MAX_FILE_BYTES:
            sentence = file_texts.TOO_LARGE
        if sentence is not None:
            files.add_refused(tx, channel, message_id, one.kind, sentence, now)
            refused.append(sentence)
        elif one.kept is not None:
            name = harmless_name(one.name, one.kind, one.kept.media_type)
            files.add_stored(tx, channel, message_id, one.kind, as_stored(one.kept, name), now)
        elif one.ref is not None:
            files.add_wanted(tx, channel, message_id, one.kind, one.ref, one.name[:MAX_NAME_CHARS], now)
    return list(dict.fromkeys(refused))


def as_stored(kept: Kept, name: str) -> files.Stored:
    """Return what a row says of a kept file under that name."""
    return files.Stored(kept.file, kept.media_type, name, kept.size, kept.width, kept.height)


# -- what is still at the channel


def keep(tx: Tx, attachment: Attached, kind: FileKind, kept: Kept) -> bool:
    """Note that a wanted file is here; False if nobody wants it any more, so that its bytes may go."""
    name = harmless_name(attachment.name or "", kind, kept.media_type)
    return files.mark_stored(tx, attachment.id, kind, as_stored(kept, name))


def try_again(tx: Tx, attachment: Attached, reason: str, now: datetime) -> None:
    """Put a file off whose fetching failed; after `FETCH_ATTEMPTS` it counts as lost.

    Args: reason: for officials; no address, name or token in it.
    """
    if attachment.attempts >= FETCH_ATTEMPTS:
        files.mark_gone(tx, attachment.id, "lost", reason)
        return
    files.put_off(tx, attachment.id, now + _FETCH_AFTER[max(attachment.attempts, 1) - 1])


def refuse(tx: Tx, attachment: Attached, sentence: str, now: datetime) -> None:
    """Give up a file that came and is none that we take; whoever sent it is told on their channel."""
    if not files.mark_gone(tx, attachment.id, "refused", sentence) or attachment.address_id is None:
        return
    said = messages.add_out(tx, attachment.address_id, None, sentence, (), now)
    outbox.add(tx, said, attachment.address_id, attachment.channel, Lane.NOTICE, now, None)


def give_up(tx: Tx, attachment: Attached, reason: str) -> None:
    """Note that the channel has this file no more."""
    files.mark_gone(tx, attachment.id, "lost", reason)
