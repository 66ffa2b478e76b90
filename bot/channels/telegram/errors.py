"""What comes back from the Bot API instead of a result, and what follows from it. Pure: no client library.

The table is section 4 of the contract. Codes decide; Telegram's English is read only where it gives no other sign.
"""

import re

from bot.channels.base import Failure, FetchFailed, SendFailed
from bot.channels.http import never_connected

LEAST_WAIT_S = 1.0  # after a 429 that does not say how long
_QUOTED = re.compile(r"\"[^\"]*\"|(?<!\w)'[^']*'(?!\w)|\S*://\S*|\d{5,}(:\S*)?")
_LONGEST_REASON = 120


class ApiProblem(Exception):
    """A call without a result. Neither its text nor its causes hold the token, an address or what was written."""


class Unreachable(ApiProblem):
    """There was no connection: the request surely did not arrive."""


class Unanswered(ApiProblem):
    """The request may have arrived, and no answer that makes sense came back."""


class TextOnly(ApiProblem):
    """The text is out, and a document behind it is not, or perhaps not. `message_id`: of the text."""

    def __init__(self, message_id: str, problem: ApiProblem) -> None:
        super().__init__(f"the text went out, a document did not: {problem}")
        self.message_id = message_id
        self.problem = problem


class Answered(ApiProblem):
    """Telegram said no.

    Args:
        code: HTTP status; below 400 if the answer was none of the Bot API's.
        description: Telegram's sentence, "" if there was none.
        retry_after_s: how long Telegram asks us to wait, if it does.
    """

    def __init__(self, code: int, description: str = "", retry_after_s: float | None = None) -> None:
        # Telegram quotes our own text and addresses back at us; those have no place in a log.
        spoken = _QUOTED.sub("…", description)[:_LONGEST_REASON]
        super().__init__(f"HTTP {code} {spoken}".strip())
        self.code = code
        self.description = description.lower()
        self.retry_after_s = retry_after_s

    @property
    def token_refused(self) -> bool:
        """401: wrong or revoked; 404: not the shape of a token."""
        return self.code in (401, 404)

    @property
    def entities_refused(self) -> bool:
        """The markup could not be read; the text itself may be fine."""
        return self.code == 400 and "can't parse entities" in self.description

    @property
    def webhook_is_set(self) -> bool:
        """getUpdates and a webhook exclude each other. The other reason for a 409 is a second poller."""
        return self.code == 409 and "webhook" in self.description


def answered(code: int, body: object) -> Answered:
    """Read the JSON that came with a status that is not 2xx; `body` is None if it was not JSON."""
    fields = body if isinstance(body, dict) else {}
    description = fields.get("description")
    parameters = fields.get("parameters")
    wait = parameters.get("retry_after") if isinstance(parameters, dict) else None
    return Answered(
        code,
        description if isinstance(description, str) else "",
        float(wait) if isinstance(wait, int | float) and 0 <= wait < 1e9 else None,
    )


def transport_problem(error: BaseException) -> ApiProblem:
    """Say whether the request can have arrived."""
    return (Unreachable if never_connected(error) else Unanswered)(type(error).__name__)


def fetch_failure(problem: ApiProblem) -> FetchFailed:
    """Say what follows for a file that was asked for."""
    # 400: too big for the Bot API, or an id that it does not know (any more).
    gone = isinstance(problem, Answered) and problem.code == 400
    return FetchFailed(str(problem), gone=gone)


def send_failure(problem: ApiProblem) -> SendFailed:
    """Say what follows for a message that was being sent."""
    reason = str(problem)
    if isinstance(problem, TextOnly):
        return SendFailed(Failure.INCOMPLETE, reason, message_id=problem.message_id)
    if isinstance(problem, Unreachable):
        return SendFailed(Failure.RETRY, reason, everybody=True)
    if not isinstance(problem, Answered) or problem.code < 400 or problem.code >= 500:
        return SendFailed(Failure.UNKNOWN, reason)
    if problem.token_refused:
        return SendFailed(Failure.RETRY, reason, everybody=True)
    if problem.code == 429:
        return SendFailed(Failure.THROTTLED, reason, max(problem.retry_after_s or 0, LEAST_WAIT_S))
    if problem.code == 403 or (problem.code == 400 and "chat not found" in problem.description):
        return SendFailed(Failure.BLOCKED, reason)
    return SendFailed(Failure.REFUSED, reason)
