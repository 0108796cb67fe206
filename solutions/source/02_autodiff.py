# %% [markdown]
# # Exercise 2: derivatives by hand and by machine
#
# You write the parts from which a framework is made: the product of two dual numbers, the backward passes
# of three layers, and a checker that finds out whether a gradient is right. At the end your checker runs in
# a live figure.
#
# **You need** lecture 2, and numpy arrays. **Time:** about 60 minutes.
#
# **How it works.** Replace `raise NotImplementedError()` by your code, run its cell, then the `check` below
# it. It never shows the answer, but it names the mistake if it knows it. Six right digits are enough, and a
# list of numbers passes for an array. `hint("02.dual")` in a cell of your own gives a hint, and a second call a
# stronger one.

# %%
import numpy as np

from course_lib import explorers
from course_lib.checks import check, hint

# %% [markdown]
# ## 1. Multiply dual numbers
#
# A dual number is a value and a derivative, $x + \dot x\,\varepsilon$, with $\varepsilon^2 = 0$. Multiply
# two of them, and the rule for the derivative of a product comes out by itself.

# %%
def multiply_duals(x, dx, y, dy):
    """The product of the dual numbers x + dx eps and y + dy eps, where eps * eps = 0.

    x, dx    value and derivative of the first factor: numbers, or arrays of the same shape
    y, dy    value and derivative of the second factor, likewise

    Returns two things: the value of the product, and its derivative, both exact up to rounding.
    Leaves its arguments as they are.
    """
    ### BEGIN SOLUTION
    return x * y, dx * y + x * dy
    ### END SOLUTION

# %%
check("02.dual", multiply_duals)

# %% [markdown]
# ## 2. Backward through a dense layer
#
# Forward the layer computes `y = x @ W + b`, one example in each row of `x`. Backward it is given `dy`, the
# derivative of the loss by each entry of `y`. From it come the derivatives by `x`, `W` and `b`, each of the
# shape of its array. Think of one entry at a time: who uses it, and with which factor?

# %%
def dense_backward(x, W, dy):
    """The derivatives of the loss by x, W and b, where y = x @ W + b.

    x     float array (N, n): one example in each row
    W     float array (n, k)
    dy    float array (N, k): derivative of the loss by y. If the loss is a mean, its 1/N is in here

    Returns three arrays: dx (N, n), dW (n, k), db (k,). Leaves its arguments as they are.
    """
    ### BEGIN SOLUTION
    dx = dy @ W.T
    dW = x.T @ dy
    db = dy.sum(axis=0)
    return dx, dW, db
    ### END SOLUTION

# %%
check("02.dense", dense_backward)

# %% [markdown]
# ## 3. Backward through ReLU
#
# Forward: `y = np.maximum(x, 0)`, entry by entry. An entry that was replaced by 0 has no influence on the
# loss.

# %%
def relu_backward(x, dy):
    """The derivative of the loss by x, where y = max(x, 0) in each entry.

    Where x is exactly 0 the derivative of ReLU is taken as 0.

    x     float array of any shape: what went into ReLU
    dy    float array of that shape: derivative of the loss by y

    Returns a new array of that shape. Leaves x and dy as they are.
    """
    ### BEGIN SOLUTION
    return dy * (x > 0)
    ### END SOLUTION

# %%
check("02.relu", relu_backward)

# %% [markdown]
# ## 4. Backward through softmax and cross-entropy
#
# Each example has $K$ scores and a class $y$. Its loss is $-\log p_y$ with $p_c = e^{z_c} / \sum_k
# e^{z_k}$; the loss of the batch is the **mean** over its $N$ examples. You derived its gradient in the
# lecture. Scores may be large: $e^{900}$ is too large for a float, but $p$ does not change if the same
# number is taken away from all scores of an example.

# %%
def softmax_backward(scores, y):
    """The derivative, by the scores, of the mean cross-entropy of softmax(scores) and the classes y.

    scores    float array (N, K): one example in each row; entries lie between -900 and 900
    y         array (N,) of whole numbers from 0 to K - 1: the true class of each example

    Returns an array (N, K). Leaves scores and y as they are.
    """
    ### BEGIN SOLUTION
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(y)), y] -= 1
    return p / len(y)
    ### END SOLUTION

# %%
check("02.softmax", softmax_backward)

# %% [markdown]
# ## 5. A gradient checker
#
# Somebody hands you a function and what is said to be its gradient. Measure the derivative by each entry
# with a central difference, and compare the two vectors, $g$ and the measured $m$, by the relative error
#
# $$\frac{\lVert g - m \rVert}{\lVert g \rVert + \lVert m \rVert} .$$
#
# It is 0 where they agree and 1 where they are opposite, whatever their size.

# %%
def gradient_error(value, gradient, x, h):
    """The relative error of a gradient against central differences.

    Entry i of the measured gradient is the difference of the values at x with h added to entry i
    and at x with h taken away from entry i, over the distance of these two points. The error is
    the norm of (gradient - measured), over the sum of the norms of the two.

    value       function: an array like x -> a number
    gradient    function: an array like x -> what is said to be the gradient there
    x           float array (n,)
    h           number > 0: the step

    Returns a number. When it returns, x is as it was.
    """
    ### BEGIN SOLUTION
    g = gradient(x)
    measured = np.zeros(len(x))
    for i in range(len(x)):
        step = np.zeros(len(x))
        step[i] = h
        measured[i] = (value(x + step) - value(x - step)) / (2 * h)
    return np.linalg.norm(g - measured) / (np.linalg.norm(g) + np.linalg.norm(measured))
    ### END SOLUTION

# %%
check("02.checker", gradient_error)

# %% [markdown]
# ## Your checker at work
#
# The figure runs **your** `gradient_error` over the step $h$, on a right gradient and on one with a small
# relative mistake in one entry. A checker says "wrong" where its error is above the tolerance. Move the
# tolerance and the mistake.

# %%
figure = explorers.autodiff.checker(gradient_error)
figure

# %% [markdown]
# **Question.** Why has the curve of the right gradient the form of a V, and why is that of the wrong one
# flat in the middle? Which $h$ and which tolerance would you choose, and how small a mistake can your
# checker find then? Six sentences are enough.

# %% [markdown] points=3
# <!-- ### BEGIN SOLUTION -->
# For large $h$ the central difference itself is not exact: its truncation error falls with $h^2$. For small
# $h$ two nearly equal values are subtracted, and their rounding errors, divided by $h$, grow like $1/h$.
# The sum of both is a V with its lowest point between $10^{-6}$ and $10^{-5}$.
#
# The wrong gradient has an error that does not depend on $h$ at all: the relative mistake in that entry,
# weighted by the share of the entry in the whole gradient. It shows as a plateau wherever it is larger than
# the V.
#
# I would take $h$ at the bottom of the V, about $5 \cdot 10^{-6}$, and a tolerance some ten to a hundred
# times above the bottom, about $10^{-8}$, so that rounding never raises a false alarm. A mistake then shows
# if its plateau lies above the tolerance. A smaller one stays hidden in rounding; the complex step would
# find it.
# <!-- ### END SOLUTION -->
