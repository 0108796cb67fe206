"""Algorithm boxes show the library's source as it is, without docstring and decorators."""

import numpy as np
import pytest

from course_lib.live.box import AlgorithmBox, source
from course_lib.optimizers import SGD, Momentum, Nesterov


def documented(x):
    """Not shown."""
    # shown
    return x + 1


def test_source_is_the_code_without_docstring_and_decorator():
    assert source(documented) == "def documented(x):\n    # shown\n    return x + 1"
    assert source(SGD.update) == "def update(theta, g, t, lr):\n    theta -= lr * g"


def test_the_source_shown_is_what_runs():
    namespace = {}
    exec(source(Momentum.update), namespace)
    theta, v = np.array([1.0, 2.0]), np.array([0.5, -0.5])
    expected_theta, expected_v = theta.copy(), v.copy()
    g = np.array([1.0, -3.0])
    namespace["update"](theta, g, v, 1, 0.1, 0.9)
    Momentum.update(expected_theta, g, expected_v, 1, 0.1, 0.9)
    assert (theta == expected_theta).all() and (v == expected_v).all()


def test_several_functions_stand_in_one_box():
    box = AlgorithmBox("Nesterov's method", [r"$v \leftarrow \alpha v - \epsilon g$"], Nesterov.where, Nesterov.update)
    assert "def where" in box.source and "def update" in box.source
    page = box._repr_html_()
    assert r"$v \leftarrow \alpha v - \epsilon g$" in page and "Nesterov&#x27;s method" in page


def test_a_box_without_code_is_refused():
    with pytest.raises(ValueError, match="functions must be at least one, got none"):
        AlgorithmBox("Nothing", [])


def test_code_too_wide_to_stand_beside_the_formulas_stands_below():
    def wide(x):
        return x + 1111111111111111111 + 2222222222222222222 + 3333333333333333333 + 44444444444444

    assert 'colspan="2"' in AlgorithmBox("w", ["a"], wide)._repr_html_().split("</tr>")[1]
    assert 'colspan="2"' not in AlgorithmBox("n", ["a"], documented)._repr_html_().split("</tr>")[1]
