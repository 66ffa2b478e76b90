"""Many values as one parameter of a statement, on either database.

A placeholder a value costs more than the statement itself, and a statement a row a switch of threads each.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.selectable import TableValuedAlias

from storage.db import Tx
from storage.tables.base import Utc

Value = str | int | bool | datetime | None
_ROWS = "rows"


def listed(dialect: str, column: sa.ColumnElement[int], name: str) -> sa.ColumnElement[bool]:
    """Return the condition that a column of ids is one of a parameter's, however many; `given_ids` makes its value."""
    if dialect == "sqlite":
        each = sa.func.json_each(sa.bindparam(name, type_=sa.Text)).table_valued("value", name=name)
        return column.in_(sa.select(each.c.value))
    return column == sa.any_(sa.bindparam(name, type_=postgresql.ARRAY(sa.BigInteger)))


def given_ids(tx: Tx, ids: Iterable[int]) -> str | list[int]:
    """Return these ids as the value of a parameter of `listed`."""
    return json.dumps(list(ids)) if tx.dialect == "sqlite" else list(ids)


class Rows:
    """Rows of values that a statement joins as if they were a table, under `c`; the values come with `given`."""

    def __init__(self, **columns: sa.types.TypeEngine[Any]) -> None:
        """Args: columns: names and types; integers, strings, truth values and times."""
        self._types = columns

    def table(self, dialect: str) -> TableValuedAlias | sa.Subquery:
        """Return what stands in the statement: built once for a dialect, and used with many values."""
        rows = sa.bindparam(_ROWS, type_=sa.Text)
        if dialect != "sqlite":
            typed = [sa.column(name, kind) for name, kind in self._types.items()]
            return (
                sa.func.json_to_recordset(sa.cast(rows, sa.JSON))
                .table_valued(*typed, name="given")
                .render_derived(with_types=True)
            )
        each = sa.func.json_each(rows).table_valued("value")
        columns = [
            sa.type_coerce(sa.func.json_extract(each.c.value, f"$[{place}]"), kind).label(name)
            for place, (name, kind) in enumerate(self._types.items())
        ]
        return sa.select(*columns).subquery("given")

    def given(self, tx: Tx, rows: Sequence[Mapping[str, Value]]) -> dict[str, str]:
        """Return the parameters for these rows; each has all the columns."""
        if tx.dialect != "sqlite":
            return {_ROWS: json.dumps(rows, default=datetime.isoformat)}
        written = Utc().dialect_impl(tx.connection.dialect).bind_processor(tx.connection.dialect)
        lists = [[row[name] for name in self._types] for row in rows]
        return {_ROWS: json.dumps(lists, default=written)}
