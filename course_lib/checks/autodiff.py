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


def tangents(n, start, end, local):
    made = np.eye(n)[0]
    for i, z, d in zip(start, end, local):
        made[z] += d * made[i]
    return made


def at_once(n, start, end, local):
    adjoint = np.eye(n)[-1]
    adjoint[start] += local * adjoint[end]
    return adjoint


def at_once_from_the_end(n, start, end, local):
    return at_once(n, start[::-1], end[::-1], local[::-1])


def only(k, first):
    """Of edges that agree in both ends (first = 0), or in `end`, the last (k = 1) or first (-1) counts."""
    def made(n, *edges):
        kept = sorted({ends: e for e, ends in [*enumerate(zip(*edges[first:2]))][::k]}.values())
        return graph(n, *(part[kept] for part in edges))
    return made


TWINS = "Where two edges join the same two nodes, only one of the two shares arrives."
ONE_INPUT = "Each node passes something on to a single one of the nodes it was computed from."
EARLY = ("Only nodes that the output uses itself get anything. What a node passes on has to be complete at"
         " that moment. In which order do the edges come?")
GIVEN, EDGES, SHARE = "adjoint[start[e]] ", "range(len(local))[::-1]", "local[e] * adjoint[end[e]]"

GRAPH = Task(
    "02.graph", "backward through a graph", graph, graph_cases, returns=("the derivatives",),
    slow="Your numbers are right, but you walk over every path: here there are 2 to the power of 30. Merge"
         " the paths at the nodes: each edge is used once.",
    hints=("Give every node a derivative of 0 at first, but the output its own. Then go over the edges, and"
           " pass back what the later node has. In which order, so that what it has is complete?",
           "The last edge comes first. What the later node has, times the number on the edge, is added to"
           " what the earlier node has already."),
    misconceptions=(
        ("overwritten", but(graph, "+=", "="),
         "A node that is used twice has one share only, the last to arrive. What becomes of the others?"),
        ("first share only", but(graph, "+=", "= " + GIVEN + "or"),
         "A node that is used twice has one share only, the first to arrive. What becomes of the others?"),
        ("shares multiplied", but(graph, "np.zeros", "np.ones", "+=", "*="),
         "You multiply all shares of a node. Along a path numbers are multiplied; how do two paths combine?"),
        ("all begin with 1", but(graph, "np.zeros", "np.ones"),
         "All nodes begin with 1. Whose derivative is known from the start, and to what do shares add up?"),
        ("forward order", but(graph, "[::-1]", ""), EARLY),
        ("all at once", at_once, EARLY),
        ("all at once, from the end", at_once_from_the_end,
         "You take all edges at once: the later nodes are not complete yet."),
        ("tangents", tangents,
         "These are the derivatives of each node by node 0. Asked are those of the output by each node."),
        ("nothing arrives", but(graph, "start[e]", "end[e]", "adjoint[end[e]]\n", "adjoint[start[e]]\n"),
         "Nothing arrives at the other nodes. Which end of an edge gives on the way back, and what has it?"),
        *ways(graph, EDGES, ("one edge", "Only the last edge passes something back.", "[-1]"),
              ("as many edges as nodes", "Your loop makes as many turns as there are nodes. There is something"
               " to be done for each edge.", "range(n)[::-1]")),
        ("begins at node 0", but(graph, "adjoint[-1] =", "adjoint[0] ="),
         "You begin with a 1 at node 0. By which node is the derivative of the output known to be 1?"),
        ("whole numbers", but(graph, "np.zeros(n)", "np.zeros(n, int)"),
         "Your numbers are whole: what is behind the point has been lost. Look at the type of your array."),
        *ways(graph, SHARE,
              ("local derivatives", "You add up local derivatives. How the output depends on the later node is"
               " not in them.", "local[e]"),
              ("paths counted", "You count paths. The local derivatives are not in your numbers.",
               "adjoint[end[e]]"),
              ("added, not multiplied", "You add local derivative and the node's own. How do two effects in a"
               " row combine?", "(local[e] + adjoint[end[e]])"),
              ("divided", "You divide by the local derivatives.", "adjoint[end[e]] / local[e]"),
              ("gone when passed on", "A node loses what it has with the first edge. It passes on a share of"
               " it, and keeps it all.", SHARE + "; adjoint[end[e]] = 0")),
        ("one share of twins", only(1, 0), TWINS), ("one share of twins, 2", only(-1, 0), TWINS),
        ("one input", only(1, 1), ONE_INPUT), ("one input, 2", only(-1, 1), ONE_INPUT),
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


MASK, LOSS, OF_W, OF_V = "(z > 0)", "np.mean(r**2)", "W - lr * (x.T @ dz)", "v - lr * (a.T @ dy)"
FORWARD = "        z = x @ W\n        a = np.maximum(z, 0)\n"
AFTER = "losses.append(np.mean((np.maximum(x @ W, 0) @ v - t)**2))"

RELU = Task(
    "02.relu", "through a ReLU: a network that trains", train, train_cases,
    returns=("the losses", "the trained W", "the trained v"),
    hints=("One step: forward to the prediction, then the loss. Backward: the derivative by each prediction,"
           " from there to v and to the hidden values, through the ReLU, and to W.",
           "The derivative of the mean of squares by a prediction has a factor 2 and the 1/N. W gets what a"
           " dense layer gets, from adjoints that are 0 where x @ W is not positive. Move W and v together."),
    misconceptions=(
        ("no ReLU on the way back", but(train, " * " + MASK, ""),
         "Your gradient passes the ReLU as if it were not there. What does it do to hidden values below 0?"),
        ("ReLU of the gradient", but(train, MASK, "(np.outer(dy, v) > 0)"),
         "You cut off what is negative in the adjoint. What is cut is decided by x @ W; the adjoint may have"
         " any sign."),
        ("passes at zero", but(train, "z > 0", "z >= 0"),
         "Your gradient passes where x @ W is exactly 0. The docstring says what to do there."),
        *ways(train, MASK,
              ("sign for mask", "Below 0 your gradient comes back with the other sign. What has ReLU there?",
               "np.sign(z)"),
              ("leaky", "Your ReLU is flat below 0 forward, and lets something pass backward.",
               "np.where(z > 0, 1, 0.01)"),
              ("derivative of a sigmoid", "You take the derivative of a sigmoid for that of ReLU.",
               "a * (1 - a)"),
              ("mask of any example", "A hidden unit that is on for one example passes the gradient of all."
               " Each example has its own mask.", "(z > 0).any(axis=0)")),
        ("mask of W", but(train, " * " + MASK, "", "x.T @ dz", "(x.T @ dz) * (W > 0)"),
         "You cut off by the sign of W. Which number decides whether a ReLU passes?"),
        ("mean over all entries", but(train, "/ len(t)", "/ x.size"),
         "You divide the gradient by the number of entries of x. The mean is over the examples."),
        ("W moves first", but(train, "W, v = " + OF_W + ", v - lr * (a.T @ dy)",
                              "W = " + OF_W + "; v = v - lr * (np.maximum(x @ W, 0).T @ dy)"),
         "You move W first, and then compute the gradient by v with the new W. Both belong to the old one."),
        ("times the hidden value", but(train, MASK, "a"),
         "On the way back you multiply by the hidden value. What is the local derivative of ReLU there?"),
        ("no ReLU at all", but(train, "np.maximum(z, 0)", "z", " * " + MASK, ""),
         "Your network has no ReLU, neither forward nor backward."),
        ("no 2", but(train, "2 * r", "r"), "A factor is missing: differentiate the square once more."),
        ("sign of the error", but(train, "2 * r", "2 * abs(r)"),
         "Your gradient does not tell a prediction that is too large from one that is too small."),
        ("not a mean", but(train, " / len(t)", ""),
         "This step follows the sum over the examples. The loss is their mean."),
        *(entry for weights, at in (("W", "x.T @ dz"), ("v", "a.T @ dy")) for entry in (
            ("no 2 for " + weights, but(train, at, at + " / 2"),
             f"Half of your gradient by {weights} is missing."),
            ("no mean for " + weights, but(train, at, at + " * len(t)"),
             f"Your gradient by {weights} is that of the sum over the examples. The loss is their mean."))),
        ("gradients pile up", but(
            train, "[]", "[]; dW = dv = 0", "W, v = ", "dW, dv = dW + x.T @ dz, dv + a.T @ dy; W, v = ",
            "(x.T @ dz)", "dW", "(a.T @ dy)", "dv"),
         "Your gradients pile up from step to step. Each step follows that of the present weights alone."),
        ("half", but(train, LOSS, LOSS + " / 2", "2 * r", "r"), "You use half of the mean of the squares."),
        ("sum", but(train, "np.mean", "np.sum", " / len(t)", ""), "You use the sum of the squares."),
        ("a mean twice", but(train, "/ len(t)", "/ len(t)**2"),
         "You divide by the number of examples twice. The mean is in the loss, and only there."),
        ("only v moves", but(train, OF_W, "W"), "Only v is trained, W stays as it was."),
        ("only W moves", but(train, ", " + OF_V, ", v"), "Only W is trained, v stays as it was."),
        ("v moves first", but(train, "len(t)\n", "len(t); v = " + OF_V + "\n", ", " + OF_V, ", v"),
         "You move v first, and then compute the gradient by W with the new v. Both belong to the old one."),
        ("v not on the way back", but(train, "np.outer(dy, v)", "dy[:, None]"),
         "The weights v are not in your gradient by W. An adjoint goes back through the weights it came by."),
        ("before the ReLU", but(train, "a.T @ dy", "z.T @ dy"),
         "Your gradient by v uses x @ W. By what is v multiplied in the prediction?"),
        ("prediction for error", but(train, "2 * r", "2 * (r + t)"),
         "Your gradient uses the prediction itself. How far it is from t is what counts."),
        ("forward once", but(train, FORWARD, "", "[]", "[]; z = x @ W; a = np.maximum(z, 0)"),
         "You compute the hidden values once and keep them. Each step needs those of the present W."),
        ("loss after it", but(train, "losses.append(" + LOSS + ")", "", "@ dy)\n", "@ dy); " + AFTER + "\n"),
         "Your losses are those after each move. Asked are those before."),
        ("one step", but(train, "range(steps)", "range(1)"), "You make one step only, whatever `steps` is."),
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

TASKS = (DUAL, GRAPH, DENSE, SOFTMAX, RELU, CHECKER)
