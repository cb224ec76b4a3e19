"""The broker's credentials as files: what is made once, what changes, and what is told."""

import os
import shutil
import stat
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from deploy.mosquitto.credentials import Credentials
from deploy.mosquitto.register import By, CredentialsError, Device
from tests.end_to_end.running import said

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
PASSWD = shutil.which("mosquitto_passwd")


def device(name: str = "borne-1", by: By = "password") -> Device:
    return Device(site="aube", area="sud", device=name, by=by, made=NOW)


@pytest.fixture
def credentials(tmp_path: Path) -> Credentials:
    made = Credentials(tmp_path / "mqtt")
    made.begin(["mqtt.aube.example", "192.0.2.7"], tmp_path / "data", NOW)
    return made


def contents(home: Path) -> dict[str, bytes]:
    return {str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()}


def certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_the_server_s_certificate_is_for_its_names_and_addresses_for_825_days(credentials: Credentials) -> None:
    found = certificate(credentials.broker / "server.crt")
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["mqtt.aube.example"]
    assert [str(one) for one in names.get_values_for_type(x509.IPAddress)] == ["192.0.2.7"]
    assert found.not_valid_after_utc == NOW + timedelta(days=825)
    found.verify_directly_issued_by(certificate(credentials.ca))


def test_a_device_s_certificate_opens_the_broker_s_door_and_cannot_stand_for_the_broker(
    credentials: Credentials,
) -> None:
    added = credentials.add(device(by="certificate"), NOW)
    assert added is not None
    found = certificate(credentials.files(added)[0])
    assert found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "aube/sud/borne-1"
    use = found.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(use) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert found.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False


def test_every_secret_is_its_owner_s_alone_to_read_and_is_never_printed(tmp_path: Path) -> None:
    home = str(tmp_path / "mqtt")
    told = said("broker", "init", "--dir", home, "--host", "localhost").out
    told += said("device", "add", "aube", "sud", "borne-1", "--dir", home).out
    told += said("device", "add", "aube", "sud", "borne-2", "--certificate", "--dir", home).out
    told += said("device", "list", "--dir", home).out
    secrets = [path for path in Path(home).rglob("*") if path.suffix in {".key", ".password", ".passwords"}]
    assert len(secrets) == 3 + 2 + 2
    for path in secrets:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        assert path.read_text().strip() not in told
    assert "PRIVATE" not in told


def test_what_is_there_already_is_left_as_it_is(credentials: Credentials, tmp_path: Path) -> None:
    credentials.add(device(), NOW)
    credentials.configuration.write_text("# changed by hand\n")
    once = ("server.key", "ca.key", "mosquitto.conf", "mqtt.password", "borne-1.password", "register.json")
    before = {name: text for name, text in contents(credentials.home).items() if name.endswith(once)}
    assert len(before) == len(once)

    assert credentials.begin(["mqtt.aube.example", "192.0.2.7"], tmp_path, NOW) == []
    assert credentials.add(device(), NOW) is None

    assert before.items() <= contents(credentials.home).items()


def test_what_mosquitto_reads_is_made_again_from_the_register(credentials: Credentials, tmp_path: Path) -> None:
    credentials.add(device(), NOW)
    rights = (credentials.broker / "devices.acl").read_text()
    (credentials.broker / "devices.acl").unlink()
    (credentials.broker / "devices.passwords").unlink()
    credentials.begin(["mqtt.aube.example", "192.0.2.7"], tmp_path, NOW)
    assert (credentials.broker / "devices.acl").read_text() == rights
    assert (credentials.broker / "devices.passwords").read_text().startswith("aube/sud/borne-1:$7$")


def test_a_device_may_write_its_own_topics_and_read_what_it_was_given_of_its_area(credentials: Credentials) -> None:
    credentials.add(Device(site="aube", area="sud", device="borne-1", by="password", reads=("live",), made=NOW), NOW)
    credentials.add(device("borne-2"), NOW)
    assert (credentials.broker / "devices.acl").read_text() == (
        "user aube/sud/borne-1\n"
        "topic write accueil/v1/aube/sud/borne-1/events\n"
        "topic write accueil/v1/aube/sud/borne-1/status\n"
        "topic read accueil/v1/aube/sud/live/+\n\n"
        "user aube/sud/borne-2\n"
        "topic write accueil/v1/aube/sud/borne-2/events\n"
        "topic write accueil/v1/aube/sud/borne-2/status\n"
    )


def test_a_device_that_is_removed_leaves_no_right_no_password_and_no_file(credentials: Credentials) -> None:
    added = [credentials.add(device("a"), NOW), credentials.add(device("b", "certificate"), NOW)]
    for one in added:
        assert one is not None
        credentials.remove(one.user, NOW)
        assert not any(file.exists() for file in credentials.files(one))
    assert (credentials.broker / "devices.acl").read_text().strip() == ""
    assert (credentials.broker / "devices.passwords").read_text().strip() == ""


def test_every_certificate_that_a_removed_device_ever_had_is_revoked_for_as_long_as_the_authority_lasts(
    credentials: Credentials,
) -> None:
    added = credentials.add(device(by="certificate"), NOW)
    assert added is not None
    first = certificate(credentials.files(added)[0]).serial_number
    credentials.renew_device(added.user, NOW)
    second = certificate(credentials.files(added)[0]).serial_number
    credentials.remove(added.user, NOW)
    credentials.add(device(by="certificate"), NOW)

    revoked = x509.load_pem_x509_crl((credentials.broker / "revoked.crl").read_bytes())
    assert {one.serial_number for one in revoked} == {first, second}
    assert first != second
    authority = certificate(credentials.ca)
    assert revoked.next_update_utc == authority.not_valid_after_utc
    assert revoked.is_signature_valid(authority.public_key())  # type: ignore[arg-type]


def test_renewing_gives_another_password_or_another_certificate(credentials: Credentials) -> None:
    for by in ("password", "certificate"):
        added = credentials.add(device(by, by), NOW)
        assert added is not None
        before = [file.read_bytes() for file in credentials.files(added)]
        later = credentials.renew_device(added.user, NOW + timedelta(days=800))
        assert all(file.read_bytes() != old for file, old in zip(credentials.files(added), before, strict=True))
        assert later.made == NOW + timedelta(days=800)


def test_a_renewed_server_keeps_its_authority_and_may_have_other_names(credentials: Credentials) -> None:
    authority = credentials.ca.read_bytes()
    assert credentials.renew([], NOW + timedelta(days=800)) == NOW + timedelta(days=1625)
    credentials.renew(["other.example"], NOW)
    found = certificate(credentials.broker / "server.crt")
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["other.example"]
    assert credentials.ca.read_bytes() == authority
    found.verify_directly_issued_by(certificate(credentials.ca))


FAULTS = [
    (("broker", "init", "--host", "not a name"), 'found "not a name", expected a host name or an IP address'),
    (("broker", "init", "--host", "other.example"), "found a broker named localhost; `vigie broker renew --host` "),
    (("device", "add", "aube", "sud", "Borne"), "found aube/sud/Borne, expected three names of lower case letters"),
    (("device", "add", "aube", "sud", "live"), 'found "live" as a device, which is the name of topics that vigie'),
    (("device", "add", "aube", "sud", "x" * 60, "--certificate"), "of 69 characters, expected at most 64 for a cert"),
    (("device", "add", "aube", "sud", "borne-1", "--certificate"), "borne-1 is there already, by password, reading no"),
    (("device", "remove", "aube", "sud", "b9"), "found no device aube/sud/b9, expected one of: aube/sud/borne-1"),
    (("device", "renew", "aube", "sud", "b9"), "found no device aube/sud/b9, expected one of: aube/sud/borne-1"),
]


@pytest.mark.parametrize(("arguments", "sentence"), FAULTS)
def test_what_cannot_be_is_told_in_one_sentence_and_changes_nothing(
    tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    home = str(tmp_path / "mqtt")
    assert said("broker", "init", "--dir", home, "--host", "localhost").status == 0
    assert said("device", "add", "aube", "sud", "borne-1", "--dir", home).status == 0
    before = contents(tmp_path)
    answer = said(*arguments, "--dir", home)
    assert (answer.status, answer.out, len(answer.err.splitlines())) == (2, "", 1)
    assert sentence in answer.err
    assert contents(tmp_path) == before


def test_without_the_authority_nothing_changes_and_nothing_is_forgotten(credentials: Credentials) -> None:
    """It is kept elsewhere, as it should be."""
    credentials.add(device(), NOW)
    (credentials.home / "authority" / "ca.key").rename(credentials.home / "away")
    before = contents(credentials.home)
    works: list[Callable[[], object]] = [
        lambda: credentials.remove("aube/sud/borne-1", NOW),
        lambda: credentials.add(device("borne-2"), NOW),
        lambda: credentials.renew_device("aube/sud/borne-1", NOW),
    ]
    for work in works:
        with pytest.raises(CredentialsError, match=r"ca\.key: cannot be read"):
            work()
    assert contents(credentials.home) == before


def test_vigie_can_read_its_files_again_after_every_command(tmp_path: Path) -> None:
    made = Credentials(tmp_path / "mqtt")
    before = os.umask(0o027)
    try:
        made.begin(["localhost"], tmp_path / "data", NOW)
        if os.geteuid() == 0:
            os.chown(made.password.parent, 65534, 65534)
        made.password.unlink()
        made.begin(["localhost"], tmp_path / "data", NOW)
        made.add(device(), NOW)
    finally:
        os.umask(before)
    owner = made.password.parent.stat().st_uid
    assert (made.ca.stat().st_uid, made.password.stat().st_uid) == (owner, owner)
    assert stat.S_IMODE(made.ca.stat().st_mode) == 0o644
    assert stat.S_IMODE(made.home.stat().st_mode) == 0o755


def test_a_folder_that_was_not_set_up_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(CredentialsError, match="found no such folder, run `vigie broker init` first"):
        Credentials(tmp_path / "nowhere").remove("aube/sud/borne-1", NOW)
    answer = said("device", "list", "--dir", str(tmp_path))
    assert (answer.status, "found no register.json, run `vigie broker init` first" in answer.err) == (2, True)


@pytest.mark.skipif(PASSWD is None, reason="Debian's mosquitto is not installed")
def test_a_password_s_hash_has_the_form_of_mosquitto_s_own(credentials: Credentials, tmp_path: Path) -> None:
    credentials.add(device(), NOW)
    ours = (credentials.broker / "devices.passwords").read_text().strip()
    assert PASSWD is not None
    theirs = tmp_path / "theirs"
    subprocess.run([PASSWD, "-b", "-c", str(theirs), "aube/sud/borne-1", "secret"], check=True)
    form = [(part if number < 3 else len(part)) for number, part in enumerate(theirs.read_text().strip().split("$"))]
    assert [(part if number < 3 else len(part)) for number, part in enumerate(ours.split("$"))] == form
