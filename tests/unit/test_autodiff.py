"""Dual numbers and the tape: every operation against complex steps, both modes alike, wrong rules fail."""

import doctest

import numpy as np
import pytest

from course_lib import autodiff, graph, losses
from course_lib.autodiff import (Dual, Variable, WrongGradient, check_gradient, complex_step, cost, gradient,
                                 hvp, jvp, relu, sigmoid, tape, value_of, vjp)
from course_lib.graph import count_paths, layered, merge_at_nodes, operations, sum_over_paths
from course_lib.layers import Dense, ReLU, Sigmoid, Tanh
from course_lib.network import Network

# ---- Every operation, with broadcasting: a function of one flat theta, cut into the operands.

UNARY = {
    "negative": lambda x: -x, "positive power": lambda x: x**3, "negative power": lambda x: x**-1.5,
    "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "sin": np.sin, "cos": np.cos, "tanh": np.tanh,
    "square": np.square, "sigmoid": sigmoid, "relu": relu, "constant on the left": lambda x: 2 / x - (3 - x),
    "number to a power": lambda x: 2**x, "list": lambda x: x.reshape(-1) * [1.0, 2, 3, 4, 5, 6],
    "array on the left": lambda x: np.arange(1.0, 7).reshape(x.shape) / x,
    "larger array": lambda x: np.ones((4, 6)) - x.reshape(-1),
}
BINARY = {
    "add": lambda x, y: x + y, "subtract": lambda x, y: x - y, "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / y, "power": lambda x, y: x**y, "maximum": np.maximum, "minimum": np.minimum,
    "the same twice": lambda x, y: x * y * x / (y + x),
}
BROADCAST = [((3,), (3,)), ((2, 3), (3,)), ((3,), (2, 3)), ((2, 1), (1, 3)), ((), (2, 3)), ((2, 3), ()),
             ((), ()), ((4, 1, 3), (2, 1)), ((1, 1), (3,)), ((1,), (1, 1, 1))]
MATMUL = [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 4)), ((2, 3), (3, 4)), ((5, 2, 3), (3, 4)),
          ((2, 3), (5, 3, 4)), ((5, 2, 3), (5, 3, 4)), ((5, 1, 2, 3), (4, 3, 2)), ((3,), (5, 3, 4)),
          ((5, 2, 3), (3,)), ((1, 1), (1, 1))]
SHAPE = (2, 3, 4)
MASK = np.arange(24).reshape(SHAPE) % 3 == 0
LINEAR = {
    "sum": lambda x: x.sum(), "of an axis": lambda x: x.sum(axis=1), "of the last": lambda x: x.sum(-1),
    "sum of two": lambda x: np.sum(x, axis=(0, -1)), "sum of none": lambda x: x.sum(axis=()),
    "sum, kept": lambda x: x.sum(axis=(0, 2), keepdims=True), "mean": lambda x: np.mean(x),
    "mean of an axis": lambda x: x.mean(axis=1), "mean, kept": lambda x: x.mean(0, keepdims=True),
    "reshape": lambda x: x.reshape(6, -1), "np.reshape": lambda x: np.reshape(x, (4, 6)),
    "flat": lambda x: x.reshape(-1), "transpose": lambda x: x.transpose(), "T": lambda x: x.T,
    "permutation": lambda x: np.transpose(x, (1, 2, 0)), "by numbers": lambda x: x.transpose(-1, 0, 1),
    "swapaxes": lambda x: np.swapaxes(x, 0, -1), "broadcast": lambda x: np.broadcast_to(x, (5, 1, 2, 3, 4)),
    "row": lambda x: x[1], "last": lambda x: x[..., -1], "slice": lambda x: x[:, 1:, ::2],
    "new axis": lambda x: x[:, None], "repeated rows": lambda x: x[[0, 1, 1, 1]],
    "pairs": lambda x: x[[0, 1, 1], :, np.array([3, 0, 0])],
    "mask": lambda x: x[MASK], "entry": lambda x: x[1, 2, 3], "unpacked": lambda x: [a for a in x][1],
}


def of_two(op, x_shape, y_shape):
    """op of two operands as a function of one vector, and its length."""
    m, n = int(np.prod(x_shape)), int(np.prod(y_shape))
    return lambda theta: op(theta[:m].reshape(x_shape), theta[m:].reshape(y_shape)), m + n


OPERATIONS = (
    [pytest.param(op, shape, id=f"{name} {shape}") for name, op in UNARY.items() for shape in [(6,), (2, 3)]]
    + [pytest.param(*of_two(op, *shapes), id=f"{name} {shapes}")
       for name, op in BINARY.items() for shapes in BROADCAST]
    + [pytest.param(*of_two(lambda x, y: x @ y, *shapes), id=f"matmul {shapes}") for shapes in MATMUL]
    + [pytest.param(op, SHAPE, id=name) for name, op in LINEAR.items()]
)


def random_case(shape, seed=1):
    """x and a direction; x is positive, so that log, sqrt and powers are defined, and without ties."""
    rng = np.random.default_rng(seed)
    return rng.uniform(0.3, 2.0, shape), rng.standard_normal(shape), rng


@pytest.mark.parametrize("f, shape", OPERATIONS)
class TestEveryOperation:
    def test_forward_mode_agrees_with_the_complex_step(self, f, shape):
        x, v, _ = random_case(shape)
        np.testing.assert_allclose(jvp(f)(x, v), complex_step(f, x, v), rtol=1e-13, atol=1e-14)

    def test_reverse_mode_is_the_adjoint_of_forward_mode(self, f, shape):
        x, v, rng = random_case(shape)
        u = rng.standard_normal(np.shape(f(x)))
        w = vjp(f)(x, u)
        assert w.shape == x.shape
        np.testing.assert_allclose((jvp(f)(x, v) * u).sum(), (v * w).sum(), rtol=1e-12, atol=1e-13)

    def test_each_entry_of_the_gradient_agrees_with_the_complex_step(self, f, shape):
        x, _, rng = random_case(shape)
        u = rng.standard_normal(np.shape(f(x)))
        report = check_gradient((lambda x: (u * f(x)).sum(), gradient(lambda x: (u * f(x)).sum())), x)
        assert report.error < 1e-13 and report.central_error < 1e-7

    def test_second_derivatives_forward_over_reverse_agree_with_the_complex_step(self, f, shape):
        x, v, rng = random_case(shape)
        u = rng.standard_normal(np.shape(f(x)))
        g = gradient(lambda x: (u * np.tanh(f(x))).sum())       # tanh: also a linear f has a Hessian then
        np.testing.assert_allclose(jvp(g)(x, v), complex_step(g, x, v), rtol=1e-11, atol=1e-12)

    def test_the_value_is_the_one_of_plain_arrays(self, f, shape):
        x, v, _ = random_case(shape)
        for number in (Dual(x, v), Variable(x)):
            np.testing.assert_array_equal(value_of(f(number)), f(x))


def test_absolute_value_where_there_is_a_derivative():
    x = np.array([-2.0, -0.5, 3.0])
    f = lambda x: (np.absolute(x) ** 3).sum()
    assert check_gradient((f, gradient(f)), x, holomorphic=False).error < 1e-8
    np.testing.assert_allclose(jvp(np.abs)(x, np.ones(3)), [-1, -1, 1], rtol=0)


@pytest.mark.parametrize("f, at, derivative", [
    (relu, 0.0, 0.0), (np.abs, 0.0, 0.0), (lambda x: np.maximum(0, x), 0.0, 1.0), (lambda x: x**0, 0.0, 0.0),
    (lambda x: x**1, 0.0, 1.0), (lambda x: x**2, 0.0, 0.0), (sigmoid, 1000.0, 0.0), (sigmoid, -1000.0, 0.0),
])
def test_kinks_and_limits(f, at, derivative):
    with np.errstate(all="raise"):
        assert jvp(f)(at, 1.0) == gradient(f)(at) == derivative


# ---- Whole functions.

def softmax_cross_entropy(scores, y):
    """Mean of log sum exp z - z_y, from operations of the tape."""
    z = scores - value_of(scores).real.max(axis=-1, keepdims=True)
    rows = np.arange(len(y))
    return (np.log(np.exp(z).sum(axis=-1)) - z[rows, y]).mean()


def small_network(seed=0):
    """A network of the library and the same in traced numbers: theta, its objective, a function of theta."""
    rng = np.random.default_rng(seed)
    network = Network([Dense(5, 7), Tanh(), Dense(7, 6), ReLU(), Dense(6, 5), Sigmoid(), Dense(5, 3)],
                      losses.softmax_cross_entropy, rng)
    x, y = rng.standard_normal((8, 5)), rng.integers(0, 3, 8)
    activations = iter([np.tanh, relu, sigmoid, lambda x: x] * 100)
    shapes, slices = network.params.shapes, network.params.slices

    def loss(theta):
        p = {name: theta[slices[name]].reshape(shapes[name]) for name in shapes}
        h = x
        for layer in (0, 2, 4, 6):
            h = next(activations)(h @ p[layer, "W"] + p[layer, "b"])
        return softmax_cross_entropy(h, y)

    return network.theta + 0.1 * rng.standard_normal(network.theta.shape), network.objective(x, y), loss


@pytest.mark.parametrize("seed", range(3))
def test_a_network_in_variables_agrees_with_backpropagation_through_its_layers(seed):
    theta, objective, loss = small_network(seed)
    v = np.random.default_rng(seed).standard_normal(theta.shape)
    np.testing.assert_allclose(loss(theta), objective.value(theta), rtol=1e-14)
    np.testing.assert_allclose(gradient(loss)(theta), objective.gradient(theta), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(jvp(loss)(theta, v), objective.gradient(theta) @ v, rtol=1e-12)
    np.testing.assert_allclose(hvp(loss)(theta, v), objective.hvp(theta, v), rtol=1e-11, atol=1e-12)


def test_hvp_is_symmetric_and_linear():
    theta, _, loss = small_network()
    u, v = np.random.default_rng(1).standard_normal((2, theta.size))
    np.testing.assert_allclose(u @ hvp(loss)(theta, v), v @ hvp(loss)(theta, u), rtol=1e-12)
    H = lambda v: hvp(loss)(theta, v)
    np.testing.assert_allclose(H(2 * u - v), 2 * H(u) - H(v), atol=1e-13)


def test_jacobians_row_by_row_and_column_by_column_are_equal():
    x, _, rng = random_case((4,))
    A = rng.standard_normal((3, 4))
    f = lambda x: sigmoid(A @ x) / (1 + (x * x).sum())
    columns = np.stack([jvp(f)(x, e) for e in np.eye(4)], axis=1)
    rows = np.stack([vjp(f)(x, e) for e in np.eye(3)])
    np.testing.assert_allclose(columns, rows, rtol=1e-13)


def test_results_are_arrays_of_the_right_type_that_the_caller_may_change():
    x = np.arange(3.0)
    u = np.ones(3)
    g = vjp(lambda x: x)(x, u)
    g += 1
    assert (u == 1).all() and (x == np.arange(3)).all()
    assert gradient(lambda x: (x * x).sum())(np.arange(3)).dtype == float
    single = np.arange(3, dtype=np.float32)
    assert gradient(lambda x: (2 * np.tanh(x) ** 2).mean())(single).dtype == np.float32
    assert gradient(lambda x: x.sum())(single).dtype == gradient(lambda x: 1.0)(single).dtype == np.float32
    assert isinstance(gradient(np.sin)(1), float) and isinstance(jvp(np.sin)(1, 1), float)


@pytest.mark.parametrize("f", [lambda x: 3.0, lambda x: np.float64(3), lambda x: Variable(2.0) * 3,
                               lambda x: Dual(2.0, 1.0)],
                         ids=["number", "numpy number", "other Variable", "other Dual"])
def test_what_does_not_depend_on_x_has_derivative_zero(f):
    x = np.ones((2, 3))
    np.testing.assert_array_equal(gradient(f)(x), np.zeros((2, 3)))
    assert jvp(f)(x, x) == 0


# ---- Derivatives of derivatives.

@pytest.mark.parametrize("outer", [gradient, lambda f: lambda x: jvp(f)(x, 1.0)], ids=["reverse", "forward"])
@pytest.mark.parametrize("inner", [gradient, lambda f: lambda x: jvp(f)(x, 1.0)], ids=["reverse", "forward"])
class TestNesting:
    def test_second_derivative(self, outer, inner):
        by_hand = lambda x: -np.sin(x) * x**3 + 6 * np.cos(x) * x**2 + 6 * np.sin(x) * x
        np.testing.assert_allclose(outer(inner(lambda x: np.sin(x) * x**3))(0.7), by_hand(0.7), rtol=1e-14)

    def test_third_derivative(self, outer, inner):
        z = np.tanh(0.3)
        by_hand = (1 - z * z) * (6 * z * z - 2)
        np.testing.assert_allclose(outer(inner(outer(np.tanh)))(0.3), by_hand, rtol=1e-13)

    def test_perturbations_are_not_confused(self, outer, inner):
        # Siskind and Pearlmutter 2005: d/dx (x d/dy (x + y)) = 1, not 2; d/dx (x d/dy (x y^2)) = 4 x y
        assert outer(lambda x: x * inner(lambda y: x + y)(1.0))(2.0) == 1
        assert outer(lambda x: x * inner(lambda y: x * y * y)(3.0))(2.0) == 24

    def test_inside_a_loop_of_vectors(self, outer, inner):
        a = np.array([1.0, 2.0, 3.0])
        total = lambda t: sum(inner(lambda s: (a * s**2).sum() * t)(float(k)) for k in (1, 2))    # 12 s t
        assert outer(total)(5.0) == 36


def test_a_variable_made_by_hand_goes_through_an_inner_derivative():
    w = Variable(3.0, "w")
    g = gradient(lambda x: w * w * x * x)(2.0)      # 2 w^2 x
    g.backward()
    assert (float(g.value), float(w.adjoint)) == (36.0, 24.0)


# ---- The tape, node by node.

def test_the_tape_shows_operation_value_and_parents_in_order():
    x, w, b = Variable(2.0, "x"), Variable(-1.0, "w"), Variable(0.5, "b")
    y = np.tanh(w * x + b) - 3
    nodes = tape(y)
    assert [node.op for node in nodes] == ["x", "w", "b", "multiply", "add", "tanh", "subtract"]
    z = np.tanh(-1.5)
    assert [float(node.value) for node in nodes] == [2.0, -1.0, 0.5, -2.0, -1.5, z, z - 3]
    x_, w_, b_, product, total, bent, out = nodes
    for node, parents in ((x_, []), (product, [w, x]), (total, [product, b]), (bent, [total]), (out, [bent])):
        assert len(node.parents) == len(parents) and all(a is b for a, b in zip(node.parents, parents))
    assert out is y and out.inputs[1] == 3 and all(node.adjoint is None for node in nodes)
    assert repr(bent) == "Variable(tanh, value=-0.9051)"
    y.backward()
    assert repr(bent) == "Variable(tanh, value=-0.9051, adjoint=1)"


def test_a_sweep_completes_one_adjoint_after_another():
    x = Variable(3.0, "x")
    square = x * x
    y = square + x                      # x is used three times
    steps = y.sweep()
    assert next(steps) is y and (y.adjoint, square.adjoint, x.adjoint) == (1, 1, 1)
    assert next(steps) is square and x.adjoint == 7
    assert next(steps) is x and next(steps, None) is None


def test_a_sweep_starts_anew_and_leaves_other_nodes_alone():
    x = Variable([1.0, 2.0])
    y, unused = (x * x).sum(), x * 5
    y.backward()
    y.backward()
    np.testing.assert_array_equal(x.adjoint, [2, 4])
    assert unused.adjoint is None


def test_a_deep_tape_needs_no_recursion():
    x = Variable(1.0)
    y = x
    for _ in range(5000):
        y = y + 1e-3 * y
    y.backward()
    np.testing.assert_allclose(x.adjoint, 1.001**5000, rtol=1e-11)


def test_numbers_changed_after_their_use_change_nothing():
    x, c = np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0])
    rows, mask = np.array([0, 2]), [True, False, True]
    v = Variable(x)
    y = ((v * v * c)[rows] ** 2 + v[mask]).sum()     # v^4 c^2 + v
    x[:], c[:], rows[:], mask[:] = 0, 0, 1, [False] * 3
    v.value = np.zeros(3)
    y.backward()
    np.testing.assert_array_equal(v.adjoint, [4 * 1**3 * 16 + 1, 0, 4 * 3**3 * 36 + 1])
    with pytest.raises(ValueError, match="read-only"):
        y.value[...] = 0


def test_traced_numbers_behave_like_arrays():
    for x in (Variable([[1.0, 2.0], [3.0, 4.0]]), Dual([[1.0, 2.0], [3.0, 4.0]], np.ones((2, 2)))):
        assert (x.shape, x.ndim, x.size, len(x), np.shape(x), np.ndim(x)) == ((2, 2), 2, 4, 2, (2, 2), 2)
        a, b = x
        assert a.shape == (2,) and type(a) is type(x)
        np.testing.assert_array_equal(x > 2, [[False, False], [True, True]])
        np.testing.assert_array_equal(np.sign(x), np.ones((2, 2)))
        assert (x == x).all() and not (x != x).any() and bool(x[0, 0]) and not bool(x[0, 0] - 1)
        with pytest.raises(TypeError, match="unsized"):
            list(x[0, 0])
    assert repr(Dual(2.0, 1 / 3)) == "Dual(2, 0.3333)"


def test_branches_and_loops_follow_the_values():
    def f(x):
        while x < 100:
            x = x * x
        return x
    assert gradient(f)(3.0) == jvp(f)(3.0, 1.0) == 8 * 3.0**7


def test_new_operations_can_be_taught(monkeypatch):
    rule = (lambda d, z, x: d / (1 + x * x),)
    for table in (autodiff.FORWARD, autodiff.REVERSE):
        monkeypatch.setitem(table, np.arctan, rule)
    f = lambda x: np.arctan(x * x)
    assert check_gradient((f, gradient(f)), 0.7, holomorphic=False).error < 1e-8
    assert jvp(f)(0.7, 1.0) == pytest.approx(gradient(f)(0.7), rel=1e-15)


# ---- Wrong rules are found. Square matrices, so that a missing transpose does not show by its shape.

def forward_gradient(f):
    return lambda x: np.stack([jvp(f)(x, e.reshape(x.shape)) for e in np.eye(x.size)]).reshape(x.shape)


A = np.random.default_rng(3).standard_normal((3, 3))
COMMON = [  # what is wrong, operation, the wrong rules, a function of x (3, 3) that uses it
    ("tanh' with the wrong sign", np.tanh, (lambda d, z, x: -d * (1 - z * z),), np.tanh),
    ("tanh' of the input instead of the output", np.tanh, (lambda d, z, x: d * (1 - x * x),), np.tanh),
    ("sigmoid' without (1 - z)", sigmoid, (lambda d, z, x: d * z,), sigmoid),
    ("exp without the chain rule", np.exp, (lambda d, z, x: z,), lambda x: np.exp(2 * x)),
    ("log' = x", np.log, (lambda d, z, x: d * x,), np.log),
    ("sin' = sin", np.sin, (lambda d, z, x: d * z,), np.sin),
    ("cos' = sin", np.cos, (lambda d, z, x: d * np.sin(x),), np.cos),
    ("sqrt' without 1/2", np.sqrt, (lambda d, z, x: d / z,), np.sqrt),
    ("difference with two plus signs", np.subtract, (lambda d, *_: d, lambda d, *_: d),
     lambda x: x - x.T * x[0]),
    ("product rule with swapped factors", np.multiply, (lambda d, z, x, y: d * x, lambda d, z, x, y: d * y),
     lambda x: x * np.tanh(x)),
    ("quotient rule without the square", np.divide,
     (lambda d, z, x, y: d / y, lambda d, z, x, y: -(d * x / y)), lambda x: A / x),
    ("quotient rule without the sign", np.divide, (lambda d, z, x, y: d / y, lambda d, z, x, y: d * z / y),
     lambda x: A / x),
    ("power without the exponent", np.power, (lambda d, z, x, p: d * x ** (p - 1), None), lambda x: x**3),
    ("power with the old exponent", np.power, (lambda d, z, x, p: d * (p * z), None), lambda x: x**3),
    ("relu passes everything", np.maximum, (lambda d, *_: d, lambda d, *_: d), lambda x: relu(x - 1)),
    ("relu turned round", np.maximum, (lambda d, z, x, y: d * (x < y), None), lambda x: relu(x - 1)),
]
FORWARD_ONLY = [
    ("half of the product rule", np.matmul, (lambda d, z, x, y: d @ y, lambda d, z, x, y: 0 * z),
     lambda x: x @ x),
    ("product rule in the wrong order", np.matmul, (lambda d, z, x, y: y @ d, lambda d, z, x, y: d @ x),
     lambda x: x @ (A @ x)),
    ("derivative not transposed", graph.transpose, (lambda d, z, x, axes: d,), lambda x: x.T * A),
    ("another entry of the derivative", graph.index, (lambda d, z, x, at: d[::-1][at],), lambda x: x[0]),
    ("mean instead of sum", graph.sum_, (lambda d, z, x, axes, keepdims: d.mean(axis=axes),),
     lambda x: x.sum(axis=1)),
]
REVERSE_ONLY = [
    ("missing transpose on the left", np.matmul, (lambda d, z, x, y: d @ y, None), lambda x: x @ A),
    ("missing transpose on the right", np.matmul, (None, lambda d, z, x, y: x @ d), lambda x: A @ x),
    ("matmul in the wrong order", np.matmul, (lambda d, z, x, y: y.T @ d, None), lambda x: x @ A),
    ("adjoint not transposed", graph.transpose, (lambda d, z, x, axes: d,), lambda x: x.T * A),
    ("the same permutation, not its inverse", graph.transpose, (lambda d, z, x, axes: d.transpose(axes),),
     lambda x: (x[None] * A[:, :, None]).transpose(1, 2, 0) * A),
    ("repeated entries overwritten", graph.index, (lambda d, z, x, at: put(d, at, x.shape),),
     lambda x: x[[0, 0, 1]]),
    ("mean instead of sum", graph.sum_,
     (lambda d, z, x, axes, keepdims: np.ones(x.shape) * np.expand_dims(d, axes) / 3,),
     lambda x: x.sum(axis=1)),
    ("sum spread along the wrong axis", graph.sum_, (lambda d, z, x, axes, keepdims: np.ones(x.shape) * d,),
     lambda x: x.sum(axis=1)),
]


def put(d, at, shape):
    out = np.zeros(shape)
    out[at] = d
    return out


def mutants(cases):
    return pytest.mark.parametrize("op, rules, f", [pytest.param(*rest, id=name) for name, *rest in cases])


def check(f, gradient_of):
    """check_gradient of a weighted sum of all that f gives."""
    x = np.random.default_rng(4).uniform(0.3, 2.0, (3, 3))
    weights = np.arange(1.0, 1 + f(x).size).reshape(f(x).shape)
    weighted = lambda x: (weights * f(x)).sum()
    return check_gradient((weighted, gradient_of(weighted)), x, np.random.default_rng(5))


@mutants(COMMON + FORWARD_ONLY)
def test_wrong_forward_rules_are_rejected(monkeypatch, op, rules, f):
    monkeypatch.setitem(autodiff.FORWARD, op, rules)
    with pytest.raises(WrongGradient):
        check(f, forward_gradient)


@mutants(COMMON + REVERSE_ONLY)
def test_wrong_reverse_rules_are_rejected(monkeypatch, op, rules, f):
    monkeypatch.setitem(autodiff.REVERSE, op, rules)
    with pytest.raises(WrongGradient):
        check(f, gradient)


@pytest.mark.parametrize("f", [f for *_, f in COMMON + FORWARD_ONLY + REVERSE_ONLY])
def test_the_right_rules_pass_the_same_check(f):
    for gradient_of in (gradient, forward_gradient):
        assert check(f, gradient_of).error < 1e-13


def sweep_wrongly(accumulate, order):
    """A sweep like that of Variable, with another way to add up adjoints or another order of the nodes."""
    def sweep(self, seed=None):
        nodes = tape(self)
        for node in nodes:
            node.adjoint = None
        self.adjoint = np.asarray(seed)
        for node in order(nodes):
            for k, x in enumerate(node.inputs):
                if node.active(x) and node.adjoint is not None:
                    x.adjoint = accumulate(x.adjoint, node.contribution(k, node.adjoint))
            yield node
    return sweep


add_up = lambda old, new: new if old is None else old + new
backward_order = lambda nodes: nodes[::-1]


@pytest.mark.parametrize("accumulate, order", [
    pytest.param(lambda old, new: new, backward_order, id="overwritten instead of accumulated"),
    pytest.param(lambda old, new: new if old is None else old, backward_order, id="only the first arrives"),
    pytest.param(lambda old, new: new if old is None else old - new, backward_order, id="subtracted"),
    pytest.param(add_up, lambda nodes: [nodes[-1], *nodes[:-1]], id="passed on before it is complete"),
    pytest.param(add_up, lambda nodes: nodes[:0:-1][:-1], id="stopped too early"),
])
def test_wrong_sweeps_are_rejected(monkeypatch, accumulate, order):
    f = lambda x: np.tanh(x * x) * x + x
    monkeypatch.setattr(Variable, "sweep", sweep_wrongly(add_up, backward_order))
    assert check(f, gradient).error < 1e-14             # nothing wrong with it but what follows
    monkeypatch.setattr(Variable, "sweep", sweep_wrongly(accumulate, order))
    with pytest.raises(WrongGradient):
        check(f, gradient)


@pytest.mark.parametrize("wrong, message", [
    (lambda d, shape: d[0] if d.ndim > len(shape) else d, "gradient must be that of value"),
    (lambda d, shape: d.mean(axis=0) if d.ndim > len(shape) else d, "gradient must be that of value"),
    (lambda d, shape: d, "gradient must have the shape of x"),
], ids=["first only", "mean", "none at all"])
def test_wrong_unbroadcasting_is_rejected(monkeypatch, wrong, message):
    f = lambda x: (A * x).sum()
    assert check_gradient((f, gradient(f)), A[0]).error < 1e-14
    monkeypatch.setattr(autodiff, "unbroadcast", wrong)
    with pytest.raises(ValueError, match=message):
        check_gradient((f, gradient(f)), A[0])


# ---- check_gradient itself.

class Quartic:
    """sum of x^4 over the last axis, with a gradient that is wrong where told."""

    def __init__(self, wrong=(), factor=1 + 1e-8):
        self.wrong, self.factor, self.evaluations = wrong, factor, 0

    def value(self, x):
        self.evaluations += 1
        return (x**4).sum(axis=-1)

    def gradient(self, x):
        g = 4 * x**3
        if self.wrong:
            g[self.wrong] *= self.factor
        return g


@pytest.mark.parametrize("rng", [None, np.random.default_rng(0)], ids=["entries", "directions"])
@pytest.mark.parametrize("shape, wrong", [((40,), (17,)), ((1,), (0,)), ((3, 40), (2, 5)),
                                          ((2, 3, 7), (1, 0, 6))])
@pytest.mark.parametrize("factor", [1 + 1e-8, -1.0, 0.0])
def test_the_wrong_entry_is_named(rng, shape, wrong, factor):
    x = np.random.default_rng(1).uniform(1, 2, shape)
    assert check_gradient(Quartic(), x, rng).error < 1e-14
    with pytest.raises(WrongGradient) as caught:
        check_gradient(Quartic(wrong, factor), x, rng)
    report = caught.value.report
    assert report.entry == wrong and f"in entry {wrong}" in str(caught.value)
    assert report.claimed == 4 * x[wrong] ** 3 * factor
    assert report.measured == pytest.approx(4 * x[wrong] ** 3, rel=1e-14)


def test_random_directions_cost_little_however_many_parameters():
    x = np.random.default_rng(1).uniform(1, 2, 100_000)
    objective = Quartic((77_777,), 1.5)
    with pytest.raises(WrongGradient, match="77777"):
        check_gradient(objective, x, np.random.default_rng(2))
    assert objective.evaluations < 80


def test_entries_that_are_zero_but_for_rounding_are_right():
    f = Quartic()
    x = np.array([1.0, 0.0, 1e-8])
    assert check_gradient((f.value, lambda x: f.gradient(x) + np.array([0, 1e-17, 0])), x).error < 1e-15
    assert check_gradient(f, np.zeros(3)).error == 0


def test_without_complex_numbers_central_differences_are_the_reference():
    f = lambda x: np.abs(x).sum(), np.sign
    x = np.array([1.0, -2.0])
    with pytest.raises(WrongGradient, match="holomorphic=False"):
        check_gradient(f, x)
    report = check_gradient(f, x, holomorphic=False)
    assert report.error == report.central_error < 1e-9 and "central difference" in str(report)
    with pytest.raises(WrongGradient, match="got 1.001 in entry .0,., where the central difference gives 1 "):
        check_gradient((f[0], lambda x: np.array([1.001, -1.0])), x, holomorphic=False)


def test_a_function_is_checked_with_its_own_gradient(monkeypatch):
    f = lambda x: np.tanh(x).sum()
    assert str(check_gradient(f, ONES)).startswith("gradient agrees with value: relative error")
    monkeypatch.setitem(autodiff.REVERSE, np.tanh, (lambda d, z, x: d * z,))
    with pytest.raises(WrongGradient, match=r"got 0.7616 in entry \(0,\), where the complex step gives 0.42"):
        check_gradient(f, ONES)


def test_networks_pass_one_and_many_at_once():
    rng = np.random.default_rng(0)
    for runs in (None, 4):
        network = Network([Dense(5, 7), Tanh(), Dense(7, 3)], losses.softmax_cross_entropy, rng, runs=runs)
        objective = network.objective(rng.standard_normal((8, 5)), rng.integers(0, 3, 8))
        for directions in (None, rng):
            assert check_gradient(objective, network.theta, directions).error < 1e-12
    one_run_wrong = lambda theta: objective.gradient(theta) * [[1.0], [1.0], [-1.0], [1.0]]
    with pytest.raises(WrongGradient) as caught:
        check_gradient((objective.value, one_run_wrong), network.theta, rng)
    assert caught.value.report.entry[0] == 2


def test_a_gradient_that_changes_its_argument_is_not_misled():
    def g(x):
        x *= 2
        return x
    x = np.array([1.0, 2.0])
    assert check_gradient((lambda x: (x * x).sum(), g), x).error < 1e-15 and (x == [1, 2]).all()


# ---- Cost of the modes (C28), of paths and nodes (C29).

def counts(multiplications=0, additions=0, functions=0):
    """A Counter keeps no zeros when it is subtracted: neither do these."""
    both = {"multiplications": multiplications, "additions": additions, "functions": functions}
    return {name: n for name, n in both.items() if n}


@pytest.mark.parametrize("n, m", [(2, 2), (5, 3), (1, 7), (40, 1)])
def test_cost_of_a_linear_map(n, m):
    W = np.random.default_rng(0).standard_normal((m, n))
    value, forward, reverse = cost(lambda x: W @ x, np.ones(n))
    assert value == forward == counts(m * n, m * (n - 1))
    assert reverse == counts(m * n, n * (m - 1))


@pytest.mark.parametrize("n, h, m", [(2, 3, 2), (10, 4, 1), (1, 5, 6)])
def test_cost_of_a_network(n, h, m):
    rng = np.random.default_rng(0)
    W, V = rng.standard_normal((h, n)), rng.standard_normal((m, h))
    value, forward, reverse = cost(lambda x: V @ np.tanh(W @ x), np.ones(n))
    assert value == counts(h * n + m * h, h * (n - 1) + m * (h - 1), h)
    # tanh: d (1 - z z) is two multiplications and an addition for each unit
    assert forward == counts(h * n + m * h + 2 * h, h * (n - 1) + m * (h - 1) + h)
    assert reverse == counts(h * n + m * h + 2 * h, n * (h - 1) + h * (m - 1) + h)


def test_cost_of_an_expression():
    value, forward, reverse = cost(lambda x: np.sin(x) * x + np.exp(x), 0.5)
    assert value == counts(1, 1, 2)
    assert forward == counts(4, 2, 1)       # cos; d cos, two in the product rule, d exp; the two sums
    assert reverse == counts(4, 2, 1)       # the same, and x has three contributions to add up


@pytest.mark.parametrize("f, price", [
    (lambda x: -x, counts(additions=6)), (lambda x: x[0] - x[1], counts(additions=3)),
    (lambda x: x.sum(), counts(additions=5)), (lambda x: x.sum(axis=0), counts(additions=3)),
    (lambda x: x.mean(axis=1), counts(2, 4)), (lambda x: x.T.reshape(-1)[2:], counts()),
    (lambda x: x @ x.T, counts(12, 8)), (lambda x: x**2, counts(functions=6)), (np.square, counts(6)),
    (lambda x: relu(x) / 2, counts(6, 0, 6)), (sigmoid, counts(functions=6)),
    (lambda x: x + x[:, :1], counts(additions=6)),
])
def test_price_of_each_kind_of_operation(f, price):
    assert operations(f, np.ones((2, 3))) == price


def test_every_operation_with_a_rule_has_a_price():
    assert set(graph.PRICES) == set(autodiff.FORWARD) == set(autodiff.REVERSE)


@pytest.mark.parametrize("n", [10, 100, 1000])
def test_a_gradient_is_one_reverse_sweep_but_n_forward_ones(n):
    f = lambda x: np.tanh(x * x).sum()
    value, forward, reverse = cost(f, np.ones(n))
    assert (value.total(), forward.total(), reverse.total()) == (3 * n - 1, 7 * n - 1, 6 * n)
    assert reverse.total() < 4 * value.total()          # Baur and Strassen 1983, whatever n
    assert operations(gradient(f), np.ones(n)) == value + reverse
    assert operations(hvp(f), np.ones(n), np.ones(n)).total() < 4 * (value + reverse).total()


@pytest.mark.parametrize("depth, width", [(1, 1), (1, 4), (2, 3), (3, 2), (4, 4), (5, 1), (6, 3)])
def test_paths_are_exponential_and_nodes_linear_in_the_depth(depth, width):
    x = Variable(1.5, "x")
    y = layered(x, depth, width, np.random.default_rng(0))
    edges = 2 * width + (depth - 1) * width**2
    by_paths, paths = sum_over_paths(y, x)
    by_nodes, nodes = merge_at_nodes(y, x)
    assert count_paths(y, x) == width**depth
    assert paths == counts((depth + 1) * width**depth, width**depth - 1)
    assert nodes == counts(edges, (width - 1) * (1 + (depth - 1) * width))
    rng = np.random.default_rng(0)      # the derivative of a linear graph: the product of its matrices
    sizes = [1] + [width] * depth + [1]
    product = np.eye(1)
    for n_in, n_out in zip(sizes, sizes[1:]):
        product = rng.normal(0, n_in**-0.5, (n_out, n_in)) @ product
    np.testing.assert_allclose([by_paths, by_nodes], product[0, 0], rtol=1e-11, atol=1e-14)


def test_paths_beyond_counting_one_by_one():
    x = Variable(1.0)
    y = layered(x, 30, 4, np.random.default_rng(0))
    assert count_paths(y, x) == 4**30
    with pytest.raises(ValueError, match="at most 10,000 paths from x, got 1,152,921,504,606,846,976"):
        sum_over_paths(y, x)


def test_paths_through_any_tape():
    x, other = Variable([1.0, 2.0], "x"), Variable(1.0)
    y = (x * x + np.sin(x)).sum()
    assert (count_paths(y, x), count_paths(y, y), count_paths(y, other)) == (3, 1, 0)
    np.testing.assert_allclose(sum_over_paths(y, x)[0], 2 * x.value + np.cos(x.value), rtol=1e-14)
    np.testing.assert_allclose(merge_at_nodes(y, x)[0], sum_over_paths(y, x)[0], rtol=1e-14)
    assert sum_over_paths(y, other)[0] == merge_at_nodes(y, other)[0] == 0
    assert np.shape(layered(1.0, 2, 3, np.random.default_rng(0))) == ()     # numbers go through it, too


# ---- Bad input.

def in_place(x):
    x += 1


V, D = Variable([1.0, 2.0]), Dual([1.0, 2.0], [1.0, 0.0])
ONES = np.ones(2)
RNG = np.random.default_rng(0)
SQUARES = lambda x: (x * x).sum(), lambda x: 2 * x


@pytest.mark.parametrize("call, error, message", [
    (lambda: np.arctan(V), TypeError, "arctan has no rule for a Variable; there are rules for absolute, add"),
    (lambda: np.arctan(D), TypeError, "arctan has no rule for a Dual"),
    (lambda: V // 2, TypeError, "floor_divide has no rule"),
    (lambda: operations(np.arctan, ONES), TypeError, "arctan has no rule for a Counted"),
    (lambda: np.max(V), TypeError, "np.max has no rule here; besides ufuncs there are np.sum"),
    (lambda: np.concatenate([V, V]), TypeError, "np.concatenate has no rule"),
    (lambda: np.where(V > 0, V, 0), TypeError, "np.where has no rule"),
    (lambda: np.sum(a=V), TypeError, "np.sum has no rule"),
    (lambda: np.add.reduce(V), TypeError, "np.add must get its operands only, got reduce"),
    (lambda: np.exp(V, where=[True, False]), TypeError, "np.exp must get its operands only, got __call"),
    (lambda: in_place(V), TypeError, "np.add must not work in place"),
    (lambda: in_place(D), TypeError, "np.add must not work in place"),
    (lambda: np.multiply(ONES, V, out=np.ones(2)), TypeError, "np.multiply must not work in place"),
    (lambda: np.asarray(V), TypeError, "a Variable must not become a plain array"),
    (lambda: np.array([V[0], V[1]]), TypeError, "a Variable must not become a plain array"),
    (lambda: np.ones(2).dot(D), TypeError, "a Dual must not become a plain array"),
    (lambda: float(V[0]), TypeError, "Variable"),
    (lambda: V.__setitem__, AttributeError, "__setitem__"),
    (lambda: V + "a", TypeError, "operands must be numbers, got <U1"),
    (lambda: V * None, TypeError, "operands must be numbers, got object"),
    (lambda: Variable("a"), TypeError, "operands must be numbers, got <U1"),
    (lambda: Variable(None), TypeError, "operands must be numbers, got object"),
    (lambda: Variable(V), TypeError, "numbers made by hand must be made of plain ones, got a Variable"),
    (lambda: Variable(D), TypeError, "numbers made by hand must be made of plain ones, got a Dual"),
    (lambda: Dual(V, ONES), TypeError, "numbers made by hand must be made of plain ones, got a Variable"),
    (lambda: gradient(lambda x: Variable(x) * 2)(1.0), TypeError, "numbers made by hand must be made of"),
    (lambda: V * D, TypeError, "multiply must get one kind of numbers, got a Variable and a Dual"),
    (lambda: Dual(ONES, 1.0), ValueError, r"derivative must have the shape of value \(2,\), got \(\)"),
    (lambda: V + np.ones(3), ValueError, "could not be broadcast"),
    (lambda: V.sum(axis=1), ValueError, "axis 1 is out of bounds"),
    (lambda: V.reshape(3), ValueError, "cannot reshape"),
    (lambda: V[2], IndexError, "out of bounds"),
    (lambda: (V * 2).backward(), ValueError, r"seed must have the shape of the output \(2,\), got \(\)"),
    (lambda: V.backward(np.ones(3)), ValueError, r"seed must have the shape of the output \(2,\), got \(3"),
    (lambda: gradient(lambda x: x * 2)(ONES), ValueError, r"f must return a single number, got shape \(2,\)"),
    (lambda: gradient(lambda x: x[:1])(ONES), ValueError, r"f must return a single number, got shape \(1,\)"),
    (lambda: gradient(lambda x: None)(ONES), TypeError, "f must return an array, got None"),
    (lambda: jvp(lambda x: "a")(ONES, ONES), TypeError, "f must return an array, got 'a'"),
    (lambda: vjp(lambda x: (x, x))(ONES, ONES), TypeError, "must not become a plain array"),
    (lambda: jvp(np.exp)(ONES, np.ones(3)), ValueError, r"derivative must have the shape of value \(2,\)"),
    (lambda: hvp(np.sum)(ONES, 1.0), ValueError, r"derivative must have the shape of value \(2,\), got \(\)"),
    (lambda: vjp(np.exp)(ONES, 1.0), ValueError, r"u must have the shape of f\(x\) \(2,\), got \(\)"),
    (lambda: check_gradient(SQUARES, ONES, 0), TypeError, "rng must be a numpy.random.Generator or None"),
    (lambda: check_gradient(SQUARES, ONES, RNG, directions=0), ValueError, "directions must be >= 1, got 0"),
    (lambda: check_gradient(SQUARES, ONES, tol=-1), ValueError, "tol must be >= 0, got -1"),
    (lambda: check_gradient(SQUARES, ONES, tol=np.nan), ValueError, "tol must be >= 0, got nan"),
    (lambda: check_gradient(SQUARES, [1.0, np.nan]), ValueError, "x must be finite, got nan"),
    (lambda: check_gradient((lambda x: np.inf, SQUARES[1]), ONES), ValueError, "value must be finite, got"),
    (lambda: check_gradient((SQUARES[0], lambda x: x * np.nan), ONES), ValueError, "gradient must be finite"),
    (lambda: check_gradient((lambda x: 1.0 if (x == 1).all() else np.nan, SQUARES[1]), ONES), ValueError,
     "value must be finite near x, got nan by central_difference"),
    (lambda: check_gradient((lambda x: x * x, SQUARES[1]), ONES), ValueError, "value must be one number, or"),
    (lambda: check_gradient((SQUARES[0], lambda x: x[0]), ONES), ValueError, "gradient must have the shape"),
    (lambda: layered(1.0, 0, 2, RNG), ValueError, "depth must be a whole number >= 1, got 0"),
    (lambda: layered(1.0, 2, 1.5, RNG), ValueError, "width must be a whole number >= 1, got 1.5"),
])
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_examples_in_the_docstrings():
    result = doctest.testmod(autodiff)
    assert result.attempted >= 4 and result.failed == 0
