"""What the dialects share: reading a maker's JSON object, telling it from others, and keeping it untranslated."""

import json
import re
from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from collector.dialects import NotUnderstoodError
from collector.dialects.names import LONGEST, digest, slug

Object = Mapping[str, Any]
TYPE = re.compile(r"[a-z0-9_.-]{1,64}")
KINDS = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
NUMBER_BITS = 256
"""Longer numbers are nobody's id."""
LINE = 200
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")

_anything: msgspec.json.Decoder[Any] = msgspec.json.Decoder()


def parsed(payload: bytes) -> dict[str, Any]:
    """The JSON object of a message."""
    try:
        found = _anything.decode(payload)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise NotUnderstoodError("not_json", f"found no JSON: {error}") from None
    if not isinstance(found, dict):
        raise NotUnderstoodError("envelope", f"found {kind_of(found)}, expected an object")
    return found


def kind_of(value: Any) -> str:
    return KINDS.get(type(value), "a number")


def text_of(told: Object, key: str | None) -> str | None:
    """What stands under a key, as text whether it was sent as text or as a number; None where nothing does."""
    match value := told.get(key) if key else None:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case str():
            return value.strip() or None
        case int() if value.bit_length() <= NUMBER_BITS:
            return str(value)
        case float():
            return str(int(value)) if value.is_integer() else str(value)
        case _:
            raise NotUnderstoodError("data", f'found {kind_of(value)} under "{key}", expected a text or a number')


def line_of(text: str | None) -> str | None:
    """A text as the contract wants it: one line of at most 200 characters."""
    return _CONTROL.sub(" ", text)[:LINE] if text else None


def fingerprint(told: Object, ignored: Collection[str] = ()) -> str:
    """The same for the same content, whatever the order of its keys; another for any other content.

    Keys that are `ignored` are no content, wherever they stand.
    """
    return digest(canonical(told, frozenset(ignored)), 32)


def canonical(value: Any, ignored: Collection[str] = ()) -> bytes:
    """JSON with its keys in order; NotUnderstoodError where it is nested too deep."""
    try:
        content = _without(value, ignored) if ignored else value
        return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    except (ValueError, RecursionError) as error:
        raise NotUnderstoodError("data", f"found what cannot be kept: {error}") from None


def _without(value: Any, ignored: Collection[str]) -> Any:
    match value:
        case dict():
            return {key: _without(part, ignored) for key, part in value.items() if key not in ignored}
        case list():
            return [_without(part, ignored) for part in value]
        case _:
            return value


def own_type(maker: str, word: str) -> str:
    """The type of an event without counterpart, in the maker's namespace."""
    found = f"{maker}.{word.lower()}"
    return found if TYPE.fullmatch(found) else f"{maker}.{slug(word, LONGEST - len(maker) - 1)}"


def untranslated(told: Object, ids: Object) -> bytes:
    """All that was told, beside the ids that say what it is about."""
    return canonical({**{name: found for name, found in ids.items() if found}, "told": told})
