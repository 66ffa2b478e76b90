"""`hai-chieu understand`: how the conversation would take each of many first messages."""

import argparse
import json
import sys
from collections.abc import Iterable
from datetime import date

from bot import config
from bot.cli.base import CommandError, add_day_to, day_of, json_lines
from bot.guide import build_guide
from handlers import secrets, understanding
from handlers.messages import clean
from handlers.topics import Library


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser(
        "understand",
        help="JSON lines {id, text} in, {id, intent, urgent, answered, offered} out",
        description="How the conversation would take each message as a first one: "
        "reads JSON lines {id, text} from stdin, writes {id, intent, urgent, answered, offered}, in order.",
    )
    add_day_to(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Read messages from stdin, in order, one line out for each line in."""
    on, guide = day_of(options), build_guide(config.load())
    for number, line in json_lines(sys.stdin, "stdin"):
        text = line.get("text")
        if not isinstance(text, str) or "id" not in line:
            raise CommandError(
                f'stdin line {number}: needs id and text; example: {{"id": "m1", "text": "…"}}'
            )
        reading = understanding.read(secrets.without_masks(secrets.mask(clean(text))), guide, on)
        taken = {
            "id": line["id"],
            "intent": reading.intent.value,
            "urgent": reading.urgent.value if reading.urgent else None,
            "answered": _seen((hit.topic_id for hit in reading.answered), guide.library, on),
            "offered": _seen(reading.offered, guide.library, on),
        }
        print(json.dumps(taken, ensure_ascii=False), flush=True)
    return 0


def _seen(topic_ids: Iterable[str], library: Library, on: date) -> list[str]:
    """Return the topics as a resident sees them on that day: those that have a text, each as what succeeded it."""
    found = (library.current(topic_id, on) for topic_id in topic_ids)
    return list(dict.fromkeys(current[0].id for current in found if current))
