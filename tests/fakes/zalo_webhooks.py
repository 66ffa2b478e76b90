"""Zalo's sending side: signs events, posts them, repeats what was not answered 200 in time, and switches itself off.

Written from the platform's documented rules, not from our code. Time is virtual: `wait` moves it.
"""

import hashlib
import itertools
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

APP_ID = "360846524940903967"
OA_ID = "388613280878808645"
PERSON = "246845883529197922"
OA_SECRET = "test-oa-secret-key"
LADDER_S = (30.0, 300.0, 900.0, 1800.0, 3600.0)
ANSWER_WITHIN_S = 2.0

Post = Callable[[bytes, Mapping[str, str]], Awaitable[int]]
"""Posts a body with headers; returns the status, 0 when no answer came within `ANSWER_WITHIN_S`."""


def signed(body: bytes, timestamp: str, app_id: str = APP_ID, secret: str = OA_SECRET) -> dict[str, str]:
    """Return the headers of a body."""
    mac = hashlib.sha256(app_id.encode() + body + timestamp.encode() + secret.encode()).hexdigest()
    return {"X-ZEvent-Signature": f"mac={mac}", "Content-Type": "application/json"}


@dataclass
class Sent:
    """One event on its way: `tries` made, `due_s` when it goes out (again); done when `status` is 200."""

    body: bytes
    timestamp: str
    due_s: float
    tries: int = 0
    status: int | None = None


@dataclass
class ZaloWebhooks:
    """The platform. `start_ms`: its clock at the beginning, in milliseconds since 1970."""

    post: Post
    start_ms: int
    now_s: float = 0.0
    on: bool = True
    secret: str = OA_SECRET
    sent: list[Sent] = field(default_factory=list)
    lost: list[Sent] = field(default_factory=list)
    """What happened while it was off: nobody will ever post it."""
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    # -- what happens at Zalo

    def event(self, name: str, person: str = PERSON, **more: object) -> Sent:
        """A person does something; goes out with the next `deliver`. `at_s`: when, if not now."""
        at_s = more.pop("at_s", self.now_s)
        assert isinstance(at_s, float | int)
        timestamp = str(self.start_ms + int(at_s * 1000))
        content: dict[str, object] = {
            "app_id": APP_ID,
            "sender": {"id": person},
            "recipient": {"id": OA_ID},
            "event_name": name,
            **more,
            "timestamp": timestamp,
        }
        sent = Sent(json.dumps(content, ensure_ascii=False).encode(), timestamp, self.now_s)
        (self.sent if self.on else self.lost).append(sent)
        return sent

    def say(self, text: str, person: str = PERSON, **more: object) -> Sent:
        """A person writes, or presses a button whose payload is this text."""
        msg_id = more.pop("msg_id", f"m{next(self._numbers)}")
        return self.event("user_send_text", person, message={"text": text, "msg_id": msg_id}, **more)

    def attach(self, name: str, attachments: list[object], text: str = "", person: str = PERSON) -> Sent:
        """A person sends something that is no text."""
        message = {"attachments": attachments, "text": text, "msg_id": f"m{next(self._numbers)}"}
        return self.event(name, person, message=message)

    def submit(
        self, name: object, phone: object, person: str = PERSON, *, older: bool = False, **more: object
    ) -> Sent:
        """A person fills the form in, in the newer shape or the older, flat one; it always asks for more than that."""
        info: dict[str, object] = {"name": name, "phone": phone}
        where = {"city": "Hải Phòng", "ward": "xã Tứ Kỳ", "address": "thôn Đông"}
        if older:
            info |= {**where, "district": ""}
        else:
            full = {f"user_{field}": said for field, said in where.items()}
            info |= {"user_dob": "01/01/1990", "gender": "male", "full_address": full}
        return self.event("user_submit_info", person, info=info, **more)

    def follow(self, person: str, *, follows: bool = True) -> Sent:
        """A person follows the OA, or leaves it."""
        name = "follow" if follows else "unfollow"
        return self.event(name, person, oa_id=OA_ID, follower={"id": person}, source="oa_profile")

    def official_writes(self, text: str, person: str, msg_id: str, *, by_hand: bool = True) -> Sent:
        """The OA writes: an official in Zalo's own console, or our own message coming back."""
        sender = {"id": OA_ID, "admin_id": "7"} if by_hand else {"id": OA_ID}
        message = {"text": text, "msg_id": msg_id}
        return self.event("oa_send_text", sender=sender, recipient={"id": person}, message=message)

    def receipt(self, person: str, *msg_ids: str, seen: bool = False) -> Sent:
        """What the OA sent arrived at the person, or was seen."""
        name = "user_seen_message" if seen else "user_received_message"
        message: dict[str, object] = {"msg_ids": list(msg_ids)} if seen else {"msg_id": msg_ids[0]}
        return self.event(name, sender={"id": OA_ID}, recipient={"id": person}, message=message)

    # -- the webhook

    async def deliver(self) -> None:
        """Post what is due, one after the other."""
        for one in self.due():
            await self.try_one(one)

    def due(self) -> list[Sent]:
        """Return what is to be posted now."""
        return [s for s in self.sent if s.status != 200 and s.due_s <= self.now_s] if self.on else []

    async def try_one(self, one: Sent) -> int:
        """Post one event as it would be posted now."""
        headers = signed(one.body, one.timestamp, secret=self.secret)
        if one.tries:
            headers["num_retry"] = str(one.tries)
        one.status = await self.post(one.body, headers)
        one.tries += 1
        if one.status != 200:
            if one.tries > len(LADDER_S):
                self.on = False
            else:
                one.due_s = self.now_s + LADDER_S[one.tries - 1]
        return one.status

    async def wait(self, seconds: float) -> None:
        """Let time pass; repeats go out when they are due."""
        end = self.now_s + seconds
        while self.on:
            times = [s.due_s for s in self.sent if s.status != 200 and s.due_s <= end]
            if not times:
                break
            self.now_s = max(self.now_s, min(times))
            await self.deliver()
        self.now_s = end

    def enable_again(self) -> None:
        """Somebody presses the button in the console; what failed is not brought any more."""
        self.on = True
        self.sent = [s for s in self.sent if s.status == 200]
