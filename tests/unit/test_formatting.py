"""Numbers, dates, units, codes and sentences in both languages."""

from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from legalaid_eval.content import Code, Label, Message, Period, Quantity, Range
from legalaid_eval.errors import LegalAidEvalError
from legalaid_eval.report import words
from legalaid_eval.report.formatting import MINUS, formatter

ZH, EN = formatter("zh"), formatter("en")
DAY = date(2023, 11, 21)

VALUES = [
    (Quantity(10_870_000, "CNY", decimals=0), "1,087万元", "CNY 10.87 million"),
    (Quantity(4_900_000, "CNY", "more_than"), "超过490万元", "more than CNY 4.9 million"),
    (Quantity(156_200, "CNY"), "15.62万元", "CNY 156,200"),
    (Quantity(9_999, "CNY"), "9,999元", "CNY 9,999"),
    (Quantity(4_850_000_000, "CNY"), "48.5亿元", "CNY 4.85 billion"),
    (Quantity(12345.60, "CNY", decimals=2), "12,345.60元", "CNY 12,345.60"),
    (Quantity(1600, "CNY/case"), "1,600元/件", "CNY 1,600 per case"),
    (Quantity(83.09, "percent", decimals=2), "83.09%", "83.09%"),
    (Quantity(100.0, "percent", decimals=1), "100.0%", "100.0%"),
    (Quantity(98, "percent", "at_least"), "98%以上", "at least 98%"),
    (Quantity(100, "percent", "more_than"), "超过100%", "more than 100%"),
    (Quantity(1400, "person_time", "more_than"), "1,400余人次", "more than 1,400 person-times"),
    (Quantity(1, "working_day", "at_most"), "不超过1个工作日", "at most 1 working day"),
    (Quantity(500, "document", "nearly"), "近500份", "nearly 500 documents"),
    (Quantity(1, "percentage_point"), "1个百分点", "1 percentage point"),
    (Quantity(1.0, "percentage_point", decimals=1), "1.0个百分点", "1.0 percentage points"),
    (Quantity(-3.2, "percentage_point"), f"{MINUS}3.2个百分点", f"{MINUS}3.2 percentage points"),
    (Quantity(70.86433, "percent"), "70.86%", "70.86%"),
    (Quantity(0.00012, "ratio"), "0.00012", "0.00012"),
    (Quantity(float("nan"), "case"), "—", "—"),
    (Range(39_986, 40_015, "person_time"), "39,986至40,015人次", "39,986 to 40,015 person-times"),
    (Range(83.085, 83.095, "percent"), "83.085%至83.095%", "83.085% to 83.095%"),
    (Range(10_000_000, 20_000_000, "CNY"), "1,000万至2,000万元", "CNY 10 million to 20 million"),
    (Range(None, 5, "case"), "不超过5件", "at most 5 cases"),
    (Range(5, None, "case"), "5件以上", "at least 5 cases"),
    (Range(None, None, "case"), "无法限定范围", "no bound"),
    (Range(7, 7, "case"), "7件", "7 cases"),
    (DAY, "2023年11月21日", "21 November 2023"),
    (Period(date(2023, 1, 1), DAY), "2023年1月1日至11月21日", "1 January to 21 November 2023"),
    (
        Period(date(2022, 10, 1), DAY, "partly_stated"),
        "2022年10月1日至2023年11月21日（部分推断）",
        "1 October 2022 to 21 November 2023 (partly inferred)",
    ),
    (Period(date(2023, 1, 1), date(2023, 12, 31)), "2023年", "2023"),
    (Period(date(2023, 1, 1), date(2025, 12, 31), "inferred"), "2023至2025年（推断）", "2023 to 2025 (inferred)"),
    (Period(date(2023, 1, 1), date(2023, 10, 31)), "2023年1月至10月", "January to October 2023"),
    (Period(date(2023, 2, 1), date(2023, 2, 28)), "2023年2月", "February 2023"),
    (Period(DAY, DAY), "2023年11月21日", "21 November 2023"),
    (Label("长治市", "Changzhi City"), "长治市", "Changzhi City"),
    (Code("verdict", "contradicted"), "矛盾", "contradicted"),
    ((Label("甲", "A"), Label("乙", "B"), Label("丙", "C")), "甲、乙、丙", "A, B and C"),
    (
        (Code("needed", "baseline"), Code("needed", "case_dates")),
        "改革之前按同一口径取得的基期数值；每件案件的申请、审查、指派和结案日期",
        "a baseline value measured in the same way before the change; and "
        "the dates of application, decision, assignment and closure of every case",
    ),
    ((), "—", "—"),
    (None, "—", "—"),
    (pd.NaT, "—", "—"),
    (True, "是", "yes"),
    (np.int64(54201), "54,201", "54,201"),
    (np.float64(0.5), "0.5", "0.5"),
    ("x < y", "x < y", "x < y"),
]


@pytest.mark.parametrize(("value", "zh", "en"), VALUES, ids=[str(value)[:60] for value, _, _ in VALUES])
def test_value_in_both_languages(value: object, zh: str, en: str) -> None:
    assert (ZH.text(value), EN.text(value)) == (zh, en)


def read_back(text: str) -> Decimal:
    return Decimal(text.replace(",", "").replace(MINUS, "-"))


@given(st.decimals(-(10**15), 10**15, places=4), st.integers(0, 4))
def test_every_printed_digit_is_kept(number: Decimal, decimals: int) -> None:
    source = number.quantize(Decimal(1).scaleb(-decimals))
    for language in words.LANGUAGES:
        shown = formatter(language).number(source, decimals)
        assert read_back(shown) == source
        assert len(shown.partition(".")[2]) == decimals


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_no_number_is_written_in_scientific_notation(number: float) -> None:
    shown = EN.number(number)
    assert "e" not in shown.lower()
    assert float(read_back(shown)) == pytest.approx(number, rel=1e-3)


@given(st.integers(-(10**14), 10**14))
def test_money_keeps_its_value_whatever_its_step(yuan: int) -> None:
    shown = ZH.quantity(Quantity(yuan, "CNY", decimals=0)).removesuffix("元")
    factor = {"亿": 10**8, "万": 10**4}.get(shown[-1], 1)
    assert read_back(shown.rstrip("亿万")) * factor == yuan


@given(st.integers(0, 10**9), st.integers(0, 10**6), st.sampled_from(["case", "person_time", "percent"]))
def test_a_range_prints_both_its_ends(low: int, width: int, unit: str) -> None:
    shown = EN.text(Range(low, low + width, unit))
    assert f"{low:,}" in shown and f"{low + width:,}" in shown


def test_an_infinite_number_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        EN.text(Quantity(float("inf"), "case"))


def test_a_value_without_words_is_refused() -> None:
    with pytest.raises(TypeError, match="no words for"):
        EN.text({"a": 1})


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize(
    ("value", "key"),
    [
        (Quantity(1, "parsec"), "formats.units.parsec"),
        (Quantity(1, "case", "roughly"), "formats.qualifiers.roughly"),
        (Code("verdict", "fine"), "codes.verdict.fine"),
        (Message("no.such.sentence"), "no.such.sentence"),
    ],
)
def test_a_missing_word_is_named_with_its_language(value: object, key: str, language: str) -> None:
    with pytest.raises(LegalAidEvalError) as caught:
        formatter(language).text(value)
    assert key in str(caught.value) and f"'{language}'" in str(caught.value)


def test_both_languages_have_the_same_keys() -> None:
    assert sorted(words.keys("zh") ^ words.keys("en")) == []


@pytest.mark.parametrize("key", ["codes.verdict", "codes.needed", "codes.chapters", "formats.units"])
def test_no_word_of_a_list_is_empty_or_used_twice(key: str) -> None:
    for language in words.LANGUAGES:
        texts = [words.lookup(each, language) for each in words.keys(language) if each.startswith(f"{key}.")]
        assert all(texts)
        if key.startswith("codes"):
            assert len(texts) == len(set(texts))
