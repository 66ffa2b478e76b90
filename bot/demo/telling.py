"""Several hundred cases: told, received, answered in time or late, solved or not, and the ones that still wait."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.demo.cast import Resident, Staff
from bot.demo.timeline import Act, Timeline
from handlers import case_filing, cases, tracking
from handlers.case_codes import make_code
from handlers.case_life import MERGEABLE, OPEN_STATUSES, Category, Kind
from handlers.cases import Draft
from handlers.deadlines import Deadlines
from handlers.officials import Official
from storage import cases as rows
from storage.cases import Case
from storage.db import Tx

CASES = 420
_YEAR_DAYS = 360
# How a case ends, in percent.
_ENDS = {"answered": 72, "refused": 5, "forwarded": 7, "withdrawn": 3, "merged": 6, "not_solved": 7}


@dataclass(slots=True)
class _Life:
    """One case on its way."""

    kind: Kind
    story: Mapping[str, Any]
    officer: Official
    resident: Resident | None
    case_id: int = 0
    done: list[str] = field(default_factory=list)


class Telling:
    """Puts the cases on the line."""

    def __init__(
        self,
        chance: random.Random,
        made_up: Mapping[str, Any],
        residents: Sequence[Resident],
        staff: Staff,
        deadlines: Deadlines,
    ) -> None:
        self._chance, self._made_up, self._residents, self._staff = chance, made_up, residents, staff
        self._deadlines, self._calendar = deadlines, deadlines.calendar
        self._stories = made_up["stories"]

    def put_on(self, line: Timeline) -> None:
        """Put a year of cases on the line."""
        for _ in range(CASES):
            moment = line.end - timedelta(days=_YEAR_DAYS * self._chance.random() ** 1.4, minutes=5)
            self._begin(line, moment, self._chance.choice(self._stories), self._end())
        # So that every list has something on it today: some that are late, and some that soon will be.
        for days in (13, 15, 17, 20, 24, 31):
            self._begin(line, line.end - timedelta(days=days), self._waiting(), "left")
        for minutes in (10, 14):
            self._begin(line, line.end - timedelta(minutes=minutes), self._waiting(), "left")
        for end in _ENDS:
            for days in (22, 23, 24):
                self._begin(line, line.end - timedelta(days=days), self._waiting(), end)
        for days in (8, 9, 10, 11):
            for _ in range(3):
                self._begin(line, self._nearly_due(line.end, days), self._waiting(), "started")

    def _waiting(self) -> Mapping[str, Any]:
        story: Mapping[str, Any] = self._chance.choice(
            [s for s in self._stories if s["kind"] == "reflection"]
        )
        return story

    def _nearly_due(self, end: datetime, working_days: int) -> datetime:
        return self._calendar.working_days_ago(end, working_days) + timedelta(
            hours=self._chance.uniform(8, 15)
        )

    def _end(self) -> str:
        return self._chance.choices(list(_ENDS), list(_ENDS.values()))[0]

    def _begin(self, line: Timeline, at: datetime, story: Mapping[str, Any], end: str) -> None:
        here = [r for r in self._residents if r.since < at and r.area_code]
        if not here:
            return
        assisted = self._chance.random() < 0.1
        who = self._chance.choice(here)
        officer = self._chance.choice(self._staff.officers[who.area_code or ""])
        life = _Life(Kind(story["kind"]), story, officer, None if assisted else who)
        line.at(at, lambda tx, now: self._open(tx, now, line, life, end, who.area_code or ""))

    def _open(self, tx: Tx, now: datetime, line: Timeline, life: _Life, end: str, area_code: str) -> None:
        chance, who = self._chance, life.resident
        place = chance.choice(self._made_up["places"])
        text = chance.choice(life.story["told"]).format(place=place)
        anonymous = who is not None and chance.random() < (0.6 if life.kind is Kind.DENUNCIATION else 0.08)
        known = who.identity if who else None
        name = " ".join(
            chance.choice(self._made_up["people"][part]) for part in ("family", "middle", "given")
        )
        draft = Draft(
            life.kind,
            Category(life.story["category"]),
            text,
            area_code,
            who.channel if who else "office",
            who.address_id if who else None,
            who.resident_id if who else None,
            anonymous=anonymous,
            phone=known.phone if known else None if who else f"0000001{chance.randrange(1000):03}",
            name=known.name if known else None if who else name,
            assisted_by=None if who else life.officer.id,
        )
        life.case_id = cases.open_case(
            tx, draft, lambda: make_code(chance.choice), self._deadlines, now
        ).case_id
        self._plan(line, now, life, end)

    def _plan(self, line: Timeline, opened: datetime, life: _Life, end: str) -> None:
        if end == "withdrawn" and life.resident is not None:
            line.at(
                opened + timedelta(hours=self._chance.uniform(1, 20)), self._by_resident(life, "withdraw")
            )
            return
        received = self._office(opened, self._chance.uniform(0.3, 9))
        line.at(received, self._by_officer(life, "receive"))
        if end == "left":
            return
        started = self._office(received, self._chance.uniform(0.5, 10))
        line.at(started, self._by_officer(life, "start"))
        if self._chance.random() < 0.35:
            line.at(self._office(started, 1), self._by_officer(life, "note"))
        if end == "started":
            return
        # Some come too late, as in life.
        hours = self._chance.uniform(3, 60) if self._chance.random() < 0.88 else self._chance.uniform(80, 110)
        answered = self._office(started, hours if life.kind not in (Kind.HUMAN, Kind.QUESTION) else hours / 8)
        match end:
            case "refused" | "forwarded":
                line.at(answered, self._by_officer(life, "refuse" if end == "refused" else "forward"))
                line.at(self._office(answered, 7.5 * 30), self._by_officer(life, "close"))
            case "merged" if life.kind in MERGEABLE and life.kind is not Kind.THANKS:
                self._merge(line, life, started, answered)
            case _:
                self._answer(line, life, answered, solved=end != "not_solved")

    def _answer(self, line: Timeline, life: _Life, answered: datetime, *, solved: bool) -> None:
        if "answered" not in life.story:
            line.at(answered, self._by_officer(life, "close"))
            return
        line.at(answered, self._by_officer(life, "answer"))
        asked = self._deadlines.ask_solved_at(answered) + timedelta(hours=self._chance.uniform(0.2, 40))
        if not solved:
            line.at(asked, self._by_resident(life, "not_solved"))
            again = self._office(asked, self._chance.uniform(4, 30))
            line.at(again, self._by_officer(life, "answer_again"))
            line.at(again + timedelta(days=4), self._by_resident(life, "solved"))
        elif self._chance.random() < 0.62:
            line.at(asked, self._by_resident(life, "solved"))
        else:
            line.at(self._office(answered, 7.5 * 15), self._by_officer(life, "close"))

    def _merge(self, line: Timeline, life: _Life, at: datetime, answered: datetime) -> None:
        """Let neighbours tell the same, and an officer put theirs under the first."""
        twins = [
            r
            for r in self._residents
            if life.resident
            and r.area_code == life.officer.area_code
            and r is not life.resident
            and r.since < at - timedelta(hours=2)
        ]
        for place, twin in enumerate(self._chance.sample(twins, min(2, len(twins))), 1):
            other = _Life(life.kind, life.story, life.officer, twin)
            line.at(at - timedelta(minutes=30 * place), self._alike(other))
            line.at(self._office(at, place), self._under(other, life))
        self._answer(line, life, max(answered, self._office(at, 4)), solved=True)

    def _alike(self, life: _Life) -> Act:
        return lambda tx, now: self._tell_alike(tx, now, life)

    def _under(self, life: _Life, target: _Life) -> Act:
        return lambda tx, now: self._put_under(tx, now, life, target)

    def _tell_alike(self, tx: Tx, now: datetime, life: _Life) -> None:
        if (who := life.resident) is None:
            return
        text = life.story["told"][0].format(place=self._made_up["places"][0])
        draft = Draft(
            life.kind,
            Category(life.story["category"]),
            text,
            who.area_code,
            who.channel,
            who.address_id,
            who.resident_id,
        )
        life.case_id = cases.open_case(
            tx, draft, lambda: make_code(self._chance.choice), self._deadlines, now
        ).case_id

    def _put_under(self, tx: Tx, now: datetime, life: _Life, target: _Life) -> None:
        if life.case_id and rows.get(tx, target.case_id).status in OPEN_STATUSES:
            version = rows.get(tx, life.case_id).version
            case_filing.merge(tx, life.officer, life.case_id, target.case_id, version, now)

    def _by_officer(self, life: _Life, what: str) -> Act:
        return lambda tx, now: self._work(tx, now, life, what)

    def _by_resident(self, life: _Life, what: str) -> Act:
        return lambda tx, now: self._hear(tx, now, life, what)

    def _work(self, tx: Tx, now: datetime, life: _Life, what: str) -> None:
        case = rows.get(tx, life.case_id)
        if case.merged_into is not None:
            return
        official, number, version, made_up = life.officer, case.id, case.version, self._made_up
        match what:
            case "receive" if case.status == "new":
                cases.receive(tx, official, number, version, self._deadlines, now)
            case "start" if case.is_open:
                cases.start(tx, official, number, version, now)
            case "note":
                cases.note(tx, official, number, self._chance.choice(made_up["notes"]), version, now)
            case "answer" if case.is_open:
                cases.answer(tx, official, number, life.story["answered"], version, self._deadlines, now)
            case "answer_again" if case.is_open:
                cases.answer(tx, official, number, made_up["answered_again"], version, self._deadlines, now)
            case "refuse" if case.is_open:
                cases.refuse(tx, official, number, made_up["refused"], version, now)
            case "forward" if case.is_open:
                cases.forward(tx, official, number, made_up["forwarded"], version, now)
            case "close" if _may_close(case):
                cases.close(tx, official, number, version, now)

    def _hear(self, tx: Tx, now: datetime, life: _Life, what: str) -> None:
        if life.resident is None:
            return
        case, address_id = rows.get(tx, life.case_id), life.resident.address_id
        match what:
            case "withdraw" if case.is_open and case.merged_into is None:
                tracking.withdraw(tx, case.id, address_id, now)
            case "solved" if case.status == "answered":
                tracking.solved(tx, case.id, address_id, True, self._deadlines, now)
            case "not_solved" if case.status == "answered":
                tracking.solved(tx, case.id, address_id, False, self._deadlines, now)
                words = self._made_up["not_solved"]
                tracking.add_words(tx, case.id, address_id, words, (), self._deadlines, now)

    def _office(self, at: datetime, hours: float) -> datetime:
        """Return when so many working hours have passed, in the office."""
        return self._calendar.after_working_hours(self._calendar.next_opening(at), timedelta(hours=hours))


def _may_close(case: Case) -> bool:
    over = case.status in ("answered", "refused", "forwarded")
    return over or (case.is_open and case.kind in (Kind.THANKS, Kind.HUMAN))
