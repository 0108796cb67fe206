# %% [markdown]
# # Exercise 5: momentum and Nesterov
#
# You write the rules of lecture 5 yourself: the momentum step, Nesterov's step, and the form of Nesterov's
# step that needs the gradient only where the parameters are. Then you work out the best settings for a
# ravine, and count how often a path runs past the minimum. At the end your own rule runs in a live figure.
#
# **You need** lecture 5, and numpy arrays. **Time:** about 60 minutes.
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
# ## 3. The look-ahead form
#
# A training loop often has just one gradient, taken where the parameters are. It can still run Nesterov's
# method, if what it stores is not theta but the point ahead, $w = \theta + \alpha v$ with $\alpha$ the
# momentum. The gradient at $w$ is then the one that Nesterov wants, and the step of $w$ needs only the
# velocity before and after:
#
# $$v' = \alpha v - \epsilon\, g(w), \qquad w' = w - \alpha v + (1 + \alpha)\, v'.$$
#
# The first part steps back from the point ahead to theta. The second makes the step to the new theta, and
# looks ahead from there. Mind that $v$ is the **old** velocity: once it is overwritten it is gone.

# %%
def lookahead_update(w, g, v, t, lr, momentum):
    """One Nesterov step of the point ahead, w, in place.

    The new velocity is momentum times the old velocity, minus lr times the gradient.
    To w add minus momentum times the old velocity, and (1 + momentum) times the new one.

    w, g, v        float arrays of the same shape: point ahead, gradient at w, velocity
    t              number of this step, from 1 on; this rule does not need it
    lr, momentum   numbers

    Changes w and v in place, leaves g as it is, returns nothing.
    """
    ### BEGIN SOLUTION
    v_old = v.copy()
    v[:] = momentum * v - lr * g
    w += -momentum * v_old + (1 + momentum) * v
    ### END SOLUTION

# %%
check("05.lookahead", lookahead_update)

# %% [markdown]
# ## 4. The change of variable
#
# Tasks 2 and 3 are one method in two variables. To see that, take the run of one, change its variable, and
# compare. It also settles a practical question: when training ends, the two forms stand at different
# points. How far apart are they, and when does it not matter?

# %%
def to_lookahead(theta, v, momentum):
    """The point ahead, w, that belongs to the parameters theta and the velocity v.

    w is theta plus momentum times v.

    theta, v       float arrays of the same shape: one point and its velocity, or many, one per row
    momentum       number

    Returns w, a new array of that shape. Leaves theta and v as they are.
    """
    ### BEGIN SOLUTION
    return theta + momentum * v
    ### END SOLUTION

# %%
check("05.change_of_variable", to_lookahead)

# %% [markdown]
# ## 5. The best rate and momentum
#
# Near a minimum most losses look like a quadratic, whose Hessian has a smallest and a largest eigenvalue. A
# direction of curvature $\lambda$ swings as long as
#
# $$(1 - \sqrt\alpha)^2 < \epsilon\lambda < (1 + \sqrt\alpha)^2,$$
#
# and a direction that swings shrinks by the factor $\sqrt\alpha$ in each step, whatever its curvature. So the
# best momentum is the smallest one with which no direction lies outside: the flattest is then on the left
# border, the steepest on the right one. These are two equations with two unknowns. Solve them on paper, without
# looking the result up.

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
# At condition number 100 the root of your momentum is 0.82. Gradient descent at its best shrinks the error by
# $(\kappa - 1)/(\kappa + 1)$ in each step, here 0.98: momentum needs about a tenth of its steps. The gain from
# $\kappa$ to its root is what momentum is for.
#
# ## 6. Count the crossings
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
# ## Your rule in the ravine
#
# The figure runs **your** `momentum_update` beside the rule of the library, with the same settings. If task 1 is right
# the two paths lie on each other. The eigenvalues of this surface are 1, along the ravine, and $\kappa$, across it.
#
# Once it runs, put your own best settings into it. In a new cell:
#
# ```python
# lr, momentum = best_momentum(1, 100)
# figure.set(kappa=100, lr=lr, momentum=momentum)
# ```
#
# They lie at the edge of what is stable: a little less momentum, or a little more rate, and the run diverges. Now leave
# the rate as it is and raise the momentum step by step to 0.99.

# %%
figure = explorers.momentum.yours(momentum_update)
figure

# %% [markdown]
# **Question.** Does more momentum than the best value bring the path to the minimum sooner? Describe how
# the path along the ravine changes, explain it with the factor of task 5, and say what you would do in
# practice, where nobody knows the eigenvalues. Six sentences are enough.

# %% [markdown] points=3
# <!-- ### BEGIN SOLUTION -->
# A little more does: 0.7 takes somewhat fewer steps than the best value, 0.67. Much more does not. At 0.67
# the path comes down along the ravine without running past the minimum. At 0.9 it runs past, turns and
# comes back, and takes about twice as many steps; at 0.99 it swings so far that it does not arrive within
# the 600 steps of the figure.
#
# Beyond the best value the path swings in both directions, and a swing shrinks in each step by the root of
# the momentum, whatever the curvature: $\sqrt{0.67} = 0.82$, but $\sqrt{0.99} = 0.995$. The factor of task
# 5 holds in the long run; at the best value itself it is only reached slowly, which is why 0.7 can be ahead
# in a run as short as this.
#
# Without the eigenvalues I would start with 0.9 and look at the learning curve: a larger momentum if it
# falls slowly and smoothly, a smaller one if it swings.
# <!-- ### END SOLUTION -->
