"""Charts: what is drawn is what was given, told without colour, within the drawing, the same each time."""

import re
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.exports import svg
from dashboards.exports.charts import SHADES, SHORT, Bar, Curve, Series, Target, bars, distribution, heat_map, lines
from dashboards.exports.document import Chart
from dashboards.exports.pdf import pdf
from tests.dashboards.exports.sample import HOSTILE, LOAD, LONG, SHARES, SPREAD, WAITS, document, table

SVG = "{http://www.w3.org/2000/svg}"
THEME = Path(__file__).parents[3] / "dashboards" / "static" / "vigie.css"
A4_PT, MARGIN_PT = 595.3, 51.0


def drawn(chart: str, tag: str, **attributes: str) -> list[ET.Element]:
    return [
        one
        for one in ET.fromstring(chart).iter(SVG + tag)
        if all(one.get(name) == value for name, value in attributes.items())
    ]


def words(chart: str) -> list[str]:
    return [one.text or "" for one in drawn(chart, "text")]


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_a_bar_is_as_long_as_its_value() -> None:
    chart = bars([Bar("A", 50, "50"), Bar("B", 100, "100"), Bar("C", 25, "25")], top=100)
    widths = [float(one.get("width", "")) for one in drawn(chart, "rect", fill=svg.ACCENT)]
    assert widths[0] / widths[1] == pytest.approx(1 / 2, abs=0.001)
    assert widths[2] / widths[1] == pytest.approx(1 / 4, abs=0.001)
    assert words(chart) == ["A", "50", "B", "100", "C", "25"]


def test_the_line_of_a_target_is_where_a_bar_of_that_value_ends() -> None:
    chart = bars([Bar("A", 95, "95"), Bar("B", 10, "10")], top=100, target=Target(95, "Cible"))
    (bar, _other) = drawn(chart, "rect", fill=svg.ACCENT)
    (target,) = drawn(chart, "line", stroke=svg.TEXT)
    assert float(target.get("x1", "")) == pytest.approx(float(bar.get("x", "")) + float(bar.get("width", "")), abs=0.1)
    assert "Cible" in words(chart)


def test_what_has_no_value_has_words_and_no_bar() -> None:
    chart = bars([Bar("A", None, "aucune donnée")])
    assert words(chart) == ["A", "aucune donnée"]
    assert not drawn(chart, "rect", fill=svg.ACCENT)


def test_a_bar_that_is_short_of_its_target_is_hollow_and_its_figure_bold() -> None:
    chart = bars([Bar("A", 50, "50", short=True), Bar("B", 60, "60")])
    (hollow,) = drawn(chart, "rect", fill=SHORT)
    assert hollow.get("stroke") == svg.MISSED
    assert [one.text for one in drawn(chart, "text", **{"font-weight": "bold"})] == ["50"]
    assert contrast(SHORT, svg.ACCENT) > 3  # told apart in grey


def test_a_line_is_broken_where_a_day_is_missing_and_a_lone_day_keeps_its_mark() -> None:
    chart = lines(list("abcdefg"), [Series("Attente", (1, 2, None, 3, None, 4, 5))])
    legend, *parts = [one.get("points", "").split() for one in drawn(chart, "polyline")]
    assert [len(part) for part in (legend, *parts)] == [2, 2, 2]
    assert len(drawn(chart, "circle")) == 1 + 5  # of the legend, and of the days


def test_days_stand_in_order_and_values_at_their_height() -> None:
    chart = lines(list("abc"), [Series("Attente", (0, 5, 10))], top=10)
    marks = [(float(one.get("cx", "")), float(one.get("cy", ""))) for one in drawn(chart, "circle")][1:]
    (x1, y1), (x2, y2), (x3, y3) = marks
    assert x2 - x1 == pytest.approx(x3 - x2, abs=0.2)
    assert y1 - y2 == pytest.approx(y2 - y3, abs=0.2)
    assert y1 > y3


def test_series_differ_by_mark_and_by_dash() -> None:
    chart = lines(list("ab"), [Series("A", (1, 2)), Series("B", (2, 3)), Series("C", (3, 4))])
    dashes = [one.get("stroke-dasharray") for one in drawn(chart, "polyline")]
    assert len(set(dashes)) == 3
    assert len(drawn(chart, "circle")) == len(drawn(chart, "path")) == 3  # one of the legend, two of values


def test_more_series_than_can_be_told_apart_are_refused() -> None:
    with pytest.raises(ValueError, match="4 series"):
        lines(["a"], [Series(name, (1,)) for name in "ABCD"])


def test_each_cell_bears_its_figure_and_more_is_darker() -> None:
    chart = heat_map(["08:00", "08:30", "09:00"], [("lundi", [0, 12.5, 25]), ("mardi", [None, 5, 24.9])])
    assert [one for one in words(chart) if re.fullmatch(r"[0-9,]+|–", one)] == [
        "0,0",
        "12,5",
        "25,0",
        "–",
        "5,0",
        "24,9",
    ]
    fills = [one.get("fill", "") for one in drawn(chart, "rect")][1:7]
    shades = [shade for shade, _ink in SHADES]
    # steps of 5 from 0: 25 is beyond the last bound, 20
    assert fills == [shades[0], shades[2], shades[4], svg.SURFACE, shades[1], shades[4]]
    assert words(chart)[-5:] == ["< 5", "≥ 5", "≥ 10", "≥ 15", "≥ 20"]


def test_shades_are_told_apart_in_grey_and_figures_on_them_are_legible() -> None:
    steps = [luminance(shade) for shade, _ink in SHADES]
    assert steps == sorted(steps, reverse=True)
    assert all(contrast(one, other) > 1.2 for (one, _), (other, _) in pairwise(SHADES))
    assert all(contrast(shade, ink) >= 4.5 for shade, ink in SHADES)
    assert contrast(svg.MUTED, svg.SURFACE) >= 4.5
    assert all(contrast(colour, svg.SURFACE) >= 3 for colour in (svg.ACCENT, svg.MISSED, svg.TEXT))


def test_colours_are_those_of_the_boards() -> None:
    theme = THEME.read_text(encoding="utf-8").partition("@media")[0]
    found = {svg.TEXT, svg.MUTED, svg.LINE, svg.SUNKEN, svg.SURFACE, svg.ACCENT, svg.MISSED}
    assert {colour for colour in found if colour not in theme} == set()


def test_the_limit_of_a_distribution_is_where_that_many_minutes_are() -> None:
    chart = distribution([Curve("Hall", ((0, 0), (15, 0.87), (30, 1)))], limit=Target(15, "Limite 15 min"))
    (limit,) = drawn(chart, "line", stroke=svg.TEXT)
    _legend, curve = [one.get("points", "").split() for one in drawn(chart, "polyline")]
    (x0, y0), (x15, y15), (_x30, y30) = [tuple(map(float, place.split(","))) for place in curve]
    assert float(limit.get("x1", "")) == x15 > x0
    assert (y0 - y15) / (y0 - y30) == pytest.approx(0.87, abs=0.001)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_words_are_only_words(hostile: str) -> None:
    for chart in (
        bars([Bar(hostile, 1, hostile)], target=Target(1, hostile)),
        lines([hostile], [Series(hostile, (1,))], unit=hostile, target=Target(1, hostile)),
        heat_map([hostile], [(hostile, [1])], unit=hostile),
        distribution([Curve(hostile, ((0, 0), (1, 1)))], limit=Target(1, hostile)),
    ):
        assert {one.tag.removeprefix(SVG) for one in ET.fromstring(chart).iter()} <= {
            "svg", "rect", "line", "polyline", "circle", "path", "text"
        }  # fmt: skip
        assert not re.search(r"<[^>]* (style|id|class|href|on\w+)=", chart)


@pytest.mark.parametrize("empty", [bars([]), lines([], []), heat_map([], []), distribution([], limit=Target(15, "15"))])
def test_a_chart_of_nothing_is_still_a_drawing(empty: str) -> None:
    assert ET.fromstring(empty).get("viewBox", "").startswith("0 0 720 ")
    assert "nan" not in empty


@given(st.lists(st.one_of(st.none(), st.floats(0, 1e6)), min_size=1, max_size=40), st.integers(360, 720))
def test_every_shape_is_within_its_drawing(values: list[float | None], width: int) -> None:
    items = [Bar(LONG[:n], value, str(value)) for n, value in enumerate(values)]
    charts = [
        bars(items, width=width),
        lines([f"{n:02}/11" for n in range(len(values))], [Series("A", tuple(values))]),
        heat_map([f"{n:02}:30" for n in range(len(values))], [("lundi", values)], width=width),
    ]
    for chart in charts:
        wide, high = map(float, ET.fromstring(chart).get("viewBox", "").split()[2:])
        for one in (*drawn(chart, "rect"), *drawn(chart, "text"), *drawn(chart, "circle"), *drawn(chart, "line")):
            x = float(one.get("x") or one.get("cx") or one.get("x2") or 0)
            y = float(one.get("y") or one.get("cy") or one.get("y2") or 0)
            assert 0 <= x + float(one.get("width", 0)) <= wide + 0.1
            assert 0 <= y + float(one.get("height", 0)) <= high + 0.1


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="Debian's poppler-utils is not installed")
def test_on_paper_no_word_is_cut() -> None:
    said = "Un libellé fort long"
    charts = (
        WAITS, LOAD, SPREAD, SHARES,
        bars([Bar(LONG, 1, LONG[:24])], target=Target(1, LONG[:40])),
        heat_map(["08:00"] * 24, [(LONG, [123456.5] * 24)], unit=said),
        lines([said] * 9, [Series(said, (1.0,) * 9)], unit=said),
    )  # fmt: skip
    told = [Chart(svg=one, alt="a", caption="c", table=table(1, 2)) for one in charts]
    made = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=pdf(document(*told)), capture_output=True, check=True)
    places = re.findall(r'xMin="([\d.]+)" yMin="[\d.]+" xMax="([\d.]+)"', made.stdout.decode())
    assert len(places) > 300
    assert all(MARGIN_PT - 0.5 <= float(left) <= float(right) <= A4_PT - MARGIN_PT + 0.5 for left, right in places)


@pytest.mark.parametrize(
    ("value", "digits", "told"),
    [
        (1234.5, 1, "1\u202f234,5"),
        (-3, 0, "\u22123"),
        (-0.4, 0, "0"),
        (1e6, 0, "1\u202f000\u202f000"),
        (0.875, 2, "0,88"),
    ],
)
def test_numbers_are_written_as_in_french(value: float, digits: int, told: str) -> None:
    assert svg.number(value, digits) == told


@pytest.mark.parametrize(
    ("top", "told"),
    [
        (27, [0, 10, 20, 30]),
        (100, [0, 20, 40, 60, 80, 100]),
        (0.9, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (11, [0, 2.5, 5, 7.5, 10, 12.5]),
        (0, [0, 1]),
    ],
)
def test_an_axis_has_round_numbers_up_to_what_it_must_show(top: float, told: list[float]) -> None:
    assert svg.ticks(top) == told


def test_words_that_do_not_fit_are_wrapped_and_then_cut_with_a_sign() -> None:
    assert svg.wrapped("un deux trois", 10.5 * svg.SIZE * svg.LETTER) == ["un deux", "trois"]
    assert svg.wrapped("un deux trois", 10.5 * svg.SIZE * svg.LETTER, 1) == ["un deux…"]
    assert svg.wrapped("anticonstitutionnel", 10.5 * svg.SIZE * svg.LETTER) == ["anticonsti", "tutionnel"]
