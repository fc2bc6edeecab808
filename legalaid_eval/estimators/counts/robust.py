"""Cluster-robust covariance of a weighted regression, small numbers of clusters taken into account."""

from dataclasses import dataclass

import numpy as np

ALONE = 1e-8
"""A direction in which a cluster is fitted wholly (leverage 1) tells nothing about the errors and is left out."""


@dataclass(frozen=True, slots=True, eq=False)
class Sandwich:
    """Cluster-robust covariance: `bread` (p, p), `scores` (G, p) per cluster, and what the degrees of freedom need.

    `adjusted` and `squared` (G, p, p) are X'AX and X'AAX of each cluster's terms X and adjustment A; None for CR1,
    whose degrees of freedom are G - 1.
    """

    bread: np.ndarray
    scores: np.ndarray
    factor: float
    adjusted: np.ndarray | None
    squared: np.ndarray | None

    @property
    def covariance(self) -> np.ndarray:
        half = self.scores @ self.bread
        return self.factor * half.T @ half

    def degrees_of_freedom(self, contrast: np.ndarray) -> float:
        """Satterthwaite's (1946) for a contrast (p,), errors taken as independent with the working variance."""
        if self.adjusted is None:
            return len(self.scores) - 1.0
        weight = self.bread @ contrast
        reach = self.adjusted @ weight
        own = np.einsum("gij,i,j->g", self.squared, weight, weight)
        through = reach @ self.bread
        shared = (through * reach).sum(axis=1)
        both = np.trace(np.linalg.matrix_power(self.bread @ (reach.T @ reach), 2))
        total = own.sum() - shared.sum()
        spread = (own**2).sum() - 2 * (own * shared).sum() + both
        return float(total**2 / spread) if spread > 0 else 0.0


def sandwich(terms: np.ndarray, errors: np.ndarray, cluster: np.ndarray, *, errors_kind: str) -> Sandwich:
    """CR1 (Liang and Zeger 1986, times G/(G-1) (N-1)/(N-K)) or CR2 (Bell and McCaffrey 2002).

    `terms` (n, p) and `errors` (n,) are the weighted regression's; `cluster` (n,) numbers from 0. For a generalised
    linear model these are the last working response's, which makes CR2 exact for that linearisation (as in R's
    clubSandwich). Effects of units that lie within clusters may have been taken out before: the adjustment is the same
    as with their dummies (Pustejovsky and Tipton 2018, theorem 2; the weights are the inverse working variances),
    and they do not count in CR1's factor.
    """
    bread = np.linalg.inv(terms.T @ terms)
    groups, (n, p) = int(cluster.max()) + 1, terms.shape
    order = np.argsort(cluster, kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(cluster))[:-1])
    if errors_kind == "cr1":
        scores = np.array([terms[rows].T @ errors[rows] for rows in parts])
        factor = groups / (groups - 1) * (n - 1) / (n - p)
        return Sandwich(bread, scores, factor, None, None)
    scores, adjusted, squared = np.empty((groups, p)), np.empty((groups, p, p)), np.empty((groups, p, p))
    for g, rows in enumerate(parts):
        scores[g], adjusted[g], squared[g] = _adjusted(terms[rows], errors[rows], bread)
    return Sandwich(bread, scores, 1.0, adjusted, squared)


def _adjusted(terms: np.ndarray, errors: np.ndarray, bread: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """X'Ae, X'AX and X'AAX of one cluster, A = (I - X bread X')^(-1/2).

    X = QR keeps the decomposition at (p, p): X bread X' = Q (R bread R') Q', and Q'X is all that A acts on.
    """
    q, r = np.linalg.qr(terms)
    leverage, vectors = np.linalg.eigh(r @ bread @ r.T)
    left = 1 - leverage
    root = np.where(left > ALONE, 1 / np.sqrt(np.maximum(left, ALONE)), 0.0)
    inner = (vectors * root) @ vectors.T
    reach = r.T @ inner
    return reach @ (q.T @ errors), reach @ r, reach @ reach.T


def two_way(terms: np.ndarray, errors: np.ndarray, places: Sandwich, period: np.ndarray) -> tuple[Sandwich, np.ndarray]:
    """The sandwich by period, and the covariance for shocks of places and of periods (Cameron, Gelbach and Miller
    2011): by place plus by period less by cell, which both hold.
    """
    periods = sandwich(terms, errors, period, errors_kind="cr2")
    cells = places.bread @ ((terms * errors[:, None] ** 2).T @ terms) @ places.bread
    return periods, places.covariance + periods.covariance - cells
