"""Colours, markers and scales that all pictures share."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from matplotlib.path import Path
from matplotlib.transforms import Affine2D

# The palette of Okabe and Ito, told apart by colour-blind readers; ink and greys are those of the page.
BLUE, VERMILION, PURPLE = "#0072b2", "#d55e00", "#b0548a"
INK, SOFT, RULE, GRID = "#1d2229", "#566170", "#c8ced6", "#e3e7ec"
MARKER = 6.5  # points across
ARROW_REACH = 3.6  # how far the arrow of a bound reaches, in radii of its marker
CIRCLE = Path.unit_circle()
SQUARE = Path.unit_rectangle().transformed(Affine2D().translate(-0.5, -0.5).scale(1.75))
DIAMOND = SQUARE.transformed(Affine2D().rotate_deg(45))
SIDES = {"at_least": 1, "more_than": 1, "at_most": -1, "nearly": -1}  # where the true value lies
NICE = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
SIGNIFICANT = 6


def six(value: float) -> float:
    """Six significant digits: the last bits differ between processors and would change the picture's bytes."""
    return float(f"{value:.{SIGNIFICANT}g}")


@dataclass(frozen=True)
class Mark:
    """A marker: its outline, colour, and -1, 0 or 1 for the side on which the true value may lie.

    A filled marker stands for an exact value, an open one for a hedged value.
    """

    shape: Path
    colour: str
    open: bool = False
    side: int = 0

    @property
    def style(self) -> dict[str, object]:
        """Arguments of `Axes.plot`."""
        reach = ARROW_REACH if self.side else max(abs(self.shape.vertices).max(), 1.0)
        return {
            "marker": _with_arrow(self.shape, self.side) if self.side else self.shape,
            "markersize": MARKER * reach,  # matplotlib scales a path so that its farthest point is half of this
            "markerfacecolor": "white" if self.open else self.colour,
            "markeredgecolor": self.colour,
            "markeredgewidth": 1.2,
            "linestyle": "none",
            "clip_on": False,
            "zorder": 4,
        }


def _with_arrow(shape: Path, side: int) -> Path:
    edge = float(shape.vertices[:, 0].max())
    shaft = Path([(edge, 0), (ARROW_REACH, 0)])
    head = Path([(ARROW_REACH - 0.9, 0.75), (ARROW_REACH, 0), (ARROW_REACH - 0.9, -0.75)])
    return Path.make_compound_path(shape, shaft, head).transformed(Affine2D().scale(side, 1))


def nice_top(value: float) -> float:
    """The next plain number at or above `value`, for the end of an axis that starts at zero."""
    if value <= 0:
        return 1.0
    power = int(f"{value:e}".partition("e")[2])
    return next(top for step in NICE if (top := six(step * 10.0**power)) >= value)


def ticks(low: float, high: float, at_most: int = 7) -> list[float]:
    """Plain numbers from `low` to `high`, evenly spaced."""
    step = next(each for each in _tick_steps(high - low) if (high - low) / each <= at_most - 1)
    first = -int(-low // step)
    return [six(step * k) for k in range(first, first + at_most + 1) if low <= six(step * k) <= high]


def _tick_steps(span: float) -> Iterator[float]:
    power = int(f"{span:e}".partition("e")[2]) - 2
    for exponent in count(power):
        yield from (six(step * 10.0**exponent) for step in (1, 2, 5))
