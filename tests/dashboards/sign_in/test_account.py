"""The second factor, and what people change of their own accounts."""

import asyncio
import base64
import re
from datetime import UTC, datetime, timedelta

import aiohttp
import pyotp
from msgspec import Struct
from msgspec.structs import replace

from dashboards.sign_in.door import OF_AN_ACCOUNT, step_of
from dashboards.sign_in.sessions import Sessions
from dashboards.sign_in.settings import SignInSettings
from dashboards.sign_in.store import Account
from tests.dashboards.sign_in.kept import PASSWORD, SECRET, Clock, Entered, account, entrance

KEY = pyotp.random_base32()


def code(there: Entered, after: int = 0) -> str:
    """What the telephone shows, so many seconds from now."""
    return pyotp.TOTP(KEY).at(there.clock().timestamp() + after)


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


async def test_a_code_is_not_taken_once_the_password_it_follows_was_changed() -> None:
    async with entrance(with_code()) as there:
        await there.enter("ida")
        there.clock.forward(timedelta(seconds=1))
        one = there.store.accounts["id-ida"]
        await there.store.change(one, replace(one, sessions_since=there.clock()))
        await there.sign_in.people.refresh()
        async with there.client.post("/connexion/code", data={"code": code(there)}, headers=there.ours) as answer:
            assert answer.status == 401


async def test_of_one_code_at_two_doors_at_once_one_lets_in() -> None:
    async with entrance(with_code()) as there:
        await there.enter("ida")
        cookies = {"vigie": there.cookie()}

        async def prove() -> int:
            async with (
                aiohttp.ClientSession(there.address, cookies=cookies) as browser,
                browser.post(
                    "/connexion/code", data={"code": code(there)}, headers=there.ours, allow_redirects=False
                ) as answer,
            ):
                return answer.status

        assert sorted(await asyncio.gather(prove(), prove(), prove())) == [303, 401, 401]


# ------------------------------------------------------------ setting it up


class Shown(Struct, frozen=True):
    """A second factor as the page shows it, to be confirmed."""

    secret: str
    sealed: str


async def change(there: Entered, **told: str) -> tuple[int, str]:
    async with there.client.post("/compte", data=told, headers=there.ours, allow_redirects=False) as answer:
        return answer.status, await answer.text()


async def begun(there: Entered) -> Shown:
    _, text = await change(there, what="begin", password=PASSWORD)
    secret, sealed = re.search(r'class="secret">(\w+)<', text), re.search(r'name="sealed" value="([^"]+)"', text)
    assert secret
    assert sealed
    return Shown(secret[1], sealed[1])


async def confirmed(there: Entered, shown: Shown) -> tuple[int, str]:
    good = pyotp.TOTP(shown.secret).at(there.clock().timestamp())
    return await change(there, what="confirm", sealed=shown.sealed, code=good)


async def test_whoever_finds_a_browser_open_cannot_make_a_second_factor_of_their_own() -> None:
    async with entrance(account("ida")) as there:
        await there.enter("ida")
        status, text = await change(there, what="begin", password="guess")  # noqa: S106
        assert status == 400
        assert "sealed" not in text


async def test_a_second_factor_in_place_is_not_replaced_by_another_without_the_password() -> None:
    async with entrance(account("ida")) as there:
        await there.enter("ida")
        first, second = await begun(there), await begun(there)
        assert (await confirmed(there, first))[0] == 200
        kept = there.store.accounts["id-ida"].totp
        assert (await confirmed(there, second))[0] == 400
        assert "sealed" not in (await change(there, what="begin", password=PASSWORD))[1]
        assert (await change(there, what="remove", password="guess"))[0] == 400  # noqa: S106
        assert there.store.accounts["id-ida"].totp == kept
        assert (await change(there, what="remove", password=PASSWORD))[0] == 200
        assert there.store.accounts["id-ida"].totp is None


async def test_a_second_factor_that_was_shown_to_somebody_is_nobody_elses_and_not_good_for_long() -> None:
    async with entrance(account("eve"), account("ida")) as there:
        await there.enter("eve")
        eves = await begun(there)
        await there.enter("ida")
        assert (await confirmed(there, eves))[0] == 400
        idas = await begun(there)
        there.clock.forward(timedelta(minutes=16))
        assert "Trop de temps a passé" in (await confirmed(there, idas))[1]
        # nor is one that is in place, as the database holds it, one that is being set up
        kept = there.sign_in.sessions.seal(KEY)
        assert (await confirmed(there, Shown(KEY, kept)))[0] == 400
        assert there.store.accounts["id-ida"].totp is None


async def test_the_code_that_confirms_is_used_up() -> None:
    async with entrance(account("ida")) as there:
        await there.enter("ida")
        shown = await begun(there)
        assert (await confirmed(there, shown))[0] == 200
        await there.enter("ida")
        data = {"code": pyotp.TOTP(shown.secret).at(there.clock().timestamp())}
        async with there.client.post("/connexion/code", data=data, headers=there.ours) as answer:
            assert answer.status == 401


async def test_where_a_second_factor_is_required_it_is_set_up_first() -> None:
    async with entrance(account("ida"), settings=SignInSettings(totp="required")) as there:
        await there.enter("ida")
        async with there.client.get("/", allow_redirects=False) as answer:
            assert answer.headers["Location"] == "/compte"
        for path in ("/alertes", "/stream/board", "/api/v1/areas", "/hall/sud"):
            async with there.client.get(path, allow_redirects=False) as answer:
                assert answer.headers["Location"] == "/compte", path
        assert "La double authentification est en place." in (await confirmed(there, await begun(there)))[1]
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


async def test_the_present_password_cannot_be_guessed_on_a_browser_that_was_left_open() -> None:
    async with entrance(account("ida")) as there:
        await there.enter("ida")
        new = "encore plus de guichets"
        for n in range(OF_AN_ACCOUNT):
            await change(there, what="password", password=f"guess {n}", new=new, again=new)
        _, text = await change(there, what="password", password=PASSWORD, new=new, again=new)
        assert "Trop d’essais" in text
        assert there.store.accounts["id-ida"].password == account("ida").password


async def test_whoever_signs_in_elsewhere_has_nothing_to_change_here() -> None:
    async with entrance(account("ida")) as there:
        await there.enter("ida")
        elsewhere = account("ida", password=None)
        await there.store.change(account("ida"), elsewhere)
        await there.sign_in.people.refresh()
        for what in ("password", "begin", "remove", "confirm", "other"):
            assert (await change(there, what=what, password="", new=PASSWORD, again=PASSWORD))[0] == 400, what
        assert there.store.accounts["id-ida"] == elsewhere
