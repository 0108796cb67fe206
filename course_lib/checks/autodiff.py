"""Exercise 2: dual numbers, a graph, backward passes, a network that trains, and a gradient checker."""

import numpy as np

from .engine import Task
from .mistakes import but, ways
from .values import Shown, distinct, show


# ---- 1 dual numbers

def dual(x, dx, y, dy):
    return x * y, dx * y + x * dy


def dual_cases(rng):
    """Two of single numbers, then two of arrays."""
    drawn = [distinct(rng, *[shape] * 4) for shape in ((), (), 3, (2, 2))]
    return [{name: x if x.ndim else float(x) for name, x in zip(("x", "dx", "y", "dy"), four)}
            for four in drawn]


SECOND = " has the product of the two derivatives in it. It stands at ε², which is 0."

DUAL = Task(
    "02.dual", "multiply dual numbers", dual, dual_cases, returns=("the value", "the derivative"), rtol=1e-9,
    hints=("Write out (x + dx ε)(y + dy ε) and collect what has no ε, what has one, and what has two.",
           "The value is the product of the values. The derivative has two terms: in each, one factor is"
           " differentiated and the other is left as it is."),
    misconceptions=(
        *ways(dual, "x * y,",
              ("second order in the value", "Your value" + SECOND, "x * y + dx * dy,", "x * y - dx * dy,",
               "(x + dx) * (y + dy),"),
              ("values added", "Your value is that of a sum.", "x + y,"),
              ("one sum", "Value and derivative have run together in one sum.", "x * y +")),
        *ways(dual, "dx * y + x * dy",
              ("second order kept", "Your derivative" + SECOND, "dx * y + x * dy + dx * dy",
               "dx * y + x * dy - dx * dy", "dx * dy"),
              ("only one factor", "Only one of the two factors is differentiated.", "x * dy", "dx * y"),
              ("minus", "The minus between your terms belongs to a quotient.", "dx * y - x * dy",
               "(dx * y - x * dy) / y ** 2"),
              ("logarithm", "You differentiate the logarithm of the product.", "dx / x + dy / y"),
              ("sum", "Your derivative is that of a sum, not of a product.", "dx + dy"),
              ("with its own value", "You multiply each derivative by its own value. What does it stand"
               " beside in the product?", "dx * x + y * dy"),
              ("terms multiplied", "You multiply the two terms with each other.", "dx * y * x * dy"),
              ("two terms apart", "Your derivative comes in two parts. What joins them?", "dx * y, x * dy")),
    ))


# ---- 2 a graph

def graph(n, start, end, local):
    adjoint = np.zeros(n)
    adjoint[-1] = 1
    for e in range(len(local))[::-1]:
        adjoint[start[e]] += local[e] * adjoint[end[e]]
    return adjoint


def graph_cases(rng):
    """Nodes used by several others, or twice by one; in two one used by none. The last has 2^30 paths."""
    graphs = ([[], [], [0, 1], [2, 0, 1]], [[], [], [0, 0], [2, 1], [2, 3]],
              [[], [], [0, 1], [2, 1], [2, 3, 0], [4, 1], [4, 2, 2]],
              [[], [0], [1, 0], [], [2, 1, 3], [4], [4, 2]],
              [[], [0], [0], *([i, i + 1] for i in range(1, 59, 2) for _ in range(2)), [59, 60]])
    cases = []
    for graph in graphs:
        start, end = np.array([(i, z) for z, inputs in enumerate(graph) for i in inputs]).T
        sizes = distinct(rng, len(start))[0] if len(start) < 47 else rng.permutation(np.arange(1, 121)) / 80
        cases.append({"n": len(graph), "start": start, "end": end, "local": sizes})
    return cases


PASSES = "adjoint[start[e]] += local[e] * adjoint[end[e]]"
TANGENTS = "adjoint[end[e]] += local[e] * adjoint[start[e]]"
FROM_NODE_0 = "You begin with a 1 at node 0. By which node is the derivative of the output known to be 1?"

GRAPH = Task(
    "02.graph", "backward through a graph", graph, graph_cases, returns=("the derivatives",),
    slow="Your numbers are right, but you walk over every path: here there are 2 to the power of 30. Merge"
         " the paths at the nodes: each edge is used once.",
    hints=("Give every node a derivative of 0 at first, but the output its own. Then go over the edges, and"
           " pass back what the later node has. In which order, so that what it has is complete?",
           "The last edge comes first. What the later node has, times the number on the edge, is added to"
           " what the earlier node has already."),
    misconceptions=(
        *ways(graph, "+=",
              ("one share", "A node that is used twice has one share only. What becomes of the others?",
               "=", "= adjoint[start[e]] or")),
        *ways(graph, "np.zeros(n)",
              ("all begin with 1", "All nodes begin with 1. Whose derivative is known from the start, and to"
               " what do shares add up?", "np.ones(n)"),
              ("whole numbers", "Your numbers are whole. Of which type is your array?", "np.zeros(n, int)")),
        ("shares multiplied", but(graph, "np.zeros", "np.ones", "+=", "*="),
         "You multiply all shares of a node. Along a path numbers are multiplied; how do two paths combine?"),
        *ways(graph, "range(len(local))[::-1]",
              ("too early", "Only nodes that the output uses itself get anything. Is what a node passes on"
               " complete at that moment?", "range(len(local))", "[slice(None)]"),
              ("all at once, from the end", "You take all edges at once: the later nodes are not complete yet.",
               "[slice(None, None, -1)]"),
              ("not every edge", "Your loop leaves out some of the edges.", "[-1]", "range(n)[::-1]")),
        ("begins at node 0", but(graph, "adjoint[-1]", "adjoint[0]"), FROM_NODE_0),
        ("tangents", but(graph, "[-1]", "[0]", "[::-1]", "", PASSES, TANGENTS), FROM_NODE_0),
        *ways(graph, PASSES,
              ("nothing arrives", "Nothing arrives at other nodes. Which end of an edge gives?", TANGENTS),
              ("gone when passed on", "A node loses what it has with the first edge. It passes on a share of"
               " it, and keeps it all.", PASSES + "; adjoint[end[e]] = 0"),
              ("one share of twins", "Where two edges join the same two nodes, only one of the two shares"
               " arrives.", "if (start[e], end[e]) not in zip(start[:e], end[:e]): " + PASSES,
               "if (start[e], end[e]) not in zip(start[e + 1:], end[e + 1:]): " + PASSES),
              ("one input", "Each node passes something on to one only of the nodes it was computed from.",
               "if end[e] not in end[:e]: " + PASSES, "if end[e] not in end[e + 1:]: " + PASSES)),
        *ways(graph, "local[e] * adjoint[end[e]]",
              ("local derivatives", "You add up local derivatives. How the output depends on the later node"
               " is not in them.", "local[e]"),
              ("not multiplied", "You add local derivative and the node's own, or divide. How do two effects"
               " in a row combine?", "(local[e] + adjoint[end[e]])", "adjoint[end[e]] / local[e]")),
        ("start from the other end", lambda n, start, *others: graph(n, start[::-1], *others),
         "You read `start` from the other end than the rest."),
        ("means of shares", lambda *case: graph(*case) / np.fmax(np.bincount(case[1], minlength=case[0]), 1),
         "You divide by how often a node is used. Effects on the output add up, they are not averaged."),
    ))


# ---- 3 the dense layer

def dense(x, W, dy):
    return dy @ W.T, x.T @ dy, dy.sum(axis=0)


def dense_cases(rng):
    """W is square at first: there a forgotten transpose gives wrong numbers, and no exception."""
    return [dict(zip(("x", "W", "dy"), distinct(rng, (N, n), (n, k), (N, k))))
            for N, n, k in ((4, 2, 2), (3, 2, 2), (2, 3, 3), (5, 3, 2))]


ONE = " has the share of a single example. How do all of them add up?"
LOCAL = "A local derivative stands alone in your results. What comes from behind, dy, is not in it."

DENSE = Task(
    "02.dense", "backward through matmul and bias", dense, dense_cases, returns=("dx", "dW", "db"),
    hints=("dx has the shape of x, dW that of W, db has one entry for each column of dy. Which products fit?",
           "dx: from dy back through the weights, rows and columns exchanged. dW: the examples are added up,"
           " so x comes first, turned on its side. db: all examples use the same bias."),
    misconceptions=(
        ("weights not transposed", but(dense, "W.T", "W"),
         "Your dx uses W as the forward pass does. Backward, rows and columns of W change their roles."),
        *ways(dense, "x.T @ dy",
              ("output for its derivative", "Your dW uses the output of the layer. What comes from behind is"
               " dy.", "x.T @ (x @ W)"),
              ("dW of one example", "Your dW" + ONE, "np.outer(x[-1], dy[-1])", "np.outer(x[0], dy[0])")),
        *ways(dense, "dy.sum(axis=0)",
              ("db of one example", "Your db" + ONE, "dy[-1]", "dy[0]"),
              ("db of something else", "Your db does not add up dy. By what does the loss meet the bias?",
               "x.sum(axis=0)", "(x.T @ dy).sum(axis=0)", "(dy @ W.T).sum(axis=0)", "W.sum(axis=0)"),
              ("db of each example", "Your db has a part for each example. All of them use the same bias:"
               " their shares add up.", "dy", "dy.sum(axis=1)"),
              ("db a local derivative", LOCAL, "np.ones(dy.shape[1])")),
        ("local derivatives", lambda x, W, dy: (W.T, x.T, np.ones(W.shape[1])), LOCAL),
    ))


# ---- 4 softmax and cross-entropy

def softmax(scores, y):
    N, K = scores.shape
    t = np.eye(K)[y]
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return (p - t) / N


def softmax_cases(rng):
    """In the third the last class does not occur. The last overflows if scores are cut off, or if anything
    but its maximum is taken away from a row.
    """
    large = [[900, -900, -899, -900], [899, 900, -900, -898], [-1, 0.5, 1.5, 0.7]]
    small = [(distinct(rng, (len(y), K))[0], y) for y, K in (([3, 1], 4), ([2, 0, 2, 1], 3), ([3, 0, 2], 5))]
    return [{"scores": np.array(scores), "y": np.array(y)} for scores, y in [*small, (large, [1, 0, 3])]]


SOFTMAX = Task(
    "02.softmax", "backward through softmax and cross-entropy", softmax, softmax_cases, returns=("dscores",),
    hints=("First the probabilities, one row an example. Before you take the exponential, take away the"
           " largest score of each row: that changes no probability. `keepdims=True` keeps a column of them.",
           "From the probability of the true class of each example 1 is taken away, from the others nothing;"
           " `p[np.arange(len(y)), y]` are those entries. At the end comes the mean."),
    misconceptions=(
        *ways(softmax, "(p - t) / N",
              ("another mean", "You divide by the number of classes, or of all scores. The mean is over the"
               " examples, one loss each.", "(p - t) / K", "(p - t) / (N * K)"),
              ("mean without the 1", "The 1 is not divided by N.", "p / N - t"),
              ("the loss", "This is the loss. Its derivative has an entry for each score.",
               "-np.log((p * t).sum(axis=1)).mean()", "-np.log((p * t).sum(axis=1))")),
        *ways(softmax, "np.exp(scores - scores.max(axis=1, keepdims=True))",
              ("overflow", "This is right for small scores, but an exponential overflows where they are"
               " large. What can be taken away from a row, so that none does?", "np.exp(scores)"),
              ("one maximum for all", "You take the same number away from all rows. Far below it, a row's"
               " exponentials are all 0.", "np.exp(scores - scores.max())"),
              ("not exp", "No exponential is left.", "scores")),
        *ways(softmax, "e / e.sum(axis=1, keepdims=True)",
              ("not along the rows", "Your probabilities add up to 1 down each column, or all together. They"
               " should for each example, along its row.", "e / e.sum()",
               "(e := np.exp(scores - scores.max(axis=0))) / e.sum(axis=0)")),
        *ways(softmax, "p - t",
              ("no true class", "Only probabilities. Where is the true class?", "p"),
              ("only the true class", "Only the score of the true class gets a gradient. The others move the"
               " loss too, through the sum.", "(p - t) * t", "np.where(t > 0, -1 / p, 0)"),
              ("derivative of a sigmoid", "There is a factor p (1 - p) too many. With the cross-entropy it"
               " cancels.", "(p - t) * p * (1 - p)")),
        *ways(softmax, "[y]",
              ("another class", "What you take away stands in a wrong place, or is no 1. Which class is true"
               " in which row?", "[y] * 0 + 1", "[y].max(axis=0)", "[y - 1]", "[scores.argmax(axis=1)]",
               "[y] * 0 + y[:, None]")),
    ))


# ---- 5 a network with ReLU that trains

def train(x, t, W, v, lr, steps):
    losses = []
    for _ in range(steps):
        z = x @ W
        a = np.maximum(z, 0)
        r = a @ v - t
        losses.append(np.mean(r**2))
        dy = 2 * r / len(t)
        dz = np.outer(dy, v) * (z > 0)
        W, v = W - lr * (x.T @ dz), v - lr * (a.T @ dy)
    return np.array(losses), W, v


def train_cases(rng):
    """At first one hidden value is exactly 0, with numbers whose products are exact."""
    cases = []
    for N, n, k, lr, steps in (3, 2, 2, 0.15, 1), (4, 2, 3, 0.07, 2), (3, 3, 2, 0.06, 3), (5, 2, 4, 0.04, 2):
        x, t, W, v = (part / 2 for part in distinct(rng, (N, n), N, (n, k), k))
        x[0], W[:, 0] = 0.5, [0.75, -0.75, 0][:n]
        cases.append({"x": x, "t": t, "W": W, "v": v, "lr": lr, "steps": steps})
    return cases


OF_W, OF_V = "W - lr * (x.T @ dz)", "v - lr * (a.T @ dy)"

RELU = Task(
    "02.relu", "through a ReLU: a network that trains", train, train_cases,
    returns=("the losses", "the trained W", "the trained v"),
    hints=("One step: forward to the prediction, then the loss. Backward: the derivative by each prediction,"
           " from there to v and to the hidden values, through the ReLU, and to W.",
           "The derivative of the mean of squares by a prediction has a factor 2 and the 1/N. W gets what a"
           " dense layer gets, from adjoints that are 0 where x @ W is not positive. Move W and v together."),
    misconceptions=(
        *ways(train, "(z > 0)",
              ("no ReLU on the way back", "Your gradient passes the ReLU as if it were not there. What does"
               " it do to hidden values below 0?", "1"),
              ("ReLU of the gradient", "You cut off what is negative in the adjoint. What is cut is decided"
               " by x @ W; the adjoint may have any sign.", "(np.outer(dy, v) > 0)"),
              ("times the hidden value", "On the way back you multiply by the hidden value. What is the local"
               " derivative of ReLU there?", "a"),
              ("sign for mask", "Below 0 your gradient comes back with the other sign. What has ReLU there?",
               "np.sign(z)"),
              ("leaky", "Your ReLU is flat below 0 forward, and lets something pass backward.",
               "np.where(z > 0, 1, 0.01)"),
              ("derivative of a sigmoid", "You take the derivative of a sigmoid for that of ReLU.",
               "a * (1 - a)"),
              ("mask of any example", "A hidden unit that is on for one example passes the gradient of all."
               " Each example has its own mask.", "(z > 0).any(axis=0)")),
        ("mask of W", but(train, " * (z > 0)", "", "x.T @ dz", "(x.T @ dz) * (W > 0)"),
         "You cut off by the sign of W. Which number decides whether a ReLU passes?"),
        ("W moves first", but(train, f"W, v = {OF_W}, {OF_V}",
                              f"W = {OF_W}; v = v - lr * (np.maximum(x @ W, 0).T @ dy)"),
         "You move W first, and then compute the gradient by v with the new W. Both belong to the old one."),
        ("no ReLU at all", but(train, "np.maximum(z, 0)", "z", " * (z > 0)", ""),
         "Your network has no ReLU, neither forward nor backward."),
        *ways(train, "2 * r / len(t)",
              ("no 2", "A factor is missing: differentiate the square once more.", "r / len(t)"),
              ("another mean", "Your step divides by the number of examples twice, or not at all. The loss is"
               " their mean.", "2 * r", "2 * r / len(t)**2"),
              ("another loss", "You use half of the mean of the squares, or their sum.",
               "r / len(t); losses[-1] /= 2", "2 * r; losses[-1] *= len(t)"),
              ("prediction for error", "Your gradient uses the prediction itself. How far it is from t is"
               " what counts.", "2 * (r + t) / len(t)"),
              ("sign of the error", "Your gradient does not tell a prediction that is too large from one that"
               " is too small.", "2 * abs(r) / len(t)"),
              ("mean over all entries", "You divide the gradient by the number of entries of x. The mean is"
               " over the examples.", "2 * r / x.size")),
        *(row for weights, at in (("W", "x.T @ dz"), ("v", "a.T @ dy")) for row in ways(
            train, at, (f"a factor for {weights}", f"Your gradient by {weights} misses the factor of the"
                        " square, or that of the mean.", at + " / 2", at + " * len(t)"))),
        ("gradients pile up", but(train, "[]", "[]; dW = dv = 0", f"W, v = {OF_W}, {OF_V}",
                                  "dW, dv = dW + x.T @ dz, dv + a.T @ dy; W, v = W - lr * dW, v - lr * dv"),
         "Your gradients pile up from step to step. Each step follows that of the present weights alone."),
        ("only v moves", but(train, OF_W, "W"), "Only v is trained, W stays as it was."),
        ("only W moves", but(train, ", " + OF_V, ", v"), "Only W is trained, v stays as it was."),
        ("v moves first", but(train, "len(t)\n", "len(t); v = " + OF_V + "\n", ", " + OF_V, ", v"),
         "You move v first, and then compute the gradient by W with the new v. Both belong to the old one."),
        ("v not on the way back", but(train, "np.outer(dy, v)", "dy[:, None]"),
         "The weights v are not in your gradient by W. An adjoint goes back through the weights it came by."),
        ("before the ReLU", but(train, "a.T @ dy", "z.T @ dy"),
         "Your gradient by v uses x @ W. By what is v multiplied in the prediction?"),
        ("forward once", but(train, "z = x @ W", "z = z if losses else x @ W"),
         "You compute the hidden values once and keep them. Each step needs those of the present W."),
        ("loss after it", lambda *case: (train(*case[:-1], case[-1] + 1)[0][1:], *train(*case)[1:]),
         "Your losses are those after each move. Asked are those before."),
    ))


# ---- 6 the gradient checker

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


ABOVE, BELOW, EACH = "norm(g - m)", "(norm(g) + norm(m))", "abs(g - m) / (abs(g) + abs(m))"

CHECKER = Task(
    "02.checker", "a gradient checker", error, error_cases, returns=("the error",),
    hints=("Fill an array like x with the measured derivatives, one entry at a time. A copy of x, with one"
           " entry moved by h, leaves x itself as it is.",
           "Each measured derivative is a difference of two values over the distance between the two points,"
           " which is not h. Then three norms: that of the difference, over the sum of the other two."),
    misconceptions=(
        *ways(error, "(value(x + e) - value(x - e)) / (2 * h)",
              ("one-sided", "Your difference begins or ends at x itself. Step to both sides of x.",
               "(value(x + e) - value(x)) / h", "(value(x) - value(x - e)) / h"),
              ("another distance", "What you divide by is not the distance of your two points.",
               "(value(x + e) - value(x - e)) / h", "(value(x + e / h) - value(x - e / h)) / (2 * h)",
               "(value(x + e / 2) - value(x - e / 2)) / (2 * h)")),
        ("all at once", but(error, "np.eye(len(x))", "np.ones((len(x), len(x)))"),
         "You move all entries of x at once, which gives the sum of all derivatives. Move one at a time."),
        ("a step of its own", but(error, "g, norm", "h = 1e-5; g, norm"), "Your step is not h, it is tiny."),
        *ways(error, "return",
              ("no difference", "Your error is 1, as if all you measured were 0. Are your two points one and"
               " the same array?", "m = 0 * m; return"),
              ("an entry left out", "The first or the last entry is not measured.", "m[0] = 0; return",
               "m[-1] = 0; return")),
        *ways(error, f"{ABOVE} / {BELOW}",
              ("absolute", "This error is absolute, not relative.", ABOVE, "max(abs(g - m))"),
              ("no norms", "You add up squares or absolute values. A norm is the root of a sum of squares.",
               "sum((g - m) ** 2) / sum(g ** 2 + m ** 2)", "sum(abs(g - m)) / sum(abs(g) + abs(m))"),
              ("entry by entry", "You go entry by entry. The docstring asks for one error, of the whole"
               " vector.", EACH, f"np.mean({EACH})", f"max({EACH})", "g - m", "m")),
        *ways(error, ABOVE,
              ("mistakes cancel", "You compare lengths or sums of the two vectors. A wrong gradient can have"
               " the right ones.", "abs(norm(g) - norm(m))", "np.sum(g - m)")),
        *ways(error, BELOW,
              ("one of the norms", "Below the line stands one of the two norms only.", "norm(g)", "norm(m)",
               "max(norm(g), norm(m))"),
              ("norms not added", "Below the line is a product, or a single norm. Asked for is a sum of two.",
               "norm(g + m)", "(norm(g) * norm(m))", "np.hypot(norm(g), norm(m))")),
    ))

TASKS = (DUAL, GRAPH, DENSE, SOFTMAX, RELU, CHECKER)
