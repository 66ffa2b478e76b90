"""What `hai-chieu check` says of Zalo: a line for each thing that has to be in place, and what to do where it is not."""

import ipaddress
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from urllib.parse import urlsplit

from bot.cli.base import Line
from bot.config import Settings
from bot.zalo_renewal import CONSENT_ENDS, NEEDS_CONSENT, alarm_of, usable
from storage.zalo_tokens import Kept

Ask = Callable[[str], Awaitable[Mapping[str, object]]]
"""Makes a GET call of the OA's API with the token at hand; gives the whole answer. OSError: none came."""

GET_OA = "/v2.0/oa/getoa"
_REFUSED = (
    "the token is refused; the running service renews it, and if this stays: consent again at {console}"
)
WHAT_TO_DO = {
    32: "too many requests just now; try again in a minute",
    204: "the OA is disabled: ask at oa.zalo.me",
    205: "the OA does not exist: consent again with the right one at {console}",
    209: "the app is not active: switch it on at developers.zalo.me",
    212: "the app may not use this API: tick the OA's API for the app at developers.zalo.me",
    216: _REFUSED,
    219: "the app was removed or disabled: look at developers.zalo.me",
    220: _REFUSED,
    221: "the OA is not verified: verify it at oa.zalo.me",
    223: "the OA has not granted the app this permission: consent again at {console}, and tick every permission",
    224: "the OA's package is too small for the API: buy a larger one at oa.zalo.me",
    242: "appsecret_proof is wrong or missing: set ZALO_APPSECRET_PROOF as the app is set, and check ZALO_APP_SECRET",
}
"""By the number of the error without its sign, for the same fault comes with and without it."""


async def look(
    settings: Settings,
    kept: Kept | None,
    now: datetime,
    ask: Ask | None,
    heard: datetime | bool | None = False,
    unpaid_until: datetime | None = None,
) -> list[Line]:
    """Return a line for each thing, in the order in which they are set up.

    Args:
        kept: the tokens in the database, if it is there and migrated.
        ask: None: nobody asks the OA.
        heard: when somebody last wrote or followed, None for never; False: not known here.
        unpaid_until: no message for money is tried before then, as nobody pays for them.
    """
    if not settings.zalo_on:
        return [Line("zalo", True, "off (ZALO_APP_ID is empty)")]
    lines = [Line("zalo", True, f"on, app {settings.zalo_app_id}"), _address(settings)]
    token = _token(settings, kept, now)
    lines.append(token)
    if ask is not None and kept is not None and usable(kept, now):
        lines.append(await _oa(settings, ask))
    if not isinstance(heard, bool):
        lines.append(_webhook(settings, heard))
    if unpaid_until is not None:
        note = (
            "the ZCA account is not linked (-320) or has no money (-321): link or fill it; messages for money are tried "
            f"again after {unpaid_until:%Y-%m-%d %H:%M} UTC, and until then whom only they reach is waited for"
        )
        lines.append(Line("zalo money", False, note))
    if settings.zalo_template_id:
        note = (
            "announcements outside the windows go by template and cost money; Zalo tells no price and no quota beforehand, "
            "see the ZBS account; if they end as -320 or -321, link or fill it"
        )
        lines.append(Line("zalo template", True, note))
    return lines


def _address(settings: Settings) -> Line:
    parts = urlsplit(settings.public_url)
    host = parts.hostname or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        address = None
    if (address is not None and address.is_loopback) or host == "localhost":
        return Line("zalo address", True, "warning: PUBLIC_URL is this machine alone; Zalo cannot call it")
    if parts.scheme != "https" or address is not None or parts.port is not None:
        example = "https://haichieu.example.vn"
        note = f"PUBLIC_URL: Zalo calls https with a domain name and no port only; example: {example}"
        return Line("zalo address", False, note)
    return Line("zalo address", True, f"{settings.public_url}/webhooks/zalo")


def _token(settings: Settings, kept: Kept | None, now: datetime) -> Line:
    console = _console(settings)
    if (kept is None or kept.refresh is None) and settings.zalo_refresh_token:
        return Line("zalo token", True, "not got yet; `hai-chieu run` uses ZALO_REFRESH_TOKEN")
    alarm = alarm_of(kept, now)
    if alarm == NEEDS_CONSENT or kept is None:
        why = f" ({kept.problem})" if kept and kept.problem else ""
        return Line("zalo token", False, f"needs consent{why}: an admin consents at {console}")
    if usable(kept, now) is None:
        why = f" ({kept.problem})" if kept.problem else ""
        return Line("zalo token", False, f"over or not got yet{why}; the running service renews it")
    until = f"good until {kept.expires_at:%Y-%m-%d %H:%M} UTC"
    if alarm == CONSENT_ENDS:
        until += (
            f"; warning: the consent ends on {kept.refresh_expires_at:%Y-%m-%d}; consent again at {console}"
        )
    return Line("zalo token", True, until)


async def _oa(settings: Settings, ask: Ask) -> Line:
    try:
        answer = await ask(GET_OA)
    except OSError as exc:
        note = f"{settings.zalo_api_url} does not answer: {type(exc).__name__}; check the network of this machine"
        return Line("zalo oa", False, note)
    error, data = answer.get("error"), answer.get("data")
    if str(error or 0) == "0" and isinstance(data, Mapping):
        package = data.get("package_name")
        return Line("zalo oa", True, f"{data.get('name', '?')}" + (f", package {package}" if package else ""))
    try:
        number = abs(int(str(error)))
    except ValueError:
        number = 0
    what = WHAT_TO_DO.get(number, "look the number up in the error table of developers.zalo.me")
    return Line("zalo oa", False, f"error {error}: {what.format(console=_console(settings))}")


def _webhook(settings: Settings, heard: datetime | None) -> Line:
    if heard is not None:
        return Line("zalo webhook", True, f"last heard {heard:%Y-%m-%d %H:%M} UTC")
    note = (
        f"never heard: set {settings.public_url}/webhooks/zalo at developers.zalo.me, switch it on, tick the events, "
        "then write to the OA from a phone"
    )
    return Line("zalo webhook", False, note)


def _console(settings: Settings) -> str:
    return f"{settings.public_url}/console/zalo"
