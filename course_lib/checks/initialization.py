"""Exercise 3: scales, Gram-Schmidt, orthogonal weights, the variance at a depth, breaking the symmetry.

Each misconception below is a version that somebody writes in earnest. The tests hold that no two of them, and
none of them and the reference, give the same results on the cases drawn.
"""

import numpy as np

from ..initializers import gram_schmidt
from .engine import Misconception, Task
from .values import numbers

# ---- references


def init_scales(fan_in, fan_out):
    return np.sqrt(2 / (fan_in + fan_out)), np.sqrt(2 / fan_in), np.sqrt(6 / (fan_in + fan_out))


def orthonormal_columns(A):
    return gram_schmidt(A)


def orthogonal_weights(A, gain):
    wide = A.shape[1] > A.shape[0]
    Q, R = np.linalg.qr(A.T if wide else A)
    Q = Q * np.sign(np.diag(R))
    return gain * (Q.T if wide else Q)


def mean_squares(m, n, std, depth):
    return m * (n * std**2 / 2) ** np.arange(depth + 1)


def break_symmetry(W, noise, jitter):
    new = W.copy()
    for j in range(W.shape[1]):
        if any(np.array_equal(W[:, j], W[:, i]) for i in range(j)):
            new[:, j] += jitter * noise[:, j]
    return new


# ---- cases

def fan_cases(rng):
    return [{"fan_in": int(a), "fan_out": int(b)} for a, b in
            zip(rng.permutation([50, 128, 300]), rng.permutation([10, 64, 200]))]


def independent(rng, shape):
    """Numbers of one decimal whose columns, or rows, are far from dependent."""
    A = numbers(rng, shape)
    k = np.arange(min(shape))
    A[k, k] += 4 * rng.choice([-1, 1], len(k))
    return A


def column_cases(rng):
    return [{"A": independent(rng, shape)} for shape in ((2, 2), (3, 3), (4, 3), (4, 4))]


def weight_cases(rng):
    return [{"A": independent(rng, shape), "gain": gain}
            for shape,
            gain in zip(((3, 3), (4, 2), (2, 4), (3, 4)), rng.permutation([0.5, 1.4, 2.0, 3.0]).tolist())]


def depth_cases(rng):
    return [{"m": m, "n": n, "std": std, "depth": depth} for m, n, std, depth in
            zip(rng.permutation([0.5, 1.5, 3.0]).tolist(), (8, 50, 20), (0.6, 0.1, 0.3), (3, 4, 5))]


def twin_cases(rng):
    """Columns that are equal side by side, apart, or three times; some that agree in all but one entry."""
    cases = []
    for pattern in ((0, 3, 1, 0), (0, 1, 0, 0), (0, 0, 1, 1), (0, 1, 2, 3)):
        columns = numbers(rng, (3, 4))
        columns[:2, 3] = columns[:2, 0]
        cases.append({"W": columns[:, list(pattern)], "noise": numbers(rng, (3, 4)),
                      "jitter": float(rng.choice([0.01, 0.1]))})
    return cases


# ---- misconceptions: scales

def scales_variances(fan_in, fan_out):
    return 2 / (fan_in + fan_out), 2 / fan_in, 6 / (fan_in + fan_out)


def scales_fan_out(fan_in, fan_out):
    glorot, _, limit = init_scales(fan_in, fan_out)
    return glorot, np.sqrt(2 / fan_out), limit


def scales_lecun(fan_in, fan_out):
    glorot, _, limit = init_scales(fan_in, fan_out)
    return glorot, np.sqrt(1 / fan_in), limit


def scales_no_mean(fan_in, fan_out):
    return np.sqrt(1 / (fan_in + fan_out)), np.sqrt(2 / fan_in), np.sqrt(3 / (fan_in + fan_out))


def scales_limit_is_std(fan_in, fan_out):
    glorot, he, _ = init_scales(fan_in, fan_out)
    return glorot, he, glorot


def scales_whole_width(fan_in, fan_out):
    glorot, he, _ = init_scales(fan_in, fan_out)
    return glorot, he, np.sqrt(12) * glorot


def scales_three(fan_in, fan_out):
    glorot, he, _ = init_scales(fan_in, fan_out)
    return glorot, he, 3 * glorot


def scales_product(fan_in, fan_out):
    return np.sqrt(2 / (fan_in * fan_out)), np.sqrt(2 / fan_in), np.sqrt(6 / (fan_in * fan_out))


def scales_swapped(fan_in, fan_out):
    glorot, he, limit = init_scales(fan_in, fan_out)
    return he, glorot, limit


SCALES = Task(
    name="03.scales",
    title="the scales of Glorot and He",
    reference=init_scales,
    draw=fan_cases,
    returns=("glorot_std", "he_std", "glorot_limit"),
    hints=(
        "The docstring has variances. A deviation is the root of a variance. Which variance has a uniform law"
        " from -a to a?",
        "A uniform law from -a to a has the variance a squared over 3. Put Glorot's variance for it, and"
        " solve for a.",
    ),
    misconceptions=(
        Misconception("variances", scales_variances,
                      "These are variances, or have lost their roots. What does a standard deviation have?"),
        Misconception("fan_out for He", scales_fan_out,
                      "Your scale of He counts the outputs. How many terms does the sum into a unit have?"),
        Misconception("LeCun for He", scales_lecun,
                      "This is LeCun's scale. He's makes up for the half of the signal that ReLU cuts away."),
        Misconception("sum for the mean", scales_no_mean,
                      "Glorot's variance is one over the mean of both fans. You divide by their sum."),
        Misconception("limit equal to deviation", scales_limit_is_std,
                      "Your limit is the deviation. Most numbers of a uniform law lie inside its limits: its"
                      " deviation is smaller."),
        Misconception("whole width", scales_whole_width,
                      "Your limit is the width of the whole interval. It reaches from minus the limit to plus"
                      " the limit."),
        Misconception("three deviations", scales_three,
                      "Your limit is three deviations. The variance of the uniform law has a 3 in it, so the"
                      " deviation a root of it."),
        Misconception("product of the fans", scales_product,
                      "You multiply the fans in Glorot's scale. It stands between the two: add them."),
        Misconception("Glorot and He swapped", scales_swapped,
                      "Glorot's and He's deviation have changed places."),
    ),
)


# ---- misconceptions: Gram-Schmidt

def columns_normalized(A):
    return A / np.linalg.norm(A, axis=0)


def columns_not_normalized(A):
    Q, R = np.linalg.qr(A)
    return Q * np.diag(R)


def columns_one_before(A):
    Q = np.empty_like(A)
    for k in range(A.shape[1]):
        q = A[:, k] - (Q[:, k - 1] @ A[:, k] * Q[:, k - 1] if k else 0)
        Q[:, k] = q / np.linalg.norm(q)
    return Q


def columns_first_only(A):
    Q = columns_normalized(A)
    for k in range(1, A.shape[1]):
        q = A[:, k] - Q[:, 0] @ A[:, k] * Q[:, 0]
        Q[:, k] = q / np.linalg.norm(q)
    return Q


def columns_along_the_old(A):
    Q = np.empty_like(A)
    for k in range(A.shape[1]):
        q = A[:, k] - A[:, :k] @ (A[:, :k].T @ A[:, k])
        Q[:, k] = q / np.linalg.norm(q)
    return Q


def columns_added(A):
    Q = np.empty_like(A)
    for k in range(A.shape[1]):
        q = A[:, k] + Q[:, :k] @ (Q[:, :k].T @ A[:, k])
        Q[:, k] = q / np.linalg.norm(q)
    return Q


def columns_backwards(A):
    return gram_schmidt(A[:, ::-1])[:, ::-1]


def columns_of_qr(A):
    return np.linalg.qr(A)[0]


COLUMNS = Task(
    name="03.gram_schmidt",
    title="Gram-Schmidt",
    reference=orthonormal_columns,
    draw=column_cases,
    returns=("the columns",),
    hints=(
        "A loop over the columns. The part of a vector along a unit vector q is their inner product, times q."
        " Take out the parts along all the q's made so far.",
        "For column k: begin with a copy of it. For each finished column take away its part. Then divide what"
        " is left by its length, and write it into column k of a new array.",
    ),
    misconceptions=(
        Misconception("lengths only", columns_normalized,
                      "Your columns have length 1, but are not orthogonal: nothing was taken out."),
        Misconception("lengths forgotten", columns_not_normalized,
                      "Your columns are orthogonal, but not of length 1."),
        Misconception("only the one before", columns_one_before,
                      "Each column loses its part along the one before it. And along the others before it?"),
        Misconception("only the first", columns_first_only,
                      "Each column loses its part along the first. And along the others before it?"),
        Misconception("parts along the old columns", columns_along_the_old,
                      "You take the parts along the columns of A. They are neither orthogonal nor of length"
                      " 1: use the finished ones."),
        Misconception("parts added", columns_added,
                      "The parts along the earlier columns are doubled, not taken out. Look at a sign."),
        Misconception("from the last", columns_backwards,
                      "You begin with the last column. The first one is to keep its direction."),
        Misconception("some turned round", columns_of_qr,
                      "Some of your columns point the other way. The first one is to keep its direction;"
                      " np.linalg.qr is free to choose the signs, and the subject of the next task."),
    ),
)


# ---- misconceptions: orthogonal weights

def _weights(A, gain, signs=lambda R: np.sign(np.diag(R)), scale=lambda gain: gain):
    """Orthogonal weights with other signs or another scale."""
    wide = A.shape[1] > A.shape[0]
    Q, R = np.linalg.qr(A.T if wide else A)
    Q = scale(gain) * Q * signs(R)
    return Q.T if wide else Q


def weights_no_signs(A, gain):
    return _weights(A, gain, signs=lambda R: np.ones(len(R)))


def weights_no_gain(A, gain):
    return _weights(A, gain, scale=lambda gain: 1.0)


def weights_gain_squared(A, gain):
    return _weights(A, gain, scale=lambda gain: gain**2)


def weights_root_of_gain(A, gain):
    return _weights(A, gain, scale=np.sqrt)


def weights_divided(A, gain):
    return _weights(A, gain, scale=lambda gain: 1 / gain)


def weights_whole_diagonal(A, gain):
    return _weights(A, gain, signs=np.diag)


def weights_polar(A, gain):
    U, _, V = np.linalg.svd(A, full_matrices=False)
    return gain * U @ V


def weights_reshaped(A, gain):
    wide = A.shape[1] > A.shape[0]
    Q = orthogonal_weights(A.T if wide else A, gain)
    return Q.reshape(A.shape)


ORTHOGONAL = Task(
    name="03.orthogonal",
    title="orthogonal weights with a gain",
    reference=orthogonal_weights,
    draw=weight_cases,
    returns=("the weights",),
    hints=(
        "Three things: the transpose where there are more columns than rows, the signs of R's diagonal, the"
        " gain. Which of them comes last does not matter.",
        "For a tall A: Q, R from np.linalg.qr, then the columns of Q times the signs of np.diag(R), then the"
        " gain. For a wide one do the same with A.T, and transpose the result.",
    ),
    misconceptions=(
        Misconception("signs left to qr", weights_no_signs,
                      "Some columns point the wrong way: np.linalg.qr leaves the signs open, and R tells"
                      " which."),
        Misconception("no gain", weights_no_gain, "The gain is missing."),
        Misconception("gain squared", weights_gain_squared,
                      "The gain is squared. Lengths are to grow by the gain, only their squares by its"
                      " square."),
        Misconception("root of the gain", weights_root_of_gain,
                      "You take the root of the gain. Lengths grow by the gain."),
        Misconception("divided by the gain", weights_divided, "You divide by the gain."),
        Misconception("diagonal for its signs", weights_whole_diagonal,
                      "You multiply by the diagonal of R itself, so the lengths of A come back in. Only its"
                      " signs are wanted."),
        Misconception("polar factor", weights_polar,
                      "These columns are orthonormal, but not those asked for: they come from a singular"
                      " value decomposition."),
        Misconception("reshaped", weights_reshaped,
                      "For a wide A you reshape where you should transpose: entries of different units get"
                      " mixed up."),
    ),
)


# ---- misconceptions: the mean square at a depth

def squares_linear(m, n, std, depth):
    return m * (n * std**2) ** np.arange(depth + 1)


def squares_std(m, n, std, depth):
    return m * (n * std / 2) ** np.arange(depth + 1)


def squares_without_n(m, n, std, depth):
    return m * (std**2 / 2) ** np.arange(depth + 1)


def squares_quarter(m, n, std, depth):
    return m * (n * std**2 / 4) ** np.arange(depth + 1)


def squares_late(m, n, std, depth):
    return m * (n * std**2 / 2) ** np.arange(1, depth + 2)


def squares_one_half(m, n, std, depth):
    return m * (n * std**2) ** np.arange(depth + 1) / 2


def squares_roots(m, n, std, depth):
    return np.sqrt(mean_squares(m, n, std, depth))


def squares_times(m, n, std, depth):
    return m * n * std**2 / 2 * np.arange(depth + 1)


def squares_without_m(m, n, std, depth):
    return (n * std**2 / 2) ** np.arange(depth + 1)


SQUARES = Task(
    name="03.predict",
    title="the mean square at each depth",
    reference=mean_squares,
    draw=depth_cases,
    returns=("the mean squares",),
    hints=(
        "What does one layer do to the mean square? First the sum of n terms, then ReLU. Every layer does"
        " the same.",
        "The sum multiplies the mean square by n times the variance of a weight, ReLU halves it. After k"
        " layers that factor stands there k times; np.arange gives the k.",
    ),
    misconceptions=(
        Misconception("ReLU forgotten", squares_linear,
                      "This is right for linear units. What does ReLU leave of it?"),
        Misconception("deviation for variance", squares_std,
                      "The deviation of the weights enters once. Mean squares are multiplied by variances."),
        Misconception("n forgotten", squares_without_n, "How many terms does the sum into a unit have?"),
        Misconception("a quarter", squares_quarter,
                      "You halve twice in each layer. ReLU halves the mean square, not the deviation."),
        Misconception("one layer late", squares_late,
                      "Your first entry belongs to layer 1. The input is layer 0."),
        Misconception("one half in all", squares_one_half,
                      "Your half stands there once. Each layer has a ReLU."),
        Misconception("roots", squares_roots, "These are roots of mean squares."),
        Misconception("times the depth", squares_times,
                      "Your values grow like the depth itself. Each layer multiplies what the one before it"
                      " gave."),
        Misconception("input forgotten", squares_without_m,
                      "Your first entry is 1. What is the mean square of the input?"),
    ),
)


# ---- misconceptions: breaking the symmetry

def twins(W):
    """Whether each column equals an earlier one."""
    return np.array([any(np.array_equal(W[:, j], W[:, i]) for i in range(j)) for j in range(W.shape[1])])


def broken_everywhere(W, noise, jitter):
    return W + jitter * noise


def broken_with_the_first(W, noise, jitter):
    many = np.array([sum(np.array_equal(column, other) for other in W.T) > 1 for column in W.T])
    return W + jitter * noise * many


def broken_neighbours(W, noise, jitter):
    return W + jitter * noise * np.array([j > 0 and np.array_equal(W[:, j],
                                                                   W[:, j - 1]) for j in range(W.shape[1])])


def broken_by_one_entry(W, noise, jitter):
    return W + jitter * noise * np.array([W[0, j] in W[0, :j] for j in range(W.shape[1])])


def broken_without_jitter(W, noise, jitter):
    return W + noise * twins(W)


def broken_by_one_number(W, noise, jitter):
    return W + jitter * noise[0] * twins(W)


def broken_by_one_column(W, noise, jitter):
    return W + jitter * noise[:, :1] * twins(W)


def broken_by_replacing(W, noise, jitter):
    return np.where(twins(W), jitter * noise, W)


def broken_relative(W, noise, jitter):
    return W * (1 + jitter * noise * twins(W))


def broken_not_at_all(W, noise, jitter):
    return W.copy()


SYMMETRY = Task(
    name="03.symmetry",
    title="break the symmetry",
    reference=break_symmetry,
    draw=twin_cases,
    returns=("the weights",),
    hints=(
        "Work on a copy. For each column look through those before it: `np.array_equal` compares two arrays.",
        "Two loops: j over the columns, i over those before j. Compare columns j and i of the W you were"
        " given. Where one"
        " is equal, add to column j of the copy its own column of the noise, times jitter, once.",
    ),
    misconceptions=(
        Misconception("all units moved", broken_everywhere,
                      "You move every column. Those that have no equal before them are to stay."),
        Misconception("the first moved too", broken_with_the_first,
                      "You move all columns that have an equal, the first of them too. It may stay: it is"
                      " enough that the others leave it."),
        Misconception("neighbours only", broken_neighbours,
                      "You compare a column with the one just before it. Its equal may stand further off."),
        Misconception("one entry compared", broken_by_one_entry,
                      "You compare first entries only. Units are equal where all their weights are."),
        Misconception("jitter forgotten", broken_without_jitter, "The noise is not multiplied by jitter."),
        Misconception("one number per unit", broken_by_one_number,
                      "You add the same number to all weights of a unit. Each weight has its own entry of"
                      " the noise."),
        Misconception("the same column for all", broken_by_one_column,
                      "All units get the same column of the noise. Three equal units would leave two that"
                      " are equal."),
        Misconception("replaced", broken_by_replacing,
                      "You put the noise in the place of the weights. It is to be added to them."),
        Misconception("relative noise", broken_relative,
                      "Your noise is multiplied by the weights. A weight of 0 would never move."),
        Misconception("nothing moved", broken_not_at_all,
                      "Nothing has moved: equal columns are still equal. Did the change go into the array"
                      " you return?"),
    ),
)

TASKS = (SCALES, COLUMNS, ORTHOGONAL, SQUARES, SYMMETRY)
