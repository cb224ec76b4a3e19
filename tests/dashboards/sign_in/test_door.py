"""Signing in and out: passwords, lock-outs, and a form that comes too late."""

import asyncio
import re
from datetime import timedelta
from html import unescape

import aiohttp
import pytest

from dashboards.sign_in.attempts import MOST_KEYS, Attempts
from dashboards.sign_in.door import OF_AN_ACCOUNT, OF_AN_ADDRESS, own
from dashboards.sign_in.guard import Place
from dashboards.sign_in.passwords import weakness
from tests.build import at
from tests.dashboards.sign_in.kept import PASSWORD, account, entrance

SEVERAL = [account(f"one{n}") for n in range(OF_AN_ADDRESS + 1)]


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
    async with entrance(*SEVERAL) as there:
        statuses = [(await there.enter(one.login, "guess")).status for one in SEVERAL]
        assert statuses == [401] * OF_AN_ADDRESS + [429]


async def test_those_who_get_in_do_not_lock_out_those_beside_them() -> None:
    async with entrance(*SEVERAL) as there:
        for one in SEVERAL:
            there.client.cookie_jar.clear()
            assert (await there.enter(one.login)).status == 303


async def test_getting_in_oneself_gives_no_more_tries_as_others() -> None:
    async with entrance(account("eve"), *SEVERAL) as there:
        for number, one in enumerate(SEVERAL):
            locked = number == OF_AN_ADDRESS
            assert (await there.enter(one.login, "guess")).status == (429 if locked else 401)
            if number % 10 == 0 and not locked:
                assert (await there.enter("eve")).status == 303


async def test_as_many_at_once_as_one_likes_are_not_more_tries() -> None:
    async with entrance(account("ida")) as there:
        answers = await asyncio.gather(*(there.enter("ida", f"guess {n}") for n in range(3 * OF_AN_ACCOUNT)))
        assert sorted(answer.status for answer in answers) == [401] * OF_AN_ACCOUNT + [429] * 2 * OF_AN_ACCOUNT


async def test_tries_while_the_database_is_away_are_none() -> None:
    async with entrance(account("ida")) as there:
        there.store.away = True
        assert [(await there.enter("ida", "guess")).status for _ in range(OF_AN_ACCOUNT)] == [503] * OF_AN_ACCOUNT
        there.store.away = False
        assert (await there.enter("ida")).status == 303


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


def test_those_who_only_ask_how_long_they_wait_push_nobody_out() -> None:
    attempts = Attempts(1, timedelta(minutes=10))
    attempts.note("a", at("9:00"))
    for number in range(MOST_KEYS + 10):
        attempts.wait(f"k{number}", at("9:00"))
    attempts.note("b", at("9:00"))
    assert attempts.wait("a", at("9:00")) == timedelta(minutes=10)


@pytest.mark.parametrize(
    ("password", "good"),
    [
        ("court", False),
        ("x" * 12, False),
        ("abababababab", False),
        ("x1" * 150, False),
        ("mon-Chef-de-hall", False),
        ("motdepasse2026", False),
        ("MotDePasse123!", False),
        ("Prefecture2026!", False),
        ("azertyuiop123", False),
        ("Préfecture-Accueil", False),
        ("ida-marie-2026", True),
        ("seize guichets ouverts", True),
    ],
)
def test_a_password_is_long_and_neither_ones_own_name_nor_what_is_tried_first(password: str, good: bool) -> None:
    assert (weakness(password, "chef", "ida") == "") is good


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
        assert '<form method="post" action="/alertes/w1/acknowledge"' in text
        assert there.alerts.all["w1"].alert.state == "firing"
        sent = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', text))
        data = {name: unescape(value) for name, value in sent.items()}
        async with there.client.post("/alertes/w1/acknowledge", data=data, headers=there.ours) as answer:
            assert answer.status == 200
        moment = there.alerts.all["w1"].moments[-1]
        assert (moment.who, moment.text) == ("Ida", words)


async def test_of_a_form_with_passwords_nothing_is_kept_on_a_page() -> None:
    async with entrance(account("ida")) as there:
        data = {"what": "password", "password": PASSWORD, "new": "encore plus", "again": "encore plus"}
        async with there.client.post("/compte", data=data, headers=there.ours, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/connexion?next=/compte")
            assert PASSWORD not in await answer.text()


async def test_who_acknowledges_is_whoever_is_signed_in_whatever_is_posted() -> None:
    async with entrance(account("ida", name="Chef de hall")) as there:
        await there.enter("ida")
        data = {"who": "le préfet", "note": ""}
        async with there.client.post("/alertes/w1/acknowledge", data=data, headers=there.ours) as answer:
            assert "Votre fonction" not in await answer.text()
        assert there.alerts.all["w1"].moments[-1].who == "Chef de hall"
