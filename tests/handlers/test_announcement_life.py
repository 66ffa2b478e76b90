"""From a draft to what goes out: who may do what, when, and that a second press changes nothing."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from handlers import announcement_life as life
from handlers import announcements
from handlers.errors import Invalid, NotAllowed, RuleError, TooLate
from handlers.messages import Kept
from handlers.officials import Official, Role
from storage import announcements as rows
from storage import audit, events, files
from storage.announcements import Announcement
from storage.db import Database, Tx
from storage.errors import Conflict
from tests.conftest import NOW
from tests.handlers.casework import make_official
from tests.handlers.filing import (
    COMMUNE,
    ELSEWHERE,
    EVENT,
    NOTICE,
    RULES,
    ZONE,
    choose,
    draft,
    file,
    make_editor,
    make_leader,
)

MANY, FEW = RULES.approval_above + 1, RULES.approval_above
PICTURE = Kept("ab" * 16, "image/jpeg", 1200, 640, 480)


class House:
    """An editor, a leader, and their announcement, in one transaction that is never ended."""

    def __init__(self, tx: Tx) -> None:
        self.tx = tx
        self.editor, self.leader = make_editor(tx), make_leader(tx)
        self.id = file(tx, self.editor).id

    def seen(self) -> Announcement:
        return rows.get(self.tx, self.id)

    def put(self, status: str, *, started: bool = False) -> None:
        """Let it have a status, as if it had come there."""
        columns = {"status": status, "started_at": NOW if started else None, "submitted_by": self.editor.id}
        rows.change(self.tx, self.seen(), columns)

    def submit(self, recipients: int = MANY) -> Announcement:
        return life.submit(self.tx, self.editor, self.id, self.seen().version, recipients, RULES, NOW)

    def logged(self) -> list[str]:
        entries = audit.list_entries(self.tx, subject_kind="announcement", subject_id=str(self.id))
        return [entry.action.removeprefix("announcement.") for entry in reversed(entries)]


def due(tx: Tx, now: datetime) -> list[int]:
    """Return what a worker would begin to send."""
    return rows.list_work(tx, rows.Work.DUE, now, 10)


async def inside(sqlite: Database, steps: Callable[[House], None]) -> None:
    """Run steps in a transaction of a house of their own."""
    await sqlite.write(lambda tx: steps(House(tx)))


@pytest.mark.parametrize(("recipients", "status"), [(FEW, "approved"), (MANY, "submitted")])
async def test_more_people_than_the_threshold_need_a_second_person(
    sqlite: Database, recipients: int, status: str
) -> None:
    def steps(house: House) -> None:
        assert house.submit(recipients).status == status
        assert (house.seen().approved_by == house.editor.id) == (status == "approved")

    await inside(sqlite, steps)


async def test_an_announcement_for_later_waits_for_its_time(sqlite: Database) -> None:
    def steps(house: House) -> None:
        later = file(house.tx, house.editor, draft(send_at=(NOW + timedelta(days=1)).isoformat()))
        done = life.submit(house.tx, house.editor, later.id, later.version, FEW, RULES, NOW)
        assert done.status == "scheduled"
        assert due(house.tx, NOW) == []
        assert due(house.tx, NOW + timedelta(days=1)) == [later.id]

    await inside(sqlite, steps)


async def test_a_leader_approves_and_it_is_audited(sqlite: Database) -> None:
    def steps(house: House) -> None:
        submitted = house.submit()
        approved = life.approve(house.tx, house.leader, house.id, submitted.version, NOW)
        assert (approved.status, approved.approved_by, approved.approved_at) == (
            "approved",
            house.leader.id,
            NOW,
        )
        assert house.logged() == ["file", "submit", "approve"]

    await inside(sqlite, steps)


async def test_nobody_approves_their_own(sqlite: Database) -> None:
    """Whoever wrote it as an editor and became a leader meanwhile is still whoever wrote it."""

    def steps(house: House) -> None:
        house.submit()
        promoted = Official(house.editor.id, house.editor.username, "Hạnh", Role.LEADER, None)
        with pytest.raises(NotAllowed):
            life.approve(house.tx, promoted, house.id, None, NOW)
        with pytest.raises(NotAllowed):
            life.approve(house.tx, make_editor(house.tx), house.id, None, NOW)
        assert house.seen().status == "submitted"

    await inside(sqlite, steps)


async def test_a_second_press_starts_nothing_twice(sqlite: Database) -> None:
    def steps(house: House) -> None:
        version = house.seen().version
        submitted = house.submit()
        with pytest.raises(Conflict):
            life.submit(house.tx, house.editor, house.id, version, MANY, RULES, NOW)
        life.approve(house.tx, house.leader, house.id, submitted.version, NOW)
        with pytest.raises(Conflict):
            life.approve(house.tx, house.leader, house.id, submitted.version, NOW)
        with pytest.raises(TooLate):
            life.approve(house.tx, house.leader, house.id, None, NOW)
        for step in (life.pause, life.pause, life.resume, life.resume):
            step(house.tx, house.editor, house.id, NOW)
        for _ in range(2):
            life.cancel(house.tx, house.editor, house.id, "", NOW)
        assert house.logged() == ["file", "submit", "approve", "pause", "resume", "cancel"]

    await inside(sqlite, steps)


async def test_what_was_submitted_or_approved_cannot_be_changed(sqlite: Database) -> None:
    def steps(house: House) -> None:
        for status in ("submitted", "approved", "scheduled", "sending", "paused", "sent", "cancelled"):
            house.put(status)
            with pytest.raises(TooLate):
                announcements.edit(
                    house.tx,
                    house.editor,
                    house.id,
                    house.seen().version,
                    draft(title="Khác"),
                    (),
                    choose,
                    ZONE,
                    NOW,
                )
        assert house.seen().title == NOTICE["title"]

    await inside(sqlite, steps)


async def test_what_is_sent_back_says_why_and_can_be_changed(sqlite: Database) -> None:
    def steps(house: House) -> None:
        house.submit()
        with pytest.raises(Invalid):
            life.send_back(house.tx, house.leader, house.id, None, " ", NOW)
        back = life.send_back(house.tx, house.leader, house.id, None, "Sai giờ", NOW)
        assert (back.status, back.reason) == ("draft", "Sai giờ")
        announcements.edit(
            house.tx,
            house.editor,
            house.id,
            back.version,
            draft(title="Phát gạo lúc 9 giờ"),
            (),
            choose,
            ZONE,
            NOW,
        )
        assert house.submit(FEW).reason is None
        assert house.logged() == ["file", "submit", "send_back", "edit", "submit", "approve"]

    await inside(sqlite, steps)


@pytest.mark.parametrize(
    ("status", "started", "after"),
    [("approved", False, "approved"), ("scheduled", False, "approved"), ("sending", True, "sending")],
)
async def test_what_was_paused_goes_on_where_it_was(
    sqlite: Database, status: str, started: bool, after: str
) -> None:
    """A time that came while it was paused is now."""

    def steps(house: House) -> None:
        house.put(status, started=started)
        assert life.pause(house.tx, house.leader, house.id, NOW).status == "paused"
        assert due(house.tx, NOW) == []
        assert life.resume(house.tx, house.leader, house.id, NOW).status == after

    await inside(sqlite, steps)


@pytest.mark.parametrize(
    ("status", "refused"),
    [
        ("draft", (life.pause, life.resume)),
        ("submitted", (life.pause, life.resume)),
        ("sent", (life.pause, life.resume)),
        ("cancelled", (life.pause, life.resume)),
    ],
)
async def test_what_is_not_under_way_cannot_be_paused_or_resumed(
    sqlite: Database,
    status: str,
    refused: tuple[Callable[..., Announcement], ...],
) -> None:
    def steps(house: House) -> None:
        house.put(status)
        for step in refused:
            with pytest.raises(TooLate):
                step(house.tx, house.editor, house.id, NOW)
        assert house.seen().status == status

    await inside(sqlite, steps)


async def test_what_everybody_has_cannot_be_cancelled(sqlite: Database) -> None:
    def steps(house: House) -> None:
        house.put("sent", started=True)
        with pytest.raises(TooLate):
            life.cancel(house.tx, house.leader, house.id, "", NOW)

    await inside(sqlite, steps)


@pytest.mark.parametrize("role", [Role.OFFICER, Role.VIEWER, Role.ADMIN])
async def test_others_than_writers_and_leaders_change_nothing(sqlite: Database, role: Role) -> None:
    def steps(house: House) -> None:
        stranger = make_official(house.tx, COMMUNE if role is Role.OFFICER else None, role)
        refused: list[Callable[[], object]] = [
            lambda: file(house.tx, stranger),
            lambda: life.submit(house.tx, stranger, house.id, 1, 1, RULES, NOW),
            lambda: life.approve(house.tx, stranger, house.id, None, NOW),
            lambda: life.send_back(house.tx, stranger, house.id, None, "vì", NOW),
            lambda: life.pause(house.tx, stranger, house.id, NOW),
            lambda: life.resume(house.tx, stranger, house.id, NOW),
            lambda: life.cancel(house.tx, stranger, house.id, "", NOW),
        ]
        for step in refused:
            with pytest.raises(NotAllowed):
                step()

    await inside(sqlite, steps)


async def test_who_is_bound_to_a_commune_writes_to_that_commune_only(sqlite: Database) -> None:
    def steps(house: House) -> None:
        bound = make_editor(house.tx, COMMUNE)
        assert file(house.tx, bound).audience == {"areas": [COMMUNE]}
        with pytest.raises(Invalid):
            file(house.tx, bound, draft(audience={"areas": [ELSEWHERE]}))
        for step in (life.pause, life.resume):
            with pytest.raises(NotAllowed):
                step(house.tx, bound, house.id, NOW)
        house.submit()
        with pytest.raises(NotAllowed):
            life.approve(house.tx, make_leader(house.tx, COMMUNE), house.id, None, NOW)

    await inside(sqlite, steps)


async def test_an_emergency_is_logged_as_going_past_night_and_ceiling(sqlite: Database) -> None:
    def steps(house: House) -> None:
        flood = file(house.tx, house.editor, draft(kind="emergency"))
        life.submit(house.tx, house.editor, flood.id, flood.version, FEW, RULES, NOW)
        entry = audit.list_entries(house.tx, action="announcement.approve")[0]
        assert entry.details == {"alone": True, "exempt": ["quiet_hours", "weekly_ceiling"]}

    await inside(sqlite, steps)


async def test_an_event_that_has_begun_is_not_announced_any_more(sqlite: Database) -> None:
    late = NOW + timedelta(days=30)

    def steps(house: House) -> None:
        event = file(house.tx, house.editor, draft(EVENT))
        with pytest.raises(TooLate):
            life.submit(house.tx, house.editor, event.id, event.version, MANY, RULES, late)
        life.submit(house.tx, house.editor, event.id, event.version, MANY, RULES, NOW)
        with pytest.raises(TooLate):
            life.approve(house.tx, house.leader, event.id, None, late)
        life.approve(house.tx, house.leader, event.id, None, NOW)
        life.pause(house.tx, house.leader, event.id, NOW)
        with pytest.raises(TooLate):
            life.resume(house.tx, house.leader, event.id, late)

    await inside(sqlite, steps)


async def test_nobody_to_send_to_is_refused(sqlite: Database) -> None:
    def steps(house: House) -> None:
        with pytest.raises(Invalid):
            house.submit(0)

    await inside(sqlite, steps)


async def test_an_event_is_filed_with_its_session_and_follows_its_draft(sqlite: Database) -> None:
    def steps(house: House) -> None:
        filed = file(house.tx, house.editor, draft(EVENT))
        event = events.find_by_announcement(house.tx, filed.id)
        assert event is not None
        assert (event.area_code, event.seats, event.taken, event.status) == (COMMUNE, 60, 0, "planned")
        assert list(event.remind_before) == [1440]
        assert event.check_in_code != filed.code
        block = EVENT["event"]
        assert isinstance(block, dict)
        moved = draft(EVENT, event={**block, "place": "Nhà văn hóa thôn Tây"}, audience={})
        changed = announcements.edit(
            house.tx, house.editor, filed.id, filed.version, moved, (), choose, ZONE, NOW
        )
        shown = announcements.get(house.tx, house.leader, filed.id)
        assert shown.event is not None
        assert (shown.event.place, shown.event.area_code) == ("Nhà văn hóa thôn Tây", None)
        assert shown.event.check_in_code == event.check_in_code
        announcements.edit(house.tx, house.editor, filed.id, changed.version, draft(), (), choose, ZONE, NOW)
        assert events.find_by_announcement(house.tx, filed.id) is None

    await inside(sqlite, steps)


async def test_cancelling_before_anybody_was_told_cancels_the_event(sqlite: Database) -> None:
    def steps(house: House) -> None:
        untold, told = (file(house.tx, house.editor, draft(EVENT)) for _ in range(2))
        rows.change(house.tx, told, {"status": "sending", "started_at": NOW})
        for one in (untold, told):
            life.cancel(house.tx, house.editor, one.id, "mưa bão", NOW)
        found = [events.find_by_announcement(house.tx, one.id) for one in (untold, told)]
        assert [event.status for event in found if event] == ["cancelled", "planned"]
        assert rows.get(house.tx, told.id).reason == "mưa bão"

    await inside(sqlite, steps)


async def test_only_pictures_that_were_kept_for_it_can_be_named(sqlite: Database) -> None:
    """A form could name anybody's photo."""
    named = draft(pictures=[PICTURE.file])

    def steps(house: House) -> None:
        with pytest.raises(Invalid):
            file(house.tx, house.editor, named)
        filed = announcements.file(house.tx, house.editor, named, (PICTURE,), choose, ZONE, NOW)
        assert filed.pictures == [PICTURE.file]
        files.drop_loose(house.tx, 10)
        assert files.known(house.tx, [PICTURE.file]) == {PICTURE.file}
        kept = announcements.edit(
            house.tx, house.editor, filed.id, filed.version, named, (), choose, ZONE, NOW
        )
        assert kept.pictures == [PICTURE.file]
        announcements.edit(house.tx, house.editor, filed.id, kept.version, draft(), (), choose, ZONE, NOW)
        assert files.known(house.tx, [PICTURE.file]) == set()

    await inside(sqlite, steps)


async def test_an_edit_of_an_older_version_is_refused(sqlite: Database) -> None:
    def steps(house: House) -> None:
        version = house.seen().version
        for title in ("Một", "Hai"):
            try:
                announcements.edit(
                    house.tx, house.editor, house.id, version, draft(title=title), (), choose, ZONE, NOW
                )
            except Conflict:
                assert title == "Hai"
        assert house.seen().title == "Một"
        entry = audit.list_entries(house.tx, action="announcement.edit")[0]
        assert entry.details == {"fields": ["title"]}

    await inside(sqlite, steps)


async def test_what_is_read_needs_a_role_and_comes_newest_first(sqlite: Database) -> None:
    def steps(house: House) -> None:
        second = file(house.tx, house.editor, draft(title="Hai"))
        house.put("sent")
        assert [one.id for one in announcements.list_page(house.tx, house.leader)] == [second.id, house.id]
        assert [one.id for one in announcements.list_page(house.tx, house.leader, statuses=["sent"])] == [
            house.id
        ]
        assert announcements.list_page(house.tx, house.leader, before_id=house.id) == []
        assert set(announcements.get(house.tx, house.leader, second.id).counts.values()) == {0}
        viewer = make_official(house.tx, None, Role.VIEWER)
        for read in (
            lambda: announcements.list_page(house.tx, viewer),
            lambda: announcements.get(house.tx, viewer, 1),
        ):
            with pytest.raises(RuleError):
                read()

    await inside(sqlite, steps)
