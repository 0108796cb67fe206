# %% [markdown]
# # Exercise 7: schedules, patience and the range test
#
# You write the schedules of lecture 7, the rule that stops a training, and the range test. Then you choose
# a rate from curves, as you will have to in your own work. At the end a real network trains under your
# schedules.
#
# **You need** lecture 7, and numpy arrays. **Time:** about 60 minutes.
#
# **How it works.** Replace `raise NotImplementedError()` by your code, run its cell, then the `check` below
# it. It names the mistake where it knows it. `hint("07.decays")` in a cell of your own gives a hint, and a
# second call a stronger one.

# %%
import numpy as np

from course_lib import explorers
from course_lib.checks import check, hint

# %% [markdown]
# ## 1. Step, exponential, 1/t
#
# Three ways to lower a rate, from the same first rate:
#
# $$\epsilon_k = \epsilon_0\, q^{\lfloor k/m \rfloor}, \qquad \epsilon_k = \epsilon_0\, e^{-rk}, \qquad \epsilon_k = \frac{\epsilon_0}{1 + rk} .$$
#
# $k$ is the number of updates already made, so the first update has $k = 0$ and all three give it
# $\epsilon_0$. The brackets $\lfloor\;\rfloor$ round down.

# %%
def decays(k, lr, drop, every, rate):
    """The rates of three schedules at update k.

    step: lr times drop to the power of the number of drops so far; the rate drops after
    each `every` updates.
    exponential: lr times e to the power of minus rate times k.
    1/t: lr divided by one plus rate times k.

    k      updates already made, a whole number >= 0
    lr     the first rate
    drop   what is left of the rate after a drop, 0 < drop <= 1
    every  updates between two drops, a whole number
    rate   how fast the other two decay

    Returns three numbers: step, exponential, 1/t.
    """
    ### BEGIN SOLUTION
    step = lr * drop ** (k // every)
    exponential = lr * np.exp(-rate * k)
    inverse = lr / (1 + rate * k)
    return step, exponential, inverse
    ### END SOLUTION

# %%
check("07.decays", decays)

# %% [markdown]
# ## 2. Cosine decay with warm restarts
#
# Within a period of $n$ updates, $c$ of which are made, the rate is
#
# $$\epsilon = \epsilon_{\min} + \tfrac12 (\epsilon_{\max} - \epsilon_{\min})\left(1 + \cos\frac{\pi c}{n}\right) .$$
#
# When all $n$ are made, the next period begins with $c = 0$. It is `factor` times as long. The work is to
# get from $k$, the number of all updates so far, to $c$ and $n$. With a first period of 5 and factor 2,
# update $k = 5$ is the first of a period of 10, and $k = 17$ has $c = 2$ in a period of 20.

# %%
def cosine(k, high, low, period, factor):
    """The rate at update k of cosine decay with warm restarts.

    k          updates already made, a whole number >= 0
    high, low  the rate at the beginning of a period, and the rate it falls towards
    period     length of the first period, in updates
    factor     each period is so many times as long as the one before, a whole number >= 1

    Returns a number.
    """
    ### BEGIN SOLUTION
    c, n = k, period
    while c >= n:
        c = c - n
        n = factor * n
    return low + 0.5 * (high - low) * (1 + np.cos(np.pi * c / n))
    ### END SOLUTION

# %%
check("07.cosine", cosine)

# %% [markdown]
# ## 3. Patience
#
# Early stopping looks at the validation losses one after the other. It keeps the best so far, and gives up
# when `patience` records in a row were not better than it. What would have come later it never sees.
#
# With the losses 1.0, 0.8, 0.9, 0.85, 0.7 and a patience of 2 it stops at record 3, since records 2 and 3
# are not below 0.8, and keeps record 1. The 0.7 would have come one record later.

# %%
def stop_early(losses, patience):
    """Which record early stopping keeps, and at which it stops.

    A record is better if its loss is smaller than the best so far; an equal one is not better.
    Training stops at the record that is the last of `patience` in a row which were not better.
    If that never happens, it stops at the last record.

    losses    float array (n,): the validation loss at records 0, 1, ..., n - 1; n is at least 2
    patience  whole number >= 1

    Returns two whole numbers: best, stop. Leaves losses as it is.
    """
    ### BEGIN SOLUTION
    best = 0
    for stop in range(1, len(losses)):
        if losses[stop] < losses[best]:
            best = stop
        elif stop - best == patience:
            break
    return best, stop
    ### END SOLUTION

# %%
check("07.patience", stop_early)

# %% [markdown]
# ## 4. The range test
#
# One short run of gradient descent finds about the largest rate that works. The rate begins at `low` and is
# multiplied by the same factor at each update, so that it is `high` at the last:
#
# $$\epsilon_k = \epsilon_{\text{low}} \left(\frac{\epsilon_{\text{high}}}{\epsilon_{\text{low}}}\right)^{k/(n-1)},
# \qquad k = 0, \ldots, n - 1 .$$

# %%
def range_test(loss, gradient, theta, low, high, n):
    """A run of gradient descent with a growing rate.

    For each of the n rates, in order: note the loss at theta, then make one step with this rate.

    loss, gradient  functions: an array like theta -> a number; -> an array of the same shape
    theta           float array: where the run begins
    low, high, n    the first rate, the last, and how many there are, n at least 2

    Returns two arrays of shape (n,): rates, losses. Leaves theta as it is.
    """
    ### BEGIN SOLUTION
    rates = low * (high / low) ** (np.arange(n) / (n - 1))
    theta, losses = theta.copy(), np.zeros(n)
    for k in range(n):
        losses[k] = loss(theta)
        theta -= rates[k] * gradient(theta)
    return rates, losses
    ### END SOLUTION

# %%
check("07.range_test", range_test)

# %% [markdown]
# ## 5. Choose a rate from curves
#
# A sweep gives one loss curve per rate. Which rate do you take? Not the one with the single lowest loss:
# minibatches are noisy, and some are easy. Compare means over the last losses of each run. And a run that
# diverged, even in its last update, is out.

# %%
def choose_rate(rates, losses, last):
    """The rate whose run ends with the lowest loss.

    The end of a run is the mean of its last `last` losses. A run in which any loss is nan or
    infinite has diverged and is never chosen; at least one run has not.

    rates   float array (K,)
    losses  float array (K, T): in row i the minibatch losses of the run with rates[i]
    last    whole number, 1 <= last <= T

    Returns a number, one of rates. Leaves rates and losses as they are.
    """
    ### BEGIN SOLUTION
    ends = losses[:, -last:].mean(axis=1)
    diverged = ~np.isfinite(losses).all(axis=1)
    ends[diverged] = np.inf
    return rates[np.argmin(ends)]
    ### END SOLUTION

# %%
check("07.choose_rate", choose_rate)

# %% [markdown]
# ## A network under your schedules
#
# The figure trains the network of the lecture, on digits with a tenth of the labels wrong, under **your**
# `decays` and `cosine`, beside the library's schedules with the same numbers. If tasks 1 and 2 are right,
# your curve lies on the grey one. The cosine has three periods here, each twice as long as the one before.
#
# Go through the four shapes at the first rate 0.4. Then do it again at 0.02.

# %%
figure = explorers.learning_rates.yours(decays, cosine)
figure

# %% [markdown]
# **Question.** Which shape has the lowest validation loss at the first rate 0.4, and which at 0.02? Explain
# the difference with the floor of lecture 7.1, and say how you would find first rate and schedule for a new
# problem. Six sentences are enough.

# %% [markdown] points=3
# <!-- ### BEGIN SOLUTION -->
# At 0.4 the exponential ends lowest and $1/t$ highest, but all four are close. At 0.02 they are far apart:
# the cosine, whose rate stays high longest, is ahead, and $1/t$, which falls soonest, has hardly learned
# anything.
#
# At 0.4 the network reaches its floor within two or three epochs. Nearly every schedule then does the one
# thing that is left to do, to lower the floor, which is proportional to the rate. At 0.02 it never comes
# down to its floor: what counts is how far it gets, the sum of the rates, and every decay takes from that.
#
# For a new problem I would run a range test, sweep a few constant rates about a tenth of what it finds,
# until the best has a worse one on either side, and only then add a decay, over the whole budget, with a
# validation set to judge it.
# <!-- ### END SOLUTION -->
