# %% [markdown]
# # Exercise 6: adaptive learning rates
#
# You write two of the rules of lecture 6, AdaGrad and Adam, and repair a printed loop of Adam until it trains.
# Then you undo Adam's bias correction and work out what it had corrected, find out by measuring where the
# constant of an unknown rule stands, and make Adam leave alone what it has no gradient for. At the end your own
# Adam runs in a live figure.
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
# ## 2. Adam
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
# ## 3. Repair the loop of S2, and train with it
#
# S2 prints Adam as a loop. Somebody has put it into a function that fits a line: the loss is half of the mean
# squared residual `x @ w - y`. What stands between the two comments is S2's, the rest is not.
#
#     def adam_train(x, y, w, iterations, learning_rate, beta1, beta2, eps):
#         gradient = x.T @ (x @ w - y) / len(y)
#         # t is your iteration counter going from 1 to infinity
#         first_moment, second_moment = 0, 0
#         for t in range(iterations):
#             first_moment = beta1 * first_moment + (1-beta1) * gradient
#             first_unbias = first_moment / (1-beta1**t)
#
#             second_moment = beta2 * second_moment + (1-beta2)*(gradient**2)
#             second_unbias = second_moment / (1-beta2**t)
#
#             w += - learning_rate * first_unbias / (np.sqrt(second_unbias) + eps)
#         # up to here
#         return w
#
# It returns nothing but `nan`. That is one fault, and it is S2's. Once it is mended two more show: `w` does not
# go to the solution, and the array that was handed in has changed. Write the function as it should be.

# %%
def adam_train(x, y, w, iterations, learning_rate, beta1, beta2, eps):
    """The w after `iterations` steps of Adam, as task 2 has them, from the given w.

    x              float array (N, P): one example in each row
    y              float array (N,): what x @ w should be
    w              float array (P,): the start
    iterations     whole number of steps, at least 1
    learning_rate, beta1, beta2, eps   numbers, as lr, beta1, beta2 and eps in task 2

    Each step uses the gradient at its own w, of the mean of (x @ w - y)**2 / 2 over the N examples.
    Returns a float array (P,). Leaves its arguments as they are.
    """
    ### BEGIN SOLUTION
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
    ### END SOLUTION

# %%
check("06.adam_train", adam_train)

# %% [markdown]
# ## 4. Undo the bias correction, and measure it
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
# ## 5. Where does the constant stand? A measurement
#
# You are handed a rule of RMSProp's kind, and nobody tells you where its small constant stands: outside the
# root, inside of it, or somewhere else. You can run it. Let the gradient of a parameter have the same size $G$
# in every step, until `r` no longer changes. For large $G$ the steps are as long as the rate; for small $G$ the
# constant makes them shorter. Measure the size at which they are half as long as the rate.

# %%
def half_size(update, lr, rho, eps):
    """The size of the gradients at which the steps of a rule have become half as long as its rate.

    update         a function: update(theta, g, r, t, lr, rho, eps) makes step number t of the rule; it
                   changes theta and r, arrays of the shape of g, in place, each entry by itself
    lr, rho, eps   numbers: rate, share of the average that is kept (at most 0.9), small constant

    theta and r start at 0, and g is the same in every step. The length is that of the last step, made when
    r no longer changes. The size lies between 1e-8 and 10.

    Returns the size, a number, right to 2 %.
    """
    ### BEGIN SOLUTION
    sizes = np.geomspace(1e-8, 10, 2501)
    theta, r = np.zeros(len(sizes)), np.zeros(len(sizes))
    for t in range(1, 101):
        before = theta.copy()
        update(theta, sizes, r, t, lr, rho, eps)
    lengths = np.abs(theta - before)
    return sizes[lengths >= lr / 2][0]
    ### END SOLUTION

# %%
check("06.half_size", half_size)

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
    of task 2, in theta, s and r. All other rows of theta, s and r stay exactly as they are.

    theta, g, s, r   float arrays (words, n): a row for each word
    t                number of this step, from 1 on, the same for all rows
    lr, beta1, beta2, eps   numbers, as in task 2

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
# Adam and the library's Adam without bias correction. If task 2 is right, your run lies on the grey one.
# Left: the length of the first steps. A step that moves both coordinates by $\epsilon$ is
# $\sqrt2\,\epsilon$ long.
#
# Look at it with $1 - \beta_2 = 0.001$. Then move $1 - \beta_2$ to both ends, then raise the rate to 1.

# %%
figure = explorers.adaptive.yours(adam_update)
figure

# %% [markdown]
# **Question.** At the rate 0.1 the version *without* correction reaches a small loss sooner. Is the
# correction useless, then? Explain with the formula of task 4 what the missing correction does to the rate,
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
#
# *Rubric.* 1 point: the missing correction lengthens the steps, by the factor of task 4, with a number. 1 point:
# for about $1/(1 - \beta_2)$ steps, which is longer than the run. 1 point: a fair comparison gives each its own
# best rate (or its own effective rate), over more than one start.
# <!-- ### END SOLUTION -->
