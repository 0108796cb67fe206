# %% [markdown]
# # Exercise 4: stochastic gradient descent
#
# You write the loop that trains almost every network: the minibatches of an epoch, the epoch itself, and a
# rate that falls. Between them you predict how rough a minibatch gradient is, and sort out which falling
# rates lead to the minimum. At the end your own functions run in a live figure.
#
# **You need** lecture 4, and numpy arrays. **Time:** about 60 minutes.
#
# **How it works.** Replace `raise NotImplementedError()` by your code, run its cell, then the `check` below
# it. The check calls your function with a few small random inputs, says what it found, and names the
# mistake if it knows it. It never shows the answer. Where you are stuck, `hint("04.minibatches")` in a cell
# of your own gives a hint, and a second call a stronger one.

# %%
import numpy as np

from course_lib import explorers
from course_lib.checks import check, hint

# %% [markdown]
# ## 1. Minibatches without replacement
#
# In an epoch each example is used exactly once, in a random order that is new in every epoch. A batch is
# named by the *numbers* of its examples, 0 to $n - 1$, so that the same numbers pick from the inputs and
# from the targets.
#
# All randomness comes from the generator `rng` that you are given. That way a training can be repeated
# exactly.

# %%
def minibatches(n, batch_size, rng):
    """The minibatches of one epoch.

    Every number 0, 1, ..., n - 1 stands in exactly one batch, in random order. All batches
    have batch_size numbers, only the last one may have fewer, where batch_size does not divide n.

    n            whole number of examples
    batch_size   whole number, from 1 to n
    rng          a numpy.random.Generator; each call draws a new order from it

    Returns a list of whole-number arrays, the batches.
    """
    ### BEGIN SOLUTION
    order = rng.permutation(n)
    return [order[i:i + batch_size] for i in range(0, n, batch_size)]
    ### END SOLUTION

# %%
check("04.minibatches", minibatches)

# %% [markdown]
# ## 2. An epoch of SGD
#
# One update for each batch, one after the other. The gradient of a batch is asked for at the place to which
# the batches before it have led. Work **in place**, as an optimizer does: `theta -= ...` changes the array
# that you were given.

# %%
def sgd_epoch(theta, gradient, batches, lr):
    """One epoch of stochastic gradient descent, in place.

    For each batch, in order: theta moves by minus lr times the gradient of that batch,
    taken where theta is at that moment.

    theta      float array: parameters
    gradient   function: (theta, batch) -> mean gradient of the examples in the batch at theta
    batches    list of whole-number arrays: the examples of each batch
    lr         number: rate, the same for all updates of this epoch

    Changes theta in place, returns nothing.
    """
    ### BEGIN SOLUTION
    for batch in batches:
        theta -= lr * gradient(theta, batch)
    ### END SOLUTION

# %%
check("04.sgd_epoch", sgd_epoch)

# %% [markdown]
# ## 3. The variance of the estimate
#
# Take one parameter, and let $g_1, \ldots, g_n$ be the derivatives of the $n$ examples by it. A minibatch
# gives the mean of $B$ of them. If the batch is drawn again and again, how much does this mean vary? It
# depends on the batch size, and on whether an example can come twice into the same batch. In this exercise
# $n$ is small, so that the difference shows.

# %%
def estimate_variance(g, batch_size, replacement):
    """The variance of the mean of a random batch.

    With replacement it is the variance of g, divided by the batch size. Without replacement
    that is multiplied by (n - batch_size) / (n - 1), where n is the number of examples.
    The variance of g is the mean squared deviation of its n entries from their mean.

    g             float array (n,), n >= 2: derivative of each example
    batch_size    whole number, from 1 to n
    replacement   True or False: whether the batch is drawn with replacement

    Returns a number. Leaves g as it is.
    """
    ### BEGIN SOLUTION
    n = len(g)
    factor = 1 if replacement else (n - batch_size) / (n - 1)
    return np.var(g) / batch_size * factor
    ### END SOLUTION

# %%
check("04.variance", estimate_variance)

# %% [markdown]
# ## 4. Linear decay
#
# The rate goes down on a straight line until update $\tau$, and stays there. `k` counts the updates already
# made, so the first update has `k = 0`. (You may count epochs instead, as the figure below does: the
# function does not mind.)

# %%
def linear_decay(k, start, end, tau):
    """The rate of linear decay.

    For k <= tau it is (1 - a) times start plus a times end, with a = k / tau.
    For k > tau it is end.

    k            whole number >= 0: updates already made
    start, end   numbers: first rate, last rate
    tau          whole number >= 1: updates after which the last rate is reached

    Returns a number.
    """
    ### BEGIN SOLUTION
    a = min(k / tau, 1)
    return (1 - a) * start + a * end
    ### END SOLUTION

# %%
check("04.linear_decay", linear_decay)

# %% [markdown]
# ## 5. Which exponents converge
#
# Let the rates be $\epsilon_k = k^{-p}$ for $k = 1, 2, \ldots$ The two conditions of Robbins and Monro ask
# for two sums: that of the rates must be infinite, so that every place can be reached, and that of their
# squares finite, so that the noise dies out. Say for each condition whether it holds. Both borders count:
# what happens for $p = 1$, and for $p = 1/2$?

# %%
def conditions(p):
    """Whether the rates k^-p satisfy the two conditions of Robbins and Monro.

    p   number >= 0: the exponent

    Returns two truth values: whether the sum of the rates is infinite,
    and whether the sum of their squares is finite.
    """
    ### BEGIN SOLUTION
    return p <= 1, 2 * p > 1
    ### END SOLUTION

# %%
check("04.conditions", conditions)

# %% [markdown]
# ## Your SGD
#
# The figure runs **your** `minibatches`, `sgd_epoch` and `linear_decay` on the 32 examples of the lecture's
# first bowl, twice: with the constant rate $\epsilon_0$, and with linear decay over the first 32 of 40
# epochs. One point is drawn per epoch. The star is the minimum.
#
# Start with the batch sizes: 1, 4, 32. Then, at $B = 4$, pull the rate down to 0.01. Then bring
# $\epsilon_\tau/\epsilon_0$ to both ends.

# %%
figure = explorers.sgd.yours(minibatches, sgd_epoch, linear_decay)
figure

# %% [markdown]
# **Question.** With the constant rate the run stops at some distance from the minimum, and with the decay
# it comes closer. Where does the remaining distance come from, although every epoch uses each example
# exactly once? What changes it: batch size, rate, number of epochs? And what would you lose by starting
# with the small rate $\epsilon_\tau$ at once? Six sentences are enough.

# %% [markdown] points=3
# <!-- ### BEGIN SOLUTION -->
# Within an epoch the batches come one after the other, and each pulls towards its own mean, the last ones
# most recently. So the place at the end of an epoch depends on the order, although all examples were used.
# With $B = 32$ there is one batch, its gradient is exact, and the distance goes to zero even at a constant
# rate; the decay then only slows it down. Smaller batches and larger rates leave more: the rate says how
# far the last few batches can pull. More epochs do not help: the distance stops falling after the first
# few.
#
# The decay starts fast and ends with small pulls. With $\epsilon_\tau$ from the beginning the noise would
# be as small, but the way there would be long: each update shrinks the distance by $1 - \epsilon\lambda$
# only, and even with $\epsilon_0 = 0.01$ the figure's run has not arrived after 40 epochs. With the
# hundredth part of it, it would hardly leave the start.
# <!-- ### END SOLUTION -->
