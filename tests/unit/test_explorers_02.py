"""Lecture 2: what its text says of its figures, of the network it works through, and of its checks."""

import inspect
from functools import cache

import numpy as np
import prose
import pytest

from course_lib import autodiff
from course_lib.claims.autodiff import BOUND
from course_lib.explorers import autodiff as figures

says = prose.of("02_autodiff")
UNIT = np.finfo(float).eps / 2


def default(figure, **changes):
    """The data of a figure at its defaults, some of them changed."""
    compute, values = drawn(figure)
    return compute(**values | changes)


@cache
def drawn(figure):
    made = getattr(figures, figure)()
    made.close()
    return made.compute, made.values


@cache
def lecture():
    return prose.run("02_autodiff", "explorers.autodiff", "claims.table", "Question(", "AlgorithmBox(")


# ---- 2.2 to 2.4: the graph, and an engine of one's own

@says("the input y is used twice: in p = x·y and in s = r·y", "p hands p̄ · x = 0.5 to y.",
      "At x = 1, y = 0.5 the nodes give r = 1.341, and the adjoints of p and s are p̄ = 0.5 and s̄ = 1.",
      "1.841: the shares through p and through s are added.",
      "s gives s̄ · r = 1.341, p gives p̄ · x = 0.5.",
      "All eleven steps are done: five forward, one that gives the output its 1, five backward. In the "
      "last one $p$ passes on its adjoint 0.5, times the numbers on the two edges: $+0.25$ to $x$ and "
      "$+0.5$ to $y$. Before that step $y$ had 1.341, its share from $s$; now it has 1.841.")
def test_the_graph_ends_with_the_share_of_p():
    data, before = default("graph"), default("graph", step=10)
    names = dict(zip(data.names, zip(data.values, data.derivatives)))
    assert data.step == figures.STEPS == 11 and figures.OPERATIONS == 5
    assert names["x"][0] == 1 and names["y"][0] == 0.5 and names["r"][0] == pytest.approx(1.341, abs=5e-4)
    assert names["p"][1] == 0.5 and names["s"][1] == 1
    assert data.names[data.current] == "p" and list(data.passing.values()) == [0.5 * 0.5, 0.5 * 1]
    assert names["y"][1] == pytest.approx(1.841, abs=5e-4)
    assert before.derivatives[1] == pytest.approx(1.341, abs=5e-4)
    started = default("graph", step=6)
    assert started.derivatives[-1] == 1 and not started.passing
    assert default("graph", step=5).derivatives == [None] * 7


@says("At step 8 node $s$ passes on its two shares; the adjoint of $y$ is there, but not complete.",
      "Set *derivatives* to *forward from the first input*: value and tangent appear together, but "
      "only one input's derivative is found.",
      "Choose *everything twice*: two equal shares arrive and are added at each of the nodes $s$, $r$, $q$ "
      "and $p$.",
      "Choose *(max(x − y, 0) − 1)² + y* and make $y$ larger than $x$. At step 10 the maximum receives an "
      "adjoint that is not 0, and passes on 0: everything before it gets nothing from this path.")
def test_what_the_graph_s_controls_do():
    data, end = default("graph", step=8), default("graph")
    assert data.names[data.current] == "s" and len(data.passing) == 2
    assert 0 < data.derivatives[1] < end.derivatives[1]

    forward = default("graph", sweep=figures.FIRST)
    assert None not in forward.derivatives and forward.derivatives[:2] == [1, 0]

    for step, node in zip((7, 8, 9, 10), "srqp"):
        twice = default("graph", expression="everything twice", step=step)
        shares = list(twice.passing.values())
        assert len(shares) == 2 and shares[0] == shares[1]
        assert {twice.names[start] for start, end, _ in twice.edges if end == twice.current} == {node}

    for first, second in ((-2.0, 2.0), (0.2, 1.0)):
        inputs = {"expression": "(max(x − y, 0) − 1)² + y", "first": first, "second": second}
        dead = default("graph", step=10, **inputs)
        assert dead.labels[dead.current].strip() == "q = max(p, 0)" and list(dead.passing.values()) == [0]
        end = default("graph", **inputs)
        adjoints = dict(zip(end.names, end.derivatives))
        assert [adjoints[name] for name in "xypqr"] == [0, 1, 0, -2, -2]     # y's 1 came straight from L


def test_a_zero_has_no_sign_and_an_edge_four_digits():
    made = figures.graph()
    made.set(expression="(max(x − y, 0) − 1)² + y", first=-2.0, second=2.0)
    shown = [figures._shown(x) for x in made.compute(**made.values).derivatives]
    assert "-0" not in made.summary and "-0" not in shown
    assert figures._on_edge(-0.0) == "0" and figures._on_edge(-0.0, "+") == "+0"
    made.set(expression="(x·y + sin x)·y + x", first=1.0, second=0.5, step=8)
    assert "1.341 to y" in made.summary and figures._on_edge(1.34147, "+") == "+1.341"
    assert figures._on_edge(-0.0008171) == "-8e-4"
    assert figures._shown(-0.0008171) == "-0.0008" and figures._shown(1.841) == "1.841"
    made.close()


def test_the_last_forward_step_is_said_to_be_the_last():
    for step, words in ((4, "Step 4 of 5, "), (5, "Step 5 of 5, "), (11, "Step 5 of 5, ")):
        made = figures.graph()
        made.set(sweep=figures.SECOND, step=step)
        assert made.summary.startswith(words) and ("is the last" in made.summary) == (step >= 5)
        made.close()

@says("Write the pair as $p + \\dot p\\,\\varepsilon$", "In the library, at $x = 2$ and $y = 3$:",
      "## 2.4 Reverse mode in thirty lines", "a class of numbers with three operations",
      "with some twenty operations, checks and derivatives of derivatives")
def test_the_engine_of_thirty_lines_gives_what_duals_and_the_library_s_tape_give():
    names = lecture()
    Node, backward, expression = names["Node"], names["backward"], names["expression"]
    x, y = Node(2.0), Node(3.0)
    backward(expression(x, y))
    for node, tangents in ((x, (1.0, 0.0)), (y, (0.0, 1.0))):
        dual = expression(*(autodiff.Dual(value, tangent) for value, tangent in zip((2.0, 3.0), tangents)))
        assert node.adjoint == pytest.approx(float(dual.derivative), rel=1e-14)
    a, b = autodiff.Variable(2.0), autodiff.Variable(3.0)
    expression(a, b).backward()
    assert (x.adjoint, y.adjoint) == pytest.approx((float(a.adjoint), float(b.adjoint)), rel=1e-14)
    assert names["ours"].adjoint == pytest.approx(float(names["library"].adjoint), rel=1e-12)
    assert 18 <= len(autodiff.REVERSE) <= 25
    assert [name for name in ("__add__", "__mul__", "sin") if inspect.isfunction(vars(Node)[name])] == [
        "__add__", "__mul__", "sin"]


def test_the_engine_has_about_thirty_lines():
    text = (prose.SOURCES / "02_autodiff.py").read_text("utf-8")
    cell = text[text.index("class Node:"):].split("# %%")[0]
    assert 25 <= sum(bool(line.strip()) for line in cell.splitlines()) <= 32


# ---- 2.5: paths

@says("Between x and L lie 4 layers of 3 units", "About twelve times as many.", "405 against 33: there are "
      "81 paths of 5 edges each. Move the depth: "
      "with 7 layers it is 292 times as many.",
      "With four layers of three units there are no more than 81 paths.",
      "Depth 7, width 4: 16,384 paths.", "Width 1: a chain has one path, and the two curves are "
      "one. The explosion needs nodes that are "
      "used more than once.",
      "One layer more multiplies this by $k (d + 2)/(d + 1)$: three times the paths, and each is longer "
      "by an edge. From 4 to 5 layers of three units it grows from 405 to 1,458, by a factor of 3.6.",
      "and one layer more adds $k^2$, here 9.", "(d + 1)\\, k^d \\text{ multiplications.}",
      "2k + (d - 1)\\, k^2 \\text{ multiplications,}")
def test_the_numbers_of_the_paths():
    data = default("paths")
    assert (data.depth, data.width) == (4, 3)
    assert data.counts[3] == (81, 405, 33) and data.by_paths[3] == 405 and 11.5 < 405 / 33 < 12.5
    assert round(data.by_paths[6] / data.by_nodes[6]) == 292 and data.depths[6] == 7
    assert default("paths", depth=7, width=4).counts[6][0] == 16_384
    chain = default("paths", width=1)
    assert [paths for paths, _, _ in chain.counts] == [1] * 7
    np.testing.assert_array_equal(chain.by_paths, chain.by_nodes)
    assert data.by_paths[4] == 1458 == 405 * 3 * 6 / 5 and data.by_paths[4] / 405 == 3.6
    np.testing.assert_array_equal(np.diff(data.by_nodes), 9)
    for (_, walked, merged), by_paths, by_nodes in zip(data.counts, data.by_paths, data.by_nodes):
        assert walked in (None, by_paths) and merged == by_nodes


@says("Square marks were counted by walking over every path, round ones by a reverse sweep. The dashed "
      "curve goes on by the formula where there are too many paths to walk.")
def test_paths_are_walked_as_long_as_there_are_not_too_many():
    walked = [walked is not None for _, walked, _ in default("paths").counts]
    assert walked == [True] * 4 + [False] * 3


# ---- 2.6: cost

@says("A function has 32 inputs and one output", "for the value and all 32 derivatives",
      "A few thousand, 2,000 to 5,000: forward once and backward once.",
      "About 33,000: one evaluation, and about one more for each input.",
      "between which lie 16 hidden units",
      "Operations are counted while the library's two modes run; the evaluation of $f$ counts once.",
      "Left: with one output, reverse mode costs about two evaluations however many inputs there are, and "
      "forward mode one more for each input.",
      "On the diagonal, with as many outputs as inputs, they cost the same; above it forward is cheaper.",
      "Set the outputs to 64, then the inputs to 1: now forward mode is the cheaper one, 34 times.",
      "theory bounds it by 5 (Griewank & Walther 2008)")
def test_what_the_modes_cost():
    data, counts = default("cost"), np.array(figures.COUNTS)
    assert (data.inputs, data.outputs, figures.HIDDEN, BOUND) == (32, 1, 16, 5)
    assert 1.9 < data.reverse[data.column] < 2.1 and 32 < data.forward[data.column] < 35
    assert ((1.9 < data.reverse) & (data.reverse < 2.6)).all()
    np.testing.assert_allclose(np.diff(data.forward) / np.diff(counts), 1, atol=0.2)
    np.testing.assert_allclose(np.diag(data.ratio), 1, rtol=0.02)
    assert (data.ratio[np.tril_indices(len(counts), -1)] < 1).all()                 # rows are outputs
    rng = np.random.default_rng(0)
    V, W = rng.standard_normal((32, 16)), rng.standard_normal((16, 1))
    value, forward, reverse = (part.total() for part in
                               autodiff.cost(lambda x: np.tanh(x @ V) @ W, np.ones(32)))
    assert data.forward[data.column] == pytest.approx(1 + 32 * forward / value)
    assert data.reverse[data.column] == pytest.approx(1 + reverse / value)
    other = default("cost", inputs=1, outputs=64)
    assert round(1 / other.ratio[other.row, other.column]) == 34


# ---- 2.8: the network

@says("for the first example the third unit is off, for the second the second",
      "It gives the first one probability 0.924 for its class 0, which is right. The second belongs to "
      "class 1 and gets 0.182, so nearly all of the loss is its own.",
      "| $Z = X W_1 + b_1$ | (2, 3) | $\\bar W_1 = X^\\top \\bar Z$, &ensp; $\\bar b_1 = \\sum_i \\bar "
      "Z_{i\\cdot}$ | (2, 3), (3) |",
      "| $S = A W_2 + b_2$ | (2, 2) |", "| (2, 3), (3, 2), (2) |")
def test_the_network_forward():
    n = lecture()
    np.testing.assert_array_equal(np.argwhere(n["Z"] < 0), [[0, 2], [1, 1]])
    pi = n["S_bar"] * 2 + n["T"]
    assert pi[0, 0] == pytest.approx(0.924, abs=5e-4) and pi[1, 1] == pytest.approx(0.182, abs=5e-4)
    shares = -np.log((pi * n["T"]).sum(axis=1))
    assert shares.mean() == pytest.approx(n["L"]) and shares[1] > 0.9 * shares.sum()
    shapes = {"Z": (2, 3), "A": (2, 3), "S": (2, 2), "S_bar": (2, 2), "A_bar": (2, 3), "Z_bar": (2, 3),
              "W1_bar": (2, 3), "b1_bar": (3,), "W2_bar": (3, 2), "b2_bar": (2,)}
    assert {name: n[name].shape for name in shapes} == shapes


@says("The second row is about eleven times as large as the first",
      "$0.409 \\cdot 0.5 - 0.409 \\cdot 1 = -0.204$. ReLU lets it pass, because $Z_{23} = 3$ is positive. "
      "Above it, $\\bar A_{13} = 0.019$ is stopped. So the third column of $\\bar W_1$ is $-0.204$ times "
      "the second example, $(2, -1)$: it is $(-0.409, 0.204)$.",
      "The share of the second example alone.", "with all 17 parameters in one vector")
def test_the_network_backward():
    n = lecture()
    sizes = np.linalg.norm(n["S_bar"], axis=1)
    assert 10.5 < sizes[1] / sizes[0] < 11.5
    np.testing.assert_allclose(n["S_bar"][1], [0.409, -0.409], atol=5e-4)
    np.testing.assert_array_equal(n["W2"][2], [0.5, 1])
    assert n["A_bar"][1, 2] == pytest.approx(-0.204, abs=5e-4) and n["Z"][1, 2] == 3
    assert n["A_bar"][0, 2] == pytest.approx(0.019, abs=5e-4) and n["Z_bar"][0, 2] == 0
    np.testing.assert_array_equal(n["X"][1], [2, -1])
    np.testing.assert_allclose(n["W1_bar"][:, 2], n["Z_bar"][1, 2] * n["X"][1])
    np.testing.assert_allclose(n["W1_bar"][:, 2], [-0.409, 0.204], atol=5e-4)
    assert n["theta"].shape == (17,)
    np.testing.assert_allclose(n["g"], autodiff.gradient(n["loss"])(n["theta"]), rtol=1e-12, atol=1e-14)
    assert n["loss"](n["theta"] - 0.1 * n["g"]) < n["loss"](n["theta"])


# ---- 2.9: checking

def slope(errors, low, high):
    """Of errors over step sizes between low and high, on two logarithmic axes."""
    inside = (figures.SIZES >= low) & (figures.SIZES <= high)
    return np.polyfit(np.log(figures.SIZES[inside]), np.log(errors[inside]), 1)[0]


@says("h = 1e-6, and find a relative error of about 1e-10.", "A far larger error.", "About 1e-4: the "
      "values agree in their first 12 digits, which the subtraction loses, so that 4 are left.",
      "Both differences make a V.",
      "The two grey lines are the two terms of the theory below, divided by $|f'|$ as the error is.",
      "On the right is the error of the method, *truncation*, with slope 1 (one-sided) or 2 (central). On "
      "the left is rounding, with slope $-1$ and noise.",
      "Far on the left, below $10^{-16}$, $x + h$ is $x$ itself after rounding. The difference is 0 then, "
      "and the error 1.",
      "has the right arm only: it comes down and stays down")
def test_the_v_of_truncation_and_rounding():
    data = default("steps")
    at = {h: np.abs(np.log(figures.SIZES / h)).argmin() for h in (1e-6, 1e-12)}
    central = data.errors["central"]
    assert 1e-11 < central[at[1e-6]] < 1e-9 and 1e-5 < central[at[1e-12]] < 1e-3
    assert slope(data.errors["one-sided"], 1e-6, 1e-2) == pytest.approx(1, abs=0.1)
    assert slope(central, 1e-4, 1e-2) == pytest.approx(2, abs=0.1)
    for name in ("one-sided", "central"):
        assert slope(data.errors[name], 1e-14, 1e-8) == pytest.approx(-1, abs=0.2)
        np.testing.assert_array_equal(data.errors[name][figures.SIZES < 5e-17], 1)
    for term, power in ((data.truncation, 2), (data.rounding, -1)):
        assert slope(term, 1e-14, 1e-2) == pytest.approx(power)
        on = (term > 10 * (data.truncation + data.rounding - term)) & (abs(np.log10(figures.SIZES) + 8) < 6)
        assert 0.1 < np.median(central[on] / term[on]) < 3
    assert (data.errors["complex step"][figures.SIZES < 1e-9] < 1e-14).all()
    assert slope(data.errors["complex step"], 1e-6, 1e-2) == pytest.approx(2, abs=0.1)


@says("a large constant does not change the derivative, but it raises the left arm",
      "Back to the first function, single precision: central differences come no further down than about "
      "$10^{-5}$", "*|x|*: the complex step is "
      "wrong at every $h$.")
def test_what_the_controls_of_the_gradient_check_do():
    plain, raised = default("steps"), default("steps", function="1000 + sin x")
    left = (figures.SIZES > 1e-12) & (figures.SIZES < 1e-8)
    assert np.median(raised.errors["central"][left]) > 30 * np.median(plain.errors["central"][left])
    single = default("steps", precision="single (float32)")
    assert 1e-6 < single.errors["central"].min() < 3e-5
    np.testing.assert_array_equal(default("steps", function="|x|").errors["complex step"], 1)


@says("which is of the order of } u^{1/3} \\approx 5 \\cdot 10^{-6}", "of the order of } u^{2/3} \\approx "
      "2 \\cdot 10^{-11}",
      "So central differences can confirm about ten of the sixteen digits",
      "a tolerance of $10^{-8}$ lies a factor of 400 above $u^{2/3}$",
      "To ask for an agreement of $10^{-12}$ would reject right gradients",
      "unit of rounding, $1.1 \\cdot 10^{-16}$ in double precision")
def test_the_best_step_and_the_tolerance():
    assert UNIT == pytest.approx(1.1e-16, rel=0.02)
    assert UNIT ** (1 / 3) == pytest.approx(5e-6, rel=0.05)
    assert UNIT ** (2 / 3) == pytest.approx(2e-11, rel=0.2)
    assert 380 < 1e-8 / UNIT ** (2 / 3) < 480
    best = default("steps").errors["central"].min()
    assert 1e-12 < best < 10 * UNIT ** (2 / 3)


@says("The right gradient falls below $10^{-8}$ and stays there. The mistaken one shows the same error at "
      "every $h$. Near the kink the error is there for large steps and gone at $h = 10^{-7}$, which no "
      "longer reaches it.",
      "one unit is $10^{-6}$ away from its kink", "Central differences with $h \\approx 5 \\cdot 10^{-6}$",
      "If it **does not move**, however small $h$ gets (down to about $10^{-8}$), the gradient is wrong, or "
      "a kink is nearer than the smallest $h$: try another point (5).",
      "Below $10^{-8}$: no mistake larger than about $10^{-8}$ of the gradient's length.")
def test_the_table_of_a_right_a_mistaken_and_a_kinked_gradient():
    n = lecture()
    error, loss = n["relative_error"], n["loss"]
    kinked = autodiff.gradient(loss)(n["near_kink"])
    steps = (1e-4, 5e-6, 1e-7)
    assert all(error(n["g"], n["theta"], h) < 1e-8 for h in steps)
    mistaken = [error(n["mistaken"], n["theta"], h) for h in (1e-3, *steps)]
    np.testing.assert_allclose(mistaken, mistaken[0], rtol=1e-4)
    assert [error(kinked, n["near_kink"], h) > 1e-4 for h in steps] == [True, True, False]
    assert error(kinked, n["near_kink"], 1e-7) < 1e-8
    W1, b1 = n["near_kink"][:6].reshape(2, 3), n["near_kink"][6:9]
    assert np.abs(n["X"] @ W1 + b1).min() == pytest.approx(1e-6, rel=1e-6)
    assert inspect.signature(autodiff.central_difference).parameters["h"].default == 5e-6
    nearer, wrong = n["near_kink"].copy(), n["g"].copy()
    nearer[8] = 1.5 + 1e-9
    of_kink = [error(autodiff.gradient(loss)(nearer), nearer, h) for h in (1e-4, 1e-6, 1e-8)]
    np.testing.assert_allclose(of_kink, of_kink[0], rtol=0.1)       # does not move either
    wrong[0] += 3e-8 * np.linalg.norm(wrong)
    assert error(wrong, n["theta"], 5e-6) > 1e-8
    assert "tol 1e-10" in autodiff.check_gradient.__doc__


# ---- all that is said of the figures

WRONG, ASKS, BEYOND = "a wrong answer", "asks, or says what to do", "no number of the figure"
LEFT_OUT = {
    "0.5, through p: it is the first to use y.": WRONG,
    "1.341, through s: it is nearer to the output.": WRONG,
    "0.671: the shares through p and through s are multiplied.": WRONG,
    "About three times as many: three units a layer.": WRONG, "Thousands of times as many.": WRONG,
    "About 1,000: the backward pass only reads the tape.": WRONG,
    "Pull *step* to 0 and walk through all steps.": ASKS,
    "Pull $h$ to $10^{-3}$, and from there to the left.": ASKS,
    "Look for a level stretch between 1e-6 and 1e-12": ASKS,
    "A friend says: take h = 1e-12, smaller steps are more exact.": BEYOND,
    "each has only 16 digits": BEYOND,
    "A training loss is *one* number of *many* parameters": BEYOND,
    "under its older name *backpropagation*": BEYOND, "Think of a robot arm": BEYOND,
    "as soon as the last node that uses it is computed": BEYOND,
}


def test_every_sentence_with_a_number_is_held_or_left_out_with_a_reason():
    assert prose.uncovered(2, prose.of_figures, [*says.found, *LEFT_OUT]) == []
    assert [fragment for fragment in LEFT_OUT if fragment not in prose.whole(2)] == []
    assert len(set(says.found)) == len(says.found) > 3 * len(LEFT_OUT)


def test_the_stated_time_is_that_of_its_words_figures_and_questions():
    for found, said in zip(prose.minutes(2), prose.stated(2)):
        assert said == pytest.approx(found, rel=0.15)
