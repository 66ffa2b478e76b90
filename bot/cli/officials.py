"""Who gives a command, where it needs an official."""

from bot.cli.base import CommandError
from handlers import accounts
from handlers.officials import Official
from storage import officials
from storage.db import Database


async def official_by(database: Database, username: str) -> Official:
    """Return the active official that `--by` names; raises CommandError."""
    account = await database.read(officials.find_by_username, accounts.fold_username(username))
    if account is None or account.disabled_at is not None:
        raise CommandError(
            f"--by {username}: no official of this name is active; see `hai-chieu official list`"
        )
    return accounts.as_official(account)
