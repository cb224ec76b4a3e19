"""Roles in words."""

from collections.abc import Mapping

from dashboards.access import Role
from ticketing.saying import N_, _

ROLES: Mapping[Role, str] = {
    "viewer": N_("lecture"),
    "supervisor": N_("supervision"),
    "quality": N_("qualité"),
    "admin": N_("administration"),
}


def role_words(role: Role) -> str:
    return _(ROLES[role])
