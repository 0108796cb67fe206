# %% [markdown]
# # Exercise 5: momentum and Nesterov
#
# You write the rules of lecture 5 yourself: the momentum step and Nesterov's step. You derive the form of
# Nesterov's step that needs the gradient only where the parameters are, and the best settings for a
# ravine. You count how often a path runs past the minimum, and measure, by trainings with your own rule,
# up to which rate it is stable. At the end your rule runs in a live figure.
#
# **You need** lecture 5, paper, and numpy arrays. **Time:** about 75 minutes.
#
# **How it works.** Replace `raise NotImplementedError()` by your code, run its cell, then the `check` below
# it. The check calls your function with a few small random inputs and says what it found: whether Python
# stopped in your code, whether the result has the right form, whether the numbers are right. If they are
# those of a mistake it knows, it names the mistake. It never shows the answer. Where you are stuck,
# `hint("05.momentum")` in a cell of your own gives a hint, and a second call a stronger one.

# %%
import numpy as np

from course_lib import explorers
from course_lib.checks import check, hint

# %% [markdown]
# ## 1. The momentum step
#
# Gradient descent forgets: each step knows only the gradient of this moment. Momentum keeps a velocity. In
# a ravine the gradients across it change sign and cancel in the velocity, and those along it add up.
#
# An optimizer owns its arrays and calls your rule thousands of times with the same ones. So the rule works
# **in place**: it writes the new numbers into the arrays that it was given. `v[:] = ...` and `v += ...` do
# that. `v = ...` does not: it makes a new array, which is lost when the function ends.

# %%
def momentum_update(theta, g, v, t, lr, momentum):
    """One momentum step, in place.

    The new velocity is momentum times the old velocity, minus lr times the gradient.
    Then theta moves by the new velocity.

    theta, g, v    float arrays of the same shape: parameters, gradient at theta, velocity
    t              number of this step, from 1 on; this rule does not need it
    lr, momentum   numbers

    Changes theta and v in place, leaves g as it is, returns nothing.
    """
    ### BEGIN SOLUTION
    v[:] = momentum * v - lr * g
    theta += v
    ### END SOLUTION

# %%
check("05.momentum", momentum_update)

# %% [markdown]
# ## 2. Nesterov's step
#
# Part of the next step is known before any gradient is asked for: the old velocity will carry theta by
# `momentum * v`, whatever comes. So ask for the gradient there. If the velocity is about to overshoot, the
# gradient at the point ahead already points back, and the correction comes one step earlier.
#
# This time you need to choose the point yourself. So you are given the gradient as a function:
# `gradient(x)` is the gradient at the point `x`.

# %%
def nesterov_step(theta, v, gradient, lr, momentum):
    """One Nesterov step, in place.

    Ask for the gradient at the point ahead: theta plus momentum times the old velocity.
    With that gradient do what the momentum step does: the new velocity is momentum times
    the old velocity, minus lr times the gradient; then theta, from where it was, moves by
    the new velocity.

    theta, v       float arrays of the same shape: parameters, velocity
    gradient       function: an array like theta -> the gradient at that point
    lr, momentum   numbers

    Changes theta and v in place, returns nothing.
    """
    ### BEGIN SOLUTION
    g = gradient(theta + momentum * v)
    v[:] = momentum * v - lr * g
    theta += v
    ### END SOLUTION

# %%
check("05.nesterov", nesterov_step)

# %% [markdown]
# ## 3. The look-ahead form, derived
#
# A training loop often has just one gradient, taken where the parameters are. It can still run Nesterov's
# method, if what it stores is not theta but the point ahead, $w = \theta + \alpha v$: the gradient at $w$
# is then the one that Nesterov wants. The lecture has the step of $w$ for a momentum $\alpha$ that stays
# the same. Often it does not: it is raised in the course of a training. Then $w$ is made with the
# momentum of the step that comes *next*, because it is by this share of the velocity that the next step
# goes on.
#
# Derive the step of $w$ on paper. Go from $w$ back to theta, make Nesterov's step, and go ahead from there.

# %%
def lookahead_update(w, g, v, lr, momentum, following):
    """One Nesterov step of the point ahead, w, in place, where momentum changes from step to step.

    Before it w is theta plus momentum times v, and g the gradient there. After it v is the new
    velocity, and w is the new theta plus following times the new velocity.

    w, g, v    float arrays of the same shape: point ahead, gradient at w, velocity
    lr         number
    momentum   number: momentum of this step
    following  number: momentum of the next step

    Changes w and v in place, leaves g as it is, returns nothing.
    """
    ### BEGIN SOLUTION
    v_old = v.copy()
    v[:] = momentum * v - lr * g
    w += -momentum * v_old + (1 + following) * v
    ### END SOLUTION

# %%
check("05.lookahead", lookahead_update)

# %% [markdown]
# ## 4. The best rate and momentum
#
# Near a minimum most losses look like a quadratic, whose Hessian has a smallest and a largest eigenvalue. A
# direction of curvature $\lambda$ swings as long as
#
# $$(1 - \sqrt\alpha)^2 < \epsilon\lambda < (1 + \sqrt\alpha)^2,$$
#
# and a direction that swings shrinks by the factor $\sqrt\alpha$ in each step, whatever its curvature. So
# the best momentum is the smallest one with which no direction lies outside: the flattest is then on the
# left border, the steepest on the right one. These are two equations with two unknowns. Solve them on
# paper, without looking the result up.

# %%
def best_momentum(l_min, l_max):
    """The rate and the momentum with which the error on a quadratic shrinks fastest.

    They put the flattest direction on the left border of what swings, the steepest on the
    right one.

    l_min, l_max   smallest and largest eigenvalue of the Hessian, 0 < l_min <= l_max

    Returns two numbers: lr, momentum.
    """
    ### BEGIN SOLUTION
    low, high = np.sqrt(l_min), np.sqrt(l_max)
    lr = (2 / (high + low)) ** 2
    momentum = ((high - low) / (high + low)) ** 2
    return lr, momentum
    ### END SOLUTION

# %%
check("05.best_momentum", best_momentum)

# %% [markdown]
# At condition number 100 the root of your momentum is 0.82. Gradient descent at its best shrinks the
# error by $(\kappa - 1)/(\kappa + 1)$ in each step, here 0.98: momentum needs about a tenth of its steps.
# The gain from $\kappa$ to its root is what momentum is for.
#
# ## 5. Count the crossings
#
# A ball with much momentum and little friction runs past the minimum, comes back, and runs past it again.
# To compare two runs we need a number: how often does one coordinate of the path cross its minimum? The
# only difficulty is a point that lies exactly on the minimum. It belongs to neither side, so it is skipped:
# what counts is on which side the path was before, and on which it is after.

# %%
def count_crossings(x, minimum):
    """How often a path changes from one side of the minimum to the other.

    Points that lie exactly on the minimum are skipped. With minimum 0, the path 2, 1, -1, 1
    crosses twice; 2, 0, -1 crosses once; 2, 0, 1 does not cross; 0, 1 does not either.

    x         float array (n,): one coordinate at n points of the path, in order
    minimum   number: where the minimum lies

    Returns a whole number. Leaves x as it is.
    """
    ### BEGIN SOLUTION
    side = np.sign(x - minimum)
    side = side[side != 0]
    return np.sum(side[1:] != side[:-1])
    ### END SOLUTION

# %%
check("05.crossings", count_crossings)

# %% [markdown]
# ## 6. Stability, measured
#
# The lecture derives that momentum is stable up to $\epsilon\lambda_{\max} = 2(1 + \alpha)$. A derivation
# can be wrong, and for another rule there may be none. So measure: train a linear model at several rates,
# each time from the same start, and see which rates bring the loss down. Two things have to be found by
# yourself: the gradient of this loss, and what has to start anew for each rate.

# %%
def stability(update, x, y, rates, momentum, steps):
    """The loss that each rate leads to, and the largest rate that is stable.

    The model predicts x @ theta. Its loss is the mean over the examples of (x @ theta - y)**2 / 2.
    Each rate starts with theta and v at 0 and makes `steps` steps of the rule `update`, t = 1, 2, ...,
    with the gradient of all examples. It is stable if the loss at the end is not larger than at the
    start.

    update    function: a rule as in task 1, update(theta, g, v, t, lr, momentum), in place
    x         float array (N, P): one example in each row
    y         float array (N,): the targets
    rates     float array (R,), in any order
    momentum  number
    steps     whole number, 1 or more

    Returns two things: the losses at the end, an array (R,) in the order of rates, and the largest
    stable rate, 0 where none is stable. Leaves its arguments as they are.
    """
    ### BEGIN SOLUTION
    losses = np.zeros(len(rates))
    for i, lr in enumerate(rates):
        theta, v = np.zeros(x.shape[1]), np.zeros(x.shape[1])
        for t in range(1, steps + 1):
            g = x.T @ (x @ theta - y) / len(y)
            update(theta, g, v, t, lr, momentum)
        losses[i] = np.mean((x @ theta - y) ** 2) / 2
    stable = rates[losses <= np.mean(y**2) / 2]
    return losses, np.max(stable, initial=0.0)
    ### END SOLUTION

# %%
check("05.stability", stability)

# %% [markdown]
# Now measure your own rule, in a new cell. The Hessian of this loss is `x.T @ x / 200`. Is the limit
# where the formula says?
#
# ```python
# rng = np.random.default_rng(1)
# x = rng.standard_normal((200, 5))
# y = x @ np.ones(5) + rng.standard_normal(200)
# steepest = np.linalg.eigvalsh(x.T @ x / 200).max()
# for momentum in (0, 0.5, 0.9):
#     losses, largest = stability(momentum_update, x, y, np.linspace(0.05, 3.5, 70), momentum, 200)
#     print(momentum, largest, 2 * (1 + momentum) / steepest)
# ```

# %% [markdown]
# ## Your rule in the ravine
#
# The figure runs **your** `momentum_update` beside the rule of the library, with the same settings. If
# task 1 is right the two paths lie on each other. The eigenvalues of this surface are 1, along the
# ravine, and $\kappa$, across it.
#
# Once it runs, put your own best settings into it. In a new cell:
#
# ```python
# lr, momentum = best_momentum(1, 100)
# figure.set(kappa=100, lr=lr, momentum=momentum)
# ```
#
# They lie at the edge of what is stable: a little less momentum, or a little more rate, and the run
# diverges. Now leave the rate as it is and raise the momentum step by step to 0.99.

# %%
figure = explorers.momentum.yours(momentum_update)
figure

# %% [markdown]
# **Question.** Does more momentum than the best value bring the path to the minimum sooner? Describe how
# the path along the ravine changes, explain it with the factor of task 4, and say what you would do in
# practice, where nobody knows the eigenvalues. Six sentences are enough.
#
# *Three points:* one for what the path does a little beyond the best value and far beyond it, with
# numbers of steps read from the figure; one for the factor per step, and why more momentum makes it
# larger; one for a way to choose in practice that says what you would look at.

# %% [markdown] points=3
# <!-- ### BEGIN SOLUTION -->
# A little more does: 0.7 takes somewhat fewer steps than the best value, 0.67. Much more does not. At 0.67
# the path comes down along the ravine without running past the minimum. At 0.9 it runs past, turns and
# comes back, and takes about twice as many steps; at 0.99 it swings so far that it does not arrive within
# the 600 steps of the figure.
#
# Beyond the best value the path swings in both directions, and a swing shrinks in each step by the root of
# the momentum, whatever the curvature: $\sqrt{0.67} = 0.82$, but $\sqrt{0.99} = 0.995$. The factor of task
# 4 holds in the long run; at the best value itself it is only reached slowly, which is why 0.7 can be ahead
# in a run as short as this.
#
# Without the eigenvalues I would start with 0.9 and look at the learning curve: a larger momentum if it
# falls slowly and smoothly, a smaller one if it swings.
#
# *Rubric.* One point: a little more helps a little, 0.9 takes more steps than 0.7 or the best value, 0.99
# does not arrive (half without numbers). One point: all directions swing, and swinging ones shrink by the
# root of the momentum, which grows with it (half for "it overshoots" alone). One point: a starting value
# that is used in practice, and the learning curve, or a sweep, as what decides.
# <!-- ### END SOLUTION -->
