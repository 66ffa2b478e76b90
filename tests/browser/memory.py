"""The house behind the web chat, in memory: it takes in, remembers and answers. For tests of the page and its API."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

from bot.channels.base import NotNow, ShownFile
from bot.files import Shelf
from handlers.conversation import Receipt
from handlers.files import harmless_name
from handlers.messages import Address, Attachment, Button, Inbound, IncomingFile, Message, Outbound

AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)

HELLO = Outbound(
    "Chào bà con! Tôi là Hai Chiều, máy trả lời tự động của Uỷ ban nhân dân thành phố Hải Phòng, không phải người thật.\n"
    "Tôi trả lời về chính sách cho hộ nghèo, hộ cận nghèo và hộ mới thoát nghèo, có kèm văn bản và ngày áp dụng.\n"
    "Tôi giữ tin nhắn của bà con 2 năm để trả lời cho tốt, và không cần biết bà con là ai.\n\n"
    "Bà con cứ gõ câu hỏi như nói chuyện, có dấu hay không dấu đều được.",
    (
        Button("Chuẩn nghèo giai đoạn 2022–2025", "1:ask:topic:chuan-ngheo", None),
        Button("Bảo hiểm y tế hộ cận nghèo: đóng và hưởng", "1:ask:topic:bhyt", None),
        Button("Trợ cấp hưu trí xã hội", "1:ask:topic:huu-tri", None),
        Button("Chọn xã, phường", "1:commune:ask", None),
        Button("Cách dùng", "1:menu:help", None),
    ),
)
ANSWER = Outbound(
    "Thẻ bảo hiểm y tế của hộ nghèo\n\n"
    "Người trong hộ nghèo thuộc diện có thẻ bảo hiểm y tế mà không phải đóng tiền: Nhà nước đóng đủ 100%. "
    "Bà con cũng không cần nộp hồ sơ riêng, vì thẻ làm theo danh sách hộ nghèo của xã. "
    "Khi khám, chữa bệnh đúng quy định, bảo hiểm trả 100% chi phí.\n\n"
    "Nơi đến: Uỷ ban nhân dân xã, phường, đặc khu nơi gia đình đang ở.\n"
    "Mức cụ thể và kết quả do Uỷ ban nhân dân xã, phường, đặc khu xác nhận.\n"
    "Căn cứ: Luật Bảo hiểm y tế (sửa bởi Luật 51/2024/QH15); Nghị định 188/2025/NĐ-CP (hiệu lực từ 15/08/2025).\n"
    "Thông tin đúng cho ngày 23/11/2026.",
    (
        Button("Xem thêm", "1:ask:more:1", None),
        Button("Có ích", "1:ask:helped:1:y", None),
        Button("Chưa đúng ý", "1:ask:helped:1:n", None),
    ),
)
THANKS = Outbound("Cảm ơn bà con đã cho biết. Cần hỏi gì thêm, bà con cứ gõ nhé.")


class Memory:
    """Implements `channels.base.Reception` and `Transcript`. Outlives the web server, as a database does."""

    def __init__(self) -> None:
        self.received: list[Inbound] = []
        self.answers: dict[str, list[Outbound]] = {}
        """What is answered to a text or payload; ANSWER to all others."""
        self.busy = False
        self.answering = asyncio.Event()
        """Cleared: what comes in is stored, but its answer is held back."""
        self.answering.set()
        self.marks: list[int] = []
        self.shelf: Shelf | None = None
        self._files: dict[int, tuple[Address, ShownFile]] = {}
        self.watched = 0
        self._messages: dict[Address, list[tuple[Message, str | None]]] = {}
        self._watchers: dict[Address, set[asyncio.Event]] = {}
        self._last_id = 0

    # -- as Reception

    async def receive(self, inbound: Inbound) -> Receipt:
        if self.busy:
            raise NotNow("busy")
        known = any(i.external_id == inbound.external_id for i in self.received)
        if not known:
            self._turn(inbound)
        await self.answering.wait()
        replies = [
            m
            for m, key in self._messages[inbound.address]
            if key == inbound.external_id and m.direction == "out"
        ]
        return Receipt(not known, 1, None, tuple(replies), ())

    async def ignore(self, channel: str, external_id: str) -> None:
        raise AssertionError("the web chat ignores nothing")

    async def set_reachable(self, address: Address, *, reachable: bool, at: datetime | None = None) -> None:
        raise AssertionError("nobody blocks the web chat")

    def _turn(self, inbound: Inbound) -> None:
        said = self._messages.setdefault(inbound.address, [])
        greeted = any(m.direction == "out" for m, _ in said)
        text = inbound.text
        if inbound.payload is not None:
            shown = [b for m, _ in said for b in m.buttons if b.payload == inbound.payload]
            text = shown[-1].label if shown else ""
        self.received.append(inbound)
        brought = tuple(self._bring(inbound.address, file) for file in inbound.files)
        self._add(inbound.address, "in", Outbound(text), inbound.external_id, inbound.payload, brought)
        if not greeted:
            self._add(inbound.address, "out", HELLO, inbound.external_id)
            if inbound.payload == "1:menu:start":
                return
        for reply in self.answers.get(inbound.payload or inbound.text, [ANSWER]):
            self._add(inbound.address, "out", reply, inbound.external_id)

    def _bring(self, address: Address, file: IncomingFile) -> Attachment:
        assert self.shelf is not None
        assert file.kept is not None
        number = len(self._files) + 1
        name = harmless_name(file.name, file.kind, file.kept.media_type)
        path = self.shelf.path(file.kept.file)
        self._files[number] = address, ShownFile(path, file.kept.media_type, name)
        return Attachment(number, file.kind, name)

    def _add(
        self,
        address: Address,
        direction: str,
        said: Outbound,
        key: str | None,
        payload: str | None = None,
        brought: tuple[Attachment, ...] = (),
    ) -> Message:
        self._last_id += 1
        message = Message(self._last_id, direction, said.text, payload, said.buttons, AT, brought)
        self._messages.setdefault(address, []).append((message, key))
        return message

    # -- as Transcript

    async def history(self, address: Address, after: int, limit: int) -> list[Message]:
        self._check()
        found = [m for m, _ in self._messages.get(address, []) if m.id > after]
        return found[:limit] if after else found[-limit:]

    async def later(self, address: Address, after: int, limit: int) -> list[Message]:
        self._check()
        return [m for m, key in self._messages.get(address, []) if m.id > after and key is None][:limit]

    async def file(self, address: Address, attachment_id: int) -> ShownFile | None:
        self._check()
        whose, shown = self._files.get(attachment_id, (None, None))
        return shown if whose == address else None

    async def picture(self, address: Address, message_id: int, number: int) -> ShownFile | None:
        self._check()
        return None

    async def newest(self, address: Address) -> int:
        self._check()
        return max((m.id for m, _ in self._messages.get(address, [])), default=0)

    def fetched(self, message_ids: Iterable[int]) -> None:
        self.marks += message_ids

    @contextmanager
    def watch(self, address: Address) -> Iterator[asyncio.Event]:
        event = asyncio.Event()
        self._watchers.setdefault(address, set()).add(event)
        self.watched += 1
        try:
            yield event
        finally:
            self.watched -= 1
            self._watchers[address].discard(event)

    def _check(self) -> None:
        if self.busy:
            raise NotNow("busy")

    # -- what else happens

    def say_later(self, address: Address, text: str, *buttons: Button, tell: bool = True) -> Message:
        """An official answers, or an announcement goes out."""
        message = self._add(address, "out", Outbound(text, buttons), None)
        if tell:
            for event in self._watchers.get(address, ()):
                event.set()
        return message

    def rewrite(self, text: str, stored: str) -> None:
        """What was said is stored in other words, as a secret would be."""
        for said in self._messages.values():
            said[:] = [(replace(m, text=stored) if m.text == text else m, key) for m, key in said]

    @property
    def people(self) -> list[Address]:
        """Everybody who has said something, in order of first contact."""
        return list(self._messages)

    def texts(self, address: Address) -> list[str]:
        """What was said, both sides."""
        return [m.text for m, _ in self._messages[address] if m.text]
