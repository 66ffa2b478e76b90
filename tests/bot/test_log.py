"""Logs: one event a line, and no secret in any."""

import json
import logging

import pytest

from bot import log


@pytest.fixture(autouse=True)
def _restore_logging() -> object:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


def test_json_line_has_constant_words_and_fields(capsys: pytest.CaptureFixture[str]) -> None:
    log.set_up("INFO", "json", ())

    logging.getLogger("x").info("delivery finished", extra={"delivery": 812, "outcome": "blocked"})

    line = json.loads(capsys.readouterr().err)
    assert line["event"] == "delivery finished"
    assert (line["delivery"], line["outcome"], line["level"]) == (812, "blocked", "INFO")


@pytest.mark.parametrize("form", ["console", "json"])
def test_secrets_are_struck_out_of_messages_fields_and_traces(
    capsys: pytest.CaptureFixture[str], form: str
) -> None:
    log.set_up("INFO", "json" if form == "json" else "console", ("123:TOKEN",))
    try:
        raise RuntimeError("calling https://api/bot123:TOKEN/sendMessage")
    except RuntimeError:
        logging.getLogger("x").exception("oh 123:TOKEN", extra={"url": "bot123:TOKEN"})

    written = capsys.readouterr().err
    assert "TOKEN" not in written
    assert "RuntimeError" in written


def test_a_line_break_in_a_value_makes_no_second_event(capsys: pytest.CaptureFixture[str]) -> None:
    log.set_up("INFO", "console", ())

    logging.getLogger("x").info("refused", extra={"reason": "a\n2026 ERROR forged"})

    assert capsys.readouterr().err.count("\n") == 1


def test_request_urls_of_the_http_library_are_not_logged(capsys: pytest.CaptureFixture[str]) -> None:
    """httpx logs every URL at INFO, and Telegram's hold the token."""
    log.set_up("DEBUG", "console", ())

    logging.getLogger("httpx").info("HTTP Request: POST https://api/bot…")

    assert capsys.readouterr().err == ""
