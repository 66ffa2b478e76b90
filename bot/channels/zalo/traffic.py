"""How the webhook is doing: what was good, what was not, and what we could not take. Pure; kept in memory."""

from dataclasses import dataclass
from datetime import datetime

REFUSED_IN_A_ROW = 5
"""Almost always the wrong secret: then nothing that people write arrives any more."""


@dataclass(slots=True)
class Traffic:
    """Counts of one process. `good_at`: the last event whose signature was right; `put_off_at`: the last 503."""

    good: int = 0
    refused: int = 0
    refused_in_a_row: int = 0
    good_at: datetime | None = None
    put_off_at: datetime | None = None

    def count_good(self, now: datetime) -> None:
        """Note an event that is Zalo's."""
        self.good += 1
        self.refused_in_a_row = 0
        self.good_at = now

    def count_refused(self) -> None:
        """Note a call whose signature was wrong."""
        self.refused += 1
        self.refused_in_a_row += 1

    @property
    def signatures_fail(self) -> bool:
        """Say whether nothing but wrong signatures comes."""
        return self.refused_in_a_row >= REFUSED_IN_A_ROW
