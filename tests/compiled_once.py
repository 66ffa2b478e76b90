"""What the tests of a process compile once: templates and statements. Each test has an application and an engine of its
own, and each of those compiles anew what it uses; that took a third of the suite's time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jinja2
import pytest
import sqlalchemy as sa
from sqlalchemy.util import LRUCache

_STATEMENTS = 4000  # at a time


class _Statements:
    """A cache for all engines of a kind: SQLAlchemy's key says of which engine's dialect a statement was compiled."""

    _compiled: LRUCache[tuple[object, ...], object] = LRUCache(_STATEMENTS)

    def __init__(self, dialect: sa.Dialect) -> None:
        self._kind = type(dialect)

    def get(self, key: tuple[object, ...], default: object = None) -> object:
        return self._compiled.get((self._kind, *key[1:]), default)

    def __setitem__(self, key: tuple[object, ...], compiled: object) -> None:
        self._compiled[self._kind, *key[1:]] = compiled


def _share(connection: sa.Connection) -> None:
    connection.execution_options(compiled_cache=_Statements(connection.dialect))


@contextmanager
def shared() -> Iterator[None]:
    """Let everything in a block share what it compiles."""
    templates: dict[tuple[object, ...], Any] = {}
    compile_one = jinja2.Environment.compile

    def compiled(self: jinja2.Environment, *template: object) -> Any:
        if template not in templates:
            templates[template] = compile_one(self, *template)  # type: ignore[call-overload]  # as it was called
        return templates[template]

    sa.event.listen(sa.Engine, "engine_connect", _share)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jinja2.Environment, "compile", compiled)
        yield
    sa.event.remove(sa.Engine, "engine_connect", _share)
