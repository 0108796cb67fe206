"""Wrong versions of a module, made from its source: the tests must tell each of them from the right one."""

import inspect
import types

import numpy as np
import pytest

REJECTED = (AssertionError, ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError,
            pytest.fail.Exception)


def mutant(module, old, new):
    """The module with `old` replaced by `new` in its source, which must hold it exactly once."""
    source = inspect.getsource(module)
    assert source.count(old) == 1, f"the source must hold {old!r} once, got {source.count(old)} times"
    made = types.ModuleType("course_lib.mutant")
    made.__package__ = "course_lib"
    exec(compile(source.replace(old, new), f"mutant of {module.__name__}", "exec"), made.__dict__)
    return made


def assert_rejected(identities, module, old, new):
    """Some identity, a function of the module, fails for the mutant."""
    changed = mutant(module, old, new)
    with np.errstate(all="ignore"):
        for identity in identities:
            try:
                identity(changed)
            except REJECTED:
                return
    pytest.fail(f"no identity tells the mutant {new!r} from the rule")
