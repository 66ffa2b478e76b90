"""The service with a trap in it: `python -m tests.crash.child POINT N` kills itself at the Nth time of a point.

The traps are set from outside, so that the service itself holds no code for its own murder. While its folder holds a file
named as in `UNARMED`, a point may be reached without counting: one start then serves what comes before as well.
"""

import itertools
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from bot.arrivals import Arrivals
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.zalo.oauth import Grant, OAuth
from bot.cli import main
from bot.delivery.engine import Engine
from handlers import cases, conversation, event_notices
from handlers.messages import Outbound
from storage.db import Database, Tx
from storage.outbox import Delivery

UNARMED = "unarmed"
POINTS = ("before-commit", "after-commit", "after-attempt", "after-call")
ANSWERED = "answer-committed"
"""An official's answer is committed, and nothing of it was sent."""
STORED = "stored"
"""A message is committed that has not had its turn, and nobody was told that it is."""
REMINDED = "reminded"
"""A batch of people is reminded of a session, and nothing of it is committed."""
TOKEN_TO_BE_ASKED, TOKEN_ANSWERED = "token-to-be-asked", "token-answered"
"""A renewal of the token for Zalo is written down as begun; Zalo has answered it, and nothing of that is committed."""


def set_trap(point: str, number: int) -> None:
    """Die at the `number`th time the point is reached."""
    times = itertools.count(1)

    def die_if_it_is_time() -> None:
        if not Path(UNARMED).exists() and next(times) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    receive: Callable[..., Any] = conversation.receive
    hand_over = Engine.hand_over
    send: Callable[..., Awaitable[str | None]] = TelegramChannel.send

    def receive_then_die(*arguments: Any) -> Any:
        receipt = receive(*arguments)
        die_if_it_is_time()
        return receipt

    def die_instead_of_hand_over(engine: Engine, deliveries: Sequence[Delivery]) -> None:
        die_if_it_is_time()
        hand_over(engine, deliveries)

    async def die_instead_of_send(channel: TelegramChannel, address: str, message: Outbound) -> str | None:
        die_if_it_is_time()
        return await send(channel, address, message)

    async def send_then_die(channel: TelegramChannel, address: str, message: Outbound) -> str | None:
        platform_id = await send(channel, address, message)
        die_if_it_is_time()
        return platform_id

    answer: Callable[..., Any] = cases.answer
    write: Callable[..., Awaitable[Any]] = Database.write
    answers = 0

    def count_answer(*arguments: Any) -> Any:
        nonlocal answers
        answers += 1
        return answer(*arguments)

    async def write_an_answer_then_die(database: Database, work: Callable[..., Any], *arguments: Any) -> Any:
        answered = False

        def watched(tx: Tx, *own: Any) -> Any:
            nonlocal answered
            before = answers
            done = work(tx, *own)
            answered = answers > before
            return done

        done = await write(database, watched, *arguments)
        if answered:
            die_if_it_is_time()
        return done

    tell_next: Callable[..., bool] = event_notices.tell_next

    def tell_then_die(*arguments: Any) -> bool:
        told = tell_next(*arguments)
        die_if_it_is_time()
        return told

    ask_for_token = OAuth.refresh

    async def die_instead_of_asking(oauth: OAuth, token: str) -> Grant:
        die_if_it_is_time()
        return await ask_for_token(oauth, token)

    async def ask_then_die(oauth: OAuth, token: str) -> Grant:
        grant = await ask_for_token(oauth, token)
        die_if_it_is_time()
        return grant

    match point:
        case "before-commit":
            setattr(conversation, "receive", receive_then_die)
        case "after-commit":
            setattr(Engine, "hand_over", die_instead_of_hand_over)
        case "after-attempt":
            setattr(TelegramChannel, "send", die_instead_of_send)
        case "after-call":
            setattr(TelegramChannel, "send", send_then_die)
        case "answer-committed":
            setattr(cases, "answer", count_answer)
            setattr(Database, "write", write_an_answer_then_die)
        case "stored":
            setattr(Arrivals, "_begin", lambda *_: die_if_it_is_time())
        case "reminded":
            setattr(event_notices, "tell_next", tell_then_die)
        case "token-to-be-asked":
            setattr(OAuth, "refresh", die_instead_of_asking)
        case "token-answered":
            setattr(OAuth, "refresh", ask_then_die)
        case _:
            known = (*POINTS, ANSWERED, STORED, REMINDED, TOKEN_TO_BE_ASKED, TOKEN_ANSWERED)
            raise SystemExit(f"{point} is none of {', '.join(known)}")


if __name__ == "__main__":
    set_trap(sys.argv[1], int(sys.argv[2]))
    sys.exit(main(["run"]))
