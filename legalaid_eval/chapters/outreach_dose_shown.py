"""The tables, the picture and the results rows of what goes with more outreach."""

from collections.abc import Iterator
from datetime import date
from math import isfinite

import numpy as np
import pandas as pd

from legalaid_eval import results
from legalaid_eval.cells.awareness_waves import told_base
from legalaid_eval.chapters.caseload_tables import bounds, signed
from legalaid_eval.chapters.outreach_dose import KEPT_UP, Curve
from legalaid_eval.chapters.outreach_findings import Told, rows_of
from legalaid_eval.chapters.report_row import Numbers
from legalaid_eval.content import Code, Column, Figure, Message, Quantity, Range, Table
from legalaid_eval.estimators.base import Estimate
from legalaid_eval.estimators.dose_response import ProfileInterval

UNIT = Code("outreach_dose_unit", "per_1000_month")
LEVELS = {"quarter": 0.25, "half": 0.5, "three_quarters": 0.75, "most": 1.0}
"""Doses that are told: how large a share of all mean doses is at most so large."""
DIGITS = 2
FINE = 61
POINTS = "percentage_point"
SHAPES = {"decay": ("ratio", 2), "saturation": ("count", 1)}
"""Unit and decimals: a share that is left after a month, and persons per 1,000 residents."""


def doses_told(curve: Curve) -> dict[str, float]:
    """By LEVELS the doses whose change is told, of two digits; those that do not differ stand once."""
    means = curve.mean_doses["dose"]
    found = {name: float(f"{means.quantile(share):.{DIGITS}g}") for name, share in LEVELS.items()}
    kept = {dose: name for name, dose in found.items() if 0 < dose <= curve.fit.dose_range[1]}
    return {name: dose for dose, name in kept.items()}


def changes(curve: Curve) -> pd.DataFrame:
    """`level, dose, estimate, ci_low, ci_high`: the change with each dose, kept up for KEPT_UP months."""
    told = doses_told(curve) if curve.fit is not None else {}
    if not told:
        return pd.DataFrame(columns=["level", "dose", "estimate", "ci_low", "ci_high"])
    return curve.fit.effect(list(told.values()), periods=KEPT_UP).assign(level=list(told))


def observed(curve: Curve) -> tuple[float, float]:
    """Ends of the mean doses, as they are told."""
    return round(curve.kept[0], DIGITS), round(curve.kept[1], DIGITS)


def dose_quantity(value: float, decimals: int = 2) -> Quantity:
    return Quantity(value, "count", decimals=decimals)


def shape_range(curve: Curve, name: str) -> Range | None:
    """The interval of the decay or of the saturation; None where it is not identified."""
    found: ProfileInterval = getattr(curve.fit, name)
    return Range(found.ci_low, found.ci_high, *SHAPES[name]) if found.identified else None


def facts_of(curve: Curve) -> dict[str, object]:
    return curve.told.facts | {"months": KEPT_UP}


def tables(curve: Curve) -> tuple[Table, ...]:
    return effect_table(curve), sensitivity_table(curve)


def effect_table(curve: Curve) -> Table:
    """Per dose: how common it is, the change with it, and the interval."""
    rows = [
        (Code("outreach_dose_level", line.level), dose_quantity(line.dose), *_change(line))
        for line in changes(curve).itertuples()
    ]
    heads = ("dr_level", "dr_dose", "dr_change", "dr_interval")
    return _table("dose_effect", curve, heads, rows)


def sensitivity_table(curve: Curve) -> Table:
    """Per value of the decay that is held: the overall change, and whether the value agrees with the data."""
    rows = [
        (
            Quantity(line.decay, "ratio", decimals=1),
            *_change(line),
            Code("outreach_dose_fits", "yes" if line.compatible else "no"),
        )
        for line in curve.held.itertuples()
    ]
    heads = ("dr_held", "dr_change", "dr_interval", "dr_fits")
    return _table("dose_sensitivity", curve, heads, rows, placement="appendix")


def _change(line: object) -> tuple[Message, Range]:
    return signed(line.estimate, "count"), bounds(line.ci_low, line.ci_high, "count", 1)


def _table(name: str, curve: Curve, heads: tuple[str, ...], rows: list[tuple[object, ...]], **more: object) -> Table:
    columns = tuple(Column(head, "left" if head in ("dr_level", "dr_fits") else "right") for head in heads)
    note = Message(f"outreach_dose.note.{name}", facts_of(curve)) if rows else None
    return Table(name, columns, tuple(rows), note=note, facts=facts_of(curve), **more)


def figures(curve: Curve) -> tuple[Figure, ...]:
    """The curve over mean doses of a year, a mark for each county, and how well decay and saturation are known."""
    facts = facts_of(curve) | {"unit": POINTS, "dose": UNIT, "conf_level": curve.told.params.conf_level}
    if curve.fit is None:
        empty = pd.DataFrame(columns=["part", "x", "y", "low", "high", "n"])
        return (Figure("outreach_dose", "dose_response", empty, facts),)
    shapes = {name: shape_range(curve, name) for name in SHAPES}
    facts |= shapes | {"dose_range": observed(curve), "cut_off": curve.fit.cut_off}
    data = pd.concat([_line(curve), points(curve), *_profiles(curve)], ignore_index=True)
    return (Figure("outreach_dose", "dose_response", data, facts),)


def _line(curve: Curve) -> pd.DataFrame:
    doses = np.linspace(0, min(observed(curve)[1], curve.fit.dose_range[1]), FINE)
    found = curve.fit.effect(doses, periods=KEPT_UP)
    columns = {"x": found["dose"], "y": found["estimate"], "low": found["ci_low"], "high": found["ci_high"]}
    return pd.DataFrame(columns).assign(part="curve")


def points(curve: Curve) -> pd.DataFrame:
    """Per county in the last wave: its mean dose of the months before, and the change its outreach had brought by the
    fit, with what the fit leaves unexplained of its awareness (a partial residual)."""
    cells = curve.fit.fitted
    cells = cells[cells["time"] == cells["time"].max()].set_index("place")
    means = curve.mean_doses
    means = means[means["month"] == means["month"].max()].set_index("county")["dose"]
    rest = 100 * (cells["observed"] - cells["fitted"])
    brought = curve.fit.by_place().set_index("place")["estimate"]
    n = cells["trials"].map(lambda trials: told_base(round(trials), min_cell=curve.told.seen.survey.min_cell))
    shown = pd.DataFrame({"x": means.round(DIGITS), "y": brought + rest, "n": n.astype(float)}).loc[cells.index]
    return shown.reset_index(drop=True).assign(part="point")


def _profiles(curve: Curve) -> Iterator[pd.DataFrame]:
    for name in SHAPES:
        found = getattr(curve.fit, f"profile_{name}")
        kept = found[np.isfinite(found[name])]
        yield pd.DataFrame({"x": kept[name], "y": kept["difference"]}).assign(part=name)


def days_of(told: Told, waves: tuple[str, ...]) -> tuple[date, date]:
    """From the first month of the waves to the last; the report's period without any."""
    if not waves:
        return told.params.period_start, told.params.period_end
    return pd.Period(waves[0], "M").start_time.date(), pd.Period(waves[-1], "M").end_time.date()


def row_of(
    told: Told,
    waves: tuple[str, ...],
    indicator: str,
    group: str,
    found: Estimate | Numbers | None,
    *,
    method: str = "dose_response",
    unit: str = POINTS,
    **more: object,
) -> results.Row:
    """A results row of waves."""
    return rows_of(told).row(indicator, group, method, unit, found, days=days_of(told, waves), **more)


def rows(curve: Curve) -> Iterator[results.Row]:
    """Overall change, decay, saturation, and the change at each dose."""
    name, about = f"dose:{curve.item}", (curve.told, curve.waves)
    if curve.fit is None:
        yield row_of(*about, name, "overall", None, status="not_evaluable", note=curve.reason)
        return
    fit, level = curve.fit, curve.told.params.conf_level
    yield row_of(*about, name, "overall", fit.overall, n=fit.n, verdict=verdict(curve), note=kind_of(curve.told))
    yield from (_shape_row(curve, each) for each in SHAPES)
    for line in changes(curve).itertuples():
        numbers = (line.estimate, line.ci_low, line.ci_high, level)
        yield row_of(*about, name, f"at={line.dose:g}", numbers, n=fit.n, note=kind_of(curve.told))
    for line in curve.held.itertuples():
        numbers = (line.estimate, line.ci_low, line.ci_high, level)
        note = "compatible" if line.compatible else "not_compatible"
        yield row_of(*about, name, f"decay={line.decay:g}", numbers, n=fit.n, note=note)


def kind_of(told: Told) -> str:
    """What the numbers are; those of a report on a part of the store are the whole store's."""
    return "association" if told.seen.places.whole else "association_in_whole_store"


def verdict(curve: Curve) -> str:
    return "no_effect_found" if not curve.found else "higher" if curve.fit.overall.estimate > 0 else "lower"


def _shape_row(curve: Curve, name: str) -> results.Row:
    found: ProfileInterval = getattr(curve.fit, name)
    about, unit = (curve.told, curve.waves, f"dose:{curve.item}", name), "ratio" if name == "decay" else "per_1000"
    if not found.identified:
        return row_of(*about, None, unit=unit, status="not_evaluable", note="not_identified")
    ends = found.ci_low, found.ci_high
    level = found.conf_level if any(end is not None for end in ends) else None
    return row_of(*about, (found.estimate if isfinite(found.estimate) else None, *ends, level), unit=unit)
