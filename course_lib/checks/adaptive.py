"""Exercise 6: AdaGrad, RMSProp, AdaDelta, Adam, what its bias correction corrects, and sparse gradients.

Each misconception below is a version that somebody writes in earnest. The tests hold that no two of them, and
none of them and the reference, give the same results on the cases drawn.
"""

import numpy as np

from .engine import Misconception, Task
from .values import numbers


# ---- references

def adagrad_update(theta, g, r, t, lr, eps):
    r += g * g
    theta -= lr * g / (np.sqrt(r) + eps)


def rmsprop_update(theta, g, r, t, lr, rho, eps):
    r[:] = rho * r + (1 - rho) * g * g
    theta -= lr * g / (np.sqrt(r) + eps)


def adadelta_update(theta, g, r, u, t, lr, rho, eps):
    r[:] = rho * r + (1 - rho) * g * g
    d = np.sqrt(u + eps) / np.sqrt(r + eps) * g
    u[:] = rho * u + (1 - rho) * d * d
    theta -= lr * d


def adam_update(theta, g, s, r, t, lr, beta1, beta2, eps):
    s[:] = beta1 * s + (1 - beta1) * g
    r[:] = beta2 * r + (1 - beta2) * g * g
    s_hat, r_hat = s / (1 - beta1**t), r / (1 - beta2**t)
    theta -= lr * s_hat / (np.sqrt(r_hat) + eps)


def uncorrected_steps(beta1, beta2, n):
    t = np.arange(1, n + 1)
    return (1 - beta1**t) / np.sqrt(1 - beta2**t)


def sparse_adam_update(theta, g, s, r, t, lr, beta1, beta2, eps):
    seen = (g != 0).any(axis=1)
    there = theta[seen], s[seen], r[seen]
    adam_update(there[0], g[seen], there[1], there[2], t, lr, beta1, beta2, eps)
    theta[seen], s[seen], r[seen] = there


# ---- cases: the small constant is not small here, so that its place shows

def rule_cases(*state, **settings):
    """Cases of an update rule with these state arrays: three runs, then two runs at once; s may be negative."""
    def draw(rng):
        shuffled = {name: rng.permutation(values).tolist() for name, values in settings.items()}
        return [{"theta": numbers(rng, shape), "g": numbers(rng, shape)}
                | {name: numbers(rng, shape) if name == "s" else np.abs(numbers(rng, shape)) for name in state}
                | {"t": t} | {name: values[i] for name, values in shuffled.items()}
                for i, (t, shape) in enumerate(zip((2, 3, 5, 4), (2, 2, 3, (2, 2))))]
    return draw


LR, EPS, RHO = [0.2, 0.3, 0.4, 0.6], [0.2, 0.3, 0.4, 0.7], [0.6, 0.7, 0.8, 0.9]


def beta_cases(rng):
    return [{"beta1": beta1, "beta2": beta2, "n": n} for beta1, beta2, n in
            zip(rng.permutation([0.6, 0.7, 0.8, 0.9]).tolist(),
                rng.permutation([0.95, 0.98, 0.99, 0.999]).tolist(),
                (4, 5, 6, 8))]


# ---- misconceptions: AdaGrad

def adagrad_climbs(theta, g, r, t, lr, eps):
    r += g * g
    theta += lr * g / (np.sqrt(r) + eps)


def adagrad_stale(theta, g, r, t, lr, eps):
    theta -= lr * g / (np.sqrt(r) + eps)
    r += g * g


def adagrad_no_root(theta, g, r, t, lr, eps):
    r += g * g
    theta -= lr * g / (r + eps)


def adagrad_inside(theta, g, r, t, lr, eps):
    r += g * g
    theta -= lr * g / np.sqrt(r + eps)


def adagrad_brackets(theta, g, r, t, lr, eps):
    r += g * g
    theta -= lr * g / np.sqrt(r) + eps


def adagrad_overwrites(theta, g, r, t, lr, eps):
    r[:] = g * g
    theta -= lr * g / (np.sqrt(r) + eps)


def adagrad_not_squared(theta, g, r, t, lr, eps):
    r += np.abs(g)
    theta -= lr * g / (np.sqrt(r) + eps)


def adagrad_not_kept(theta, g, r, t, lr, eps):
    r = r + g * g
    theta -= lr * g / (np.sqrt(r) + eps)


def adagrad_one_rate(theta, g, r, t, lr, eps):
    r += np.sum(g * g)
    theta -= lr * g / (np.sqrt(r) + eps)


def adagrad_no_constant(theta, g, r, t, lr, eps):
    r += g * g
    theta -= lr * g / np.sqrt(r)


def adagrad_mean(theta, g, r, t, lr, eps):
    r += g * g
    theta -= lr * g / (np.sqrt(r / t) + eps)


INSIDE = "The small constant stands under your root. Here it is added after the root is taken."
BRACKETS = "Check your brackets: the small constant is added to the step instead of to what divides it."
CLIMBS = "This climbs: the step has the wrong sign."
NO_ROOT = ("You divide by the squares themselves. A gradient over its square is no pure number: take the root"
           " first.")
STALE = "theta moves before the new gradient has entered r. In which order do the two updates come?"

ADAGRAD = Task(
    name="06.adagrad", title="the AdaGrad step", reference=adagrad_update,
    draw=rule_cases("r", lr=LR, eps=EPS), in_place=("theta", "r"),
    hints=(
        "Two lines. Which array must be renewed first, so that the other can use it?",
        "First add the square of every entry of g to r, in place. Then move theta against g, each entry"
        " divided by the root of its own sum, to which the constant was added.",
    ),
    misconceptions=(
        Misconception("step uphill", adagrad_climbs, CLIMBS),
        Misconception("stale sum", adagrad_stale, STALE),
        Misconception("no root", adagrad_no_root, NO_ROOT),
        Misconception("constant inside the root", adagrad_inside, INSIDE),
        Misconception("constant outside the quotient", adagrad_brackets, BRACKETS),
        Misconception("past forgotten", adagrad_overwrites,
                      "r holds the newest square only. Where is the past?"),
        Misconception("gradient not squared", adagrad_not_squared,
                      "You add up absolute values and take a root of them. What is to be added up?"),
        Misconception("sum not kept", adagrad_not_kept,
                      "theta is right, but the array r is as before: after `r = ...` the name stands for a"
                      " new array. The next step has no past."),
        Misconception("one rate for all", adagrad_one_rate,
                      "You add the same number to all entries of r, the squared length of g. Each entry has a"
                      " sum of its own."),
        Misconception("no constant", adagrad_no_constant,
                      "The small constant is missing. What happens to an entry whose gradients were all 0?"),
        Misconception("mean instead of sum", adagrad_mean,
                      "You divide by the number of steps: an average. Here r is a sum, and its growth is"
                      " meant."),
    ),
)


# ---- misconceptions: RMSProp

def rmsprop_climbs(theta, g, r, t, lr, rho, eps):
    r[:] = rho * r + (1 - rho) * g * g
    theta += lr * g / (np.sqrt(r) + eps)


def rmsprop_sum(theta, g, r, t, lr, rho, eps):
    r += g * g
    theta -= lr * g / (np.sqrt(r) + eps)


def rmsprop_swapped(theta, g, r, t, lr, rho, eps):
    r[:] = (1 - rho) * r + rho * g * g
    theta -= lr * g / (np.sqrt(r) + eps)


def rmsprop_leaky_sum(theta, g, r, t, lr, rho, eps):
    r[:] = rho * r + g * g
    theta -= lr * g / (np.sqrt(r) + eps)


def rmsprop_stale(theta, g, r, t, lr, rho, eps):
    theta -= lr * g / (np.sqrt(r) + eps)
    r[:] = rho * r + (1 - rho) * g * g


def rmsprop_no_root(theta, g, r, t, lr, rho, eps):
    r[:] = rho * r + (1 - rho) * g * g
    theta -= lr * g / (r + eps)


def rmsprop_inside(theta, g, r, t, lr, rho, eps):
    r[:] = rho * r + (1 - rho) * g * g
    theta -= lr * g / np.sqrt(r + eps)


def rmsprop_brackets(theta, g, r, t, lr, rho, eps):
    r[:] = rho * r + (1 - rho) * g * g
    theta -= lr * g / np.sqrt(r) + eps


def rmsprop_not_kept(theta, g, r, t, lr, rho, eps):
    r = rho * r + (1 - rho) * g * g
    theta -= lr * g / (np.sqrt(r) + eps)


def rmsprop_corrected(theta, g, r, t, lr, rho, eps):
    r[:] = rho * r + (1 - rho) * g * g
    theta -= lr * g / (np.sqrt(r / (1 - rho**t)) + eps)


def rmsprop_weight_squared(theta, g, r, t, lr, rho, eps):
    r[:] = rho * r + ((1 - rho) * g) ** 2
    theta -= lr * g / (np.sqrt(r) + eps)


RMSPROP = Task(
    name="06.rmsprop", title="the RMSProp step", reference=rmsprop_update,
    draw=rule_cases("r", lr=LR, rho=RHO, eps=EPS), in_place=("theta", "r"),
    hints=(
        "Only the line of r differs from AdaGrad. How much of the old r is kept, and how much room does"
        " that leave?",
        "An average has weights that add up to 1: rho for the old r, the rest for the new square. The line of"
        " theta is that of AdaGrad.",
    ),
    misconceptions=(
        Misconception("step uphill", rmsprop_climbs, CLIMBS),
        Misconception("sum instead of average", rmsprop_sum,
                      "This is AdaGrad: rho appears nowhere, and nothing is forgotten."),
        Misconception("weights swapped", rmsprop_swapped,
                      "Your two weights have changed places: with rho near 1 this forgets nearly"
                      " everything."),
        Misconception("weights add up to more than one", rmsprop_leaky_sum,
                      "The new square enters whole, so r is a fading sum, not an average. What do the two"
                      " weights add up to?"),
        Misconception("stale average", rmsprop_stale, STALE),
        Misconception("no root", rmsprop_no_root, NO_ROOT),
        Misconception("constant inside the root", rmsprop_inside, INSIDE),
        Misconception("constant outside the quotient", rmsprop_brackets, BRACKETS),
        Misconception("average not kept", rmsprop_not_kept,
                      "theta is right, but the array r is as before: `r = ...` makes a new array, which is"
                      " gone after the call."),
        Misconception("bias correction", rmsprop_corrected,
                      "You correct the average for its start at zero, as Adam does. RMSProp has no"
                      " correction."),
        Misconception("weight squared", rmsprop_weight_squared,
                      "The weight of the new square is squared too. Check your brackets."),
    ),
)


# ---- misconceptions: AdaDelta

def adadelta_variant(theta, g, r, u, lr, rho, eps, ratio=None, square=None, sign=1.0):
    """AdaDelta with another quotient (u, r, eps) -> factor, or another square (d, g) for u."""
    r[:] = rho * r + (1 - rho) * g * g
    d = (ratio or (lambda u, r, eps: np.sqrt(u + eps) / np.sqrt(r + eps)))(u, r, eps) * g
    u[:] = rho * u + (1 - rho) * (square or (lambda d, g: d * d))(d, g)
    theta -= sign * lr * d


def adadelta_climbs(theta, g, r, u, t, lr, rho, eps):
    adadelta_variant(theta, g, r, u, lr, rho, eps, sign=-1.0)


def adadelta_upside_down(theta, g, r, u, t, lr, rho, eps):
    adadelta_variant(theta, g, r, u, lr, rho, eps,
                     ratio=lambda u, r, eps: np.sqrt(r + eps) / np.sqrt(u + eps))


def adadelta_no_roots(theta, g, r, u, t, lr, rho, eps):
    adadelta_variant(theta, g, r, u, lr, rho, eps, ratio=lambda u, r, eps: (u + eps) / (r + eps))


def adadelta_outside(theta, g, r, u, t, lr, rho, eps):
    adadelta_variant(theta, g, r, u, lr, rho, eps,
                     ratio=lambda u, r, eps: (np.sqrt(u) + eps) / (np.sqrt(r) + eps))


def adadelta_below_only(theta, g, r, u, t, lr, rho, eps):
    adadelta_variant(theta, g, r, u, lr, rho, eps, ratio=lambda u, r, eps: np.sqrt(u) / np.sqrt(r + eps))


def adadelta_u_of_gradients(theta, g, r, u, t, lr, rho, eps):
    adadelta_variant(theta, g, r, u, lr, rho, eps, square=lambda d, g: g * g)


def adadelta_rate_in_u(theta, g, r, u, t, lr, rho, eps):
    adadelta_variant(theta, g, r, u, lr, rho, eps, square=lambda d, g: (lr * d) ** 2)


def adadelta_not_squared(theta, g, r, u, t, lr, rho, eps):
    adadelta_variant(theta, g, r, u, lr, rho, eps, square=lambda d, g: np.abs(d))


def adadelta_stale(theta, g, r, u, t, lr, rho, eps):
    d = np.sqrt(u + eps) / np.sqrt(r + eps) * g
    r[:] = rho * r + (1 - rho) * g * g
    u[:] = rho * u + (1 - rho) * d * d
    theta -= lr * d


def adadelta_u_not_kept(theta, g, r, u, t, lr, rho, eps):
    adadelta_variant(theta, g, r, u.copy(), lr, rho, eps)


def adadelta_u_first(theta, g, r, u, t, lr, rho, eps):
    adadelta_variant(theta.copy(), g, r, u, lr, rho, eps)
    theta -= lr * np.sqrt(u + eps) / np.sqrt(r + eps) * g


ADADELTA = Task(
    name="06.adadelta", title="the AdaDelta step", reference=adadelta_update,
    draw=rule_cases("r", "u", lr=LR, rho=RHO, eps=EPS), in_place=("theta", "r", "u"),
    hints=(
        "Four lines, in this order: r, then d, then u, then theta. Which of them need the new r, which"
        " the old u?",
        "r is renewed as in RMSProp. d is g times a quotient of two roots, the steps' above, the gradients'"
        " below, the constant under both. u is an average of squares of d with the weights of r.",
    ),
    misconceptions=(
        Misconception("step uphill", adadelta_climbs, CLIMBS),
        Misconception("quotient upside down", adadelta_upside_down,
                      "Your quotient stands on its head: check its units. The step has to have those of"
                      " theta."),
        Misconception("no roots", adadelta_no_roots,
                      "You divide the averages of squares themselves. The roots are missing, above and"
                      " below."),
        Misconception("constant outside the roots", adadelta_outside,
                      "Your constant is added to the roots. In AdaDelta it stands under both of them."),
        Misconception("no constant above", adadelta_below_only,
                      "There is no constant in the numerator. In the first step u is 0: how far does theta"
                      " move then, and ever after?"),
        Misconception("u made of gradients", adadelta_u_of_gradients,
                      "Your u averages squared gradients, as r does. It has to remember the steps."),
        Misconception("rate in u", adadelta_rate_in_u,
                      "The rate has entered u. It is an average of d alone; the rate scales the move of"
                      " theta."),
        Misconception("steps not squared", adadelta_not_squared,
                      "u averages lengths of d, not their squares."),
        Misconception("stale r", adadelta_stale,
                      "Your d is made with the r of the step before. Which line comes first?"),
        Misconception("u not kept", adadelta_u_not_kept,
                      "theta and r are right, but the array u is as before, so the steps can never grow."),
        Misconception("u renewed too early", adadelta_u_first,
                      "theta moves by a d made with the new u. The numerator knows only the steps before"
                      " this one."),
    ),
)


# ---- misconceptions: Adam

def adam_variant(theta, g, s, r, lr, beta1, beta2, eps, s_by, r_by):
    """Adam whose averages are divided by s_by and r_by."""
    s[:] = beta1 * s + (1 - beta1) * g
    r[:] = beta2 * r + (1 - beta2) * g * g
    theta -= lr * (s / s_by) / (np.sqrt(r / r_by) + eps)


def adam_uncorrected(theta, g, s, r, t, lr, beta1, beta2, eps):
    adam_variant(theta, g, s, r, lr, beta1, beta2, eps, 1, 1)


def adam_s_only(theta, g, s, r, t, lr, beta1, beta2, eps):
    adam_variant(theta, g, s, r, lr, beta1, beta2, eps, 1 - beta1**t, 1)


def adam_r_only(theta, g, s, r, t, lr, beta1, beta2, eps):
    adam_variant(theta, g, s, r, lr, beta1, beta2, eps, 1, 1 - beta2**t)


def adam_first_step_for_ever(theta, g, s, r, t, lr, beta1, beta2, eps):
    adam_variant(theta, g, s, r, lr, beta1, beta2, eps, 1 - beta1, 1 - beta2)


def adam_late(theta, g, s, r, t, lr, beta1, beta2, eps):
    adam_variant(theta, g, s, r, lr, beta1, beta2, eps, 1 - beta1 ** (t + 1), 1 - beta2 ** (t + 1))


def adam_betas_swapped_below(theta, g, s, r, t, lr, beta1, beta2, eps):
    adam_variant(theta, g, s, r, lr, beta1, beta2, eps, 1 - beta2**t, 1 - beta1**t)


def adam_betas_swapped(theta, g, s, r, t, lr, beta1, beta2, eps):
    adam_variant(theta, g, s, r, lr, beta2, beta1, eps, 1 - beta2**t, 1 - beta1**t)


def adam_correction_kept(theta, g, s, r, t, lr, beta1, beta2, eps):
    s[:] = (beta1 * s + (1 - beta1) * g) / (1 - beta1**t)
    r[:] = (beta2 * r + (1 - beta2) * g * g) / (1 - beta2**t)
    theta -= lr * s / (np.sqrt(r) + eps)


def adam_inside(theta, g, s, r, t, lr, beta1, beta2, eps):
    s[:] = beta1 * s + (1 - beta1) * g
    r[:] = beta2 * r + (1 - beta2) * g * g
    theta -= lr * (s / (1 - beta1**t)) / np.sqrt(r / (1 - beta2**t) + eps)


def adam_no_root(theta, g, s, r, t, lr, beta1, beta2, eps):
    s[:] = beta1 * s + (1 - beta1) * g
    r[:] = beta2 * r + (1 - beta2) * g * g
    theta -= lr * (s / (1 - beta1**t)) / (r / (1 - beta2**t) + eps)


def adam_square_of_s(theta, g, s, r, t, lr, beta1, beta2, eps):
    s[:] = beta1 * s + (1 - beta1) * g
    r[:] = beta2 * r + (1 - beta2) * s * s
    theta -= lr * (s / (1 - beta1**t)) / (np.sqrt(r / (1 - beta2**t)) + eps)


def adam_gradient_itself(theta, g, s, r, t, lr, beta1, beta2, eps):
    s[:] = beta1 * s + (1 - beta1) * g
    r[:] = beta2 * r + (1 - beta2) * g * g
    theta -= lr * g / (np.sqrt(r / (1 - beta2**t)) + eps)


def adam_climbs(theta, g, s, r, t, lr, beta1, beta2, eps):
    adam_variant(theta, g, s, r, -lr, beta1, beta2, eps, 1 - beta1**t, 1 - beta2**t)


def adam_not_kept(theta, g, s, r, t, lr, beta1, beta2, eps):
    adam_variant(theta, g, s.copy(), r.copy(), lr, beta1, beta2, eps, 1 - beta1**t, 1 - beta2**t)


ADAM = Task(
    name="06.adam", title="the Adam step", reference=adam_update,
    draw=rule_cases("s", "r", lr=LR, beta1=[0.55, 0.65, 0.75, 0.85], beta2=[0.6, 0.7, 0.8, 0.9], eps=EPS),
    in_place=("theta", "s", "r"),
    hints=(
        "Two averages first, each with its own beta; then two corrected copies; then theta. What must not be"
        " changed by the correction?",
        "s averages g with beta1, r averages its squares with beta2. Divide each by 1 minus its beta to the"
        " power t, and give the results names of their own. Then the line of RMSProp, with corrected averages"
        " for g and for r.",
    ),
    misconceptions=(
        Misconception("no bias correction", adam_uncorrected,
                      "Your averages are used as they are. They start at zero: what does that do to the"
                      " first steps?"),
        Misconception("only s corrected", adam_s_only, "You correct s, but r starts at zero too."),
        Misconception("only r corrected", adam_r_only, "You correct r, but s starts at zero too."),
        Misconception("correction of the first step for ever", adam_first_step_for_ever,
                      "Your correction is that of the first step in every step. It has to fade as t grows."),
        Misconception("correction one step late", adam_late,
                      "You count the steps from 2. t is the number of this step, and the first one has t"
                      " = 1."),
        Misconception("corrections swapped", adam_betas_swapped_below,
                      "The two corrections have changed places. Each average needs its own beta."),
        Misconception("betas swapped", adam_betas_swapped,
                      "The two betas have changed places everywhere. Which one belongs to the gradients?"),
        Misconception("correction written into the state", adam_correction_kept,
                      "The corrected values stand in s and r, and will be corrected again in the next step."
                      " Keep the averages as they are, correct copies."),
        Misconception("constant inside the root", adam_inside, INSIDE),
        Misconception("no root", adam_no_root, NO_ROOT),
        Misconception("square of the average", adam_square_of_s,
                      "r averages the squares of s. It has to see how large single gradients are: square"
                      " those."),
        Misconception("gradient instead of its average", adam_gradient_itself,
                      "theta moves along this step's gradient; s is computed and not used."),
        Misconception("step uphill", adam_climbs, CLIMBS),
        Misconception("averages not kept", adam_not_kept,
                      "theta is right, but s and r are as before, so every step is a first one. Write"
                      " into the arrays."),
    ),
)


# ---- misconceptions: steps without correction

def steps_corrected(beta1, beta2, n):
    return np.ones(n)


def steps_no_root(beta1, beta2, n):
    t = np.arange(1, n + 1)
    return (1 - beta1**t) / (1 - beta2**t)


def steps_late(beta1, beta2, n):
    t = np.arange(2, n + 2)
    return (1 - beta1**t) / np.sqrt(1 - beta2**t)


def steps_upside_down(beta1, beta2, n):
    return 1 / uncorrected_steps(beta1, beta2, n)


def steps_swapped(beta1, beta2, n):
    return uncorrected_steps(beta2, beta1, n)


def steps_first_only(beta1, beta2, n):
    return np.full(n, (1 - beta1) / np.sqrt(1 - beta2))


def steps_numerator(beta1, beta2, n):
    return 1 - beta1 ** np.arange(1, n + 1)


def steps_denominator(beta1, beta2, n):
    return 1 / np.sqrt(1 - beta2 ** np.arange(1, n + 1))


def steps_summed(beta1, beta2, n):
    return np.cumsum(uncorrected_steps(beta1, beta2, n))


def steps_power_outside(beta1, beta2, n):
    t = np.arange(1, n + 1)
    return (1 - beta1) ** t / np.sqrt((1 - beta2) ** t)


STEPS = Task(
    name="06.uncorrected_steps", title="steps without bias correction", reference=uncorrected_steps,
    draw=beta_cases, returns=("the lengths",),
    hints=(
        "With g = 1 in every step, what is s after t steps? 1 minus something that fades. And r?",
        "s is 1 - beta1 to the power t, r the same with beta2. The step over the rate is s over the root of"
        " r. t runs over 1, 2, ..., n; `np.arange` gives it. Or run the two averages in a loop.",
    ),
    misconceptions=(
        Misconception("with correction", steps_corrected,
                      "All steps are 1: that is Adam with its correction. Here it is left out."),
        Misconception("no root", steps_no_root, "The root of r is missing."),
        Misconception("starts at the second step", steps_late, "Your first entry belongs to t = 2."),
        Misconception("quotient upside down", steps_upside_down, "Your quotient stands on its head."),
        Misconception("betas swapped", steps_swapped, "The two betas have changed places."),
        Misconception("first step repeated", steps_first_only,
                      "You give the first step n times. The averages fill up as t grows."),
        Misconception("average of gradients alone", steps_numerator, "This is s. What is it divided by?"),
        Misconception("average of squares alone", steps_denominator,
                      "You take g itself over the root of r, as RMSProp does. Adam takes s."),
        Misconception("summed up", steps_summed,
                      "You add the steps up: that is the way, not each step's length."),
        Misconception("power of the difference", steps_power_outside,
                      "You raise 1 - beta to the power t. What fades like a power is beta itself."),
    ),
)

# ---- misconceptions: sparse gradients

def sparse_cases(rng):
    """Rows of zeros, rows with a zero in them, rows whose entries add up to zero, rows of negative entries."""
    cases = []
    for t, (lr, beta1, beta2, eps) in enumerate(((0.2, 0.6, 0.7, 0.3), (0.3, 0.7, 0.9, 0.2), (0.4, 0.8, 0.6, 0.4)), 2):
        a, b = np.abs(numbers(rng, 2)) + 0.5
        g = np.array([[a, b], [0.0, 0.0], [a, -a], [0.0, b], [-a, -b]])
        cases.append({"theta": numbers(rng, (5, 2)), "g": rng.permutation(g), "s": numbers(rng, (5, 2)),
                      "r": np.abs(numbers(rng, (5, 2))), "t": t, "lr": lr, "beta1": beta1, "beta2": beta2, "eps": eps})
    return cases


def with_rows(choose):
    """The reference with other rows chosen: choose(g) is True for those that are to move, (rows, 1) or entries."""
    def update(theta, g, s, r, t, lr, beta1, beta2, eps):
        new = theta.copy(), s.copy(), r.copy()
        adam_update(new[0], g, new[1], new[2], t, lr, beta1, beta2, eps)
        for array, value in zip((theta, s, r), new):
            array[:] = np.where(choose(g), value, array)
    return update


sparse_everywhere = adam_update
sparse_by_entries = with_rows(lambda g: g != 0)
sparse_by_sums = with_rows(lambda g: g.sum(axis=1, keepdims=True) != 0)
sparse_positive = with_rows(lambda g: (g > 0).any(axis=1, keepdims=True))
sparse_full_rows = with_rows(lambda g: (g != 0).all(axis=1, keepdims=True))
sparse_unseen = with_rows(lambda g: (g == 0).all(axis=1, keepdims=True))


def sparse_averages_fade(theta, g, s, r, t, lr, beta1, beta2, eps):
    before, seen = theta.copy(), (g != 0).any(axis=1, keepdims=True)
    adam_update(theta, g, s, r, t, lr, beta1, beta2, eps)
    theta[:] = np.where(seen, theta, before)


def sparse_theta_coasts(theta, g, s, r, t, lr, beta1, beta2, eps):
    sparse_adam_update(theta.copy(), g, s, r, t, lr, beta1, beta2, eps)
    theta -= lr * (s / (1 - beta1**t)) / (np.sqrt(r / (1 - beta2**t)) + eps)


def sparse_uncorrected(theta, g, s, r, t, lr, beta1, beta2, eps):
    seen = (g != 0).any(axis=1)
    s[seen] = beta1 * s[seen] + (1 - beta1) * g[seen]
    r[seen] = beta2 * r[seen] + (1 - beta2) * g[seen] ** 2
    theta[seen] -= lr * s[seen] / (np.sqrt(r[seen]) + eps)


def sparse_not_kept(theta, g, s, r, t, lr, beta1, beta2, eps):
    sparse_adam_update(theta, g, s.copy(), r.copy(), t, lr, beta1, beta2, eps)


SPARSE = Task(
    name="06.sparse_adam", title="Adam for sparse gradients", reference=sparse_adam_update,
    draw=sparse_cases, in_place=("theta", "s", "r"),
    hints=(
        "Which rows were in the batch? Find them first, then do task 4 to these rows of all four arrays and"
        " to nothing else.",
        "Compare g with zero, then ask `any` along axis 1: True for a row with any entry that is not zero."
        " With that, `s[seen]` are those rows, as a copy: write `s[seen] = ...` to put them back. The same"
        " for r and theta.",
    ),
    misconceptions=(
        Misconception("Adam everywhere", sparse_everywhere,
                      "This is Adam on all rows. Rows that were not in the batch forget what they knew, and"
                      " move on along an old average."),
        Misconception("averages fade", sparse_averages_fade,
                      "theta waits in the rows that were not in the batch, but their s and r still shrink."
                      " Leave them as they are."),
        Misconception("theta moves on", sparse_theta_coasts,
                      "s and r wait where there was no gradient, but theta moves on along the old average there."),
        Misconception("entries instead of rows", sparse_by_entries,
                      "You leave out single entries. A row that was in the batch moves as a whole: a zero in"
                      " it is a gradient like any other."),
        Misconception("only full rows", sparse_full_rows,
                      "You leave out rows with a zero somewhere. A row was in the batch if any of its entries"
                      " is not zero."),
        Misconception("rows by their sum", sparse_by_sums,
                      "You ask whether the sum of a row is zero. Entries of opposite sign cancel in it."),
        Misconception("only positive gradients", sparse_positive,
                      "Rows whose entries are all negative are left out. Ask for different from zero, not for larger."),
        Misconception("the other rows", sparse_unseen,
                      "The rows without a gradient move, and those with one wait: the choice is upside down."),
        Misconception("no bias correction", sparse_uncorrected,
                      "The rows are right, but the averages are used without their correction."),
        Misconception("averages not kept", sparse_not_kept,
                      "theta is right, but s and r are as before. `s[seen]` is a copy: write the new rows back."),
    ),
)

TASKS = (ADAGRAD, RMSPROP, ADADELTA, ADAM, STEPS, SPARSE)
