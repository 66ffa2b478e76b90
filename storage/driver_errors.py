"""What the drivers raise about the database itself, in our words."""

import sqlite3

from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError, ProgrammingError

from storage.errors import Damaged, Unavailable


class Translated:
    """Turn the drivers' errors about the database itself into ours; leave errors of statements alone."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _type: object, exc: BaseException | None, _tb: object) -> None:
        if not isinstance(exc, DBAPIError) or isinstance(exc, (IntegrityError, ProgrammingError)):
            return
        cause = exc.orig
        sqlite_code = getattr(cause, "sqlite_errorcode", None)
        if sqlite_code is not None and sqlite_code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise Damaged("the database file is damaged or not a database; restore a backup") from exc
        # SQLITE_ERROR is a mistake in the statement: ours, and no reason to try again.
        ours = sqlite_code == sqlite3.SQLITE_ERROR
        elsewhere = str(getattr(cause, "sqlstate", ""))[:2] in _TROUBLE_OF_THE_SERVER
        if elsewhere or exc.connection_invalidated or (isinstance(exc, _OF_THE_DATABASE) and not ours):
            raise Unavailable(
                f"the database cannot be used just now: {type(cause).__name__}: {cause}"
            ) from exc


# SQLSTATE classes that say nothing of the statement: connection, rollback (deadlock, serialization), resources
# (full disk, too many connections), locks, an operator's doing, the system. PostgreSQL, appendix A.
_TROUBLE_OF_THE_SERVER = frozenset({"08", "40", "53", "55", "57", "58"})
_OF_THE_DATABASE = (OperationalError, InterfaceError)
