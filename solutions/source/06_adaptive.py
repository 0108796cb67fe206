# %% [markdown]
# # Exercise 6: adaptive learning rates
#
# You write the four rules of lecture 6 yourself: AdaGrad, RMSProp, AdaDelta and Adam. Each is a few lines,
# and each line differs from its neighbour's in one place that matters. Then you undo Adam's bias correction
# and work out what it had corrected, and make Adam leave alone what it has no gradient for. At the end your
# own Adam runs in a live figure.
#
# **You need** lecture 6, and numpy arrays. **Time:** about 70 minutes.
#
# **How it works.** Replace `raise NotImplementedError()` by your code, run its cell, then the `check` below
# it. The check calls your function with a few small random inputs, says what it found, and names the
# mistake if it knows it. It never shows the answer. The small constant is large in these inputs, so that
# its place shows. Where you are stuck, `hint("06.adagrad")` in a cell of your own gives a hint, and a
# second call a stronger one.

# %%
import numpy as np

from course_lib import explorers
from course_lib.checks import check, hint

# %% [markdown]
# ## 1. AdaGrad
#
# Each entry of theta has its own sum of squared gradients, `r`, and its step is divided by the root of it.
# Entries with large gradients get small rates. All rules here work **in place**: they write the new numbers
# into the arrays that they were given.

# %%
def adagrad_update(theta, g, r, t, lr, eps):
    """One AdaGrad step, in place.

    To r add the square of the gradient, entry by entry. Then theta moves by minus lr times
    the gradient, divided by (the root of r, plus eps).

    theta, g, r    float arrays of the same shape: parameters, gradient at theta, squares so far
    t              number of this step, from 1 on; this rule does not need it
    lr, eps        numbers: rate, small constant

    Changes theta and r in place, leaves g as it is, returns nothing.
    """
    ### BEGIN SOLUTION
    r += g * g
    theta -= lr * g / (np.sqrt(r) + eps)
    ### END SOLUTION

# %%
check("06.adagrad", adagrad_update)

# %% [markdown]
# ## 2. RMSProp
#
# A sum never falls, so AdaGrad never forgets. RMSProp takes a running average instead. Its memory is about
# $1/(1 - \rho)$ steps long.

# %%
def rmsprop_update(theta, g, r, t, lr, rho, eps):
    """One RMSProp step, in place.

    The new r is rho times the old r plus (1 - rho) times the square of the gradient. Then theta
    moves by minus lr times the gradient, divided by (the root of r, plus eps).

    theta, g, r    float arrays of the same shape: parameters, gradient at theta, average of squares
    t              number of this step, from 1 on; this rule does not need it
    lr, rho, eps   numbers: rate, share of the old average that is kept, small constant

    Changes theta and r in place, leaves g as it is, returns nothing.
    """
    ### BEGIN SOLUTION
    r[:] = rho * r + (1 - rho) * g * g
    theta -= lr * g / (np.sqrt(r) + eps)
    ### END SOLUTION

# %%
check("06.rmsprop", rmsprop_update)

# %% [markdown]
# ## 3. AdaDelta
#
# AdaDelta replaces the rate by the root mean square of its own recent steps. The order of the lines
# matters: the average of gradients is renewed before the step is made, the average of steps after it. And
# the constant stands *inside* both roots here.

# %%
def adadelta_update(theta, g, r, u, t, lr, rho, eps):
    """One AdaDelta step, in place.

    The new r is rho times the old r plus (1 - rho) times the square of the gradient.
    The step d is the gradient times the root of (old u plus eps), divided by the root of
    (new r plus eps).
    The new u is rho times the old u plus (1 - rho) times the square of d.
    Then theta moves by minus lr times d.

    theta, g       float arrays of the same shape: parameters, gradient at theta
    r, u           float arrays of that shape: averages of squared gradients and of squared steps
    t              number of this step, from 1 on; this rule does not need it
    lr, rho, eps   numbers: a factor (1 in the paper), share that is kept, small constant

    Changes theta, r and u in place, leaves g as it is, returns nothing.
    """
    ### BEGIN SOLUTION
    r[:] = rho * r + (1 - rho) * g * g
    d = np.sqrt(u + eps) / np.sqrt(r + eps) * g
    u[:] = rho * u + (1 - rho) * d * d
    theta -= lr * d
    ### END SOLUTION

# %%
check("06.adadelta", adadelta_update)

# %% [markdown]
# ## 4. Adam
#
# Two averages, of gradients and of their squares. Both start at zero, and both are corrected for it before
# they are used. The averages themselves stay as they are: only what theta moves by is corrected.

# %%
def adam_update(theta, g, s, r, t, lr, beta1, beta2, eps):
    """One Adam step, in place.

    The new s is beta1 times the old s plus (1 - beta1) times the gradient; the new r is beta2 times
    the old r plus (1 - beta2) times its square. The corrected averages are s / (1 - beta1^t) and
    r / (1 - beta2^t). Then theta moves by minus lr times the corrected s, divided by
    (the root of the corrected r, plus eps).

    theta, g         float arrays of the same shape: parameters, gradient at theta
    s, r             float arrays of that shape: averages of gradients and of squared gradients
    t                number of this step, from 1 on
    lr, beta1, beta2, eps   numbers: rate, shares that are kept, small constant

    Changes theta, s and r in place, leaves g as it is, returns nothing.
    """
    ### BEGIN SOLUTION
    s[:] = beta1 * s + (1 - beta1) * g
    r[:] = beta2 * r + (1 - beta2) * g * g
    s_hat = s / (1 - beta1**t)
    r_hat = r / (1 - beta2**t)
    theta -= lr * s_hat / (np.sqrt(r_hat) + eps)
    ### END SOLUTION

# %%
check("06.adam", adam_update)

# %% [markdown]
# ## 5. Undo the bias correction, and measure it
#
# Take the correction out of Adam, and hand it the same gradient, 1, in every step, with no small constant.
# How long are its steps, in units of the rate? With the correction all of them would be 1. You can run the
# two averages in a loop, or find out what they are after $t$ steps and write it down at once.

# %%
def uncorrected_steps(beta1, beta2, n):
    """Lengths of the first n steps of Adam without bias correction, divided by the rate.

    The gradient is 1 in every step, eps is 0, both averages start at 0.

    beta1, beta2   numbers: shares that are kept
    n              whole number of steps, at least 1

    Returns a float array (n,): the lengths of steps 1, 2, ..., n.
    """
    ### BEGIN SOLUTION
    t = np.arange(1, n + 1)
    return (1 - beta1**t) / np.sqrt(1 - beta2**t)
    ### END SOLUTION

# %%
check("06.uncorrected_steps", uncorrected_steps)

# %% [markdown]
# ## 6. Sparse gradients
#
# A table of word vectors has a row for each word. A batch of text holds few of the words, so most rows of
# the gradient are zero. Adam moves those rows all the same, along what is left of their average $s$, and
# lets $r$ fade, so that a rare word meets its next gradient with an $r$ that has forgotten the last one.
# The *lazy* version (PyTorch's `SparseAdam`) touches only the rows that were in the batch.

# %%
def sparse_adam_update(theta, g, s, r, t, lr, beta1, beta2, eps):
    """One Adam step for the rows that were in the batch, in place.

    A row was in the batch if any entry of its gradient is not zero. Such a row makes the step
    of task 4, in theta, s and r. All other rows of theta, s and r stay exactly as they are.

    theta, g, s, r   float arrays (words, n): a row for each word
    t                number of this step, from 1 on, the same for all rows
    lr, beta1, beta2, eps   numbers, as in task 4

    Changes theta, s and r in place, leaves g as it is, returns nothing.
    """
    ### BEGIN SOLUTION
    seen = (g != 0).any(axis=1)
    s[seen] = beta1 * s[seen] + (1 - beta1) * g[seen]
    r[seen] = beta2 * r[seen] + (1 - beta2) * g[seen] ** 2
    s_hat = s[seen] / (1 - beta1**t)
    r_hat = r[seen] / (1 - beta2**t)
    theta[seen] -= lr * s_hat / (np.sqrt(r_hat) + eps)
    ### END SOLUTION

# %%
check("06.sparse_adam", sparse_adam_update)

# %% [markdown]
# ## Your Adam beside the library's
#
# The figure runs **your** `adam_update` on a ravine that lies across the coordinates, beside the library's
# Adam and the library's Adam without bias correction. If task 4 is right, your run lies on the grey one.
# Left: the length of the first steps. A step that moves both coordinates by $\epsilon$ is
# $\sqrt2\,\epsilon$ long.
#
# Look at it with $1 - \beta_2 = 0.001$. Then move $1 - \beta_2$ to both ends, then raise the rate to 1.

# %%
figure = explorers.adaptive.yours(adam_update)
figure

# %% [markdown]
# **Question.** At the rate 0.1 the version *without* correction reaches a small loss sooner. Is the
# correction useless, then? Explain with the formula of task 5 what the missing correction does to the rate,
# say for how many steps about, and what you would compare to be fair. Six sentences are enough.

# %% [markdown] points=3
# <!-- ### BEGIN SOLUTION -->
# No. Without correction the steps are longer by $(1 - \beta_1^t)/\sqrt{1 - \beta_2^t}$: 3.16 in the first
# step, 6.5 in the tenth, for $\beta_2 = 0.999$. It comes down to 1 only after about $1/(1 - \beta_2) =
# 1000$ steps, longer than the whole run. So what the figure compares are two rates. At 0.1 the larger one
# happens to be better; at 1 it is not, its path swings much farther.
#
# A fair comparison gives each version its own best rate, over several starts. Then little is left of the
# difference. What the correction buys is that the rate means the same in the first step as later, and for
# every $\beta_2$: move $1 - \beta_2$ and only the version without correction changes its first step.
# <!-- ### END SOLUTION -->
