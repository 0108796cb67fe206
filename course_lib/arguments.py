"""Checks of arguments that many modules share. Each names the argument, the rule and the value."""

from numbers import Real

import numpy as np

# Rules of `check_number`: check_number("std", std, *NOT_NEGATIVE).
POSITIVE = ("> 0 and finite", lambda x: 0 < x < np.inf)
NOT_NEGATIVE = (">= 0 and finite", lambda x: 0 <= x < np.inf)


def check_count(name, value, least=1, more=""):
    """Raise ValueError where value is not a whole number >= least; `more` ends the rule in words."""
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < least:
        raise ValueError(f"{name} must be a whole number >= {least}{more}, got {value!r}")


def check_number(name, value, rule, holds):
    """Raise ValueError where value is no number or breaks the rule, given in words and as a function."""
    if not isinstance(value, Real) or isinstance(value, bool) or not holds(value):
        raise ValueError(f"{name} must be {rule}, got {value!r}")


def check_flag(name, value):
    """Raise TypeError where value is neither True nor False."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name} must be True or False, got {value!r}")


def check_function(name, value, form):
    """Raise TypeError where value cannot be called; `form` says what it takes and gives."""
    if not callable(value):
        raise TypeError(f"{name} must be a function {form}, got {value!r}")


def check_rng(rng, more=""):
    """Raise TypeError where rng is no numpy.random.Generator; `more` ends the rule in words."""
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng must be a numpy.random.Generator{more}, got {rng!r}")
