"""The arithmetic of printed numbers: what is fed in comes back, and intervals contain the truth."""

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legalaid_eval.evidence import arithmetic as exact

counts = st.integers(1, 200_000)
totals = st.integers(1, 200_000)
decimals = st.integers(0, 3)
whole = st.integers(0, 10_000_000)


def printed(value: Fraction, places: int, rounding: str) -> Decimal:
    """The value as a source would print it."""
    scaled = value * 10**places
    half = Fraction(1, 2) if rounding == ROUND_HALF_UP else 0
    return Decimal(int(scaled + half)).scaleb(-places)


@given(counts, totals, decimals)
def test_an_implied_target_contains_the_target_that_was_rounded(count, target, places):
    rate = printed(Fraction(100 * count, target), places, ROUND_HALF_UP)
    if rate == 0:
        return
    interval = exact.implied_wholes_rounding(count, rate)
    assert interval is not None
    assert interval[0] <= target <= interval[1]


@given(counts, totals, decimals)
def test_an_implied_target_contains_the_target_that_was_cut_off(count, target, places):
    rate = printed(Fraction(100 * count, target), places, ROUND_DOWN)
    if rate == 0:
        return
    interval = exact.implied_wholes_truncation(count, rate)
    assert interval is not None
    assert interval[0] <= target <= interval[1]


@given(counts, st.decimals(min_value="0.1", max_value="300", places=1))
def test_every_implied_target_fed_back_prints_the_percentage_and_its_neighbours_do_not(count, rate):
    for interval, prints in (
        (exact.implied_wholes_rounding(count, rate), exact.prints_by_rounding),
        (exact.implied_wholes_truncation(count, rate), exact.prints_by_truncation),
    ):
        if interval is None:
            continue
        low, high = interval
        for target in (low, high, (low + high) // 2):
            assert prints(Fraction(100 * count, target), rate)
        for target in (low - 1, high + 1):
            assert target < 1 or not prints(Fraction(100 * count, target), rate)


@given(totals.filter(lambda n: n <= 3000), st.data(), st.integers(0, 2), st.sampled_from([ROUND_HALF_UP, ROUND_DOWN]))
def test_the_numerator_that_was_printed_is_among_the_possible_ones(total, data, places, rounding):
    k = data.draw(st.integers(0, total))
    rate = printed(Fraction(100 * k, total), places, rounding)
    fits = exact.whole_numerators(total, rate)
    assert fits is not None
    assert fits[0] <= k <= fits[1]


@given(st.lists(st.tuples(whole, st.integers(0, 500)), min_size=1, max_size=6))
def test_a_sum_of_bounds_contains_the_sum_of_values(parts):
    bounds = exact.add(exact.Bounds(Fraction(value), Fraction(value + width)) for value, width in parts)
    assert bounds.contains(Fraction(sum(value for value, _ in parts)))
    assert bounds.contains(Fraction(sum(value + width for value, width in parts)))


@given(whole, st.integers(1, 10_000), st.integers(0, 50), st.integers(0, 50))
def test_a_ratio_of_bounds_contains_the_ratio(top, bottom, above, below):
    bounds = exact.divide(
        exact.Bounds(Fraction(top), Fraction(top + above)), exact.Bounds(Fraction(bottom), Fraction(bottom + below))
    )
    assert bounds.contains(Fraction(top, bottom))
    assert bounds.contains(Fraction(top + above, bottom + below))


@given(st.integers(1, 2000), st.integers(0, 4))
def test_amounts_printed_in_ten_thousands_add_up_within_their_rounding(seed, extra):
    amounts = [seed * 137 + 1, seed * 911 + 13 * extra, seed * 53]
    shown = [Decimal(round(a, -2)) for a in amounts]
    total = Decimal(round(sum(amounts), -2))
    if any(value == 0 for value in (*shown, total)):
        return
    assert exact.add(exact.money_bounds(v) for v in shown).overlaps(exact.money_bounds(total))


@pytest.mark.parametrize(
    ("count", "rate", "rounding", "truncation"),
    [
        (54201, "135.5", (39986, 40015), (39972, 40000)),
        (1238, "83.09", (1490, 1490), None),
        (999, "108", (921, 929), (917, 925)),
        (115, "104", (111, 111), (110, 110)),
    ],
)
def test_implied_targets_worked_out_by_hand(count, rate, rounding, truncation):
    assert exact.implied_wholes_rounding(count, Decimal(rate)) == rounding
    assert exact.implied_wholes_truncation(count, Decimal(rate)) == truncation


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(39986, 40000, 40000), (921, 925, None), (1863, 1868, None), (95, 105, 100), (1000, 3000, None), (0, 5, None)],
)
def test_only_one_conspicuously_round_number_is_named(low, high, expected):
    assert exact.roundest(low, high) == expected
