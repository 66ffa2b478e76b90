"""A year of questions: most answered at once, some asked back, some that nobody could answer; and cries for help."""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.demo.cast import Resident, Staff
from bot.demo.timeline import Act, Timeline
from faq import Topic
from faq.signals import Urgency
from handlers import texts, topics, urgent_texts
from handlers.topics import Library
from storage import messages, outbox, questions
from storage.db import Tx
from storage.outbox import Lane

QUESTIONS = 3000
_YEAR_DAYS = 364
_UNSEEN = 2  # of the urgent messages, the last ones


class Asking:
    """Puts the questions on the line."""

    def __init__(
        self,
        chance: random.Random,
        made_up: Mapping[str, Any],
        residents: Sequence[Resident],
        library: Library,
        zone: ZoneInfo,
    ) -> None:
        self._chance, self._made_up, self._residents = chance, made_up, residents
        self._library, self._zone = library, zone
        self._topics = [t for t in library.topics.values() if t.phrasings and not t.referral]
        chance.shuffle(self._topics)
        # A few topics are asked again and again, most of them now and then.
        self._weights = [1 / place**0.8 for place in range(1, len(self._topics) + 1)]

    def put_on(self, line: Timeline) -> None:
        """Put a year of questions on the line."""
        for moment in self._moments(line.end):
            here = [r for r in self._residents if r.since < moment]
            if here:
                line.at(moment, self._question(self._chance.choice(here)))

    def put_urgent_on(self, line: Timeline, staff: Staff) -> None:
        """Put the cries for help on the line; an official sees all but the last ones."""
        cries = self._made_up["urgent"] * 2
        for place, cry in enumerate(cries):
            left = len(cries) - place
            moment = line.end - (
                timedelta(minutes=25 * left) if left <= _UNSEEN else timedelta(days=9 * left, hours=place)
            )
            here = [r for r in self._residents if r.since < moment and r.area_code]
            if here:
                line.at(moment, self._cry(line, self._chance.choice(here), cry, staff, left > _UNSEEN))

    def _moments(self, end: datetime) -> Iterator[datetime]:
        for _ in range(QUESTIONS):
            # More and more of them; in the evening above all.
            days = _YEAR_DAYS * (1 - self._chance.random() ** 0.6)
            hour = self._chance.choice((6, 7, 8, 9, 10, 11, 12, 14, 16, 18, 19, 19, 20, 20, 21))
            day = (end - timedelta(days=days)).astimezone(self._zone)
            yield day.replace(hour=hour, minute=self._chance.randrange(60), second=self._chance.randrange(60))

    def _question(self, who: Resident) -> Act:
        chance = self._chance
        kind = chance.random()
        if kind < 0.07:
            text = chance.choice(chance.choice(self._made_up["unanswered"]))
            return lambda tx, at: self._ask(tx, at, who, text, "unknown", None, chance.uniform(0.05, 0.3))
        topic = chance.choices(self._topics, self._weights)[0]
        text = chance.choice(topic.phrasings)
        if kind < 0.16:
            return lambda tx, at: self._ask(tx, at, who, text, "ask", topic, chance.uniform(0.35, 0.6))
        return lambda tx, at: self._ask(tx, at, who, text, "answer", topic, chance.uniform(0.7, 0.99))

    def _ask(
        self,
        tx: Tx,
        at: datetime,
        who: Resident,
        text: str,
        verdict: str,
        topic: Topic | None,
        score: float,
    ) -> None:
        day = at.astimezone(self._zone).date()
        message_id = self._hear(tx, at, who, text, "question")
        told = self._told(topic, day)
        if told is None:
            verdict, topic = "unknown", None
        # Who was asked back picked one of them in half of the cases.
        answered = topic if verdict == "answer" or self._chance.random() < 0.5 else None
        number = questions.add(
            tx,
            who.address_id,
            message_id,
            text,
            verdict=verdict,
            score=score,
            topic_id=answered.id if answered else None,
            offered=[topic.id] if topic else [],
            for_official=topic is None,
            now=at,
        )
        self._say(tx, at, who, told if answered and told else texts.ASK_BACK if topic else texts.UNKNOWN)
        if answered and self._chance.random() < 0.4:
            questions.update(tx, number, helped=self._chance.random() < 0.86)

    def _told(self, topic: Topic | None, day: date) -> str | None:
        found = self._library.current(topic.id, day) if topic else None
        return topics.tell(*found, day) if found else None

    def _cry(self, line: Timeline, who: Resident, cry: Mapping[str, str], staff: Staff, seen: bool) -> Act:
        def act(tx: Tx, at: datetime) -> None:
            message_id = self._hear(tx, at, who, cry["told"], "question", cry["kind"])
            self._say(tx, at, who, urgent_texts.CALL[Urgency(cry["kind"])])
            if seen:
                officer = staff.officers[who.area_code or ""][0]
                line.at(at + timedelta(minutes=4), lambda tx, at: _see(tx, message_id, officer.id, at))

        return act

    def _hear(
        self, tx: Tx, at: datetime, who: Resident, text: str, intent: str, urgent: str | None = None
    ) -> int:
        return messages.add_in(
            tx, who.address_id, who.inbound_id, text, None, at, intent=intent, urgent=urgent
        )

    def _say(self, tx: Tx, at: datetime, who: Resident, text: str) -> None:
        message_id = messages.add_out(tx, who.address_id, None, text, (), at)
        if who.channel == "telegram":
            outbox.add(tx, message_id, who.address_id, who.channel, Lane.REPLY, at, None)


def _see(tx: Tx, message_id: int, official_id: int, at: datetime) -> None:
    messages.see_urgent(tx, message_id, official_id, at)
