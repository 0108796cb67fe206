# %% [markdown]
# # Exercise 1: error surfaces and gradient descent
#
# You write gradient descent on a quadratic, from the gradient to a whole run and the largest rate it can take.
# Then you tell minima from saddles, and measure how far a path travels. At the end your own functions run in a
# live figure.
#
# **You need** lecture 1, and numpy arrays. **Time:** about 60 minutes.
#
# **How it works.** Replace `raise NotImplementedError()` by your code, run its cell, then the `check` below
# it. The check calls your function with a few small random inputs and says what it found. If your numbers are
# those of a mistake it knows, it names the mistake. It never shows the answer. Six right digits are enough, and
# a list of numbers passes for an array. Where you are stuck, `hint("01.gradient")` in a cell of your own gives
# a hint, and a second call a stronger one.

# %%
import numpy as np

from course_lib import explorers
from course_lib.checks import check, hint

# %% [markdown]
# ## 1. The gradient of a quadratic
#
# Near a minimum every smooth loss looks like
#
# $$f(\theta) = \tfrac12\, \theta^\top A\, \theta - b^\top \theta ,$$
#
# with a symmetric matrix $A$ and a vector $b$. Its Hessian is $A$, everywhere. The gradient is not given here:
# derive it on paper first, for a single parameter if you like, and then for two.

# %%
def quadratic_gradient(theta, A, b):
    """The gradient of f(theta) = 1/2 theta^T A theta - b^T theta.

    theta   float array (n,): where the gradient is wanted
    A       float array (n, n), symmetric
    b       float array (n,)

    Returns the gradient, a new array (n,). Leaves its arguments as they are.
    """
    ### BEGIN SOLUTION
    return A @ theta - b
    ### END SOLUTION

# %%
check("01.gradient", quadratic_gradient)

# %% [markdown]
# ## 2. A step
#
# One step of gradient descent, $\theta \leftarrow \theta - \epsilon g$. The rule works **in place**: it
# changes the array that it was given. `theta -= ...` and `theta[:] = ...` do that. `theta = ...` does not: it
# makes a new array, which is lost when the function ends.

# %%
def descent_step(theta, g, lr):
    """One step of gradient descent, in place: from theta take away lr times the gradient.

    theta, g   float arrays of the same shape: parameters, and the gradient there
    lr         number: the rate

    Changes theta in place, leaves g as it is, returns nothing.
    """
    ### BEGIN SOLUTION
    theta -= lr * g
    ### END SOLUTION

# %%
check("01.step", descent_step)

# %% [markdown]
# ## 3. A whole run, and how long it takes
#
# How many steps does gradient descent need? Here you measure it. Nobody knows in advance where the minimum is,
# so a run cannot be stopped when it is near. But the gradient is known at every point, and it vanishes at the
# minimum. So run until little of the first gradient is left, and count the steps. And give up in time: with too
# large a rate a run never ends.

# %%
def steps_needed(theta, A, b, lr, tol, most):
    """Run gradient descent on the loss of task 1 until the gradient is short enough; count the steps.

    It is short enough as soon as its Euclidean norm is at most tol times the norm at the start.

    theta   float array (n,): the start
    A, b    float arrays (n, n), symmetric, and (n,): those of the loss
    lr      number: the rate
    tol     number, above 0 and below 1: the share of the gradient that may be left
    most    whole number, 1 or more: the run may make so many steps, and no more

    Returns the number of steps made until then, a whole number; -1 where `most` steps are not enough. Leaves
    its arguments as they are.
    """
    ### BEGIN SOLUTION
    theta = theta.copy()
    g = A @ theta - b
    enough = tol * np.linalg.norm(g)
    for k in range(1, most + 1):
        theta -= lr * g
        g = A @ theta - b
        if np.linalg.norm(g) <= enough:
            return k
    return -1
    ### END SOLUTION

# %%
check("01.run", steps_needed)

# %% [markdown]
# ## 4. The stability limit
#
# Along an eigenvector of $A$ with eigenvalue $\lambda$, a step multiplies the distance from the minimum by
# $1 - \epsilon\lambda$. Derive from this up to which rate no direction grows.

# %%
def largest_stable_rate(A):
    """The rate up to which gradient descent is stable on a quadratic with the Hessian A.

    At this rate one direction neither shrinks nor grows; with a larger one it diverges.

    A   float array (n, n), symmetric, all eigenvalues > 0

    Returns a number. Leaves A as it is.
    """
    ### BEGIN SOLUTION
    return 2 / np.linalg.eigvalsh(A).max()
    ### END SOLUTION

# %%
check("01.limit", largest_stable_rate)

# %% [markdown]
# ## 5. Minimum, maximum, saddle
#
# At a critical point the gradient is zero, and the Hessian says which sort of point it is. A computed
# eigenvalue is never exactly zero, so those of at most $10^{-9}$ in size count as zero.

# %%
def classify(H):
    """The kind of a critical point with the Hessian H.

    Eigenvalues of at most 1e-9 in size count as zero. The kind is
        0    a saddle: some eigenvalue is positive and some other is negative
        2    undecided: no saddle, and some eigenvalue is zero
        1    a minimum: all are positive
       -1    a maximum: all are negative

    H   float array (n, n), symmetric

    Returns the kind, a whole number. Leaves H as it is.
    """
    ### BEGIN SOLUTION
    curvatures = np.linalg.eigvalsh(H)
    if curvatures.max() > 1e-9 and curvatures.min() < -1e-9:
        return 0
    if np.abs(curvatures).min() <= 1e-9:
        return 2
    return 1 if curvatures.min() > 0 else -1
    ### END SOLUTION

# %%
check("01.classify", classify)

# %% [markdown]
# ## 6. Distance travelled per epoch
#
# A run that jumps from wall to wall travels far and gets nowhere. To see that in numbers, cut the path into
# epochs of `n` steps each, and add up the lengths of the steps in each.

# %%
def distance_per_epoch(points, n):
    """How far the path travels in each epoch: the sum of the lengths of its n steps.

    The length of a step is its Euclidean norm. The first n steps are the first epoch.

    points   float array (E n + 1, P): the start, and the point after each step, for E epochs
    n        whole number, 1 or more: steps per epoch

    Returns the distances, an array (E,). Leaves points as it is.
    """
    ### BEGIN SOLUTION
    lengths = np.linalg.norm(np.diff(points, axis=0), axis=1)
    return lengths.reshape(-1, n).sum(axis=1)
    ### END SOLUTION

# %%
check("01.distance", distance_per_epoch)

# %% [markdown]
# ## Your own descent
#
# The figure runs **your** gradient and **your** step on a quadratic, 12 epochs of 5 steps, and shows **your**
# distances beside the straight line from the beginning of each epoch to its end. The slider is in units of
# the limit of task 4.

# %%
figure = explorers.surfaces.yours(quadratic_gradient, descent_step, distance_per_epoch)
figure

# %% [markdown]
# **Question.** Move the rate from 0.05 to 1.05 of the limit. Where do the two curves on the right lie on each
# other, and where do they part? Explain it with the factors $1 - \epsilon\lambda$ of the two directions.
# Could you tell from the two distances alone, in a network whose Hessian nobody knows, that the rate is too
# large? Six sentences are enough. One point each for where the curves lie on each other and where they part,
# for the reason with the two factors, and for what can and what cannot be told in a network.

# %% [markdown] points=3
# <!-- ### BEGIN SOLUTION -->
# Up to half of the limit they lie on each other, nearly: the factor $1 - \epsilon\lambda_{\max}$ is not
# negative, no direction changes its sign, and the path is a smooth curve. Above one half the steep direction
# overshoots: its factor is negative, the path jumps from wall to wall, and each jump counts in the distance
# travelled but not in the straight line. The nearer to the limit, the slower the jumps shrink, since the
# factor comes near to $-1$, and the more epochs the curves are apart. Beyond the limit both grow, by the same
# factor per epoch.
#
# In a network both distances can be measured without any Hessian. A distance travelled that is several times
# the straight line says that most steps undo each other: some direction overshoots, or the gradient is noisy.
# That alone does not make the rate too large, for a run that jumps may still close in; it is too large if the
# distances do not fall from epoch to epoch.
#
# **Rubric.** One point: together up to about half of the limit, apart above it, both growing beyond the limit.
# One point: the sign of $1 - \epsilon\lambda_{\max}$ turns at half of the limit, and its size passes 1 at the
# limit, while the flat direction never jumps. One point: a distance travelled far above the straight line shows
# jumps or noise, but not that the run diverges; only distances that do not shrink show that.
# <!-- ### END SOLUTION -->
