"""The configuration file: read strictly, and clear about what is wrong where."""

import re
import tomllib
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

import msgspec
from msgspec import Struct
from msgspec.structs import fields, replace

from deploy.faults import faults, missing_files
from deploy.settings import Settings, SettingsError

T = TypeVar("T", bound=Struct)

DURATION = re.compile(r"(\d{1,6})([smhd])")
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
LONGEST = timedelta(days=3653)
DURATIONS = {
    "intake": ("oldest", "silent_after", "compare_every"),
    "tickets": ("overtaken_for", "left_after"),
    "commitments": ("within",),
    "sign_in": ("lasts",),
    "alerts": ("repeat", "gather", "escalate_after", "give_up_after"),
    "alerts.rules": ("hold", "keep", "window"),
}
"""By table, the keys whose values are durations."""
MAY_BE_NONE = ("hold", "keep", "gather")
"""Those of them that may be "0s"."""
UNKNOWN = re.compile(r"Object contains unknown field `(.+)`")
MISSING = re.compile(r"Object missing required field `(.+)`")
PATTERNS = {
    "Expected `str` matching regex '^[a-z0-9-]{1,64}$(?!\\\\n)'": "lower case letters, digits and hyphens, at most 64",
    "Expected `str` matching regex '^[a-z0-9-]{1,20}$(?!\\\\n)'": "lower case letters, digits and hyphens, at most 20",
    "Expected `str` matching regex '^(?:\\\\*|[a-z0-9-]{1,64})$(?!\\\\n)'": 'the device\'s id in its topics, or "*"',
    "Expected `str` matching regex '^[^@\\\\s,<>]{1,64}@[^@\\\\s,<>]{1,255}$(?!\\\\n)'": "an address as a@aube.example",
    "Expected `str` matching regex '^![^\\\\s/]{1,254}$(?!\\\\n)'": "a room's id such as !abc:matrix.example",
    "Invalid RFC3339 encoded time": "a time such as 13:00:00",
    "Invalid RFC3339 encoded date": "a date such as 2026-12-24",
}


def load(path: Path) -> Settings:
    """The settings of a file, relative paths taken from its folder; SettingsError with every fault found."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: is no TOML: {error}") from None
    try:
        settings = parse(raw)
    except SettingsError as error:
        raise SettingsError("\n".join(f"{path}: {line}" for line in str(error).splitlines())) from None
    settings = _beside(settings, path.parent)
    if wrong := list(missing_files(settings)):
        raise SettingsError("\n".join(f"{path}: {line}" for line in wrong))
    return settings


def parse(raw: dict[str, Any]) -> Settings:
    """The settings of a parsed file; SettingsError with a line for every fault found."""
    converted = _with_durations(raw)
    try:
        settings = msgspec.convert(converted, Settings, dec_hook=_path)
    except msgspec.ValidationError as error:
        raise SettingsError(_sentence(str(error), raw)) from None
    wrong = list(faults(settings))
    if wrong:
        raise SettingsError("\n".join(wrong))
    return settings


def _path(kind: type, value: object) -> Path:
    """The one type of ours that msgspec does not know."""
    if kind is not Path or not isinstance(value, str):
        raise msgspec.ValidationError("Expected a file name")
    return Path(value)


def _beside(settings: T, folder: Path) -> T:
    """File names in a configuration are relative to it."""

    def beside(value: Any) -> Any:
        match value:
            case Path():
                return folder / value
            case Struct():
                return _beside(value, folder)
            case list():
                return [beside(one) for one in value]
            case _:
                return value

    return replace(settings, **{name: beside(getattr(settings, name)) for name in settings.__struct_fields__})


def _with_durations(raw: dict[str, Any]) -> dict[str, Any]:
    """The same with "15m" as msgspec reads it, and `oldest = "any"` as no limit."""
    found: dict[str, Any] = raw
    for table, keys in DURATIONS.items():
        found = _converted(found, table.split("."), keys, "")
    return found


def _converted(value: Any, table: Sequence[str], keys: Iterable[str], path: str) -> Any:
    """A table of a table, or of each in a list, with the keys of it that are durations read; anything else as it is."""
    if isinstance(value, list):
        return [_converted(one, table, keys, f"{path}[{number}]") for number, one in enumerate(value)]
    if not isinstance(value, dict):
        return value
    if table:
        first, *rest = table
        if first not in value:
            return value
        return {**value, first: _converted(value[first], rest, keys, f"{path}.{first}" if path else first)}
    read = {
        key: _duration(value[key], f"{path}.{key}", any_age=key == "oldest", none=key in MAY_BE_NONE)
        for key in keys
        if key in value
    }
    return {**value, **read}


def _duration(value: object, path: str, *, any_age: bool = False, none: bool = False) -> timedelta | None:
    if any_age and value == "any":
        return None
    match = DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        wanted = 'a duration such as "90s", "15m" or "48h"' + (', or "any"' if any_age else "")
        raise SettingsError(f"{path}: found {_shown(value)}, expected {wanted}")
    length = timedelta(seconds=int(match[1]) * UNITS[match[2]])
    if not timedelta() < length <= LONGEST and not (none and not length):
        raise SettingsError(f"{path}: found {_shown(value)}, expected more than nothing and at most ten years")
    return length


def _sentence(error: str, raw: dict[str, Any]) -> str:
    """A message of msgspec as path, found, expected."""
    text, _, path = error.replace(" - at `key` in `$", " - at `$").partition(" - at `$")
    path = path.rstrip("`").lstrip(".")
    if unknown := UNKNOWN.match(text):
        key = ".".join(filter(None, (path, unknown[1])))
        return f"{key}: found an unknown key, expected one of: {', '.join(_known_keys(path))}"
    if missing := MISSING.match(text):
        key = ".".join(filter(None, (path, missing[1])))
        return f"{key}: found nothing, expected this key"
    if text.startswith(("Invalid enum value ", "Invalid value ")):
        found = text.removeprefix("Invalid enum value ").removeprefix("Invalid value ").replace("'", '"')
        return f"{path}: found {found}, expected one of: {', '.join(_choices(path))}"
    expected = PATTERNS.get(text) or text.removeprefix("Expected ").partition(", got ")[0].replace("`", "")
    return f"{path}: found {_shown(_at(raw, path))}, expected {expected}"


def _shown(value: object) -> str:
    return msgspec.json.encode(value, enc_hook=str).decode()[:100]


def _steps(path: str) -> list[str]:
    return re.findall(r"[^.\[\]]+", path)


def _at(raw: Any, path: str) -> Any:
    for step in _steps(path):
        if isinstance(raw, list) and step.isdigit():
            raw = raw[int(step)]
        elif isinstance(raw, dict) and step in raw:
            raw = raw[step]
    return raw


def _known_keys(path: str) -> list[str]:
    """The keys that a table of the configuration may hold."""
    structs = _structs(_steps(path))
    tags = [str(struct.__struct_config__.tag_field) for struct in structs if struct.__struct_config__.tag_field]
    return list(dict.fromkeys(tags + [field.encode_name for struct in structs for field in fields(struct)]))


def _choices(path: str) -> list[str]:
    """The words that a key may be set to."""
    *table, key = _steps(path)
    structs = _structs(table)
    tags = [str(struct.__struct_config__.tag) for struct in structs if struct.__struct_config__.tag_field == key]
    return tags + [
        word
        for struct in structs
        for field in fields(struct)
        if field.encode_name == key
        for word in _words(field.type)
    ]


def _words(kind: Any) -> tuple[str, ...]:
    """Those of a type, or of the values of a table."""
    return get_args(kind) if get_origin(kind) is Literal else tuple(w for part in get_args(kind) for w in _words(part))


def _structs(table: Iterable[str]) -> list[type[Struct]]:
    """What a table may be: one thing, or one of several that a key of it tells apart."""
    found: list[type[Struct]] = [Settings]
    for step in table:
        if not step.isdigit() and step != "...":
            kinds = [field.type for struct in found for field in fields(struct) if field.encode_name == step]
            found = [struct for kind in kinds for struct in _within(kind)] or found
    return found


def _within(kind: Any) -> list[type[Struct]]:
    """The tables that a type holds, of itself or in a list, or may be."""
    if isinstance(kind, type(Struct)):
        return [kind]
    return [struct for part in get_args(kind) for struct in _within(part)]
