"""Passwords: what they must be, and how they are kept and compared."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ticketing.saying import _

SHORTEST, LONGEST = 12, 200
AT_ONCE = 2
"""Each takes 64 MB and some 50 ms of a core: those who guess must not take the time of the boards."""
HASHER = PasswordHasher()
"""Argon2id with the parameters of RFC 9106 for little memory."""
COMMON = (
    "motdepasse", "password", "azertyuiop", "azerty", "qsdfghjklm", "qwertyuiop", "qwerty", "123456", "abcdef",
    "prefecture", "préfecture", "accueil", "guichet", "bonjour", "vigie",
)  # fmt: skip
"""What is tried first, here above all; longer words before those they begin with."""


def weakness(password: str, *names: str) -> str:
    """What is wrong with a password, in a sentence; nothing if it is good enough.

    Length, none of the words everybody knows of its holder, and not made of what is tried first: rules of composition
    make passwords worse (NIST SP 800-63B, section 5.1.1.2).
    """
    if len(password) < SHORTEST:
        return _("Le mot de passe doit avoir au moins {n} caractères.").format(n=SHORTEST)
    if len(password) > LONGEST:
        return _("Le mot de passe doit avoir au plus {n} caractères.").format(n=LONGEST)
    if len(set(password)) < SHORTEST // 2:
        return _("Le mot de passe répète trop peu de caractères.")
    if any(len(name) > 3 and name.lower() in password.lower() for name in names):  # noqa: PLR2004
        return _("Le mot de passe ne doit pas contenir votre identifiant ni votre nom.")
    rest = password.lower()
    for word in COMMON:
        rest = rest.replace(word, "")
    if len(set(rest)) < SHORTEST // 2:
        return _("Le mot de passe est de ceux que l’on essaie en premier.")
    return ""


class Passwords:
    """Hashing, so many at once, on other threads."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(AT_ONCE)
        # compared with where there is no account: an answer that comes sooner would say so
        self._nobodys = HASHER.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        async with self._turns:
            return await asyncio.to_thread(HASHER.hash, password)

    async def matches(self, kept: str | None, password: str) -> bool:
        """As slow where there is nothing to compare with."""
        async with self._turns:
            same = await asyncio.to_thread(_same, kept or self._nobodys, password[: LONGEST + 1])
        return same and kept is not None


def _same(kept: str, password: str) -> bool:
    try:
        return HASHER.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False
