"""The second way out of a channel: an approved template, for announcements to whom it lets nobody send a text."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from storage.db import Tx

Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ByTemplate:
    """What a channel that has such a way gives its engine.

    Args:
        fields: (transaction, announcement, now) → what its template carries.
        send: (address, fields) → the platform's id; raises SendFailed, nothing else.
    """

    fields: Callable[[Tx, int, datetime], Fields]
    send: Callable[[str, Fields], Awaitable[str | None]]
