"""Exercise 6: AdaGrad, Adam and its loop, what is corrected, where the constant stands, sparse gradients."""

import numpy as np

from .engine import Task
from .mistakes import but, ways
from .values import Shown, numbers


# ---- what the rules share: cases, and mistakes in lines that stand in several of them

def rule_cases(*state, **settings):
    """Cases of an update rule with these state arrays: three runs, then two at once; s may be negative."""
    def draw(rng):
        shuffled = {name: rng.permutation(values).tolist() for name, values in settings.items()}
        return [{"theta": numbers(rng, shape), "g": numbers(rng, shape)}
                | {name: numbers(rng, shape) if name == "s" else abs(numbers(rng, shape)) for name in state}
                | {"t": t} | {name: values[i] for name, values in shuffled.items()}
                for i, (t, shape) in enumerate(zip((3, 2, 5, 4), (2, 3, 2, (2, 3))))]
    return draw


# The small constant is not small here, so that its place shows.
LR, EPS, RHO = [0.15, 0.25, 0.35, 0.55], [0.23, 0.32, 0.47, 0.71], [0.6, 0.7, 0.8, 0.9]

STEP, AVERAGE = "lr * {g} / (np.sqrt({r}) + eps)", "{rho} * {r} + (1 - {rho}) * {x}"
IN_THE_STEP = (  # (name, message, what stands in the place of STEP)
    ("constant inside the root", "The small constant stands under your root. Here it is added to the root.",
     "lr * {g} / np.sqrt({r} + eps)"),
    ("constant outside the quotient", "Check your brackets: the small constant belongs below the line.",
     "lr * {g} / np.sqrt({r}) + eps", "lr * ({g} / np.sqrt({r}) + eps)", "lr * {g} / np.sqrt({r}) - eps"),
    ("upper part squared", "The step is made of a square: its sign is lost. Squares belong below the line.",
     "lr * {g} * {g} / (np.sqrt({r}) + eps)"),
)
IN_AN_AVERAGE = (  # (name, message, what stands in the place of AVERAGE)
    ("weights swapped", "The two weights have changed places: see {}. Which of them is to be near 1?",
     "(1 - {rho}) * {r} + {rho} * {x}"),
    ("a sum", "This is a sum, as in AdaGrad: see {}. Nothing is ever forgotten.", "{r} + {x}"),
    ("no average", "This is not an average: see {}. What do your weights of old and new add up to?",
     "{rho} * {r} + {x}", "{r} + (1 - {rho}) * {x}", "{rho} * ({r} + {x})"),
    ("old part twice", "The old part is in there twice: see {}. If you wrote `+=`: it adds to what is there.",
     "{r} + {rho} * {r} + (1 - {rho}) * {x}"),
    ("brackets", "Check your brackets: see {}. The whole difference is the weight of the new part.",
     "{rho} * {r} + 1 - {rho} * {x}"),
    ("no past", "The old part is missing: see {}. Where is the past?", "(1 - {rho}) * {x}", "{x}"),
)
IN_SQUARES = (
    ("not squared", "What you average is no square: see {}. What is to be averaged?",
     "{rho} * {r} + (1 - {rho}) * np.abs({g})", "{rho} * {r} + (1 - {rho}) * {g}",
     "{rho} * {r} + (1 - {rho}) * 2 * {g}"),
    ("squared too much", "More is squared than the new part: see {}. Check your brackets.",
     "{rho} * {r} + ((1 - {rho}) * {g}) ** 2", "({rho} * {r} + (1 - {rho}) * {g}) ** 2",
     "{rho} * {r} * {r} + (1 - {rho}) * {x}"),
    ("one number for all", "The same number enters all entries: see {}. Each has an average of its own.",
     "{rho} * {r} + (1 - {rho}) * np.sum({x})", "{rho} * {r} + (1 - {rho}) * np.mean({x})"),
)


def in_the_step(rule, **names):
    """Mistakes in the line of theta of a rule that has these names."""
    return ways(rule, STEP.format(**names), *((name, message, *(new.format(**names) for new in news))
                                              for name, message, *news in IN_THE_STEP))


def in_averages(rule, table, *lines):
    """Mistakes in these lines of a rule, all at once. A line is (r, rho, g, x): x is what is averaged."""
    named = [dict(zip(("r", "rho", "g", "x"), line)) for line in lines]
    labels = " and ".join(line["r"].removesuffix("[seen]") for line in named)
    return [(f"{name} in {labels}" + f", {i}" * (i > 1), but(
        rule, *(text.format(**line) for line in named for text in (AVERAGE, new))), message.format(labels))
        for name, message, *news in table for i, new in enumerate(news, 1)]


# ---- 1 AdaGrad

def adagrad_update(theta, g, r, t, lr, eps):
    r += g * g
    theta -= lr * g / (np.sqrt(r) + eps)


ADAGRAD = Task(
    "06.adagrad", "the AdaGrad step", adagrad_update, rule_cases("r", lr=LR, eps=EPS),
    in_place=("theta", "r"),
    hints=("Two lines. Which array must be renewed first, so that the other can use it?",
           "First add the square of every entry of g to r, in place. Then move theta against g, each entry"
           " divided by the root of its own sum, to which the constant was added."),
    misconceptions=(
        *in_the_step(adagrad_update, g="g", r="r"),
        ("old sum twice", but(adagrad_update, "+=", "+= r +"),
         "The old r is in there twice. If you wrote `+=`: it adds to what stands there already."),
        *ways(adagrad_update, "g * g",
              ("gradient not squared", "What you add to r is no square. What is to be added up?",
               "np.abs(g)", "g", "2 * g"),
              ("one sum for all", "You add the same number to all entries of r. Each has a sum of its own.",
               "np.sum(g * g)", "np.mean(g * g)")),
        *ways(adagrad_update, "(np.sqrt(r)",
              ("t in the step", "t appears in your step. That the sum r grows is enough.",
               "(np.sqrt(r / t)", "t**0.5 / (np.sqrt(r)")),
    ))


# ---- 2 Adam

def adam_update(theta, g, s, r, t, lr, beta1, beta2, eps):
    s[:] = beta1 * s + (1 - beta1) * g
    r[:] = beta2 * r + (1 - beta2) * g * g
    s_hat, r_hat = s / (1 - beta1**t), r / (1 - beta2**t)
    theta -= lr * s_hat / (np.sqrt(r_hat) + eps)


ADAM_S, ADAM_R = ("s", "beta1", "g", "g"), ("r", "beta2", "g", "g * g")


def in_adam(rule, at=""):
    """Mistakes of a rule that takes s{at}, r{at} and g{at} for those of Adam."""
    s, r, g = f"s{at}", f"r{at}", f"g{at}"
    hats = f"{s} / (1 - beta1**t), {r} / (1 - beta2**t)"
    return (
        *in_the_step(rule, g="s_hat", r="r_hat"),
        *in_averages(rule, IN_SQUARES, (r, "beta2", g, f"{g} * {g}")),
        *ways(rule, hats,
              ("no bias correction", "Your averages are used as they are. They start at zero: what does that"
               " do to the first steps?", f"{s}, {r}"),
              ("one correction missing", "You correct one average only. Both start at zero.",
               f"{s} / (1 - beta1**t), {r}", f"{s}, {r} / (1 - beta2**t)"),
              ("other beta in a correction", "A correction has the other average's beta. Which belongs to s?",
               f"{s} / (1 - beta2**t), {r} / (1 - beta1**t)", f"{s} / (1 - beta1**t), {r} / (1 - beta1**t)",
               f"{s} / (1 - beta2**t), {r} / (1 - beta2**t)"),
              ("form of the corrections", "Look at your corrections: which share of an average is there after"
               " t steps, and what makes up for the rest? Check brackets and signs.",
               f"{s} / (1 - beta1)**t, {r} / (1 - beta2)**t", f"{s} / 1 - beta1**t, {r} / 1 - beta2**t",
               f"{s} / (1 - beta1 * t), {r} / (1 - beta2 * t)", f"{s} / beta1**t, {r} / beta2**t",
               f"{s} / (1 + beta1**t), {r} / (1 + beta2**t)",
               f"{s} * (1 - beta1**t), {r} * (1 - beta2**t)"),
              ("constant corrected too", "The correction of r acts on the small constant too. It is added to"
               " the root of the corrected r.", f"{s} / (1 - beta1**t) * np.sqrt(1 - beta2**t), {r}")),
        ("root corrected", but(rule, f"{r} / (1 - beta2**t)", r, "(r_hat)", "(r_hat) / (1 - beta2**t)"),
         "You correct the root of r. It is r that is corrected, and then the root is taken."),
        *ways(rule, "    theta",
              ("correction written into the state", "Corrected values stand in s or r, and will be corrected"
               " again in the next step. Correct copies.",
               f"    s{at or '[:]'}, r{at or '[:]'} = s_hat, r_hat\n    theta",
               f"    s{at or '[:]'} = s_hat\n    theta", f"    r{at or '[:]'} = r_hat\n    theta")),
        *ways(rule, f"{g} * {g}",
              ("not of squared gradients", "r averages squares of something else than single gradients.",
               f"{s} * {s}", f"({g} - {s}) ** 2")),
    )


ADAM = Task(
    "06.adam", "the Adam step", adam_update,
    rule_cases("s", "r", lr=LR, beta1=[0.57, 0.65, 0.75, 0.85], beta2=RHO, eps=EPS),
    in_place=("theta", "s", "r"),
    hints=("Two averages first, each with its own beta; then two corrected copies; then theta. What must not"
           " be changed by the correction?",
           "s averages g with beta1, r averages its squares with beta2. Divide each by 1 minus its beta to"
           " the power t, and give the results names of their own. Then the line of RMSProp, with corrected"
           " averages for g and for r."),
    misconceptions=(
        *in_adam(adam_update),
        *in_averages(adam_update, IN_AN_AVERAGE, ADAM_S),
        *in_averages(adam_update, IN_AN_AVERAGE, ADAM_R),
        *in_averages(adam_update, IN_AN_AVERAGE, ADAM_S, ADAM_R),
        ("stale averages", but(adam_update, "s[:]", "old_s, old_r = s.copy(), r.copy(); s[:]", "s /",
                               "old_s /", "r /", "old_r /"),
         "theta moves by averages that this gradient has not entered yet. Which lines come first?"),
    ))


# ---- 3 the loop of S2, repaired

def adam_train(x, y, w, iterations, learning_rate, beta1, beta2, eps):
    w = w.copy()
    first_moment, second_moment = 0, 0
    for t in range(1, iterations + 1):
        gradient = x.T @ (x @ w - y) / len(y)
        first_moment = beta1 * first_moment + (1 - beta1) * gradient
        first_unbias = first_moment / (1 - beta1**t)
        second_moment = beta2 * second_moment + (1 - beta2) * gradient**2
        second_unbias = second_moment / (1 - beta2**t)
        w += -learning_rate * first_unbias / (np.sqrt(second_unbias) + eps)
    return w


def train_cases(rng):
    """Fits of three to five steps; the small constant is not small, so that its place shows."""
    betas = (rng.permutation(values).tolist() for values in ([0.6, 0.7, 0.8, 0.9], [0.85, 0.95, 0.75, 0.65]))
    return [{"x": numbers(rng, shape), "y": numbers(rng, shape[0]), "w": numbers(rng, shape[1]),
             "iterations": n, "learning_rate": lr, "beta1": beta1, "beta2": beta2, "eps": eps}
            for shape, n, lr, eps, beta1, beta2 in
            zip(((5, 2), (4, 3), (7, 2), (6, 3)), (3, 4, 5, 3), LR, EPS, *betas)]


HEAD, GRADIENT = "range(1, iterations + 1):\n", "        gradient = x.T @ (x @ w - y) / len(y)\n"
LOOP = "    for t in " + HEAD
BEHIND = "Your corrections are one step behind. How many steps are made by then?"
UNBIAS = "first_moment / (1 - beta1**t)", "second_moment / (1 - beta2**t)"
trained = adam_train

TRAIN = Task(
    "06.adam_train", "the training with Adam", trained, train_cases, returns=("w",),
    hints=("Go through the first turn of the loop with a pencil. What is t, what is the correction, what is"
           " divided by what? Then the second turn: which gradient does it use?",
           "t has to begin with 1 and end with `iterations`. The gradient belongs to the w of this step. And"
           " `w += ...` changes the array that was handed in: work on a copy."),
    misconceptions=(
        ("gradient of the start only", but(trained, LOOP + GRADIENT, GRADIENT[4:] + LOOP),
         "All steps use the first gradient. It changes with w."),
        *ways(trained, HEAD,
              ("t begins with 0", "In the first turn t is still 0. What is divided by what there?",
               "range(iterations):\n"),
              ("one step too few", "There is one step too few. Which numbers does t run through?",
               "range(1, iterations):\n"),
              ("one step too many", "There is one step too many. Which numbers does t run through?",
               "range(1, iterations + 2):\n"),
              ("t begins with 2", "Your corrections are one step ahead: t begins with 2.",
               "range(2, iterations + 2):\n"),
              ("corrections one step behind", BEHIND, "(max(t, 1) for t in range(iterations)):\n")),
        ("gradient of the start only, and one step too few",
         but(trained, LOOP + GRADIENT, GRADIENT[4:] + LOOP.replace(" + 1", "")),
         "All steps use the first gradient, and there is one step too few."),
        *ways(trained, f"{UNBIAS[0]}\n",
              ("s not corrected", "The first moment is not corrected in all steps. It starts at zero.",
               "first_moment\n", "(first_moment if t == 1 else first_moment / (1 - beta1**(t - 1)))\n")),
        *ways(trained, f"{UNBIAS[1]}\n",
              ("r not corrected", "The second moment is not corrected in all steps. It starts at zero.",
               "second_moment\n", "(second_moment if t == 1 else second_moment / (1 - beta2**(t - 1)))\n")),
        ("no bias correction", but(trained, UNBIAS[0], "first_moment", UNBIAS[1], "second_moment"),
         "There is no correction any more. It is to be repaired, not removed."),
        ("first step not corrected", but(
            trained, UNBIAS[0], "first_moment / (1 - beta1**(t - 1) if t > 1 else 1)",
            UNBIAS[1], "second_moment / (1 - beta2**(t - 1) if t > 1 else 1)"), BEHIND),
        ("a constant against the zero", but(
            trained, UNBIAS[0], "first_moment / (1 - beta1**(t - 1) + eps)",
            UNBIAS[1], "second_moment / (1 - beta2**(t - 1) + eps)"),
         "You keep the division by zero away by a constant. Why is it zero, and what should stand there?"),
        ("moments forgotten", but(trained, "    first_moment, second_moment = 0, 0\n", "", LOOP,
                                  LOOP + "        first_moment, second_moment = 0, 0\n"),
         "Both moments are 0 again in every step, so there is no memory."),
        *ways(trained, "x.T @ (x @ w - y) / len(y)",
              ("gradient of the sum", "Your gradient is that of a sum over the examples. The loss is a mean.",
               "x.T @ (x @ w - y)"),
              ("gradient twice as long", "Your gradient is twice as long. The loss has a half.",
               "2 * x.T @ (x @ w - y) / len(y)")),
        ("corrected values kept", but(trained, "first_unbias = ", "first_moment = first_unbias = ",
                                      "second_unbias = ", "second_moment = second_unbias = "),
         "The corrected moments are kept, and corrected again in the next step."),
        ("after the first step", but(trained, "    return w", "        return w"),
         "You return w after the first step. Where does your `return` stand?"),
    ))


# ---- 4 steps without correction

def uncorrected_steps(beta1, beta2, n):
    t = np.arange(1, n + 1)
    return (1 - beta1**t) / np.sqrt(1 - beta2**t)


def beta_cases(rng):
    ones = rng.permutation([0.6, 0.7, 0.8, 0.9]).tolist()
    twos = rng.permutation([0.95, 0.98, 0.99, 0.999]).tolist()
    return [{"beta1": beta1, "beta2": beta2, "n": n} for beta1, beta2, n in zip(ones, twos, (4, 7, 5, 8))]


LENGTHS = "(1 - beta1**t) / np.sqrt(1 - beta2**t)"

STEPS = Task(
    "06.uncorrected_steps", "steps without bias correction", uncorrected_steps, beta_cases,
    returns=("lengths",),
    hints=("With g = 1 in every step, what is s after t steps? 1 minus something that fades. And r?",
           "s is 1 - beta1 to the power t, r the same with beta2. The step over the rate is s over the root"
           " of r. t runs over 1, 2, ..., n; `np.arange` gives it. Or run the two averages in a loop."),
    misconceptions=(
        *ways(uncorrected_steps, LENGTHS,
              ("with correction", "All steps are 1: that is Adam with its correction. Here it is left out.",
               "t / t"),
              ("root of something else", "There is a root, but not of r alone, or not of all of it.",
               "np.sqrt((1 - beta1**t) / (1 - beta2**t))", "(1 - beta1**t) / (1 - np.sqrt(beta2**t))",
               "np.sqrt(1 - beta1**t) / (1 - beta2**t)"),
              ("power of something else", "What is raised to the power t? What fades so is beta itself.",
               "(1 - beta1)**t / np.sqrt((1 - beta2)**t)", "(1 - beta1**t) / np.sqrt((1 - beta2)**t)",
               "(1 - beta1 * t) / np.sqrt(1 - beta2 * t)",
               "(1 - (1 - beta1)**t) / np.sqrt(1 - (1 - beta2)**t)"),
              ("what is left of the start", "You divide what is left of the zeros at the start. What do the"
               " averages hold instead?", "beta1**t / np.sqrt(beta2**t)"),
              ("sums that fade", "Your s and r are fading sums, not averages. Which weight has the new part?",
               LENGTHS + " * np.sqrt(1 - beta2) / (1 - beta1)"),
              ("one average behind", "One of your averages is that of the step before. Renew both first.",
               LENGTHS.replace("1**t", "1**(t - 1)"), LENGTHS.replace("2**t", "2**(t - 1)"))),
    ))


# ---- 5 where the constant stands, measured

def half_size(update, lr, rho, eps):
    sizes = np.geomspace(1e-8, 10, 2501)
    theta, r = np.zeros(len(sizes)), np.zeros(len(sizes))
    for t in range(1, 101):
        before = theta.copy()
        update(theta, sizes, r, t, lr, rho, eps)
    lengths = np.abs(theta - before)
    return sizes[lengths >= lr / 2][0]


def outside(theta, g, r, t, lr, rho, eps):
    r[...] = rho * r + (1 - rho) * g * g
    theta -= lr * g / (np.sqrt(r) + eps)


def inside(theta, g, r, t, lr, rho, eps):
    r[...] = rho * r + (1 - rho) * g * g
    theta -= lr * g / np.sqrt(r + eps)


def at_least(theta, g, r, t, lr, rho, eps):
    r[...] = rho * r + (1 - rho) * g * g
    theta -= lr * g / np.maximum(np.sqrt(r), eps)


def half_cases(rng):
    """Three rules, whose constants stand in three places; no rate is 1."""
    rules = [Shown("a rule of RMSProp's kind", rule) for rule in (outside, inside, at_least, inside)]
    rhos = rng.permutation([0.6, 0.7, 0.8, 0.85]).tolist()
    return [{"update": rule, "lr": lr, "rho": rho, "eps": eps}
            for rule, lr, rho, eps in zip(rules, (0.3, 0.02, 2.5, 7.0), rhos, (3e-4, 7e-6, 5e-3, 2e-3))]


halved, CRITERION = half_size, "lr / 2"

HALF = Task(
    "06.half_size", "the size at which steps are halved", halved, half_cases, returns=("the size",),
    rtol=0.02,
    hints=("First measure the step at one size of gradient: call `update` many times with this g, and look"
           " how far theta moves in the last call.",
           "`np.geomspace` gives sizes over many decades; all of them can be entries of one g. The steps get"
           " longer with the size: find the first that reaches half of the rate. Start theta and r at 0."),
    misconceptions=(
        *((name, but(halved, "sizes[lengths >= lr / 2][0]", formula), "This is a formula. It holds for one"
           " place of the constant, and the rule may have another: run it.") for name, formula in
          (("the formula outside", "eps"), ("the formula inside", "np.sqrt(eps / 3)"),
           ("the root", "np.sqrt(eps)"), ("the formula of a maximum", "eps / 2"))),
        ("the first step", but(halved, "101", "2"),
         "Your r is not yet the mean of the squares. How many steps does it take to forget its zero?"),
        *ways(halved, CRITERION,
              ("the whole rate", "You look for steps of the whole rate. They are to be half as long.",
               "lr * 0.99"),
              ("a quarter", "You look for a quarter of the rate.", "lr / 4")),
        ("half instead of half the rate",
         but(halved, "sizes[lengths >= lr / 2][0]", "sizes[np.argmin(np.abs(lengths - 0.5))]"),
         "You look for a step of 0.5. Half of what is meant?"),
        *ways(halved, "][0]",
              ("the largest size", "You return the largest of your sizes. Which end did you take?", "][-1]")),
        ("the lowest size", but(halved, "[lengths >= lr / 2][0]", "[0]"),
         "You return the lowest size that there may be. If you compare theta with what it was before the last"
         " step: is that a copy, or the same array?"),
        ("the length there", but(halved, "return sizes[", "return lengths["),
         "You return the length of the step. Asked for is the size of the gradient at which it is so long."),
    ))


# ---- 6 sparse gradients

def sparse_adam_update(theta, g, s, r, t, lr, beta1, beta2, eps):
    seen = (g != 0).any(axis=1)
    s[seen] = beta1 * s[seen] + (1 - beta1) * g[seen]
    r[seen] = beta2 * r[seen] + (1 - beta2) * g[seen] * g[seen]
    s_hat, r_hat = s[seen] / (1 - beta1**t), r[seen] / (1 - beta2**t)
    theta[seen] -= lr * s_hat / (np.sqrt(r_hat) + eps)


def sparse_cases(rng):
    """Rows of zeros, with a zero, with a sum of zero, of small or of negative entries."""
    cases = []
    for n, t, lr, beta1, beta2, eps in ((2, 3, 0.25, 0.65, 0.7, 0.32), (3, 2, 0.35, 0.75, 0.9, 0.23),
                                        (2, 4, 0.55, 0.85, 0.6, 0.47)):
        a, first, last = np.abs(numbers(rng, n)) + 0.5, *np.eye(n)[[0, -1]]
        g = rng.permutation([a, 0 * a, a[0] * (first - last), a * last, -a, 0 * a, 1e-6 * first, a * first])
        cases.append({"theta": numbers(rng, g.shape), "g": g, "s": numbers(rng, g.shape),
                      "r": abs(numbers(rng, g.shape)), "t": t, "lr": lr, "beta1": beta1, "beta2": beta2,
                      "eps": eps})
    return cases


SEEN = "(g != 0).any(axis=1)"

SPARSE = Task(
    "06.sparse_adam", "Adam for sparse gradients", sparse_adam_update, sparse_cases,
    in_place=("theta", "s", "r"),
    hints=("Which rows were in the batch? Find them first, then do task 4 to these rows of all four arrays"
           " and to nothing else.",
           "Compare g with zero, then ask `any` along axis 1: True for a row with any entry that is not"
           " zero. With that, `s[seen]` are those rows, as a copy: write `s[seen] = ...` to put them back."
           " The same for r and theta."),
    misconceptions=(
        *ways(sparse_adam_update, "    s_hat",
              ("averages fade", "In the rows that were not in the batch an average still shrinks.",
               "    s[~seen] *= beta1; r[~seen] *= beta2; s_hat", "    s[~seen] *= beta1; s_hat",
               "    r[~seen] *= beta2; s_hat")),
        ("theta moves on", but(sparse_adam_update, "s[seen] /", "s /", "r[seen] /", "r /", "theta[seen]",
                               "theta"),
         "theta moves on along the old average in rows that were not in the batch."),
        *ways(sparse_adam_update, SEEN,
              ("Adam everywhere", "This is Adam on all rows. Those that were not in the batch forget what"
               " they knew, and move on along an old average.", "np.full(len(g), True)"),
              ("entries instead of rows", "You leave out single entries. A row that was in the batch moves as"
               " a whole: a zero in it is a gradient too.", "g != 0", "g > 0"),
              ("rows by their sum", "You look at the sum of a row. Entries of opposite sign cancel in it.",
               "g.sum(axis=1) != 0", "g.sum(axis=1) > 0"),
              ("only positive gradients", "Rows without a positive gradient are left out. And negative ones?",
               "(g > 0).any(axis=1)"),
              ("rows by some entries", "You look at some entries of a row. Any may be the one that is not"
               " zero.", "g[:, 0] != 0", "g[:, -1] != 0", "(g[:, :2] != 0).any(axis=1)"),
              ("small gradients left out", "A row whose gradient is small, but not zero, is left out.",
               "(np.abs(g) > 1e-4).any(axis=1)"),
              ("the other rows", "The rows without a gradient move, and those with one wait.",
               "(g == 0).all(axis=1)"),
              ("up to the first row of zeros", "Your loop ends at the first row that was not in the batch. It"
               " has to go on.", f"np.logical_and.accumulate({SEEN})")),
        *in_adam(sparse_adam_update, "[seen]"),
    ))

TASKS = (ADAGRAD, ADAM, TRAIN, STEPS, HALF, SPARSE)
