"""Bradley-Terry ratings with ties, by maximum likelihood.

Davidson (1970), "On extending the Bradley-Terry model to accommodate ties in paired comparison experiments": with
strengths p and a tie parameter v, i is chosen over j with probability p_i / (p_i + p_j + v sqrt(p_i p_j)). Without ties
it is the model of Bradley and Terry (1952). In log-strengths it is an exponential family, so that the likelihood is
concave and Newton's steps find its one maximum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leaderboard.study.votes import Votes

_MOST_STEPS = 100
_CONVERGED = 1e-10  # of the largest step, in log-odds
_LARGEST_STEP = 2.0


@dataclass(frozen=True, eq=False)
class Ratings:
    """Log-strengths of methods; their mean is 0, so that 0 is an average method of the study.

    Args:
        theta: float64 [m]; a difference is the log-odds of a choice where there is one. NaN outside of `fitted`.
        log_tie: log v; None where no vote is a tie.
        fitted: numbers of methods that have a rating, ascending.
        influence: float64 [n, m]: how much each vote moves `theta`, scaled so that the mean of the votes' values is 0
            and `theta` moves by the change of that mean.
    """

    theta: np.ndarray
    log_tie: float | None
    fitted: tuple[int, ...]
    influence: np.ndarray


def connected_groups(votes: Votes) -> list[list[int]]:
    """Methods that comparisons connect, however they ended; more than one group cannot be ranked together."""
    met = votes.wins() + votes.ties()
    return _components(met + met.T, strong=False)


def comparable_groups(votes: Votes) -> list[list[int]]:
    """Methods among which everybody was chosen, or called equal, by a chain over everybody else.

    Only inside such a group are ratings finite (Ford 1957): a method that won every vote against the rest of the study
    has no largest rating.
    """
    return _components(votes.wins() + votes.ties(), strong=True)


def fit(votes: Votes) -> Ratings:
    """Ratings of the largest group of `comparable_groups`.

    Methods outside of it have no finite rating. Leaving their votes out is exact: as their ratings go to plus or minus
    infinity, where the likelihood is largest, these votes say nothing about the others.

    Raises:
        ValueError: no group has two methods.
    """
    fitted = max(comparable_groups(votes), key=len, default=[])
    if len(fitted) < 2:
        raise ValueError("expected two methods each of which was chosen over the other at least once")
    m, own = len(votes.methods), np.ix_(fitted, fitted)
    maximum = maximise(votes.wins()[own], votes.ties()[own])
    theta, influence = np.full(m, np.nan), np.zeros((len(votes), m))
    theta[fitted] = maximum.theta
    inside = np.isin(votes.left, fitted) & np.isin(votes.right, fitted)
    place = np.zeros(m, np.int64)
    place[fitted] = np.arange(len(fitted))
    scores = _scores(maximum, place[votes.left[inside]], place[votes.right[inside]], votes.outcome[inside])
    influence[np.ix_(np.flatnonzero(inside), np.array(fitted))] = (
        len(votes) * scores @ maximum.covariance[:, : len(fitted)]
    )
    return Ratings(theta, maximum.log_tie, tuple(fitted), influence)


@dataclass(frozen=True, eq=False)
class Maximum:
    """Where the likelihood of a table is largest.

    Args:
        theta: float64 [m], mean 0.
        log_tie: None where the table has no ties.
        covariance: float64 [p, p] of `theta` and `log_tie` if votes were independent.
    """

    theta: np.ndarray
    log_tie: float | None
    covariance: np.ndarray


def maximise(
    wins: np.ndarray,  # [m, m], how often the line was chosen over the column; need not be whole numbers
    ties: np.ndarray,  # [m, m], symmetric
) -> Maximum:
    """Newton's method on the log-likelihood of a table whose methods are all comparable.

    Raises:
        ValueError: it does not converge.
    """
    m = len(wins)
    first, second = np.triu_indices(m, 1)
    counts = np.stack([wins[first, second], wins[second, first], ties[first, second]], axis=1).astype(np.float64)
    has_ties = bool(counts[:, 2].any())
    features = _features(first, second, m, has_ties=has_ties)
    counts = counts[:, : features.shape[1]]
    meetings = counts.sum(axis=1)
    observed = np.einsum("nk,nkp->p", counts, features)
    parameters = np.zeros(features.shape[2])
    for _ in range(_MOST_STEPS):
        probability = _softmax(features @ parameters)
        expected = np.einsum("nk,nkp->np", probability, features)
        information = np.einsum("n,nk,nkp,nkq->pq", meetings, probability, features, features)
        information -= np.einsum("n,np,nq->pq", meetings, expected, expected)
        covariance = np.linalg.pinv(information, hermitian=True)  # strengths are known up to a constant: mean 0
        step = covariance @ (observed - meetings @ expected)
        largest = float(np.abs(step).max())
        parameters = parameters + step * min(1.0, _LARGEST_STEP / max(largest, _CONVERGED))
        if largest < _CONVERGED:
            theta = parameters[:m] - parameters[:m].mean()
            return Maximum(theta, float(parameters[m]) if has_ties else None, covariance)
    raise ValueError(f"expected ratings after {_MOST_STEPS} steps of Newton's method but they still move")


def probabilities(gap: np.ndarray, log_tie: float | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of choosing left, of choosing right, and of a tie.

    Args:
        gap: float64 [n], log-strength of left minus that of right.
    """
    logits = np.stack([gap / 2, -gap / 2] + ([] if log_tie is None else [np.full_like(gap, log_tie)]), axis=-1)
    shares = _softmax(logits)
    return shares[..., 0], shares[..., 1], shares[..., 2] if log_tie is not None else np.zeros_like(gap)


def choice_shares(ratings: Ratings) -> np.ndarray:
    """float64 [m]: how often each would be chosen if all were shown at once (Luce 1959); NaN without a rating."""
    strengths = np.exp(ratings.theta - np.nanmax(ratings.theta))
    shares: np.ndarray = strengths / np.nansum(strengths)
    return shares


def _scores(maximum: Maximum, left: np.ndarray, right: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """Derivative of the log-likelihood of each vote by the parameters, float64 [n, p]."""
    features = _features(left, right, len(maximum.theta), has_ties=maximum.log_tie is not None)
    shares = probabilities(maximum.theta[left] - maximum.theta[right], maximum.log_tie)
    probability = np.stack(shares[: features.shape[1]], axis=1)
    kind = np.where(outcome == 1, 0, np.where(outcome == 0, 1, 2))
    chosen = np.take_along_axis(features, kind[:, None, None], axis=1)[:, 0]
    found: np.ndarray = chosen - np.einsum("nk,nkp->np", probability, features)
    return found


def _features(left: np.ndarray, right: np.ndarray, m: int, *, has_ties: bool) -> np.ndarray:
    """Sufficient statistics of each possible outcome of each vote, float64 [n, 2 or 3, m or m + 1]."""
    n, rows = len(left), np.arange(len(left))
    features = np.zeros((n, 3 if has_ties else 2, m + has_ties))
    features[rows, 0, left] = features[rows, 1, right] = 1.0
    if has_ties:
        features[rows, 2, left] = features[rows, 2, right] = 0.5
        features[:, 2, m] = 1.0
    return features


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares: np.ndarray = powers / powers.sum(axis=-1, keepdims=True)
    return shares


def _components(adjacent: np.ndarray, *, strong: bool) -> list[list[int]]:
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    count, label = connected_components(
        csr_matrix(adjacent > 0), directed=True, connection="strong" if strong else "weak"
    )
    groups = [np.flatnonzero(label == one).tolist() for one in range(count)]
    return sorted(groups, key=lambda group: (-len(group), group))
