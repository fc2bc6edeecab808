"""What is asked about a reform and what is answered: the words that chapters share, without any of their own."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from legalaid_eval.checks.base import CheckResult
from legalaid_eval.estimators import did
from legalaid_eval.estimators.base import Estimate

VERDICTS = (
    "improved",
    "worsened",
    "no_effect_found",
    "not_established",
    "cannot_be_told_apart",
    "described_only",
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a reform may have changed.

    `relevant` is the smallest effect that is worth seeing, in `unit`: a design that cannot see it has not shown that
    there is none. By default ten percentage points, or a quarter of what would have been.
    """

    key: str
    unit: str
    lower_is_better: bool
    indicator: str
    relevant: float | None = None


@dataclass(frozen=True, eq=False, slots=True)
class OutcomePanel:
    """An outcome by place and period: `frame` with `place, month, n, value, variance`.

    `month` is text, the first month of a period ("2023-05"); `n` the cases behind a value, `variance` the sampling
    variance of the value. A missing value is NaN, never zero. `period`: "month", "quarter", "half_year" or "year".
    `covariance`: where sampling errors of a place hang together over periods, all of them, with (place, month) as index
    and a column for every month.
    """

    frame: pd.DataFrame
    outcome: Outcome
    period: str = "month"
    covariance: pd.DataFrame | None = None


@dataclass(frozen=True, slots=True)
class Reforms:
    """`starts`: kind of reform -> place -> first treated period, as text ("2023-05")."""

    starts: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, eq=False, slots=True)
class Companions:
    """Other views of the same cases, for checks and groups; each is left out where it is not to be had.

    - `horizons`: name -> panel of the same outcome followed for a shorter or longer time.
    - `placebo_outcomes`: name -> panel of an outcome that none of the reforms can move.
    - `standardised`: the panel as it would be if every cell had the same mix of cases.
    - `mix`: name of a share -> panel of that share of the cases (0 to 1 or percent), to see whether the mix moved.
    - `groups`: (kind of group, group) -> panel of those cases alone.
    """

    horizons: Mapping[str, OutcomePanel] = field(default_factory=dict)
    placebo_outcomes: Mapping[str, OutcomePanel] = field(default_factory=dict)
    standardised: OutcomePanel | None = None
    mix: Mapping[str, OutcomePanel] = field(default_factory=dict)
    groups: Mapping[tuple[str, str], OutcomePanel] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Beside:
    """Another answer to the same question. `code`: placebo_rank, randomisation, cr2, ar_model, unadjusted,
    standardised. A rank or randomisation has a `p_value` and the `least_p_value` it could have."""

    code: str
    estimate: Estimate | None = None
    p_value: float | None = None
    least_p_value: float | None = None


@dataclass(frozen=True, slots=True)
class GroupEffect:
    """The effect among one group of cases; without an estimate where `reason` says why."""

    kind: str
    group: str
    estimate: Estimate | None
    baseline: float | None
    n: int
    reason: str | None = None


@dataclass(frozen=True, eq=False, slots=True)
class ReformEffect:
    """What a reform, or several that cannot be told apart, did to an outcome.

    - `reforms`: one kind, or a bundle whose effect is that of its first on. `entangled`: kinds that this one cannot
      be told apart from (verdict "cannot_be_told_apart"; their bundle is an effect of its own).
    - `treated`: place -> first treated period within the data; `never`: places to compare with; `left_out`: places
      treated from the first period on or before, and those with missing cells.
    - `design`: what the numbers of places allow. `method`: "difference_in_differences", "interrupted_series" or
      "description".
    - `estimate`: in the outcome's unit; None where there is none. `interval_p`: two-sided; `holm_p`: the same among
      all effects looked at together (Holm 1979), so that one in twenty by chance is not taken for a finding.
    - `baseline`: what the treated cells would have had on average; estimate / baseline is the relative effect.
    - `event_study`: `term, start, last, before, estimate, std_error, ci_low, ci_high`; `start` and `last` in months
      since the start, in bins of twelve.
    - `by_place`: `place, started, periods, estimate, std_error, ci_low, ci_high`.
    - `series`: `place, month, observed, counterfactual, treated`; of an interrupted series also `fitted,
      counterfactual_low, counterfactual_high`.
    - `verdict`, one of VERDICTS, and `reasons`, codes: flags of the design, "check.<name>", "too_wide",
      "not_evaluable", "effects_must_add_up", "interrupted_series_only", "series_too_short", "starts_differ",
      "missing_cells".
    - `smallest_detectable`: the effect that such a design would have seen four times in five.
    - `adjusted_for`: other reforms in the model; `coarse`: those of them whose effects had to be taken for less
      changeable than the others', because the data tell no more.
    """

    reforms: tuple[str, ...]
    outcome: Outcome
    panel: OutcomePanel
    treated: Mapping[str, str]
    never: tuple[str, ...]
    left_out: tuple[str, ...]
    design: did.Design
    method: str
    verdict: str
    reasons: tuple[str, ...] = ()
    estimate: Estimate | None = None
    interval_p: float | None = None
    holm_p: float | None = None
    baseline: float | None = None
    smallest_detectable: float | None = None
    beside: tuple[Beside, ...] = ()
    event_study: pd.DataFrame | None = None
    by_place: pd.DataFrame | None = None
    series: pd.DataFrame | None = None
    checks: tuple[CheckResult, ...] = ()
    adjusted_for: tuple[str, ...] = ()
    coarse: tuple[str, ...] = ()
    entangled: tuple[str, ...] = ()
    groups: tuple[GroupEffect, ...] = ()

    @property
    def relative(self) -> float | None:
        """The effect as a share of what would have been."""
        return self.estimate.estimate / self.baseline if self.estimate and self.baseline else None
