"""What independent packages say on the simulated panels of `tests/reference/did_panels.csv`.

    python tests/studies/did_oracles.py simulate PANELS.csv
    python tests/studies/did_oracles.py compute PANELS.csv ORACLES.csv

`compute` runs in an environment of its own, with csdid 0.4.3 and diff-diff 3.13.0, and imports nothing of this
project; `tests/reference/test_did.py` compares ours with the table it writes. All data here are simulated.
"""

import contextlib
import io
import sys
import warnings
from collections.abc import Iterator

import numpy as np
import pandas as pd

COLUMNS = "panel package control base anticipation kind cohort time estimate std_error".split()
"""`kind` is att_gt, imputation, or an aggregate; `time` is the period, event time or cohort it is about."""

CONTROLS = {"never_treated": "nevertreated", "not_yet_treated": "notyettreated"}
KINDS = {"simple": "simple", "dynamic": "event_time", "group": "cohort", "calendar": "time"}
DESIGNS = {"staggered": (8, {3: 7, 5: 9, 7: 6, None: 14}), "last_as_control": (7, {3: 8, 4: 5, 7: 9})}
"""Of each panel the periods, and how many units start when."""


def simulate() -> pd.DataFrame:
    """Balanced panels with unit and period effects, shocks that last, and growing effects that differ by cohort."""
    rng = np.random.default_rng(20240318)
    return pd.concat([_panel(rng, name, *design) for name, design in DESIGNS.items()], ignore_index=True)


def _panel(rng: np.random.Generator, name: str, periods: int, cohorts: dict) -> pd.DataFrame:
    starts = np.repeat([np.inf if start is None else start for start in cohorts], list(cohorts.values()))
    time = np.arange(1, periods + 1)
    since = np.clip(time - starts[:, None] + 1, 0, None)
    shocks = rng.normal(0, 1, (len(starts), periods)).cumsum(axis=1)
    level = rng.normal(10, 2, (len(starts), 1)) + rng.normal(0, 1, periods).cumsum()
    outcome = level + 0.5 * shocks + since * rng.normal(0.6, 0.3, (len(starts), 1))
    return pd.DataFrame(
        {
            "panel": name,
            "unit": np.repeat(np.arange(1, len(starts) + 1), periods),
            "time": np.tile(time, len(starts)),
            "cohort": np.repeat(np.where(np.isfinite(starts), starts, np.nan), periods),
            "weight": np.repeat(rng.uniform(0.5, 3, len(starts)).round(2), periods),
            "outcome": outcome.ravel().round(4),
        }
    )


def compute(panels: pd.DataFrame) -> pd.DataFrame:
    """One row per estimate, panel, package and setting."""
    rows = []
    for name, panel in panels.groupby("panel", sort=False):
        data = panel.assign(cohort=panel["cohort"].fillna(0)).drop(columns="panel")
        settings = [("not_yet_treated", "varying", 0, False)]
        if (data["cohort"] == 0).any():
            settings += [("never_treated", "varying", 0, False), ("never_treated", "varying", 0, True)]
            settings += [("never_treated", "universal", 0, False), ("not_yet_treated", "varying", 1, False)]
            rows += [(name, *row) for row in _imputation(data)]
        for setting in settings:
            rows += [(name, *row) for row in _csdid(data, *setting)]
        rows += [(name, *row) for row in _diff_diff(data, settings[0][0])]
    return pd.DataFrame(rows, columns=COLUMNS)


def _csdid(data: pd.DataFrame, control: str, base: str, anticipation: int, weighted: bool) -> Iterator[tuple]:
    from csdid.att_gt import ATTgt

    head = ("csdid_weighted" if weighted else "csdid", control, base, anticipation)
    names = {"yname": "outcome", "tname": "time", "idname": "unit", "gname": "cohort", "xformla": "outcome~1"}
    if weighted:
        names["weights_name"] = "weight"
    model = ATTgt(data=data, control_group=CONTROLS[control], anticipation=anticipation, cband=False, **names)
    with contextlib.redirect_stdout(io.StringIO()):
        model.fit(est_method="reg", base_period=base, bstrap=False)
        found = model.results
        for row in zip(*(found[key] for key in ("group", "year", "att", "se")), strict=True):
            yield *head, "att_gt", *row
        for theirs, kind in KINDS.items():
            atte = model.aggte(typec=theirs, bstrap=False, cband=False).atte
            yield *head, kind, None, None, atte["overall_att"], np.ravel(atte["overall_se"])[0]
            if theirs != "simple":
                for row in zip(atte["egt"], atte["att_egt"], np.ravel(atte["se_egt"]), strict=True):
                    yield *head, kind, None, *row


def _diff_diff(data: pd.DataFrame, control: str) -> Iterator[tuple]:
    from diff_diff import CallawaySantAnna

    model = CallawaySantAnna(control_group=control, estimation_method="reg")
    found = model.fit(data, "outcome", "unit", "time", "cohort")
    for (cohort, time), effect in found.group_time_effects.items():
        yield "diff_diff", control, "varying", 0, "att_gt", cohort, time, effect["effect"], None
    yield "diff_diff", control, "varying", 0, "simple", None, None, found.overall_att, None


def _imputation(data: pd.DataFrame) -> Iterator[tuple]:
    from diff_diff import ImputationDiD

    found = ImputationDiD().fit(data, "outcome", "unit", "time", "cohort")
    head = ("diff_diff", None, None, 0, "imputation")
    yield *head, None, None, found.overall_att, None
    effects = found.treatment_effects
    for event, effect in effects.groupby("rel_time")["tau_hat"].mean().items():
        yield *head, None, int(event), effect, None


def main(command: str, panels: str, oracles: str = "") -> None:
    """Write the panels, or what the packages say of them."""
    if command == "simulate":
        simulate().to_csv(panels, index=False, lineterminator="\n")
        return
    warnings.simplefilter("ignore")
    compute(pd.read_csv(panels)).to_csv(oracles, index=False, float_format="%.10g", lineterminator="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
