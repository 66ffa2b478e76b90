"""What the console is given to let an admin consent for the Official Account on Zalo."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from handlers.officials import Official


class Why(StrEnum):
    """Why a consent that came back was not taken."""

    UNKNOWN = "unknown"  # nothing like it was begun, or it was taken already
    OTHER_OFFICIAL = "other_official"
    TOO_LATE = "too_late"
    NO_CODE = "no_code"  # whoever was asked did not say yes
    OTHER_OA = "other_oa"
    REFUSED = "refused"
    NO_ANSWER = "no_answer"


class ConsentFailed(Exception):
    """A consent was not taken. `code`: what Zalo named, as in -14003."""

    def __init__(self, why: Why, code: int | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.code = code


@dataclass(frozen=True, slots=True)
class Standing:
    """How the tokens stand.

    Args:
        needs_consent: nobody has consented, or Zalo refused to renew.
        retrying: the last renewal brought no answer; it is being tried again.
        good_until: until when the access token at hand serves.
        consent_until: until when it can be renewed.
        link: where this official consents, if they began to; good until `link_until`.
    """

    app_id: str
    oa_id: str | None
    needs_consent: bool
    retrying: bool
    problem: str | None
    renewed_at: datetime | None
    good_until: datetime | None
    consent_until: datetime | None
    link: str | None = field(repr=False, default=None)
    link_until: datetime | None = None


class ZaloConsent(Protocol):
    """Implemented by bot.zalo_consent. Everything raises StorageError for a database in trouble."""

    async def standing(self, who: Official) -> Standing:
        """Return how the tokens stand."""

    async def begin(self, who: Official) -> None:
        """Make a link with which this official can consent, once, within a quarter of an hour."""

    async def finish(self, who: Official, code: str, state: str, oa_id: str) -> None:
        """Take a consent that came back, in the words of the address it came back to. Raises ConsentFailed."""
