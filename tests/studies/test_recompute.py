"""Stored study rows and the page made from them are what the code computes: no table can be typed in."""

import pytest

from tests.studies import catalogue
from tests.studies.base import Study

TRIED = 5

every_study = pytest.mark.parametrize("study", catalogue.STUDIES, ids=lambda study: study.name)


@every_study
def test_five_seeds_give_the_stored_rows(study: Study) -> None:
    stored = study.stored()
    for seed in study.seeds[:: len(study.seeds) // TRIED][:TRIED]:
        assert study.lines(seed) == [row for row in stored if row["seed"] == str(seed)], f"run 'make study' ({seed})"


@every_study
def test_every_seed_is_stored_with_all_its_rows(study: Study) -> None:
    stored = study.stored()
    assert tuple(stored[0]) == study.columns
    count = study.per_seed or {}.fromkeys(study.seeds, len(study.lines(study.seeds[0]))).get
    assert [int(row["seed"]) for row in stored] == [seed for seed in study.seeds for _ in range(count(seed))]


@every_study
def test_what_the_study_claims_holds_in_its_rows(study: Study) -> None:
    assert study.broken(study.stored()) == []


def test_page_is_made_from_the_rows() -> None:
    assert catalogue.DOCUMENT.read_text(encoding="utf-8") == catalogue.document(), "run 'make study'"
