"""Exercise 3: right versions written differently, and what students write instead."""

import numpy as np
import pytest

from course_lib import checks, initializers
from course_lib.checks import feedback
from course_lib.explorers import initialization

# ---- right versions


def scales_by_powers(fan_in, fan_out):
    mean = (fan_in + fan_out) / 2
    return mean**-0.5, (fan_in / 2) ** -0.5, (3 / mean) ** 0.5


def scales_as_list(fan_in, fan_out):
    total = fan_in + fan_out
    return [2**0.5 / total**0.5, np.sqrt(2) / np.sqrt(fan_in), 6**0.5 / total**0.5]


def scales_as_array(fan_in, fan_out):
    return np.sqrt(np.array([2.0, 2.0, 6.0]) / [fan_in + fan_out, fan_in, fan_in + fan_out])


def columns_in_one_go(A):
    Q = A.copy()
    for k in range(A.shape[1]):
        Q[:, k] -= Q[:, :k] @ (Q[:, :k].T @ A[:, k])
        Q[:, k] /= np.linalg.norm(Q[:, k])
    return Q


def columns_modified(A):
    """Modified Gram-Schmidt: every finished column is taken out of all later ones at once."""
    Q = A.astype(float)
    for k in range(A.shape[1]):
        Q[:, k] /= np.sqrt((Q[:, k] ** 2).sum())
        for j in range(k + 1, A.shape[1]):
            Q[:, j] -= (Q[:, k] * Q[:, j]).sum() * Q[:, k]
    return Q


def columns_by_qr(A):
    Q, R = np.linalg.qr(A)
    return Q * np.sign(np.diag(R))


def columns_by_cholesky(A):
    return A @ np.linalg.inv(np.linalg.cholesky(A.T @ A)).T


def weights_by_gram_schmidt(A, gain):
    if A.shape[0] < A.shape[1]:
        return weights_by_gram_schmidt(A.T, gain).T
    return gain * columns_modified(A)


def weights_turned_one_by_one(A, gain):
    wide = A.shape[0] < A.shape[1]
    Q, R = np.linalg.qr(A.T if wide else A)
    for k in range(Q.shape[1]):
        if R[k, k] < 0:
            Q[:, k] = -Q[:, k]
    Q = Q.T if wide else Q
    return Q * gain


def squares_with_a_loop(m, n, std, depth):
    values = [m]
    for _ in range(depth):
        values.append(values[-1] * n * std * std / 2)
    return np.array(values)


def squares_by_cumprod(m, n, std, depth):
    return m * np.cumprod([1.0] + [0.5 * n * std**2] * depth)


def squares_by_logarithm(m, n, std, depth):
    return np.exp(np.log(m) + np.linspace(0, depth, depth + 1) * np.log(n * std**2 / 2))


def symmetry_with_a_set(W, noise, jitter):
    new, seen = W.copy(), set()
    for j, column in enumerate(W.T):
        if tuple(column) in seen:
            new[:, j] = column + jitter * noise[:, j]
        seen.add(tuple(column))
    return new


def symmetry_all_at_once(W, noise, jitter):
    equal = (W[:, :, None] == W[:, None, :]).all(axis=0)
    return W + jitter * noise * np.triu(equal, 1).any(axis=0)


ALTERNATIVES = {
    "03.scales": [scales_by_powers, scales_as_list, scales_as_array],
    "03.gram_schmidt": [columns_in_one_go, columns_modified, columns_by_qr, columns_by_cholesky],
    "03.orthogonal": [weights_by_gram_schmidt, weights_turned_one_by_one],
    "03.predict": [squares_with_a_loop, squares_by_cumprod, squares_by_logarithm],
    "03.symmetry": [symmetry_with_a_set, symmetry_all_at_once],
}


# ---- the references are right: against the library, and against what they are for

def test_the_scales_are_those_of_the_library_s_schemes():
    glorot, he, limit = checks.find("03.scales").reference(400, 200)
    draws = {name: getattr(initializers, name)(np.random.default_rng(0), (400, 200))
             for name in ("glorot_normal", "he_normal", "glorot_uniform")}
    error = 4 / np.sqrt(2 * 400 * 200)                     # of a deviation, four standard errors
    assert abs(draws["glorot_normal"].std() / glorot - 1) < error
    assert abs(draws["he_normal"].std() / he - 1) < error
    assert abs(draws["glorot_uniform"].std() / glorot - 1) < error
    assert 0.999 * limit < np.abs(draws["glorot_uniform"]).max() < limit


@pytest.mark.parametrize("shape", [(5, 5), (6, 3), (3, 6)])
def test_orthogonal_weights_are_orthogonal_and_the_library_s(shape):
    W = checks.find("03.orthogonal").reference(np.random.default_rng(0).standard_normal(shape), 1.5)
    thin = W if shape[0] >= shape[1] else W.T
    np.testing.assert_allclose(thin.T @ thin, 2.25 * np.eye(min(shape)), atol=1e-12)
    if shape[0] >= shape[1]:
        np.testing.assert_allclose(W, initializers.orthogonal(np.random.default_rng(0), shape, 1.5),
                                   atol=1e-12)


def test_mean_squares_are_measured_in_a_wide_network():
    rng, n, std = np.random.default_rng(0), 400, 0.06
    h = rng.standard_normal((300, n))
    measured = [(h**2).mean()]
    for _ in range(4):
        h = np.maximum(h @ (std * rng.standard_normal((n, n))), 0)
        measured.append((h**2).mean())
    np.testing.assert_allclose(checks.find("03.predict").reference(1.0, n, std, 4), measured, rtol=0.1)


def test_broken_symmetry_leaves_no_two_units_equal():
    rng = np.random.default_rng(0)
    W = np.repeat(rng.standard_normal((4, 2)), 3, axis=1)
    new = checks.find("03.symmetry").reference(W, rng.standard_normal(W.shape), 1e-3)
    assert len(np.unique(new, axis=1).T) == 6 and (new[:, [0, 3]] == W[:, [0, 3]]).all()


# ---- the figure of the student's own code

def test_yours_runs_the_student_s_functions():
    figure = initialization.yours(scales_as_list, squares_with_a_loop, weights_by_gram_schmidt)
    try:
        assert figure.error is None and "predicted" in figure.summary
        for name, control in figure.controls.items():
            for value in control.extremes():
                figure.set(**{name: value})
                assert figure.error is None
        data = figure.compute(width=128, depth=5, gain=1.0, seed=0)
        np.testing.assert_allclose(data.predicted["Glorot"], 0.5 ** np.arange(6))
        for name, measured in data.measured.items():        # in five layers of 128 the average is close
            np.testing.assert_allclose(measured, data.predicted[name], rtol=0.6)
    finally:
        figure.close()


def test_yours_says_not_attempted():
    def stub(*arguments):
        raise NotImplementedError()

    for functions in ((stub, squares_by_cumprod, weights_by_gram_schmidt),
                      (scales_as_list, stub, columns_by_qr),
                      (scales_as_list, squares_by_cumprod, stub)):
        figure = initialization.yours(*functions)
        assert figure.error is None and figure.summary.startswith("Not attempted yet")
        figure.close()
    with pytest.raises(TypeError, match="predict must be your function, got 3"):
        initialization.yours(stub, 3, stub)


# ---- what students write

def two_scales(fan_in, fan_out):
    return np.sqrt(2 / (fan_in + fan_out)), np.sqrt(2 / fan_in)


def normalizes_in_place(A):
    for k in range(A.shape[1]):
        A[:, k] /= np.linalg.norm(A[:, k])
    return A


def gives_both_factors(A):
    return np.linalg.qr(A)


def never_transposes(A, gain):
    Q, R = np.linalg.qr(A)
    return gain * Q * np.sign(np.diag(R))


def last_layer_only(m, n, std, depth):
    return m * (n * std**2 / 2) ** depth


def moves_the_original(W, noise, jitter):
    W += jitter * noise
    return W


STUDENTS = [
    ("03.scales", two_scales, "wrong type or shape", "3 results"),
    ("03.gram_schmidt", normalizes_in_place, "changed its input", "Leave A as it is"),
    ("03.gram_schmidt", gives_both_factors, "wrong type or shape", "QRResult"),
    ("03.orthogonal", never_transposes, "wrong type or shape", "an array of shape"),
    ("03.predict", last_layer_only, "wrong type or shape", "a single number"),
    ("03.symmetry", moves_the_original, "changed its input", "Leave W as it is"),
]


@pytest.mark.parametrize("name, function, status, words", STUDENTS)
def test_what_students_write_gets_an_answer_that_helps(name, function, status, words):
    found = checks.verdict(name, function)
    assert (found.status, words in feedback.text_of(found)) == (status, True), feedback.text_of(found)
