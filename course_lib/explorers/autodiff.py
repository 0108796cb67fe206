"""Live figures of lecture 2: automatic differentiation and backpropagation."""

from functools import cache
from types import SimpleNamespace

import numpy as np

from course_lib.autodiff import Dual, Variable, cost as count_cost, gradient, jvp
from course_lib.graph import count_paths, layered, merge_at_nodes, relu, sum_over_paths, tape
from course_lib.live import COLORS, Choice, LiveFigure, LogRange, Panel, Range, legend_above

# The graph: values forward, adjoints backward, one node at a time

BACKWARD, FIRST, SECOND = "backward", "forward from the first input", "forward from the second input"
SYMBOLS = {"add": "{} + {}", "subtract": "{} − {}", "multiply": "{} · {}", "square": "{}²", "sin": "sin {}",
           "tanh": "tanh {}", "maximum": "max({}, {})"}
OPERATIONS = 5              # in each expression, so that one slider serves all
STEPS = 2 * OPERATIONS + 1  # forward, the seed, backward


def _shared(x, y):
    return (x * y + np.sin(x)) * y + x


def _neuron(w, b):
    return np.square(np.tanh(w * 1.5 + b) - 0.5)


def _twice(x, y):
    a = x + y
    b = a * a
    c = b + b
    d = c * c
    return d + d


def _switch(x, y):
    return np.square(relu(x - y) - 1.0) + y


EXPRESSIONS = {  # text: function, names of its inputs, places of the inputs and of the operations
    "(x·y + sin x)·y + x":
        (_shared, "xy", [(0, 2.9), (0, 0.4), (1, 0.8), (1, 2.2), (2, 1.6), (3, 1.0), (4, 2.2)]),
    "(tanh(1.5 w + b) − 0.5)²":
        (_neuron, "wb", [(0, 1.9), (0, 0.4), (1, 1.9), (2, 1.9), (3, 1.9), (4, 1.9), (5, 1.9)]),
    "everything twice":
        (_twice, "xy", [(0, 2.6), (0, 0.6), (1, 1.6), (2, 1.6), (3, 1.6), (4, 1.6), (5, 1.6)]),
    "(max(x − y, 0) − 1)² + y":
        (_switch, "xy", [(0, 2.6), (0, 0.5), (1, 1.9), (2, 1.9), (3, 1.9), (4, 1.9), (5, 1.2)]),
}


def graph():
    """An expression as a graph: values forward, adjoints backward, one node at a time."""
    return LiveFigure("The graph", graph_compute, graph_setup, graph_draw, graph_summary, {
        "expression": Choice(tuple(EXPRESSIONS), next(iter(EXPRESSIONS))),
        "first": Range(-2.0, 2.0, 1.0, 0.1, label="first input"),
        "second": Range(-2.0, 2.0, 0.5, 0.1, label="second input"),
        "sweep": Choice((BACKWARD, FIRST, SECOND), BACKWARD, label="derivatives"),
        "step": Range(0, STEPS, STEPS, label="step"),
    }, size=(10, 5))


def graph_compute(expression, first, second, sweep, step):
    function, names, places = EXPRESSIONS[expression]
    inputs = Variable(first, names[0]), Variable(second, names[1])
    output = function(*inputs)
    nodes = tape(output)
    number = {node.number: i for i, node in enumerate(nodes)}
    names = [*names, *"pqrsL"]
    edges = [(number[parent.number], i, k, node) for i, node in enumerate(nodes)
             for k, parent in enumerate(node.inputs) if node.active(parent)]
    known = 2 + min(step, OPERATIONS)
    derivatives, passing, current = [None] * len(nodes), {}, None
    if sweep == BACKWARD:
        if step > OPERATIONS:
            derivatives[-1] = 1.0
        sweeping = output.sweep()
        for _ in range(step - OPERATIONS - 1):
            node = next(sweeping)
            current = number[node.number]
            derivatives = [None if other.adjoint is None else float(other.adjoint) for other in nodes]
            passing = {k: float(node.contribution(k, node.adjoint)) for *_, k, user in edges if user is node}
        if 0 < step <= OPERATIONS:
            current = known - 1
        elif step == OPERATIONS + 1:
            current = len(nodes) - 1
    else:
        tangents = _tangents(nodes, edges, [1.0, 0.0] if sweep == FIRST else [0.0, 1.0])
        derivatives[:known] = tangents[:known]
        current = known - 1 if step else None
    return SimpleNamespace(
        expression=expression, sweep=sweep, step=step, current=current, passing=passing, places=places,
        names=names,
        labels=[_label(node, name, number, names) for node, name in zip(nodes, names)],
        values=[float(node.value) if i < known else None for i, node in enumerate(nodes)],
        derivatives=derivatives, edges=[edge[:3] for edge in edges],
        local=[float(node.contribution(k, np.ones(()))) if end < known else None
               for _, end, k, node in edges])


def _tangents(nodes, edges, seeds):
    """The derivative of every node for these derivatives of the inputs, by dual numbers."""
    duals = {node.number: Dual(node.value, seed) for node, seed in zip(nodes, seeds)}
    for node in nodes[2:]:
        operands = (duals[x.number] if isinstance(x, Variable) else x for x in node.inputs)
        duals[node.number] = node.function(*operands)
    return [float(duals[node.number].derivative) for node in nodes]


def _label(node, name, number, names):
    if not node.parents:
        return f"     {name}     "        # as wide as the numbers under it
    operands = (names[number[x.number]] if isinstance(x, Variable) else f"{float(x):.3g}"
                for x in node.inputs)
    return f"{name} = {SYMBOLS[node.op].format(*operands)}".center(10)


def graph_setup(figure):
    panel = Panel(figure.subplots())
    panel.ax.set(xlim=(-0.5, 5.5), ylim=(-0.35, 3.6))
    panel.ax.axis("off")
    for x, word, color, style in ((-0.4, "value", COLORS["blue"], "normal"),
                                  (0.15, "derivative (italic)", COLORS["vermillion"], "italic")):
        panel.ax.text(x, 3.68, word, color=color, weight="bold", style=style)
    panel.ax.text(1.75, 3.68, "on an edge: the local derivative, or what is passed back", color="0.3")

    def words(count, **looks):
        return [panel.ax.text(0, 0, "", ha="center", va="center", **looks) for _ in range(count)]

    paper = {"facecolor": "white", "edgecolor": "none", "pad": 1}
    return SimpleNamespace(
        panel=panel, passed=words(2 * OPERATIONS, zorder=6, bbox=paper),
        boxes=words(7, linespacing=3.6, bbox={"boxstyle": "round,pad=0.4"}, zorder=7),
        values=words(7, color=COLORS["blue"], zorder=8),
        derivatives=words(7, color=COLORS["vermillion"], style="italic", zorder=8))


def graph_draw(artists, data):
    boxes = zip(data.places, artists.boxes, artists.values, artists.derivatives)
    for i, ((x, y), box, value, derivative) in enumerate(boxes):
        here = i == data.current
        box.set(position=(x, y), text=f"{data.labels[i]}\n ")
        box.get_bbox_patch().set(edgecolor="black" if here else "0.6", linewidth=3 if here else 1,
                                 facecolor="#FFF6D6" if here else "white")
        value.set(position=(x, y - 0.07), text=_shown(data.values[i]))
        derivative.set(position=(x, y - 0.31), text=_shown(data.derivatives[i]))
    for word in artists.passed[len(data.edges):]:
        word.set_text("")
    for i, ((start, end, k), local, word) in enumerate(zip(data.edges, data.local, artists.passed)):
        busy, back = end == data.current, end == data.current and bool(data.passing)
        color = COLORS["vermillion"] if back else COLORS["blue"] if busy else "0.6"
        x, y = _curve(data.places[start], data.places[end], _bend(start, end, k, data))
        artists.panel.line(f"edge {i}", x, y, color, width=3 if busy else 1.5)
        level = y[0] == y[-1] == y[10]      # between neighbours: room for an arrow, but not for words beside it
        tip = 10 if level else 7 if back else 13
        ahead = np.degrees(np.arctan2((y[tip + 1] - y[tip - 1]) * 2.2, (x[tip + 1] - x[tip - 1]) * 1.7)) - 90
        artists.panel.points(f"arrow {i}", x[tip], y[tip], color, (3, 0, ahead + 180 * back), size=11)
        text = _on_edge(data.passing[k], "+") if back else "" if local is None else _on_edge(local)
        word.set(position=(x[10], y[10] + 0.18 * level), text=text, color=color if back else "0.3",
                 style="italic" if back else "normal")


def _shown(x):
    """x with the digits for which a box has room, and no minus before 0; None is not known yet."""
    return "" if x is None else _within(7, x + 0.0)


def _on_edge(x, sign="-"):
    """x with the digits for which an edge has room, and no minus before 0."""
    return _within(6, x + 0.0, sign)


def _within(room, x, sign="-"):
    """x with four digits, or with as many as fit into so many characters; as 5e-4 where not even one does."""
    texts = [f"{x:{sign}.{digits}g}" for digits in (4, 3, 2, 1)]
    short = f"{x:{sign}.0e}".replace("e-0", "e-").replace("e+0", "e")
    return next((text for text in texts if len(text) <= room), short)


def _bend(start, end, k, data):
    """How far an edge is bent: two between the same nodes to opposite sides, long ones round the others."""
    twins = sum(edge[:2] == (start, end) for edge in data.edges)
    if twins == 2:
        return 0.75 if k == 0 else -0.75
    (x0, y0), (x1, _) = data.places[start], data.places[end]
    return {1: 0.0, 2: 0.5}.get(round(x1 - x0), 0.9) * np.sign(y0 - 1.6)


def _curve(start, end, bend):
    s = np.linspace(0, 1, 21)
    (x0, y0), (x1, y1) = start, end
    return np.array([x0 + (x1 - x0) * s, y0 + (y1 - y0) * s + bend * 4 * s * (1 - s)])


def graph_summary(data):
    done = f"output {data.values[-1]:.4g}" if data.values[-1] is not None else "the output is not known yet"
    if data.sweep != BACKWARD:
        source = data.names[0 if data.sweep == FIRST else 1]
        if data.derivatives[-1] is None:
            return (f"Step {data.step} of {OPERATIONS}, forward from {source}: each node gets value and"
                    f" derivative; {done}.")
        return (f"Step {OPERATIONS} of {OPERATIONS}, forward from {source}, is the last: {done}, its"
                f" derivative by {source} is {data.derivatives[-1] + 0.0:.4g}."
                " The other input needs another sweep.")
    if data.step <= OPERATIONS:
        what = (f"{data.labels[data.current].strip()} = {data.values[data.current]:.4g}" if data.step else
                "the inputs are given")
        return f"Step {data.step} of {STEPS}, forward: {what}; {done}."
    if data.step == OPERATIONS + 1:
        return f"Step {data.step} of {STEPS}: forward is done, {done}. Backward starts there, with 1."
    gave = ", ".join(f"{data.passing[k] + 0.0:.4g} to {data.names[start]}" for start, end, k in data.edges
                     if end == data.current)
    text = f"Step {data.step} of {STEPS}, backward: {data.names[data.current]} passes on {gave}."
    if data.step == STEPS:
        text += " Done: " + " and ".join(f"the derivative by {name} is {d + 0.0:.4g}" for name, d in
                                         zip(data.names[:2], data.derivatives)) + ", both in one sweep."
    return text


# Paths against nodes

DEEPEST, WIDEST = 7, 4
COUNTED_PATHS = 100         # as many paths are walked in the figure; beyond, a formula is drawn


def paths():
    """Depth and width of a layered graph: multiplications over all paths, and merged at the nodes."""
    return LiveFigure("Paths against nodes", paths_compute, paths_setup, paths_draw, paths_summary, {
        "depth": Range(1, DEEPEST, 4, label="depth (layers)"),
        "width": Range(1, WIDEST, 3, label="width (units a layer)"),
    }, size=(10, 4.4))


def paths_compute(depth, width):
    depths = np.arange(1, DEEPEST + 1)
    return SimpleNamespace(
        depth=depth, width=width, depths=depths, counts=[_count(int(d), width) for d in depths],
        by_paths=(depths + 1) * float(width) ** depths, by_nodes=2 * width + (depths - 1) * width**2)


@cache
def _count(depth, width):
    """Paths, multiplications over all of them (None where they are too many to walk), and merged."""
    x = Variable(0.7, "x")
    output = layered(x, depth, width, np.random.default_rng(0))
    total = count_paths(output, x)
    walked = sum_over_paths(output, x)[1]["multiplications"] if total <= COUNTED_PATHS else None
    return total, walked, merge_at_nodes(output, x)[1]["multiplications"]


def paths_setup(figure):
    left, right = map(Panel, figure.subplots(1, 2, width_ratios=[1.35, 1]))
    left.ax.set(xlim=(-0.5, DEEPEST + 1.5), ylim=(-1.0, WIDEST + 0.75))
    left.ax.axis("off")
    left.ax.text(-0.4, WIDEST + 0.5, "paths from $x$ to each unit:")
    right.ax.set(xlabel="depth (layers)", ylabel="multiplications", yscale="log", xlim=(0.7, DEEPEST + 0.3),
                 ylim=(1, 1e6), xticks=range(1, DEEPEST + 1))
    right.legend("upper left")
    return left, right


def paths_draw(panels, data):
    left, right = panels
    layers = [1, *[data.width] * data.depth, 1]
    heights = [(WIDEST - 1) / 2 + np.arange(n) - (n - 1) / 2 for n in layers]
    lines = [(i, a, i + 1, b) for i in range(len(layers) - 1) for a in heights[i] for b in heights[i + 1]]
    left.line("edges", np.array([(x0, x1, np.nan) for x0, _, x1, _ in lines]).ravel(),
              np.array([(y0, y1, np.nan) for _, y0, _, y1 in lines]).ravel(), "0.7", width=1)
    left.line("one path", range(len(layers)), [heights[i][(2 * i) % n] for i, n in enumerate(layers)],
              COLORS["vermillion"], width=3)
    left.points("units", np.repeat(range(len(layers)), layers), np.concatenate(heights), COLORS["blue"],
                size=13)
    reach = [1, *(data.width**i for i in range(data.depth)), data.width**data.depth]
    for i, paths_here in enumerate(reach):
        left.text(f"paths {i}", i, WIDEST, f"{paths_here}", ha="center")
        left.text(f"layer {i}", i, -0.45, {0: "$x$", len(layers) - 1: "$L$"}.get(i, f"{i}"), ha="center")
    left.text("layer", (data.depth + 1) / 2, -0.9, "layer", ha="center")
    for name, numbers, which, color, dash, marker in (
            ("over all paths", data.by_paths, 1, COLORS["vermillion"], "--", "s"),
            ("merged at nodes", data.by_nodes, 2, COLORS["blue"], "-", "o")):
        counted = [(depth, count[which]) for depth, count in zip(data.depths, data.counts)
                   if count[which] is not None]
        right.line(name, data.depths, numbers, color, dash)
        right.points(f"_{name}, counted", *zip(*counted), color, marker, size=8)
    right.vline("_here", data.depth, "0.5")


def paths_summary(data):
    total, walked, merged = data.counts[data.depth - 1]
    formula = int(data.by_paths[data.depth - 1])
    over = f"{formula:,} (by formula)" if walked is None else f"{walked:,} (counted)"
    return (f"Depth {data.depth}, width {data.width}: {total:,} path{'s' * (total > 1)} from x to L. "
            f"Multiplications: over all paths {over}, merged at the nodes {merged:,} (counted). "
            f"One more layer multiplies the paths by {data.width} and adds {data.width**2} to the other.")


# Gradient check: the V of truncation and rounding, and the complex step

FUNCTIONS = {
    "exp(x) / (sin³x + cos³x)": lambda x: np.exp(x) / (np.sin(x) ** 3 + np.cos(x) ** 3),
    "tanh x": np.tanh,
    "x⁴ + x": lambda x: x**4 + x,
    "1000 + sin x": lambda x: 1000 + np.sin(x),
    "|x|": np.abs,
}
DTYPES = {"double (float64)": (np.float64, np.complex128), "single (float32)": (np.float32, np.complex64)}
SIZES = np.logspace(-18, 0, 145)
FLOOR = 1e-17               # an error of 0 has no place on a log axis
METHODS = {  # name: (colour, dash, marker)
    "one-sided": (COLORS["orange"], ":", "^"),
    "central": (COLORS["blue"], "-", "o"),
    "complex step": (COLORS["vermillion"], "--", "s"),
}


def steps():
    """Error of one-sided and central differences and of the complex step against the step size h."""
    return LiveFigure("Gradient check", steps_compute, steps_setup, steps_draw, steps_summary, {
        "function": Choice(tuple(FUNCTIONS), next(iter(FUNCTIONS))),
        "x": Range(0.1, 1.5, 1.0, 0.1),
        "h": LogRange(1e-18, 1, 1e-6, label="step  h", a_decade=10),
        "precision": Choice(tuple(DTYPES), next(iter(DTYPES))),
    }, size=(10, 4.8))


def steps_compute(function, x, h, precision):
    f, (real, complex_) = FUNCTIONS[function], DTYPES[precision]
    exact, third = float(jvp(f)(x, 1.0)), float(jvp(lambda a: jvp(lambda b: jvp(f)(b, 1.0))(a, 1.0))(x, 1.0))
    sizes = np.append(SIZES, h)
    errors = {name: np.maximum(np.abs(made / exact - 1), FLOOR)
              for name, made in _differences(f, real(x), sizes.astype(real), complex_).items()}
    unit = float(np.finfo(real).eps) / 2
    value = abs(float(f(x)))
    best = (3 * unit * value / abs(third)) ** (1 / 3) if third else None
    return SimpleNamespace(
        function=function, x=x, h=h, precision=precision, exact=exact, best=best,
        errors={name: error[:-1] for name, error in errors.items()},
        here={name: float(error[-1]) for name, error in errors.items()},
        truncation=np.abs(third) * SIZES**2 / 6 / abs(exact), rounding=unit * value / SIZES / abs(exact))


def _differences(f, x, h, complex_):
    """The three estimates of f'(x) for each h, in the precision of x."""
    return {"one-sided": ((f(x + h) - f(x)) / h).astype(float),
            "central": ((f(x + h) - f(x - h)) / (2 * h)).astype(float),
            "complex step": (np.imag(f((x + 1j * h).astype(complex_))) / h).astype(float)}


def steps_setup(figure):
    panel = Panel(figure.subplots())
    panel.ax.set(xlabel="step size  $h$", ylabel="relative error of the derivative", xscale="log",
                 yscale="log", xlim=(1e-18, 1), ylim=(FLOOR / 3, 30))
    legend_above(figure, panel, columns=3)
    return panel


def steps_draw(panel, data):
    panel.vline("_here", data.h, "0.7", "-", width=1)
    for label, line, dash in ((r"truncation  $h^2 |f'''| / (6 |f'|)$", data.truncation, (0, (6, 3))),
                              (r"rounding  $u |f| / (h |f'|)$", data.rounding, (0, (1, 2)))):
        panel.line(label, SIZES, line, "0.55", dash, width=1.5)
    for name, (color, dash, marker) in METHODS.items():
        panel.line(name, SIZES, data.errors[name], color, dash, marker, size=4, every=6)
        panel.points(f"_{name}, here", data.h, data.here[name], color, marker, size=12, edge="black")


def steps_summary(data):
    def error(x):
        return "below 1e-12" if x < 1e-12 else f"{x:.0e}"

    errors = "; ".join(f"{name} {error(x)}" for name, x in data.here.items())
    best = (f"Central differences are best near h = {data.best:.0e} in theory." if data.best else
            "There is no curvature here.")
    return f"{data.function} at x = {data.x:.3g}, h = {data.h:.2g}. Relative error: {errors}. {best}"


# The cost of forward and reverse against inputs and outputs

COUNTS = (1, 2, 4, 8, 16, 32, 64)
HIDDEN = 16


def cost():
    """Operations for a whole Jacobian by forward and by reverse mode, over numbers of inputs and outputs."""
    return LiveFigure("Forward or reverse", cost_compute, cost_setup, cost_draw, cost_summary, {
        "inputs": Choice(COUNTS, 32), "outputs": Choice(COUNTS, 1),
    }, size=(10, 4.8))


def cost_compute(inputs, outputs):
    forward, reverse, value = _costs()
    column, row = COUNTS.index(inputs), COUNTS.index(outputs)
    return SimpleNamespace(inputs=inputs, outputs=outputs, column=column, row=row, ratio=forward / reverse,
                           forward=forward[row] / value[row], reverse=reverse[row] / value[row])


@cache
def _costs():
    """Operations of the Jacobian by forward and by reverse mode, and of f alone; [outputs, inputs]."""
    rng = np.random.default_rng(0)
    table = np.array([[_jacobian_cost(n, m, rng) for n in COUNTS] for m in COUNTS], float)
    return np.moveaxis(table, -1, 0)


def _jacobian_cost(n, m, rng):
    V, W = rng.standard_normal((n, HIDDEN)), rng.standard_normal((HIDDEN, m))
    value, forward, reverse = (part.total() for part in count_cost(lambda x: np.tanh(x @ V) @ W, np.ones(n)))
    return value + n * forward, value + m * reverse, value


def cost_setup(figure):
    left, right = map(Panel, figure.subplots(1, 2, width_ratios=[1, 1.25]))
    left.ax.set(xlabel="inputs", ylabel="operations for the Jacobian,\nin evaluations of $f$", xscale="log",
                yscale="log", xlim=(0.85, 75), ylim=(1, 1000))
    left.ax.set_xticks(COUNTS, COUNTS)
    left.ax.minorticks_off()
    left.legend("upper left")
    forward, reverse, _ = _costs()
    ratio = forward / reverse
    right.ax.imshow(np.log2(ratio), origin="lower", cmap="PuOr", vmin=-7, vmax=7, aspect="auto")
    for (i, j), times in np.ndenumerate(ratio):
        right.ax.text(j, i, f"{times:.2g}", ha="center", va="center",
                      color="white" if abs(np.log2(times)) > 4.2 else "black")
    right.ax.set_xticks(range(len(COUNTS)), COUNTS)
    right.ax.set_yticks(range(len(COUNTS)), COUNTS)
    right.ax.set(xlabel="inputs", ylabel="outputs", title="cost of forward / cost of reverse")
    return left, right


def cost_draw(panels, data):
    left, right = panels
    left.line("forward", COUNTS, data.forward, COLORS["vermillion"], "--", "s")
    left.line("reverse", COUNTS, data.reverse, COLORS["blue"], "-", "o")
    left.vline("_here", data.inputs)
    x, y = data.column + np.array([-1, 1, 1, -1, -1]) / 2, data.row + np.array([-1, -1, 1, 1, -1]) / 2
    right.line("chosen", x, y, "black", width=4, clip=False)


def cost_summary(data):
    def plural(n, noun):
        return f"{n} {noun}{'s' * (n > 1)}"

    forward, reverse = data.forward[data.column], data.reverse[data.column]
    ratio = data.ratio[data.row, data.column]
    better = (f"reverse is {ratio:.2g} times cheaper" if ratio > 1.1 else
              f"forward is {1 / ratio:.2g} times cheaper" if ratio < 1 / 1.1 else "both cost about the same")
    return (f"{plural(data.inputs, 'input')}, {plural(data.outputs, 'output')}: the Jacobian takes"
            f" {plural(data.inputs, 'forward sweep')}, the cost of {forward:.3g} evaluations of f,"
            f" or {plural(data.outputs, 'reverse sweep')}, {reverse:.3g} evaluations: {better}.")


# A student's own gradient checker

def checker(function):
    """Your checker `gradient_error(value, gradient, x, h)` over h, on a right gradient and a wrong one."""
    if not callable(function):
        raise TypeError(f"function must be your function (value, gradient, x, h), got {function!r}")
    return LiveFigure("Your checker",
                      lambda tolerance, mistake: checker_compute(function, tolerance, mistake),
                      checker_setup, checker_draw, checker_summary, {
        "tolerance": LogRange(1e-12, 1, 1e-6, label="tolerance"),
        "mistake": LogRange(1e-12, 1, 1e-3, label="relative mistake in one entry"),
    }, size=(10, 4.6))


CHECKED = np.logspace(-13, 0, 53)
SAID = [4, 16, 32, 48]       # h = 1e-12, 1e-9, 1e-5, 0.1
POINT = np.array([0.8, -0.5, 1.2])


def _checked(x):
    return np.exp(x[0]) * np.sin(x[1]) + x[1] * x[2] ** 3


def checker_compute(function, tolerance, mistake):
    right = gradient(_checked)

    def wrong(x):
        return right(x) * np.array([1, 1 + mistake, 1])

    try:
        errors = [np.array([float(function(_checked, of, POINT.copy(), h)) for h in CHECKED])
                  for of in (right, wrong)]
    except NotImplementedError:
        errors = None
    return SimpleNamespace(tolerance=tolerance, mistake=mistake, errors=errors)


def checker_setup(figure):
    panel = Panel(figure.subplots())
    panel.ax.set(xlabel="step size  $h$", ylabel="error that your checker reports", xscale="log",
                 yscale="log", xlim=(CHECKED[0], 1), ylim=(1e-13, 3))
    legend_above(figure, panel, columns=3)
    return panel


def checker_draw(panel, data):
    panel.hline("tolerance", data.tolerance, "black")
    if data.errors is None:
        panel.text("stub", 0.5, 0.75, "not attempted yet", ha="center", weight="bold", inside=True)
        return
    for name, error, color, dash, marker in (
            ("right gradient", data.errors[0], COLORS["blue"], "-", "o"),
            ("one entry wrong", data.errors[1], COLORS["vermillion"], "--", "s")):
        panel.line(name, CHECKED, np.maximum(error, 1e-13), color, dash, marker, size=5)


def checker_summary(data):
    if data.errors is None:
        return "Not attempted yet: the picture waits for your checker."
    words = {(True, False): "tells the two apart", (True, True): "accepts both",
             (False, False): "rejects both", (False, True): "accepts the wrong one only"}
    right, wrong = (error[SAID] < data.tolerance for error in data.errors)
    told = "; ".join(f"{words[bool(a), bool(b)]} at h = {h:.0e}"
                     for h, a, b in zip(CHECKED[SAID], right, wrong))
    return f"Tolerance {data.tolerance:.0e}, one entry wrong by {data.mistake:.0e}. Your checker {told}."
