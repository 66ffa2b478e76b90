"""Topics that editors change: what stands, what may be saved, what an upgrade changed underneath.

What is saved was checked first: `check` reads all topics and takes a second or two, so it runs before the transaction
and off the event loop, and `save` takes nothing else than what it gave.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import cast

from faq import ContentError, Topic
from faq.document import digest, dump, read
from faq.lint import Finding, blocking
from handlers.errors import Invalid
from handlers.officials import Official, Permission, require
from handlers.topic_faults import Fault, tell
from storage import audit, topics
from storage.db import Tx
from storage.topics import Revision

NOTE_CHARS = 300
RESTORED, UNDONE, KEPT = "Trở lại bản gốc", "Hoàn tác", "Giữ bản của mình"


@dataclass(frozen=True, slots=True)
class Overlaid:
    """Topics as they stand. `damaged`: edits that cannot be read, with why; what ships stands there instead."""

    topics: list[Topic]
    damaged: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Checked:
    """A topic that may be saved. Made by `check` alone."""

    topic: Topic


class Faulty(Invalid):
    """A topic that may not be saved. `faults`: everything there is to mend."""

    def __init__(self, faults: Sequence[Fault], findings: Sequence[Finding]) -> None:
        """Args: findings: the same in the words of the lint; at least one."""
        super().__init__(faults[0].field, faults[0].sentence)
        self.faults = tuple(faults)
        self.findings = tuple(findings)


def overlay(shipped: Iterable[Topic], edits: Iterable[Revision]) -> Overlaid:
    """Put what editors saved in place of what ships; topics of their own come after, by id."""
    standing = {topic.id: topic for topic in shipped}
    damaged: dict[str, str] = {}
    for edit in edits:
        try:
            topic = read(edit.document, f"revision {edit.id}")
        except ContentError as exc:
            damaged[edit.topic_id] = str(exc)
            continue
        if topic.id == edit.topic_id:
            standing[topic.id] = topic
        else:
            damaged[edit.topic_id] = f"revision {edit.id}: holds topic {topic.id}"
    return Overlaid(list(standing.values()), damaged)


def check(standing: Iterable[Topic], changed: Collection[Topic], today: date) -> list[Checked]:
    """Return the changed topics as fit to be saved, in their order; raises Faulty.

    Args: standing: all topics as they stand, the former texts of the changed ones among them.

    Refused is every error of a changed topic, and every error the change brings to another one.
    """
    before = {topic.id: topic for topic in standing}
    after = before | {topic.id: topic for topic in changed}
    ids = {topic.id for topic in changed}
    findings = blocking(list(after.values()), today)
    if any(finding.topic_id not in ids for finding in findings):
        old = set(blocking(list(before.values()), today))
        findings = [finding for finding in findings if finding.topic_id in ids or finding not in old]
    if findings:
        one = next(iter(changed))
        faults = [tell(f, after[f.topic_id] if f.topic_id in ids else one) for f in findings]
        raise Faulty(faults, findings)
    return [Checked(topic) for topic in changed]


def close_before(topic: Topic) -> Topic:
    """Put the versions in the order of their days; an open one ends the day before the next begins."""
    versions = sorted(topic.versions, key=lambda version: version.valid_from)
    for at, following in enumerate(versions[1:]):
        if versions[at].valid_to is None and versions[at].valid_from < following.valid_from:
            last = following.valid_from - timedelta(days=1)
            versions[at] = replace(versions[at], valid_to=last)
    return replace(topic, versions=tuple(versions))


def save(
    tx: Tx,
    official: Official,
    checked: Checked,
    shipped: Mapping[str, Topic],
    note: str,
    expected_revision: int | None,
    now: datetime,
) -> int:
    """Put a checked topic in place of what stands; returns the revision's id.

    Raises NotAllowed, Invalid for a note that is too long, Conflict when somebody changed it meanwhile.
    """
    require(official, Permission.EDIT_TOPICS)
    note = _note(note)
    topic, former = checked.topic, standing(tx, checked.topic.id, shipped)
    return _store(tx, official, topic.id, dump(topic), shipped, note, expected_revision, now,
                  changed_fields(former, topic))  # fmt: skip


def restore_shipped(
    tx: Tx,
    official: Official,
    topic_id: str,
    library: Mapping[str, Topic],
    shipped: Mapping[str, Topic],
    expected_revision: int | None,
    now: datetime,
) -> int:
    """Let what ships count again; a topic of the editors' own is gone then. Returns the revision's id.

    Raises NotAllowed, Conflict, and Invalid when a topic that would be gone is another one's successor.
    """
    require(official, Permission.EDIT_TOPICS)
    former = standing(tx, topic_id, shipped)
    if topic_id not in shipped and (
        heir := next((t for t in library.values() if t.succeeded_by == topic_id), None)
    ):
        raise Invalid(
            "", f"Chủ đề “{heir.title}” đang dẫn đến chủ đề này. Hãy đổi chủ đề thay thế ở đó trước."
        )
    return _store(tx, official, topic_id, None, shipped, RESTORED, expected_revision, now,
                  changed_fields(former, shipped.get(topic_id)))  # fmt: skip


def keep_mine(
    tx: Tx,
    official: Official,
    topic_id: str,
    shipped: Mapping[str, Topic],
    expected_revision: int,
    now: datetime,
) -> int:
    """Note that an editor saw what ships now and stays with the edited text. Raises NotAllowed, Conflict."""
    require(official, Permission.EDIT_TOPICS)
    newest = topics.find_newest(tx, topic_id)
    if newest is None or newest.document is None:
        raise Invalid("", "Chủ đề này không có bản sửa nào để giữ.")
    return _store(tx, official, topic_id, newest.document, shipped, KEPT, expected_revision, now, [])


def find_former(tx: Tx, topic_id: str, newest: int) -> Revision | None:
    """Return what undoing would go back to; None, or a revision without document: to what ships."""
    older = topics.list_history(tx, topic_id, newest, 1)
    return older[0] if older else None


def standing(tx: Tx, topic_id: str, shipped: Mapping[str, Topic]) -> Topic | None:
    """Return a topic as it stands in the database at this moment."""
    newest = topics.find_newest(tx, topic_id)
    if newest is None or newest.document is None:
        return shipped.get(topic_id)
    return next((t for t in overlay((), [newest]).topics), shipped.get(topic_id))


def differing(shipped: Mapping[str, Topic], edits: Iterable[Revision]) -> list[str]:
    """Return ids of edited topics whose shipped text is no longer the one they were made from."""
    return [
        e.topic_id for e in edits if e.topic_id in shipped and digest(shipped[e.topic_id]) != e.shipped_digest
    ]


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that differs, as text; `field` of a version begins with its first day: `2026-01-01.answer`."""

    field: str
    before: str
    after: str


def differences(former: Topic | None, topic: Topic | None) -> list[Difference]:
    """Return the fields that differ, in their order; all of them when there was no topic, or is none any more.

    Of lists only the entries that are not in both are told; neither, when their order alone changed.
    """
    old, new = _fields(former), _fields(topic)
    return [
        Difference(name, *_apart(old.get(name, ""), new.get(name, "")))
        for name in dict.fromkeys((*old, *new))
        if old.get(name) != new.get(name)
    ]


def _apart(before: str | list[str], after: str | list[str]) -> tuple[str, str]:
    if isinstance(before, list) and isinstance(after, list):
        return "\n".join(x for x in before if x not in after), "\n".join(x for x in after if x not in before)
    one, other = ("\n".join(value) if isinstance(value, list) else value for value in (before, after))
    return one, other


def changed_fields(former: Topic | None, topic: Topic | None) -> list[str]:
    """Return the names of the fields that differ."""
    return [difference.field for difference in differences(former, topic)]


def _fields(topic: Topic | None) -> dict[str, str | list[str]]:
    if topic is None:
        return {}
    document = dump(topic)
    fields = {name: _text(value) for name, value in document.items() if name not in ("id", "versions")}
    for version, written in zip(
        topic.versions, cast(list[dict[str, object]], document["versions"]), strict=True
    ):
        fields |= {
            f"{version.valid_from}.{name}": _text(value)
            for name, value in written.items()
            if name != "valid_from"
        }
    return fields


def _text(value: object) -> str | list[str]:
    if isinstance(value, list):
        return [" | ".join(map(str, one.values())) if isinstance(one, dict) else str(one) for one in value]
    return str(value)


def _note(note: str) -> str:
    note = " ".join(note.split())
    if len(note) > NOTE_CHARS:
        raise Invalid("note", f"Ghi chú dài {len(note)} ký tự; nhiều nhất {NOTE_CHARS}.")
    return note


def _store(
    tx: Tx,
    official: Official,
    topic_id: str,
    document: Mapping[str, object] | None,
    shipped: Mapping[str, Topic],
    note: str,
    expected_revision: int | None,
    now: datetime,
    fields: Sequence[str],
) -> int:
    made_from = digest(shipped[topic_id]) if topic_id in shipped else None
    revision = topics.save(tx, topic_id, document, made_from, note, official.id, now, expected_revision)
    action = "topic.restore" if document is None else "topic.save"
    audit.write(tx, official.id, action, "topic", topic_id, {"revision": revision, "fields": fields}, now)
    return revision
