"""The configuration file: what it may hold, and how each fault in it is told."""

import tomllib
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from dashboards.house import House
from dashboards.sign_in.settings import OidcSettings, SignInSettings
from deploy.configuration import load, parse
from deploy.settings import SettingsError
from deploy.signing_in import secret
from ticketing.plan import Endings

EXAMPLE = Path(__file__).parents[2] / "deploy" / "vigie.toml"


def example() -> dict[str, Any]:
    return tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))


def told(change: Callable[[dict[str, Any]], object]) -> list[str]:
    """The faults found in the example once it was changed."""
    raw = example()
    change(raw)
    with pytest.raises(SettingsError) as error:
        parse(raw)
    return str(error.value).splitlines()


def put(**keys: object) -> Callable[[dict[str, Any]], object]:
    return lambda raw: raw.update(keys)


def into(table: str, **keys: object) -> Callable[[dict[str, Any]], object]:
    return lambda raw: raw[table].update(keys)


def elsewhere(*, web: dict[str, str] | None = None, **keys: object) -> Callable[[dict[str, Any]], object]:
    """A provider of identities, beside the address of the boards."""
    oidc = {"issuer": "https://auth.example", "client_id": "vigie", "client_secret_file": "secret", **keys}
    return put(web={"url": "https://vigie.example"} if web is None else web, sign_in={"oidc": oidc})


def row(table: str, number: int, **keys: object) -> Callable[[dict[str, Any]], object]:
    return lambda raw: raw[table][number].update(keys)


def without(table: str, number: int, key: str) -> Callable[[dict[str, Any]], object]:
    return lambda raw: raw[table][number].pop(key)


def test_the_example_is_the_prefecture_s_two_halls_and_its_switchboard() -> None:
    plans = load(EXAMPLE).plans()
    assert [(plan.area, plan.kind) for plan in plans] == [
        ("sud", "hall"),
        ("nord", "hall"),
        ("standard", "switchboard"),
    ]
    sud = plans[0]
    commitment = sud.commitment("sejour", date(2026, 11, 23))
    assert commitment is not None
    assert (commitment.within, commitment.share) == (timedelta(minutes=15), 0.95)
    assert len(sud.hours.day(date(2026, 11, 23)).spans) == 2
    assert sud.hours.day(date(2026, 12, 24)).spans == ()
    assert all(plan.desks and plan.queues for plan in plans)


def test_file_names_are_taken_from_the_configuration_s_folder(tmp_path: Path) -> None:
    path = tmp_path / "vigie.toml"
    path.write_text('site = "aube"\nareas = []\n[broker]\nurl = "mqtts://host"\nca_file = "ca.crt"\n')
    (tmp_path / "ca.crt").touch()
    settings = load(path)
    assert settings.data_dir == tmp_path / "var"
    assert settings.broker.ca_file == tmp_path / "ca.crt"
    assert settings.broker.address == ("host", 8883, True)


def test_the_oldest_time_may_be_any() -> None:
    assert parse({**example(), "intake": {"oldest": "any"}}).intake.oldest is None
    assert parse({**example(), "intake": {"oldest": "2d"}}).intake.oldest == timedelta(days=2)


@pytest.mark.parametrize("listen", ["127.0.0.1:8080", "[::1]:8080", "localhost:8080", "127.0.0.9:0"])
def test_where_only_this_machine_reaches_the_boards_nobody_has_to_sign_in(listen: str) -> None:
    assert parse({**example(), "web": {"listen": listen}}).sign_in is None


def test_where_other_machines_reach_the_boards_people_sign_in_or_all_is_open_on_purpose() -> None:
    web = {"listen": "0.0.0.0:8080", "hall_networks": ["10.1.2.0/24"], "proxies": ["::1/128"]}
    assert parse({**example(), "web": web, "sign_in": {}}).sign_in == SignInSettings()
    assert parse({**example(), "web": {**web, "open": True}}).sign_in is None


def test_the_secret_of_sessions_is_made_once_or_is_that_of_a_file_long_enough(tmp_path: Path) -> None:
    path = tmp_path / "vigie.toml"
    path.write_text('site = "aube"\nareas = []\n[sign_in]\n')
    made = secret(load(path))
    assert len(made) >= 32
    assert secret(load(path)) == made
    path.write_text('site = "aube"\nareas = []\n[sign_in]\nsecret_file = "key"\n')
    with pytest.raises(SettingsError, match=r"sign_in\.secret_file: found no file"):
        load(path)
    (tmp_path / "key").write_text("short")
    with pytest.raises(SettingsError, match=r"sign_in\.secret_file: found fewer than 32 bytes"):
        load(path)


def test_the_secret_by_which_the_provider_knows_us_is_read_beside_the_configuration(tmp_path: Path) -> None:
    path = tmp_path / "vigie.toml"
    oidc = 'issuer = "https://auth.example"\nclient_id = "vigie"\nclient_secret_file = "known-by"\n'
    path.write_text(f'site = "aube"\nareas = []\n[web]\nurl = "https://vigie.example"\n[sign_in.oidc]\n{oidc}')
    with pytest.raises(SettingsError, match=r"sign_in\.oidc\.client_secret_file: found no file"):
        load(path)
    (tmp_path / "known-by").write_text("\n")
    with pytest.raises(SettingsError, match=r"sign_in\.oidc\.client_secret_file: found nothing in"):
        load(path)
    (tmp_path / "known-by").write_text("secret\n")
    assert load(path).sign_in == SignInSettings(
        oidc=OidcSettings(issuer="https://auth.example", client_id="vigie", client_secret_file=tmp_path / "known-by")
    )


def test_when_a_ticket_that_nobody_closes_is_over_is_a_setting_of_every_area() -> None:
    endings = Endings(overtaken_by=3, overtaken_for=timedelta(minutes=5), left_after=timedelta(hours=2))
    raw = {**example(), "tickets": {"overtaken_by": 3, "overtaken_for": "5m", "left_after": "2h"}}
    assert {plan.endings for plan in parse(raw).plans()} == {endings}
    assert {plan.endings for plan in load(EXAMPLE).plans()} == {Endings()}


def test_a_closed_day_may_have_hours_of_its_own() -> None:
    raw = example()
    raw["areas"][0]["closed"] = {"2026-12-31": ["08:30-12:00"]}
    (sud, *_) = parse(raw).plans()
    assert len(sud.hours.day(date(2026, 12, 31)).spans) == 1


def test_a_counter_s_planned_hours_are_its_week_and_its_dated_changes() -> None:
    raw = example()
    raw["counters"][0]["planned"] = {"mon-tue": ["08:30-10:00", "10:15-12:00"], "wed": []}
    raw["counters"][0]["changed"] = {"2026-12-31": ["08:30-10:00"], "2026-12-30": []}
    raw["counters"][1].pop("planned", None)
    raw["counters"][1]["changed"] = {"2026-12-31": ["08:30-10:00"]}
    raw["counters"][2].pop("planned", None)
    (sud, *_) = parse(raw).plans()

    def hours(counter: int, on: date) -> list[str] | None:
        spans = sud.planned(sud.desks[counter], sud.hours.day(on))
        return None if spans is None else [f"{start:%H:%M}-{end:%H:%M}" for start, end in spans]

    tuesday, wednesday, thursday, friday = (date(2026, 12, day) for day in (29, 30, 31, 25))
    assert hours(0, tuesday) == ["08:30-10:00", "10:15-12:00"]
    assert (hours(0, wednesday), hours(0, thursday), hours(0, friday)) == ([], ["08:30-10:00"], [])
    assert (hours(1, wednesday), hours(1, thursday)) == (None, ["08:30-10:00"])
    assert hours(2, thursday) is None


def test_a_closure_at_short_notice_is_no_fault_of_the_counters_planned_on_that_day() -> None:
    raw = example()
    raw["counters"][0]["changed"] = {"2026-12-24": ["08:30-12:00"], "2026-12-23": ["13:15-16:30"]}
    raw["areas"][0]["closed"] = {"2026-12-24": [], "2026-12-23": ["08:30-12:00"]}
    (sud, *_) = parse(raw).plans()
    assert sud.planned(sud.desks[0], sud.hours.day(date(2026, 12, 24))) == ()
    assert sud.planned(sud.desks[0], sud.hours.day(date(2026, 12, 23))) == ()


def test_a_counter_of_an_area_that_is_always_open_may_be_planned_at_any_hour() -> None:
    raw = example()
    raw["areas"][0].pop("hours")
    raw["counters"][0]["planned"] = {"sun": ["00:00-23:59"]}
    raw["counters"][0]["changed"] = {"2026-12-25": ["00:00-23:59"]}
    (sud, *_) = parse(raw).plans()
    for day in (date(2026, 12, 20), date(2026, 12, 25)):
        assert len(sud.planned(sud.desks[0], sud.hours.day(day)) or ()) == 1


FAULTS: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (put(sites="aube"), "sites: found an unknown key, expected one of: site, time_zone, data_dir, broker, "),
    (into("broker", uri="x"), "broker.uri: found an unknown key, expected one of: url, listen, user, "),
    (row("areas", 1, colour="red"), "areas[1].colour: found an unknown key, expected one of: id, kind, name, "),
    (row("commitments", 0, by="x"), "commitments[0].by: found an unknown key, expected one of: area, queue, "),
    (put(site=5), "site: found 5, expected str"),
    (into("intake", oldest="999999d"), 'intake.oldest: found "999999d", expected more than nothing and at most ten '),
    (into("intake", silent_after="0s"), 'intake.silent_after: found "0s", expected more than nothing'),
    (row("areas", 0, hours={"fri-mon": []}), 'areas[0].hours: found "fri-mon", expected the earlier day of the week'),
    (row("areas", 0, hours={"mon": ["08:30+02:00-12:00"]}), 'areas[0].hours.mon: found "08:30+02:00-12:00", expected '),
    (into("broker", share="g"), 'broker.share: found "g", expected none with the embedded broker'),
    (into("broker", listen="127.0.0.1:99999"), 'broker.listen: found "127.0.0.1:99999", expected a host and port'),
    (
        into("broker", url="mqtts://host", cert_file="vigie.crt"),
        "broker.cert_file: found it alone, expected key_file beside it",
    ),
    (
        into("broker", url="mqtts://host", key_file="vigie.key"),
        "broker.key_file: found it alone, expected cert_file beside it",
    ),
    (
        into("broker", url="mqtt://host", ca_file="ca.crt"),
        "broker.ca_file: found it with mqtt://host, expected mqtts://",
    ),
    (
        into("broker", url="mqtt://u:p@h"),
        "broker.url: found a user in the address, expected it in user and password_file",
    ),
    (put(site="Aube"), 'site: found "Aube", expected lower case letters, digits and hyphens, at most 64'),
    (lambda raw: raw.pop("site"), "site: found nothing, expected this key"),
    (without("areas", 0, "name"), "areas[0].name: found nothing, expected this key"),
    (put(areas="sud"), 'areas: found "sud", expected array'),
    (row("areas", 1, kind="shop"), 'areas[1].kind: found "shop", expected one of: hall, switchboard'),
    (row("areas", 0, closed=["Noël"]), 'areas[0].closed[0]: found "Noël", expected a date such as 2026-12-24'),
    (row("commitments", 0, **{"from": "soon"}), 'commitments[0].from: found "soon", expected a date such as '),
    (into("broker", protocol="4"), 'broker.protocol: found "4", expected one of: 3.1.1, 5'),
    (into("broker", url="tcp://host"), 'broker.url: found "tcp://host", expected "embedded", "mqtt://host:1883" or '),
    (into("broker", url="mqtt://host:x"), 'broker.url: found "mqtt://host:x", expected "embedded", '),
    (into("web", listen="8080"), 'web.listen: found "8080", expected a host and port such as "127.0.0.1:8080"'),
    (
        into("web", listen="0.0.0.0:8080"),
        'web.listen: found "0.0.0.0:8080", which other machines reach, and no sign-in',
    ),
    (into("web", listen="vigie.aube.example:80"), 'web.listen: found "vigie.aube.example:80", which other machines'),
    (into("web", proxies=["10.0.0.1/8"]), 'web.proxies[0]: found "10.0.0.1/8", expected a network such as "10.1.2.0/'),
    (into("web", hall_networks=["hall"]), 'web.hall_networks[0]: found "hall", expected a network such as "10.1.2.0/'),
    (put(sign_in={"totp": "always"}), 'sign_in.totp: found "always", expected one of: optional, required'),
    (put(sign_in={"lasts": 12}), 'sign_in.lasts: found 12, expected a duration such as "90s", "15m" or "48h"'),
    (elsewhere(web={}), "web.url: found nothing, expected the boards' address with https: people come back there"),
    (elsewhere(web={"url": "http://vigie.example"}), 'web.url: found "http://vigie.example", expected the boards'),
    (elsewhere(issuer="http://auth.example"), 'sign_in.oidc.issuer: found "http://auth.example", expected an address'),
    (elsewhere(issuer="https://auth.example?x"), 'sign_in.oidc.issuer: found "https://auth.example?x", expected no '),
    (elsewhere(post_logout_redirect_uri="vigie"), 'sign_in.oidc.post_logout_redirect_uri: found "vigie", expected an'),
    (elsewhere(scopes=["email"]), 'sign_in.oidc.scopes: found email, expected "openid" among them'),
    (elsewhere(client_id=" "), "sign_in.oidc.client_id: found nothing, expected some characters"),
    (elsewhere(pkce=True), "sign_in.oidc.pkce: found an unknown key, expected one of: issuer, client_id, client_s"),
    (put(sign_in={"oidc": {}}), "sign_in.oidc.issuer: found nothing, expected this key"),
    (into("tickets", overtaken_by=0), "tickets.overtaken_by: found 0, expected int >= 1"),
    (into("tickets", overtaken_for=600), 'tickets.overtaken_for: found 600, expected a duration such as "90s", "15m"'),
    (into("tickets", left="1h"), "tickets.left: found an unknown key, expected one of: overtaken_by, overtaken_for, "),
    (into("intake", oldest="2 days"), 'intake.oldest: found "2 days", expected a duration such as "90s", "15m" or '),
    (into("intake", compare_every="0s"), 'intake.compare_every: found "0s", expected more than nothing'),
    (into("intake", silent_after="any"), 'intake.silent_after: found "any", expected a duration such as "90s"'),
    (row("commitments", 1, within=15), "commitments[1].within: found 15, expected a duration such as "),
    (row("commitments", 0, share=95), "commitments[0].share: found 95, expected "),
    (put(time_zone="Europe/Troyes"), 'time_zone: found "Europe/Troyes", expected a name such as "Europe/Paris"'),
    (row("areas", 0, hours={"lun": ["08:30-12:00"]}), 'areas[0].hours: found "lun", expected a day or days such as '),
    (row("areas", 0, hours={"mon": ["8h30-12h"]}), 'areas[0].hours.mon: found "8h30-12h", expected hours such as '),
    (row("areas", 0, hours={"mon": ["12:00-08:30"]}), 'areas[0].hours.mon: found "12:00-08:30", expected an end '),
    (
        row("areas", 0, hours={"mon": ["08:00-10:00", "09:00-11:00"]}),
        'areas[0].hours.mon: found "09:00-11:00", expected an end after its start, and no overlap',
    ),
    (
        row("areas", 0, hours={"mon-fri": ["08:00-10:00"], "wed": ["09:00-11:00"]}),
        'areas[0].hours: found wed twice, the second time in "wed"',
    ),
    (row("areas", 0, closed={"2026-12-31": ["tôt"]}), 'areas[0].closed.2026-12-31: found "tôt", expected hours such'),
    (put(site="10-325427"), 'site: found the id "10-325427", expected fewer than six digits'),
    (row("queues", 7, id="q123456"), 'queues: found the id "q123456", expected fewer than six digits'),
    (row("queues", 7, id="status"), 'queues[7].id: found "status", expected another: topics that devices write end '),
    (into("live", every="5s"), "live.every: found an unknown key, expected one of: publish"),
    (into("live", publish="no"), 'live.publish: found "no", expected bool'),
    (row("areas", 1, id="sud"), 'areas: found the id "sud" 2 times, expected once'),
    (row("queues", 1, id="sejour"), 'queues: found the id "sud/sejour" 2 times, expected once'),
    (row("counters", 1, id="g1"), 'counters: found the id "sud/g1" 2 times, expected once'),
    (row("queues", 0, area="est"), 'queues[0].area: found "est", expected one of: sud, nord, standard'),
    (row("counters", 2, area="est"), 'counters[2].area: found "est", expected one of: sud, nord, standard'),
    (
        row("counters", 0, queues=["sejour", "permis"]),
        'counters[0].queues[1]: found "permis", expected one of in area sud: sejour, asile, remise, pan',
    ),
    (row("counters", 0, planned={"lun": []}), 'counters[0].planned: found "lun", expected a day or days such as "mon"'),
    (
        row("counters", 1, planned={"mon": ["8h-12h"]}),
        'counters[1].planned.mon: found "8h-12h", expected hours such as ',
    ),
    (
        row("counters", 0, planned={"mon-fri": ["08:30-10:00", "09:45-12:00"]}),
        'counters[0].planned.mon-fri: found "09:45-12:00", expected an end after its start, and no overlap',
    ),
    (
        row("counters", 0, changed={"2026-12-31": ["12:00-08:30"]}),
        'counters[0].changed.2026-12-31: found "12:00-08:30", expected an end after its start, and no overlap',
    ),
    (row("counters", 0, changed={"Noël": []}), 'counters[0].changed: found {"Noël":[]}, expected a date such as 2026'),
    (row("areas", 0, closed={"Noël": []}), 'areas[0].closed: found {"Noël":[]}, expected a date such as 2026-12-24'),
    (row("counters", 0, planed={}), "counters[0].planed: found an unknown key, expected one of: id, area, name, "),
    (
        row("counters", 0, planned={"mon-fri": ["03:15-06:30", "08:30-12:00"]}),
        'counters[0].planned.mon-fri: found "03:15-06:30", expected hours in which area sud is open on mon: 08:30-12:',
    ),
    (
        row("counters", 10, planned={"mon-fri": ["16:30-17:00"]}),
        'counters[10].planned.mon-fri: found "16:30-17:00", expected hours in which area standard is open on fri: 08:',
    ),
    (
        row("counters", 0, planned={"sat": ["08:30-12:00"]}),
        'counters[0].planned.sat: found "08:30-12:00", expected hours in which area sud is open on sat: (none)',
    ),
    (
        row("counters", 0, changed={"2026-12-26": ["08:30-12:00"]}),
        'counters[0].changed.2026-12-26: found "08:30-12:00", expected hours in which area sud is open on 2026-12-26: ',
    ),
    (
        row("counters", 0, changed={"2026-12-25": ["08:30-12:00"]}),
        'counters[0].changed.2026-12-25: found "08:30-12:00", expected hours in which area sud is open on 2026-12-25: ',
    ),
    (row("commitments", 0, area="est"), 'commitments[0].area: found "est", expected one of: sud, nord, standard'),
    (row("commitments", 0, queue="permis"), 'commitments[0].queue: found "permis", expected one of: sejour, asile, '),
    (without("commitments", 0, "area"), "commitments[0]: found neither area nor queue, expected one of them"),
]


@pytest.mark.parametrize(("change", "sentence"), FAULTS)
def test_a_fault_is_told_by_its_key_what_was_found_and_what_was_expected(
    change: Callable[[dict[str, Any]], object], sentence: str
) -> None:
    assert any(line.startswith(sentence) for line in told(change)), told(change)


def test_a_queue_of_two_areas_needs_its_area_beside_it_in_a_commitment() -> None:
    raw = example()
    raw["queues"].append({"id": "sejour", "area": "nord", "name": "Séjour"})
    raw["commitments"][0].pop("area")
    raw["commitments"][0]["queue"] = "sejour"
    with pytest.raises(SettingsError, match=r'^commitments\[0\].queue: found "sejour" in several areas, expected'):
        parse(raw)


def test_a_month_sent_by_mail_needs_a_server_that_takes_it() -> None:
    raw = example() | {"exports": {"mail_to": ["qualite@aube.example"]}}
    with pytest.raises(SettingsError, match=r"^exports.mail_to: found addresses, and no \[alerts.mail\]"):
        parse(raw)
    raw["alerts"] = {**raw["alerts"], "mail": {"host": "smtp.aube.example", "sender": "vigie@aube.example"}}
    assert parse(raw).exports.mail_to == ("qualite@aube.example",)


def test_hours_outside_those_of_the_area_are_one_fault_however_many_days_they_are_written_for() -> None:
    assert len(told(row("counters", 0, planned={"mon-fri": ["17:00-18:00"], "sat": ["08:30-12:00"]}))) == 2


def test_every_fault_of_the_cross_check_is_told_at_once_a_line_each() -> None:
    def change(raw: dict[str, Any]) -> None:
        raw["time_zone"] = "Mars/Base"
        raw["queues"][0]["area"] = "est"
        raw["web"]["listen"] = "here"

    lines = told(change)
    assert lines[0].startswith('time_zone: found "Mars/Base"')
    assert lines[1].startswith('web.listen: found "here"')
    assert lines[2].startswith('queues[0].area: found "est"')


def test_a_missing_file_is_told_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere.toml: cannot be read: No such file or directory$"):
        load(tmp_path / "nowhere.toml")


def test_a_stylesheet_is_taken_from_the_configuration_s_folder_and_must_be_there(tmp_path: Path) -> None:
    path = tmp_path / "vigie.toml"
    path.write_text('site = "aube"\nareas = []\n[web]\nname = "Préfecture"\nstylesheet = "prefecture.css"\n')
    with pytest.raises(SettingsError, match=r"web\.stylesheet: found no file .*prefecture\.css$"):
        load(path)
    (tmp_path / "prefecture.css").touch()
    assert load(path).web.house == House(name="Préfecture", stylesheet=tmp_path / "prefecture.css")


def test_a_file_that_the_broker_s_settings_name_and_that_is_not_there_is_told_by_its_key(tmp_path: Path) -> None:
    path = tmp_path / "vigie.toml"
    (tmp_path / "there.crt").touch()
    path.write_text(
        'site = "aube"\nareas = []\n[broker]\nurl = "mqtts://host"\n'
        'ca_file = "there.crt"\ncert_file = "there.crt"\nkey_file = "away.key"\npassword_file = "away.password"\n'
    )
    with pytest.raises(SettingsError) as error:
        load(path)
    assert str(error.value).splitlines() == [
        f"{path}: broker.password_file: found no file {tmp_path / 'away.password'}",
        f"{path}: broker.key_file: found no file {tmp_path / 'away.key'}",
    ]


@pytest.mark.parametrize("content", [b"site = aube", b"[broker", b"site = '\xff'"])
def test_what_is_no_toml_is_told_by_the_file_s_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "vigie.toml"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=r"vigie.toml: is no TOML: "):
        load(path)


def test_a_fault_of_a_file_names_the_file_first(tmp_path: Path) -> None:
    path = tmp_path / "vigie.toml"
    path.write_text(EXAMPLE.read_text().replace('"Europe/Paris"', '"Europe/Troyes"'))
    with pytest.raises(SettingsError) as error:
        load(path)
    assert str(error.value).startswith(f'{path}: time_zone: found "Europe/Troyes", expected')


@pytest.mark.parametrize("origin", ["www.a.fr", "https://www.a.fr/", "https://a.fr; script-src *", "https://*"])
def test_a_site_that_may_show_the_fragment_is_an_origin_and_nothing_more(origin: str) -> None:
    assert told(put(public={"enabled": True, "embed_in": ["https://a.fr:8443", origin]})) == [
        f'public.embed_in[1]: found "{origin}", expected a site such as "https://www.example.fr"'
    ]


def test_the_public_is_told_nothing_unless_it_is_configured() -> None:
    assert not load(EXAMPLE).public.enabled
    assert parse({**example(), "public": {"enabled": True}}).public.enabled
