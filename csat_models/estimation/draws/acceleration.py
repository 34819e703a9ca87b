r"""Fixed-point iterations of many draws at once, accelerated.

Anderson's method: with :math:`f_k = g(x_k) - x_k` and the last differences of f
and g in the columns of :math:`F` and :math:`G`, the next point is

.. math:: x_{k+1} = g(x_k) - G \gamma, \qquad \gamma = \arg\min |f_k - F \gamma|

so that the few directions in which steps shrink slowly are solved for. A draw
that has come no nearer goes back, forgets its differences and takes the plain
step.

References
----------
Walker and Ni (2011), Anderson acceleration for fixed-point iterations, SIAM
Journal on Numerical Analysis 49, 1715-1735; Henderson and Varadhan (2019),
Damped Anderson acceleration with restarts and monotonicity control for
accelerating EM and EM-like algorithms, J. Computational and Graphical
Statistics 28, 834-846.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from csat_models.estimation.sample import Array

# Differences kept, and steps after which there is no acceleration any more.
DEPTH = 4
LAST = 300

# Relative size of what keeps the least squares from being singular.
RIDGE = 1e-12


@dataclass(slots=True, kw_only=True, eq=False)
class Acceleration:
    """What the last steps of B draws have been.

    Attributes
    ----------
    moves, values : array (M, D, B)
        Differences of f and of g.
    cross : array (B, M, M)
        Inner products of the differences of f.
    before : pair of arrays (D, B), or None
        The last f and g.
    distance : array (B,)
        Squared length of the last f.
    count : int
        Steps taken.
    """

    moves: Array
    values: Array
    cross: Array
    before: tuple[Array, Array] | None
    distance: Array
    count: int = 0

    @classmethod
    def start(cls, now: Array) -> Self:
        """Start at points (D, B)."""
        shape, n_draws = (DEPTH, *now.shape), now.shape[1]
        return cls(
            moves=np.zeros(shape),
            values=np.zeros(shape),
            cross=np.zeros((n_draws, DEPTH, DEPTH)),
            before=None,
            distance=np.full(n_draws, np.inf),
        )

    def take(self, draws: NDArray[np.bool_]) -> Acceleration:
        """Keep some of the draws."""
        before = self.before and (self.before[0][:, draws], self.before[1][:, draws])
        return Acceleration(
            moves=self.moves[:, :, draws],
            values=self.values[:, :, draws],
            cross=self.cross[draws],
            before=before,
            distance=self.distance[draws],
            count=self.count,
        )

    def next(self, now: Array, new: Array) -> tuple[Array, NDArray[np.bool_]]:
        """Say from where to go on.

        Parameters
        ----------
        now, new : array (D, B)
            Points, and where the plain step leads from them.

        Returns
        -------
        point : array (D, B)
        lost : array (B,)
            Where plain steps lead nowhere.
        """
        move = new - now
        distance = np.einsum("db,db->b", move, move)
        lost = ~np.isfinite(distance)
        if self.before is not None:
            astray = ~(distance <= self.distance)
            lost &= np.isinf(self.distance)
            self._return(move, new, astray)
            self._remember(move, new, astray)
            distance[astray] = np.inf
        self.before, self.distance, self.count = (move, new), distance, self.count + 1
        if self.count == 1 or self.count > LAST:
            return new, lost
        point = new.copy()
        for values, part in zip(self.values, self._shares(move).T, strict=True):
            point -= values * part
        return point, lost

    def _return(self, move: Array, new: Array, astray: NDArray[np.bool_]) -> None:
        """Put draws gone astray back to where they were; they take the plain step from there."""
        assert self.before is not None
        for here, there in zip((move, new), self.before, strict=True):
            here[:, astray] = there[:, astray]

    def _remember(self, move: Array, new: Array, astray: NDArray[np.bool_]) -> None:
        assert self.before is not None
        place = (self.count - 1) % DEPTH
        np.subtract(move, self.before[0], out=self.moves[place])
        np.subtract(new, self.before[1], out=self.values[place])
        if astray.any():
            self.moves[:, :, astray] = 0.0
            self.cross[astray] = 0.0
        for other in range(DEPTH):
            product = np.einsum("db,db->b", self.moves[place], self.moves[other])
            self.cross[:, place, other] = self.cross[:, other, place] = product

    def _shares(self, move: Array) -> Array:
        """Least-squares coefficients (B, M) of the differences."""
        right = np.stack([np.einsum("db,db->b", kept, move) for kept in self.moves], axis=-1)
        size = np.einsum("bmm->bm", self.cross)
        scale = 1.0 / np.sqrt(np.where(size > 0, size, 1.0))
        scaled = self.cross * scale[:, :, None] * scale[:, None, :]
        ridge = np.where(size > 0, RIDGE, 1.0)[:, :, None] * np.eye(DEPTH)
        usable = np.isfinite(scaled).all(axis=(1, 2)) & np.isfinite(right).all(axis=1)
        scaled = np.where(usable[:, None, None], scaled + ridge, np.eye(DEPTH))
        right = np.where(usable[:, None], right * scale, 0.0)
        found: Array = np.linalg.solve(scaled, right[..., None])[..., 0] * scale
        return found
