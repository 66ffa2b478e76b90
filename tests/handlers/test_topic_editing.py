"""Editors change topics: only what is right may be saved, everything is written down, and an upgrade takes nothing."""

from dataclasses import replace
from datetime import date

import pytest

from faq import Topic
from faq.document import dump
from handlers import topic_changes, topic_editing
from handlers.errors import Invalid, NotAllowed
from handlers.officials import Official, Role
from handlers.topic_changes import Told
from handlers.topic_editing import Checked, Difference, Faulty
from handlers.topics import Library
from storage import audit, officials, topics
from storage.db import Database
from storage.errors import Conflict
from tests.conftest import NOW
from tests.faq.builders import TODAY, library, make_topic, make_version

SHIPPED = {topic.id: topic for topic in library()}
LOAN = SHIPPED["tien-dien"]
EDITOR = Official(1, "bien-tap", "Biên tập", Role.EDITOR, None)


@pytest.fixture(autouse=True)
async def _known(sqlite: Database) -> None:
    """The editor has an account: the log names it."""
    new_id = await sqlite.write(officials.add, EDITOR.username, EDITOR.name, EDITOR.role, None, None, NOW)
    assert new_id == EDITOR.id


def changed(**changes: object) -> Topic:
    """Return a shipped topic as an editor would leave it."""
    return replace(LOAN, **changes)  # type: ignore[arg-type]  # names and types are those of Topic


def fit(topic: Topic) -> Checked:
    """Check a topic among the shipped ones."""
    (checked,) = topic_editing.check(SHIPPED.values(), [topic], TODAY)
    return checked


async def save(database: Database, topic: Topic, expected: int | None = None, who: Official = EDITOR) -> int:
    """Check and save."""
    return await database.write(topic_editing.save, who, fit(topic), SHIPPED, "ghi chú", expected, NOW)


async def test_a_save_is_kept_and_audited_by_field_names_alone(sqlite: Database) -> None:
    topic = changed(title="Tiền điện mới", versions=(make_version(answer="Lời bí mật."),))

    revision = await save(sqlite, topic)

    newest = await sqlite.read(topics.find_newest, topic.id)
    assert newest is not None
    assert (newest.document, newest.note, newest.official_id) == (dump(topic), "ghi chú", EDITOR.id)
    (entry,) = await sqlite.read(audit.list_entries)
    assert (entry.action, entry.subject_id, entry.official_id) == ("topic.save", topic.id, EDITOR.id)
    assert entry.details == {"revision": revision, "fields": ["title", "2026-01-01.answer"]}


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.EDITOR])
async def test_only_editors_change_topics(sqlite: Database, role: Role) -> None:
    who = replace(EDITOR, role=role)
    with pytest.raises(NotAllowed):
        await save(sqlite, changed(title="Khác"), who=who)
    with pytest.raises(NotAllowed):
        await sqlite.write(topic_editing.restore_shipped, who, LOAN.id, SHIPPED, SHIPPED, None, NOW)
    with pytest.raises(NotAllowed):
        await sqlite.write(topic_editing.keep_mine, who, LOAN.id, SHIPPED, 1, NOW)

    assert await sqlite.read(topics.list_edits) == []


async def test_of_two_editors_the_second_is_told(sqlite: Database) -> None:
    await save(sqlite, changed(title="Một"))

    with pytest.raises(Conflict):
        await save(sqlite, changed(title="Hai"))
    assert len(await sqlite.read(audit.list_entries)) == 1


def test_what_the_lint_refuses_cannot_be_saved() -> None:
    other = SHIPPED["hoc-phi"]
    wrong = changed(
        title="t" * 60, phrasings=(*LOAN.phrasings, other.phrasings[0].upper()), succeeded_by="khong-co"
    )

    with pytest.raises(Faulty) as caught:
        fit(wrong)

    assert {fault.field for fault in caught.value.faults} >= {"title", "succeeded_by"}
    assert any("cách hỏi" in fault.sentence for fault in caught.value.faults)


def test_old_faults_of_other_topics_stop_nobody() -> None:
    """Only what the change brings is refused."""
    shipped = SHIPPED | {"cu": make_topic("cu", title="t" * 60)}

    assert topic_editing.check(shipped.values(), [changed(title="Khác")], TODAY)


async def test_undoing_goes_to_the_text_before_and_back(sqlite: Database) -> None:
    first = await save(sqlite, changed(title="Một"))
    second = await save(sqlite, changed(title="Hai"), first)

    former = await sqlite.read(topic_editing.find_former, LOAN.id, second)
    assert former is not None
    assert former.id == first
    assert await sqlite.read(topic_editing.find_former, LOAN.id, first) is None


async def test_what_ships_counts_again(sqlite: Database) -> None:
    first = await save(sqlite, changed(title="Một"))
    await sqlite.write(topic_editing.restore_shipped, EDITOR, LOAN.id, SHIPPED, SHIPPED, first, NOW)

    assert await sqlite.read(topics.list_edits) == []
    assert await sqlite.read(topic_editing.standing, LOAN.id, SHIPPED) == LOAN


async def test_a_topic_that_another_leads_to_cannot_be_taken_away(sqlite: Database) -> None:
    own = make_topic("cua-xa", phrasings=tuple(f"việc của xã thứ {n}" for n in range(8)))
    first = await save(sqlite, own)
    standing = SHIPPED | {own.id: own, LOAN.id: changed(succeeded_by=own.id)}

    with pytest.raises(Invalid):
        await sqlite.write(topic_editing.restore_shipped, EDITOR, own.id, standing, SHIPPED, first, NOW)
    await sqlite.write(
        topic_editing.restore_shipped, EDITOR, own.id, SHIPPED | {own.id: own}, SHIPPED, first, NOW
    )
    assert await sqlite.read(topic_editing.standing, own.id, SHIPPED) is None


async def test_an_upgrade_keeps_the_edited_text_and_asks_once(sqlite: Database) -> None:
    mine = changed(title="Của xã")
    first = await save(sqlite, mine)
    upgraded = SHIPPED | {LOAN.id: changed(versions=(make_version(answer="Bản mới ship."),))}
    edits = await sqlite.read(topics.list_edits)

    assert topic_editing.differing(SHIPPED, edits) == []
    assert topic_editing.differing(upgraded, edits) == [LOAN.id]
    assert mine in topic_editing.overlay(upgraded.values(), edits).topics

    await sqlite.write(topic_editing.keep_mine, EDITOR, LOAN.id, upgraded, first, NOW)
    edits = await sqlite.read(topics.list_edits)
    assert topic_editing.differing(upgraded, edits) == []
    assert mine in topic_editing.overlay(upgraded.values(), edits).topics


def test_of_long_lists_only_what_changed_is_shown() -> None:
    phrasings = (*LOAN.phrasings[1:], "câu mới")

    found = topic_editing.differences(LOAN, changed(phrasings=phrasings, title="Tên mới"))

    assert found == [
        Difference("title", LOAN.title, "Tên mới"),
        Difference("phrasings", LOAN.phrasings[0], "câu mới"),
    ]
    assert topic_editing.differences(LOAN, changed(phrasings=LOAN.phrasings[::-1])) == [
        Difference("phrasings", "", "")
    ]
    assert [d.field for d in topic_editing.differences(None, LOAN)][:2] == ["theme", "title"]
    assert topic_editing.differences(LOAN, LOAN) == []


def test_a_new_version_ends_the_open_one_the_day_before() -> None:
    old, new = make_version(), make_version(valid_from=date(2027, 1, 1), answer="Năm sau.")

    closed = topic_editing.close_before(changed(versions=(new, old)))

    assert [(v.valid_from, v.valid_to) for v in closed.versions] == [
        (date(2026, 1, 1), date(2026, 12, 31)),
        (date(2027, 1, 1), None),
    ]
    assert topic_editing.close_before(closed) == closed


def test_two_versions_of_one_day_are_left_to_the_lint() -> None:
    twice = topic_editing.close_before(changed(versions=(make_version(), make_version())))

    with pytest.raises(Faulty):
        fit(twice)


def test_questions_that_would_be_answered_otherwise_are_shown_with_before_and_after() -> None:
    asked = "xe buýt có giảm giá cho người nghèo không ạ"
    new = make_topic("xe-buyt", title="Xe buýt", phrasings=(asked, *(f"xe buýt {n}" for n in range(7))))
    held = Library(list(SHIPPED.values()))

    found = topic_changes.would_change(held, new, [asked, asked, LOAN.phrasings[0]], TODAY)

    assert (found.asked, found.answered) == (2, 1)
    (one,) = found.changed
    assert one.question == asked
    assert one.after == Told("answer", ("Xe buýt",))
    assert one.before != one.after
    assert "xe-buyt" not in held.topics
