"""Whatever people link, take apart, agree to, stop and erase while announcements leave: only to a chat that agreed, once."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers import consents, expansion, links
from handlers.audience import PURPOSES, always
from handlers.consents import Purpose
from handlers.messages import Address
from storage import cases as case_rows
from storage import erasure as erasing
from storage import held, joining, leases, people
from storage.announcements import Announcement
from storage.db import Tx
from storage.outbox import Outcome, mark_fetched
from storage.people import Person
from storage.tables import addresses, announcements, cases, outbox, residents
from tests.conftest import NOW
from tests.handlers.audiences import EVERYBODY, MESSAGE, RULES, make_announcement
from tests.handlers.casework import make_case
from tests.handlers.histories import empty_database

CHATS = (Address("zalo", "a"), Address("telegram", "b"), Address("web", "c"), Address("telegram", "d"))
STEPS = (
    "subscribe",
    "subscribe",
    "take_back",
    "stop",
    "stop_everything",
    "erase",
    "link",
    "link",
    "link",
    "unlink",
    "unlink",
    "tell",
    "start",
    "expand",
    "expand",
    "late",
    "call",
    "call",
    "fetch",
)
_histories = st.lists(
    st.tuples(st.sampled_from(STEPS), st.integers(0, 3), st.integers(0, 5)), min_size=10, max_size=60
)


@dataclass
class World:
    """Four chats, and what is known of them beside the database: kept as simply as the promise is said."""

    tx: Tx
    now: datetime = NOW
    agreed: dict[int, set[Purpose]] = field(default_factory=dict)
    """By place in `CHATS`: what was agreed to in that chat and neither taken back nor stopped since."""
    told: dict[int, set[str]] = field(default_factory=dict)
    """The same: codes of cases told in that chat."""
    sending: list[Announcement] = field(default_factory=list)
    reached: list[tuple[int, int]] = field(default_factory=list)
    """(announcement, address) of every copy that left."""

    def take(self, step: str, which: int, what: int) -> None:
        """Do one step; each is a transaction in itself."""
        self.now += timedelta(minutes=7)
        getattr(self, step)(which, what)

    def person(self, which: int) -> Person:
        return people.meet(self.tx, CHATS[which].channel, CHATS[which].value, self.now)

    def linked(self, which: int) -> list[int]:
        own = people.list_linked(self.tx, self.person(which).address_id)
        return [place for place in range(len(CHATS)) if self.person(place).address_id in own]

    def subscribe(self, which: int, what: int) -> None:
        purpose = tuple(Purpose)[what % 3]
        consents.give(self.tx, self.person(which), [purpose], CHATS[which].channel, self.now)
        self.agreed.setdefault(which, set()).add(purpose)

    def take_back(self, which: int, what: int) -> None:
        purpose = tuple(Purpose)[what % 3]
        resident_id = self.person(which).resident_id
        consents.take_back(self.tx, resident_id, [purpose], CHATS[which].channel, self.now)
        for place in self.linked(which):
            self.agreed.get(place, set()).discard(purpose)

    def stop(self, which: int, what: int) -> None:
        consents.stop(self.tx, self.person(which).resident_id, CHATS[which].channel, self.now)
        for place in self.linked(which):
            self.agreed.pop(place, None)

    def stop_everything(self, which: int, what: int) -> None:
        consents.stop_everything(self.tx, self.person(which).resident_id, CHATS[which].channel, self.now)
        for place in self.linked(which):
            self.agreed.pop(place, None)

    def erase(self, which: int, what: int) -> None:
        for place in self.linked(which):
            self.agreed.pop(place, None)
            self.told.pop(place, None)
        erasing.erase(self.tx, self.person(which).resident_id, (), "", self.now)

    def link(self, which: int, what: int) -> None:
        here, there = self.person(which), self.person((which + 1 + what) % len(CHATS))
        joining.join(self.tx, here.address_id, there.address_id, self.now)

    def unlink(self, which: int, what: int) -> None:
        links.leave(self.tx, self.person(which).address_id, self.now)

    def tell(self, which: int, what: int) -> None:
        who = self.person(which)
        case = make_case(
            self.tx,
            address_id=who.address_id,
            resident_id=who.resident_id,
            anonymous=what % 2 == 0,
            now=self.now,
        )
        self.told.setdefault(which, set()).add(case.code)

    def start(self, which: int, what: int) -> None:
        kind = ("notice", "event", "emergency")[what % 3]
        self.sending.append(make_announcement(self.tx, kind=kind, now=self.now, late_joiners=True))

    def expand(self, which: int, what: int) -> None:
        for one in self.sending:
            expansion.expand_next(self.tx, one, EVERYBODY, MESSAGE, RULES, always, self.now, 1 + what % 2)

    def late(self, which: int, what: int) -> None:
        for one in self.sending:
            expansion.expand_late(self.tx, one, EVERYBODY, MESSAGE, RULES, always, self.now, 2)

    def call(self, which: int, what: int) -> None:
        due = sa.select(outbox.c.id).where(outbox.c.status == "queued").order_by(outbox.c.id).limit(1 + what)
        begun = self.tx.execute(sa.select(outbox).where(outbox.c.id.in_(due))).all()
        for row in begun:
            self._leaves(row)
        leases.finish(self.tx, [Outcome(row.id, "sent", self.now) for row in begun])

    def fetch(self, which: int, what: int) -> None:
        waiting = self.tx.execute(sa.select(outbox).where(outbox.c.status == "waiting")).all()
        for row in waiting:
            self._leaves(row)
        mark_fetched(self.tx, [row.message_id for row in waiting], self.now)

    def _leaves(self, row: "sa.Row[tuple[object, ...]]") -> None:
        """See that it goes to a chat in which it was agreed to, and that nobody in that person's chats has it."""
        kind = self.tx.execute(
            sa.select(announcements.c.kind).where(announcements.c.id == row.announcement_id)
        ).scalar_one()
        (place,) = [n for n in range(len(CHATS)) if self.person(n).address_id == row.address_id]
        assert set(PURPOSES[kind]) & self.agreed.get(place, set())
        assert row.resident_id == self.person(place).resident_id
        had = {
            address_id
            for announcement_id, address_id in self.reached
            if announcement_id == row.announcement_id
        }
        assert row.address_id not in had
        # Of several who had theirs before they were linked nobody gets another; nor does whoever joined them.
        assert not had & set(people.list_linked(self.tx, row.address_id))
        self.reached.append((row.announcement_id, row.address_id))

    def check(self) -> None:
        """See that consents and cases are where they should be, and that everybody is counted once."""
        everybody = {place: self.person(place) for place in range(len(CHATS))}
        for place, who in everybody.items():
            given = consents.given(self.tx, who.resident_id, who.address_id)
            assert given == self.agreed.get(place, set())
            own = case_rows.list_of_address(self.tx, who.address_id, 1000)
            together = set().union(*(self.told.get(other, set()) for other in self.linked(place)))
            assert {case.code for case in own} == together
        number = len({who.resident_id for who in everybody.values()})
        counts = held.count(self.tx, None, [NOW])
        assert counts.residents == number == self._count(residents)
        assert self._count(addresses) == len(CHATS)
        agreeing = Counter(
            purpose
            for resident_id in {who.resident_id for who in everybody.values()}
            for purpose in consents.given(self.tx, resident_id)
        )
        assert dict(counts.agreed) == agreeing
        hidden = sa.select(sa.func.count()).where(cases.c.anonymous, cases.c.resident_id.is_not(None))
        assert self.tx.execute(hidden).scalar_one() == 0

    def _count(self, table: sa.Table) -> int:
        return int(self.tx.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


@given(_histories)
@settings(max_examples=30, deadline=None)
def test_nothing_leaves_for_a_chat_that_did_not_agree_and_nobody_gets_two(
    history: list[tuple[str, int, int]],
) -> None:
    with empty_database() as tx:
        world = World(tx)
        for which in range(len(CHATS)):
            world.subscribe(which, which)
        world.start(0, 0)
        for step, which, what in history:
            world.take(step, which, what)
            world.check()
