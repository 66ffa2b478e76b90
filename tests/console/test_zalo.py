"""The consent for the Official Account: begun by an admin, brought back by the same one, once, in time."""

import re
from collections.abc import AsyncIterator
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import sqlalchemy as sa

from bot.channels.zalo.oauth import OAuth
from bot.zalo_consent import ZaloConsents
from bot.zalo_tokens import Tokens
from console.alarms import zalo_alarms
from console.views.zalo import FAILURES
from console.zalo import Why
from handlers.officials import Role
from storage import zalo_tokens
from storage.tables import audit
from tests.console.conftest import Console, later
from tests.console.officials import Answer, Browser, words_of
from tests.fakes.zalo_oauth import APP_ID, OA_ID, FakeOAuth, Mode

BASE = "http://127.0.0.1:8080"
CALLBACK = f"{BASE}/console/zalo/callback"


@pytest.fixture
async def zalo(console: Console) -> AsyncIterator[FakeOAuth]:
    """A console with the channel on, and the server where one consents."""
    async with FakeOAuth(lambda: console.now, redirect_uris=(CALLBACK,)) as fake:
        oauth = OAuth(fake.settings)
        tokens = Tokens(console.database, oauth, APP_ID, "", "me", lambda: console.now)
        consents = ZaloConsents(console.database, oauth, tokens, APP_ID, CALLBACK, lambda: console.now)
        console.alarms.append(zalo_alarms(APP_ID))
        # Which is made before a test can say that the channel is on.
        object.__setattr__(console.parts, "zalo", consents)
        yield fake


async def begin(admin: Browser) -> str:
    """Press the button; returns the link that is shown."""
    answer = await admin.post("/zalo/consent", page="/zalo")
    assert answer.status == 303
    return link_in(await admin.follow(answer))


def link_in(answer: Answer) -> str:
    found = re.search(r'href="([^"]+/v4/oa/permission[^"]+)"', answer.text)
    assert found, answer.text
    return unescape(found[1])


async def come_back(browser: Browser, address: str, **changes: str) -> Answer:
    """Go where Zalo sends the browser, with some of the address changed."""
    query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()} | changes
    return await browser.get(f"/zalo/callback?{urlencode(query)}")


async def tokens_of(console: Console) -> zalo_tokens.Kept | None:
    return await console.database.read(zalo_tokens.find, APP_ID)


async def is_refused(console: Console, answer: Answer, why: Why) -> None:
    assert answer.status == 422
    assert FAILURES[why] in words_of(answer.text)
    kept = await tokens_of(console)
    assert kept is None or kept.refresh is None


async def test_without_the_settings_the_page_says_which(console: Console) -> None:
    admin = await console.sign_in(Role.ADMIN)

    page = await admin.get("/zalo")

    assert page.status == 200
    for name in ("ZALO_APP_ID", "ZALO_APP_SECRET", "ZALO_OA_SECRET", CALLBACK, f"{BASE}/webhooks/zalo"):
        assert name in page.text
    assert (await admin.get("/zalo/callback", code="x", state="y")).status == 404
    assert (await admin.post("/zalo/consent", page="/zalo")).status == 404


async def test_the_whole_consent(console: Console, zalo: FakeOAuth) -> None:
    admin = await console.sign_in(Role.ADMIN)
    assert "Cần đồng ý" in (await admin.get("/zalo")).text

    link = await begin(admin)
    answer = await come_back(admin, zalo.consent(link))

    assert (answer.status, answer.location) == (303, "/console/zalo")
    page = await admin.follow(answer)
    assert "Đã nhận sự đồng ý" in page.text
    assert "Đang dùng được" in page.text
    assert OA_ID in page.text
    assert "/v4/oa/permission" not in page.text
    kept = await tokens_of(console)
    assert kept is not None
    assert kept.access is not None
    assert zalo.is_good(kept.access)
    assert kept.access not in page.text
    logged = await console.database.read(
        lambda tx: [(r.action, r.details) for r in tx.execute(sa.select(audit).order_by(audit.c.id))]
    )
    assert logged[-2:] == [("zalo.begin_consent", "{}"), ("zalo.consent", f'{{"oa":"{OA_ID}"}}')]


async def test_the_link_carries_a_challenge_and_nothing_secret(console: Console, zalo: FakeOAuth) -> None:
    link = await begin(await console.sign_in(Role.ADMIN))

    query = parse_qs(urlsplit(link).query)
    assert set(query) == {"app_id", "redirect_uri", "code_challenge", "state"}
    assert query["redirect_uri"] == [CALLBACK]
    consent = await console.database.read(zalo_tokens.find_consent, APP_ID)
    assert consent is not None
    assert len(consent.verifier) == 43
    assert consent.verifier not in link
    assert len(query["code_challenge"][0]) == 43


async def test_a_consent_counts_once(console: Console, zalo: FakeOAuth) -> None:
    admin = await console.sign_in(Role.ADMIN)
    address = zalo.consent(await begin(admin))
    assert (await come_back(admin, address)).status == 303
    kept = await tokens_of(console)

    again = await come_back(admin, address)

    assert again.status == 422
    assert FAILURES[Why.UNKNOWN] in words_of(again.text)
    assert await tokens_of(console) == kept
    assert zalo.exchanges == 1


@pytest.mark.parametrize("state", ["", "x", "ế", "x" * 5000])
async def test_another_state_is_refused_and_spoils_nothing(
    console: Console, zalo: FakeOAuth, state: str
) -> None:
    """Somebody who lures an admin to an address of their own must not tie the service to an OA of theirs."""
    admin = await console.sign_in(Role.ADMIN)
    address = zalo.consent(await begin(admin))

    await is_refused(console, await come_back(admin, address, state=state), Why.UNKNOWN)
    assert zalo.exchanges == 0
    assert (await come_back(admin, address)).status == 303


async def test_another_official_cannot_bring_it_back(console: Console, zalo: FakeOAuth) -> None:
    admin, other = await console.sign_in(Role.ADMIN), await console.sign_in(Role.ADMIN)
    address = zalo.consent(await begin(admin))
    assert "/v4/oa/permission" not in (await other.get("/zalo")).text

    await is_refused(console, await come_back(other, address), Why.OTHER_OFFICIAL)
    assert (await come_back(admin, address)).status == 303


async def test_after_a_quarter_of_an_hour_it_is_too_late(console: Console, zalo: FakeOAuth) -> None:
    admin = await console.sign_in(Role.ADMIN)
    address = zalo.consent(await begin(admin))
    console.now = later(minutes=15)

    assert "/v4/oa/permission" not in (await admin.get("/zalo")).text
    await is_refused(console, await come_back(admin, address), Why.TOO_LATE)


async def test_a_person_who_did_not_say_yes_is_told_so(console: Console, zalo: FakeOAuth) -> None:
    admin = await console.sign_in(Role.ADMIN)

    await is_refused(console, await come_back(admin, zalo.consent(await begin(admin)), code=""), Why.NO_CODE)


async def test_what_zalo_refuses_is_told_with_its_number(console: Console, zalo: FakeOAuth) -> None:
    admin = await console.sign_in(Role.ADMIN)
    address = zalo.consent(await begin(admin))

    answer = await come_back(admin, address, code="another-code")

    await is_refused(console, answer, Why.REFUSED)
    assert "Mã lỗi: -14012" in answer.text


@pytest.mark.parametrize("mode", [Mode.LOST, Mode.GARBAGE, Mode.NO_TOKENS])
async def test_a_lost_answer_is_told_and_the_next_consent_works(
    console: Console, zalo: FakeOAuth, mode: Mode
) -> None:
    admin = await console.sign_in(Role.ADMIN)
    zalo.fail(mode)

    await is_refused(console, await come_back(admin, zalo.consent(await begin(admin))), Why.NO_ANSWER)
    assert (await come_back(admin, zalo.consent(await begin(admin)))).status == 303


async def test_another_oa_than_before_is_refused(console: Console, zalo: FakeOAuth) -> None:
    admin = await console.sign_in(Role.ADMIN)
    await come_back(admin, zalo.consent(await begin(admin)))
    kept = await tokens_of(console)

    answer = await come_back(admin, zalo.consent(await begin(admin)), oa_id="999")

    assert answer.status == 422
    assert FAILURES[Why.OTHER_OA] in words_of(answer.text)
    assert await tokens_of(console) == kept


async def test_a_new_consent_mends_a_refused_pair(console: Console, zalo: FakeOAuth) -> None:
    admin = await console.sign_in(Role.ADMIN)
    await console.database.write(zalo_tokens.plant, APP_ID, "spent")
    await console.database.write(zalo_tokens.refuse, APP_ID, "spent", "-14014 Invalid refresh token")
    assert "-14014" in (await admin.get("/zalo")).text

    await come_back(admin, zalo.consent(await begin(admin)))

    assert "cần được đồng ý lại" not in (await admin.get("")).text
    assert "Đang dùng được" in (await admin.get("/zalo")).text


async def test_every_page_says_that_consent_is_needed_with_the_way_for_those_who_can(
    console: Console, zalo: FakeOAuth
) -> None:
    admin, officer = await console.sign_in(Role.ADMIN), await console.sign_in(Role.OFFICER)

    assert 'href="/console/zalo">Kênh Zalo cần được đồng ý lại' in (await admin.get("")).text
    page = (await officer.get("")).text
    assert "Kênh Zalo đang chờ quản trị đồng ý lại" in page
    assert "/console/zalo" not in page


async def test_two_weeks_before_the_end_admins_are_told(console: Console, zalo: FakeOAuth) -> None:
    admin, officer = await console.sign_in(Role.ADMIN), await console.sign_in(Role.OFFICER)
    pair = zalo_tokens.Pair("a", "r", later(hours=25), later(days=13))
    await console.database.write(zalo_tokens.save, APP_ID, None, pair, console.now)

    assert "Quyền gửi tin qua Zalo sẽ hết ngày" in (await admin.get("")).text
    assert "Quyền gửi tin qua Zalo" not in (await officer.get("")).text
