"""When the pair of tokens for Zalo is renewed, when one is still used, and what is cause for alarm. Pure."""

from datetime import datetime, timedelta

from bot.channels.zalo.oauth import Grant
from storage.zalo_tokens import Kept, Pair, State

AHEAD, SHARE = (
    timedelta(hours=20),
    0.6,
)  # a pair is renewed at this age, or after this part of its life if that is less
MARGIN = timedelta(seconds=30)  # an access token so near its end is not begun with
YOUNG = timedelta(
    minutes=5
)  # refused at this age, a token is not what is wrong: another would be refused as well
TRIES_AT_ONCE = 2  # a call without an outcome is made once more; then there are pauses
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(minutes=15)
WARN = timedelta(days=14)

NEEDS_CONSENT, EXPIRED, CONSENT_ENDS = "zalo_needs_consent", "zalo_token_expired", "zalo_consent_ends"
"""The alarms: a person must consent; no renewal has come through; the consent ends within two weeks."""


def usable(kept: Kept, now: datetime) -> str | None:
    """Return the access token if it is there and not over."""
    good = kept.expires_at is not None and now < kept.expires_at - MARGIN
    return kept.access if good else None


def due(kept: Kept, now: datetime) -> bool:
    """Say whether it is time to renew the pair, ahead of its end."""
    if kept.access is None or kept.rotated_at is None or kept.expires_at is None:
        return True
    return now >= kept.rotated_at + min(AHEAD, (kept.expires_at - kept.rotated_at) * SHARE)


def pause_after(attempts: int) -> timedelta:
    """Return how long nobody asks after so many attempts without an outcome; nothing after the first."""
    if attempts < TRIES_AT_ONCE:
        return timedelta(0)
    doublings = min(attempts - TRIES_AT_ONCE, 10)
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)


def alarm_of(kept: Kept | None, now: datetime) -> str | None:
    """Return which of the alarms these tokens give cause for."""
    if kept is None or kept.refresh is None or kept.state is State.NEEDS_CONSENT:
        return NEEDS_CONSENT
    if kept.attempts >= TRIES_AT_ONCE and usable(kept, now) is None:
        return EXPIRED
    if kept.refresh_expires_at is not None and now > kept.refresh_expires_at - WARN:
        return CONSENT_ENDS
    return None


def pair_of(grant: Grant, now: datetime) -> Pair:
    """Return what is kept of an answer that has just come."""
    return Pair(
        grant.access,
        grant.refresh,
        now + timedelta(seconds=grant.access_s),
        now + timedelta(seconds=grant.refresh_s),
    )
