"""Receive from Zalo: 200 for what is committed or will never mean anything to us, within the two seconds it waits.

What is not answered 200 comes again five times within two hours; then Zalo switches the webhook off, until somebody
switches it on by hand.
"""

import logging
from collections.abc import Callable
from datetime import datetime

from aiohttp import web

from bot.channels.base import NotNow, StoringReception
from bot.channels.http import MAX_CALL_BYTES, read_body
from bot.channels.zalo import signature
from bot.channels.zalo.events import Event, Heard, Ignored, OaWrote, Receipts, read
from bot.channels.zalo.settings import NAME, ZaloSettings
from bot.channels.zalo.traffic import Traffic
from handlers.messages import Inbound

WEBHOOK_PATH = "/webhooks/zalo"

log = logging.getLogger(__name__)


class WebhookHandler:
    """Answers Zalo's calls."""

    def __init__(
        self,
        settings: ZaloSettings,
        oa_id: Callable[[], str | None],
        reception: StoringReception,
        now: Callable[[], datetime],
    ) -> None:
        """Args: oa_id: gives ours, None while it is not known."""
        self._settings = settings
        self._oa_id = oa_id
        self._reception = reception
        self._now = now
        self.traffic = Traffic()
        self._stopping = False

    def stop(self) -> None:
        """Take nothing more in: Zalo brings it again to whoever serves next."""
        self._stopping = True

    async def handle(self, request: web.Request) -> web.Response:
        """Take one event. 403 for what nobody signed, 503 for what could not be stored just now, or after `stop`."""
        body = await read_body(request, MAX_CALL_BYTES)
        if body is None:
            return web.Response(status=413)
        event = signature.parse(body)
        if not body.strip() or event == {}:
            # The console's probe when somebody saves the address; it is not signed, and wants 200.
            return web.Response()
        given = request.headers.get(signature.HEADER)
        if event is None or not signature.verified(
            body, given, self._settings.app_id, self._settings.oa_secret
        ):
            self._refuse()
            return web.Response(status=403)
        if self._stopping:
            return web.Response(status=503)
        now = self._now()
        self.traffic.count_good(now)
        try:
            await self._bring(read(event, body, self._oa_id(), now))
        except NotNow:
            self.traffic.put_off_at = now
            return web.Response(status=503)
        except Exception:
            # Said no to, it would come and break five times more, and then the webhook is switched off for everybody.
            log.exception("event could not be taken", extra={"channel": NAME})
            self.traffic.put_off_at = now
        return web.Response()

    def _refuse(self) -> None:
        before = self.traffic.signatures_fail
        self.traffic.count_refused()
        if self.traffic.signatures_fail and not before:
            log.error("webhook signatures fail in a row, check ZALO_OA_SECRET", extra={"channel": NAME})

    async def _bring(self, event: Event) -> None:
        match event:
            case Inbound():
                await self._reception.keep(event)
            case Receipts():
                await self._reception.receipt(NAME, event.platform_ids, seen=event.seen, at=event.at)
            case OaWrote(by_hand=True):
                await self._reception.human_wrote(event.address, event.at, event.message_id)
            case OaWrote():
                pass  # our own words coming back
            case Heard(reachable=False):
                await self._reception.set_reachable(event.address, reachable=False, at=event.at)
            case Heard():
                await self._reception.heard(event.address, event.at)
            case Ignored():
                log.debug("event passed over", extra={"channel": NAME, "why": event.why})
