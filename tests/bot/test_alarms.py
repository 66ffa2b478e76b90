"""What the operator sees when Zalo's webhook brings nothing any more, and what Zalo sees of the domain."""

from pathlib import Path

import aiohttp
import pytest

from console.alarms import webhook_alarms
from handlers.delivery_texts import CHANNEL_NAMES
from handlers.officials import Official, Role
from handlers.turn import Guide
from storage.db import Database, Tx
from tests.conftest import NOW
from tests.fakes.zalo_webhooks import APP_ID, OA_SECRET
from tests.service import running


async def test_wrong_signatures_are_in_readyz_and_metrics_and_the_domain_is_verified(
    tmp_path: Path, guide: Guide
) -> None:
    zalo = {
        "ZALO_APP_ID": APP_ID,
        "ZALO_APP_SECRET": "app-secret-of-tests",
        "ZALO_OA_SECRET": OA_SECRET,
        "ZALO_SITE_VERIFICATION": "Abc-1",
    }
    async with (
        running(tmp_path, guide, **zalo) as service,
        aiohttp.ClientSession(f"http://127.0.0.1:{service.port}") as session,
    ):

        async def get(path: str) -> str:
            async with session.get(path) as answer:
                assert answer.status == 200
                return await answer.text()

        assert '"alarms": ["zalo_needs_consent"]' in await get("/readyz")
        for _ in range(5):
            async with session.post("/webhooks/zalo", data=b'{"event_name":"user_send_text"}') as answer:
                assert answer.status == 403

        assert '"alarms": ["zalo_needs_consent", "zalo_signatures_fail"]' in await get("/readyz")
        metrics = await get("/metrics")
        assert 'hai_chieu_alarm{name="zalo_signatures_fail"} 1.0' in metrics
        assert 'hai_chieu_webhook_refused{channel="zalo"} 5.0' in metrics
        tag = '<meta name="zalo-platform-site-verification" content="Abc-1">'
        assert tag in await get("/")
        assert tag in await get("/zalo_verifierAbc-1.html")


@pytest.mark.parametrize(
    ("name", "says"), [("zalo_silent", "webhook"), ("zalo_signatures_fail", "sai chữ ký")]
)
async def test_the_console_says_it_in_words(sqlite: Database, name: str, says: str) -> None:
    wrong = [name, "something_else"]
    official = Official(1, "a", "A", Role.OFFICER, None)

    def shown(tx: Tx) -> list[str]:
        return [a.sentence for a in webhook_alarms(CHANNEL_NAMES, lambda: wrong)(tx, official, NOW)]

    (sentence,) = await sqlite.read(shown)
    assert says in sentence
    assert "Zalo" in sentence
