"""What can go wrong below the rules. A closed family: edges translate each once."""


class StorageError(Exception):
    """Any trouble with what is stored."""


class NotFound(StorageError):
    """The row that was asked for is not there."""


class Conflict(StorageError):
    """Somebody was faster: the row is no longer as the caller saw it."""


class Unavailable(StorageError):
    """The database cannot be used just now (locked, full disk, gone); nothing was changed. Try again later."""


class Damaged(StorageError):
    """The database file is not readable as one; a person has to restore a backup."""


class WrongKey(StorageError):
    """The key at hand is not the one this database was sealed with."""
