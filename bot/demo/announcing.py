"""Who agreed to be told, and what they were told of: a dialogue that was held, a class that comes, notices, a draft."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.demo.cast import Resident, Staff
from bot.demo.timeline import Act, Timeline
from handlers import announcement_file, announcement_life, announcements, rsvps
from handlers.announcement_sending import Means, begin, expand, finish
from handlers.areas import AreaBook
from handlers.event_messages import Voice
from handlers.sending_rules import SendingRules
from storage import announcements as rows
from storage import events, tables
from storage.db import Tx
from storage.people import Person

_AGREE = {"events": 0.75, "news": 0.6, "surveys": 0.3}
"""Which share of the residents agreed to what, once they had come."""
_WORDING = "1"
_APPROVAL = timedelta(hours=2)
# Of those who were to get one on a channel that is called, in percent.
_LOST = (("blocked", "blocked", 4), ("failed", "refused", 2), ("unknown", None, 3))


@dataclass(slots=True)
class _Story:
    """One announcement on its way."""

    told: Mapping[str, Any]
    announcement_id: int = 0


class Announcing:
    """Puts consents and announcements on the line."""

    def __init__(
        self,
        chance: random.Random,
        made_up: Mapping[str, Any],
        residents: Sequence[Resident],
        staff: Staff,
        areas: AreaBook,
        rules: SendingRules,
    ) -> None:
        self._chance, self._made_up, self._residents, self._staff = chance, made_up, residents, staff
        self._areas, self._rules = areas, rules
        self._means = Means(areas, rules, "")
        self._voice = Voice(rules, "")

    def put_on(self, line: Timeline) -> None:
        """Put them on the line, each so many days before its end."""
        for resident in self._residents:
            wanted = [purpose for purpose, share in _AGREE.items() if self._chance.random() < share]
            line.at(resident.since + timedelta(minutes=3), self._agree(resident, wanted))
        for told in self._made_up["announcements"]:
            # At nine in the morning: not at night, when nothing leaves.
            day = (line.end - timedelta(days=told["days_ago"])).astimezone(self._rules.zone)
            filed = day.replace(hour=9, minute=0, second=0, microsecond=0)
            self._tell(line, filed, _Story(told))

    def _agree(self, resident: Resident, purposes: Sequence[str]) -> Act:
        def act(tx: Tx, at: datetime) -> None:
            for purpose in purposes:
                row = {
                    "resident_id": resident.resident_id,
                    "purpose": purpose,
                    "wording": _WORDING,
                    "channel": resident.channel,
                    "given_at": at,
                }
                tx.execute(sa.insert(tables.consents), row)

        return act

    def _tell(self, line: Timeline, filed: datetime, story: _Story) -> None:
        """Go as far with it as it came: draft, submitted or sent."""
        line.at(filed, lambda tx, at: self._file(tx, at, story))
        if story.told["until"] == "draft":
            return
        line.at(filed + timedelta(minutes=20), lambda tx, at: self._submit(tx, at, story))
        if story.told["until"] == "submitted":
            return
        line.at(filed + _APPROVAL, lambda tx, at: self._send(tx, at, story))
        if "event" in story.told:
            line.at(filed + _APPROVAL + timedelta(hours=1), lambda tx, at: self._answer(tx, at, line, story))

    def _file(self, tx: Tx, at: datetime, story: _Story) -> None:
        keys = {
            name: value
            for name, value in story.told.items()
            if name not in ("days_ago", "until", "days", "answers")
        }
        communes = list(self._staff.officers)
        keys["audience"] = {
            "areas": communes[: story.told["audience"]] if story.told["audience"] else communes
        }
        if "event" in keys:
            day = (at + timedelta(days=story.told["days"])).astimezone(self._rules.zone)
            starts = day.replace(hour=8, minute=0, second=0, microsecond=0)
            keys["event"] = keys["event"] | {"starts_at": starts, "ends_at": starts + timedelta(hours=3)}
        draft = announcement_file.read(keys, self._areas, at)
        zone = self._rules.zone
        filed = announcements.file(tx, self._staff.editor, draft, (), self._chance.choice, zone, at)
        story.announcement_id = filed.id

    def _submit(self, tx: Tx, at: datetime, story: _Story) -> None:
        seen = rows.get(tx, story.announcement_id)
        many = self._rules.approval_above + 1
        announcement_life.submit(tx, self._staff.editor, seen.id, seen.version, many, self._rules, at)

    def _send(self, tx: Tx, at: datetime, story: _Story) -> None:
        announcement_life.approve(tx, self._staff.leader, story.announcement_id, None, at)
        begin(tx, story.announcement_id, self._means, at)
        while expand(tx, story.announcement_id, self._means, at):
            pass
        self._deliver(tx, at, story.announcement_id)
        finish(tx, story.announcement_id, self._means, at + timedelta(minutes=5))

    def _deliver(self, tx: Tx, at: datetime, announcement_id: int) -> None:
        """Let what is queued have ended; no sender ever sees it."""
        outbox = tables.outbox
        queued = (outbox.c.announcement_id == announcement_id, outbox.c.status == "queued")
        ids = list(tx.execute(sa.select(outbox.c.id).where(*queued).order_by(outbox.c.id)).scalars())
        ended: dict[tuple[str, str | None], list[int]] = {}
        for number in ids:
            roll = self._chance.random() * 100
            how: tuple[str, str | None] = ("sent", None)
            for status, reason, percent in _LOST:
                if roll < percent:
                    how = (status, reason)
                    break
                roll -= percent
            ended.setdefault(how, []).append(number)
        for (status, reason), some in ended.items():
            values = {
                "status": status,
                "reason": reason,
                "attempts": 1,
                "finished_at": at + timedelta(minutes=1),
            }
            tx.execute(sa.update(outbox).where(outbox.c.id.in_(some)).values(values))
            if status == "blocked":
                whose = sa.select(outbox.c.address_id).where(outbox.c.id.in_(some))
                shut = sa.update(tables.addresses).where(tables.addresses.c.id.in_(whose))
                tx.execute(shut.values(blocked_at=at + timedelta(minutes=1)))

    def _answer(self, tx: Tx, at: datetime, line: Timeline, story: _Story) -> None:
        """Put the answers of those who were told on the line, over the days that follow."""
        event = events.find_by_announcement(tx, story.announcement_id)
        if event is None:
            return
        outbox = tables.outbox
        got = (
            outbox.c.announcement_id == story.announcement_id,
            outbox.c.status.in_(("sent", "waiting")),
        )
        told = set(tx.execute(sa.select(outbox.c.resident_id).where(*got)).scalars())
        for resident in self._residents:
            if resident.resident_id in told and self._chance.random() < story.told["answers"]:
                moment = at + (event.starts_at - at) * self._chance.uniform(0, 0.6)
                line.at(moment, self._sign_up(resident, event.id))
        line.at(event.starts_at + timedelta(hours=3), lambda tx, at: self._attend(tx, at, event.id))

    def _sign_up(self, resident: Resident, event_id: int) -> Act:
        people = self._chance.choices((0, 1, 2, 3), (20, 55, 20, 5))[0]

        def act(tx: Tx, at: datetime) -> None:
            person = Person(
                resident.resident_id, resident.address_id, greeted=True, commune_code=resident.area_code,
                revision=0, state={},
            )  # fmt: skip
            if people:
                rsvps.come(tx, person, event_id, people, self._voice, at)
            else:
                rsvps.decline(tx, person, event_id, self._voice, at)

        return act

    def _attend(self, tx: Tx, at: datetime, event_id: int) -> None:
        """Note who came: most of those who said so."""
        answers = tables.rsvps
        going = sa.select(answers.c.id, answers.c.people).where(
            answers.c.event_id == event_id, answers.c.status == "going"
        )
        for row in tx.execute(going.order_by(answers.c.id)).all():
            if self._chance.random() < 0.8:
                came = sa.update(answers).where(answers.c.id == row.id)
                tx.execute(came.values(attended_people=row.people, attended_at=at))
