"""Whether a webhook still brings anything: a platform that has switched it off says nothing, for ever."""

import logging
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.channels.zalo.traffic import Traffic
from bot.clock import Clock
from bot.metrics import Metrics
from console.alarms import SIGNATURES_FAIL, SILENT
from storage import facts, intake
from storage.db import Database, Tx

LOOK_EVERY_S = 300.0
_WEEK = timedelta(days=7)
BUSY, SOME = 30, 5  # messages in the week before the silence: some each day, or some in a week
BUSY_SILENCE, SOME_SILENCE = timedelta(hours=24), timedelta(hours=72)
_DAY_FROM_H, _DAY_TO_H = 7, 21  # of nights and of who was never written to nothing is concluded

log = logging.getLogger(__name__)


class WebhookWatch:
    """Looks at one channel's webhook now and then. What it found survives a restart, as silence does."""

    def __init__(
        self,
        channel: str,
        traffic: Traffic,
        database: Database,
        now: Clock,
        zone: ZoneInfo,
        metrics: Metrics,
    ) -> None:
        self._channel = channel
        self._traffic = traffic
        self._database = database
        self._now = now
        self._zone = zone
        self._silent = False
        metrics.webhook_refused.labels(channel).set_function(lambda: traffic.refused)

    def alarms(self) -> list[str]:
        """Return the names of what is wrong, such as "zalo_silent"."""
        wrong = {SIGNATURES_FAIL: self._traffic.signatures_fail, SILENT: self._silent}
        return [f"{self._channel}_{name}" for name, is_so in wrong.items() if is_so]

    async def look(self) -> None:
        """Find out whether it has fallen silent, or speaks again."""
        silent = await self._database.write(self._judge, self._now())
        if silent and not self._silent:
            log.error(
                "no good webhook for long; the platform may have switched it off",
                extra={"channel": self._channel},
            )
        self._silent = silent

    def _judge(self, tx: Tx, now: datetime) -> bool:
        fact = f"{self._channel}_silent_since"
        number, last_at = intake.count(tx, self._channel, now - _WEEK)
        heard_at = max((at for at in (last_at, self._traffic.good_at) if at is not None), default=None)
        since = facts.find(tx, fact)
        if since is not None:
            # Not from counts: what came before the silence is forgotten after a week, the silence is not.
            if heard_at is None or heard_at <= datetime.fromisoformat(since):
                return True
            facts.remove(tx, fact)
            return False
        if heard_at is None or number < SOME:
            return False
        if not _DAY_FROM_H <= now.astimezone(self._zone).hour < _DAY_TO_H:
            return False
        if now - heard_at < (BUSY_SILENCE if number >= BUSY else SOME_SILENCE):
            return False
        facts.put(tx, fact, heard_at.isoformat())
        return True
