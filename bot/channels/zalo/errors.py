"""Why a call to Zalo could not be made."""


class NoToken(Exception):
    """There is no access token to make a call with.

    Args:
        reason: for logs; no token in it.
        needs_consent: a person has to consent in the console; otherwise it may be better in a while.
    """

    def __init__(self, reason: str, *, needs_consent: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.needs_consent = needs_consent
