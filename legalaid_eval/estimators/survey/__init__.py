"""Samples: means, totals and proportions with weights, strata, clusters and finite populations; raking; planning.

The variance is that of one-stage Taylor linearisation: between clusters within strata. Domains (`by_domain`) are
estimated within the whole sample, never by cutting it. `smallest_detectable_change` and `sample_size` say what the next
survey could see.
"""

from legalaid_eval.estimators.survey.domains import DomainEstimates, by_domain
from legalaid_eval.estimators.survey.effects import DesignEffect, design_effect
from legalaid_eval.estimators.survey.estimation import mean, proportion, total
from legalaid_eval.estimators.survey.planner import (
    DetectableChange,
    SampleSize,
    sample_size,
    smallest_detectable_change,
)
from legalaid_eval.estimators.survey.raking import Raking, rake
from legalaid_eval.estimators.survey.simple import proportion_interval
from legalaid_eval.estimators.survey.waves import WaveMeans, wave_means

__all__ = [
    "DesignEffect",
    "DetectableChange",
    "DomainEstimates",
    "Raking",
    "SampleSize",
    "WaveMeans",
    "by_domain",
    "design_effect",
    "mean",
    "proportion",
    "proportion_interval",
    "rake",
    "sample_size",
    "smallest_detectable_change",
    "total",
    "wave_means",
]
