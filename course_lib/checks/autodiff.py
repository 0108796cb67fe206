"""Exercise 2: dual numbers, backward passes, and a gradient checker.

Each misconception below is a version that somebody writes in earnest. Weights are square in the cases, so
that a forgotten transpose gives wrong numbers, which a message can name, and not an error about shapes.
"""

from dataclasses import dataclass

import numpy as np

from ..losses import softmax_cross_entropy
from .engine import Misconception, Task
from .values import numbers, show


# ---- references

def multiply_duals(x, dx, y, dy):
    return x * y, dx * y + x * dy


def dense_backward(x, W, dy):
    return dy @ W.T, x.T @ dy, dy.sum(axis=0)


def relu_backward(x, dy):
    return dy * (x > 0)


def softmax_backward(scores, y):
    return softmax_cross_entropy(scores, y)[1]


def gradient_error(value, gradient, x, h):
    g, measured = gradient(x), central(value, x, h)
    return np.linalg.norm(g - measured) / (np.linalg.norm(g) + np.linalg.norm(measured))


def central(value, x, h):
    return np.array([(value(x + h * unit) - value(x - h * unit)) / (2 * h) for unit in np.eye(len(x))])


# ---- cases

@dataclass(frozen=True, eq=False)
class Cubic:
    """x -> sum of a x^3 + b x, with a text that a message can show."""

    a: np.ndarray
    b: np.ndarray

    def __call__(self, x):
        return float(np.sum(self.a * x**3 + self.b * x))

    def __str__(self):
        return f"x -> sum of {show(self.a)} * x**3 + {show(self.b)} * x"


@dataclass(frozen=True, eq=False)
class CubicGradient:
    """Its gradient, times `factor`: 1 where the gradient is right."""

    a: np.ndarray
    b: np.ndarray
    factor: np.ndarray

    def __call__(self, x):
        return self.factor * (3 * self.a * x**2 + self.b)

    def __str__(self):
        return f"x -> {show(self.factor)} * (3 * {show(self.a)} * x**2 + {show(self.b)})"


def dual_cases(rng):
    return [{name: float(numbers(rng, ())) for name in ("x", "dx", "y", "dy")} for _ in range(2)] + [
        {name: numbers(rng, n) for name in ("x", "dx", "y", "dy")} for n in (2, 3)]


def dense_cases(rng):
    return [{"x": numbers(rng, (n, k)), "W": numbers(rng, (k, k)), "dy": numbers(rng, (n, k))}
            for n, k in ((4, 2), (2, 2), (3, 3), (5, 2))]


def relu_cases(rng):
    """Each has entries of either sign, and some that are exactly 0, in every place a sign of dy may have."""
    cases = []
    for shape in ((6,), (8,), (2, 4)):
        x = numbers(rng, shape)
        x.reshape(-1)[:6] = np.array([1.5, -0.5, 0.0, 2.5, -1.5, 0.0]) * rng.integers(1, 4)
        dy = numbers(rng, shape)
        dy.reshape(-1)[:6] = np.abs(dy.reshape(-1)[:6]) * [1, 1, 1, -1, -1, -1]
        cases.append({"x": x, "dy": dy})
    return cases


def softmax_cases(rng):
    """The last has scores whose exponentials overflow."""
    cases = [{"scores": numbers(rng, (n, k)), "y": rng.integers(0, k, n)}
             for n, k in ((2, 3), (3, 2), (4, 3))]
    return [*cases, {"scores": np.array([[900.0, 899.0, 898.0], [-1.0, 0.5, 1.5]]), "y": np.array([1, 2])}]


def checker_cases(rng):
    """Large steps, so that a one-sided difference shows; the last gradient is right."""
    cases = []
    for h, factors in ((0.1, [1.0, 2.0]), (0.5, [-1.0, 1.0]), (0.2, [1.0, 1.0, 0.5]), (0.5, [1.0, 1.0])):
        a, b, x = numbers(rng, (3, len(factors)))
        gradient = CubicGradient(a, b, np.array(factors))
        cases.append({"value": Cubic(a, b), "gradient": gradient, "x": x, "h": h})
    return cases


# ---- misconceptions: dual numbers

DUAL = Task(
    name="02.dual",
    title="multiply dual numbers",
    reference=multiply_duals,
    draw=dual_cases,
    returns=("the value", "the derivative"),
    hints=(
        "Write out (x + dx ε)(y + dy ε) and collect what has no ε, what has one, and what has two.",
        "The value is the product of the values. The derivative has two terms: in each, one factor is"
        " differentiated and the other is left as it is.",
    ),
    misconceptions=(
        Misconception("product of the derivatives", lambda x, dx, y, dy: (x * y, dx * dy),
                      "You multiply the derivatives with each other. That term has ε twice, and ε² is 0."),
        Misconception("the second-order term kept", lambda x, dx, y, dy: (x * y, dx * y + x * dy + dx * dy),
                      "You keep the product of the two derivatives. It stands at ε², which is 0."),
        Misconception("only the second factor differentiated", lambda x, dx, y, dy: (x * y, x * dy),
                      "Only the second factor is differentiated. The first one changes too."),
        Misconception("only the first factor differentiated", lambda x, dx, y, dy: (x * y, dx * y),
                      "Only the first factor is differentiated. The second one changes too."),
        Misconception("minus", lambda x, dx, y, dy: (x * y, dx * y - x * dy),
                      "There is a minus between the two terms. That belongs to the rule for a quotient."),
        Misconception("derivative of the sum", lambda x, dx, y, dy: (x * y, dx + dy),
                      "Your derivative is that of a sum. Here the numbers are multiplied."),
        Misconception("derivative with its own value", lambda x, dx, y, dy: (x * y, x * dx + y * dy),
                      "You multiply each derivative by its own value. Which number does it stand beside in"
                      " the product?"),
        Misconception("values added", lambda x, dx, y, dy: (x + y, dx * y + x * dy),
                      "The derivative is right, but the value is that of a sum."),
        Misconception("the other order", lambda x, dx, y, dy: (dx * y + x * dy, x * y),
                      "Both numbers are right, but they come in the other order. The docstring says which"
                      " is first."),
    ),
)


# ---- misconceptions: the dense layer

def dense_weights_not_transposed(x, W, dy):
    return dy @ W, x.T @ dy, dy.sum(axis=0)


def dense_weights_gradient_transposed(x, W, dy):
    return dy @ W.T, dy.T @ x, dy.sum(axis=0)


def dense_bias_averaged(x, W, dy):
    return dy @ W.T, x.T @ dy, dy.mean(axis=0)


def dense_all_averaged(x, W, dy):
    return dy @ W.T, x.T @ dy / len(x), dy.mean(axis=0)


def dense_weights_averaged(x, W, dy):
    return dy @ W.T, x.T @ dy / len(x), dy.sum(axis=0)


def dense_first_example(x, W, dy):
    return dy @ W.T, x.T @ dy, dy[0]


def dense_bias_of_input(x, W, dy):
    return dy @ W.T, x.T @ dy, x.sum(axis=0)


def dense_both_transposed_wrong(x, W, dy):
    return dy @ W, dy.T @ x, dy.sum(axis=0)


def dense_output_for_adjoint(x, W, dy):
    return dy @ W.T, x.T @ (x @ W), dy.sum(axis=0)


def dense_bias_forgets(x, W, dy):
    return dy @ W.T, x.T @ dy, np.ones(W.shape[1])


DENSE = Task(
    name="02.dense",
    title="backward through matmul and bias",
    reference=dense_backward,
    draw=dense_cases,
    returns=("dx", "dW", "db"),
    hints=(
        "Look at the shapes. dx has that of x, dW that of W, db has one entry for each column of dy. Which"
        " products fit?",
        "dx: from dy back through the weights, rows and columns exchanged. dW: the examples are what is"
        " summed over, so x comes first, turned on its side. db: each example uses the same bias, so their"
        " shares are added.",
    ),
    misconceptions=(
        Misconception("weights not transposed", dense_weights_not_transposed,
                      "Your dx uses W as the forward pass does. Backward an output sends its share to the"
                      " inputs it came from: rows and columns of W change their roles. With a square W the"
                      " shapes do not tell."),
        Misconception("gradient of the weights transposed", dense_weights_gradient_transposed,
                      "Your dW is the right matrix on its side. Entry (l, j) belongs to input l and output"
                      " j. With a square W the shapes do not tell."),
        Misconception("dx and dW both on their side", dense_both_transposed_wrong,
                      "Your dx and dW both have rows and columns exchanged. With a square W the shapes do"
                      " not tell."),
        Misconception("bias averaged", dense_bias_averaged,
                      "Your db is a mean over the examples. If the loss is a mean, its 1/N is in dy"
                      " already."),
        Misconception("weights and bias averaged", dense_all_averaged,
                      "Your dW and db are divided by the number of examples. If the loss is a mean, its 1/N"
                      " is in dy already."),
        Misconception("weights averaged", dense_weights_averaged,
                      "Your dW is divided by the number of examples. If the loss is a mean, its 1/N is in"
                      " dy already."),
        Misconception("only the first example", dense_first_example,
                      "Your db has the share of the first example only. All examples use the same bias."),
        Misconception("bias from the input", dense_bias_of_input,
                      "Your db adds up x. The bias stands alone in the output: its local derivative is 1,"
                      " not x."),
        Misconception("output instead of its adjoint", dense_output_for_adjoint,
                      "Your dW uses the output of the layer. What comes from behind is dy."),
        Misconception("local derivative only", dense_bias_forgets,
                      "Your db is the local derivative, 1. It has to be multiplied by what comes from"
                      " behind, dy, and summed."),
    ),
)


# ---- misconceptions: ReLU

RELU = Task(
    name="02.relu",
    title="backward through ReLU",
    reference=relu_backward,
    draw=relu_cases,
    returns=("dx",),
    hints=(
        "Which entries of x went through the forward pass unchanged, and which were replaced by 0?",
        "Where an entry went through, its derivative is 1, and dy passes unchanged. Elsewhere nothing passes."
        " A comparison gives an array of True and False, which count as 1 and 0 in a product. Mind x = 0.",
    ),
    misconceptions=(
        Misconception("ReLU of the gradient", lambda x, dy: np.maximum(dy, 0),
                      "You cut off the negative entries of dy. What is cut is decided by x; dy may have any"
                      " sign."),
        Misconception("switched by the gradient", lambda x, dy: x * (dy > 0),
                      "x and dy have changed places: dy is what passes, x says where."),
        Misconception("multiplied by the output", lambda x, dy: dy * np.maximum(x, 0),
                      "You multiply dy by the output of ReLU. The local derivative is 1 there, not x."),
        Misconception("only the local derivative", lambda x, dy: (x > 0) * 1.0,
                      "This is the local derivative alone. What comes from behind has to be multiplied by"
                      " it."),
        Misconception("the other side", lambda x, dy: dy * (x < 0),
                      "The gradient passes where x is negative. There the output does not change with x."),
        Misconception("passes at zero", lambda x, dy: dy * (x >= 0),
                      "The gradient passes where x is exactly 0. The docstring says what to do there."),
        Misconception("half at zero", lambda x, dy: dy * (np.sign(x) + 1) / 2,
                      "At x = 0 half of the gradient passes. The docstring says what to do there."),
        Misconception("sign of the input", lambda x, dy: dy * np.sign(x),
                      "Where x is negative the gradient passes with its sign changed. That is the"
                      " derivative of |x|."),
        Misconception("no ReLU at all", lambda x, dy: dy * 1.0,
                      "Everything passes. A unit that gives 0 whatever its input is stops the gradient."),
    ),
)


# ---- misconceptions: softmax and cross-entropy

def _softmax(scores, axis=1):
    e = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def _one_hot(scores, y):
    return np.eye(scores.shape[1])[y]


def softmax_sum(scores, y):
    return _softmax(scores) - _one_hot(scores, y)


def softmax_mean_of_all(scores, y):
    return (_softmax(scores) - _one_hot(scores, y)) / scores.size


def softmax_negative(scores, y):
    return (_one_hot(scores, y) - _softmax(scores)) / len(scores)


def softmax_over_examples(scores, y):
    return (_softmax(scores, axis=0) - _one_hot(scores, y)) / len(scores)


def softmax_without(scores, y):
    return (scores - _one_hot(scores, y)) / len(scores)


def softmax_probabilities(scores, y):
    return _softmax(scores) / len(scores)


def softmax_right_class_only(scores, y):
    return (_softmax(scores) - 1) * _one_hot(scores, y) / len(scores)


def softmax_of_cross_entropy_alone(scores, y):
    return -_one_hot(scores, y) / _softmax(scores) / len(scores)


def softmax_squared_loss(scores, y):
    p = _softmax(scores)
    return (p - _one_hot(scores, y)) * p * (1 - p) / len(scores)


def softmax_overflows(scores, y):
    e = np.exp(scores)
    return (e / e.sum(axis=1, keepdims=True) - _one_hot(scores, y)) / len(scores)


SOFTMAX = Task(
    name="02.softmax",
    title="backward through softmax and cross-entropy",
    reference=softmax_backward,
    draw=softmax_cases,
    returns=("dscores",),
    hints=(
        "First the probabilities, one row an example. Before you take the exponential, take away the"
        " largest score of each row: that changes no probability. `keepdims=True` keeps a row maximum beside"
        " its row.",
        "From the probability of the true class of each example 1 is taken away, from the others nothing;"
        " `p[np.arange(len(y)), y]` are those entries. At the end comes the mean.",
    ),
    misconceptions=(
        Misconception("not a mean", softmax_sum,
                      "This is the gradient of the sum over the examples. The loss is their mean."),
        Misconception("mean over all entries", softmax_mean_of_all,
                      "You divide by the number of scores. The mean is over the examples, one loss each."),
        Misconception("wrong sign", softmax_negative,
                      "The sign is wrong: a step against this gradient makes the true class less probable."),
        Misconception("softmax over the examples", softmax_over_examples,
                      "Your probabilities add up to 1 down each column. They should for each example, along"
                      " its row."),
        Misconception("no softmax", softmax_without,
                      "You use the scores where the probabilities belong."),
        Misconception("true class forgotten", softmax_probabilities,
                      "These are the probabilities alone. Where does the true class come in?"),
        Misconception("only the true class", softmax_right_class_only,
                      "Only the score of the true class gets a gradient. The others move the loss too,"
                      " through the sum."),
        Misconception("gradient by the probabilities", softmax_of_cross_entropy_alone,
                      "This is the derivative by the probabilities. The scores come before the softmax: one"
                      " node more to go back through."),
        Misconception("derivative of a sigmoid too many", softmax_squared_loss,
                      "There is a factor p (1 - p) too many. With the cross-entropy it cancels."),
        Misconception("overflow", softmax_overflows,
                      "The numbers are right for small scores, but the exponential of 900 is infinite."
                      " Which number can be taken away from all scores of a row?"),
    ),
)


# ---- misconceptions: the gradient checker

def _error(g, measured):
    return np.linalg.norm(g - measured) / (np.linalg.norm(g) + np.linalg.norm(measured))


def checker_one_sided(value, gradient, x, h):
    return _error(gradient(x), np.array([(value(x + h * u) - value(x)) / h for u in np.eye(len(x))]))


def checker_backward(value, gradient, x, h):
    return _error(gradient(x), np.array([(value(x) - value(x - h * u)) / h for u in np.eye(len(x))]))


def checker_not_halved(value, gradient, x, h):
    return _error(gradient(x), 2 * central(value, x, h))


def checker_half_steps(value, gradient, x, h):
    return _error(gradient(x), central(value, x, h / 2))


def checker_absolute(value, gradient, x, h):
    return np.linalg.norm(gradient(x) - central(value, x, h))


def checker_norms_only(value, gradient, x, h):
    a, b = np.linalg.norm(gradient(x)), np.linalg.norm(central(value, x, h))
    return abs(a - b) / (a + b)


def checker_squared(value, gradient, x, h):
    g, measured = gradient(x), central(value, x, h)
    return np.sum((g - measured) ** 2) / (np.sum(g**2) + np.sum(measured**2))


def checker_signed(value, gradient, x, h):
    g, measured = gradient(x), central(value, x, h)
    return np.sum(g - measured) / (np.linalg.norm(g) + np.linalg.norm(measured))


def checker_by_one_norm(value, gradient, x, h):
    g, measured = gradient(x), central(value, x, h)
    return np.linalg.norm(g - measured) / np.linalg.norm(g)


def checker_first_entry(value, gradient, x, h):
    return _error(gradient(x)[:1], central(value, x, h)[:1])


def checker_all_at_once(value, gradient, x, h):
    return _error(gradient(x), np.full(len(x), (value(x + h) - value(x - h)) / (2 * h)))


CHECKER = Task(
    name="02.checker",
    title="a gradient checker",
    reference=gradient_error,
    draw=checker_cases,
    returns=("the error",),
    hints=(
        "Fill an array like x with the measured derivatives, one entry at a time. A copy of x, with one"
        " entry moved by h, leaves x itself as it is.",
        "Each measured derivative is a difference of two values over the distance between the two points,"
        " which is not h. Then three norms: that of the difference, over the sum of the other two.",
    ),
    misconceptions=(
        Misconception("one-sided", checker_one_sided,
                      "Your difference starts at x itself, a one-sided one. Step to both sides of x."),
        Misconception("one-sided, backward", checker_backward,
                      "Your difference ends at x itself, a one-sided one. Step to both sides of x."),
        Misconception("divided by h", checker_not_halved,
                      "Your measured derivatives are twice too large. How far apart are the two points?"),
        Misconception("half a step", checker_half_steps,
                      "You go half a step to either side. The docstring asks for a whole h to either side."),
        Misconception("absolute", checker_absolute,
                      "This error has the size of the gradient in it: it is absolute, and a relative one is"
                      " asked for."),
        Misconception("norms compared", checker_norms_only,
                      "You compare the lengths of the two vectors. A gradient with a wrong sign has the"
                      " right length."),
        Misconception("squares", checker_squared,
                      "You use the squares of the norms. The roots are missing."),
        Misconception("differences cancel", checker_signed,
                      "You add the differences up with their signs, so that two mistakes can cancel."),
        Misconception("one norm below", checker_by_one_norm,
                      "Below the line stands one norm only. If the gradient is 0 by mistake that divides by"
                      " 0."),
        Misconception("first entry only", checker_first_entry,
                      "Only the first entry is compared. The mistake may be in another."),
        Misconception("all entries moved at once", checker_all_at_once,
                      "You move all entries of x at once, which gives the sum of all derivatives. Move one"
                      " at a time."),
    ),
)

TASKS = (DUAL, DENSE, RELU, SOFTMAX, CHECKER)
