"""Gradient-boosted trees in plain numpy: an opponent that may use everything, where the analysis has to keep to a few stated signs.

Histogram trees after Friedman 2001 (Ann Stat 29:1189) with second-order leaves; a missing value is a bin of its own. For telling failure
(log loss), and for a number whose absolute error counts (the median).
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.uint8]
Loss = Literal["log", "absolute"]

BINS = 32
"""Of a feature, by its quantiles; bin 0 is a missing value."""


@dataclass(frozen=True)
class Settings:
    """One setting for all bounds: none was chosen by its result."""

    rounds: int = 160
    rate: float = 0.08
    depth: int = 4
    features: float = 0.4
    """Share of the features that a tree may look at, drawn anew for each."""
    leaf: int = 12
    """Least rows of a leaf."""
    ridge: float = 3.0


@dataclass
class Tree:
    """Levels of a binary tree as arrays by node: which feature, up to which bin to the left; -1 where a node is not split."""

    feature: list[NDArray[np.int64]] = field(default_factory=list)
    border: list[NDArray[np.int64]] = field(default_factory=list)
    value: Floats = field(default_factory=lambda: np.zeros(1))

    def leaves(self, codes: Codes) -> NDArray[np.int64]:
        """The leaf of each row."""
        node = np.zeros(len(codes), np.int64)
        rows = np.arange(len(codes))
        for feature, border in zip(self.feature, self.border, strict=True):
            split = feature[node]
            right = (split >= 0) & (codes[rows, np.maximum(split, 0)] > border[node])
            node = 2 * node + right
        return node


class Boosted:
    """`fit` on rows of features (NaN = missing), then `score`: a probability under log loss, else a number."""

    def __init__(self, loss: Loss = "log", settings: Settings | None = None) -> None:
        self._loss = loss
        self._s = settings or Settings()
        self._borders: list[Floats] = []
        self._trees: list[Tree] = []
        self._start = 0.0

    def fit(self, x: Floats, y: Floats) -> "Boosted":
        """x of shape (rows, features), y of shape (rows,): 0 or 1 under log loss."""
        shares = np.linspace(0, 1, BINS)[1:-1]
        columns = [column[np.isfinite(column)] for column in x.T]
        self._borders = [np.unique(np.quantile(column, shares)) if column.size else np.zeros(0) for column in columns]
        codes = self._coded(x)
        mean = float(np.clip(y.mean(), 1e-6, 1 - 1e-6))
        self._start = float(np.log(mean / (1 - mean))) if self._loss == "log" else float(np.median(y))
        now = np.full(len(y), self._start)
        for tree_number in range(self._s.rounds):
            own = self._drawn(tree_number, x.shape[1])
            if self._loss == "log":
                p = 1.0 / (1.0 + np.exp(-now))
                slope, bend = y - p, p * (1 - p)
            else:
                slope, bend = np.sign(y - now), np.ones(len(y))
            tree = self._grown(codes[:, own], slope, bend)
            tree.feature = [np.where(feature >= 0, own[feature], -1) for feature in tree.feature]
            leaf = tree.leaves(codes)
            if self._loss == "absolute":
                tree.value = np.array([np.median((y - now)[leaf == k]) if (leaf == k).any() else 0.0 for k in range(len(tree.value))])
            tree.value *= self._s.rate
            now += tree.value[leaf]
            self._trees.append(tree)
        return self

    def score(self, x: Floats) -> Floats:
        """One value a row."""
        codes = self._coded(x)
        total = np.full(len(x), self._start)
        for tree in self._trees:
            total += tree.value[tree.leaves(codes)]
        return 1.0 / (1.0 + np.exp(-total)) if self._loss == "log" else total

    def _drawn(self, tree_number: int, features: int) -> NDArray[np.int64]:
        """The features of a tree."""
        number = max(1, round(self._s.features * features))
        return np.sort(np.random.default_rng(tree_number).permutation(features)[:number])

    def _coded(self, x: Floats) -> Codes:
        codes = np.zeros(x.shape, np.uint8)
        for k, borders in enumerate(self._borders):
            known = np.isfinite(x[:, k])
            codes[known, k] = 1 + np.searchsorted(borders, x[known, k])
        return codes

    def _grown(self, codes: Codes, slope: Floats, bend: Floats) -> Tree:
        """Level by level the split of each node that gains most."""
        tree, node = Tree(), np.zeros(len(codes), np.int64)
        rows, features = codes.shape
        places = np.arange(features) * BINS + codes.astype(np.int64)
        slopes, bends = np.repeat(slope, features), np.repeat(bend, features)
        for level in range(self._s.depth):
            nodes = 1 << level
            shape = (nodes, features, BINS)
            flat, size = (node[:, None] * (features * BINS) + places).ravel(), nodes * features * BINS
            g = np.bincount(flat, slopes, size).reshape(shape).cumsum(axis=2)
            h = np.bincount(flat, bends, size).reshape(shape).cumsum(axis=2)
            n = np.bincount(flat, minlength=size).reshape(shape).cumsum(axis=2)
            whole = g[:, :, -1:] ** 2 / (h[:, :, -1:] + self._s.ridge)
            left, right = g**2 / (h + self._s.ridge), (g[:, :, -1:] - g) ** 2 / (h[:, :, -1:] - h + self._s.ridge)
            gain = np.where((n >= self._s.leaf) & (n[:, :, -1:] - n >= self._s.leaf), left + right - whole, 0.0).reshape(nodes, -1)
            best = gain.argmax(axis=1)
            split = gain[np.arange(nodes), best] > 1e-9
            feature, border = np.where(split, best // BINS, -1), np.where(split, best % BINS, BINS)
            tree.feature.append(feature)
            tree.border.append(border)
            chosen = feature[node]
            node = 2 * node + ((chosen >= 0) & (codes[np.arange(rows), np.maximum(chosen, 0)] > border[node]))
        leaves = 1 << self._s.depth
        g, h = np.bincount(node, slope, leaves), np.bincount(node, bend, leaves)
        tree.value = g / (h + self._s.ridge)
        return tree


def cross_validated(
    x: Floats, y: Floats, groups: NDArray[np.int64], loss: Loss = "log", parts: int = 5, settings: Settings | None = None
) -> Floats:
    """A score of each row from trees that saw no row of its group. Deterministic."""
    own = np.unique(groups)
    scores = np.zeros(len(y))
    part = np.random.default_rng(0).integers(0, parts, len(own))[np.searchsorted(own, groups)]
    for k in range(parts):
        test = part == k
        if test.any() and not test.all():
            scores[test] = Boosted(loss, settings).fit(x[~test], y[~test]).score(x[test])
    return scores
