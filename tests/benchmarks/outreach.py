"""The chapter on outreach beside its estimates alone: words, tables, figures and rows cost at most as much again.

The chapter is made once with every estimator that its parts call put under watch, which notes what it is asked. Then
the same questions are asked again, without a chapter round them, in turns with the whole chapter. What it looks up in
the store (cells) is there before.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from inspect import isfunction
from pathlib import Path
from statistics import median
from typing import Any

from legalaid_eval.chapters.base import grounds_of
from legalaid_eval.chapters.outreach import chapter_of
from legalaid_eval.chapters.outreach_findings import told_of
from legalaid_eval.chapters.reform_effect import reform_effects
from legalaid_eval.estimators.dose_response import DoseResponse
from legalaid_eval.params import ReportParams
from tests.benchmarks.reports import ROOT

ROUNDS = 5
GOAL = 2.0
LEAST_SHARE = 0.02
"""Of the time of all estimates; what took less is told as one."""
PACKAGES = ("numpy", "pandas", "scipy")
CHAPTERS, ESTIMATORS = "legalaid_eval.chapters.", "legalaid_eval.estimators"
PARAMS = ROOT / "params" / "demo-city-2025.yaml"


@dataclass(frozen=True, slots=True)
class Call:
    """A question to an estimator, as the chapter put it."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    named: Mapping[str, Any]

    def ask(self) -> object:
        return self.function(*self.args, **self.named)


@dataclass(frozen=True, slots=True)
class Compared:
    """`ratio`: time of the chapter as a multiple of its estimates'; `calls` and `shares` of their time by estimator."""

    ratio: float
    calls: Mapping[str, int]
    shares: Mapping[str, float]

    @property
    def reached(self) -> bool:
        return self.ratio <= GOAL


def compare(_: Path | None = None) -> Compared:
    """Measure in one run on the sample store; RuntimeError if the chapter asks no estimator."""
    params = ReportParams.read(PARAMS)
    told, grounds = told_of(params), grounds_of(params)
    with watched() as calls:
        chapter_of(told, grounds)
    if not calls:
        raise RuntimeError("found no call of an estimator; expected the chapter to make some")
    whole, alone = [], []
    for _round in range(ROUNDS):
        whole.append(spent(lambda: chapter_of(told, grounds)))
        alone.append([spent(call.ask) for call in calls])
    return Compared(median(whole) / median(map(sum, alone)), Counter(map(_name, calls)), _shares(calls, alone))


def _name(call: Call) -> str:
    return call.function.__name__


def _shares(calls: Sequence[Call], rounds: Sequence[Sequence[float]]) -> dict[str, float]:
    """Shares of the time of all calls, the largest first; the median of the rounds for each call."""
    each = [median(times) for times in zip(*rounds, strict=True)]
    by_name: Counter[str] = Counter()
    for call, seconds in zip(calls, each, strict=True):
        by_name[_name(call)] += seconds
    return {name: seconds / sum(each) for name, seconds in by_name.most_common()}


def spent(function: Callable[[], object]) -> float:
    start = time.process_time()
    function()
    return time.process_time() - start


@contextmanager
def watched() -> Iterator[list[Call]]:
    """Calls that chapters make of estimators, and of `reform_effects`, which is made of them; none within others."""
    calls: list[Call] = []
    inside = [0]

    def noted(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def ask(*args: Any, **named: Any) -> Any:
            if not inside[0]:
                calls.append(Call(function, args, named))
            inside[0] += 1
            try:
                return function(*args, **named)
            finally:
                inside[0] -= 1

        return ask

    places = list(_asked_at())
    try:
        for owner, name, function in places:
            setattr(owner, name, noted(function))
        yield calls
    finally:
        for owner, name, function in places:
            setattr(owner, name, function)


def _asked_at() -> Iterator[tuple[Any, str, Callable[..., Any]]]:
    """Where chapters find estimators: in their own names, in the packages they name, and in a fitted curve."""
    modules = [module for name, module in sorted(sys.modules.items()) if name.startswith((CHAPTERS, ESTIMATORS))]
    for module in modules:
        if module.__name__.startswith(CHAPTERS) or hasattr(module, "__all__"):
            for name, found in list(vars(module).items()):
                if isfunction(found) and (found.__module__.startswith(ESTIMATORS) or found is reform_effects):
                    yield module, name, found
    for name, found in list(vars(DoseResponse).items()):
        if isfunction(found) and not name.startswith("_"):
            yield DoseResponse, name, found


def section(compared: Compared) -> str:
    large = {name: share for name, share in compared.shares.items() if share >= LEAST_SHARE}
    lines = [f"- {name}: {compared.calls[name]} calls, {share:.0%}" for name, share in large.items()]
    rest = len(compared.shares) - len(large)
    if rest:
        lines.append(f"- {rest} others: {1 - sum(large.values()):.0%}")
    told, number = "\n".join(lines), sum(compared.calls.values())
    return f"""\
## Outreach chapter beside its estimates

The sample store's whole chapter on cells (panels, estimates, checks, tables, contents of figures, sentences and rows)
costs **{compared.ratio:.2f} times** the processor's time of the {number:,} calls of estimators in it, made again alone
with what the chapter gave them (at most {GOAL:.0f}; medians of {ROUNDS} rounds, in turns). What they cost:

{told}
"""
