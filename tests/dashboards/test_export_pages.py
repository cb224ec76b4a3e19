"""The monthly exports as the quality lead sees them, asked over a real socket."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

import aiohttp
import pytest
from msgspec import Struct
from yarl import URL

from dashboards.board import Board
from dashboards.errors import AwayError
from dashboards.months import Done, NothingError
from dashboards.server import Server
from dashboards.web_settings import WebSettings
from tests.build import STANDARD, SUD, at
from tests.dashboards.exported import OCTOBER, SEPTEMBER, FakeExports, facts, files_of
from tests.dashboards.sign_in.kept import account, entrance
from tests.dashboards.test_board import Hands
from tests.dashboards.test_server import Well

PATIENCE_S = 20.0
IDA = {"who": "référente qualité"}
REPORT = "20261031_110000000_rapport"


class Served(Struct, frozen=True):
    address: str
    client: aiohttp.ClientSession
    exports: FakeExports
    hands: Hands

    async def text(self, path: str = "/exports", status: int = 200) -> str:
        async with self.client.get(path) as answer:
            assert answer.status == status, path
            return words(await answer.text())

    async def export(self, month: str = "2026-10", status: int = 303, **more: str) -> str:
        """Where it leads to, or what the page says."""
        async with self.client.post(f"/exports/{month}", data={**IDA, **more}, allow_redirects=False) as answer:
            assert answer.status == status
            return answer.headers.get("Location") or words(await answer.text())

    async def over(self) -> None:
        """Until no export is under way."""
        async with asyncio.timeout(PATIENCE_S):
            while (await self.progress())["job"]:
                pass

    async def progress(self) -> dict[str, object]:
        async with self.client.get("/exports/progress") as answer:
            found: dict[str, object] = await answer.json()
            return found


def words(text: str) -> str:
    """What a page says to somebody, in a line."""
    return re.sub(r"[ \n]+", " ", re.sub(r"<[^>]*>", " ", text.partition("<main")[2]))


@asynccontextmanager
async def served(*heard: date) -> AsyncIterator[Served]:
    """On Monday, 23 November."""
    hands = Hands(at("9:30"))
    board = Board([SUD, STANDARD], hands)
    board.begin({})
    exports = FakeExports(hands, *heard)
    server = Server(board, Well(), exports=exports)
    running = asyncio.create_task(server.run())
    try:
        async with (
            server.serving(WebSettings(listen="127.0.0.1:0")) as address,
            aiohttp.ClientSession(address) as client,
        ):
            yield Served(address, client, exports, hands)
    finally:
        running.cancel()
        await asyncio.wait([running])


# ------------------------------------------------------------ what is to be seen


async def test_before_the_first_month_is_over_it_is_told_when_one_will_be_exported() -> None:
    async with served() as there:
        page = await there.text()
    assert "Novembre 2026 est en cours : ses chiffres seront exportés d’eux-mêmes le 1er décembre 2026" in page
    assert "Aucun mois terminé n’est connu" in page


async def test_a_month_that_is_over_and_was_heard_is_to_be_exported_and_its_figures_are_there_before() -> None:
    async with served(OCTOBER) as there:
        page, october = await there.text(), await there.text("/exports/2026-10")
    assert "Octobre 2026 à exporter" in page
    assert "Pas encore exporté : voici les chiffres tels qu’ils seraient publiés." in october
    assert "97,0\u202f% appelés sous 15\u202fmin ✓ objectif 95\u202f%" in october


async def test_the_month_in_course_is_not_there_to_be_exported() -> None:
    async with served(OCTOBER, date(2026, 11, 1)) as there:
        assert "/exports/2026-11" not in await there.text()
        assert "Pas encore terminé : novembre 2026." in await there.text("/exports/2026-11", 404)
        assert "Pas encore terminé" in await there.export("2026-11", 404)
        assert there.exports.exported == []


async def test_an_export_is_said_with_who_and_when_and_all_of_its_files() -> None:
    async with served(OCTOBER) as there:
        assert await there.export() == "/exports#m-2026-10"
        await there.over()
        page = await there.text()
    assert "exporté le 23 novembre 2026 à 9\u202fh\u202f30 par référente qualité" in page
    assert "✓ Exporté à 9\u202fh\u202f30 : version 1." in page
    for kind in ("Fiche publique", "Rapport pour le comité", "Définitions des engagements"):
        assert kind in page
    assert "Fichiers ouverts, pour tous 3 fichiers" in page
    assert "Fichiers pour tableur 1 fichier" in page
    assert "Refaire l’export" in page


async def test_each_commitment_is_told_with_its_target_whether_it_is_reached_and_if_it_is_to_be_confirmed() -> None:
    async with served(OCTOBER) as there:
        await there.export()
        await there.over()
        page = await there.text()
    assert "97,0\u202f% appelés sous 15\u202fmin ✓ objectif 95\u202f% 970 sur 1\u202f000 · à confirmer" in page
    assert "84,0\u202f% décrochés par un agent ✗ sous l’objectif 85\u202f% 840 sur 1\u202f000 16" in page
    assert "16,0\u202f% appels perdus ✗ seuil 10\u202f% dépassé" in page
    assert "décrochés sous 20\u202fs, hors abandons rapides (C) part visée non fixée" in page
    assert "conforme" not in page


@pytest.mark.parametrize(("in_time", "shown"), [(949.9, "94,9"), (950, "95,0"), (949, "94,9")])
async def test_a_share_is_never_shown_as_the_target_that_it_does_not_reach(in_time: float, shown: str) -> None:
    async with served(OCTOBER) as there:
        there.exports.found[OCTOBER] = facts(in_time=int(in_time))
        assert f"{shown}\u202f% appelés" in await there.text("/exports/2026-10")


async def test_days_that_were_not_heard_are_told_before_one_publishes() -> None:
    async with served(OCTOBER) as there:
        there.exports.found[OCTOBER] = facts(silent=[date(2026, 10, 5), date(2026, 10, 6)])
        page = await there.text("/exports/2026-10")
    assert "Rien n’a été reçu pendant 2 jours d’ouverture : 5 oct., 6 oct." in page
    # 20 of 22 days
    assert "Appareils entendus pendant 90,9\u202f% des heures d’ouverture" in page


async def test_a_month_that_has_changed_says_so_and_what_is_published_stays_until_it_is_exported_again() -> None:
    async with served(OCTOBER) as there:
        await there.export()
        await there.over()
        await there.exports.change(OCTOBER, 940)
        page, october = await there.text(), await there.text("/exports/2026-10")
        assert "modifié depuis l’export" in page
        assert "97,0\u202f% appelés" in page
        assert "Chiffres de la version 2, qui n’est pas publiée : la version 1 l’est toujours." in october
        assert "94,0\u202f% appelés" in october
        await there.export()
        await there.over()
        page = await there.text()
        assert "modifié depuis l’export" not in page
        assert "94,0\u202f% appelés" in page


async def test_a_month_says_all_that_was_done_with_it_and_by_whom() -> None:
    async with served(OCTOBER) as there:
        await there.export()
        await there.over()
        await there.exports.change(OCTOBER, 940)
        refused = Done(month=OCTOBER, version=1, at=at("9:31"), who="vigie", act="not_mailed", detail="550 <no>")
        await there.exports.months.note(refused)
        page = await there.text("/exports/2026-10")
    acts = page.partition("Qui a fait quoi")[2]
    assert "vigie courriel non parti 550 &lt;no&gt; 1" in acts
    assert "vigie chiffres modifiés 2" in acts
    assert "référente qualité exporté 1" in acts


async def test_what_differs_between_two_versions_is_named() -> None:
    async with served(OCTOBER) as there:
        for in_time in (970, 940, 990):
            there.exports.found[OCTOBER] = facts(in_time=in_time)
            await there.export()
            await there.over()
        latest = await there.text("/exports/2026-10")
        chosen = await there.text("/exports/2026-10?from=1&to=2")
        same = await there.text("/exports/2026-10?from=2&to=2")
        # what is no version is as if nothing had been asked for
        assert await there.text("/exports/2026-10?from=x&to=99") == latest
    assert "cible ≥ 95\u202f% atteinte (99,0\u202f%) au lieu de non atteinte (94,0\u202f%)" in latest
    assert "cible ≥ 95\u202f% non atteinte (94,0\u202f%) au lieu de atteinte (97,0\u202f%)" in chosen
    assert "Choisissez deux versions." in same


async def test_a_month_whose_row_data_are_purged_says_so() -> None:
    async with served(OCTOBER, SEPTEMBER) as there:
        there.exports.tallies.purged.add(SEPTEMBER)
        await there.export("2026-09")
        await there.over()
        page = await there.text()
    october, september = page.split("Septembre 2026")
    assert "données détaillées effacées" not in october
    assert "données détaillées effacées" in september


async def test_a_month_that_was_kept_before_its_row_data_went_is_still_to_be_exported() -> None:
    async with served(OCTOBER) as there:
        await there.exports.months.keep(facts(), files_of(OCTOBER), "kept", "vigie", at("9:00"))
        there.exports.tallies.purged.add(OCTOBER)
        page, october = await there.text(), await there.text("/exports/2026-10")
    assert "Octobre 2026 à exporter données détaillées effacées" in page
    assert "Pas encore exporté : voici les chiffres tels qu’ils seraient publiés." in page
    assert "vigie conservé avant d’effacer les données détaillées 1" in october


async def test_months_are_shown_twelve_at_a_time() -> None:
    months = [date(2025 + n // 12, n % 12 + 1, 1) for n in range(22)]
    async with served(*months) as there:
        page, older = await there.text(), await there.text("/exports?before=2025-11")
    assert "Novembre 2025" in page
    assert "Octobre 2025" not in page
    assert "Mois plus anciens" in page
    assert "Octobre 2025" in older
    assert "Janvier 2025" in older
    assert "Mois plus anciens" not in older


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/exports/2026-13", "Aucun mois ne s’appelle « 2026-13 »"),
        ("/exports/0000-01", "Aucun mois ne s’appelle « 0000-01 »"),
        ("/exports/٢٠٢٦-10", "Aucun mois ne s’appelle"),
        ("/exports/9999-12", "Aucun mois ne s’appelle « 9999-12 »"),
        ("/exports/2020-01", "Rien n’est connu pour janvier 2020. Le dernier mois est octobre 2026."),
    ],
)
async def test_a_month_that_is_none_is_refused_and_the_latest_is_named(path: str, said: str) -> None:
    async with served(OCTOBER) as there:
        assert said in await there.text(path, 404)


async def test_while_the_database_is_away_that_is_said() -> None:
    async with served(OCTOBER) as there:
        there.exports.months.away = True
        for path in ("/exports", "/exports/2026-10"):
            assert "La base de données ne répond pas" in await there.text(path)
        assert "rien n’a été exporté" in await there.export(status=503)
        async with there.client.get(f"/exports/2026-10/1/{REPORT}.pdf") as answer:
            assert answer.status == 503


# ------------------------------------------------------------ exporting


async def test_of_two_who_export_the_same_month_at_once_both_see_the_one_export() -> None:
    async with served(OCTOBER) as there:
        there.exports.go.clear()
        await there.export(who="Ida")
        await there.export(who="Noé")
        pages = [await there.text(), await there.text("/exports/2026-10")]
        assert (await there.progress())["job"] == {"month": "2026-10", "done": 1, "of": 4}
        there.exports.go.set()
        await there.over()
        assert there.exports.exported == [OCTOBER]
        assert "par Ida" in await there.text()
    for page in pages:
        assert "Octobre 2026 : export en cours, demandé par Ida à 9\u202fh\u202f30, étape 1 sur 4." in page


async def test_while_a_month_is_exported_another_waits_and_that_is_said() -> None:
    async with served(OCTOBER, SEPTEMBER) as there:
        there.exports.go.clear()
        await there.export()
        for page in ("", "one"):
            said = await there.export("2026-09", 409, page=page)
            assert "Un autre mois est en cours d’export, octobre 2026 : attendez qu’il soit terminé." in said
        there.exports.go.set()
        await there.over()
        await there.export("2026-09")
        await there.over()
        assert there.exports.exported == [OCTOBER, SEPTEMBER]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            AwayError("the database does not answer: DiskFullError"),
            "la base de données ne répond pas, ou n’a plus de place",
        ),
        (NothingError("empty", "nothing was heard in 2026-10"), "rien n’a été reçu ce mois-là"),
        (ZeroDivisionError("1 / 0"), "une erreur inattendue, que le journal du serveur détaille"),
    ],
)
async def test_an_export_that_fails_says_why_and_leaves_what_was_there(error: Exception, said: str) -> None:
    async with served(OCTOBER) as there:
        await there.export()
        await there.over()
        there.exports.error = error
        await there.export()
        await there.over()
        page = await there.text()
        assert f"L’export de 9\u202fh\u202f30 n’a pas abouti : {said}" in page
        assert "exporté le 23 novembre 2026" in page
        # and the next one is as if nothing had happened
        there.exports.error = None
        await there.export()
        await there.over()
        page = await there.text()
    assert "n’a pas abouti" not in page
    assert "les chiffres sont ceux de la version 1, ses fichiers sont refaits" in page


async def test_whoever_exports_says_who_they_are_where_nobody_signs_in() -> None:
    async with served(OCTOBER) as there:
        assert "Votre fonction : à remplir." in await there.export(status=400, who=" ")
        assert "Votre fonction : caractères de contrôle refusés." in await there.export(
            status=400, who="a\x1b", page="one"
        )
        assert there.exports.exported == []
        assert await there.export(page="one") == "/exports/2026-10"


async def test_no_other_site_can_have_a_month_exported() -> None:
    async with (
        served(OCTOBER) as there,
        there.client.post("/exports/2026-10", data=IDA, headers={"Origin": "https://example.org"}) as answer,
    ):
        assert answer.status == 403
        assert there.exports.exported == []


# ------------------------------------------------------------ files


async def test_a_file_is_what_was_kept_and_is_shown_or_saved() -> None:
    kept = {one.name: one.content for one in files_of(OCTOBER)}
    async with served(OCTOBER) as there:
        await there.export()
        await there.over()
        for name, shown, kind in [
            (f"{REPORT}.pdf", "inline", "application/pdf"),
            (f"{REPORT}.html", "inline", "text/html; charset=utf-8"),
            ("20261031_110000000_attentes-mois.csv", "attachment", "text/csv; charset=utf-8"),
            ("20261031_110000000_mois.ods", "attachment", "application/vnd.oasis.opendocument.spreadsheet"),
            ("20261031_110000000_datapackage.json", "attachment", "application/json"),
        ]:
            async with there.client.get(f"/exports/2026-10/1/{name}") as answer:
                assert await answer.read() == kept[name]
                assert answer.headers["Content-Type"] == kind
                assert answer.headers["Content-Disposition"] == f"{shown}; filename*=UTF-8''{name}"
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert answer.headers["Cache-Control"] == "private, no-cache"
            async with there.client.get(f"/exports/2026-10/1/{name}?download") as answer:
                assert answer.headers["Content-Disposition"].startswith("attachment;")


async def test_a_page_that_stands_alone_runs_nothing_and_asks_for_nothing() -> None:
    async with served(OCTOBER) as there:
        await there.export()
        await there.over()
        async with there.client.get(f"/exports/2026-10/1/{REPORT}.html") as answer:
            policy = answer.headers["Content-Security-Policy"].split("; ")
    assert {"default-src 'none'", "sandbox", "frame-ancestors 'none'"} <= set(policy)
    assert not [one for one in policy if one.startswith("script-src")]


async def test_whoever_has_a_file_already_is_told_that_it_is_the_same_and_another_version_is_another() -> None:
    async with served(OCTOBER) as there:
        await there.export()
        await there.over()
        path = f"/exports/2026-10/1/{REPORT}.html"
        async with there.client.get(path) as first:
            etag = {"If-None-Match": first.headers["ETag"]}
        async with there.client.get(path, headers=etag) as again:
            assert (again.status, await again.read()) == (304, b"")
        there.exports.text = "autre"
        await there.export()
        await there.over()
        async with there.client.get(path.replace("/1/", "/2/"), headers=etag) as again:
            assert again.status == 200


@pytest.mark.parametrize(
    "path",
    [
        "2026-10/1/..%2F..%2Fetc%2Fpasswd", "2026-10/1/%00", "2026-10/1/rapport.pdf", f"2026-10/2/{REPORT}.pdf",
        f"2026-10/0/{REPORT}.pdf", f"2026-10/-1/{REPORT}.pdf", f"2026-10/99999999999/{REPORT}.pdf",
        f"2026-09/1/{REPORT}.pdf", f"x/1/{REPORT}.pdf", "2026-10/1/%ED%A0%80",
    ],
)  # fmt: skip
async def test_no_other_name_leads_to_a_file(path: str) -> None:
    async with served(OCTOBER) as there:
        await there.export()
        await there.over()
        async with there.client.get(URL(f"{there.address}/exports/{path}", encoded=True)) as answer:
            assert answer.status == 404


async def test_the_trail_has_who_exported_and_who_read_which_file() -> None:
    async with entrance(account("ida", "quality")) as there:
        await there.enter("ida")
        async with there.client.post("/exports/2026-10", headers=there.ours, allow_redirects=False) as answer:
            assert answer.status == 303
        async with asyncio.timeout(PATIENCE_S):
            job: object = True
            while job:
                async with there.client.get("/exports/progress") as answer:
                    job = (await answer.json())["job"]
        assert there.exports.months._acts[0].who == "Ida"
        async with there.client.get(f"/exports/2026-10/1/{REPORT}.pdf") as answer:
            assert answer.status == 200
        async with there.client.get("/exports") as answer:
            assert answer.status == 200
        await there.sign_in.trail.write()
    told = [(deed.who, deed.action, deed.subject) for deed in there.store.deeds if deed.action.startswith("/exports")]
    assert told == [
        ("Ida", "/exports/{month}", "2026-10"),
        ("Ida", "/exports/{month}/{version}/{name}", f"2026-10 1 {REPORT}.pdf"),
    ]


@pytest.mark.parametrize("role", ["viewer", "supervisor"])
async def test_the_exports_are_for_the_quality_lead(role: str) -> None:
    async with entrance(account("noe", role)) as there:  # type: ignore[arg-type]
        await there.enter("noe")
        for path in ("/exports", f"/exports/2026-10/1/{REPORT}.pdf"):
            async with there.client.get(path) as answer:
                assert answer.status == 403
        async with there.client.get("/") as answer:
            assert "/exports" not in await answer.text()
