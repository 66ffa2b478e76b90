"""What comes back from Zalo's openapi host instead of a result, and what follows from it. Pure.

The table is section 8 of the contract. Codes decide; Zalo's sentence is read for one thing only: whether a code that
is about a person is in truth about the access token. The numbers of the OAuth and the template hosts are others.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta, timezone
from enum import Enum, auto

from bot.channels.base import Failure, SendFailed

CLOSED = "closed"
"""The reason of what waits until the person writes."""
LATER_S = 2 * 3600.0  # when a person has had as many messages as they may
OPERATOR_S = 60.0  # until a call is tried again that only a person can make work
_ZONE = timezone(timedelta(hours=7))  # of the night; the contract takes Viet Nam's
_EVENING, _MORNING = time(22), time(6)
_CLOCKS_DIFFER_S = 600.0  # refused as at night when it is day here


class NoToken(Exception):
    """There is no access token to make a call with.

    Args:
        reason: for logs; no token in it.
        needs_consent: an admin has to consent in the console; otherwise it may be better in a while.
    """

    def __init__(self, reason: str, *, needs_consent: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.needs_consent = needs_consent


class About(Enum):
    """Whom or what a code concerns."""

    TOKEN = auto()
    RATE = auto()
    ATTACHMENT = auto()
    BRIEFLY = auto()  # surely not sent, and another try may work
    WINDOW = auto()
    MONEY = auto()
    BLOCKED = auto()
    PERSON_LATER = auto()
    NIGHT = auto()
    MESSAGE = auto()
    OPERATOR = auto()
    UNKNOWN = auto()


CODES: dict[int, tuple[About, str]] = {
    -32: (About.RATE, "too many calls"),
    -100: (About.ATTACHMENT, "an attachment has expired"),
    -200: (About.BRIEFLY, "sending failed"),
    -201: (About.MESSAGE, "a parameter is invalid"),
    -204: (About.OPERATOR, "the OA is disabled"),
    -205: (About.OPERATOR, "the OA does not exist"),
    -209: (About.OPERATOR, "the app is not active"),
    -210: (About.MESSAGE, "a parameter is above its limit"),
    -211: (About.OPERATOR, "the OA's quota is used up"),
    -212: (About.OPERATOR, "the app may not use this API; ask for the permission in the developer console"),
    -213: (About.BLOCKED, "does not follow the OA"),
    -214: (About.BRIEFLY, "an article is still being processed"),
    -216: (About.TOKEN, "the access token is invalid"),
    -217: (About.BLOCKED, "blocked invitations"),
    -218: (About.PERSON_LATER, "the person's receiving quota is used up"),
    -219: (About.OPERATOR, "the app was removed or disabled"),
    -220: (About.TOKEN, "the access token has expired or was withdrawn"),
    -221: (About.OPERATOR, "the OA is not verified"),
    -223: (About.OPERATOR, "the OA has not granted the permission, or its article quota is used up"),
    -224: (About.OPERATOR, "the OA's package is too small for this"),
    -227: (About.BLOCKED, "banned, or inactive for more than 45 days"),
    -230: (About.WINDOW, CLOSED),
    -232: (About.WINDOW, CLOSED),
    -233: (About.MESSAGE, "this kind of message is not allowed"),
    -234: (About.NIGHT, "not at night"),
    -235: (About.OPERATOR, "not for this type of OA"),
    -237: (About.MESSAGE, "the group is disabled"),
    -238: (About.MESSAGE, "an asset is unknown or used up"),
    -240: (About.MESSAGE, "this API was shut down"),
    -241: (About.MESSAGE, "an asset is unknown or used up"),
    -242: (
        About.OPERATOR,
        "appsecret_proof is wrong or missing, check ZALO_APPSECRET_PROOF and ZALO_APP_SECRET",
    ),
    -244: (About.BLOCKED, "blocked this kind of message"),
    -248: (About.MESSAGE, "the content violates the platform's rules"),
    -249: (About.MESSAGE, "the template is not for user ids"),
    -320: (About.MONEY, "no ZCA account is linked, so nobody is reached after 48 hours"),
    -321: (About.MONEY, "the ZCA account has no money, so nobody is reached after 48 hours"),
    -401: (About.TOKEN, "the access token is invalid"),  # seen in place of -216
    -403: (About.MESSAGE, "the OA is not in the group"),
}
_NEVER_THE_TOKEN = {About.RATE, About.OPERATOR, About.MONEY}


class ZaloProblem(Exception):
    """A call without a result. Its text and causes hold no token, no person and nothing that was written.

    `code`: Zalo's number, below zero; None where none came.
    """

    code: int | None = None


class Unreachable(ZaloProblem):
    """There was no connection: the request surely did not arrive."""


class Unanswered(ZaloProblem):
    """The request may have arrived, and no answer that makes sense came back."""


class Closed(ZaloProblem):
    """No call was made: there is no token to make it with, or a fresh one was refused a moment ago.

    `needs_consent`: an admin has to act.
    """

    def __init__(self, reason: str, *, needs_consent: bool) -> None:
        super().__init__(reason)
        self.needs_consent = needs_consent


class Answered(ZaloProblem):
    """Zalo said no. What its own sentence says is left out: it may quote ours."""

    def __init__(self, code: int, sentence: str = "") -> None:
        about, words = CODES.get(code, (About.UNKNOWN, "unknown code"))
        if "access token" in sentence.lower().replace("_", " ") and about not in _NEVER_THE_TOKEN:
            about, words = About.TOKEN, "the access token is invalid"
        super().__init__(f"{words} ({code})")
        self.code: int = code
        self.about = about
        self.words = words


@dataclass(frozen=True, slots=True)
class Data:
    """The `data` of an answer that is a success."""

    value: object


def read(status: int, body: object) -> Data | ZaloProblem:
    """Read an answer; `body` is None if it was not JSON.

    The code may be a number or a text, of either sign; without one, `data` means success.
    """
    if not isinstance(body, dict):
        if status == 429:
            return Answered(-32)
        if status == 401:
            return Answered(-401)
        return Unanswered(f"HTTP {status} without an answer of Zalo's")
    code, data = _number(body.get("error")), body.get("data")
    if code and status >= 500 and -abs(code) not in CODES:
        # Not Zalo's own number: a server on the way, or one that broke down in the middle.
        return Unanswered(f"HTTP {status} with the error {-abs(code)}")
    if code:
        sentence = body.get("message")
        return Answered(-abs(code), sentence if isinstance(sentence, str) else "")
    if status >= 400 or (code is None and not data):
        return Unanswered(f"HTTP {status} without a result")
    return Data(data)


def _number(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    try:
        return int(value) if isinstance(value, int | str) else None
    except ValueError:
        return None


def send_failure(problem: ZaloProblem, now: datetime, back_off_s: float) -> SendFailed:
    """Say what follows for a message that was being sent.

    Args: back_off_s: how long to wait after "too many calls".
    """
    reason = str(problem)
    if isinstance(problem, Closed):
        wait = OPERATOR_S if problem.needs_consent else None
        return SendFailed(Failure.RETRY, reason, wait, everybody=True)
    if isinstance(problem, Unreachable):
        return SendFailed(Failure.RETRY, reason, everybody=True)
    if not isinstance(problem, Answered):
        return SendFailed(Failure.UNKNOWN, reason)
    match problem.about:
        case About.RATE:
            return SendFailed(Failure.THROTTLED, reason, back_off_s, everybody=True)
        case About.TOKEN | About.OPERATOR:
            return SendFailed(Failure.RETRY, reason, OPERATOR_S, everybody=True)
        case About.WINDOW | About.MONEY:
            return SendFailed(Failure.CLOSED, CLOSED, unpaid=problem.about is About.MONEY)
        case About.BLOCKED:
            return SendFailed(Failure.BLOCKED, reason)
        case About.PERSON_LATER:
            return SendFailed(Failure.RETRY, reason, LATER_S)
        case About.NIGHT:
            return SendFailed(Failure.RETRY, reason, _until_morning_s(now))
        case About.ATTACHMENT | About.BRIEFLY:
            return SendFailed(Failure.RETRY, reason)
        case About.MESSAGE | About.UNKNOWN:
            # A number that is not in the table is a no all the same: only without an answer nobody knows.
            return SendFailed(Failure.REFUSED, reason)


def _until_morning_s(now: datetime) -> float:
    here = now.astimezone(_ZONE)
    if _MORNING <= here.time() < _EVENING:
        return _CLOCKS_DIFFER_S
    morning = datetime.combine(here.date(), _MORNING, _ZONE)
    return ((morning if here < morning else morning + timedelta(days=1)) - here).total_seconds()
