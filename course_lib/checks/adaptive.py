"""Exercise 6: AdaGrad, RMSProp, AdaDelta, Adam, what its bias correction corrects, and sparse gradients."""

import numpy as np

from .engine import Task
from .mistakes import but, ways
from .values import numbers


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


# ---- 2 RMSProp

def rmsprop_update(theta, g, r, t, lr, rho, eps):
    r[:] = rho * r + (1 - rho) * g * g
    theta -= lr * g / (np.sqrt(r) + eps)


IN_R = "r", "rho", "g", "g * g"

RMSPROP = Task(
    "06.rmsprop", "the RMSProp step", rmsprop_update, rule_cases("r", lr=LR, rho=RHO, eps=EPS),
    in_place=("theta", "r"),
    hints=("Only the line of r differs from AdaGrad. How much of the old r is kept, and what is left?",
           "An average has weights that add up to 1: rho for the old r, the rest for the new square. The"
           " line of theta is that of AdaGrad."),
    misconceptions=(
        *in_the_step(rmsprop_update, g="g", r="r"),
        *in_averages(rmsprop_update, IN_AN_AVERAGE + IN_SQUARES, IN_R),
        ("bias correction", but(rmsprop_update, "np.sqrt(r)", "np.sqrt(r / (1 - rho**t))"),
         "You correct the average for its start at zero, as Adam does. RMSProp has no correction."),
        ("rate in r", but(rmsprop_update, "* g * g", "* lr * g * g"), "The rate has entered r."),
    ))


# ---- 3 AdaDelta

def adadelta_update(theta, g, r, u, t, lr, rho, eps):
    r[:] = rho * r + (1 - rho) * g * g
    d = np.sqrt(u + eps) / np.sqrt(r + eps) * g
    u[:] = rho * u + (1 - rho) * d * d
    theta -= lr * d


IN_U, RATIO = ("u", "rho", "d", "d * d"), "np.sqrt(u + eps) / np.sqrt(r + eps) * g"

ADADELTA = Task(
    "06.adadelta", "the AdaDelta step", adadelta_update, rule_cases("r", "u", lr=LR, rho=RHO, eps=EPS),
    in_place=("theta", "r", "u"),
    hints=("Four lines, in this order: r, then d, then u, then theta. Which need the new r, which the old u?",
           "r is renewed as in RMSProp. d is g times a quotient of two roots, the steps' above, the"
           " gradients' below, the constant under both. u averages squares of d with the weights of r."),
    misconceptions=(
        *in_averages(adadelta_update, IN_AN_AVERAGE + IN_SQUARES, IN_R),
        *in_averages(adadelta_update, IN_AN_AVERAGE + IN_SQUARES, IN_U),
        *in_averages(adadelta_update, IN_AN_AVERAGE, IN_R, IN_U),
        *ways(adadelta_update, RATIO,
              ("quotient upside down", "Check the units of d: what are those of g, and which has theta?",
               "np.sqrt(r + eps) / np.sqrt(u + eps) * g", "np.sqrt(u + eps) * np.sqrt(r + eps) * g"),
              ("no roots", "You divide averages of squares: the roots are missing.",
               "(u + eps) / (r + eps) * g"),
              ("constant outside a root", "Your constant is added to a root. It stands under both of them.",
               "(np.sqrt(u) + eps) / (np.sqrt(r) + eps) * g", "np.sqrt(u + eps) / (np.sqrt(r) + eps) * g",
               "(np.sqrt(u) + eps) / np.sqrt(r + eps) * g", "(np.sqrt(u) + eps / np.sqrt(r) + eps) * g",
               "np.sqrt(u) + eps / np.sqrt(r) + eps * g"),
              ("no constant above", "There is no constant above the line. In the first step u is 0: how far"
               " does theta move then, and ever after?", "np.sqrt(u) / np.sqrt(r + eps) * g",
               "np.sqrt(u) / (np.sqrt(r) + eps) * g", "np.sqrt(u) / np.sqrt(r) * g"),
              ("brackets", "Check the brackets of d: what is divided by what, and what stands under a root?",
               "np.sqrt(u / r + eps) * g", "np.sqrt(u + eps / r + eps) * g",
               "np.sqrt((u + eps) / r + eps) * g", "np.sqrt((u + eps) / (r + eps) * g)"),
              ("nothing above", "The root of u is missing in d. It knows how long the steps before were.",
               "g / np.sqrt(r + eps)", "g / (np.sqrt(r) + eps)")),
        *ways(adadelta_update, "lr * d",
              ("d not used", "The step of theta is made without the root of u. Is that your d?",
               "lr * g", "lr * g / np.sqrt(r + eps)")),
        *ways(adadelta_update, "u[:] = rho * u + (1 - rho) * d * d\n    theta -= lr * d",
              ("u not made of steps", "u averages squares of something else. It has to remember the steps.",
               "u[:] = rho * u + (1 - rho) * g * g\n    theta -= lr * d",
               "theta -= lr * d\n    u[:] = rho * u + (1 - rho) * theta * theta")),
        ("rate in u", but(adadelta_update, "* d * d", "* (lr * d) ** 2"),
         "The rate has entered u. It is an average of d alone; the rate scales the move of theta."),
        ("u too early", but(adadelta_update, "lr * d", "lr * " + RATIO),
         "theta moves by a d that is made with the new u. What u knows are the steps before this one."),
    ))


# ---- 4 Adam

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


# ---- 5 steps without correction

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

TASKS = (ADAGRAD, RMSPROP, ADADELTA, ADAM, STEPS, SPARSE)
