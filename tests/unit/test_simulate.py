"""Demo City: deterministic, within published magnitudes, invented, and the same whatever the chunks."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml

from legalaid_eval.errors import UsageError
from legalaid_eval.register.simulate import simulate
from legalaid_eval.register.simulation import months, survey
from legalaid_eval.register.simulation.places import COUNTIES, KEYS, TOWN_KEYS
from legalaid_eval.register.simulation.reforms import KINDS, NEVER, SCHEDULE, World, confounded
from legalaid_eval.register.simulation.setting import RHO, SHOCK_SD, autoregressive, stream
from legalaid_eval.schemas import REGISTER_TABLES

SAMPLE = Path(__file__).parents[2] / "data" / "sample" / "store"


@pytest.fixture(scope="session")
def city(tmp_path_factory):
    path = tmp_path_factory.mktemp("city") / "store"
    simulate(path, seed=2025)
    return path


def table(store: Path, name: str) -> pd.DataFrame:
    return pq.read_table(sorted((store / name).glob("*.parquet"))).to_pandas(date_as_object=False)


def digests(store: Path) -> dict[str, str]:
    files = sorted(path for path in store.rglob("*") if path.is_file())
    return {path.relative_to(store).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_seed_gives_the_same_bytes(city, tmp_path):
    simulate(tmp_path / "again", seed=2025)
    assert digests(tmp_path / "again") == digests(city)


@pytest.mark.parametrize("chunk_rows", [3_000, 17_001])
def test_what_is_drawn_does_not_depend_on_the_chunks(city, tmp_path, chunk_rows):
    simulate(tmp_path / "again", seed=2025, chunk_rows=chunk_rows)
    for name in REGISTER_TABLES:
        pd.testing.assert_frame_equal(table(tmp_path / "again", name), table(city, name))
    for name in ("truth.yaml", "issues.csv"):
        assert (tmp_path / "again" / name).read_bytes() == (city / name).read_bytes()


def test_another_seed_gives_other_cases(tmp_path):
    for seed in (1, 2):
        simulate(tmp_path / str(seed), seed=seed, scale=0.1)
    assert digests(tmp_path / "1")["cases/part-00000.parquet"] != digests(tmp_path / "2")["cases/part-00000.parquet"]


def test_the_sample_is_what_the_command_makes(city):
    assert digests(SAMPLE) == digests(city)
    assert sum(path.stat().st_size for path in SAMPLE.parent.rglob("*") if path.is_file()) < 3_000_000


def test_every_table_is_there_and_says_that_it_is_simulated(city):
    described = json.loads((city / "store.json").read_text(encoding="utf-8"))
    assert described["simulated"] is True
    assert described["data_as_of"] == "2025-12-31"
    assert described["seed"] == 2025
    assert set(described["tables"]) == set(REGISTER_TABLES)
    assert all(found["rows"] for found in described["tables"].values())
    assert yaml.safe_load((city / "truth.yaml").read_text(encoding="utf-8"))["simulated"] is True


@pytest.mark.parametrize("name", sorted(REGISTER_TABLES))
def test_codes_required_cells_and_keys_hold(city, name):
    schema, rows = REGISTER_TABLES[name], table(city, name)
    assert tuple(rows.columns) == schema.columns
    for field in schema.fields:
        filled = rows[field.name].dropna()
        assert len(filled) == len(rows) or not field.required, field.name
        if field.codes:
            values = filled.str.split("|").explode() if field.kind == "codes" else filled
            assert set(values) <= set(field.codes), field.name
    if schema.unique:
        assert not rows.duplicated(list(schema.unique)).any()


def test_magnitudes_are_those_that_are_published(city):
    cases = table(city, "cases")
    cases["year"] = cases.applied_on.fillna(cases.notice_on).dt.year
    assert cases.groupby(["county", "year"]).size().between(100, 1000).all()
    shares = cases.case_type.value_counts(normalize=True)
    assert shares["civil"] == pytest.approx(0.61, abs=0.03)
    assert shares["criminal"] == pytest.approx(0.38, abs=0.03)
    assert shares.drop(["civil", "criminal"]).sum() == pytest.approx(0.01, abs=0.005)
    done = cases[cases.year < 2025]
    recovered = done.groupby("year").loss_recovered_cny.sum() / done.groupby("year").size()
    assert recovered.between(8_000, 15_000).all()
    answers = table(city, "callbacks").answer_class.value_counts()
    content = answers["satisfied"] + answers["basically_satisfied"]
    assert 0.96 <= content / (content + answers["dissatisfied"]) <= 1
    grades = cases.grade.value_counts(normalize=True)
    assert 0.008 < grades["excellent"] < 0.14
    assert 0.10 < grades["good"] < 0.36
    assert grades["unqualified"] < 0.035


def test_seasons_the_outlier_year_and_the_changing_mix_can_be_found(city):
    cases = table(city, "cases")
    start = cases.applied_on.fillna(cases.notice_on)
    by_year = start.dt.year.value_counts()
    assert by_year[2020] < 0.9 * min(by_year[2019], by_year[2021])
    labour = cases.matter.isin(["labour_pay", "work_injury"])
    assert labour[start.dt.month.isin([12, 1])].mean() > 1.1 * labour[start.dt.month.isin([5, 6])].mean()
    festival = [(2023, 1, 21), (2024, 2, 10), (2025, 1, 29)]
    around = sum(start.between(*(pd.Timestamp(*day) + pd.Timedelta(days=d) for d in (0, 6))).sum() for day in festival)
    assert around < 0.25 * 3 * 7 * len(start[start.dt.year >= 2023]) / (3 * 365)
    platform = cases.recipient_groups.str.contains("platform_worker", na=False)
    assert platform[start.dt.year == 2025].mean() > 2 * platform[start.dt.year == 2019].mean()


def test_open_cases_are_cut_off_at_the_last_day(city):
    cases = table(city, "cases")
    days = cases.select_dtypes("datetime")
    assert (days.max() <= pd.Timestamp("2025-12-31")).all()
    still = cases[cases.status == "open"]
    assert len(still) > 500
    assert still[["closed_on", "terminated_on", "subsidy_cny", "grade"]].isna().all(axis=None)
    assert cases.decided_on.isna().sum() > 10


def test_decisions_fall_on_working_days_and_stages_follow_one_another(city):
    cases = table(city, "cases")
    decided = (cases.decided_on.dropna() - pd.Timestamp(0)).dt.days.to_numpy()
    assert months.is_worked(decided).all()
    civil = cases[cases.applied_on.notna()]
    assert (civil.decided_on.dropna() >= civil.applied_on[civil.decided_on.notna()]).all()
    ordinary = cases[~cases.aid_first & cases.assigned_on.notna()]
    assert (ordinary.assigned_on >= ordinary.decided_on).all()
    issues = pd.read_csv(city / "issues.csv")
    assert set(issues.severity) == {"error", "doubt"}
    backwards = cases.index[cases.archived_on < cases.closed_on] + 2
    assert set(backwards) == set(issues[issues.column == "archived_on"].row)


def test_the_survey_has_waves_strata_clusters_modes_and_two_wordings(city):
    asked = table(city, "awareness_survey")
    assert sorted(asked.wave.unique()) == list(range(1, 9))
    assert (asked.groupby("psu").wave.nunique() == 8).all()
    assert (asked.groupby("county").stratum.nunique() == 2).all()
    assert asked[asked.wave < 5].wording.eq("prompted").all()
    assert asked[asked.wave == 5].wording.nunique() == 2
    assert asked[asked.wave > 5].wording.eq("unprompted").all()
    assert asked.groupby("wave")["mode"].nunique().eq(3).all()
    adults = sum(county.population for county in COUNTIES) * survey.ADULTS
    assert asked.groupby("wave").weight.sum().to_numpy() == pytest.approx(adults, rel=0.02)


@pytest.mark.parametrize("kind", range(len(KINDS)), ids=KINDS)
def test_adoption_is_staggered_and_some_counties_never_adopt(kind):
    dates = SCHEDULE[kind]
    assert (dates == NEVER).sum() in (3, 4)
    adopted = dates[dates < NEVER]
    assert len(set(adopted)) >= len(adopted) - 1
    assert adopted.min() >= 18


def test_effects_grow():
    strength = World.of(3, KINDS).strength.reshape(len(KINDS), len(COUNTIES), -1)
    assert (np.diff(strength, axis=2) >= -1e-12).all()


def test_pairs_that_cannot_be_told_apart_are_listed(city):
    found = yaml.safe_load((city / "truth.yaml").read_text(encoding="utf-8"))["confounded"]
    assert [pair["reforms"] for pair in found] == [list(pair.kinds) for pair in confounded(KINDS)]
    inseparable = [pair["reforms"] for pair in found if pair["inseparable"]]
    assert inseparable == [["means_waiver", "commitment"]]
    assert all(pair["together"] for pair in found)
    assert confounded({"means_waiver"}) == ()


def test_shocks_are_serially_correlated():
    shocks = autoregressive(stream(5, 99), (400, 84), SHOCK_SD)
    assert shocks.std() == pytest.approx(SHOCK_SD, rel=0.03)
    assert np.corrcoef(shocks[:, 1:].ravel(), shocks[:, :-1].ravel())[0, 1] == pytest.approx(RHO, abs=0.02)


def test_one_reform_alone(tmp_path):
    found = simulate(tmp_path / "store", seed=4, scale=0.2, reform="miniprogram")
    assert found["reforms_on"] == ["miniprogram"]
    assert found["confounded"] == []
    assert table(tmp_path / "store", "reforms").kind.unique().tolist() == ["miniprogram"]
    assert found["reforms"]["miniprogram"]["estimands"]["online_share"]["value"] > 10


def test_no_reform_at_all_is_a_city_without_effects(tmp_path):
    found = simulate(tmp_path / "store", seed=4, scale=0.05, reform="none")
    assert found["reforms"] == {}
    assert table(tmp_path / "store", "reforms").empty


def test_names_are_invented_in_both_languages():
    published = pd.read_csv(Path(__file__).parents[2] / "data" / "published" / "places.csv")
    assert len({county.stem for county in COUNTIES}) == len(set(KEYS)) == 12
    assert not {county.name_zh() for county in COUNTIES} & set(published.name_zh)
    assert not set(KEYS) & set(published.place)
    assert len(set(TOWN_KEYS)) == 96


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"reform": "one_day"}, "one_day_review"),
        ({"without": ["x"]}, "expected one of"),
        ({"scale": 0}, "above 0"),
        ({"scale": 10_000}, "at most 700"),
        ({"seed": -1}, "zero or more"),
    ],
)
def test_arguments_that_cannot_work_are_refused_before_anything_is_written(tmp_path, arguments, said):
    with pytest.raises(UsageError, match=said):
        simulate(tmp_path / "store", **arguments)
    assert not list(tmp_path.iterdir())


def test_the_documented_effects_are_those_of_the_sample():
    truth = yaml.safe_load((SAMPLE / "truth.yaml").read_text(encoding="utf-8"))["reforms"]
    rows = [
        (kind, name, said["unit"], str(said["value"]))
        for kind, reform in truth.items()
        for name, said in reform["estimands"].items()
    ]
    text = (Path(__file__).parents[2] / "docs" / "demo_city.md").read_text(encoding="utf-8")
    table_lines = text.split("| effect |")[1].split("\n\n")[0].splitlines()[2:]
    assert [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in table_lines] == rows
