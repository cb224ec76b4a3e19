"""Signing in and out: passwords, codes, lock-outs, and a form that comes too late."""

import base64
import re
from datetime import UTC, datetime, timedelta
from html import unescape

import aiohttp
import pyotp
import pytest

from dashboards.sign_in.attempts import MOST_KEYS, Attempts
from dashboards.sign_in.door import OF_AN_ACCOUNT, OF_AN_ADDRESS, own, step_of
from dashboards.sign_in.guard import Place
from dashboards.sign_in.passwords import weakness
from dashboards.sign_in.sessions import Sessions
from dashboards.sign_in.settings import SignInSettings
from dashboards.sign_in.store import Account
from tests.build import at
from tests.dashboards.sign_in.kept import PASSWORD, SECRET, Clock, Entered, account, entrance

KEY = pyotp.random_base32()


def code(there: Entered, after: int = 0) -> str:
    """What the telephone shows, so many seconds from now."""
    return pyotp.TOTP(KEY).at(there.clock().timestamp() + after)


async def test_whoever_signs_in_is_named_and_may_leave() -> None:
    async with entrance(account("ida", name="Chef de hall")) as there:
        answer = await there.enter("IDA ", next="/alertes?days=31")
        assert (answer.status, answer.headers["Location"]) == (303, "/alertes?days=31")
        async with there.client.get("/") as page:
            assert "Chef de hall" in await page.text()
        async with there.client.get("/api/v1/session") as said:
            assert await said.json() == {"signed_in": True, "name": "Chef de hall", "role": "supervisor"}
        async with there.client.post("/deconnexion", headers=there.ours) as left:
            assert "Vous êtes déconnecté." in await left.text()
        async with there.client.get("/api/v1/session") as said:
            assert (await said.json())["signed_in"] is False


async def test_a_session_that_was_left_cannot_be_taken_up_again() -> None:
    async with entrance(account("ida")) as there:
        await there.enter("ida")
        stolen = there.cookie()
        await there.client.post("/deconnexion", headers=there.ours)
        async with (
            aiohttp.ClientSession(there.address, cookies={"vigie": stolen}) as thief,
            thief.get("/", allow_redirects=False) as answer,
        ):
            assert answer.status == 303
        # nor on another vigie, or after a restart
        await there.sign_in.people.refresh()
        assert there.sign_in.people.known is not None
        assert len(there.sign_in.people.known.ended) == 1


async def test_an_unknown_login_a_wrong_password_and_a_disabled_account_are_told_the_same() -> None:
    async with entrance(account("ida"), account("ola", disabled_at=at("8:00")), account("una", password=None)) as there:
        answers = [
            await there.enter("ida", "not the right one"),
            await there.enter("nobody"),
            await there.enter("ola"),
            await there.enter("una"),
        ]
        texts = {re.sub(r'value="\w*"', "", await answer.text()) for answer in answers}
        assert [answer.status for answer in answers] == [401] * 4
        assert len({re.sub(r" autofocus", "", text) for text in texts}) == 1


async def test_the_session_is_a_new_one_whatever_the_browser_had() -> None:
    async with entrance(account("ida"), account("eve")) as there:
        await there.enter("eve")
        planted = there.cookie()
        async with aiohttp.ClientSession(there.address, cookies={"vigie": planted}) as victim:
            data = {"login": "ida", "password": PASSWORD}
            async with victim.post("/connexion", data=data, headers=there.ours, allow_redirects=False) as answer:
                assert answer.cookies["vigie"].value != planted
        # what was planted is still eve's, and nobody else's
        async with there.client.get("/api/v1/session") as said:
            assert (await said.json())["name"] == "Eve"


@pytest.mark.parametrize(("url", "name", "secure"), [("", "vigie", False), ("https://v.example", "__Host-vigie", True)])
async def test_the_cookie_is_out_of_the_reach_of_scripts_and_of_other_sites(url: str, name: str, secure: bool) -> None:
    async with entrance(account("ida"), place=Place(url=url)) as there:
        cookie = (await there.enter("ida")).cookies[name]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
        assert (bool(cookie["secure"]), cookie["domain"], int(cookie["max-age"])) == (secure, "", 43_200)
        assert "ida" not in cookie.value


@pytest.mark.parametrize(
    ("asked", "gone_to"),
    [
        ("/alertes#w1", "/alertes#w1"),
        (None, "/"),
        ("", "/"),
        ("alertes", "/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("///evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/\tevil", "/"),
        ("/a\r\nSet-Cookie: x=1", "/"),
        ("javascript:alert(1)", "/"),
        ("/connexion?next=/connexion", "/"),
    ],
)
def test_one_goes_on_to_a_path_of_ours_and_nowhere_else(asked: str | None, gone_to: str) -> None:
    assert own(asked) == gone_to


async def test_what_is_typed_comes_back_as_text() -> None:
    async with entrance() as there:
        nasty = '"><script>alert(1)</script>'
        answer = await there.enter(nasty, next=f"/{nasty}", **{"garde.note": nasty})
        assert "<script>alert" not in await answer.text()
        async with there.client.get("/connexion", params={"next": f"/{nasty}"}) as page:
            assert "<script>alert" not in await page.text()


# ------------------------------------------------------------ guessing


async def test_after_five_failures_nobody_gets_in_as_them_for_a_quarter_of_an_hour() -> None:
    async with entrance(account("ida"), account("ola")) as there:
        for _ in range(OF_AN_ACCOUNT):
            assert (await there.enter("ida", "guess")).status == 401
        locked = await there.enter("ida")
        assert (locked.status, locked.headers["Retry-After"]) == (429, "900")
        assert "Trop d’essais. Réessayez dans 15 min." in unescape(await locked.text())
        assert (await there.enter("ola")).status == 303
        there.clock.forward(timedelta(minutes=15))
        assert (await there.enter("ida")).status == 303


async def test_one_place_cannot_try_one_password_on_everybody() -> None:
    async with entrance() as there:
        statuses = [(await there.enter(f"somebody{n}", "guess")).status for n in range(OF_AN_ADDRESS + 1)]
        assert statuses == [401] * OF_AN_ADDRESS + [429]


async def test_failures_are_in_the_trail_without_what_was_typed_of_the_unknown() -> None:
    async with entrance(account("ida")) as there:
        await there.enter("ida", "guess")
        await there.enter("my password typed as a login")
        await there.enter("ida")
        await there.sign_in.trail.write()
        told = [(one.who, one.action, one.status) for one in there.store.deeds]
        assert told == [("Ida", "échec de connexion", 401), ("", "échec de connexion", 401), ("Ida", "connexion", 200)]
        assert "typed as a login" not in repr(there.store.deeds)


def test_attempts_are_forgotten_one_by_one_and_a_clock_set_back_locks_nobody_out() -> None:
    attempts, now = Attempts(2, timedelta(minutes=10)), at("9:00")
    attempts.note("a", now)
    attempts.note("a", now + timedelta(minutes=4))
    assert attempts.wait("a", now + timedelta(minutes=5)) == timedelta(minutes=5)
    assert attempts.wait("b", now) == timedelta()
    assert attempts.wait("a", now + timedelta(minutes=10)) == timedelta()
    assert attempts.wait("a", now - timedelta(days=1)) == timedelta()


def test_attempts_of_very_many_do_not_fill_the_memory() -> None:
    attempts = Attempts(1, timedelta(minutes=10))
    for number in range(MOST_KEYS + 10):
        attempts.note(f"k{number}", at("9:00"))
    assert len(attempts._tried) == MOST_KEYS
    assert attempts.wait(f"k{MOST_KEYS + 9}", at("9:00")) > timedelta()


@pytest.mark.parametrize(
    ("password", "good"),
    [
        ("court", False),
        ("x" * 12, False),
        ("abababababab", False),
        ("x1" * 150, False),
        ("mon-Chef-de-hall", False),
        ("ida-marie-2026", True),
        ("seize guichets ouverts", True),
    ],
)
def test_a_password_is_long_and_not_ones_own_name(password: str, good: bool) -> None:
    assert (weakness(password, "chef", "ida") == "") is good


# ------------------------------------------------------------ the second factor


def with_code() -> Account:
    return account("ida", totp=Sessions(SECRET, SignInSettings(), Clock(), secure=False).seal(KEY))


async def test_where_a_code_is_set_up_the_password_alone_opens_nothing() -> None:
    async with entrance(with_code()) as there:
        asked = await there.enter("ida", next="/alertes")
        assert (asked.status, "Code à six chiffres" in await asked.text()) == (200, True)
        async with there.client.get("/", allow_redirects=False) as answer:
            assert answer.status == 303
        data = {"code": code(there), "next": "/alertes"}
        async with there.client.post("/connexion/code", data=data, headers=there.ours, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/alertes")
        async with there.client.get("/") as answer:
            assert answer.status == 200


async def test_a_code_is_good_once_and_not_for_long() -> None:
    async with entrance(with_code()) as there:
        used = code(there)
        for wanted in (303, 401):
            await there.enter("ida")
            async with there.client.post(
                "/connexion/code", data={"code": used}, headers=there.ours, allow_redirects=False
            ) as answer:
                assert answer.status == wanted
        await there.enter("ida")
        async with there.client.post("/connexion/code", data={"code": code(there, -90)}, headers=there.ours) as answer:
            assert answer.status == 401


async def test_a_code_without_its_password_or_long_after_it_opens_nothing() -> None:
    async with entrance(with_code()) as there:
        async with there.client.post("/connexion/code", data={"code": code(there)}, headers=there.ours) as answer:
            assert answer.status == 401
        await there.enter("ida")
        there.clock.forward(timedelta(minutes=5))
        async with there.client.post("/connexion/code", data={"code": code(there)}, headers=there.ours) as answer:
            assert answer.status == 401


async def test_codes_cannot_be_guessed_one_after_the_other() -> None:
    async with entrance(with_code()) as there:
        await there.enter("ida")
        statuses = []
        for guess in range(OF_AN_ACCOUNT):
            async with there.client.post("/connexion/code", data={"code": f"{guess:06}"}, headers=there.ours) as answer:
                statuses.append(answer.status)
        assert statuses[-1] == 429


def test_a_step_is_that_of_rfc_6238() -> None:
    # appendix B: SHA-1, 59 s after 1970, the last six of its eight digits
    key = base64.b32encode(b"12345678901234567890").decode()
    now = datetime.fromtimestamp(59, UTC)
    assert step_of(key, "287 082", now) == 1
    assert step_of(key, "287082", now + timedelta(seconds=30)) == 1
    assert step_of(key, "287082", now + timedelta(seconds=61)) is None
    assert step_of(key, "", now) is None


async def test_where_a_second_factor_is_required_it_is_set_up_first() -> None:
    async with entrance(account("ida"), settings=SignInSettings(totp="required")) as there:
        await there.enter("ida")
        async with there.client.get("/", allow_redirects=False) as answer:
            assert answer.headers["Location"] == "/compte"
        async with there.client.post(
            "/compte", data={"what": "begin", "password": PASSWORD}, headers=there.ours
        ) as answer:
            text = await answer.text()
        secret = re.search(r'class="secret">(\w+)<', text)
        sealed = re.search(r'name="sealed" value="([^"]+)"', text)
        assert secret
        assert sealed
        data = {"what": "confirm", "sealed": sealed[1], "code": pyotp.TOTP(secret[1]).at(there.clock().timestamp())}
        async with there.client.post("/compte", data=data, headers=there.ours) as answer:
            assert "La double authentification est en place." in await answer.text()
        async with there.client.get("/", allow_redirects=False) as answer:
            assert answer.status == 200


# ------------------------------------------------------------ one's own account


async def test_another_password_ends_all_other_sessions() -> None:
    async with entrance(account("ida")) as there:
        await there.enter("ida")
        elsewhere = there.cookie()
        there.clock.forward(timedelta(minutes=1))
        new = "encore plus de guichets"
        data = {"what": "password", "password": PASSWORD, "new": new, "again": new}
        async with there.client.post("/compte", data={**data, "password": "wrong"}, headers=there.ours) as answer:
            assert answer.status == 400
        async with there.client.post("/compte", data=data, headers=there.ours) as answer:
            assert "Le mot de passe est changé" in await answer.text()
        async with there.client.get("/", allow_redirects=False) as answer:
            assert answer.status == 200
        async with (
            aiohttp.ClientSession(there.address, cookies={"vigie": elsewhere}) as other,
            other.get("/", allow_redirects=False) as answer,
        ):
            assert answer.status == 303
        assert (await there.enter("ida", PASSWORD)).status == 401


# ------------------------------------------------------------ a form that comes too late


async def test_a_form_sent_after_the_end_of_a_session_is_kept_until_its_sender_is_back() -> None:
    async with entrance(account("ida")) as there:
        await there.enter("ida")
        there.clock.forward(timedelta(hours=13))
        words = "Guichet 2 ouvre à 9 h 35 <b>"
        async with there.client.post("/alertes/w1/acknowledge", data={"note": words}, headers=there.ours) as answer:
            text = await answer.text()
            assert answer.status == 401
        fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', text))
        assert fields == {"next": "/alertes/w1/acknowledge", "garde.note": "Guichet 2 ouvre à 9 h 35 &lt;b&gt;"}
        back = await there.enter("ida", **{name: unescape(value) for name, value in fields.items()})
        text = await back.text()
        assert '<form method="post" action="/alertes/w1/acknowledge">' in text
        assert there.alerts.all["w1"].alert.state == "firing"
        sent = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', text))
        data = {name: unescape(value) for name, value in sent.items()}
        async with there.client.post("/alertes/w1/acknowledge", data=data, headers=there.ours) as answer:
            assert answer.status == 200
        moment = there.alerts.all["w1"].moments[-1]
        assert (moment.who, moment.text) == ("Ida", words)


async def test_who_acknowledges_is_whoever_is_signed_in_whatever_is_posted() -> None:
    async with entrance(account("ida", name="Chef de hall")) as there:
        await there.enter("ida")
        data = {"who": "le préfet", "note": ""}
        async with there.client.post("/alertes/w1/acknowledge", data=data, headers=there.ours) as answer:
            assert "Votre fonction" not in await answer.text()
        assert there.alerts.all["w1"].moments[-1].who == "Chef de hall"
