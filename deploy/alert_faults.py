"""What is wrong with the alerts of a configuration: recipients, routes and rules that name nothing, or too much."""

from collections.abc import Iterable
from itertools import chain

from alerts.channels import AlertmanagerRecipient, MailRecipient, MailSettings, MatrixRecipient, WebhookRecipient
from alerts.channels.http import LOCAL, address_fault
from alerts.rules import DEFAULTS, Adjustment
from deploy.schedule import weekly
from deploy.settings import Settings
from ticketing.alert import TOPICS

OF_QUEUES = {condition for condition, topic in TOPICS.items() if topic in ("wait", "budget")}


def alert_faults(settings: Settings) -> Iterable[str]:
    """A sentence each: the key's path, what was found and what was expected."""
    names = [recipient.name for recipient in settings.recipients]
    for number, recipient in enumerate(settings.recipients):
        if names.index(recipient.name) != number:
            yield f'recipients[{number}].name: found "{recipient.name}" twice, expected once'
        match recipient:
            case MailRecipient() if settings.alerts.mail is None:
                yield f"recipients[{number}].channel: found mail, expected the table [alerts.mail] beside it"
            case WebhookRecipient(url=url) | AlertmanagerRecipient(url=url) if wrong := address_fault(url):
                yield f"recipients[{number}].url: {wrong}"
            case MatrixRecipient(homeserver=url) if wrong := address_fault(url):
                yield f"recipients[{number}].homeserver: {wrong}"
        if isinstance(recipient, WebhookRecipient | AlertmanagerRecipient):
            yield from _known_faults(f"recipients[{number}]", recipient)
    if settings.alerts.mail is not None:
        yield from _mail_faults(settings.alerts.mail)
    areas = [area.id for area in settings.areas]
    for number, route in enumerate(settings.routes):
        path = f"routes[{number}]"
        for name in dict.fromkeys([*route.to, *chain.from_iterable(route.then)]):
            if name not in names:
                yield f'{path}: found recipient "{name}", expected one of: {", ".join(names) or "(none)"}'
        for area in route.areas or ():
            if area not in areas:
                yield f'{path}.areas: found "{area}", expected one of: {", ".join(areas)}'
        if route.hours is not None:
            try:
                weekly(f"{path}.hours", route.hours)
            except ValueError as error:
                yield str(error)
    for number, rule in enumerate(settings.alerts.rules):
        yield from _rule_faults(f"alerts.rules[{number}]", rule, settings)


def _mail_faults(mail: MailSettings) -> Iterable[str]:
    yield from _half("alerts.mail", mail)
    if mail.tls == "none" and mail.user is not None and mail.host not in LOCAL:
        yield 'alerts.mail.tls: found "none" beside a password for another machine, expected "starttls" or "implicit"'


def _half(path: str, known: MailSettings | WebhookRecipient | AlertmanagerRecipient) -> Iterable[str]:
    if (known.user is None) != (known.password_file is None):
        there, other = ("user", "password_file") if known.password_file is None else ("password_file", "user")
        yield f"{path}.{there}: found it without {other}, expected both or none"


def _known_faults(path: str, recipient: WebhookRecipient | AlertmanagerRecipient) -> Iterable[str]:
    yield from _half(path, recipient)
    user = recipient.user
    if user is not None and ":" in user:
        yield f'{path}.user: found "{user}", expected no colon in it'
    if user is not None and recipient.token_file is not None:
        yield f"{path}.token_file: found it beside user, expected one of them"


def _rule_faults(path: str, rule: Adjustment, settings: Settings) -> Iterable[str]:
    areas = {area.id: area.kind for area in settings.areas}
    if rule.area is not None and rule.area not in areas:
        yield f'{path}.area: found "{rule.area}", expected one of: {", ".join(areas)}'
    queues = [queue.id for queue in settings.queues if rule.area in (None, queue.area)]
    if rule.queue is not None and rule.queue not in queues:
        yield f'{path}.queue: found "{rule.queue}", expected one of: {", ".join(queues)}'
    if rule.queue is not None and rule.condition not in OF_QUEUES:
        yield f"{path}.queue: found it beside {rule.condition}, which is of no queue"
    for key in ("fire", "clear"):
        if (value := getattr(rule, key)) is not None and value < 0:
            yield f"{path}.{key}: found {value:g}, expected 0 or more"
    for kind in {areas[rule.area]} if rule.area in areas else set(areas.values()):
        fire = DEFAULTS[kind][rule.condition].fire if rule.fire is None else rule.fire
        if rule.clear is not None and rule.clear > fire:
            yield f"{path}.clear: found {rule.clear:g}, expected at most {fire:g}, from which on it fires"
            break
