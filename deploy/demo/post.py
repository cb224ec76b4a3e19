"""A counter through its day: opened, paused, resumed and closed as its shift says and as the line allows."""

from msgspec.structs import replace

from deploy.demo.place import device_of
from deploy.demo.roster import BREAK, LUNCH, Pause, Shift
from deploy.demo.sending import Record
from ticketing.events import CounterClosed, CounterFact, CounterOpened, CounterPaused, CounterResumed


class Post:
    """Of a hall's counter or of an operator; `busy` from a call until free for the next."""

    def __init__(self, area: str, shift: Shift, queues: tuple[str, ...], record: Record, device: str = "") -> None:
        self.counter = shift.counter
        self.queues = queues
        self.device = device or device_of(shift.counter)
        self.busy = False
        self.open = False
        self.gone = False
        self.free_since = 0.0
        self._area, self._shift, self._record = area, shift, record
        self._pauses = list(shift.pauses)
        self._paused: Pause | None = None
        self._back = 0.0

    def help_from(self, at: float) -> None:
        """A counter kept in reserve opens at that time instead of later."""
        if self._shift.on_call and not self.open:
            self._shift = replace(self._shift, opens=min(self._shift.opens, at), on_call=False)

    def look(self, now: float, *, done: bool, line_empty: bool, pressed: bool = False) -> bool:
        """Do what the shift says now; whether the counter is free to call somebody afterwards."""
        if self.busy or self.gone or now < self._shift.opens:
            return False
        if not self.open:
            self._start(now)
        if self._paused is not None:
            if now < self._back:
                return False
            self._note(now, CounterResumed(counter=self.counter, reason=self._paused.reason))
            self._paused, self.free_since = None, now
        if done and now >= self._shift.ends:
            self._note(now, CounterClosed(counter=self.counter))
            self.open, self.gone = False, True
            return False
        if self._pauses and self._may_pause(self._pauses[0], now, line_empty, pressed):
            self._pause(self._pauses.pop(0), now)
            return False
        return True

    def _may_pause(self, pause: Pause, now: float, line_empty: bool, pressed: bool) -> bool:
        """A break waits while the line is long, lunch for nothing but the line's end where it has to."""
        held = not line_empty if pause.after_line else pressed and pause.reason == BREAK
        return now >= pause.since and not held

    def _start(self, now: float) -> None:
        self.open, self.free_since = True, now
        self._pauses = [pause for pause in self._pauses if pause.since > now]
        self._note(now, CounterOpened(counter=self.counter, queues=self.queues))

    def _pause(self, pause: Pause, now: float) -> None:
        self._paused, self._back = pause, max(now + pause.length, pause.back)
        self._note(now, CounterPaused(counter=self.counter, reason=pause.reason))
        if pause.reason == LUNCH:
            # A break that came too late is not taken after lunch.
            self._pauses = [later for later in self._pauses if later.since > self._back]

    def _note(self, now: float, fact: CounterFact) -> None:
        self._record.note(now, self._area, self.device, fact)
