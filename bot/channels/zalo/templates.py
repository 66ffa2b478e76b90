"""Approved templates: what reaches people to whom the OA may send no text. Each costs money.

No API says beforehand whether the template is good for this and the account has money. The first call finds out, while
the others wait for it; where it goes wrong for a reason that is nobody's in particular, no more calls are made for a
while, and whoever was to get one waits until they write.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from bot.channels.base import Failure, SendFailed
from bot.channels.zalo.api import Api
from bot.channels.zalo.errors import CLOSED, About, Answered, ZaloProblem
from bot.channels.zalo.settings import NAME

TEMPLATE_PATH = "/v3.0/oa/message/template"
OFF_FOR = timedelta(minutes=10)
CALL_S = 40.0  # together with the wait within a lease
TURN_S = 10.0  # for the first call to say whether templates work
_IN_A_ROW = 3
"""So many refused one after the other, and it is hardly about these people."""
_FOR_ALL = frozenset({About.MONEY, About.OPERATOR})
_CODES_FOR_ALL = frozenset({-233, -240, -249})
_MAY_BE_FOR_ALL = frozenset({About.MESSAGE, About.WINDOW, About.UNKNOWN})

log = logging.getLogger(__name__)


class Templates:
    """Sends one template, and remembers whether that works."""

    def __init__(
        self,
        api: Api,
        template_id: str,
        now: Callable[[], datetime],
        failed: Callable[[ZaloProblem], SendFailed],
    ) -> None:
        """Args: failed: says what follows from a problem that is none of templates."""
        self._api = api
        self._template_id = template_id
        self._now = now
        self._failed = failed
        self._turn = asyncio.Lock()
        self._works = False
        self._refused = 0
        self._off_at: datetime | None = None
        self.trouble = ""
        """Why the last ones were not sent, for the operator; "" when all is well."""

    async def send(self, address: str, fields: Mapping[str, str]) -> str | None:
        """Send the template to a person; returns Zalo's id. Raises SendFailed, nothing else.

        Failure.CLOSED: the person has to write first. With `everybody`: so it is for all whom only templates reach.
        """
        self._let_through()
        if self._works:
            return await self._send(address, fields)
        try:
            async with asyncio.timeout(TURN_S):
                await self._turn.acquire()
        except TimeoutError:
            # Surely not sent.
            raise SendFailed(Failure.RETRY, "another template message takes long") from None
        try:
            self._let_through()
            return await self._send(address, fields)
        finally:
            self._turn.release()

    def _let_through(self) -> None:
        # A clock that was set back must not keep them off for as long.
        if self._off_at is not None and abs(self._now() - self._off_at) < OFF_FOR:
            raise SendFailed(Failure.CLOSED, CLOSED, everybody=True)

    async def _send(self, address: str, fields: Mapping[str, str]) -> str | None:
        body = {"user_id": address, "template_id": self._template_id, "template_data": dict(fields)}
        try:
            async with asyncio.timeout(CALL_S):
                data = await self._api.post(TEMPLATE_PATH, body)
        except TimeoutError:
            raise SendFailed(Failure.UNKNOWN, "no end in time") from None
        except ZaloProblem as problem:
            raise self._not_sent(problem) from problem
        self._works, self._refused, self._off_at, self.trouble = True, 0, None, ""
        message_id = data.get("message_id")
        return message_id if isinstance(message_id, str) else None

    def _not_sent(self, problem: ZaloProblem) -> SendFailed:
        if not isinstance(problem, Answered):
            return self._failed(problem)
        if problem.about in _FOR_ALL or problem.code in _CODES_FOR_ALL:
            self._switch_off(problem)
            return SendFailed(Failure.CLOSED, CLOSED, everybody=True, unpaid=problem.about is About.MONEY)
        if problem.about in _MAY_BE_FOR_ALL:
            self._works = False
            self._refused += 1
            if self._refused >= _IN_A_ROW:
                self._switch_off(problem)
        if problem.about in _MAY_BE_FOR_ALL:
            # The announcement itself is well: whoever writes gets it as a text.
            return SendFailed(Failure.CLOSED, CLOSED)
        return self._failed(problem)

    def _switch_off(self, problem: Answered) -> None:
        self._works, self._refused, self._off_at = False, 0, self._now()
        self.trouble = f"no messages by template, whom only they reach is waited for: {problem}"
        log.warning("templates off", extra={"channel": NAME, "note": self.trouble})
