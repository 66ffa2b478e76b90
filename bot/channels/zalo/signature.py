"""Whether a webhook call is Zalo's: the signature over its bytes as they came. Pure.

`X-ZEvent-Signature: mac=<hex>`, hex = SHA-256(app id ‖ body ‖ timestamp ‖ OA secret key): a plain hash, no HMAC
(official Java SDK, MacUtils.buildMac; community answer d14d09b635f3dcad85e2; read 2026-11).
"""

import hashlib
import hmac
import json
import re

HEADER = "X-ZEvent-Signature"
_HEX = re.compile(r"(?:mac=)?([0-9a-f]{64})", re.ASCII | re.IGNORECASE)


def parse(body: bytes) -> dict[str, object] | None:
    """Read an event's JSON; None when it is no object.

    Numbers stay the digits they were written in: ids and times come as texts and as numbers alike, and the signature
    covers the timestamp's own digits.
    """
    try:
        event = json.loads(body, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) else None


def sign(body: bytes, timestamp: str, app_id: str, oa_secret: str) -> str:
    """Return the 64 hexadecimal digits that belong to this body."""
    return hashlib.sha256(app_id.encode() + body + timestamp.encode() + oa_secret.encode()).hexdigest()


def verified(body: bytes, header: str | None, app_id: str, oa_secret: str) -> bool:
    """Say whether this body was signed by who knows the OA's secret, for our app.

    No limit to its age: repeats carry the first timestamp for two hours, and what was taken is not taken again.
    """
    given = _HEX.fullmatch((header or "").strip())
    if given is None or not app_id or not oa_secret:
        return False
    event = parse(body)
    if event is None or event.get("app_id") != app_id:
        return False
    timestamp = event.get("timestamp")
    if not isinstance(timestamp, str):
        return False
    try:
        expected = sign(body, timestamp, app_id, oa_secret)
    except UnicodeEncodeError:  # half a surrogate, as an escape in the body
        return False
    return hmac.compare_digest(given[1].lower(), expected)
