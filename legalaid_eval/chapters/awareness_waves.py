"""Awareness by wave, segment and county: shares with the intervals that the way of asking allows.

    found = awareness_by(survey, by="county")            # cells.awareness_waves.awareness_survey
    pooled = pooled_counties(found)

Each wording is a series of its own: a question that names legal aid first gets other answers than one that does not.
Waves without weights, strata or clusters are told as plain shares, and said to be.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from legalaid_eval.cells.awareness_waves import AwarenessSurvey, SurveyDesign, told_base, with_design
from legalaid_eval.cells.base import MISSING
from legalaid_eval.estimators import survey as sample
from legalaid_eval.estimators.base import Estimate
from legalaid_eval.estimators.pooling import shrink_rates
from legalaid_eval.indicators.outreach import AWARENESS, AwarenessMeasure

ALL = "all"
OK, SUPPRESSED, NOT_EVALUABLE = "ok", "suppressed", "not_evaluable"
BY = ("", "county", "segment")
COLUMNS = (
    "wave month wording by value item indicator unit estimate std_error ci_low ci_high conf_level n answered "
    "n_clusters df method status notes"
).split()
CHANGES = (
    "item unit wording first last first_month last_month estimate std_error ci_low ci_high n n_clusters status".split()
)
POOLED = ["effective_n", "pooled", "pooled_low", "pooled_high", "pooled_weight"]
FEW_ANSWERS, ONE_CLUSTER, LONELY = "few_answers", "one_cluster", "single_cluster_strata"


def awareness_by(
    survey: AwarenessSurvey,
    *,
    by: str = "",
    counties: Sequence[str] | None = None,
    measures: Sequence[AwarenessMeasure] = AWARENESS,
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """Frame COLUMNS, one row for each wave, wording, group and item; `by`: "" (all), county or segment.

    Shares have Korn-Graubard intervals within the whole wave's design, or those of a simple random sample where there
    is no design; the depth (0 to 3) has one from t. `n` is the base as it may be told (rounded), `answered` the
    percentage of it that answered and had what the design needs, in whole points. status: ok; suppressed, where those
    are fewer than the least count shown; not_evaluable, where the members of a group lie in one cluster of each
    stratum. `counties`: of the place; None: the whole store.
    """
    answers = survey.answers
    if counties is not None:
        answers = answers[answers["county"].isin(list(counties))]
    months = survey.waves.set_index("wave")["month"]
    rows = []
    for (wave, wording), asked in answers.groupby(["wave", "wording"]):
        usable, design = with_design(asked)
        bases = _asked(asked, by)
        for measure in measures:
            head = (wave, months.get(wave), wording)
            rows += [(*head, *row) for row in _of_wave(usable, design, measure, by, bases, survey.min_cell, conf_level)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _asked(asked: pd.DataFrame, by: str) -> dict[str, int]:
    """Value of `by` -> respondents."""
    return asked.groupby(by)["n"].sum().to_dict() if by else {ALL: int(asked["n"].sum())}


def _of_wave(
    usable: pd.DataFrame,
    design: SurveyDesign,
    measure: AwarenessMeasure,
    by: str,
    bases: dict[str, int],
    least: int,
    level: float,
) -> Iterator[tuple[object, ...]]:
    """Rows from `by` on."""
    values = sorted(set(usable[by]) - {MISSING}) if by else [ALL]
    answered = usable[usable[measure.key].notna()]
    numbers = _asked(answered, by)
    shown = [value for value in values if numbers.get(value, 0) >= least]
    estimates = _estimates(usable, design, measure, by, shown, level) if shown else {}
    for value in values:
        head = (by, value, measure.key, measure.indicator, measure.unit)
        if value not in estimates:
            yield (*head, *[None] * 4, level, None, None, None, None, "", SUPPRESSED, (FEW_ANSWERS, *design.notes))
            continue
        found, df, extra = estimates[value]
        base, known = told_base(bases[value], min_cell=least), np.isfinite(found.ci_low)
        share = round(100 * numbers[value] / bases[value])
        status, notes = (OK if known else NOT_EVALUABLE), (*design.notes, *extra, *(() if known else (ONE_CLUSTER,)))
        numbers_told = (found.estimate, found.std_error, found.ci_low, found.ci_high, level, base, share)
        yield (*head, *numbers_told, found.n_clusters, df, found.method, status, notes)


Told = tuple[Estimate, int | None, tuple[str, ...]]


def _estimates(
    usable: pd.DataFrame, design: SurveyDesign, measure: AwarenessMeasure, by: str, values: Sequence[str], level: float
) -> dict[str, Told]:
    """Value -> estimate, degrees of freedom, notes."""
    if measure.unit == "percent" and not design.columns:
        return {value: (_simple(usable, measure, by, value, level), None, ()) for value in values}
    among = usable[by] if by else pd.Series(ALL, index=usable.index)
    domain = among.where(among.isin(list(values)) & usable[measure.key].notna())
    lonely = _lonely(usable, design)
    found = sample.by_domain(
        usable.assign(_domain=domain),
        domain="_domain",
        outcome=measure.key,
        statistic="proportion" if measure.unit == "percent" else "mean",
        count="n",
        conf_level=level,
        lonely="adjust" if lonely else "error",
        **design.columns,
    )
    notes = (LONELY,) if lonely else ()
    return {value: (found[value], df, notes) for value, df in zip(found.labels, found.degrees_of_freedom, strict=True)}


def _simple(usable: pd.DataFrame, measure: AwarenessMeasure, by: str, value: str, level: float) -> Estimate:
    rows = usable[usable[measure.key].notna()]
    rows = rows[rows[by] == value] if by else rows
    yes = int((rows["n"] * rows[measure.key]).sum())
    return sample.proportion_interval(yes, int(rows["n"].sum()), conf_level=level)


def _lonely(usable: pd.DataFrame, design: SurveyDesign) -> bool:
    """Whether a stratum has a single cluster, or without clusters a single respondent."""
    stratum = usable[design.columns["stratum"]] if "stratum" in design.columns else pd.Series(ALL, index=usable.index)
    if "psu" in design.columns:
        return bool((usable.groupby(stratum)[design.columns["psu"]].nunique() < 2).any())
    return bool((usable.groupby(stratum)["n"].sum() < 2).any())


def pooled_counties(by_county: pd.DataFrame, *, conf_level: float = 0.95) -> pd.DataFrame:
    """Shares by county (`awareness_by(by="county")`), partially pooled within each wave, wording and item.

    The shown rows with `effective_n, pooled, pooled_low, pooled_high, pooled_weight` beside their columns. A county's
    few clusters tell its own design effect hardly at all, so one is taken for all counties and waves of an item in one
    wording: the sum of their linearised variances over the sum of p (1 - p) / n, at least 1. The effective n is n over
    that. Pooled shares are for comparing counties, not for adding up.
    """
    rows = by_county[(by_county["unit"] == "percent") & (by_county["by"] == "county") & by_county["estimate"].notna()]
    rows = rows.assign(effective_n=_effective(rows)) if len(rows) else rows
    parts = [_pooled(part, conf_level) for _, part in rows.groupby(["wave", "wording", "item"], sort=False)]
    return pd.concat(parts, ignore_index=True) if parts else rows.assign(**dict.fromkeys(POOLED, np.nan))


def _effective(rows: pd.DataFrame) -> pd.Series:
    """Effective numbers of respondents, of at least 1."""
    share = rows["estimate"].astype(float) / 100
    answered = rows["n"].astype(float) * rows["answered"].astype(float) / 100
    plain = (share * (1 - share) / answered).where(rows["std_error"].notna())
    seen = (rows["std_error"].astype(float) / 100) ** 2
    of_item = [rows["wording"], rows["item"]]
    sums = [values.groupby(of_item).transform("sum") for values in (seen, plain)]
    effect = (sums[0] / sums[1]).where(sums[1] > 0, 1.0).clip(lower=1.0)
    return (answered / effect).round().clip(lower=1.0)


def _pooled(rows: pd.DataFrame, conf_level: float) -> pd.DataFrame:
    trials = rows["effective_n"].to_numpy(float)
    yes = rows["estimate"].to_numpy(float) / 100 * trials
    frame = pd.DataFrame({"successes": np.round(yes) if len(rows) == 1 else yes, "trials": trials})
    found = shrink_rates(frame, successes="successes", trials="trials", conf_level=conf_level)
    columns = dict(zip(POOLED[1:], ("estimate", "ci_low", "ci_high", "weight"), strict=True))
    return rows.assign(**{name: found[column].to_numpy() for name, column in columns.items()})


def awareness_changes(
    survey: AwarenessSurvey,
    *,
    counties: Sequence[str] | None = None,
    measures: Sequence[AwarenessMeasure] = AWARENESS,
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """Frame CHANGES (OA05): in each wording the last wave less the first, of all together, with the errors that the
    same clusters have in both. In percentage points, depth in its score. No series of two wordings is made.
    """
    answers = survey.answers
    if counties is not None:
        answers = answers[answers["county"].isin(list(counties))]
    months = survey.waves.set_index("wave")["month"]
    rows = []
    for wording, asked in answers.groupby("wording"):
        number = asked.groupby("wave")["n"].sum()
        shown = number.index[number >= survey.min_cell].tolist()
        if len(shown) < 2:
            continue
        first, last = shown[0], shown[-1]
        usable, design = with_design(asked[asked["wave"].isin((first, last))])
        for measure in measures:
            scale = 100 if measure.unit == "percent" else 1
            means = sample.wave_means(usable, outcome=measure.key, wave="wave", count="n", **design.columns)
            if len(means.waves) < 2 or not np.isfinite(means.mean).all():
                continue
            found = means.change("all", first, last, conf_level=conf_level)
            unit = "percentage_point" if measure.unit == "percent" else measure.unit
            numbers = [scale * value for value in (found.estimate, found.std_error, found.ci_low, found.ci_high)]
            status = OK if np.isfinite(numbers[1]) else NOT_EVALUABLE
            head = (measure.key, unit, wording, first, last, months.get(first), months.get(last))
            rows.append(
                (
                    *head,
                    *numbers,
                    told_base(int(number[first] + number[last]), min_cell=survey.min_cell),
                    found.n_clusters,
                    status,
                )
            )
    return pd.DataFrame(rows, columns=CHANGES)
