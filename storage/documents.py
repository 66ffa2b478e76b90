"""Documents that officials send with an answer: which goes out with which message, and which step of a case sent it."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from storage.db import Tx
from storage.tables import attachments, channel_files, message_files, messages, outbox

NOT_ENCLOSED = "no document"
"""The reason of a delivery that was sent, and whose document did not follow, or perhaps not."""
_IDS_AT_ONCE = 500  # well below what either database takes as parameters of one statement


@dataclass(frozen=True, slots=True)
class Document:
    """A document that goes out with a message. `file`: its name on our disk; `name`: as people see it, harmless."""

    file: str
    name: str
    media_type: str


def send_along(tx: Tx, message_id: int, attachment_ids: Sequence[int]) -> None:
    """Let stored files go out with a message."""
    for attachment_id in attachment_ids:
        tx.execute(sa.insert(message_files), {"message_id": message_id, "attachment_id": attachment_id})


def mark_sent_with(tx: Tx, attachment_ids: Sequence[int], entry_id: int) -> None:
    """Note with which step of its case an official's file went out."""
    if attachment_ids:
        own = attachments.c.id.in_(list(attachment_ids))
        tx.execute(sa.update(attachments).where(own).values(entry_id=entry_id))


def list_documents(tx: Tx, message_ids: Sequence[int]) -> dict[int, tuple[Document, ...]]:
    """Return what goes out with these messages, in the order in which it was added."""
    found: dict[int, tuple[Document, ...]] = {}
    for message_id, one in list_going(tx, message_ids):
        if one.file is not None and one.media_type is not None:
            document = Document(one.file, one.name or "", one.media_type)
            found[message_id] = (*found.get(message_id, ()), document)
    return found


def list_going(tx: Tx, message_ids: Sequence[int]) -> list[tuple[int, sa.Row[tuple[object, ...]]]]:
    """Return the rows that go out with these messages, each with its message's id."""
    found: list[tuple[int, sa.Row[tuple[object, ...]]]] = []
    for start in range(0, len(message_ids), _IDS_AT_ONCE):
        some = message_ids[start : start + _IDS_AT_ONCE]
        rows = tx.execute(
            sa.select(message_files.c.message_id.label("sent_with"), attachments)
            .join(attachments, message_files.c.attachment_id == attachments.c.id)
            .where(message_files.c.message_id.in_(some))
            .order_by(attachments.c.id)
        )
        found += [(row.sent_with, row) for row in rows]
    return found


def list_sent_with(tx: Tx, entry_id: int) -> list[int]:
    """Return the ids of the files that went out with a step of a case."""
    own = sa.select(attachments.c.id).where(attachments.c.entry_id == entry_id)
    return list(tx.execute(own.order_by(attachments.c.id)).scalars())


def unsay(tx: Tx, case_ids: Sequence[int], words: str) -> None:
    """Take these words from messages that have not left and go out with what officials sent to these cases.

    An answer is passed on to others whose cases were merged into this one: what they are still to read must not promise
    a document that was the first person's, and goes with them.
    """
    going = (
        sa.select(message_files.c.message_id)
        .join(attachments, attachments.c.id == message_files.c.attachment_id)
        .where(attachments.c.case_id.in_(list(case_ids)))
    )
    stays = sa.exists().where(
        outbox.c.message_id == messages.c.id,
        outbox.c.status.in_(("queued", "waiting")),
        outbox.c.attempted_at.is_(None),
    )
    without = sa.func.replace(messages.c.text, words, "")
    tx.execute(sa.update(messages).where(messages.c.id.in_(going), stays).values(text=without))


def drop_of_cases(tx: Tx, case_ids: Sequence[int], *, sent_only: bool) -> None:
    """Forget the files of these cases, and what channels call them. `sent_only`: those that officials sent."""
    theirs: sa.ColumnElement[bool] = attachments.c.case_id.in_(list(case_ids))
    if sent_only:
        theirs = sa.and_(theirs, attachments.c.entry_id.is_not(None))
    names = sa.select(attachments.c.file).where(theirs, attachments.c.file.is_not(None))
    tx.execute(sa.delete(channel_files).where(channel_files.c.file.in_(names)))
    tx.execute(sa.delete(attachments).where(theirs))
