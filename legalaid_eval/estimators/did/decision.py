"""Which comparison the numbers of treated and never-treated places allow, and which intervals to show."""

from dataclasses import dataclass
from typing import Literal

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.did.pre_period import REJECTED_BELOW

ENOUGH_CONTROLS = 4
ENOUGH_CONTROLS_FOR_ONE = 19
"""With so many placebos the rank of a single treated place can reach 1 in 20."""
MANY_TREATED = 8
FEW_TREATED = 3

Kind = Literal["difference_in_differences", "not_established", "description"]


@dataclass(frozen=True, slots=True)
class Design:
    """What may be said, and on which interval.

    - `kind`: "difference_in_differences": an effect with its interval; "not_established": the interval is shown with
      the smallest detectable effect, but no effect is claimed; "description": no comparison at all.
    - `inference`: the interval to print first, a name of this package ("placebo_pool", "ar_model"), or None.
    - `beside`: what stands beside it ("randomisation", "placebo_rank", "cr2", "pre_period_ratio", "ar_model",
      "smallest_detectable", "interrupted_series").
    - `flags`: what the reader must be told: "few_controls", "one_treated_assumes_alike", "model_interval",
      "no_control", "no_treated", "treated_more_variable", "no_method_holds".
    """

    kind: Kind
    inference: str | None
    beside: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


def choose_design(n_treated: int, n_never: int, *, ratio_p: float | None = None) -> Design:
    """The design for so many treated and never-treated places, from studies of simulated places (docs/methods.md).

    `ratio_p` is the p-value of `pre_period_ratio`. Below .05 the treated places' shocks were larger already before
    treatment: pass its `treated_scale` to `placebo_pool`; with up to three treated places even then no method holds
    its level, and the design says so.
    """
    if min(n_treated, n_never) < 0:
        raise UsageError(f"found {n_treated} treated and {n_never} never-treated places; expected counts from 0")
    design = _by_counts(n_treated, n_never)
    if ratio_p is None or not ratio_p < REJECTED_BELOW or design.kind == "description":
        return design
    flags = ("treated_more_variable", *(("no_method_holds",) if n_treated <= FEW_TREATED else ()))
    return Design(design.kind, design.inference, design.beside, design.flags + flags)


def _by_counts(n_treated: int, n_never: int) -> Design:
    if n_treated == 0:
        return Design("description", None, (), ("no_treated",))
    if n_never <= 1:
        return Design(
            "description", None, ("interrupted_series",), ("no_control",) if n_never == 0 else ("few_controls",)
        )
    if n_treated == 1:
        return _one_treated(n_never)
    usual = ("randomisation", "cr2", "pre_period_ratio")
    if n_never >= ENOUGH_CONTROLS:
        return Design("difference_in_differences", "placebo_pool", usual)
    if n_treated >= MANY_TREATED:
        return Design("difference_in_differences", "placebo_pool", (*usual, "ar_model"), ("few_controls",))
    return Design("not_established", "ar_model", (*usual, "smallest_detectable"), ("few_controls", "model_interval"))


def _one_treated(n_never: int) -> Design:
    alike = "one_treated_assumes_alike"
    if n_never >= ENOUGH_CONTROLS_FOR_ONE:
        beside = ("placebo_rank", "pre_period_ratio")
        return Design("difference_in_differences", "placebo_pool", beside, (alike,))
    beside = ("placebo_rank", "pre_period_ratio", "smallest_detectable")
    return Design("not_established", "ar_model", beside, (alike, "model_interval"))
