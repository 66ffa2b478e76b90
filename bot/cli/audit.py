"""`hai-chieu audit`: is the log of changes as it was written?"""

import argparse
import asyncio
import json

from bot import config, log
from bot.cli.base import CommandError
from bot.cli.database import ready_database
from bot.config import Settings
from storage import audit
from storage.audit import Verified


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    parser = commands.add_parser("audit", help="check the log of what officials changed")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    verify = verbs.add_parser(
        "verify",
        help="read its chain from the first entry",
        description="Reads the chain from the first entry. An entry that was changed or taken out is found; that the "
        "newest ones were taken away is not, so note the number of entries and the head elsewhere.",
    )
    verify.add_argument("--json", action="store_true", help="one JSON document instead of a line")
    verify.set_defaults(run=verify_chain)


def verify_chain(options: argparse.Namespace) -> int:
    """Read the chain; 1 if an entry is not as it was written."""
    settings = config.load()
    log.set_up("WARNING", settings.log_format, settings.secrets)
    found = asyncio.run(_verify(settings))
    if options.json:
        whole = {
            "ok": found.bad_id is None,
            "entries": found.entries,
            "bad_id": found.bad_id,
            "head": found.head,
        }
        print(json.dumps(whole))
        return 0 if found.bad_id is None else 1
    if found.bad_id is not None:
        raise CommandError(
            f"audit entry {found.bad_id} was changed or taken out; {found.entries} before it are whole"
        )
    print(f"ok: {found.entries} entries, head {found.head}")
    return 0


async def _verify(settings: Settings) -> Verified:
    async with ready_database(settings) as database:
        return await database.read(audit.verify)
