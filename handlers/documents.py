"""Documents that go out with an official's answer: which are taken, and under which case they are kept."""

from collections.abc import Sequence
from datetime import datetime

from handlers import document_texts, file_texts
from handlers.errors import Invalid
from handlers.files import DOC, DOCX, PDF, ZIPPED, Look, RefusedFile, Why, as_stored, harmless_name
from handlers.messages import IncomingFile
from handlers.officials import Official
from storage import files
from storage.db import Tx

MAX_DOCUMENT_BYTES = 5_000_000
"""Of a document that goes out: what Zalo takes at most (upload/file, read 2026-11)."""
MAX_DOCUMENTS = 1
"""With one answer: two calls to a platform then carry it, within one lease."""
DOCUMENT = "document"
"""The field of a form that a document comes in."""
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
DOCUMENTS = frozenset((PDF.media_type, DOC.media_type, DOCX.media_type))


def look_at_document(head: bytes) -> Look:
    """Say what a file is that is to go out with an answer. Raises RefusedFile for all but PDF and Word.

    DOC and ZIPPED: only all of it tells (`look_at_compound`, `look_at_archive`).
    """
    if not head:
        raise RefusedFile(Why.BROKEN, file_texts.EMPTY_FILE)
    if head.startswith(b"%PDF-"):
        return PDF
    if head.startswith(b"PK\x03\x04"):
        return ZIPPED
    if head.startswith(_COMPOUND):
        return DOC
    raise RefusedFile(Why.KIND, document_texts.KIND)


def look_at_compound(content: bytes) -> Look:
    """Say whether a compound file is a document by old Word without programs in it. Raises RefusedFile for all others.

    Its directory is entries of 128 bytes that lie at multiples of that: a name of 64 bytes in UTF-16, its length with
    the zero, a type ([MS-CFB] 2.6.1). Old Excel and installers are such files too.
    """
    names = set()
    for start in range(512, len(content) - 127, 128):
        length, kind = int.from_bytes(content[start + 64 : start + 66], "little"), content[start + 66]
        if kind in (1, 2, 5) and 4 <= length <= 64 and length % 2 == 0:
            names.add(content[start : start + length - 2].decode("utf-16-le", "replace"))
    if "WordDocument" not in names or names & {"_VBA_PROJECT", "VBA", "Macros"}:
        raise RefusedFile(Why.KIND, document_texts.KIND)
    return DOC


def add_documents(
    tx: Tx, official: Official, case_id: int, channel: str, documents: Sequence[IncomingFile], now: datetime
) -> list[int]:
    """Keep what an official sends with an answer; returns the ids.

    Raises Invalid for more than `MAX_DOCUMENTS`, and for what `look_at_document` would not have let through.
    """
    if len(documents) > MAX_DOCUMENTS:
        raise Invalid(DOCUMENT, document_texts.ONE)
    ids = []
    for one in documents:
        if one.kept is None or one.kept.media_type not in DOCUMENTS:
            raise Invalid(DOCUMENT, document_texts.KIND)
        if one.kept.size > MAX_DOCUMENT_BYTES:
            raise Invalid(DOCUMENT, document_texts.LARGE)
        stored = as_stored(one.kept, harmless_name(one.name, one.kind, one.kept.media_type))
        ids.append(
            files.add_stored(
                tx, channel, None, one.kind, stored, now, case_id=case_id, uploaded_by=official.id
            )
        )
    return ids
