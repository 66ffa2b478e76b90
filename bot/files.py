"""Files that people send, on the disk beside the database: looked at, kept under random names, swept up.

    files/new/<32 hex>        being written; whatever is old here was left by a crash
    files/ab/ab<30 hex>       whole, flushed to the disk, and never changed again

A row in the database names a file; a file that no row names goes after an hour. So nobody has to delete a file at the
right moment: rows go, and `sweep` follows.
"""

import asyncio
import functools
import logging
import os
import re
import secrets
import shutil
import time
import zipfile
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from pathlib import Path

from bot.channels.base import NotNow, Pieces
from bot.config import DATA_DIR
from bot.pictures import redraw
from handlers import document_texts, file_texts
from handlers.documents import DOCUMENTS, MAX_DOCUMENT_BYTES, look_at_compound, look_at_document
from handlers.files import (
    DOC,
    HEAD_BYTES,
    JPEG,
    MAX_FILE_BYTES,
    ZIPPED,
    Look,
    RefusedFile,
    Why,
    look,
    look_at_archive,
)
from handlers.messages import FileKind, IncomingFile, Kept
from storage.db import Database
from storage.errors import Unavailable

PICTURES_AT_ONCE = 1  # each takes up to 300 MB for a moment
MIN_FREE_BYTES = 512 * 1024 * 1024
"""Left on the disk for the database: a full disk stops everybody's questions, not only the files."""
ORPHAN_AGE_S = 3600.0
MAX_ARCHIVE_NAMES = 5000
_WRITE_BYTES = 256 * 1024
_NAME = re.compile(r"[0-9a-f]{32}")

log = logging.getLogger(__name__)


def folder_beside(database: Database) -> Path:
    """Return where files lie: beside a SQLite database, else in `data/`."""
    return (database.file.parent if database.file else DATA_DIR) / "files"


class Shelf:
    """The folder. Implements `channels.base.Shelf`."""

    def __init__(self, folder: Path) -> None:
        """Args: folder: made when the first file comes."""
        self.folder = folder
        self._new = folder / "new"
        self._drawing = ThreadPoolExecutor(PICTURES_AT_ONCE, "pictures")

    async def keep(self, pieces: Pieces, name: str) -> IncomingFile:
        """Write a file down as it comes, look at it, and keep it; returns what it is by its content.

        Takes a few hundred kB of memory, but for pictures, of which one at a time is decoded. Once this returns the
        file survives a power cut; a row has to name it within the hour. Raises RefusedFile, and NotNow when the disk
        does not do.
        """
        part = self._new / secrets.token_hex(16)
        try:
            await asyncio.to_thread(self._make_room)
            async with aclosing(_bounded(pieces)) as bounded:
                head = await _write(part, bounded)
            return await self._shelve(part, look(head), name)
        except OSError as exc:
            log.error("file not kept", extra={"error": f"{type(exc).__name__}: {exc.strerror}"})
            raise NotNow("a file cannot be kept just now") from exc
        finally:
            # Also when the sender went away in the middle: what is not whole is nothing.
            part.unlink(missing_ok=True)

    async def keep_document(self, pieces: Pieces, name: str) -> IncomingFile:
        """Keep what an official sends out, PDF or Word; else as `keep`."""
        part = self._new / secrets.token_hex(16)
        try:
            await asyncio.to_thread(self._make_room)
            bound = _bounded(pieces, MAX_DOCUMENT_BYTES, document_texts.LARGE)
            async with aclosing(bound) as bounded:
                looks = look_at_document(await _write(part, bounded, look_at_document))
            kept = await asyncio.to_thread(self._shelve_document, part, looks)
            return IncomingFile(FileKind.FILE, name, kept.size, kept=kept)
        except OSError as exc:
            log.error("file not kept", extra={"error": f"{type(exc).__name__}: {exc.strerror}"})
            raise NotNow("a file cannot be kept just now") from exc
        finally:
            part.unlink(missing_ok=True)

    def _shelve_document(self, part: Path, looks: Look) -> Kept:
        looks = look_at_compound(part.read_bytes()) if looks is DOC else _look_inside(part, looks)
        if looks.media_type not in DOCUMENTS:
            raise RefusedFile(Why.KIND, document_texts.KIND)
        return self._put_away(part, looks.media_type, None)

    def _make_room(self) -> None:
        self._new.mkdir(parents=True, exist_ok=True, mode=0o700)
        if shutil.disk_usage(self.folder).free < MIN_FREE_BYTES:
            log.error("no room for files", extra={"folder": self.folder.name})
            raise RefusedFile(Why.LARGE, file_texts.NO_ROOM)

    async def _shelve(self, part: Path, looks: Look, name: str) -> IncomingFile:
        if looks.pictured is None:
            looks = await asyncio.to_thread(_look_inside, part, looks)
            kept = await asyncio.to_thread(self._put_away, part, looks.media_type, None)
            return IncomingFile(looks.kind, name, kept.size, kept=kept)
        draw = functools.partial(self._draw, part, looks.pictured)
        # A thread that has begun cannot be stopped: the pool, not the caller, is what bounds how many there are.
        kept = await asyncio.get_running_loop().run_in_executor(self._drawing, draw)
        return IncomingFile(JPEG.kind, name, kept.size, kept=kept)

    def _draw(self, part: Path, pictured: str) -> Kept:
        drawn = part.with_name(secrets.token_hex(16))
        try:
            size = redraw(part, drawn, pictured, _open_new)
            return self._put_away(drawn, JPEG.media_type, size)
        finally:
            drawn.unlink(missing_ok=True)

    def _put_away(self, part: Path, media_type: str, size: tuple[int, int] | None) -> Kept:
        """Flush a file and give it its name."""
        file = secrets.token_hex(16)
        place = self.path(file)
        place.parent.mkdir(exist_ok=True, mode=0o700)
        _flush(part)
        bytes_ = part.stat().st_size
        part.rename(place)
        _flush(place.parent)
        width, height = size or (None, None)
        return Kept(file, media_type, bytes_, width, height)

    def path(self, file: str) -> Path:
        """Return where a file lies. ValueError for a name that is none of ours."""
        if not _NAME.fullmatch(file):
            raise ValueError("no name of a file")
        return self.folder / file[:2] / file

    def discard(self, files: Iterable[IncomingFile]) -> None:
        """Remove files that were kept and that nothing will name."""
        for one in files:
            if one.kept is not None:
                self.path(one.kept.file).unlink(missing_ok=True)

    async def sweep(self, known: Callable[[list[str]], Awaitable[set[str]]]) -> int:
        """Remove what has lain for an hour and is named by no row; returns how many.

        Args: known: gives those of these names that rows know. Asked after the disk was read: a file of an hour has
            its row by then, or none will come.
        """
        removed = 0
        for folder in await asyncio.to_thread(_folders, self.folder):
            # The disk's own time, whatever time the service believes.
            before = time.time() - ORPHAN_AGE_S
            old = await asyncio.to_thread(_old_names, folder, before)
            # What is still being written, or was being restored, has no row of its own: only its age counts.
            rows = await known(old) if len(folder.name) == 2 and old else set[str]()
            removed += await asyncio.to_thread(_remove, folder, set(old) - rows, before)
        return removed

    def close(self) -> None:
        """Let go of the thread."""
        self._drawing.shutdown(wait=False, cancel_futures=True)


def for_console(
    keep: Callable[[Pieces, str], Awaitable[IncomingFile]],
) -> Callable[[Pieces, str], Awaitable[IncomingFile]]:
    """Return a way to keep that says in storage's words when the disk does not do."""

    async def kept(pieces: Pieces, name: str) -> IncomingFile:
        try:
            return await keep(pieces, name)
        except NotNow as exc:
            raise Unavailable(str(exc)) from exc

    return kept


async def _bounded(
    pieces: Pieces, most: int = MAX_FILE_BYTES, sentence: str = file_texts.TOO_LARGE
) -> Pieces:
    size = 0
    async with aclosing(pieces):
        async for piece in pieces:
            size += len(piece)
            if size > most:
                raise RefusedFile(Why.LARGE, sentence)
            yield piece


async def _write(part: Path, pieces: Pieces, look: Callable[[bytes], Look] = look) -> bytes:
    """Write a new file; returns its beginning. Raises RefusedFile as soon as the beginning says so."""
    head, buffer, looked = b"", bytearray(), False
    with os.fdopen(_open_new(part), "wb") as file:  # at once: cut off in a thread, it would be left open
        async for piece in pieces:
            buffer += piece
            if not looked and len(buffer) >= HEAD_BYTES:
                head, looked = bytes(buffer[:HEAD_BYTES]), True
                look(head)
            if len(buffer) >= _WRITE_BYTES:
                await asyncio.to_thread(file.write, bytes(buffer))
                buffer.clear()
        await asyncio.to_thread(file.write, bytes(buffer))
    return head if looked else bytes(buffer[:HEAD_BYTES])


def _look_inside(part: Path, looks: Look) -> Look:
    """Say what a file that is no picture is, having seen all of it. Raises RefusedFile."""
    if looks is not ZIPPED:
        # Another file with an archive behind it: what it seems to be is not what some programs would open.
        if zipfile.is_zipfile(part):
            raise RefusedFile(Why.KIND, file_texts.UNKNOWN_KIND)
        return looks
    try:
        with zipfile.ZipFile(part) as archive:
            entries = archive.infolist()
            if any(entry.flag_bits & 0x1 for entry in entries) or len(entries) > MAX_ARCHIVE_NAMES:
                raise RefusedFile(Why.KIND, file_texts.UNKNOWN_KIND)
            return look_at_archive([entry.filename for entry in entries])
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, UnicodeDecodeError) as exc:
        raise RefusedFile(Why.BROKEN, file_texts.BROKEN) from exc


def _open_new(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _folders(folder: Path) -> list[Path]:
    return sorted(inner for inner in folder.iterdir() if inner.is_dir()) if folder.is_dir() else []


def _old_names(folder: Path, before: float) -> list[str]:
    return [
        entry.name
        for entry in os.scandir(folder)
        if _NAME.fullmatch(entry.name)
        and entry.is_file(follow_symlinks=False)
        and entry.stat(follow_symlinks=False).st_mtime < before
    ]


def _remove(folder: Path, names: Iterable[str], before: float) -> int:
    """Remove those that are still as old; returns how many. A form that came meanwhile may have kept one for itself."""
    removed = 0
    for name in names:
        try:
            if (folder / name).lstat().st_mtime < before:
                (folder / name).unlink()
                removed += 1
        except FileNotFoundError:
            continue
    return removed
