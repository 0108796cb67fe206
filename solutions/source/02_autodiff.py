# %% [markdown]
# # Exercise 2: derivatives by hand and by machine
#
# You write the parts from which a framework is made: the product of two dual numbers, the sweep back through
# a graph, the backward passes of layers, a network that trains with a gradient of your own, and a checker
# that finds out whether a gradient is right. At the end your checker runs in a live figure.
#
# **You need** lecture 2, and numpy arrays. **Time:** about 90 minutes.
#
# **How it works.** Replace `raise NotImplementedError()` by your code, run its cell, then the `check`
# below it. It never shows the answer, but it names the mistake if it knows it. Six right digits are
# enough, and a list of numbers passes for an array. `hint("02.dual")` in a cell of your own gives a hint,
# and a second call a stronger one.

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
# ## 2. Backward through a graph
#
# A program has run, and left its graph. The nodes are numbered 0, 1, 2, ... in the order in which they were
# computed; the last one is the output. An edge leads from a node to a later one that uses it, and carries the
# local derivative. For $x = 3$, $y = 4$ and the output $xy + x$ the nodes are $x$, $y$, $xy$ and $xy + x$,
# and the edges are
#
# | `start` | `end` | `local` |
# |---|---|---|
# | 0 | 2 | 4.0 |
# | 1 | 2 | 3.0 |
# | 2 | 3 | 1.0 |
# | 0 | 3 | 1.0 |
#
# The derivatives of the output by the four nodes are 5, 3, 1 and 1.

# %%
def graph_backward(n, start, end, local):
    """The derivative of the output, the last node, by each node of a graph.

    n        number of nodes
    start    array of whole numbers, one for each edge: the node from which it leads
    end      array of whole numbers: the node to which it leads, larger than its start. The
             edges stand in the order of their ends. Two of them may join the same two nodes
             (as in x * x), and a node need not be used by any other
    local    float array: the local derivative on each edge

    Returns an array or a list of n numbers. Leaves its arguments as they are.
    """
    ### BEGIN SOLUTION
    adjoint = np.zeros(n)
    adjoint[-1] = 1
    for i, z, derivative in zip(start[::-1], end[::-1], local[::-1]):
        adjoint[i] += derivative * adjoint[z]
    return adjoint
    ### END SOLUTION

# %%
check("02.graph", graph_backward)

# %% [markdown]
# ## 3. Repair the backward pass of a dense layer
#
# Forward the layer computes `y = x @ W + b`, one example in each row of `x`. Backward it is given `dy`, the
# derivative of the loss by each entry of `y`, and returns the derivatives by `x`, `W` and `b`. Somebody wrote
#
#     def dense_backward(x, W, dy):
#         dx = dy @ W
#         dW = x.T @ dy / len(x)
#         db = dy.mean(axis=0)
#         return dx, dW, db
#
# and tried it on a single example, with `W = np.eye(3)`. All three results were right. With other numbers
# all three are wrong. Why did the trial not show it? Write the function as it should be. Think of one
# entry at a time: who uses it, and with which factor?

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
# ## 5. Through a ReLU: a network that trains
#
# A network with one hidden layer predicts a number for each example. Its loss is the mean squared error.
# Derive the gradient yourself; the lecture has all the rules, but not this loss. Then train the network:
# gradient descent, all examples at once.

# %%
def train_relu(x, t, W, v, lr, steps):
    """Gradient descent on the mean, over the examples, of (prediction - t)**2.

    The predictions are np.maximum(x @ W, 0) @ v. Each step computes the loss and its gradient
    by W and by v at the present weights, and then moves both against it, at the rate lr.
    Where x @ W is exactly 0, the derivative of ReLU is taken as 0.

    x        float array (N, n): one example in each row
    t        float array (N,): what should be predicted
    W        float array (n, k): the weights of the hidden layer at first
    v        float array (k,): the weights of the output at first
    lr       number > 0
    steps    whole number > 0

    Returns three things: the losses of all steps, each before its move, an array (steps,) or
    a list; and W and v after the last step. Leaves its arguments as they are.
    """
    ### BEGIN SOLUTION
    losses = []
    for _ in range(steps):
        z = x @ W
        a = np.maximum(z, 0)
        error = a @ v - t
        losses.append(np.mean(error**2))
        dy = 2 * error / len(t)
        dz = np.outer(dy, v) * (z > 0)
        W, v = W - lr * (x.T @ dz), v - lr * (a.T @ dy)
    return np.array(losses), W, v
    ### END SOLUTION

# %%
check("02.relu", train_relu)

# %% [markdown]
# ## 6. A gradient checker
#
# Somebody hands you a function and what is said to be its gradient. Measure the derivative by each entry
# with a central difference, and compare the two vectors, $g$ and the measured $\hat g$, by the relative error
#
# $$\frac{\lVert g - \hat g \rVert}{\lVert g \rVert + \lVert \hat g \rVert} .$$
#
# It is 0 where they agree and 1 where they are opposite, whatever their size.

# %%
def gradient_error(value, gradient, x, h):
    """The relative error of a gradient against central differences.

    The measured gradient has in entry i the central difference along entry i, with h to
    either side. The error is that of the formula above, of the whole vectors.

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
#
# *Three points:* one for the two arms of the V, with their causes and slopes; one for the flat part and
# what its height says; one for an $h$ and a tolerance that follow from the picture, with the smallest
# mistake that they find.

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
# if its plateau lies above the tolerance. A smaller one stays hidden; the complex step would find it.
#
# *Rubric.* One point: truncation right, falling with $h^2$, and rounding left, growing like $1/h$ (half
# for only one of them). One point: the plateau is the mistake itself and does not depend on $h$. One
# point: $h$ between $10^{-7}$ and $10^{-4}$, a tolerance above the V there, and that a mistake is found
# if its plateau lies above the tolerance; no point for numbers without a reason.
# <!-- ### END SOLUTION -->
