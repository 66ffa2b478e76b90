"""Whatever people do while announcements are on their way: nothing leaves to who does not want it, nobody gets two."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers import waiting
from handlers.audience import PURPOSES, unwanted
from handlers.expansion import expand_late, expand_next
from handlers.reach import Windows
from storage import deliveries, leases
from storage import waiting as store
from storage.announcements import Announcement
from storage.db import Tx
from storage.outbox import Outcome, mark_fetched
from storage.tables import addresses, announcements, consents, messages, residents
from storage.tables import outbox as rows
from tests.conftest import NOW
from tests.handlers.audiences import (
    EVERYBODY,
    MESSAGE,
    RULES,
    add_address,
    agree,
    make_announcement,
    make_resident,
)
from tests.handlers.histories import empty_database

PEOPLE = 4
WINDOWS = Windows()
STEPS = (
    "subscribe",
    "take_back",
    "stop",
    "erase",
    "come",
    "link",
    "block",
    "unblock",
    "start",
    "expand",
    "expand",
    "late",
    "claim",
    "claim",
    "call",
    "call",
    "fetch",
    "write",
    "write",
    "fall_silent",
    "cancel",
)
_histories = st.lists(
    st.tuples(st.sampled_from(STEPS), st.integers(0, PEOPLE - 1), st.integers(0, 5)), min_size=10, max_size=80
)


@dataclass
class World:
    """People who come and go, and announcements that are under way."""

    tx: Tx
    now: datetime = NOW
    people: list[int] = field(default_factory=list)
    sending: list[Announcement] = field(default_factory=list)
    held: list[int] = field(default_factory=list)
    """Deliveries that a worker has in its memory."""
    reached: list[tuple[int, int]] = field(default_factory=list)
    """(announcement, resident) of every copy that left."""

    def take(self, step: str, who: int, what: int) -> None:
        """Do one step; each is a transaction in itself."""
        self.now += timedelta(minutes=7)
        getattr(self, step)(self.people[who], what)

    def subscribe(self, resident_id: int, what: int) -> None:
        purpose = ("events", "news", "surveys")[what % 3]
        if purpose not in self._wanted(resident_id):
            agree(self.tx, resident_id, purpose, now=self.now)

    def take_back(self, resident_id: int, what: int) -> None:
        self._end_consents(resident_id, consents.c.purpose == ("events", "news", "surveys")[what % 3])
        kinds = unwanted(self._wanted(resident_id))
        deliveries.withdraw(self.tx, resident_id, "stopped", self.now, kinds)

    def stop(self, resident_id: int, what: int) -> None:
        self._end_consents(resident_id, sa.true())
        deliveries.withdraw(self.tx, resident_id, "stopped", self.now)

    def _end_consents(self, resident_id: int, which: sa.ColumnElement[bool]) -> None:
        own = sa.and_(consents.c.resident_id == resident_id, consents.c.withdrawn_at.is_(None), which)
        self.tx.execute(sa.update(consents).where(own).values(withdrawn_at=self.now))

    def erase(self, resident_id: int, what: int) -> None:
        deliveries.withdraw(self.tx, resident_id, "erased", self.now)
        self.tx.execute(sa.delete(residents).where(residents.c.id == resident_id))
        self.people[self.people.index(resident_id)] = make_resident(self.tx, "web", purposes=[])

    def come(self, resident_id: int, what: int) -> None:
        self.people.append(make_resident(self.tx, "telegram", heard_at=self.now, agreed_at=self.now))

    def link(self, resident_id: int, what: int) -> None:
        add_address(self.tx, resident_id, ("telegram", "web", "zalo")[what % 3], self.now)

    def block(self, resident_id: int, what: int) -> None:
        self._set_blocked(resident_id, self.now)

    def unblock(self, resident_id: int, what: int) -> None:
        self._set_blocked(resident_id, None)

    def _set_blocked(self, resident_id: int, at: datetime | None) -> None:
        own = sa.and_(addresses.c.resident_id == resident_id, addresses.c.channel != "web")
        self.tx.execute(sa.update(addresses).where(own).values(blocked_at=at))

    def start(self, resident_id: int, what: int) -> None:
        kind = ("notice", "event", "emergency")[what % 3]
        self.sending.append(make_announcement(self.tx, kind=kind, now=self.now, late_joiners=True))

    def expand(self, resident_id: int, what: int) -> None:
        for announcement in self.sending[what:]:
            expand_next(self.tx, announcement, EVERYBODY, MESSAGE, RULES, WINDOWS.at, self.now, 2)

    def late(self, resident_id: int, what: int) -> None:
        for announcement in self.sending:
            expand_late(self.tx, announcement, EVERYBODY, MESSAGE, RULES, WINDOWS.at, self.now, 2)

    def cancel(self, resident_id: int, what: int) -> None:
        for announcement in self.sending[:1]:
            ended = sa.update(announcements).where(announcements.c.id == announcement.id)
            self.tx.execute(ended.values(status="cancelled"))
            deliveries.cancel(self.tx, announcement.id, "cancelled", self.now, 1 + what)

    def claim(self, resident_id: int, what: int) -> None:
        due = sa.select(rows.c.id).where(
            rows.c.status == "queued", rows.c.attempted_at.is_(None), rows.c.not_before <= self.now
        )
        self.held += self.tx.execute(due.limit(1 + what)).scalars()

    def call(self, resident_id: int, what: int) -> None:
        """Attempt what is held, as the engine does: only what still stands as it was claimed."""
        since = WINDOWS.open_since("zalo", self.now)
        assert since is not None
        zalo = sa.and_(rows.c.id.in_(self.held), rows.c.channel == "zalo", rows.c.status == "queued")
        self.tx.execute(sa.update(rows).where(zalo).values(lease_owner="worker"))
        of_zalo = self.tx.execute(sa.select(rows.c.id).where(zalo)).scalars().all()
        closed = store.hold(self.tx, of_zalo, "worker", since, ("telegram",))
        self.held = [i for i in self.held if i not in closed]
        begun = self.tx.execute(
            sa.update(rows)
            .where(rows.c.id.in_(self.held), rows.c.status == "queued", rows.c.attempted_at.is_(None))
            .values(attempted_at=self.now)
            .returning(
                rows.c.id, rows.c.announcement_id, rows.c.resident_id, rows.c.message_id, rows.c.address_id
            )
        ).all()
        self.held.clear()
        for row in begun:
            self._is_open(row.address_id)
            self._leaves(row.announcement_id, row.resident_id, row.message_id)
        leases.finish(self.tx, [Outcome(row.id, "sent", self.now) for row in begun])

    def _is_open(self, address_id: int) -> None:
        """The platform's own view of it: no call is refused."""
        place = self.tx.execute(sa.select(addresses).where(addresses.c.id == address_id)).one()
        assert place.channel != "zalo" or self.now - place.last_interaction_at <= timedelta(hours=48)

    def write(self, resident_id: int, what: int) -> None:
        """Write to us at one of their addresses, whatever the day."""
        own = sa.select(addresses).where(addresses.c.resident_id == resident_id).order_by(addresses.c.id)
        place = self.tx.execute(own).first()
        if place is None:
            return
        opened = sa.update(addresses).where(addresses.c.id == place.id)
        self.tx.execute(opened.values(last_interaction_at=self.now, blocked_at=None))
        waiting.give(self.tx, resident_id, place.id, place.channel, RULES, self.now)

    def fall_silent(self, resident_id: int, what: int) -> None:
        """Let days pass in which nobody writes."""
        self.now += timedelta(days=1 + what)

    def fetch(self, resident_id: int, what: int) -> None:
        """Open the chat page: what waits there is read."""
        waiting = self.tx.execute(
            sa.select(rows.c.announcement_id, rows.c.resident_id, rows.c.message_id).where(
                rows.c.status == "waiting", rows.c.reason.is_(None), rows.c.resident_id == resident_id
            )
        ).all()
        for row in waiting:
            self._leaves(row.announcement_id, row.resident_id, row.message_id)
        mark_fetched(self.tx, [row.message_id for row in waiting], self.now)

    def _leaves(self, announcement_id: int, resident_id: int, message_id: int | None) -> None:
        kind = self.tx.execute(
            sa.select(announcements.c.kind).where(announcements.c.id == announcement_id)
        ).scalar_one()
        assert set(PURPOSES[kind]) & self._wanted(resident_id)
        assert message_id is not None
        self.reached.append((announcement_id, resident_id))

    def _wanted(self, resident_id: int) -> set[str]:
        own = sa.and_(consents.c.resident_id == resident_id, consents.c.withdrawn_at.is_(None))
        return set(self.tx.execute(sa.select(consents.c.purpose).where(own)).scalars())

    def check(self) -> None:
        """See that nobody got two, that every row says what became of it, and that all of them are counted."""
        assert len(set(self.reached)) == len(self.reached)
        kept = self.tx.execute(sa.select(rows)).all()
        for row in kept:
            on_its_way = row.status in ("queued", "waiting")
            held = (row.status, row.reason) == ("waiting", "closed")
            assert (row.reason is not None) == (held or row.status in ("skipped", "blocked"))
            assert not held or row.channel == "zalo"
            assert (row.finished_at is None) == on_its_way
            assert row.message_id is None or row.status not in ("skipped", "blocked")
            assert row.message_id is not None or not on_its_way
        shown = self.tx.execute(sa.select(messages.c.id)).scalars().all()
        assert set(shown) == {row.message_id for row in kept if row.message_id is not None}
        for announcement in self.sending:
            counts = deliveries.count(self.tx, announcement.id)
            of_it = [row for row in kept if row.announcement_id == announcement.id]
            missed = deliveries.list_not_reached(self.tx, announcement.id, 0, 1000)
            assert sum(count.number for count in counts) == len(of_it)
            to_fetch = sum((row.status, row.reason) == ("waiting", None) for row in of_it)
            assert len(missed) == sum(row.status in deliveries.NOT_REACHED for row in of_it) - to_fetch


@given(_histories)
@settings(max_examples=40, deadline=None)
def test_nothing_leaves_without_consent_and_nothing_twice(history: list[tuple[str, int, int]]) -> None:
    """Checked whenever a copy leaves, and all that adds up after every step."""
    with empty_database() as tx:
        world = World(tx)
        world.people = [
            make_resident(tx, channel, agreed_at=NOW) for channel in ("telegram", "telegram", "web", "zalo")
        ]
        world.start(0, 0)
        for step, who, what in history:
            world.take(step, who, what)
            world.check()
