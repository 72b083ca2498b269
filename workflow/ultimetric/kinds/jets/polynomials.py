"""Energy-flow polynomials of jets (arXiv:1712.07124).

A polynomial is a multigraph: every vertex is a sum over particles with their pT as weight, every
edge a distance of two particles in eta and phi.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

# All with at most four edges: the edges of each, with a letter for each vertex, and `|` between
# components. The order is that of the library energyflow for d <= 4.
GRAPHS = (
    "",
    "ab",
    "ab ab",
    "ab ab ab",
    "ab ab ab ab",
    "ab ac",
    "ab ac ac",
    "ab ac ac ac",
    "ab ab ac ac",
    "ab ac bc",
    "ab ac ac bc",
    "ab ac ad",
    "ab ac ac ad",
    "ab ac bd",
    "ab ac ac bd",
    "ab ab ac bd",
    "ab ac bc ad",
    "ab ac bd cd",
    "ab ac ad ae",
    "ab ac ad be",
    "ab ac bd ce",
    "ab | ab",
    "ab | ab ab",
    "ab | ab ab ab",
    "ab ab | ab ab",
    "ab | ab ac",
    "ab ab | ab ac",
    "ab | ab ac ac",
    "ab | ab ac bc",
    "ab | ab | ab",
    "ab | ab ac ad",
    "ab | ab ac bd",
    "ab ac | ab ac",
    "ab | ab | ab ab",
    "ab | ab | ab ac",
    "ab | ab | ab | ab",
)
PAIRS = 2**17  # pairs of particles handled at once, which fit in a cache


def polynomials(particles: np.ndarray) -> np.ndarray:
    """The polynomials of jets (N, 36), float64, in the order of GRAPHS.

    They are those of FPD and KPD in arXiv:2211.10295: beta = 1, pT over that of the jet (not over
    the sum of the particles), particles without mass. The numbers of a jet do not depend, to the
    last bit, on the other jets.

    Arguments:
        particles: Eta and phi relative to the jet, and pT over that of the jet (N, P, 3); 0 for
            absent particles.
    """
    found = np.empty((len(particles), len(GRAPHS)))
    step = max(1, PAIRS // particles.shape[1] ** 2)
    for start in range(0, len(particles), step):
        found[start : start + step] = _of_block(particles[start : start + step])
    return found


def _of_block(particles: np.ndarray) -> np.ndarray:
    """The polynomials of a few jets (N, 36)."""
    eta, phi, pt = np.ascontiguousarray(np.moveaxis(particles.astype(np.float64), 2, 0))
    square = sum((x[:, :, None] - x[:, None, :]) ** 2 for x in (eta, phi))
    distance = np.sqrt(square)
    powers = [distance, square, square * distance, square * square]
    components = {x for graph in GRAPHS for x in graph.split(" | ")}
    known = {x: _connected(x.split(), pt, powers) for x in components}
    columns = [np.prod([known[x] for x in graph.split(" | ")], axis=0) for graph in GRAPHS]
    return np.stack(columns, axis=1)


def _connected(edges: list[str], pt: np.ndarray, powers: list[np.ndarray]) -> np.ndarray:
    """The polynomial (N,) of a connected graph, one vertex after another, the last letter first.

    The sum over a vertex with one neighbour is a factor of the neighbour, that over a vertex with
    two neighbours an edge between them. With at most four edges no vertex need have more.

    Arguments:
        edges: The edges; none for a single vertex.
        pt: The weights of the particles (N, P).
        powers: The first four powers of their distances (N, P, P).
    """
    weight = dict.fromkeys("".join(edges) or "a", pt)
    matrix = {edge: powers[times - 1] for edge, times in Counter(edges).items()}
    while matrix:
        last = max(weight)
        w = weight.pop(last)
        (first, left), *others = [(x[0], matrix.pop(x)) for x in sorted(matrix) if last in x]
        if not others:
            weight[first] = weight[first] * (left @ w[:, :, None])[:, :, 0]
            continue
        ((second, right),) = others
        new, edge = (left * w[:, None, :]) @ right.swapaxes(1, 2), first + second
        matrix[edge] = matrix[edge] * new if edge in matrix else new
    (found,) = weight.values()
    return found.sum(1)
