# %% [markdown]
# # Exercise 4: stochastic gradient descent
#
# You write the loop that trains almost every network: the minibatches of an epoch, the epoch itself, and a
# rate that falls. Between them you derive how rough a minibatch gradient is and where SGD stops because of it,
# and sort out which falling rates lead to the minimum. Then you train at several batch sizes and measure what
# each of them costs. At the end your own functions run in a live figure.
#
# **You need** lecture 4, paper, and numpy arrays. **Time:** about 75 minutes.
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
# ## 3. The noise floor, derived
#
# Take one parameter $\theta$ and $n$ examples, each with a parabola of its own for a loss: all have the same
# curvature, but their minima lie at different places. So does each of their derivatives at the place where the
# mean loss is lowest. A minibatch gives the mean of $B$ of them. How much does this mean vary, if the batch is
# drawn again and again? And if SGD goes on for very long with such batches and a constant rate, how high above
# its minimum will the mean loss be?
#
# Derive both on paper: the variance, for both ways to draw, and what the balance of pull and noise makes of it.
# In this exercise $n$ is small and the rate is not, so nothing may be left out as small.

# %%
def noise_floor(g, batch_size, replacement, curvature, lr):
    """How rough a minibatch gradient is, and how high above the minimum SGD settles.

    Each update draws a new batch from all n examples, takes the mean derivative of its examples
    where theta is, and moves theta by minus lr times this.

    g             float array (n,), n >= 2: derivative of each example where the mean loss is lowest;
                  its mean is 0
    batch_size    whole number, from 1 to n
    replacement   True or False: whether an example may come twice into the same batch
    curvature     number > 0: second derivative of the loss of each example
    lr            number, 0 < lr * curvature < 2: rate

    Returns two numbers: the variance of the mean derivative of a batch; and by how much the mean
    loss of all examples lies above its minimum after very many updates, on average over all draws.
    Leaves g as it is.
    """
    ### BEGIN SOLUTION
    n = len(g)
    factor = 1 if replacement else (n - batch_size) / (n - 1)
    variance = np.var(g) / batch_size * factor
    return variance, lr * variance / (2 * (2 - lr * curvature))
    ### END SOLUTION

# %%
check("04.noise_floor", noise_floor)

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
# ## 6. What a batch size costs, measured
#
# Which batch size is cheapest? An update has a fixed cost, and each example in the batch adds to it. Small
# batches need many updates, and if they are too small for the rate they may never get below the loss that you
# want: their noise floor is higher. So train a linear model at several batch sizes, each time from the same
# start, and count. What you have to find yourself is the gradient of a batch.
#
# All batch sizes get the same random orders of the examples, one order for each update, so that a second
# measurement gives the same numbers.

# %%
def batch_costs(x, y, orders, sizes, lr, target, overhead):
    """For each batch size the updates to a training loss, and what they cost.

    The model predicts x @ theta. Its training loss is the mean over all N examples of
    (x @ theta - y)**2 / 2. For each batch size theta starts at 0, and each row of `orders` makes
    one update of SGD: with the rate lr, on the batch of the first so many examples of that row.
    After each update the training loss is looked at.

    x          float array (N, P): one example in each row
    y          float array (N,): the targets
    orders     whole-number array (K, N): in each row the numbers 0 to N - 1 in random order
    sizes      whole-number array (M,): the batch sizes, from 1 to N
    lr         number: rate
    target     number, below the training loss at 0
    overhead   number: what an update costs whatever its batch, where each example of it costs 1

    Returns two arrays (M,): the number of updates after which the training loss is first at most
    target, np.inf where it never is in the K updates; and their cost, np.inf there too. Leaves its
    arguments as they are.
    """
    ### BEGIN SOLUTION
    updates = np.full(len(sizes), np.inf)
    for i, size in enumerate(sizes):
        theta = np.zeros(x.shape[1])
        for k, order in enumerate(orders, 1):
            batch = order[:size]
            theta -= lr * x[batch].T @ (x[batch] @ theta - y[batch]) / size
            if np.mean((x @ theta - y) ** 2) / 2 <= target:
                updates[i] = k
                break
    return updates, updates * (overhead + sizes)
    ### END SOLUTION

# %%
check("04.batch_costs", batch_costs)

# %% [markdown]
# Now measure with it, in a new cell. Which batch size is cheapest, if an update costs nothing besides its
# examples, and which if it costs as much as 50 of them? Which batch sizes never get there, and what changes that?
#
# ```python
# rng = np.random.default_rng(0)
# x = rng.standard_normal((256, 5))
# y = x @ np.ones(5) + rng.standard_normal(256)
# best = np.linalg.lstsq(x, y, rcond=None)[0]
# lowest = np.mean((x @ best - y) ** 2) / 2
# orders = np.array([rng.permutation(256) for _ in range(1000)])
# sizes = 2 ** np.arange(9)
# for lr in (0.02, 0.1):
#     for overhead in (0, 50):
#         updates, costs = batch_costs(x, y, orders, sizes, lr, 1.002 * lowest, overhead)
#         print(lr, overhead, updates, costs, sizes[np.argmin(costs)])
# ```

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
#
# *Three points:* one for where the distance comes from; one for what each of the three changes, with numbers
# read from the figure; one for what starting small would lose, with the factor by which an update shrinks the
# distance.

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
#
# *Rubric.* One point: the examples of a batch pull towards their own mean, and the place at the end of an epoch
# depends on their order (half for "noise" alone). One point: larger batches and smaller rates leave less, more
# epochs change nothing once it has settled, with at least two numbers from the figure (half without numbers).
# One point: the way takes about $1/(\epsilon\lambda)$ updates, so the small rate does not arrive (half for "it
# is slower" alone).
# <!-- ### END SOLUTION -->
