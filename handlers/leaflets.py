"""The code behind a commune's leaflet."""

from collections.abc import Callable, Sequence
from datetime import datetime

from handlers.announcement_codes import make_code
from storage import leaflets
from storage.db import Tx


def code_for(tx: Tx, area_code: str, choose: Callable[[Sequence[str]], str], now: datetime) -> str:
    """Return the code of an area's leaflet; made when it is asked for the first time."""
    if (printed := leaflets.find_code(tx, area_code)) is not None:
        return printed
    code = make_code(choose)
    while leaflets.has_code(tx, code):
        code = make_code(choose)
    leaflets.add(tx, code, area_code, now)
    return code
