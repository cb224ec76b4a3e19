"""`vigie broker` and `vigie device`: who may connect to the production broker, without a line of OpenSSL."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import TypeVar, get_args

import click
import msgspec

from deploy.ending import Refused
from deploy.mosquitto.credentials import Credentials
from deploy.mosquitto.register import By, CredentialsError, Device, Reads

F = TypeVar("F", bound=Callable[..., object])
RELOAD = "Mosquitto reads it at `systemctl reload mosquitto` (or SIGHUP); what is no longer allowed ends then."


def _with_credentials(command: F) -> F:
    """Gives a command the folder of `--dir`, and now."""

    @click.option(
        "--dir",
        "home",
        required=True,
        type=click.Path(file_okay=False, path_type=Path),
        help="The folder of the broker's credentials.",
    )
    @wraps(command)
    def opened(home: Path, **options: object) -> object:
        try:
            return command(Credentials(home), datetime.now(UTC), **options)
        except CredentialsError as error:
            raise Refused(str(error)) from None
        except OSError as error:
            raise Refused(f"{error.filename or home}: {error.strerror or error}") from None

    return opened  # type: ignore[return-value]


def _named(command: F) -> F:
    for name in ("DEVICE", "AREA", "SITE"):
        command = click.argument(name.lower(), metavar=name)(command)
    return command


@click.group()
def broker() -> None:
    """The production broker: Mosquitto's configuration, its authority and its certificate."""


@broker.command("init")
@click.option(
    "--host", "hosts", required=True, multiple=True, help="A name or address it is reached by; may be given again."
)
@click.option(
    "--data",
    default=Path("/var/lib/mosquitto"),
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Where Mosquitto keeps what is queued.",
)
@_with_credentials
def broker_init(credentials: Credentials, now: datetime, hosts: tuple[str, ...], data: Path) -> None:
    """Makes what is missing: an authority, a server certificate, vigie's password, Mosquitto's configuration."""
    made = credentials.begin(hosts, data.absolute(), now)
    click.echo(f"Made: {', '.join(made)}." if made else "All of it is there already; nothing was made anew.")
    click.echo(f"Start Mosquitto with {credentials.configuration}, and give vigie.toml these lines:\n")
    click.echo(
        f'[broker]\nurl = "mqtts://{_in_address(hosts[0])}:8885"\nuser = "vigie"\n'
        f'password_file = "{credentials.password.absolute()}"\nca_file = "{credentials.ca.absolute()}"'
    )


@broker.command("renew")
@click.option("--host", "hosts", multiple=True, help="Other names or addresses than before.")
@_with_credentials
def broker_renew(credentials: Credentials, now: datetime, hosts: tuple[str, ...]) -> None:
    """A new server certificate, of the same authority: devices and vigie need nothing new."""
    click.echo(f"The server's certificate is valid until {credentials.renew(hosts, now):%Y-%m-%d}.")
    click.echo(RELOAD)


@click.group()
def device() -> None:
    """The devices that the production broker lets in, each to its own topics."""


@device.command("add")
@_named
@click.option(
    "--certificate", is_flag=True, help="By client certificate on port 8884, rather than by password on 8883."
)
@click.option(
    "--reads",
    multiple=True,
    type=click.Choice(get_args(Reads)),
    help="What it may read of its area: `live` for kiosks and screens, `alerts` for lights; may be given again.",
)
@_with_credentials
def device_add(
    credentials: Credentials,
    now: datetime,
    *,
    site: str,
    area: str,
    device: str,
    certificate: bool,
    reads: tuple[Reads, ...],
) -> None:
    """Lets a device in, and makes its credential."""
    by: By = "certificate" if certificate else "password"
    wanted = Device(site=site, area=area, device=device, by=by, reads=tuple(sorted(set(reads))), made=now)
    try:
        msgspec.convert(msgspec.to_builtins(wanted), Device)
    except msgspec.ValidationError:
        raise CredentialsError(
            f"found {wanted.user}, expected three names of lower case letters, digits and hyphens, at most 64 each"
        ) from None
    added = credentials.add(wanted, now)
    if added is None:
        click.echo(f"{wanted.user} is there already, by {by}; nothing was changed.")
    else:
        _tell(credentials, added)


@device.command("renew")
@_named
@_with_credentials
def device_renew(credentials: Credentials, now: datetime, site: str, area: str, device: str) -> None:
    """A new password, which ends the old one; or a new certificate, beside which the old one lasts until its end."""
    _tell(credentials, credentials.renew_device(f"{site}/{area}/{device}", now))


@device.command("remove")
@_named
@_with_credentials
def device_remove(credentials: Credentials, now: datetime, site: str, area: str, device: str) -> None:
    """Bars a device for good: what it holds opens nothing any more, not even to a later device of its name."""
    removed = credentials.remove(f"{site}/{area}/{device}", now)
    click.echo(f"{removed.user} is let in no more.")
    click.echo(RELOAD)


@device.command("list")
@_with_credentials
def device_list(credentials: Credentials, now: datetime) -> None:
    """The devices that are let in: how, until when, and what they may read."""
    devices = credentials.register.devices
    if not devices:
        click.echo("No device is let in.")
    for one in devices:
        until = "" if one.until is None else f" {'ended' if one.until < now else 'until'} {one.until:%Y-%m-%d}"
        reads = f", reads {' and '.join(one.reads)}" if one.reads else ""
        click.echo(f"{one.user}  by {one.by} of {one.made:%Y-%m-%d}{until}{reads}")


def _tell(credentials: Credentials, device: Device) -> None:
    port = 8883 if device.by == "password" else 8884
    until = f", valid until {device.until:%Y-%m-%d}" if device.until else ""
    files = " and ".join(str(file) for file in credentials.files(device))
    click.echo(f"{device.user} connects to port {port} with {files}{until}; the authority is {credentials.ca}.")
    if device.by == "password":
        click.echo(f"Its user is {device.user}.")
    click.echo(RELOAD)


def _in_address(host: str) -> str:
    return f"[{host}]" if ":" in host else host
