"""Builders: a resident who types and presses, and a small library whose answers never move.

The rules of the conversation must not hang on the ranking; `small_library` therefore knows which topic each sentence
is about (`KNOWN`), and everything else is unknown to it.
"""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from hypothesis import HealthCheck, settings

from faq import Confidence, Hit, Match, Matcher, Source, Topic, Verdict, Version
from faq.likeness import Likeness
from faq.signals import Intent, Signals, Urgency
from faq.text import fold
from handlers import conversation
from handlers.conversation import Carrier, Receipt
from handlers.messages import Address, Contact, Inbound, IncomingFile, Outbound, clean
from handlers.secrets import Masked
from handlers.topics import Library
from handlers.turn import Guide
from storage import tables
from storage.db import Database, Tx
from storage.messages import Button, Message
from tests.conftest import NOW

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
Row = sa.Row[Any]


def fetched(message: Outbound) -> list[Outbound]:
    """Shape nothing: as the web chat does."""
    return [message]


WEB = Carrier(fetched, None, True)


class Resident:
    """Somebody at one address. What they see last is `reply`, `replies` and `labels`."""

    _numbers = itertools.count()

    def __init__(
        self,
        database: Database,
        guide: Guide,
        *,
        carrier: Carrier = WEB,
        address: Address | None = None,
        now: datetime = NOW,
    ) -> None:
        self.database, self.guide, self.carrier, self.now = database, guide, carrier, now
        self.address = address or Address("web", f"resident-{next(self._numbers)}")
        self.receipts: list[Receipt] = []

    # -- what a resident does

    async def say(self, text: str, *, external_id: str | None = None) -> str:
        """Type a message; returns what is read in answer."""
        return await self.send(text=clean(text), external_id=external_id)

    async def press(self, label: str) -> str:
        """Press the newest button with this label."""
        found = [b for r in self.receipts for m in r.replies for b in m.buttons if b.label == label]
        assert found, f"no button {label!r}; the last are {self.labels}"
        return await self.send(payload=found[-1].payload)

    async def send(
        self,
        text: str = "",
        *,
        payload: str | None = None,
        files: tuple[IncomingFile, ...] = (),
        place: tuple[float, float] | None = None,
        other: bool = False,
        contact: Contact | None = None,
        external_id: str | None = None,
    ) -> str:
        """Send anything a channel could bring."""
        inbound = self.inbound(text, payload, external_id)
        await self.take(replace(inbound, files=files, place=place, other=other, contact=contact))
        return self.reply

    def inbound(
        self,
        text: str = "",
        payload: str | None = None,
        external_id: str | None = None,
    ) -> Inbound:
        """Return a message as a channel hands it over; each with an id of its own unless one is given."""
        external_id = external_id or f"update-{next(self._numbers)}"
        return Inbound(self.address, external_id, self.now, text, payload)

    async def take(self, inbound: Inbound) -> Receipt:
        """Bring a message in as the reception does."""
        masked = Masked(inbound)
        reading = conversation.read(masked, self.guide, self.now, ZONE)
        receipt = await self.database.write(
            conversation.receive, masked, reading, self.guide, self.carrier, self.now
        )
        self.receipts.append(receipt)
        return receipt

    def wait(self, seconds: float) -> None:
        """Let time pass, or (negative) step back."""
        self.now += timedelta(seconds=seconds)

    # -- what a resident sees

    @property
    def replies(self) -> tuple[Message, ...]:
        """Return the messages of the last answer."""
        return self.receipts[-1].replies

    @property
    def reply(self) -> str:
        """Return the texts of the last answer."""
        return "\n\n".join(m.text for m in self.replies)

    @property
    def buttons(self) -> list[Button]:
        """Return the buttons of the last answer."""
        return [b for m in self.replies for b in m.buttons]

    @property
    def labels(self) -> list[str]:
        """Return their words."""
        return [b.label for b in self.buttons]

    # -- what is kept

    async def rows(self, table: sa.Table) -> Sequence[Row]:
        """Return a table's rows, oldest first."""

        def select(tx: Tx) -> Sequence[Row]:
            return tx.execute(sa.select(table).order_by(*table.primary_key.columns)).all()

        return await self.database.read(select)

    async def questions(self) -> Sequence[Row]:
        """Return the stored questions."""
        return await self.rows(tables.questions)

    async def last_question(self) -> Row:
        """Return the newest question."""
        newest = sa.select(tables.questions).order_by(tables.questions.c.id.desc()).limit(1)
        return await self.database.read(lambda tx: tx.execute(newest).one())

    async def state(self) -> dict[str, Any]:
        """Return where the only conversation stands."""
        (row,) = await self.rows(tables.conversations)
        return cast(dict[str, Any], row.state)

    async def leave_state(self, state: object) -> None:
        """Put a state there as another version of the program may have left it."""

        def write(tx: Tx) -> None:
            tx.execute(sa.update(tables.conversations).values(state=state))

        await self.database.write(write)

    async def commune(self) -> str | None:
        """Return the code of the chosen commune of the newest resident."""
        rows = await self.rows(tables.residents)
        return cast(str | None, rows[-1].commune_code)


def make_version(
    answer: str = "Có ạ.",
    *,
    since: date = date(2026, 1, 1),
    until: date | None = None,
    confidence: Confidence = Confidence.VERIFIED,
    detail: str | None = None,
) -> Version:
    """Build the text of a topic."""
    return Version(
        since,
        until,
        date(2026, 12, 15),
        confidence,
        answer,
        detail,
        "Uỷ ban nhân dân xã",
        ("Căn cước",),
        (Source("Nghị định 07/2021/NĐ-CP", "Điều 3", "đến hết 31/12/2026"),),
    )


def make_topic(
    topic_id: str,
    title: str,
    *versions: Version,
    referral: bool = False,
    succeeded_by: str | None = None,
) -> Topic:
    """Build a topic; with no version given it has one for the whole year."""
    return Topic(topic_id, title, "Chung", (title,), versions or (make_version(),), referral, succeeded_by)


HEALTH = make_topic(
    "bhyt-ho-can-ngheo", "Thẻ bảo hiểm y tế", make_version("Được mua thẻ rẻ hơn.", detail="Mua ở xã.")
)
STANDARD = make_topic("chuan-ngheo-2022-2025", "Chuẩn nghèo", make_version("Dưới 1.500.000 đồng."))
LOAN = make_topic("vay-von", "Vay vốn", make_version("Vay được."))
SCHOOL = make_topic("hoc-phi", "Miễn học phí", make_version("Được miễn."))
HOUSE = make_topic(
    "nha-o",
    "Tiền làm nhà",
    make_version("Mức tiền chưa được định.", confidence=Confidence.UNCERTAIN),
)
ENDED = make_topic(
    "tien-dien-cu",
    "Tiền điện cũ",
    make_version("Cách cũ.", until=date(2026, 10, 31)),
    succeeded_by="tien-dien-moi",
)
AFTER = make_topic("tien-dien-moi", "Tiền điện mới", make_version("Cách mới.", since=date(2026, 11, 1)))
OVER = make_topic("da-het", "Việc đã hết", make_version("Đã hết.", until=date(2026, 6, 30)))
LATER = make_topic("sap-toi", "Việc sang năm", make_version("Sang năm.", since=date(2027, 1, 1)))
NEIGHBOUR = make_topic("luong-huu", "Lương hưu", make_version("Hỏi cơ quan bảo hiểm xã hội."), referral=True)
TOPICS = (HEALTH, STANDARD, LOAN, SCHOOL, HOUSE, ENDED, AFTER, OVER, LATER, NEIGHBOUR)


def _hits(*ids: str) -> tuple[Hit, ...]:
    return tuple(Hit(topic_id, 0.9 / (place + 1)) for place, topic_id in enumerate(ids))


def sure(*ids: str) -> Match:
    """Say that the first topic is the answer; the others lie behind it."""
    return Match(Verdict.ANSWER, 0.9, _hits(*ids), None, ())


def unsure(*ids: str) -> Match:
    """Say that it may be one of these."""
    return Match(Verdict.ASK, 0.4, _hits(*ids), None, ids[:3])


def unknown(*ids: str, referral: str | None = None) -> Match:
    """Say that it is none of ours; these lie nearest."""
    return Match(Verdict.UNKNOWN, 0.1, _hits(*ids), referral, ())


KNOWN = {
    "hộ cận nghèo có thẻ bảo hiểm không": sure("bhyt-ho-can-ngheo", "vay-von", "hoc-phi", "nha-o"),
    "thẻ": sure("bhyt-ho-can-ngheo"),
    "xin tiền làm nhà": sure("nha-o"),
    "tiền điện": sure("tien-dien-cu"),
    "việc đã hết": sure("da-het"),
    "việc sang năm": sure("sap-toi"),
    "hỗ trợ": unsure("bhyt-ho-can-ngheo", "vay-von", "hoc-phi", "nha-o"),
    "xin hỗ trợ cháu đi học xa": unsure("bhyt-ho-can-ngheo", "hoc-phi"),
    "lương hưu của tôi": unknown("vay-von", referral="luong-huu"),
    "tiền đi tàu vũ trụ": unknown("vay-von", "hoc-phi"),
}


class _Scripted:
    def __init__(self, likeness: Likeness) -> None:
        self.likeness = likeness
        self._known = {fold(text): match for text, match in KNOWN.items()}

    def match(self, text: str, on: date) -> Match:
        return self._known.get(fold(text), unknown())


class SmallLibrary(Library):
    """A few topics, and a matcher that knows `KNOWN` by heart."""

    def __init__(self, topics: Sequence[Topic] = TOPICS) -> None:
        super().__init__(topics, matcher=cast(Matcher, _Scripted(Matcher(topics).likeness)))


WANTED = {
    "đường làng hỏng cả tháng nay không ai sửa": Intent.FEEDBACK,
    "thẻ của nhà tôi bị cán bộ giữ, tôi muốn phản ánh": Intent.FEEDBACK,
    "việc tôi báo đến đâu rồi": Intent.TRACK,
    "tôi không muốn nhận tin của các anh nữa": Intent.STOP,
    "có lịch vay thì nhắn cho tôi": Intent.SUBSCRIBE,
    "tuần này thôn có họp không": Intent.EVENTS,
    "cho tôi gặp người thật": Intent.HUMAN,
    "xoá hết những gì tôi đã kể": Intent.ERASE,
    "ở đây hỏi được những gì": Intent.MENU,
    "hôm nay trời đẹp nhỉ": Intent.SMALLTALK,
}
URGENT = {
    "cháu bị bố đánh": Urgency.CHILD_ABUSE,
    "ck e danh e": Urgency.DOMESTIC_VIOLENCE,
    "tôi không muốn sống nữa": Urgency.SELF_HARM,
    "cả nhà nhịn đói hai hôm nay": Urgency.HUNGER,
    "cứu tôi với": Urgency.DISASTER,
    "mẹ tôi ngất rồi": Urgency.MEDICAL,
    "họ bắt đọc mã OTP": Urgency.SCAM,
}


class _ScriptedSignals:
    """Knows `WANTED` and `URGENT` by heart; a message that holds an urgent sentence is urgent."""

    def __init__(self) -> None:
        self._wanted = {fold(text): intent for text, intent in WANTED.items()}

    def urgency(self, text: str) -> Urgency | None:
        return next((kind for said, kind in URGENT.items() if fold(said) in fold(text)), None)

    learned = True

    def intent(self, text: str) -> Intent:
        return self._wanted.get(fold(text), Intent.QUESTION)


def small_signals() -> Signals:
    """Return signals that never move: the rules of the conversation must not hang on what examples teach."""
    return cast(Signals, _ScriptedSignals())


def at(text: str) -> datetime:
    """Return a time of the tests' day in Viet Nam: at("2026-12-31 23:59")."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


# The same examples in every run, on a machine of any speed; a fixture may serve them all.
CALM = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
