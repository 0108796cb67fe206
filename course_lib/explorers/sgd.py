"""Live figures of lecture 4: stochastic gradient descent and batch size."""

from functools import lru_cache
from time import perf_counter
from types import SimpleNamespace

import numpy as np

from course_lib import datasets
from course_lib.claims.measurement import TENTH, number
from course_lib.claims.runs import column, path
from course_lib.claims.sgd import digits_network, example_gradients, sharpness, variance_of_mean
from course_lib.live import COLORS, Choice, LiveFigure, LogRange, Panel, Range, Switch, legend_above
from course_lib.optimizers import SGD, Diverged
from course_lib.schedules import linear
from course_lib.training import train

# The noise cloud: where SGD settles round the optimum

EXAMPLES, STEPS, RUNS, SHOWN = 32, 150, 150, 40
CURVATURES = np.array([1.0, 3.0])
POINTS = np.random.default_rng(5).standard_normal((EXAMPLES, 2)) * [1.3, 0.9]
POINTS -= POINTS.mean(axis=0)       # so the minimum of the mean loss is the origin
START = np.array([-3.4, 2.0])


def cloud():
    """Batch size and rate: 150 runs at once, and the cloud in which they settle."""
    return LiveFigure("The noise cloud", cloud_compute, cloud_setup, cloud_draw, cloud_summary, {
        "batch": Choice((1, 2, 4, 8, 16, 32), 4, label="batch size  B"),
        "lr": LogRange(0.01, 0.6, 0.2, label="rate  ε"),
        "replacement": Switch(False, label="draw a batch with replacement"),
    }, size=(10.5, 4.6))


@lru_cache(maxsize=2)
def _draws(replacement):
    """For each step and run 32 numbers of examples; a batch is the first B: (steps, runs, 32)."""
    rng, shape = np.random.default_rng(0), (STEPS, RUNS, EXAMPLES)
    if replacement:
        return rng.integers(EXAMPLES, size=shape)
    return rng.permuted(np.broadcast_to(np.arange(EXAMPLES), shape), axis=-1)


def cloud_compute(batch, lr, replacement):
    means = POINTS[_draws(replacement)[..., :batch]].mean(axis=2)

    def gradient(theta, k):
        return CURVATURES * (theta - means[k])

    points = path(SGD(lr), np.tile(START, (RUNS, 1)), gradient, STEPS)
    descent = path(SGD(lr), START[None].copy(), lambda theta, k: CURVATURES * theta, STEPS)
    noisy = CURVATURES * (points[:-1] - means)
    variance = variance_of_mean(POINTS.var(axis=0), EXAMPLES, batch, replacement)
    return SimpleNamespace(
        batch=batch, lr=lr, points=points, full=_rms(CURVATURES * points[:-1]), noisy=_rms(noisy),
        descent=_rms(CURVATURES * descent[:-1]), loss=(CURVATURES * points[-1] ** 2).sum(axis=-1).mean() / 2,
        spread=np.sqrt(lr * CURVATURES * variance / (2 - lr * CURVATURES)))


def _rms(gradients):
    """Root mean square length over the runs: gradients (steps, runs, 2) -> (steps,)."""
    return np.sqrt((gradients**2).sum(axis=-1).mean(axis=-1))


def cloud_setup(figure):
    plane, norms = map(Panel, figure.subplots(1, 2, width_ratios=[1.15, 1]))
    for level in (0.25, 1.0, 4.0, 9.0):
        plane.ax.plot(*(np.sqrt(2 * level / CURVATURES)[:, None] * _circle()), color="0.82", linewidth=1,
                      linestyle="-")
    plane.ax.plot(0, 0, marker="*", color="black", markersize=12, linestyle="none", zorder=5)
    plane.ax.set(xlabel=r"$\theta_1$  (flat)", ylabel=r"$\theta_2$  (steep)", xlim=(-4, 4), ylim=(-2.9, 2.9))
    norms.ax.set(xlabel="step", ylabel="length of the gradient (rms)", yscale="log", xlim=(0, STEPS),
                 ylim=(1e-4, 30))
    legend_above(figure, plane, norms, columns=4)
    return plane, norms


def _circle():
    turn = np.linspace(0, 2 * np.pi, 81)
    return np.array([np.cos(turn), np.sin(turn)])


def cloud_draw(panels, data):
    plane, norms = panels
    plane.points("examples", *POINTS.T, "0.55", "x", size=5)
    plane.line("one run", *data.points[:SHOWN, 0].T, COLORS["orange"], width=1)
    plane.points(f"{RUNS} runs at the end", *data.points[-1].T, COLORS["vermillion"], ".", size=5)
    plane.line("predicted", *(2 * data.spread[:, None] * _circle()), "black", "--", width=1.5)
    for label, values, color, dash in (("minibatch gradient", data.noisy, COLORS["vermillion"], "-"),
                                       ("full gradient there", data.full, COLORS["blue"], "--"),
                                       ("gradient descent", data.descent, COLORS["green"], "-.")):
        norms.line(label, np.arange(STEPS), values, color, dash)


def cloud_summary(data):
    predicted = (CURVATURES * data.spread**2).sum() / 2
    return (f"B = {data.batch}, ε = {data.lr:.3g}. At the last step the loss is {small(data.loss)} above the"
            f" minimum, in the mean of {RUNS} runs (predicted where it settles: {predicted:.2g}). Minibatch"
            f" gradients are then {small(data.noisy[-1])} long, full ones at the same places"
            f" {small(data.full[-1])}, those of gradient descent {small(data.descent[-1])}.")


def small(x):
    return f"{x:.2g}" if x == 0 or x > 1e-10 else "below 1e-10"


# Robbins and Monro: rates that fall like a power

LONG, MANY = 2000, 500
LOOKS = (20, 200, 2000)
EXPONENTS = np.linspace(0, 1.5, 61)
FROM = 10.0
TAIL = 2.1      # degrees of freedom: the variance is finite, only just


def robbins():
    """The exponent p of the rate ε₀ / (k + 1)^p: 500 runs at once, and where every other exponent would be."""
    return LiveFigure("Robbins and Monro", robbins_compute, robbins_setup, robbins_draw, robbins_summary, {
        "p": Range(0.0, 1.5, 0.75, 0.05, label="exponent  p"),
        "lr": LogRange(0.05, 1.5, 0.8, label="first rate  ε₀"),
        "noise": Choice(("Gaussian", "heavy tails"), "Gaussian", label="gradient noise"),
    }, size=(10.5, 4.5))


@lru_cache(maxsize=2)
def _noise(kind):
    rng = np.random.default_rng(0)
    if kind == "Gaussian":
        return rng.standard_normal((LONG, MANY, 1))
    return rng.standard_t(TAIL, (LONG, MANY, 1)) * np.sqrt((TAIL - 2) / TAIL)     # of variance 1 too


def robbins_compute(p, lr, noise):
    draws = _noise(noise)
    runs = path(SGD(lambda k: lr * (k + 1.0) ** -p), np.full((MANY, 1), FROM),
                lambda theta, k: theta + draws[k], LONG)[..., 0]
    distance = np.abs(runs)
    return SimpleNamespace(p=p, lr=lr, noise=noise, runs=runs, rms=np.sqrt((distance**2).mean(axis=1)),
                           bands=np.percentile(distance, [10, 50, 90], axis=1),
                           expected=expected_distances(lr),
                           jumped=(distance[LONG // 2:].max(axis=0) > 1).mean())


def expected_distances(lr):
    """Root mean square distance after 20, 200 and 2000 steps, for each of EXPONENTS: from the recursions

    mean <- (1 - lr_k) mean,  variance <- (1 - lr_k)^2 variance + lr_k^2,  for curvature 1 and noise 1.
    """
    mean, variance, seen = np.full(EXPONENTS.shape, FROM), np.zeros(EXPONENTS.shape), []
    rates = lr * np.arange(1.0, LONG + 1)[:, None] ** -EXPONENTS
    keep, squares = 1 - rates, rates**2
    for k in range(LONG):
        mean = keep[k] * mean
        variance = keep[k] ** 2 * variance + squares[k]
        if k + 1 in LOOKS:
            seen.append(np.sqrt(mean**2 + variance))
    return np.array(seen)


def robbins_setup(figure):
    left, right = map(Panel, figure.subplots(1, 2, width_ratios=[1.15, 1]))
    left.ax.set(xlabel="step  k", ylabel="distance to the minimum", xscale="log", yscale="log",
                xlim=(1, LONG), ylim=(3e-3, 60))
    right.ax.axvspan(0.5, 1.0, color="0.92", zorder=-1)
    right.ax.text(0.75, 45, "both\nconditions", ha="center", va="top", color="0.3")
    right.ax.set(xlabel="exponent  p", ylabel="rms distance, expected", yscale="log", xlim=(0, 1.5),
                 ylim=(3e-3, 60))
    legend_above(figure, left, right, columns=4)
    return left, right


def robbins_draw(panels, data):
    left, right = panels
    k, blue, red = np.arange(1, LONG + 1), COLORS["blue"], COLORS["vermillion"]
    for i, run in enumerate(data.runs.T[:4]):
        left.line("single runs" if i == 0 else f"_run {i}", k, np.abs(run[1:]), "0.75", width=0.7)
    low, median, high = data.bands
    left.line("10 %, 90 % of 500", k, low[1:], blue, ":", width=1.5)
    left.line("_90 %", k, high[1:], blue, ":", width=1.5)
    left.line("median", k, median[1:], blue, "--", width=1.5)
    left.line("rms", k, data.rms[1:], red)
    looks = (COLORS["orange"], ":"), (COLORS["green"], "--"), (COLORS["purple"], "-")
    for steps, values, (color, dash) in zip(LOOKS, data.expected, looks):
        right.line(f"{steps:,} steps", EXPONENTS, values, color, dash)
    right.points("500 runs", [data.p] * len(LOOKS), data.rms[list(LOOKS)], red, size=9)


def robbins_summary(data):
    infinite, finite = data.p <= 1, data.p > 0.5
    words = ("both conditions hold" if infinite and finite else
             "the squares do not sum to a finite number" if infinite else "the rates sum to a finite number")
    rms = data.rms[list(LOOKS)]
    return (f"p = {data.p:.3g}: {words}. Root mean square distance after {LOOKS[0]}, {LOOKS[1]} and"
            f" {LOOKS[2]} steps: {rms[0]:.2g}, {rms[1]:.2g}, {rms[2]:.2g}. In the second half of the steps"
            f" {100 * data.jumped:.3g} % of the runs were farther than 1 away at some time.")


# Batch size on the digits network, retrained

BATCHES = {8: (COLORS["vermillion"], "-", "o"), 32: (COLORS["blue"], "--", "s"),
           128: (COLORS["green"], "-.", "^"), 512: (COLORS["purple"], ":", "D")}
EPOCHS = 8
SCALINGS = {"the same": 0.0, "∝ √B": 0.5, "∝ B": 1.0}
SEEN = 512      # examples of the sharpness


def batches():
    """Loss per epoch, per update and per second, and sharpness: the digits network at four batch sizes."""
    data = datasets.load("digits")
    trained = {}        # what has been trained to the end: another cost of an update trains nothing

    def compute(lr, scaling, overhead):
        if (lr, scaling) not in trained:
            for runs in _train_batches(data, lr, scaling):
                yield batches_compute(runs, lr, scaling, overhead)
            trained[lr, scaling] = runs
        yield batches_compute(trained[lr, scaling], lr, scaling, overhead)

    return LiveFigure("Batch size", compute, batches_setup, batches_draw, batches_summary, {
        "lr": LogRange(0.003, 1, 0.1, label="rate  ε  at B = 32"),
        "scaling": Choice(tuple(SCALINGS), "the same", label="rate at other batch sizes"),
        "overhead": LogRange(1, 1000, 50, label="cost of an update, in examples"),
    }, size=(11, 6.4))


def _train_batches(data, lr, scaling):
    """Yields {batch size: its run so far}, each from the same start, three times an epoch."""
    runs = {batch: _train_one(data, batch, lr * (batch / 32) ** SCALINGS[scaling]) for batch in BATCHES}
    yield {batch: next(run) for batch, run in runs.items()}
    for _ in range(3 * EPOCHS):
        yield {batch: next(run) for batch, run in runs.items()}


def _train_one(data, batch, lr):
    """Yields the run of one batch size so far, three times an epoch; after divergence always the same."""
    network, records, top, lost = digits_network(np.random.default_rng(0)), [], None, False
    training = train(network, data, SGD(lr), epochs=EPOCHS, batch_size=batch, rng=np.random.default_rng(1),
                     every=max(1, len(data.y) // batch // 3))
    for part in range(3 * EPOCHS + 1):
        while not lost and (not records or records[-1].epoch < part / 3 - 1e-9):
            try:
                records.append(next(training))
            except Diverged:
                lost = True
        if part == 3 * EPOCHS and not lost:
            top = sharpness(network.objective(data.x[:SEEN], data.y[:SEEN]), network.theta)
        yield SimpleNamespace(
            loss=np.array([r.loss for r in records]), epoch=np.array([r.epoch for r in records]),
            update=np.array([r.step for r in records]), accuracy=records[-1].test_accuracy, sharpness=top,
            rate=lr, lost=lost, examples=len(data.y), done=part / (3 * EPOCHS))


def batches_compute(runs, lr, scaling, overhead):
    """Adds the time: overhead per update and 1 per example, in units of the examples of one pass."""
    timed = {batch: SimpleNamespace(time=run.epoch + run.update * overhead / run.examples, **vars(run))
             for batch, run in runs.items()}
    return SimpleNamespace(lr=lr, scaling=scaling, overhead=overhead, runs=timed, done=runs[32].done)


def batches_setup(figure):
    epoch, update, time, sharp = panels = [Panel(ax) for ax in figure.subplots(2, 2).flat]
    for panel, label in ((epoch, "passes over the data"), (update, "updates"),
                         (time, "time (1 = work on the examples of a pass)")):
        panel.ax.set(xlabel=label, ylabel="training loss", yscale="log", ylim=(2e-2, 9))
    epoch.ax.set_xlim(0, EPOCHS)
    update.ax.set(xscale="log", xlim=(1, 180 * EPOCHS))
    time.ax.set(xscale="log", xlim=(0.1, 1000))
    sharp.ax.set(xlabel="batch size  B", ylabel="sharpness  $\\lambda_{\\max}$", xscale="log", yscale="log",
                 xlim=(5, 820), ylim=(0.05, 2e4), xticks=list(BATCHES), xticklabels=list(BATCHES))
    sharp.ax.minorticks_off()
    sharp.legend("upper right")
    legend_above(figure, epoch, columns=4)
    return panels


def batches_draw(panels, data):
    *losses, sharp = panels
    for batch, run in data.runs.items():
        color, dash, marker = BATCHES[batch]
        for panel, name in zip(losses, ("epoch", "update", "time")):
            since = 0 if name == "epoch" else 1        # a logarithmic axis has no 0
            panel.line(f"B = {batch}", getattr(run, name)[since:], run.loss[since:], color, dash, marker,
                       size=5, every=4)
        if run.sharpness:
            sharp.points(f"_{batch}", batch, run.sharpness, color, marker, size=10)
    sharp.line("stable below 2/ε", list(BATCHES), [2 / run.rate for run in data.runs.values()], "0.35", "--",
               width=1.5)


def batches_summary(data):
    def result(batch, run):
        if run.lost:
            return f"B = {batch} diverges"
        sharp = f"{run.sharpness:.2g}" if run.sharpness else "not yet known"
        return f"B = {batch}: {run.loss[-1]:.2g}, {sharp}, {100 * run.accuracy:.3g} %"

    return (f"ε = {data.lr:.3g} at B = 32, elsewhere {data.scaling}; {data.done * EPOCHS:.2g} passes."
            " Training loss, sharpness, test accuracy: "
            + "; ".join(result(*pair) for pair in data.runs.items())
            + f". An update costs as much as {data.overhead:,.0f} examples.")


def measure_overhead(repeats=30):
    """The fixed cost of an update, in examples, on this machine: cost of an update = a + b B, gives a / b.

    Times the digits network at B = 1 and B = 512, the fastest of `repeats`. Differs from run to run.
    """
    data, network, costs = datasets.load("digits"), digits_network(np.random.default_rng(0)), []
    for batch in (1, 512):
        f, optimizer, times = network.objective(data.x[:batch], data.y[:batch]), SGD(1e-6), []
        for _ in range(repeats):
            start = perf_counter()
            optimizer.step(network.theta, f)
            times.append(perf_counter() - start)
        costs.append(min(times))
    per_example = (costs[1] - costs[0]) / 511
    return costs[0] / per_example - 1


# The variance of the minibatch gradient

SIZES = 2 ** np.arange(0, 11)
TRAINED = 10
DRAWN = 60


def variance():
    """Variance of the minibatch gradient over the batch size, and the noise scale in the course of training."""
    data = datasets.load("digits")
    network = digits_network(np.random.default_rng(0))
    records = train(network, data, SGD(0.1), epochs=TRAINED, batch_size=32, rng=np.random.default_rng(1))
    trained = [network.theta.copy() for _ in records]

    def gradients(epochs):
        return example_gradients(network, trained[epochs], data.x[:1024], data.y[:1024])

    scales = np.array([noise_scale(gradients(epochs)) for epochs in range(TRAINED + 1)])
    return LiveFigure("Variance of the gradient",
                      lambda epochs, replacement: variance_compute(
                          gradients(epochs), scales, epochs, replacement),
                      variance_setup, variance_draw, variance_summary, {
        "epochs": Range(0, TRAINED, 2, label="epochs of training"),
        "replacement": Switch(False, label="draw a batch with replacement"),
    }, size=(11, 4.4))


def variance_compute(g, scales, epochs, replacement):
    """g (examples, P): the gradient of each example after so many epochs; scales: noise scale of each epoch."""
    full, spread = g.mean(axis=0), g.var(axis=0).sum()
    rng, off, measured = np.random.default_rng(2), (g - full).astype(np.float32), []
    for size in SIZES:      # a batch as weights of the examples: one product gives all its gradients
        if replacement:
            weights = rng.multinomial(size, np.full(len(g), 1 / len(g)), DRAWN)
        else:
            weights = rng.permuted(np.tile(np.arange(len(g)), (DRAWN, 1)), axis=1) < size
        measured.append(((weights.astype(np.float32) @ off / size) ** 2).sum(axis=1).mean())
    signal, n = (full**2).sum(), len(g)     # where the drawn formula comes down to the signal
    equal = spread / signal if replacement else spread * n / (signal * (n - 1) + spread)
    return SimpleNamespace(epochs=epochs, replacement=replacement, measured=np.array(measured), equal=equal,
                           formula=variance_of_mean(spread, n, SIZES, replacement), rule=spread / SIZES,
                           signal=signal, lengths=np.sqrt((g**2).sum(axis=1)),
                           scales=scales)


def noise_scale(g):
    """Variance of one example's gradient, summed over its entries, over the squared length of the full one."""
    return g.var(axis=0).sum() / (g.mean(axis=0) ** 2).sum()


def variance_setup(figure):
    left, middle, right = panels = [Panel(ax) for ax in figure.subplots(1, 3, width_ratios=[1.3, 1, 1])]
    left.ax.set(xlabel="batch size  B", ylabel="squared length", xscale="log", yscale="log", xlim=(0.8, 1300),
                ylim=(1e-5, 300))
    left.legend("lower left")
    middle.ax.set(xlabel="epochs of training", ylabel="noise scale  σ²/|g|²", yscale="log",
                  xlim=(-0.5, TRAINED + 0.5), ylim=(5, 1000), xticks=range(0, TRAINED + 1, 2))
    right.ax.set(xlabel="length of an example's gradient", ylabel="share of the examples (%)", xlim=(-4, 2),
                 ylim=(0, 100), xticks=range(-4, 3, 2), xticklabels=[f"$10^{{{i}}}$" for i in range(-4, 3, 2)])
    return panels


def variance_draw(panels, data):
    left, middle, right = panels
    left.line("σ²/B", SIZES, data.rule, "0.6", ":")
    left.line("formula", SIZES, data.formula, COLORS["blue"], "--")
    left.points(f"{DRAWN} batches", SIZES, data.measured, COLORS["vermillion"])
    left.line("|g|²", SIZES, np.full(SIZES.shape, data.signal), COLORS["green"], "-.")
    left.vline("_equal", data.equal, "0.4")
    middle.line("_scales", np.arange(TRAINED + 1), data.scales, "0.6", "-", "o", width=1.5, size=5)
    middle.points("_now", data.epochs, data.scales[data.epochs], COLORS["purple"], "D", size=10)
    places = np.clip(np.log10(np.maximum(data.lengths, 1e-12)), -3.99, 1.99)
    counts, edges = np.histogram(places, np.arange(-4, 2.1, 0.5))
    right.bars("lengths", edges, 100 * counts / len(places), COLORS["skyblue"])


def variance_summary(data):
    drawn = "with" if data.replacement else "without"
    return (f"After {data.epochs} epochs, batches drawn {drawn} replacement. Variance at B = 1:"
            f" {data.rule[0]:.2g}, at B = 64: {data.measured[6]:.2g} measured, {data.formula[6]:.2g} by the"
            f" formula. |g|² is {data.signal:.2g}, the noise scale σ²/|g|² {number(data.scales[data.epochs])}."
            f" Drawn so, noise and signal are equal at about B = {number(data.equal)}.")


# Read the learning curve: linear decay

LESSONS, BATCH, DRAWS = 12, 32, 5
OTHERS = {"ε₀ / 3": (1 / 3, COLORS["blue"], "--"), "yours": (1.0, COLORS["vermillion"], "-"),
          "3 ε₀": (3.0, COLORS["green"], "-.")}


def curve():
    """ε₀, ε_τ and τ of a linear decay on the digits network: learning curves, and a verdict on ε₀."""
    data = datasets.load("digits")
    return LiveFigure("Read the learning curve", lambda lr, ratio, tau: curve_compute(data, lr, ratio, tau),
                      curve_setup, curve_draw, curve_summary, {
        "lr": LogRange(0.003, 3, 1.2, label="first rate  ε₀"),
        "ratio": LogRange(0.001, 1, 0.01, label="ε_τ / ε₀"),
        "tau": Range(1, LESSONS, 10, label="τ, in epochs"),
    }, size=(11, 4.8))


def curve_compute(data, lr, ratio, tau):
    factors = np.tile([f for f, *_ in OTHERS.values()], DRAWS)          # a draw has one run of each
    networks = digits_network(np.random.default_rng(0), runs=len(factors))
    networks.theta[:] = np.repeat(networks.theta[:DRAWS], len(OTHERS), axis=0)      # the same start
    per_epoch = -(-len(data.y) // BATCH)
    shape = linear(1.0, ratio, tau * per_epoch)
    optimizer = SGD(lambda k: column(lr * factors[:, None] * shape(k), networks.theta))
    training = train(networks, data, optimizer, epochs=LESSONS, batch_size=BATCH,
                     rng=np.random.default_rng(1), every=per_epoch // 3)
    records = []
    while not records or records[-1].epoch < LESSONS:
        try:
            records.append(next(training))
        except Diverged:
            break
        loss = np.stack([record.loss for record in records]).reshape(len(records), DRAWS, len(OTHERS))
        loss = np.where(np.isfinite(loss), loss, np.inf)
        final = np.median(loss[-1], axis=0)
        batches = np.concatenate([np.reshape(r.batch_losses, (-1, len(factors))) for r in records])
        own = loss[:, 0, 1]
        yield SimpleNamespace(
            lr=lr, ratio=ratio, tau=tau, epochs=records[-1].epoch, done=records[-1].epoch / LESSONS,
            epoch=np.array([r.epoch for r in records]), loss=loss, final=final, batches=batches[:, 1],
            verdict=judge_rate(*final, loss[0, 0, 1]), per_epoch=per_epoch,
            largest_rise=np.max(own[1:] / own[:-1], initial=1.0, where=np.isfinite(own[1:])),
            rates=lr * shape(np.arange(LESSONS * per_epoch)),
            accuracy=np.median(records[-1].test_accuracy.reshape(DRAWS, -1)[:, 1]))


def judge_rate(smaller, own, larger, first):
    """Verdict on a rate from the final losses at a third of it, at itself and at three times it."""
    if not own < first:
        return "too large"
    if smaller * TENTH < own and smaller <= larger:
        return "too large"
    return "too small" if larger * TENTH < own else "about right"


def curve_setup(figure):
    loss, rate = map(Panel, figure.subplots(1, 2, width_ratios=[1.6, 1]))
    loss.ax.set(xlabel="epoch", ylabel="loss", yscale="log", xlim=(0, LESSONS), ylim=(1e-2, 30))
    loss.legend("upper right", columns=4)
    rate.ax.set(xlabel="epoch", ylabel="rate  $\\epsilon_k$", yscale="log", xlim=(0, LESSONS), ylim=(1e-5, 5))
    rate.legend("lower left")
    return loss, rate


def curve_draw(panels, data):
    loss, rate = panels
    loss.points("minibatches", np.arange(len(data.batches)) / data.per_epoch, data.batches, "0.7", ".",
                size=3)
    for i, (name, (_, color, dash)) in enumerate(OTHERS.items()):
        for draw in range(DRAWS):       # the first draw strong, the others thin
            width = 1.0 if draw else 2.5 if name == "yours" else 1.5
            loss.line(f"_{name} {draw}" if draw else name, data.epoch, data.loss[:, draw, i], color, dash,
                      width=width)
    loss.text("verdict", 0.02, 0.04, f"ε₀ is {data.verdict}", weight="bold", inside=True)
    rate.line("_rate", np.arange(len(data.rates)) / data.per_epoch, data.rates, COLORS["vermillion"])
    rate.vline("τ", data.tau, "0.5")


def curve_summary(data):
    ends = "; ".join(f"{name} {loss:.2g}" if np.isfinite(loss) else f"{name} diverges"
                     for name, loss in zip(OTHERS, data.final))
    return (f"ε₀ = {data.lr:.3g}, ε_τ = {data.lr * data.ratio:.2g}, τ = {data.tau} epochs: ε₀ is"
            f" {data.verdict}. Training loss after {data.epochs:.3g} epochs, median of {DRAWS} draws: {ends}."
            f" Between two records it rises at most by the factor {max(data.largest_rise, 1):.3g}. Test"
            f" accuracy {100 * np.nan_to_num(data.accuracy):.3g} %.")


# A student's own SGD

YOURS = 40      # epochs


def yours(minibatches, sgd_epoch, linear_decay):
    """Your functions of exercise 4 (see there for their arguments) on the bowl of the noise cloud."""
    for name, function in (("minibatches", minibatches), ("sgd_epoch", sgd_epoch),
                           ("linear_decay", linear_decay)):
        if not callable(function):
            raise TypeError(f"{name} must be your function, got {function!r}")
    return LiveFigure("Your SGD", lambda lr, ratio, batch: yours_compute(
        minibatches, sgd_epoch, linear_decay, lr, ratio, batch),
                      yours_setup, yours_draw, yours_summary, {
        "lr": LogRange(0.01, 0.65, 0.3, label="first rate  ε₀"),
        "ratio": LogRange(0.001, 1, 0.01, label="ε_τ / ε₀"),
        "batch": Choice((1, 2, 4, 8, 16, 32), 4, label="batch size  B"),
    }, size=(10.5, 4.4))


def yours_compute(minibatches, sgd_epoch, linear_decay, lr, ratio, batch):
    def gradient(theta, examples):
        return CURVATURES * (theta - POINTS[examples].mean(axis=0))

    def run(rate_of_epoch):
        rng, theta = np.random.default_rng(4), START.copy()
        points = [theta.copy()]
        for epoch in range(YOURS):
            sgd_epoch(theta, gradient, minibatches(EXAMPLES, batch, rng), rate_of_epoch(epoch))
            points.append(theta.copy())
        return np.array(points)

    try:
        runs = {"constant rate": run(lambda k: lr),
                "linear decay": run(lambda k: linear_decay(k, lr, ratio * lr, 0.8 * YOURS))}
    except NotImplementedError:
        runs = None
    return SimpleNamespace(lr=lr, ratio=ratio, batch=batch, runs=runs)


YOUR_RUNS = {"constant rate": (COLORS["blue"], "--", "s"), "linear decay": (COLORS["vermillion"], "-", "o")}


def yours_setup(figure):
    plane, distance = map(Panel, figure.subplots(1, 2))
    plane.ax.plot(*POINTS.T, marker="x", color="0.6", markersize=5, linestyle="none")
    plane.ax.plot(0, 0, marker="*", color="black", markersize=12, linestyle="none", zorder=5)
    plane.ax.set(xlabel=r"$\theta_1$", ylabel=r"$\theta_2$", xlim=(-4, 4), ylim=(-2.9, 2.9))
    distance.ax.set(xlabel="epoch", ylabel="distance to the minimum", yscale="log", xlim=(0, YOURS),
                    ylim=(1e-4, 300))
    distance.legend("upper right")
    return plane, distance


def yours_draw(panels, data):
    plane, distance = panels
    if not data.runs:
        plane.text("stub", 0.5, 0.9, "not attempted yet", ha="center", weight="bold", inside=True)
        return
    for name, (color, dash, marker) in YOUR_RUNS.items():
        points = data.runs[name]
        plane.line(name, *points.T, color, dash, marker, width=1, size=4)
        distance.line(name, np.arange(len(points)), np.linalg.norm(points, axis=1), color, dash, marker,
                      size=4)


def yours_summary(data):
    if not data.runs:
        return "Not attempted yet: the figure needs your functions of tasks 1, 2 and 4."
    tail = {name: np.sqrt((points[-8:] ** 2).sum(axis=1).mean()) for name, points in data.runs.items()}
    return (f"B = {data.batch}, ε₀ = {data.lr:.3g}, ε_τ = {data.lr * data.ratio:.2g}, {YOURS} epochs."
            f" Root mean square distance of the last 8 epochs: constant rate {tail['constant rate']:.2g},"
            f" linear decay {tail['linear decay']:.2g}.")
