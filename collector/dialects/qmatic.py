"""The dialect `qmatic`: the public events of Qmatic Orchestra, one JSON object each, as its event bridges send them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from collector.dialects import NotUnderstoodError, Told
from collector.dialects.names import Clean, Names, cleaned, opaque
from collector.dialects.reading import (
    Object,
    canonical,
    fingerprint,
    kind_of,
    line_of,
    own_type,
    parsed,
    text_of,
    untranslated,
)  # fmt: skip
from collector.dialects.times import moment
from ticketing.events import Name

ENVELOPE = ("eventName", "eventTime", "eventType", "unitId")
PARAMETERS = (
    "branchId", "branchName", "visitId", "ticket", "queueId", "queueName", "service", "serviceId", "serviceIntName",
    "servicePointId", "servicePointName", "waitingTime", "workProfile", "workProfileName", "outcome",
)  # fmt: skip
"""What is kept of an event without counterpart; whatever else there is may be somebody's name or number."""

EVENTS: Mapping[str, str] = {
    "VISIT_CREATE": "ticket.issued",
    "VISIT_CALL": "ticket.called",
    "VISIT_NEXT": "ticket.called",
    "VISIT_CONFIRM": "service.started",
    "VISIT_END": "service.ended",
    "VISIT_NOSHOW": "ticket.no_show",
    "VISIT_RECYCLE": "ticket.requeued",
    "VISIT_TRANSFER_TO_QUEUE": "ticket.transferred",
    "VISIT_TRANSFER_TO_SERVICE_POINT_POOL": "ticket.transferred",
    "VISIT_TRANSFER_TO_USER_POOL": "ticket.transferred",
    "VISIT_REMOVE": "ticket.abandoned",
    "SERVICE_POINT_OPEN": "counter.opened",
    "USER_SERVICE_POINT_SESSION_START": "counter.opened",
    "USER_SERVICE_POINT_SESSION_END": "counter.closed",
    "SERVICE_POINT_CLOSE": "counter.closed",
}
OUTCOMES: Mapping[str, str | None] = {
    "1": "service.ended", "NORMAL": "service.ended",
    "2": "ticket.no_show", "NO_SHOW": "ticket.no_show",
    "3": "ticket.abandoned", "REMOVE": "ticket.abandoned",
    "4": "ticket.requeued", "RECYCLE": "ticket.requeued",
    "5": "ticket.transferred", "6": "ticket.transferred", "7": "ticket.transferred",
    "8": None, "REMOVE_BY_RESET": None,
    "9": "ticket.abandoned", "REMOVE_BY_CUSTOMER": "ticket.abandoned",
    "10": None, "END_BY_FORCE_LOGOUT": None,
    "11": None, "REMOVE_BY_PUBLISH": None,
    "12": None, "ENDED_BY_LOGOUT": None,
    "13": None,
}  # fmt: skip
"""How a visit that ends or is removed ended. None: the system swept it away, which says nothing of the customer."""


class QmaticSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Ids of ours by the names or numbers of queues, service points and work profiles."""

    queues: dict[str, Name] = {}
    counters: dict[str, Name] = {}
    profiles: dict[str, list[Name]] = {}
    """The queues that a work profile serves, in order of preference."""
    ignore: list[str] = []
    """Keys that change when the same event is sent again."""


class Qmatic:
    def __init__(self, settings: QmaticSettings, zone: ZoneInfo, clean: Clean = str) -> None:
        """`zone` is that of times without an offset, which are not expected.

        `clean` is what is done with the texts of messages before: the tables' numbers are then found all the same.
        """
        self._ignore, self._zone = settings.ignore, zone
        self._queues, self._counters = Names(settings.queues, clean), Names(settings.counters, clean)
        self._profiles = cleaned(settings.profiles, clean)

    def translate(self, payload: bytes, received: datetime) -> Told:
        event = parsed(payload)
        name = text_of(event, "eventName")
        if name is None:
            raise NotUnderstoodError("envelope", 'found no eventName, expected one such as "VISIT_CREATE"')
        parameters = event.get("parameters") or {}
        if not isinstance(parameters, dict):
            raise NotUnderstoodError("envelope", f"found {kind_of(parameters)} as parameters, expected an object")
        text = text_of(event, "eventTime")
        time = moment(text, self._zone, received) if text else None
        kind, data = self._translated(name.upper(), parameters)
        return Told(
            id=fingerprint(event, self._ignore),
            type=kind or own_type("qmatic", name),
            time=time or received,
            timed=time is not None,
            data=canonical(data) if kind else self._kept(event, parameters),
        )

    def _translated(self, name: str, parameters: Object) -> tuple[str | None, Object]:
        """Type and data in the contract's words; no type where there is no counterpart, or what it needs is missing."""
        kind = EVENTS.get(name)
        outcome = text_of(parameters, "outcome")
        if kind and outcome and name in ("VISIT_END", "VISIT_REMOVE"):
            kind = _ending(outcome.upper())
        ticket, queue, counter = self._ticket(parameters), self._queue(parameters), self._counter(parameters)
        if kind is None or (counter if kind.startswith("counter.") else ticket) is None:
            return None, {}
        match kind:
            case "ticket.issued":
                number = line_of(text_of(parameters, "ticket")) or ticket
                reason = line_of(text_of(parameters, "serviceIntName"))
                return (kind if queue else None), _told(ticket=ticket, number=number, queue=queue, reason=reason)
            case "ticket.called":
                return (kind if counter else None), _told(ticket=ticket, counter=counter)
            case "ticket.transferred" if queue is None:
                # to a pool: no queue is named, so it waits again in the one it was in
                return "ticket.requeued", _told(ticket=ticket)
            case "ticket.transferred" | "ticket.requeued":
                return kind, _told(ticket=ticket, queue=queue)
            case "ticket.abandoned":
                return kind, _told(ticket=ticket)
            case "counter.opened":
                queues = self._served(parameters)
                # an opening that does not tell what is served leaves what is configured: that is a resumption
                return ("counter.opened" if queues else "counter.resumed"), _told(counter=counter, queues=queues)
            case "counter.closed":
                return kind, _told(counter=counter)
            case _:
                return kind, _told(ticket=ticket, counter=counter)

    def _kept(self, event: Object, parameters: Object) -> bytes:
        told = {name: event[name] for name in ENVELOPE if name in event}
        told["parameters"] = {name: parameters[name] for name in PARAMETERS if name in parameters}
        ids = {"ticket": self._ticket, "queue": self._queue, "counter": self._counter}
        return untranslated(told, {name: found(parameters) for name, found in ids.items()})

    def _ticket(self, parameters: Object) -> str | None:
        """A visit's id is its branch's own."""
        visit, branch = text_of(parameters, "visitId"), text_of(parameters, "branchId")
        if visit is None:
            return None
        return opaque(branch, visit) if branch else opaque(visit)

    def _queue(self, parameters: Object) -> str | None:
        return _found(parameters, "queue", self._queues)

    def _counter(self, parameters: Object) -> str | None:
        return _found(parameters, "servicePoint", self._counters)

    def _served(self, parameters: Object) -> list[Name] | None:
        names = (text_of(parameters, key) for key in ("workProfileName", "workProfile"))
        return next((self._profiles[name] for name in names if name and self._profiles.get(name)), None)


def _ending(outcome: str) -> str | None:
    return "ticket.transferred" if outcome.startswith("TRANSFER") else OUTCOMES.get(outcome)


def _found(parameters: Object, what: str, ids: Names) -> str | None:
    """The id of a queue or service point: that of the table for its number or name, else one made of its name."""
    number, name = text_of(parameters, f"{what}Id"), text_of(parameters, f"{what}Name")
    told = number if number in ids else name or number
    return ids.id(told) if told else None


def _told(**fields: Any) -> Object:
    return {name: value for name, value in fields.items() if value is not None}
