# %% [markdown]
# # Exercise 7: schedules, patience and sweeps
#
# You derive and write the schedules of lecture 7, the rule that stops a training, and the range test.
# Then you choose a rate from curves, and write a sweep that trains by itself until it has found the best
# rate. At the end a real network trains under your schedules.
#
# **You need** lecture 7, paper, and numpy arrays. **Time:** about 75 minutes.
#
# **How it works.** Replace `raise NotImplementedError()` by your code, run its cell, then the `check` below
# it. It names the mistake where it knows it. `hint("07.decays")` in a cell of your own gives a hint, and a
# second call a stronger one.

# %%
import numpy as np

from course_lib import datasets, explorers, losses
from course_lib.checks import check, hint
from course_lib.layers import Dense
from course_lib.network import Network

# %% [markdown]
# ## 1. Step, exponential, 1/t, from one rate to another
#
# The lecture has three ways to lower a rate:
#
# $$\epsilon_k = \epsilon_0\, q^{\lfloor k/m \rfloor}, \qquad \epsilon_k = \epsilon_0\, e^{-rk}, \qquad \epsilon_k = \frac{\epsilon_0}{1 + rk} .$$
#
# Nobody thinks in $q$, $m$ and $r$. One knows the first rate, the last rate, and how long the training
# will be. Work out on paper which $q$ and $m$, and which two $r$, lead from the one to the other. Mind
# that the two $r$ are different.

# %%
def decays(k, lr, last, n, drops):
    """The rates at update k of three schedules that begin with lr and come down to last.

    step: the rate drops `drops` times by the same factor, and stays equally long, n / (drops + 1) updates,
    before the first drop, between two drops, and after the last one. After it the rate is last.
    exponential: the rate is last at k = n.
    1/t: the rate is last at k = n.

    k      updates already made, a whole number, 0 <= k < n
    lr     the first rate, at k = 0
    last   the last rate, 0 < last < lr
    n      updates of the whole training, a multiple of drops + 1
    drops  whole number >= 1

    Returns three numbers: step, exponential, 1/t.
    """
    ### BEGIN SOLUTION
    m = n // (drops + 1)
    step = lr * (last / lr) ** ((k // m) / drops)
    exponential = lr * (last / lr) ** (k / n)
    inverse = lr / (1 + (lr / last - 1) * k / n)
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
# ## 6. A sweep that trains
#
# A list of rates is a guess, and its best is often its first or its last. So let the sweep go on by itself:
# begin with three rates, and as long as the best is the smallest or the largest of all that were tried, try
# one more beyond it. Then the best has a worse one on either side.

# %%
def sweep(loss, gradient, theta, lr, steps):
    """Trainings at more and more rates, until the best has a worse one on either side.

    A training at a rate begins at theta, makes `steps` steps of gradient descent, and is judged by the
    loss at its end. The first three rates are lr / 2, lr and 2 * lr. While the largest rate so far is the
    best, twice this rate is tried next; while the smallest is, half of it. No other rates are tried.

    loss, gradient  functions: an array like theta -> a number; -> an array of the same shape
    theta           float array: where each training begins
    lr              number > 0
    steps           whole number >= 1

    Returns three things: the rates tried, in increasing order, as an array; their losses at the end, as an
    array in the same order; the best rate. Leaves theta as it is.
    """
    ### BEGIN SOLUTION
    def end(rate):
        x = theta.copy()
        for _ in range(steps):
            x -= rate * gradient(x)
        return loss(x)

    rates = [lr / 2, lr, 2 * lr]
    losses = [end(rate) for rate in rates]
    while losses[-1] < min(losses[:-1]):
        rates, losses = [*rates, 2 * rates[-1]], [*losses, end(2 * rates[-1])]
    while losses[0] < min(losses[1:]):
        rates, losses = [rates[0] / 2, *rates], [end(rates[0] / 2), *losses]
    return np.array(rates), np.array(losses), rates[np.argmin(losses)]
    ### END SOLUTION

# %%
check("07.sweep", sweep)

# %% [markdown]
# Now train with it: a network without a hidden layer, on 1,438 digits, all of them at each step. Does the
# best rate depend on where the sweep begins, and on how many steps each training has? In a cell of your own:
#
# ```python
# data = datasets.load("digits")
# network = Network([Dense(64, 10)], losses.softmax_cross_entropy, np.random.default_rng(0))
# f = network.objective(data.x, data.y)
# for lr, steps in ((0.01, 20), (1.0, 20), (0.01, 200)):
#     rates, ends, best = sweep(f.value, f.gradient, network.theta, lr, steps)
#     print(steps, "steps:", np.c_[rates, ends].round(3).tolist(), "best", best)
# ```

# %% [markdown]
# ## A network under your schedules
#
# The figure trains the network of the lecture, on digits with a tenth of the labels wrong, under **your**
# `decays` and `cosine`, beside the library's schedules with the same numbers. If tasks 1 and 2 are right,
# your curve lies on the grey one. The cosine has three periods here, each twice as long as the one before.
#
# Go through the four shapes at the first rate 0.4. Then do it again at 0.02. Each change trains anew.

# %%
figure = explorers.learning_rates.yours(decays, cosine)
figure

# %% [markdown]
# **Question.** Which shape has the lowest validation loss at the first rate 0.4, and which at 0.02? Explain
# the difference with the floor of lecture 7.1, and say how you would find first rate and schedule for a new
# problem. Six sentences are enough.
#
# *Three points:* one for what you read from the figure at both rates, with losses; one for the reason, in
# which the floor and the distance to it both occur; one for a procedure that another person could follow, and
# that says by which examples you judge.

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
#
# *Rubric.* One point: at 0.4 all four within a few hundredths, at 0.02 far apart, the cosine lowest and
# $1/t$ highest (half without numbers). One point: at 0.4 the floor is reached and the decay lowers it, at
# 0.02 it is not reached and the sum of the rates counts (half for one of the two). One point: a search
# over rates whose best has a worse one on either side, then a decay, judged on validation examples (half
# without these). <!-- ### END SOLUTION -->
