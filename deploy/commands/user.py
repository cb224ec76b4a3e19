"""`vigie user` and `vigie token`: who may sign in, and which programs and screens are let in without."""

import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar, get_args

import click
from msgspec.structs import replace

from collector.journal import Journal
from dashboards.access import Role
from dashboards.sign_in.passwords import HASHER, weakness
from dashboards.sign_in.people import hashed, new_token
from dashboards.sign_in.store import Account, Deed, Store, Token
from deploy import backing
from deploy.clocks import system_clock
from deploy.commands import HERE, configured, out
from deploy.ending import Refused, until_told
from deploy.migrate import migrate
from deploy.settings import Settings
from deploy.signing_in import store

T = TypeVar("T")
ROLES = click.Choice(get_args(Role))
LONGEST_NAME = 60


def _with(settings: Settings, do: Callable[[Store], Awaitable[T]]) -> T:
    async def done() -> T:
        async with backing.database(settings) as dsn:
            await migrate(dsn)
            async with Journal(dsn) as journal:
                return await do(store(settings, journal, OSError))

    return until_told(done())


def _deed(action: str, subject: str) -> Deed:
    return Deed(at=system_clock(), account="", who=HERE, action=action, subject=subject, status=0)


def _password(file: Path | None, *names: str) -> str:
    if file is not None:
        try:
            text = file.read_text(encoding="utf-8").rstrip("\n")
        except OSError as error:
            raise Refused(f"{file}: cannot be read: {error.strerror}") from None
    else:
        text = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    if wrong := weakness(text, *names):
        raise Refused(f"the password is not taken: {wrong}")
    return HASHER.hash(text)


password_file = click.option(
    "--password-file", type=click.Path(dir_okay=False, path_type=Path), help="Read from there, not asked for."
)


@click.group()
def user() -> None:
    """Who may sign in to the boards."""


@user.command()
@click.argument("login")
@click.option("--name", help="As shown, and in the trail; the login if not given.")
@click.option("--role", type=ROLES, required=True, help="What they may do.")
@click.option("--email", help="Signs in with the provider of identities that knows this address, without a password.")
@password_file
@configured
def add(
    settings: Settings, login: str, *, name: str | None, role: Role, email: str | None, password_file: Path | None
) -> None:
    """Lets LOGIN sign in, with a password unless --email is given."""
    login, shown = login.strip().lower(), (name or login).strip()
    if not login or len(login) > LONGEST_NAME or not shown or len(shown) > LONGEST_NAME or not shown.isprintable():
        raise Refused(f"found {login!r}, {shown!r}, expected a login and a name of at most {LONGEST_NAME} characters")
    kept = None if email and password_file is None else _password(password_file, login, *shown.split())
    account = Account(
        id=secrets.token_hex(8),
        login=login,
        name=shown,
        role=role,
        email=email.strip().lower() if email else None,
        password=kept,
        sessions_since=system_clock(),
    )

    async def do(into: Store) -> bool:
        added = await into.add(account)
        if added:
            await into.note([_deed("user add", f"{login} {role}")])
        return added

    if not _with(settings, do):
        raise Refused(f'found "{login}", or its e-mail address, in use already, expected another')
    out.print(f"{login} may sign in as {role}.", highlight=False)
    if settings.sign_in is None:
        out.print("The configuration has no table \\[sign_in] yet: until it has, nobody has to.", highlight=False)


def _changed(settings: Settings, login: str, action: str, change: Callable[[Account], Account], told: str = "") -> None:
    """`told` is what the trail says beside the login."""

    async def do(into: Store) -> bool:
        changed = False
        while not changed:  # again, should they change their own password at this very moment
            known = await into.known(system_clock())
            found = next((one for one in known.accounts if one.login == login.strip().lower()), None)
            if found is None:
                return False
            changed = await into.change(found, change(found))
        await into.note([_deed(action, f"{login} {told}".strip())])
        return True

    if not _with(settings, do):
        raise Refused(f'found "{login}", expected the login of an account: see `vigie user list`')


@user.command()
@click.argument("login")
@configured
def disable(settings: Settings, login: str) -> None:
    """LOGIN can no longer sign in; what they have open closes within seconds."""
    now = system_clock()
    _changed(settings, login, "user disable", lambda one: replace(one, disabled_at=now, sessions_since=now))
    out.print(f"{login} can no longer sign in.", highlight=False)


@user.command()
@click.argument("login")
@configured
def enable(settings: Settings, login: str) -> None:
    """LOGIN can sign in again."""
    _changed(settings, login, "user enable", lambda one: replace(one, disabled_at=None))
    out.print(f"{login} can sign in.", highlight=False)


@user.command()
@click.argument("login")
@click.argument("role", type=ROLES)
@configured
def role(settings: Settings, login: str, role: Role) -> None:
    """Gives LOGIN another ROLE."""
    _changed(settings, login, "user role", lambda one: replace(one, role=role), role)
    out.print(f"{login} is {role}.", highlight=False)


@user.command()
@click.argument("login")
@password_file
@configured
def password(settings: Settings, login: str, password_file: Path | None) -> None:
    """Gives LOGIN another password; their sessions are over."""
    kept, now = _password(password_file, login), system_clock()
    _changed(settings, login, "user password", lambda one: replace(one, password=kept, sessions_since=now))
    out.print(f"{login} has another password.", highlight=False)


@user.command("totp-reset")
@click.argument("login")
@configured
def totp_reset(settings: Settings, login: str) -> None:
    """LOGIN has lost their second factor: none is asked for until they set it up again."""
    _changed(settings, login, "user totp-reset", lambda one: replace(one, totp=None))
    out.print(f"{login} signs in without a code until it is set up again.", highlight=False)


@user.command()
@click.argument("login")
@configured
def unlink(settings: Settings, login: str) -> None:
    """LOGIN is somebody else for the provider of identities now: whoever signs in there next with their address."""

    async def do(into: Store) -> bool:
        unlinked = await into.unlink(login.strip().lower(), system_clock())
        if unlinked:
            await into.note([_deed("user unlink", login)])
        return unlinked

    if not _with(settings, do):
        raise Refused(f'found "{login}", expected the login of an account: see `vigie user list`')
    out.print(f"{login} is linked anew when they next sign in.", highlight=False)


@user.command("list")
@configured
def listed(settings: Settings) -> None:
    """Who may sign in."""
    known = _with(settings, lambda into: into.known(system_clock()))
    for one in known.accounts:
        ways = [way for way, there in (("password", one.password), ("code", one.totp), (one.email, one.email)) if there]
        state = "disabled" if one.disabled_at else ", ".join(filter(None, ways))
        out.print(f"{one.login:<24} {one.role:<11} {one.name:<30} {state}", highlight=False)
    if not known.accounts:
        out.print("Nobody yet: vigie user add LOGIN --role admin", highlight=False)


@click.group()
def token() -> None:
    """Programs and screens that are let in without signing in."""


@token.command("add")
@click.argument("name")
@click.option("--role", type=ROLES, help="Of a program: it shows the token in a header, Authorization: Bearer.")
@click.option("--screen", help="The area of the hall whose screen is to be open by a link.")
@configured
def grant(settings: Settings, name: str, role: Role | None, screen: str | None) -> None:
    """Lets in NAME; the token is printed once, and kept nowhere."""
    if (role is None) == (screen is None):
        raise Refused("expected one of --role and --screen, and only one")
    if screen is not None:
        settings.plan(screen)
    text = new_token()

    async def do(into: Store) -> bool:
        granted = await into.grant(Token(name=name, hash=hashed(text), role=role, area=screen))
        if granted:
            await into.note([_deed("token add", f"{name} {role or screen}")])
        return granted

    if not _with(settings, do):
        raise Refused(f'found a token "{name}" already, expected another name')
    address = (settings.web.url or f"http://{settings.web.listen}").rstrip("/")
    click.echo(f"{address}/hall/{screen}?lien={text}" if screen else text)


@token.command("revoke")
@click.argument("name")
@configured
def revoke(settings: Settings, name: str) -> None:
    """NAME is no longer let in."""

    async def do(into: Store) -> bool:
        revoked = await into.revoke(name, system_clock())
        if revoked:
            await into.note([_deed("token revoke", name)])
        return revoked

    if not _with(settings, do):
        raise Refused(f'found "{name}", expected the name of a token that is good: see `vigie token list`')
    out.print(f"{name} is no longer let in.", highlight=False)


@token.command("list")
@configured
def tokens(settings: Settings) -> None:
    """Programs and screens, and what they may see."""
    known = _with(settings, lambda into: into.known(system_clock()))
    for one in known.tokens:
        state = "revoked" if one.revoked_at else ""
        out.print(f"{one.name:<24} {one.role or f'screen of {one.area}':<24} {state}", highlight=False)
