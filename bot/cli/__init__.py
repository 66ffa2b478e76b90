"""The command line: `hai-chieu`, also `python -m bot`. One file a noun.

Errors go to stderr in one clear line with exit status 1; wrong usage is 2.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from bot.cli.base import CommandError
from bot.config import ConfigError
from faq import ContentError
from handlers.areas import AreaError
from handlers.errors import RuleError
from storage.errors import StorageError

NOUNS = (
    "run",
    "check",
    "db",
    "official",
    "faq",
    "understand",
    "announce",
    "announcement",
    "leaflet",
    "export",
    "audit",
    "demo",
)
"""The commands, each a module of its name."""


def parser(noun: str | None = None) -> argparse.ArgumentParser:
    """Return the parser of one command, or of the whole command line.

    One command needs its own module alone: an export loads no web server, which is most of the memory of all.
    """
    top = argparse.ArgumentParser(
        prog="hai-chieu", description="A two-way channel between households and officials."
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in NOUNS if noun is None else (noun,):
        importlib.import_module(f"bot.cli.{name}").add_to(commands)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    options = parser(words[0] if words and words[0] in NOUNS else None).parse_args(words)
    # Databases, backups and exports hold who is poor: no other user of the machine may read them.
    os.umask(0o077)
    try:
        status: int = options.run(options)
    except (CommandError, ConfigError, ContentError, AreaError, RuleError, StorageError) as exc:
        print(f"hai-chieu: {exc}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Whoever read our output has left, as `| head` does. Python would complain once more while it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130
    return status
