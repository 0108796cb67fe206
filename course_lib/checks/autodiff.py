"""Exercise 2: dual numbers, backward passes, and a gradient checker."""

import numpy as np

from .engine import Task
from .mistakes import but, ways
from .values import Shown, distinct, numbers, show


# ---- 1 dual numbers

def dual(x, dx, y, dy):
    return x * y, dx * y + x * dy


def dual_cases(rng):
    """Two of single numbers, then two of arrays."""
    drawn = [distinct(rng, *[shape] * 4) for shape in ((), (), 3, (2, 2))]
    return [{name: x if x.ndim else float(x) for name, x in zip(("x", "dx", "y", "dy"), four)}
            for four in drawn]


TERMS, TWICE = "dx * y + x * dy", "has the product of the two derivatives in it. It stands at ε², which is 0."

DUAL = Task(
    "02.dual", "multiply dual numbers", dual, dual_cases, returns=("the value", "the derivative"), rtol=1e-9,
    hints=("Write out (x + dx ε)(y + dy ε) and collect what has no ε, what has one, and what has two.",
           "The value is the product of the values. The derivative has two terms: in each, one factor is"
           " differentiated and the other is left as it is."),
    misconceptions=(
        ("product of derivatives", but(dual, TERMS, "dx * dy"),
         "Your derivative is the product of the two derivatives. It stands at ε², which is 0."),
        *ways(dual, "x * dy", ("second order kept", "Your derivative " + TWICE, "x * dy + dx * dy",
                               "x * dy - dx * dy")),
        *ways(dual, "x * y,", ("second order in the value", "Your value " + TWICE, "x * y + dx * dy,",
                               "x * y - dx * dy,", "(x + dx) * (y + dy),")),
        ("only the second factor", but(dual, "dx * y + ", ""), "The first factor is not differentiated."),
        ("only the first factor", but(dual, " + x * dy", ""), "The second factor is not differentiated."),
        ("minus", but(dual, "+", "-"), "The minus between your terms belongs to a quotient."),
        ("quotient", but(dual, TERMS, "(dx * y - x * dy) / y ** 2"), "You differentiate a quotient."),
        ("logarithm", but(dual, TERMS, "dx / x + dy / y"), "You differentiate the logarithm of the product."),
        ("sum", but(dual, TERMS, "dx + dy"), "Your derivative is that of a sum, not of a product."),
        ("values added", but(dual, "x * y,", "x + y,"), "Your value is that of a sum."),
        ("with its own value", but(dual, TERMS, "dx * x + y * dy"),
         "You multiply each derivative by its own value. What does it stand beside in the product?"),
        ("terms multiplied", but(dual, " + x *", " * x *"), "You multiply the two terms with each other."),
        ("one sum", but(dual, "x * y,", "x * y +"), "Value and derivative have run together in one sum."),
        ("two terms apart", but(dual, " + x", ", x"), "Your derivative comes in two parts. What joins them?"),
    ))


# ---- 2 the dense layer

def dense(x, W, dy):
    return dy @ W.T, x.T @ dy, dy.sum(axis=0)


def dense_cases(rng):
    """W is square at first: there a forgotten transpose gives wrong numbers, and no exception."""
    return [dict(zip(("x", "W", "dy"), distinct(rng, (N, n), (n, k), (N, k))))
            for N, n, k in ((4, 2, 2), (3, 2, 2), (2, 3, 3), (5, 3, 2))]


ONE = " has the share of a single example. How do all of them add up?"

DENSE = Task(
    "02.dense", "backward through matmul and bias", dense, dense_cases, returns=("dx", "dW", "db"),
    hints=("dx has the shape of x, dW that of W, db has one entry for each column of dy. Which products fit?",
           "dx: from dy back through the weights, rows and columns exchanged. dW: the examples are added up,"
           " so x comes first, turned on its side. db: all examples use the same bias."),
    misconceptions=(
        ("weights not transposed", but(dense, "W.T", "W"),
         "Your dx uses W as the forward pass does. Backward, an output sends its share to the inputs it came"
         " from: rows and columns of W change their roles."),
        ("inverse for transpose", but(dense, "W.T", "np.linalg.inv(W)"),
         "Your dx goes back through the inverse of W. Derivatives go back through the weights themselves."),
        ("output for its derivative", but(dense, "x.T @ dy", "x.T @ (x @ W)"),
         "Your dW uses the output of the layer. What comes from behind is dy."),
        *ways(dense, "x.T @ dy", ("dW of one example", "Your dW" + ONE, "np.outer(x[-1], dy[-1])",
                                  "np.outer(x[0], dy[0])")),
        *ways(dense, ".sum(axis=0)", ("db of one example", "Your db" + ONE, "[-1]", "[0]")),
        *ways(dense, "dy.sum",
              ("db of something else", "Your db does not add up dy. By what does the loss meet the bias?",
               "x.sum", "(x.T @ dy).sum", "(dy @ W.T).sum", "W.sum")),
        ("db not summed", but(dense, ".sum(axis=0)", ""),
         "Your db has a row for each example. All of them use the same bias: their shares add up."),
        ("db along the rows", but(dense, "axis=0", "axis=1"), "Your db has one entry for each example."),
        ("db a local derivative", but(dense, "dy.sum(axis=0)", "np.ones(dy.shape[1])"),
         "Your db is the local derivative, 1. What comes from behind, dy, is not in it."),
        ("local derivatives", lambda x, W, dy: (W.T, x.T, np.ones(W.shape[1])),
         "These are local derivatives. What comes from behind, dy, is not in them."),
    ))


# ---- 3 ReLU

def relu(x, dy):
    return dy * (x > 0)


def relu_cases(rng):
    """Each has entries of either sign, small ones, and some that are 0, beside both signs of dy."""
    cases = []
    for shape in ((7,), (8,), (2, 5)):
        x, dy = numbers(rng, shape), numbers(rng, shape)
        x.flat[:6], dy.flat[:6] = [0.3, -0.4, 0, 2.6, -1.7, 0], abs(dy.flat[:6]) * [1, 1, 1, -1, -1, -1]
        cases.append({"x": x, "dy": dy})
    return cases


DX, AT_ZERO = "dy * (x > 0)", " gradient passes where x is exactly 0. The docstring says what to do there."

RELU = Task(
    "02.relu", "backward through ReLU", relu, relu_cases, returns=("dx",),
    hints=("Which entries of x went through the forward pass unchanged, and which were replaced by 0?",
           "Where an entry went through, its derivative is 1, and dy passes unchanged. Elsewhere nothing"
           " does. A comparison gives True and False, which count as 1 and 0 in a product. Mind x = 0."),
    misconceptions=(
        ("ReLU of the gradient", but(relu, "x > 0", "dy > 0"),
         "You cut off the negative entries of dy. What is cut is decided by x; dy may have any sign."),
        ("ReLU of both", but(relu, "(x > 0)", "(x > 0) * (dy > 0)"),
         "You cut off the negative entries of dy, too. What is cut is decided by x alone."),
        ("times the output", but(relu, "(x > 0)", "x * (x > 0)"),
         "You multiply dy by the output of ReLU. The local derivative is 1 there, not x."),
        ("times the input", but(relu, "(x > 0)", "x"), "You multiply dy by x. What is the local derivative?"),
        ("forward again", but(relu, DX, "x * (x > 0)"), "This is the forward pass. Where is dy?"),
        ("local derivative", but(relu, DX, "(x > 0) * 1.0"), "This is the local derivative. Where is dy?"),
        ("the other side", but(relu, "x > 0", "x < 0"),
         "The gradient passes where x is negative. There the output does not change with x."),
        ("the other side and 0", but(relu, "x > 0", "x <= 0"), "The gradient passes where the output is 0."),
        ("passes at zero", but(relu, "x > 0", "x >= 0"), "The" + AT_ZERO),
        ("half at zero", but(relu, "(x > 0)", "np.heaviside(x, 0.5)"), "Half of the" + AT_ZERO),
        ("stopped at zero", but(relu, "x > 0", "x != 0"), "The gradient stops only where x is exactly 0."),
        *ways(relu, "(x > 0)",
              ("sign of the input", "Where x is negative the gradient passes with its sign changed. That is"
               " the derivative of |x|.", "np.sign(x)", "np.where(x > 0, 1, -1)"),
              ("leaky", "A part of the gradient passes where x is not positive. That is a leaky ReLU.",
               "np.where(x > 0, 1, 0.01)", "np.where(x > 0, 1, 0.1)")),
        ("ReLU of the product", but(relu, DX, "np.maximum(x * dy, 0)"), "You apply ReLU to x times dy."),
        ("x elsewhere", but(relu, DX, "np.where(x > 0, dy, x)"), "Where nothing passes, your dx is x."),
        ("1 elsewhere", but(relu, DX, "np.where(x > 0, dy, 1)"), "Where nothing passes, your dx is 1."),
        ("1 and dy", but(relu, DX, "np.where(x > 0, 1, dy)"), "Where dy should pass your dx is 1."),
        ("only what passes", but(relu, DX, "dy[x > 0]"),
         "You hand back only the entries that pass. The others belong there too, as 0."),
    ))


# ---- 4 softmax and cross-entropy

def softmax(scores, y):
    N, K = scores.shape
    t = np.eye(K)[y]
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return (p - t) / N


def softmax_cases(rng):
    """The last overflows if scores are cut off, or if anything but its maximum is taken away from a row."""
    large = [[900, -900, -899, -900], [899, 900, -900, -898], [-1, 0.5, 1.5, 0.7]]
    small = [(distinct(rng, (len(y), K))[0], y) for y, K in (([3, 1], 4), ([2, 0, 2, 1], 3), ([4, 0, 3], 5))]
    return [{"scores": np.array(scores), "y": np.array(y)} for scores, y in [*small, (large, [1, 0, 3])]]


MAXIMUM, ROWS = " - scores.max(axis=1, keepdims=True)", " They should for each example, along its row."

SOFTMAX = Task(
    "02.softmax", "backward through softmax and cross-entropy", softmax, softmax_cases, returns=("dscores",),
    hints=("First the probabilities, one row an example. Before you take the exponential, take away the"
           " largest score of each row: that changes no probability. `keepdims=True` keeps a column of them.",
           "From the probability of the true class of each example 1 is taken away, from the others nothing;"
           " `p[np.arange(len(y)), y]` are those entries. At the end comes the mean."),
    misconceptions=(
        ("not a mean", but(softmax, " / N", ""), "This is the gradient of the sum of all losses."),
        ("mean over all entries", but(softmax, "/ N", "/ (N * K)"),
         "You divide by the number of scores. The mean is over the examples, one loss each."),
        ("mean over the classes", but(softmax, "/ N", "/ K"), "You divide by the number of classes."),
        ("mean without the 1", but(softmax, "(p - t) / N", "p / N - t"), "The 1 is not divided by N."),
        ("mean of the 1", but(softmax, "(p - t) / N", "p - t / N"), "Only the 1 is divided by N."),
        ("overflow", but(softmax, MAXIMUM, ""), "This is right for small scores, but an exponential overflows"
         " where they are large. What can be taken away from a row, so that none does?"),
        ("one maximum for all", but(softmax, "max(axis=1, keepdims=True)", "max()"),
         "You take the same number away from all rows. Far below it, a row's exponentials are all 0."),
        ("softmax of columns", but(softmax, MAXIMUM, " - scores.max(axis=0)", "sum(axis=1", "sum(axis=0"),
         "Your probabilities add up to 1 down each column." + ROWS),
        ("softmax over everything", but(softmax, "sum(axis=1, keepdims=True)", "sum()"),
         "Your probabilities add up to 1 all together." + ROWS),
        ("not divided", but(softmax, "/ e.sum(axis=1, keepdims=True)", ""), "Your rows do not add up to 1."),
        ("not exp", but(softmax, "np.exp(scores" + MAXIMUM + ")", "scores"), "No exponential is left."),
        ("no softmax", but(softmax, "p - t", "scores - t"), "You use the scores where probabilities belong."),
        ("sigmoid", but(softmax, "p - t", "1 / (1 + np.exp(-scores)) - t"), "You take a sigmoid of each."),
        ("no true class", but(softmax, "p - t", "p"), "Only probabilities. Where is the true class?"),
        ("true class added", but(softmax, "- t", "+ t"), "You add 1 for the true class. Look for a sign."),
        ("1 from every class", but(softmax, "- t", "- 1"), "You take 1 away from all. Which class is true?"),
        ("number of the class", but(softmax, "- t", "- y[:, None]"),
         "You take away the number of the class. It only says where to take 1 away."),
        ("everybody's true class", but(softmax, "[y]", "[y].max(axis=0)"),
         "You take 1 away in each column that is somebody's true class. Each row has one of its own."),
        ("another class", but(softmax, "[y]", "[y - 1]"), "You take 1 away one class too early."),
        ("most probable class", but(softmax, "[y]", "[scores.argmax(axis=1)]"),
         "You take 1 away from the most probable class. Which one is true, is given."),
        ("only the true class", but(softmax, "p - t", "(p - t) * t"),
         "Only the score of the true class gets a gradient. The others move the loss too, through the sum."),
        ("by the probabilities", but(softmax, "p - t", "np.where(t > 0, -1 / p, 0)"),
         "This is the derivative by the probabilities. The scores come before the softmax: one node more."),
        ("derivative of a sigmoid", but(softmax, "p - t", "(p - t) * p * (1 - p)"),
         "There is a factor p (1 - p) too many. With the cross-entropy it cancels."),
        *ways(softmax, "(p - t) / N",
              ("the loss", "This is the loss. Its derivative has an entry for each score.",
               "-np.log((p * t).sum(axis=1)).mean()", "-np.log((p * t).sum(axis=1))")),
    ))


# ---- 5 the gradient checker

def error(value, gradient, x, h):
    g, norm = gradient(x), np.linalg.norm
    m = np.array([(value(x + e) - value(x - e)) / (2 * h) for e in h * np.eye(len(x))])
    return norm(g - m) / (norm(g) + norm(m))


def error_case(rng, h, factors):
    """A gradient with wrong factors. Its x and its h are eighths, so that x + h - h is x."""
    a, b = distinct(rng, len(factors), len(factors))
    value = Shown(f"x -> sum({show(a)} * x**3) + ({show(b)} @ x)**2",
                  lambda x: float(np.sum(a * x**3) + (b @ x) ** 2))
    gradient = Shown(f"x -> {factors} * (3 * {show(a)} * x**2 + 2 * ({show(b)} @ x) * {show(b)})",
                     lambda x: factors * (3 * a * x**2 + 2 * (b @ x) * b))
    x = rng.permutation(np.arange(3, 20))[:len(factors)] / 8 * rng.choice([-1, 1], len(factors))
    return {"value": value, "gradient": gradient, "x": x, "h": h}


def error_cases(rng):
    """The last gradient is right. Steps are large, so that a one-sided difference shows."""
    return [error_case(rng, h, factors) for h, factors in (
        (0.125, [1.0, 1.5]), (0.5, [-1.0, 1.0, 0.8]), (0.25, [1.0, 1.0, 0.5]), (0.375, [0.7, -0.6]),
        (0.5, [1.0, 1.0]))]


ABOVE, BELOW, BOTH = "norm(g - m)", "(norm(g) + norm(m))", "norm(g - m) / (norm(g) + norm(m))"
WHOLE = "The docstring asks for one error, of the whole vector."

CHECKER = Task(
    "02.checker", "a gradient checker", error, error_cases, returns=("the error",),
    hints=("Fill an array like x with the measured derivatives, one entry at a time. A copy of x, with one"
           " entry moved by h, leaves x itself as it is.",
           "Each measured derivative is a difference of two values over the distance between the two points,"
           " which is not h. Then three norms: that of the difference, over the sum of the other two."),
    misconceptions=(
        ("one-sided", but(error, "value(x - e)) / (2 * h)", "value(x)) / h"),
         "Your difference starts at x itself, a one-sided one. Step to both sides of x."),
        ("one-sided, backward", but(error, "value(x + e)", "value(x)", "(2 * h)", "h"),
         "Your difference ends at x itself, a one-sided one. Step to both sides of x."),
        ("divided by h", but(error, "(2 * h)", "h"), "You divide by the wrong distance of the two points."),
        ("divided by 2", but(error, "(2 * h)", "2"), "You do not divide by h. How far apart are the points?"),
        ("times h", but(error, "(2 * h)", "2 * h"), "You multiply by h: `/ 2 * h` is not `/ (2 * h)`."),
        ("half a step", but(error, "in h *", "in h / 2 *"), "You step by h / 2 to either side, not by h."),
        ("a step of 1", but(error, "in h *", "in"), "You step by 1 to either side, not by h."),
        ("a step of its own", but(error, "g, norm", "h = 1e-5; g, norm"), "Your step is not h, it is tiny."),
        ("no difference", but(error, "return", "m = 0 * m; return"),
         "Your error is 1, as if all you measured were 0. Are your two points one and the same array?"),
        ("all at once", but(error, "np.eye(len(x))", "np.ones((len(x), len(x)))"),
         "You move all entries of x at once, which gives the sum of all derivatives. Move one at a time."),
        ("entries stay moved", but(error, "np.eye(len(x))", "np.tri(len(x))"),
         "The entries before the one you move stay moved. Begin again from x each time."),
        ("the others at zero", but(error, "x + e", "e * x / h + e", "x - e", "e * x / h - e"),
         "All entries but the one you move are 0. They should be those of x."),
        ("last measured number", but(error, "return", "m = m[-1]; return"),
         "You compare all of the gradient with the last measured number. Where do the others go?"),
        ("last entry left out", but(error, "return", "m[-1] = 0; return"), "The last entry is not measured."),
        ("first left out", but(error, "return", "m[0] = 0; return"), "The first entry is not measured."),
        ("first only", but(error, "return", "g, m = g[:1], m[:1]; return"), "You compare one entry only."),
        ("added", but(error, "g - m", "g + m"), "Your measured derivatives have the wrong sign."),
        ("absolute", but(error, " / " + BELOW, ""),
         "This error is absolute, and a relative one is asked for."),
        ("largest difference", but(error, BOTH, "max(abs(g - m))"), "This is the largest difference."),
        ("norms compared", but(error, ABOVE, "abs(norm(g) - norm(m))"),
         "You compare the lengths of the two vectors. A gradient with a wrong sign has the right length."),
        ("squares", but(error, BOTH, "norm(g - m) ** 2 / (norm(g) ** 2 + norm(m) ** 2)"),
         "You use the squares of the norms. The roots are missing."),
        ("one root", but(error, BELOW, "np.hypot(norm(g), norm(m))"),
         "Below the line you add up squares and take one root. The sum of two norms has two."),
        ("differences cancel", but(error, ABOVE, "np.sum(g - m)"),
         "You add the differences up with their signs, so that two mistakes can cancel."),
        ("relative to g", but(error, " + norm(m)", ""), "Below the line stands the norm of g alone."),
        ("relative to m", but(error, "norm(g) + ", ""), "Below the line stands the norm of m alone."),
        ("norm of the sum", but(error, BELOW, "norm(g + m)"), "Below the line stands the norm of a sum."),
        ("brackets forgotten", but(error, BELOW, BELOW[1:-1]), "You divide by one norm, and add the other."),
        ("product of norms", but(error, "g) + norm", "g) * norm"), "Below the line is a product of norms."),
        ("larger norm", but(error, BELOW, "max(norm(g), norm(m))"), "Below the line stands the larger norm."),
        ("sums of sizes", but(error, BOTH, "sum(abs(g - m)) / sum(abs(g) + abs(m))"),
         "You add up absolute values. The norm of a vector is the root of a sum of squares."),
        ("entry by entry", but(error, BOTH, "abs(g - m) / (abs(g) + abs(m))"), WHOLE),
        ("mean of errors", but(error, BOTH, "np.mean(abs(g - m) / (abs(g) + abs(m)))"),
         "You average the errors of the entries. " + WHOLE),
        ("largest error", but(error, BOTH, "max(abs(g - m) / (abs(g) + abs(m)))"),
         "You take the largest error of an entry. " + WHOLE),
        ("the differences", but(error, BOTH, "g - m"), "These are the differences. " + WHOLE),
        ("the measured", but(error, BOTH, "m"), "These are the measured derivatives. " + WHOLE),
    ))

TASKS = (DUAL, DENSE, RELU, SOFTMAX, CHECKER)
