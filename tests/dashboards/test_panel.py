"""The what-if panel: what may be done with each counter, what is chosen, and what that would bring."""

from msgspec.structs import replace

from dashboards.courses import Change, changes
from dashboards.panel import Panel, panel
from tests.build import SUD
from tests.dashboards.hand import hall
from tests.dashboards.test_foretelling import plain
from ticketing.figures import AreaFigures
from ticketing.levels import Levels
from ticketing.staffing import Effect, WhatIf

CLOSE_G1 = Change(action="close", counter="g1")
MOVE_G1 = Change(action="move", counter="g1", queue="asile")
OPEN_G2 = Change(action="open", counter="g2")
PAUSE_G2 = Change(action="break", counter="g2", minutes=15)


def shown(*wanted: Change, found: tuple[WhatIf, ...] = (), figures: AreaFigures | None = None) -> Panel:
    return panel(figures or hall(), SUD, wanted, found)


def brings(before: Levels | None, after: Levels | None, queue: str = "sejour") -> WhatIf:
    """In minutes; seven of ten in time before, and nine of ten then."""

    def effect(counters: int, within: float, waits: Levels | None) -> Effect:
        seconds = waits and (waits[0] * 60, waits[1] * 60, waits[2] * 60)
        return Effect(counters=counters, course=(), within=within, waits=seconds)

    return WhatIf(queue=queue, present=effect(1, 0.7, before), then=effect(2, 0.9, after))


def labels(figures: AreaFigures | None = None) -> dict[str, list[str]]:
    return {
        row.counter.counter: [plain(toggle.label) for toggle in row.toggles] for row in shown(figures=figures).counters
    }


def test_each_counter_has_what_may_be_done_with_it_as_it_is() -> None:
    figures = hall()
    shut = replace(figures, counters=(figures.counters[0], replace(figures.counters[1], state="closed")))
    assert labels() == {"g1": ["Fermer", "Pause 15 min", "D’abord Asile"], "g2": ["Fermer", "Pause 15 min"]}
    assert labels(shut)["g2"] == ["Ouvrir"]


def test_a_counter_that_serves_a_queue_already_serves_it_first_and_another_moves_to_it() -> None:
    figures = hall()
    elsewhere = replace(figures, counters=(replace(figures.counters[0], queues=("sejour",)), figures.counters[1]))
    assert labels()["g1"][-1] == "D’abord Asile"
    assert labels(elsewhere)["g1"][-1] == "Affecter à Asile"
    assert shown(MOVE_G1, figures=elsewhere).chips[0].label == "Affecter Guichet 1 à Asile"


def test_a_chosen_change_is_pressed_and_the_others_are_kept_by_each_counters_buttons() -> None:
    first, second = shown(CLOSE_G1, PAUSE_G2).counters
    assert [toggle.pressed for toggle in first.toggles] == [True, False, False]
    assert first.others == (PAUSE_G2,)
    assert second.others == (CLOSE_G1,)


def test_each_chosen_change_is_a_chip_that_leaves_the_others() -> None:
    chips = shown(CLOSE_G1, PAUSE_G2).chips
    assert [plain(chip.label) for chip in chips] == ["Fermer Guichet 1", "Guichet 2 en pause 15 min"]
    assert chips[0].others == (PAUSE_G2,)
    (moved,) = shown(MOVE_G1).chips
    assert moved.label == "Guichet 1 : d’abord Asile"


def test_a_change_that_the_hall_has_made_meanwhile_can_still_be_given_up() -> None:
    row = shown(OPEN_G2).counters[1]
    assert [toggle.change for toggle in row.toggles if toggle.pressed] == [OPEN_G2]


def test_a_button_has_an_id_of_its_own_and_names_what_an_address_does() -> None:
    ids = [toggle.id for row in shown().counters for toggle in row.toggles]
    assert len(set(ids)) == len(ids)
    for toggle in shown().counters[0].toggles:
        assert changes([(toggle.change.action, toggle.change.told)], hall(), SUD) == (toggle.change,)


def test_effects_are_shown_as_they_are_and_as_they_would_be() -> None:
    (row,) = shown(CLOSE_G1, found=(brings((4, 12, 25), (2, 5, 9)),)).queues
    assert (row.name, plain(row.measure)) == ("Séjour", "sous 15 min")
    assert (row.present.counters, plain(row.present.value), plain(row.present.bracket)) == (1, "12 min", "4 à 25 min")
    assert (row.then.counters, plain(row.then.value), plain(row.then.share)) == (2, "5 min", "90 %")
    assert plain(row.moves) == "−7 min"


def test_what_the_changes_bring_is_one_sentence_on_the_queues_that_they_change() -> None:
    same = brings((1, 2, 3), (1, 2, 3), "asile")
    longer = brings((4, 12, 25), (8, 20, 40))
    assert plain(shown(CLOSE_G1, found=(longer, same)).outcome) == (
        "Avec ces changements, attente prévue : Séjour 20 min (sans eux, 12 min)."
    )
    assert shown(CLOSE_G1, found=(same,)).outcome == "Avec ces changements, les attentes prévues restent les mêmes."
    assert shown(found=(longer,)).outcome == ""


def test_a_wait_that_may_not_end_today_says_so() -> None:
    shut = shown(CLOSE_G1, found=(brings((4, 12, 25), None),))
    assert (shut.queues[0].then.value, shut.queues[0].then.bracket) == (
        "incertaine",
        "peut-être pas avant la fermeture",
    )
    assert plain(shut.outcome) == "Avec ces changements, attente prévue : Séjour incertaine (sans eux, 12 min)."
    back = shown(OPEN_G2, found=(brings(None, (4, 12, 25)),))
    assert plain(back.outcome) == "Avec ces changements, attente prévue : Séjour 12 min (sans eux, incertaine)."


def test_once_the_day_is_over_there_is_no_wait_to_be_unsure_of() -> None:
    over = hall({"predicted_wait_s": None, "no_prediction": "closed"})
    (row,) = shown(found=(brings(None, None),), figures=over).queues
    assert (row.present.value, row.present.bracket) == ("–", "")
