"""Shapes and words of a drawing, as SVG that a browser and Typst draw alike: presentation attributes only, no style."""

from collections.abc import Iterable, Sequence
from html import escape
from math import ceil, floor, log10

from dashboards.exports.document import legible
from ticketing.french.notation import NARROW

TEXT, MUTED, LINE, SUNKEN, SURFACE = "#16202e", "#4d5a6c", "#d3d8e0", "#e9ecf1", "#ffffff"
ACCENT, MET, MISSED = "#1f4f8b", "#1f6fb5", "#c2410c"
"""Of the boards' theme."""
FONTS = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', 'Libertinus Serif', sans-serif"
"""Those of the boards, and the one that Typst's package holds."""
UNBROKEN = "\u00a0"
WIDTH = 720
"""Of a drawing, in its own units; letters are 13 high, so that on A4 they have nearly the size of the text."""
SIZE = 13
NOTHING = 1e-6
"""Below it an axis shows 0 to 1."""
LETTER = 0.62
"""Width of a letter by its height, at most on the whole: fonts differ, and nothing may be cut."""


def number(value: float, digits: int = 0) -> str:
    """As the French write it, half to even: 1 234,5 with narrow spaces that do not break."""
    rounded = round(value, digits) or 0.0  # never -0
    return f"{rounded:,.{digits}f}".replace(",", NARROW).replace(".", ",").replace("-", "\u2212")


def ticks(top: float, most: int = 5) -> list[float]:
    """Round numbers from 0 to `top` or the next above it, by at most `most` steps."""
    step = stride(top / most, (1, 2, 2.5, 5))
    return [round(n * step, 9) for n in range(max(ceil(top / step - 1e-9), 1) + 1)]


def stride(least: float, leads: Sequence[float]) -> float:
    """The least number from `least` on that is one of `leads` (1 to below 10) times a power of ten; of nothing, 1."""
    if least < NOTHING:
        return 1.0
    power: float = 10.0 ** floor(log10(least))
    return round(next(one * power for one in (*leads, 10) if one * power >= least * (1 - 1e-9)), 9)


def digits(values: Iterable[float]) -> int:
    """Decimals that tell them apart from whole numbers: 0 to 2."""
    return max((0 if one == round(one) else 1 if one == round(one, 1) else 2 for one in values), default=0)


def drawing(height: float, shapes: Iterable[str], width: float = WIDTH) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(width)} {_n(height)}" '
        f'font-family="{FONTS}" font-size="{SIZE}">'
        f'<rect width="{_n(width)}" height="{_n(height)}" fill="{SURFACE}"/>{"".join(shapes)}</svg>'
    )


def word(
    x: float, y: float, text: str, *, at: str = "start", fill: str = TEXT, bold: bool = False, size: float = SIZE
) -> str:
    """`y` is the line that letters stand on; `at`: of the text, what is at x: start, middle or end."""
    anchor = "" if at == "start" else f' text-anchor="{at}"'
    weight = ' font-weight="bold"' if bold else ""
    height = "" if size == SIZE else f' font-size="{_n(size)}"'
    # so small, the narrow space of Typst's font is hardly one
    told = escape(legible(text.replace(NARROW, UNBROKEN)), quote=False)
    return f'<text x="{_n(x)}" y="{_n(y)}"{anchor}{weight}{height} fill="{fill}">{told}</text>'


def box(x: float, y: float, width: float, height: float, *, fill: str, stroke: str = "") -> str:
    edge = f' stroke="{stroke}" stroke-width="2"' if stroke else ""
    return f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" fill="{fill}"{edge}/>'


def rule(x1: float, y1: float, x2: float, y2: float, *, stroke: str = LINE, width: float = 1, dash: str = "") -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    ends = f'x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}"'
    return f'<line {ends} stroke="{stroke}" stroke-width="{_n(width)}"{dashed}/>'


def path(points: Iterable[tuple[float, float]], *, stroke: str, dash: str = "") -> str:
    drawn = " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<polyline points="{drawn}" fill="none" stroke="{stroke}" stroke-width="2"{dashed}/>'


def mark(kind: str, x: float, y: float, *, fill: str) -> str:
    """Of a value, so that series differ without colour: a disc, a hollow square or a triangle."""
    match kind:
        case "disc":
            return f'<circle cx="{_n(x)}" cy="{_n(y)}" r="3" fill="{fill}"/>'
        case "square":
            return box(x - 3, y - 3, 6, 6, fill=SURFACE, stroke=fill)
        case _:
            return f'<path d="M{_n(x)} {_n(y - 4)}l4 7h-8z" fill="{fill}"/>'


def wide(text: str, size: float = SIZE) -> float:
    """How wide a text is at most on the whole."""
    return len(text) * size * LETTER


def wrapped(text: str, width: float, lines: int = 3, size: float = SIZE) -> list[str]:
    """Lines that fit a width, broken at spaces where there are some; what is more than `lines` ends by "…"."""
    letters = max(int(width / (size * LETTER)), 2)
    found = [""]
    for part in text.split(" "):
        rest = part
        if found[-1] and len(found[-1]) + 1 + len(rest) <= letters:
            found[-1] += " " + rest
            continue
        if found[-1]:
            found.append("")
        while len(rest) > letters:
            found[-1] = rest[:letters]
            rest = rest[letters:]
            found.append("")
        found[-1] = rest
    if len(found) <= lines:
        return found
    last = found[lines - 1]
    return [*found[: lines - 1], (last if len(last) < letters else last[:-1]) + "…"]


def _n(value: float) -> str:
    """A place, to a tenth."""
    return f"{round(value, 1) or 0.0:g}"
