"""Checks of arguments that many modules share. Each names the argument, the rule and the value."""

from numbers import Real

import numpy as np


def check_count(name, value):
    """Raise ValueError where value is not a whole number >= 1."""
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name} must be a whole number >= 1, got {value!r}")


def check_number(name, value, rule, holds):
    """Raise ValueError where value is no number or breaks the rule, given in words and as a function."""
    if not (isinstance(value, Real) and holds(value)):
        raise ValueError(f"{name} must be {rule}, got {value!r}")


def check_rng(rng):
    """Raise TypeError where rng is no numpy.random.Generator."""
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng must be a numpy.random.Generator, got {rng!r}")
