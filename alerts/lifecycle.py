"""The life of an alert: pending, firing, acknowledged, resolved; a pure function of what is read at each tick."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from alerts.rules import Rule
from alerts.watched import Reading
from ticketing.alert import SEVERITIES, Alert, Kind, Moment, Severity, Signal
from ticketing.french.notation import duration


class Advanced(Struct, frozen=True, kw_only=True):
    """The alert after a tick, None where there is none, and what is new in its timeline."""

    alert: Alert | None
    moments: tuple[Moment, ...] = ()


def advance(
    alert: Alert | None, begin: Callable[[], Alert], readings: Sequence[Reading], now: datetime, counters: int | None
) -> Advanced:
    """The alert of one area and topic after what is read of it now. `counters`: open in the area.

    Of a signal that cannot be read now nothing changes, and its timers stand still: the while in which it could not be
    read counts neither for its hold nor for its keep, which begin anew where it was as long as they are. What is over
    stays open for as long as something else of the alert is on its way to firing, which would only be another alert.
    A clock that is set back makes whatever it has begun begin now. One that is over already stays as it is.
    """
    if alert is not None and alert.resolved_at is not None:
        return Advanced(alert=alert)
    if alert is None:
        if not any(reading.fires for reading in readings):
            return Advanced(alert=None)
        alert = begin()
    alert = _not_ahead(alert, now)
    signals = _stepped(alert.signals, readings, now)
    if alert.fired_at is None and not signals:
        return Advanced(alert=None)
    before, after = alert, replace(alert, signals=signals)
    after, moments = _fired(before, after, now)
    if after.fired_at is not None:
        # while nothing can be read, it is not known which counters are open either
        after = _staffed(before, after, counters if readings else None, now, moments)
        after = _over(before, after, now, moments)
    return Advanced(alert=after, moments=tuple(moments))


def _stepped(known: Sequence[Signal], readings: Sequence[Reading], now: datetime) -> tuple[Signal, ...]:
    """Every signal after what is read of it, in the order in which they began."""
    read = {(reading.condition, reading.subject): reading for reading in readings}
    found = [_next(signal, read.pop(signal.key, None), now) for signal in known]
    new = (
        Signal(
            condition=reading.condition,
            subject=reading.subject,
            name=reading.name,
            severity=reading.rule.severity,
            since=now,
            facts=reading.facts,
            remedy=reading.remedy,
            fired_at=None if reading.rule.hold else now,
        )
        for reading in read.values()
        if reading.fires and reading.facts is not None
    )
    return _together(known, (*(signal for signal in found if signal), *new))


def _together(known: Sequence[Signal], signals: tuple[Signal, ...]) -> tuple[Signal, ...]:
    """Where the last would end while another is on its way to firing, it does not yet."""
    coming = [one for one in signals if (one.fired_at is None or one.again_since) and one.unread_since is None]
    if not coming or any(signal.active for signal in signals):
        return signals
    were = {signal.key for signal in known if signal.active}
    return tuple(replace(signal, ended_at=None) if signal.key in were else signal for signal in signals)


def _next(signal: Signal, reading: Reading | None, now: datetime) -> Signal | None:
    """None once it is no more."""
    if reading is None:
        return replace(signal, unread_since=signal.unread_since or now)
    signal = _read_again(signal, reading.rule, now)
    if signal.ended_at is not None:
        return _again(signal, reading, now)
    if signal.fired_at is None:
        if not reading.fires:
            return None
        fired_at = now if now - signal.since >= reading.rule.hold else None
        return replace(_as_read(signal, reading), fired_at=fired_at)
    if reading.fires or not reading.clears:
        return replace(_as_read(signal, reading), clear_since=None)
    since = signal.clear_since or now
    over = reading.at_once or now - since >= reading.rule.keep
    # what was to be done about it may be done by now
    return replace(signal, remedy=None, clear_since=since, ended_at=now if over else None)


def _read_again(signal: Signal, rule: Rule, now: datetime) -> Signal:
    """With its timers moved on by the while in which it could not be read."""
    if signal.unread_since is None:
        return signal
    unread = now - signal.unread_since
    if signal.fired_at is None:
        return replace(signal, since=_moved_on(signal.since, unread, rule.hold, now), unread_since=None)
    if signal.ended_at is None:
        since = signal.clear_since and _moved_on(signal.clear_since, unread, rule.keep, now)
        return replace(signal, clear_since=since, unread_since=None)
    since = signal.again_since and _moved_on(signal.again_since, unread, rule.hold, now)
    return replace(signal, again_since=since, unread_since=None)


def _moved_on(since: datetime, unread: timedelta, length: timedelta, now: datetime) -> datetime:
    return since + unread if unread < length else now


def _again(signal: Signal, reading: Reading, now: datetime) -> Signal:
    """One that had ended, while others of its alert had not: it has to hold anew, and is news again."""
    if not reading.fires:
        return replace(signal, again_since=None)
    since = signal.again_since or now
    if now - since < reading.rule.hold:
        return replace(signal, again_since=since)
    return replace(
        _as_read(signal, reading),
        since=since,
        fired_at=now,
        again_since=None,
        clear_since=None,
        ended_at=None,
        told_at=None,
    )


def _as_read(signal: Signal, reading: Reading) -> Signal:
    return replace(
        signal,
        name=reading.name,
        severity=reading.rule.severity,
        facts=signal.facts if reading.facts is None else reading.facts,
        remedy=reading.remedy if reading.fires else signal.remedy,
    )


def _fired(before: Alert, after: Alert, now: datetime) -> tuple[Alert, list[Moment]]:
    """What has come to be wrong since the tick before."""
    were = {signal.key for signal in before.active}
    new = [signal for signal in after.active if signal.key not in were]
    moments: list[Moment] = []
    severity = max((signal.severity for signal in after.active), key=SEVERITIES.index, default=after.severity)
    if after.fired_at is None:
        after = replace(after, since=min(signal.since for signal in after.signals))
        if not new:
            return replace(after, severity=max((s.severity for s in after.signals), key=SEVERITIES.index)), moments
        if predicted := [signal for signal in new if signal.condition == "predicted_breach"]:
            moments.append(_moment(now, "predicted", predicted))
        moments.append(_moment(now, "fired", new))
        return replace(after, fired_at=now, severity=severity), moments
    moments += [_moment(now, "joined", [signal]) for signal in new]
    if _graver(severity, after.severity):
        moments.append(_moment(now, "worsened", [s for s in after.active if s.severity == severity]))
        after = replace(after, severity=severity)
    return after, moments


def _graver(one: Severity, other: Severity) -> bool:
    return SEVERITIES.index(one) > SEVERITIES.index(other)


def _staffed(before: Alert, after: Alert, counters: int | None, now: datetime, moments: list[Moment]) -> Alert:
    """The closed loop: the first counter more than there were since it fired.

    One that opens while all is right again answers nothing; that which makes it so may do it in the same tick.
    """
    if counters is None or after.opened_at is not None:
        return after
    if after.counters is None or _easing(before):
        return replace(after, counters=counters)
    if counters > after.counters:
        moments.append(Moment(at=now, kind="opened"))
        return replace(after, opened_at=now)
    return replace(after, counters=min(counters, after.counters))


def _over(before: Alert, after: Alert, now: datetime, moments: list[Moment]) -> Alert:
    """Right again, for now or for long enough."""
    if not after.active:
        ended = [signal.clear_since for signal in after.signals if signal.fired_at and signal.clear_since]
        signals = tuple(
            replace(signal, again_since=None, unread_since=None) for signal in after.signals if signal.fired_at
        )
        back = max(ended, default=now)
        lasted = (back - (after.fired_at or back)).total_seconds()
        moments.append(Moment(at=now, kind="resolved", text=f"après {duration(max(lasted, 0.0))}"))
        return replace(after, signals=signals, back_at=back, resolved_at=now)
    if _easing(after) and not _easing(before):
        moments.append(Moment(at=now, kind="eased"))
    return after


def _easing(alert: Alert) -> bool:
    return bool(alert.active) and all(signal.clear_since for signal in alert.active)


def _moment(now: datetime, kind: Kind, signals: Sequence[Signal]) -> Moment:
    return Moment(at=now, kind=kind, text=", ".join(dict.fromkeys(signal.name for signal in signals if signal.name)))


def _not_ahead(alert: Alert, now: datetime) -> Alert:
    """The same where no timer begins in the future, as it would for long after a clock was set back."""

    def past(at: datetime | None) -> datetime | None:
        return None if at is None else min(at, now)

    signals = tuple(
        replace(
            signal,
            since=min(signal.since, now),
            clear_since=past(signal.clear_since),
            again_since=past(signal.again_since),
            unread_since=past(signal.unread_since),
            told_at=past(signal.told_at),
        )
        for signal in alert.signals
    )
    return replace(alert, signals=signals, told_at=past(alert.told_at), level_at=past(alert.level_at))
