"""The database that the settings name."""

from bot.config import Settings
from storage.crypto import Vault
from storage.db import Database


def open_database(settings: Settings) -> Database:
    """Return the database of these settings; opens nothing yet."""
    return Database(settings.database_url, Vault(settings.secret_key))
