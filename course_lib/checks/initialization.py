"""Exercise 3: scales, Gram-Schmidt, orthogonal weights, the mean square at a depth, breaking the symmetry."""

import numpy as np

from .engine import Task
from .mistakes import but, ways
from .values import numbers


# ---- 1 the scales of Glorot and He

def init_scales(fan_in, fan_out):
    variance = 2 / (fan_in + fan_out)
    return np.sqrt(variance), np.sqrt(2 / fan_in), np.sqrt(3 * variance)


def fan_cases(rng):
    return [{"fan_in": fan_in, "fan_out": fan_out} for fan_in, fan_out in
            zip(rng.permutation([48, 75, 110, 300]).tolist(), rng.permutation([10, 64, 130, 200]).tolist())]


SCALES = Task(
    "03.scales", "the scales of Glorot and He", init_scales, fan_cases,
    returns=("glorot_std", "he_std", "glorot_limit"),
    hints=("A deviation is the root of a variance. Which variance has a uniform law from -a to a?",
           "A uniform law from -a to a has the variance a squared over 3. Set it to Glorot's."),
    misconceptions=(
        *ways(init_scales, "2 / fan_in)",
              ("LeCun for He", "Your he_std is LeCun's. He's makes up for the half of the signal that ReLU"
               " cuts away.", "1 / fan_in)"),
              ("Glorot for He", "Your he_std is that of Glorot.", "variance)")),
        *ways(init_scales, "2 / (fan_in + fan_out)",
              ("sum for the mean", "Glorot's variance is one over the mean of both fans. You divide by their"
               " sum.", "1 / (fan_in + fan_out)"),
              ("product of the fans", "You multiply the fans in Glorot's variance. Where they are equal, it"
               " should be half of He's.", "2 / (fan_in * fan_out)")),
        *ways(init_scales, "3 * variance",
              ("limit equal to deviation", "Your limit is the deviation. A uniform law reaches further out"
               " than its deviation.", "variance"),
              ("one over the root of fan_in", "Your limit is 1 / sqrt(fan_in), as in many libraries. It does"
               " not give Glorot's variance.", "1 / fan_in"),
              ("brackets forgotten", "You divide by fan_in, and then add fan_out. Check your brackets.",
               "6 / fan_in + fan_out"),
              ("limit of He", "Your limit gives a uniform law He's variance. Here it is to have Glorot's.",
               "6 / fan_in")),
    ))


# ---- 2 Gram-Schmidt

def orthonormal_columns(A):
    Q = np.zeros_like(A)
    for k in range(A.shape[1]):
        q = A[:, k].copy()
        for i in range(k):
            q -= Q[:, i] @ A[:, k] * Q[:, i]
        Q[:, k] = q / np.linalg.norm(q)
    return Q


def independent(rng, shape):
    """Numbers of one decimal whose columns, or rows, are far from dependent."""
    A = numbers(rng, shape)
    k = np.arange(min(shape))
    A[k, k] += 4 * rng.choice([-1, 1], len(k))
    return A


def column_cases(rng):
    return [{"A": independent(rng, shape)} for shape in ((3, 2), (4, 3), (5, 4), (4, 4))]


columns, LENGTH, OLD = orthonormal_columns, "np.linalg.norm(q)", ("Q[:, i] @", "A[:, i] @", "* Q[:, i]")
OF_A = "You take the parts along the columns of A, which are not orthonormal. Which columns are?"


def either(name, message, *changes):
    """The mistake twice: the parts may be those of the column as it was, or of what is left of it."""
    return ((name, but(columns, *changes), message),
            (f"{name}, step by step", but(columns, "@ A[:, k]", "@ q", *changes), message))


COLUMNS = Task(
    "03.gram_schmidt", "Gram-Schmidt", columns, column_cases, returns=("the columns",),
    hints=("The part of a vector along a unit vector q is their inner product, times q. Which have to go?",
           "For column k: begin with a copy of it. For each finished column take away its part. Then divide"
           " what is left by its length, and write it into column k of a new array."),
    misconceptions=(
        ("lengths only", lambda A: A / np.linalg.norm(A, axis=0),
         "Your columns have length 1, but are not orthogonal: nothing was taken out."),
        ("lengths forgotten", lambda A: columns(A) * np.diag(columns(A).T @ A),
         "Your columns are orthogonal, but not of length 1."),
        *either("never divided", "No column has length 1, so that the parts along them are wrong, too.",
                f" / {LENGTH}", ""),
        *either("divided too late", "A part comes out right only if the column along which it lies has length"
                " 1 already.", f" / {LENGTH}", "", "return Q", "return Q / np.linalg.norm(Q, axis=0)"),
        *either("divided too early", "You divide by the length of a column as it was. How long is the rest?",
                LENGTH, "np.linalg.norm(A[:, k])"),
        *either("first as it was", "Your first column is too long.", LENGTH, f"({LENGTH} if k else 1)"),
        ("squared length", but(columns, LENGTH, "(q @ q)"), "You divide by the square of the length."),
        *either("parts added", "The parts are added, not taken out. Look at a sign.", "q -=", "q +="),
        *either("entry by entry", "You multiply entry by entry where an inner product belongs.", "@", "*"),
        *either("a number for a part", "You take away the inner product itself. A part is a vector.",
                " * Q[:, i]", ""),
        *either("old columns", OF_A, *OLD, "* A[:, i]"),
        *either("old columns of length 1", OF_A, *OLD, "* A[:, i] / (A[:, i] @ A[:, i])"),
        *either("old columns measured with", OF_A, *OLD, "* Q[:, i]"),
        *either("old columns taken away", OF_A, "* Q[:, i]", "* A[:, i]"),
        *either("all but the one before", "The part along the column just before stays. Where does your loop"
                " end?", "range(k)", "range(k - 1)"),
        *ways(columns, "range(k)",
              ("only the one before", "Each column loses its part along the one before it only. And along"
               " those before that one?", "range(max(k - 1, 0), k)"),
              ("only the first",
               "Each column loses its part along the first. And along the others before it?",
               "range(min(k, 1))"),
              ("all but the first", "No column loses its part along the first one. Where does your inner loop"
               " begin?", "range(1, k)")),
        ("only the first column made", but(columns, "    return", "        return"),
         "All columns but the first are zero. Does a `return` stand inside of your loop?"),
        ("from the last", lambda A: columns(A[:, ::-1])[:, ::-1],
         "You begin with the last column. The first one is to keep its direction."),
        ("some turned round", lambda A: np.linalg.qr(A)[0],
         "Some of your columns point the other way. The first one is to keep its direction. `np.linalg.qr` is"
         " free to choose, and the subject of the next task."),
    ))


# ---- 3 orthogonal weights

def orthogonal_weights(A, gain):
    wide = A.shape[1] > A.shape[0]
    Q, R = np.linalg.qr(A.T if wide else A)
    Q = Q * np.sign(np.diag(R))
    return gain * (Q.T if wide else Q)


def weight_cases(rng):
    return [{"A": independent(rng, shape), "gain": gain} for shape, gain in zip(
        ((4, 2), (2, 4), (3, 3), (3, 5), (5, 4)), rng.permutation([0.4, 0.7, 1.4, 2.5, 3.0]).tolist())]


weights, SIGNS = orthogonal_weights, "np.sign(np.diag(R))"
WIDE = "You take a wide A as it is. It has too many columns for all of them to be orthonormal."

ORTHOGONAL = Task(
    "03.orthogonal", "orthogonal weights with a gain", weights, weight_cases, returns=("the weights",),
    hints=("Three things: the transpose where A is wide, the signs of R's diagonal, the gain.",
           "For a tall A: Q, R from np.linalg.qr, then the columns of Q times the signs of np.diag(R), then"
           " the gain. For a wide one do the same with A.T, and transpose the result."),
    misconceptions=(
        *ways(weights, SIGNS,
              ("signs left to qr", "Some columns point the wrong way: np.linalg.qr leaves the signs open, and"
               " R tells which.", "1"),
              ("diagonal for its signs", "You multiply by the diagonal of R, and the lengths of A come back."
               " Only its signs tell.", "np.diag(R)")),
        *ways(weights, "A.shape[1] > A.shape[0]",
              ("a square A taken for wide", "Where A is square, you make its rows orthonormal, in their"
               " order. Which A is wide?", "A.shape[1] >= A.shape[0]"),
              ("a wide A taken for tall", WIDE, "False"),
              ("tall and wide swapped", "You transpose a tall A, and leave a wide one. Which of them has too"
               " many columns?", "A.shape[1] < A.shape[0]"),
              ("always transposed", "You transpose a tall A as well. Which A has too many columns?", "True")),
        ("a wide A and the signs", but(weights, "A.shape[1] > A.shape[0]", "False", SIGNS, "1"), WIDE),
        *ways(weights, "(Q.T if wide else Q)",
              ("not transposed back", "For a wide A you give back the transpose of what is asked for. Which"
               " shape has the docstring?", "Q"),
              ("reshaped", "For a wide A you reshape where you should transpose: entries of different units"
               " get mixed up.", "Q.reshape(A.shape)")),
        ("gain added", but(weights, "gain *", "gain +"), "You add the gain. It is a factor."),
    ))


# ---- 4 the mean square at each depth

def mean_squares(m, n, std, depth):
    per_layer = n * std**2 / 2
    return m * per_layer ** np.arange(depth + 1)


def depth_cases(rng):
    return [{"m": m, "n": n, "std": std, "depth": depth} for m, n, std, depth in
            zip(rng.permutation([0.6, 1.7, 3.0]).tolist(), (7, 50, 24), (0.6, 0.12, 0.3), (3, 4, 5))]


SQUARES = Task(
    "03.predict", "the mean square at each depth", mean_squares, depth_cases, returns=("the mean squares",),
    hints=("What does one layer do to the mean square: first the sum of n terms, then ReLU?",
           "The sum multiplies the mean square by n times the variance of a weight, ReLU halves it. After k"
           " layers that factor stands there k times; np.arange gives the k."),
    misconceptions=(
        *ways(mean_squares, "n * std**2 / 2",
              ("no ReLU", "This is right for linear units. What does ReLU leave of it?", "n * std**2"),
              ("ReLU doubles", "You multiply by 2 where ReLU takes something away.", "n * std**2 * 2"),
              ("n forgotten", "How many terms has the sum into a unit?", "std**2 / 2"),
              ("a quarter", "You halve twice in each layer. What is it that ReLU halves?", "n * std**2 / 4"),
              ("deviation for variance", "The deviation of the weights enters once. Mean squares are"
               " multiplied by variances.", "n * std / 2")),
        *ways(mean_squares, "m * per_layer ** np.arange(depth + 1)",
              ("one half in all",
               "Your half stands there once in all. Each layer has a ReLU, the input none.",
               "m / 2 * (2 * per_layer) ** np.arange(depth + 1)",
               "np.append(m, m / 2 * (2 * per_layer) ** np.arange(1, depth + 1))"),
              ("only the half again and again", "Only the half is there once for each layer. Check your"
               " brackets: what else comes again?", "m * per_layer * 2 / 2 ** np.arange(depth + 1)"),
              ("input in every layer", "m comes in again with every layer, and is missing in the first entry."
               " Check your brackets.", "(m * per_layer) ** np.arange(depth + 1)"),
              ("one layer only", "From layer 1 on, all entries are equal. Each layer multiplies what the one"
               " before it gave.", "np.append(m, np.full(depth, m * per_layer))"),
              ("times the depth", "Your values grow like the depth itself. Each layer multiplies what the one"
               " before it gave.", "m * per_layer * np.arange(depth + 1)")),
    ))


# ---- 5 breaking the symmetry

def break_symmetry(W, noise, jitter):
    new = W.copy()
    for j in range(W.shape[1]):
        if any(np.array_equal(W[:, j], W[:, i]) for i in range(j)):
            new[:, j] += jitter * noise[:, j]
    return new


def twin_cases(rng):
    """Columns a and b, and near twins of a: p has its entries in another order, f shares the first of them,
    l the last two, c all but 1/1024 of one. Sums of such numbers are exact. Two rows are equal without twins.
    """
    cases = []
    for pattern, jitter in (("albapf", 0.2), ("baapac", 0.3), ("aabbab", 0.15), ("pfbcal", 0.4)):
        signs = rng.choice([-1, 1], (3, 2))
        a, b = (signs * rng.permutation(np.arange(2, 14))[:6].reshape(3, 2) / 4).T
        if set(pattern) == {"a", "b"}:
            a[1], b[1] = a[0], b[0]
        near = {"p": a[[2, 0, 1]], "f": [a[0], *b[1:]], "l": [b[0], *a[1:]], "c": a + [0, 0, 1 / 1024]}
        W = np.transpose([({"a": a, "b": b} | near)[letter] for letter in pattern])
        cases.append({"W": W, "noise": numbers(rng, W.shape), "jitter": jitter})
    return cases


broken = break_symmetry

SYMMETRY = Task(
    "03.symmetry", "break the symmetry", broken, twin_cases, returns=("the weights",),
    hints=("Work on a copy. For each column look through those before it. `np.array_equal` compares arrays.",
           "Two loops: j over the columns, i over those before j. Compare columns j and i of the W that you"
           " got. Where one is equal, add to column j of the copy its column of the noise, times jitter."),
    misconceptions=(
        ("nothing moved", lambda W, noise, jitter: W.copy(),
         "Nothing has moved. Do you find equal columns, and does the move get into what you return?"),
        *ways(broken, "range(j)",
              ("all units moved", "You move every column. Those that have no equal before them are to stay.",
               "range(j + 1)"),
              ("the first moved too", "You move all columns that have an equal, the first of them too. That"
               " one is to stay.", "range(W.shape[1]) if i != j"),
              ("the last stays", "In each group of equal columns you move all but the last. It is the first"
               " one that stays.", "range(j + 1, W.shape[1])"),
              ("neighbours only", "You compare a column with the one just before it. Its equal may stand"
               " further off.", "range(max(j - 1, 0), j)"),
              ("compared with the first column", "You find the copies of the first column only. Other columns"
               " may have copies too.", "range(min(j, 1))"),
              ("first column left out", "You do not find the copies of the first column. Where does your"
               " inner loop begin?", "range(1, j)")),
        *ways(broken, "np.array_equal(W[:, j], W[:, i])",
              ("those that differ moved", "You move each column that differs from an earlier one.",
               "any(W[:, j] != W[:, i])"),
              ("one equal entry", "You move a column as soon as one of its entries equals that of an earlier"
               " one. All have to.", "any(W[:, j] == W[:, i])", "W[0, j] == W[0, i]"),
              ("order of the entries ignored", "You also move a column with the numbers of an earlier one in"
               " another order. Compare entries.", "sum(W[:, j]) == sum(W[:, i])"),
              ("nearly equal ones moved", "You also move a column that is nearly equal to an earlier one. It"
               " is another unit.", "np.allclose(W[:, j], W[:, i], atol=0.01)")),
        ("those with no equal moved", but(broken, "if any", "if not any"),
         "You move the columns that have no equal before them, and leave the others."),
        ("moved once for each", but(broken, "if any(", "for _ in range(sum(", "range(j)):", "range(j))):"),
         "A column with several equals before it is moved several times. Once is enough."),
        ("one copy only", but(broken, "if any", "if (new == W).all() and any"),
         "Only the first copy is moved. Does something end your loops there?"),
        ("rows compared", lambda W, noise, jitter: broken(W.T, noise.T, jitter).T,
         "You compare rows, and move rows. The weights into a unit are a column."),
        *ways(broken, "+= jitter * noise[:, j]",
              ("one number per unit", "You add the same number to all weights of a unit. Each has its own"
               " entry of the noise.", "+= jitter * noise[0, j]", "+= jitter * noise[:, j].mean()"),
              ("noise of another unit", "A unit gets the noise of another one. Which column of the noise is"
               " for it?", "+= jitter * noise[:, W.T.tolist().index(W[:, j].tolist())]",
               "+= jitter * noise[:, 0]"),
              ("not added", "How does the noise go in: what is to be multiplied, and what added?",
               "= jitter * noise[:, j]", "*= jitter * noise[:, j]", "+= jitter + noise[:, j]")),
        ("the others lost", but(broken, "W.copy()", "0 * W", "+=", "= W[:, j] +"),
         "The columns that do not move are zero. They are to stay as they are."),
    ))

TASKS = (SCALES, COLUMNS, ORTHOGONAL, SQUARES, SYMMETRY)
