"""`hai-chieu run`: migrate and serve."""

import argparse
import asyncio
import gc
import logging
import signal
import sys

from bot import config, log
from bot.cli.base import CommandError, alone
from bot.config import DEFAULT_PUBLIC_URL, Settings
from bot.wiring import ROLES, Service

# SQLite lets go of the interpreter's lock at every statement and waits for it afterwards, up to this long while the
# event loop is busy. `make bench pipeline`: 200 updates a second with Python's own 5 ms, 300 with this.
SWITCH_INTERVAL_S = 0.0002

logger = logging.getLogger(__name__)


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser("run", help="migrate the database and start the service")
    parser.add_argument(
        "--roles",
        type=_roles,
        default=ROLES,
        metavar="web,worker",
        help="web: receive and serve pages; worker: send and do timed work; all by default "
        "(only PostgreSQL lets several processes share the work)",
    )
    parser.set_defaults(run=run)


def _roles(text: str) -> frozenset[str]:
    roles = frozenset(part.strip() for part in text.split(","))
    if not roles or roles - ROLES:
        raise argparse.ArgumentTypeError(f"{text!r} is not made of web and worker; example: web,worker")
    return roles


def run(options: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT."""
    settings = config.load()
    log.set_up(settings.log_level, settings.log_format, settings.secrets)
    service = Service(settings, options.roles)
    if service.database.file is not None and options.roles != ROLES:
        raise CommandError("--roles: on SQLite one process does everything; leave it out, or use PostgreSQL")
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    with alone(service.database.file):
        return asyncio.run(_serve(service, settings))


async def _serve(service: Service, settings: Settings) -> int:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    try:
        await service.start()
    except OSError as exc:
        await service.stop()
        raise CommandError(
            f"HTTP_PORT: cannot listen on {settings.http_host}:{settings.http_port} ({exc.strerror}); "
            "another program may be using it, example: HTTP_PORT=8081"
        ) from exc
    except BaseException:
        await service.stop()
        raise
    if service.port is not None:
        served = f"http://{settings.http_host}:{service.port}"
        print(f"Hai Chiều: {served}", file=sys.stderr, flush=True)
        if service.first_token is not None:
            # An address nobody set is the default one, which names another port than the one that is listened on.
            base = served if settings.public_url == DEFAULT_PUBLIC_URL else settings.public_url
            link = f"{base}/console/first/{service.first_token}"
            print(f"Chưa có cán bộ nào. Tạo quản trị đầu tiên tại: {link}", file=sys.stderr, flush=True)
    logger.info("started", extra={"roles": ",".join(sorted(service.roles))})
    # What a start has built stays until the end: no collection needs to look at it, now or at the exit, where looking
    # takes seconds.
    gc.freeze()
    await stopping.wait()
    logger.info("stopping")
    await service.stop()
    logger.info("stopped")
    gc.freeze()  # what has come since, which includes what was learned on a first start
    return 0
