"""The one place where the parts are put together, started and stopped."""

import asyncio
import logging
import os
import secrets
import signal
from collections.abc import Callable, Coroutine, Mapping
from datetime import timedelta
from typing import Any

from aiohttp import web

from bot import learned
from bot import web as webserver
from bot.announcement_pages import AnnouncementPages
from bot.announcing import Announcing
from bot.arrivals import LEFT_AFTER
from bot.case_chores import CaseChores
from bot.case_page import CasePage
from bot.channels.base import Channel, FileSource, Health, State
from bot.channels.webchat.channel import WebChat, WebSettings
from bot.channels.zalo import site_check
from bot.channels.zalo.traffic import Traffic
from bot.chores import Chores, every
from bot.clock import clock
from bot.config import Settings
from bot.database import open_database
from bot.delivery.budget import Budget
from bot.delivery.by_template import ByTemplate
from bot.delivery.engine import Engine
from bot.event_chores import EventChores
from bot.fetcher import Fetcher
from bot.files import Shelf, folder_beside, for_console
from bot.gallery import Gallery
from bot.guide import build_guide
from bot.inbound import Desk, Way
from bot.learned import Learned
from bot.live_topics import POLL_S, LiveTopics
from bot.metrics import Metrics
from bot.open_questions import OpenQuestions
from bot.telegram import build_telegram
from bot.transcript import BrowserTranscript
from bot.webhook_watch import LOOK_EVERY_S as WATCH_EVERY_S
from bot.webhook_watch import WebhookWatch
from bot.zalo import Zalo
from console import app as console
from console.alarms import urgent_alarms, webhook_alarms, zalo_alarms
from console.parts import ChannelState, Parts
from faq import Matcher
from handlers import accounts, replies, texts
from handlers.announcement_sending import Means
from handlers.calendar_file import calendar_file
from handlers.delivery_texts import CHANNEL_NAMES
from handlers.event_messages import Voice
from handlers.turn import Guide
from storage import facts, leases, schema, zalo_tokens
from storage.crypto import derive
from storage.db import Tx
from storage.errors import StorageError

WEB, WORKER = "web", "worker"
ROLES = frozenset({WEB, WORKER})
IN_FLIGHT = 142  # 128 of announcements, of which nobody knows after a kill whether they arrived, and 14 kept for replies
TAKE_UP_S = 15.0
NOTE_RECEIPTS_S = 1.0
DRAIN_S = 5.0  # of the ten seconds that SIGTERM gives us

log = logging.getLogger(__name__)


async def ask_telegram(settings: Settings) -> Health:
    """Ask Telegram once whether the credentials are good; starts nothing."""
    channel = build_telegram(settings, Service(settings).desk, clock())
    try:
        return await channel.check()
    finally:
        await channel.close()


class Service:
    """Everything that runs in one process."""

    def __init__(self, settings: Settings, roles: frozenset[str] = ROLES, guide: Guide | None = None) -> None:
        """Build the parts; opens no connection and no port yet. Raises AreaError, ContentError.

        Args:
            guide: what the conversation knows, where it was built already; its topics are those that ship.
        """
        self.settings = settings
        self.roles = roles
        self.now = clock(settings.clock_start)
        self.metrics = Metrics()
        self.owner = f"{os.getpid()}-{secrets.token_hex(4)}"
        self.database = open_database(settings)
        self.rules = settings.sending_rules
        self.guide = guide or build_guide(settings)
        self.live_topics = LiveTopics(self.database, self.guide.library, self.now, settings.timezone)
        self.shelf = Shelf(folder_beside(self.database))
        self.transcript = BrowserTranscript(self.database, self.shelf, self.now)
        self.desk = Desk(self.database, self.guide, settings.timezone, self.owner, self.now, self.metrics)
        self.webchat = WebChat(
            WebSettings(
                session_key=derive(settings.secret_key, "web-session"),
                embed_origins=settings.embed_origins,
                public_url=settings.public_url,
                greeting=texts.first_contact(settings.province_name, settings.retention_days)
                + "\n\n"
                + texts.ASK_ME,
                head=site_check.tag(settings.zalo_site_verification),
            ),
            self.desk,
            self.transcript,
            self.shelf,
            self.now,
        )
        self.desk.connect(self.webchat.name, Way(self.webchat.shape, fetched=True))
        self.channels: list[Channel] = [self.webchat]
        self.engines: list[Engine] = []
        self._sources: dict[str, FileSource] = {}
        self.fetcher = Fetcher(self.database, self.shelf, self._sources, self.now)
        self._telegram_name: Callable[[], str | None] = lambda: None
        self._routes = [
            *self.webchat.routes(),
            *CasePage(self.database, self.now, settings.timezone).routes(),
            *AnnouncementPages(
                self.database,
                self.shelf,
                self.guide.areas,
                self.now,
                settings.timezone,
                settings.public_url,
                lambda: self._telegram_name(),
                calendar_file,
            ).routes(),
        ]
        if settings.telegram_bot_token:
            gallery = Gallery("telegram", self.database, self.shelf, self.now)
            telegram = build_telegram(settings, self.desk, self.now, gallery)
            self._sources[telegram.name] = telegram
            self._telegram_name = lambda: telegram.username
            self._add(telegram, Budget(settings.telegram_rate, IN_FLIGHT))
            if settings.telegram_mode == "webhook":
                self._routes += telegram.routes()
        self._routes += site_check.routes(settings.zalo_site_verification)
        self._watches: list[WebhookWatch] = []
        self.zalo: Zalo | None = None
        if settings.zalo_on:
            gallery = Gallery("zalo", self.database, self.shelf, self.now)
            self.zalo = Zalo(settings, self.database, self.desk, self.owner, self.now, gallery)
            channel = self.zalo.channel
            self._sources[channel.name] = channel
            self._add(channel, self.zalo.budget, self.zalo.by_template)
            self._routes += channel.routes()
            self._watch(channel.name, channel.traffic)
        self.first_token: str | None = None
        """Lets somebody make the first admin, once, while there is no account (known once started, web only)."""
        self._runner: web.AppRunner | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def _add(self, channel: Channel, budget: Budget, by_template: ByTemplate | None = None) -> None:
        self.channels.append(channel)
        engine = None
        if WORKER in self.roles:
            engine = Engine(
                self.database, channel, budget, self.owner, self.now, self.metrics, self.rules, by_template
            )
            self.engines.append(engine)
        self.desk.connect(
            channel.name,
            Way(channel.shape, engine.hand_over if engine else None, look_for_files=self.fetcher.wake),
        )

    def _watch(self, channel: str, traffic: Traffic) -> None:
        zone = self.settings.timezone
        self._watches.append(WebhookWatch(channel, traffic, self.database, self.now, zone, self.metrics))

    def health(self) -> Mapping[str, Health]:
        """Return the state of each channel, off ones included."""
        states = {channel.name: channel.health() for channel in self.channels}
        if self.zalo is not None:
            states["zalo"] = self.zalo.health()
        return {"telegram": Health(State.OFF), "zalo": Health(State.OFF)} | states

    def alarms(self) -> list[str]:
        """Return the names of what somebody must look at now."""
        tokens = self.zalo.tokens.alarms() if self.zalo is not None else []
        return [*tokens, *(name for watch in self._watches for name in watch.alarms())]

    async def start(self) -> None:
        """Migrate, then start whatever the roles ask for; serves when it returns.

        Raises StorageError for a database that cannot be used, OSError for a port that is taken.
        """
        await self.database.write(self._prepare)
        shipped = self.guide.library.matcher
        await self._read_topics()
        self._run(every(POLL_S, self.live_topics.refresh))
        for engine in self.engines:
            self._run(engine.run())
        if self.zalo is not None:
            self._run(self.zalo.tokens.run())
        if WORKER in self.roles:
            chores = Chores(
                self.database,
                self.transcript,
                self.shelf,
                self.metrics,
                self.guide.library,
                self.now,
                self.settings.timezone,
                timedelta(days=self.settings.retention_days),
            )
            self._run(chores.run())
            self._run(CaseChores(self.database, self.guide.deadlines, self.now).run())
            self._run(
                EventChores(
                    self.database,
                    Voice(self.guide.rules, self.settings.public_url),
                    self.now,
                    self.guide.library,
                ).run()
            )
            self._run(self.fetcher.run())
            means = Means(self.guide.areas, self.rules, self.settings.public_url)
            self._run(Announcing(self.database, means, self.now).run())
            open_questions = OpenQuestions(self.database, self.guide, self.now, self.settings.timezone)
            self._run(open_questions.run())
        # On SQLite nobody else can be at work on what is stored: all of it was left by a process that died.
        alone = self.database.file is not None
        await self.desk.take_up(left_since=None if alone else LEFT_AFTER)
        self._run(every(TAKE_UP_S, self.desk.take_up, at_once=False))
        if WEB in self.roles:
            app = webserver.build(
                self._routes, self.database, self.health, self.alarms, self.metrics, self._console()
            )
            self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=3.0, handle_signals=False)
            await self._runner.setup()
            await web.TCPSite(self._runner, self.settings.http_host, self.settings.http_port).start()
            for channel in self.channels:
                await channel.start()
            self._run(every(NOTE_RECEIPTS_S, self.desk.note_receipts))
            for watch in self._watches:
                self._run(every(WATCH_EVERY_S, watch.look))
            # Half of what a start costs: the pages are served meanwhile, and a first message waits for the rest of it.
            self._run(asyncio.to_thread(self._learn, shipped))

    def _learn(self, shipped: Matcher) -> None:
        known = self.guide.signals.learned
        self.guide.library.warm_up(self.now().astimezone(self.settings.timezone).date())
        self.guide.signals.learn()
        if not known:
            learned.keep(self.settings.secret_key, Learned(shipped, self.guide.signals))

    @property
    def port(self) -> int | None:
        """Return the port that is listened on; None when this process serves no web."""
        return int(self._runner.addresses[0][1]) if self._runner and self._runner.addresses else None

    def _prepare(self, tx: Tx) -> None:
        schema.upgrade(tx)
        facts.claim_key(tx)
        if WEB in self.roles:
            self.first_token = accounts.first_token(tx, secrets.token_hex(16))
            replies.seed(tx, self.now())
        if tx.dialect == "sqlite":
            # The lock file says that no other process uses this database: what is leased was left by a dead one.
            leases.end_leases(tx, self.now())
            zalo_tokens.end_lease(tx, self.settings.zalo_app_id)

    async def _read_topics(self) -> None:
        try:
            await self.live_topics.refresh()
        except StorageError:
            raise
        except Exception:
            # Better answers as they ship than none.
            log.exception("edited topics not read")

    def _console(self) -> web.Application:
        return console.build(
            Parts(
                self.database,
                self.guide,
                self.now,
                self.settings.timezone,
                derive(self.settings.secret_key, "console"),
                self.settings.public_url,
                self.shelf.path,
                for_console(self.shelf.keep),
                for_console(self.shelf.keep_document),
                (
                    urgent_alarms(self.settings.timezone),
                    webhook_alarms(CHANNEL_NAMES, self.alarms),
                    *((zalo_alarms(self.settings.zalo_app_id),) if self.settings.zalo_on else ()),
                ),
                lambda: {name: ChannelState(str(h.state), h.note) for name, h in self.health().items()},
                self.zalo.consents if self.zalo is not None else None,
            )
        )

    async def _note_last_receipts(self) -> None:
        try:
            await self.desk.note_receipts()
        except StorageError as exc:
            log.warning("receipts not written down", extra={"error": type(exc).__name__})

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        task.add_done_callback(_died)
        self._tasks.append(task)

    async def stop(self) -> None:
        """Take nothing more in, finish what is in flight, send the replies, and let go. Within ten seconds."""
        for channel in self.channels:
            await channel.stop()
        if self._runner is not None:
            await self._runner.cleanup()
        self.desk.leave()
        await self.desk.drain()
        await self._note_last_receipts()
        await asyncio.gather(*(engine.stop(DRAIN_S) for engine in self.engines))
        if self.zalo is not None:
            await self.zalo.tokens.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.transcript.flush()
        for channel in self.channels:
            await channel.close()
        self.shelf.close()
        await self.database.close()


def _died(task: asyncio.Task[None]) -> None:
    if task.cancelled() or (error := task.exception()) is None:
        return
    # A part that must live has died: better to be started anew than to serve half.
    log.critical("a part of the service died", exc_info=error)
    os.kill(os.getpid(), signal.SIGTERM)
