"""The studies there are, and the document made from their stored rows."""

from tests.studies import (
    awareness_did,
    count_model_coverage,
    demo_city_caseload,
    demo_city_outreach,
    demo_city_times,
    did_intervals,
    dose_response_coverage,
    duration_coverage,
    forecast_accuracy,
    fuzz,
    implied_target,
    import_kills,
    its_coverage,
    oracles,
    pooling_coverage,
    proportion_coverage,
    spill_over_coverage,
    survey_coverage,
    table_mutations,
)
from tests.studies.base import HERE

STUDIES = (
    proportion_coverage.STUDY,
    implied_target.STUDY,
    fuzz.STUDY,
    table_mutations.STUDY,
    import_kills.STUDY,
    duration_coverage.STUDY,
    did_intervals.STUDY,
    its_coverage.STUDY,
    demo_city_times.STUDY,
    demo_city_caseload.STUDY,
    demo_city_outreach.STUDY,
    oracles.STUDY,
    count_model_coverage.STUDY,
    pooling_coverage.STUDY,
    dose_response_coverage.STUDY,
    spill_over_coverage.STUDY,
    survey_coverage.STUDY,
    awareness_did.STUDY,
    forecast_accuracy.STUDY,
)
DOCUMENT = HERE.parents[1] / "docs" / "studies.md"
HEAD = """\
# Studies

What the methods do over many seeds. `make study` computes everything here again; the rows behind each table, one per
seed and setting, are in `tests/studies/`. `make test` computes five seeds of each study again and demands equal rows,
and makes this page again from the rows. The Monte Carlo error is the standard deviation over the seeds, divided by the
root of their number. Data are made up where a study names no source of real ones.
"""


def document() -> str:
    """The whole page, from the stored rows."""
    return "\n".join((HEAD, *(study.report(study.stored()) for study in STUDIES)))
