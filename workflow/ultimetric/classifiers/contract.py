"""Check what a classifier returns; each mistake is told in one sentence."""

from __future__ import annotations

from typing import Any

import numpy as np

from ultimetric.errors import described, refusal

NEEDED = {
    "score": "finite logits, positive for truth, a numpy array (showers, repeats) = {}",
    "posterior_std": "None or finite spreads of the logits, a numpy array (showers, repeats) = {}",
    "log_posterior": "finite logarithms, a numpy array (showers, repeats, classes) = {}",
}


def checked_fit(classifier: Any, fit: Any, kind: type, shape: tuple[int, ...]) -> Any:
    """Return the result of a cross-fit if it is valid.

    Arguments:
        classifier: The classifier that made it.
        fit: The result.
        kind: The class that is needed, `CrossFit` or `JointFit`.
        shape: The shape of the scores: showers, repeats and, for a joint fit, classes.

    Raises:
        UserError: It is not; the message names class, file, what was returned and what is needed.
    """
    if not isinstance(fit, kind):
        hint = " (is `return` missing?)" if fit is None else ""
        raise refusal(classifier, f"returned {described(fit)}{hint}", f"a {kind.__name__}")
    for name in NEEDED.keys() & vars(fit).keys():
        values, needed = getattr(fit, name), NEEDED[name].format(shape)
        if values is None and name == "posterior_std":
            continue
        given = f"its {kind.__name__} has as {name} {described(values)}"
        if not isinstance(values, np.ndarray) or values.shape != shape:
            raise refusal(classifier, given, needed)
        if values.dtype.kind not in "fiu" or not np.isfinite(values).all():
            raise refusal(classifier, f"{given}, not finite", needed)
    _check_history(classifier, fit.history, shape[1])
    if not isinstance(fit.n_train, int | np.integer) or fit.n_train < 1:
        raise refusal(classifier, f"n_train is {fit.n_train!r}", "a number of showers")
    return fit


def _check_history(classifier: Any, history: Any, repeats: int) -> None:
    """Refuse a history whose losses do not match its steps."""
    needed = f"a History of numpy arrays: step (S,), train and validation (S, {repeats}, folds)"
    arrays = [getattr(history, name, None) for name in ("step", "train", "validation")]
    given = ", ".join(map(described, arrays))
    if not all(isinstance(x, np.ndarray) for x in arrays):
        raise refusal(classifier, f"its history is {given}", needed)
    step, *losses = arrays
    if step.ndim != 1 or any(x.ndim != 3 or x.shape[:2] != (len(step), repeats) for x in losses):
        raise refusal(classifier, f"its history is {given}", needed)
