"""data/README.md says what the schemas say, and every table the project ships keeps to its schema."""

import csv

import pytest

from legalaid_eval import project, schemas
from legalaid_eval.dictionary import dictionary
from legalaid_eval.reading import read_table

FILES = {
    "figures": ("published/figures.csv", "published/disclosures.csv", "published/national_series.csv"),
    "claims": ("published/claims.csv",),
    "sources": ("published/sources.csv",),
    "places": ("published/places.csv",),
    "published_indicators": ("rules/published_indicators.csv",),
    "indicator_catalogue": ("rules/indicator_catalogue.csv",),
    "time_limits": ("rules/time_limits.csv",),
}


def test_the_dictionary_is_made_from_the_schemas():
    assert (project.resolve("data/README.md")).read_text(encoding="utf-8") == dictionary()


@pytest.mark.parametrize("schema", schemas.ALL, ids=lambda s: s.name)
def test_every_shipped_table_keeps_to_its_schema(schema):
    for name in FILES[schema.name]:
        path = project.resolve(f"data/{name}")
        with path.open(encoding="utf-8", newline="") as file:
            written = sum(1 for _ in csv.DictReader(file))
        assert len(read_table(path, schema)) == written > 0


def test_the_published_data_are_as_wide_as_promised():
    figures = read_table(project.resolve("data/published/figures.csv"), schemas.FIGURES)
    assert set(figures["source_id"]) == {"horinger2025", "changzhi2023", "lanzhou2023", "luqiao2017", "dingyuan2020"}
    assert len(figures) >= 145
    assert len(read_table(project.resolve("data/published/claims.csv"), schemas.CLAIMS)) >= 40
    disclosures = read_table(project.resolve("data/published/disclosures.csv"), schemas.FIGURES)
    assert disclosures["source_id"].nunique() == 11
    assert len(read_table(project.resolve("data/rules/indicator_catalogue.csv"), schemas.CATALOGUE)) == 56


def test_every_published_indicator_has_its_words_and_belongs_to_the_catalogue():
    indicators = read_table(project.resolve("data/rules/published_indicators.csv"), schemas.INDICATORS)
    catalogue = set(read_table(project.resolve("data/rules/indicator_catalogue.csv"), schemas.CATALOGUE)["id"])
    assert {c for c in indicators["catalogue_id"] if c} <= catalogue
    for column in ("name_zh", "definition_zh"):
        assert all(any("\u4e00" <= letter <= "\u9fff" for letter in text) for text in indicators[column])
