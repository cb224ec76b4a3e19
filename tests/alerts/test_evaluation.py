"""Tick by tick: what is looked at becomes alerts, kept with their messages, told, taken on and ended."""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace
from structlog.testing import capture_logs

from alerts.evaluation import Evaluation
from alerts.letters import Channel, Letter, Message
from alerts.log import Change, Decide
from alerts.outage import Outage
from alerts.routing import Route
from alerts.rules import Adjustment, Rules
from alerts.telling import Policy
from alerts.turn import Judging, Sight
from alerts.watched import Watched, WatchedSite
from tests.alerts.fakes import FakeChannel, FakeLog
from tests.alerts.hand import MINUTE, watched
from tests.build import at, issued, opened
from ticketing.alert import Alert, Condition, HeadOfLine, Mute
from ticketing.figures import Silence

CALM = [opened("g1", "8:30", "sejour", "asile")]
LATE = [*CALM, issued("A1", "9:00")]
ROUTES = (Route(to=("chef",), then=(("adjointe",), ("directeur",))),)
# of these alone, so that one test is about one thing
OTHERS: tuple[Condition, ...] = (
    "staffing_shortfall", "counter_closed", "budget_hour", "budget_half_day", "budget_week",
)  # fmt: skip
ONLY = Rules([Adjustment(condition=one, enabled=False) for one in OTHERS])
HALLS = Rules([Adjustment(condition=one, enabled=False) for one in (*OTHERS, "data_standing")])


class Trial:
    """An evaluation over a log in memory; each tick looks at what it is given."""

    def __init__(self, routes: tuple[Route, ...] = ROUTES, log: FakeLog | None = None, rules: Rules = ONLY) -> None:
        self.log = log or FakeLog()
        self.channel = FakeChannel()
        self.shown: tuple[Sequence[Alert], Sequence[Mute]] = ((), ())
        self.now = at("9:00")
        self._seen: Sight | None = None
        self.judging = Judging(site="aube", rules=rules, routes=routes, policy=Policy(), configuration="c0ffee")
        channels: dict[str, Channel] = {"chef": self.channel}
        self.outage = Outage(self.judging, self.log, channels, _letter, lambda: self.now)
        self.evaluation = Evaluation(
            self.judging, self.log, lambda: self._seen, self._show, outage=self.outage, monotonic=lambda: 0.0
        )

    def _show(self, alerts: Sequence[Alert], mutes: Sequence[Mute]) -> None:
        self.shown = alerts, mutes

    async def tick(self, seen: Watched, standing: datetime | None = None) -> None:
        self.now = seen.at
        self._seen = Sight(site=WatchedSite(at=seen.at, standing_since=standing), areas=(seen,))
        await self.evaluation.tick()
        await self.outage.once()

    async def look_without_areas(self, clock: str) -> None:
        """As before the day has been read."""
        self.now = at(clock)
        self._seen = Sight(site=WatchedSite(at=self.now, standing_since=at("8:50")), areas=())
        await self.evaluation.tick()

    @property
    def told(self) -> list[tuple[str, str]]:
        """News and recipient of all that was put in the outbox."""
        return [(row.message.news, row.message.recipient) for row in self.log.rows.values()]

    @property
    def open(self) -> list[Alert]:
        return [one for one in self.log.alerts.values() if one.fired_at and one.resolved_at is None]


def _letter(message: Message, alert: Alert) -> Letter:
    return Letter(
        key=message.key,
        news=message.news,
        title="",
        text="",
        link="",
        alert=alert,
        area_name="",
        made_at=message.made_at,
    )


async def test_a_line_that_is_late_fires_at_once_and_is_told_with_the_alert_that_is_kept() -> None:
    trial = Trial()
    await trial.tick(watched("9:16", *LATE))
    (known,) = trial.open
    assert (known.area, known.topic, known.severity, known.configuration) == ("sud", "wait", "page", "c0ffee")
    assert known.told_to == ("chef",)
    assert trial.told == [("fired", "chef")]
    assert [one.id for one in trial.shown[0]] == [known.id]


async def test_a_calm_hall_leaves_the_log_empty() -> None:
    trial = Trial()
    await trial.tick(watched("9:16", *CALM))
    assert trial.log.alerts == {}
    assert trial.shown == ([], [])


async def test_the_whole_life_of_an_alert() -> None:
    trial = Trial()
    await trial.tick(watched("9:16", *LATE))
    await trial.tick(watched("9:26", *LATE))
    await trial.tick(watched("9:36", *LATE))
    number = trial.open[0].id
    await trial.log.acknowledge(number, "chef", "j’ouvre", at("9:40"))
    await trial.tick(watched("10:40", *LATE))
    await trial.tick(watched("10:41", *CALM))
    await trial.tick(watched("11:00", *CALM))
    assert trial.open
    await trial.tick(watched("11:01", *CALM))
    assert trial.open == []
    assert trial.told == [
        ("fired", "chef"),
        ("escalated", "adjointe"),
        ("escalated", "directeur"),
        ("resolved", "chef"),
        ("resolved", "adjointe"),
        ("resolved", "directeur"),
    ]
    kinds = [moment.kind for _, moment in trial.log.moments]
    assert kinds == ["fired", "escalated", "escalated", "acknowledged", "eased", "resolved"]


async def test_a_prediction_that_holds_for_two_minutes_is_told_before_anybody_is_late() -> None:
    trial = Trial()
    line = [*CALM, issued("A1", "9:10")]
    await trial.tick(watched("9:12", *line, risks={"sejour": 0.9}))
    await trial.tick(watched("9:13", *line, risks={"sejour": 0.9}))
    assert trial.open == []
    await trial.tick(watched("9:14", *line, risks={"sejour": 0.9}))
    assert [one.active[0].condition for one in trial.open] == ["predicted_breach"]


async def test_what_is_silenced_is_shown_and_told_to_nobody_until_the_silence_ends() -> None:
    trial = Trial()
    await trial.tick(watched("9:16", *LATE))
    number = trial.open[0].id
    await trial.log.mute(number, subject="sejour", until=at("9:46"), who="chef", reason="travaux", at=at("9:16"))
    await trial.tick(watched("9:30", *LATE))
    assert trial.told == [("fired", "chef")]
    assert [one.reason for one in trial.shown[1]] == ["travaux"]
    await trial.tick(watched("9:46", *LATE))
    assert trial.told == [("fired", "chef"), ("escalated", "adjointe")]


async def test_a_silence_that_ends_after_the_alert_leaves_nothing_untold() -> None:
    trial = Trial()
    await trial.tick(watched("9:16", *LATE))
    await trial.log.mute(trial.open[0].id, subject=None, until=at("12:00"), who="", reason="x", at=at("9:17"))
    await trial.tick(watched("9:20", *CALM))
    await trial.tick(watched("9:40", *CALM))
    assert trial.told == [("fired", "chef"), ("resolved", "chef")]


async def test_where_nobody_is_to_be_told_at_an_hour_they_are_told_later() -> None:
    trial = Trial(routes=())
    await trial.tick(watched("9:16", *LATE))
    assert trial.open[0].told_at is None
    later = Evaluation(
        replace(trial.judging, routes=ROUTES), trial.log, lambda: trial._seen, trial._show, monotonic=lambda: 0.0
    )
    await later.tick()
    assert trial.told == [("fired", "chef")]


async def test_a_silent_device_freezes_the_alert_of_its_hall_and_is_an_alert_itself() -> None:
    trial = Trial()
    await trial.tick(watched("9:16", *LATE))
    silent = [Silence(device="poste-g1", since=at("9:18"))]
    for clock in ("9:20", "9:22", "9:40"):
        await trial.tick(watched(clock, *CALM, silent=silent))
    assert sorted(one.topic for one in trial.open) == ["device", "wait"]
    await trial.tick(watched("9:41", *CALM))
    await trial.tick(watched("10:01", *CALM))
    assert trial.open == []


async def test_another_evaluation_goes_on_where_one_was_killed() -> None:
    """The log is all there is: a new one over it knows the timers, whoever was told, and who has taken it on."""
    trial = Trial()
    line = [*CALM, issued("A1", "9:10")]
    await trial.tick(watched("9:12", *line, risks={"sejour": 0.9}))
    after = Trial(log=trial.log)
    await after.tick(watched("9:14", *line, risks={"sejour": 0.9}))
    assert len(after.open) == 1
    assert [row.message.news for row in trial.log.rows.values()] == ["fired"]


async def test_before_the_areas_were_judged_nobody_takes_what_is_shown_for_all_that_is_open() -> None:
    trial = Trial()
    trial.log.away = True
    await trial.tick(watched("9:00"), standing=at("8:50"))
    assert [one.topic for one in trial.shown[0]] == ["data"]
    assert not trial.evaluation.known
    trial.log.away = False
    await trial.look_without_areas("9:01")
    assert not trial.evaluation.known
    await trial.tick(watched("9:02"))
    trial.log.away = True
    await trial.tick(watched("9:03"), standing=at("9:02"))
    assert trial.evaluation.known


async def test_figures_that_move_alone_are_not_written_at_each_tick() -> None:
    class Counting(FakeLog):
        def __init__(self) -> None:
            super().__init__()
            self.written: list[int] = []

        async def turn(self, decide: Decide, now: datetime) -> None:
            def counted(alerts: Sequence[Alert], mutes: Sequence[Mute]) -> Sequence[Change]:
                changes = decide(alerts, mutes)
                self.written.append(len(changes))
                return changes

            await super().turn(counted, now)

    log = Counting()
    trial = Trial(log=log)
    for second in range(5):
        await trial.tick(watched(f"9:16:{second:02}", *LATE))
    assert log.written[0] == 1
    assert sum(log.written[1:]) <= 1
    shown = trial.shown[0][0].active[0].facts
    assert isinstance(shown, HeadOfLine)
    assert shown.longest_s == 964.0


async def test_a_database_that_is_away_is_told_from_memory_and_recorded_once_it_is_back() -> None:
    trial = Trial()
    trial.log.away = True
    with capture_logs():
        await trial.tick(watched("9:10", *CALM), standing=at("9:10"))
        assert trial.channel.taken == []
        await trial.tick(watched("9:11", *CALM), standing=at("9:10"))
        await trial.tick(watched("9:12", *CALM), standing=at("9:10"))
        assert [one.news for one in trial.channel.taken] == ["fired"]
        assert [one.topic for one in trial.shown[0]] == ["data"]
        trial.log.away = False
        await trial.tick(watched("9:15", *CALM))
    (record,) = await trial.log.records(at("9:00"), at("10:00"))
    assert record.alert.state == "resolved"
    assert [moment.kind for moment in record.moments] == ["fired", "told", "resolved"]
    assert trial.told == [("resolved", "chef")]
    await trial.tick(watched("9:16", *CALM))
    assert trial.shown[0] == []


async def test_a_short_outage_is_told_to_nobody() -> None:
    trial = Trial()
    trial.log.away = True
    with capture_logs():
        await trial.tick(watched("9:10", *CALM), standing=at("9:10"))
        trial.log.away = False
        await trial.tick(watched("9:10:30", *CALM))
    assert trial.channel.taken == []
    assert trial.log.alerts == {}
    assert ONLY.rule("data_standing").hold == MINUTE


async def test_a_database_that_can_be_read_and_not_written_to_is_told_of_too() -> None:
    trial = Trial()
    trial.log.away = True
    with capture_logs():
        await trial.tick(watched("9:10", *CALM))
        await trial.tick(watched("9:11", *CALM))
        await trial.tick(watched("9:12", *CALM))
    assert [one.news for one in trial.channel.taken] == ["fired"]


async def test_an_area_that_cannot_be_judged_silences_no_other() -> None:
    trial = Trial()
    broken = watched("9:16", *LATE)
    nord = replace(broken.area.plan, area="nord")
    broken = replace(broken, area=replace(broken.area, plan=nord), figures=replace(broken.figures, queues=(None,)))
    trial._seen = Sight(site=WatchedSite(at=broken.at), areas=(broken, watched("9:16", *LATE)))
    with capture_logs() as logs:
        await trial.evaluation.tick()
        await trial.evaluation.tick()
    assert [one.area for one in trial.open] == ["sud"]
    assert [one["event"] for one in logs] == ["alerts not evaluated"]


async def test_once_it_is_better_nobody_is_told_again_and_nobody_above() -> None:
    trial = Trial()
    await trial.tick(watched("9:16", *LATE))
    await trial.tick(watched("9:18", *CALM))
    await trial.tick(watched("9:30", *CALM))
    assert trial.told == [("fired", "chef")]
