# %% [markdown]
# # Exercise 3: parameter initialization
#
# You write what lecture 3 is about: the scales of Glorot and He, Gram-Schmidt, orthogonal weights with a
# gain, a prediction of how large a signal is at any depth, and a way to break the symmetry of units that are
# equal. At the end your own functions start a deep network, and your own prediction stands beside the
# measurement.
#
# **You need** lecture 3, and numpy arrays. **Time:** about 60 minutes.
#
# **How it works.** Replace `raise NotImplementedError()` by your code, run its cell, then the `check` below
# it. The check calls your function with a few small random inputs and says what it found. Where you are
# stuck, `hint("03.scales")` in a cell of your own gives a hint, and a second call a stronger one.

# %%
import numpy as np

from course_lib import explorers
from course_lib.checks import check, hint

# %% [markdown]
# ## 1. The scales of Glorot and He
#
# A dense layer has `fan_in` inputs and `fan_out` units. Glorot and Bengio give each weight the variance
# $2/(\text{fan\_in} + \text{fan\_out})$, a compromise between the way forward and the way back; He and others
# give it $2/\text{fan\_in}$, for ReLU. Random number generators want a standard deviation for a Gaussian, and
# a limit $a$ for a uniform law on $(-a, a)$, whose variance is $a^2/3$.

# %%
def init_scales(fan_in, fan_out):
    """Three scales of the weights of a layer.

    glorot_std      standard deviation of Glorot's scheme: its variance is 2 / (fan_in + fan_out)
    he_std          standard deviation of He's scheme: its variance is 2 / fan_in
    glorot_limit    a, such that a uniform law on (-a, a) has Glorot's variance

    fan_in, fan_out   whole numbers: inputs and units of the layer

    Returns three numbers: glorot_std, he_std, glorot_limit.
    """
    ### BEGIN SOLUTION
    glorot_variance = 2 / (fan_in + fan_out)
    return np.sqrt(glorot_variance), np.sqrt(2 / fan_in), np.sqrt(3 * glorot_variance)
    ### END SOLUTION

# %%
check("03.scales", init_scales)

# %% [markdown]
# ## 2. Gram-Schmidt
#
# A column of a weight matrix holds the weights into one unit. Gram-Schmidt makes the columns orthonormal, one
# after the other: from each column it takes out the parts along the finished ones, and divides what is left
# by its length. The part of a vector $a$ along a unit vector $q$ is $(q \cdot a)\,q$.

# %%
def orthonormal_columns(A):
    """The columns of A made orthonormal by Gram-Schmidt, from the first to the last.

    The first column keeps its direction. Each later one loses its parts along the finished columns
    before it, and is then divided by its length.

    A   float array (n, m), m <= n, with independent columns

    Returns a new array (n, m). Leaves A as it is.
    """
    ### BEGIN SOLUTION
    Q = np.zeros_like(A)
    for k in range(A.shape[1]):
        q = A[:, k].copy()
        for i in range(k):
            q -= Q[:, i] @ q * Q[:, i]
        Q[:, k] = q / np.linalg.norm(q)
    return Q
    ### END SOLUTION

# %%
check("03.gram_schmidt", orthonormal_columns)

# %% [markdown]
# ## 3. Orthogonal weights with a gain
#
# In practice a library routine does it: `Q, R = np.linalg.qr(A)` gives $A = QR$ with orthonormal columns in
# $Q$ and an upper triangle $R$. Two things are left to you. A routine may turn a column round, to $-q$; where
# it does, the entry of $R$ on the diagonal is negative. And a matrix with more columns than rows cannot have
# orthonormal columns. Then the *rows* are made orthonormal, which is the same thing for the transpose.

# %%
def orthogonal_weights(A, gain):
    """gain times orthonormal columns, or orthonormal rows where A has more columns than rows.

    They are those of Gram-Schmidt on the columns of A (of A.T, if A is wide): the Q of A = QR in
    which the diagonal of R is positive. Where np.linalg.qr gives a negative entry there, turn that
    column of Q round.

    A      float array (fan_in, fan_out)
    gain   number > 0

    Returns a new array of the shape of A. Leaves A as it is.
    """
    ### BEGIN SOLUTION
    wide = A.shape[1] > A.shape[0]
    Q, R = np.linalg.qr(A.T if wide else A)
    Q = Q * np.sign(np.diag(R))
    return gain * (Q.T if wide else Q)
    ### END SOLUTION

# %%
check("03.orthogonal", orthogonal_weights)

# %% [markdown]
# ## 4. Predict the mean square at any depth
#
# An input with the mean square $m$ goes through `depth` layers of `n` units. All weights are independent,
# with mean 0 and the same standard deviation; biases are 0; after each layer comes a ReLU. What is the mean
# square of the activations after each layer, on average over the draws of the weights? The sum into a unit
# has $n$ terms, and ReLU keeps half of its mean square, since the sum is as often positive as negative.

# %%
def mean_squares(m, n, std, depth):
    """Expected mean square of the activations of a ReLU network, layer by layer.

    m       mean square of the input
    n       units of each layer, and inputs of the first
    std     standard deviation of the weights
    depth   number of layers

    Returns an array (depth + 1,): entry 0 is the input's, entry k that after k layers and ReLUs.
    """
    ### BEGIN SOLUTION
    per_layer = n * std**2 / 2
    return m * per_layer ** np.arange(depth + 1)
    ### END SOLUTION

# %%
check("03.predict", mean_squares)

# %% [markdown]
# ## 5. Break the symmetry
#
# Somebody has copied units to make a network wider: some columns of `W` are equal. If the weights out of them
# are equal too, training will never tell them apart. Move each unit that is a copy of an earlier one a
# little, in a random direction, and leave all others alone. In each group of equal units the first may stay
# where it is.

# %%
def break_symmetry(W, noise, jitter):
    """W with jitter * noise added to every column that equals an earlier column.

    Two columns are equal if all their entries are. A column that equals no column to the left of it
    stays as it is.

    W        float array (n, m): column j holds the weights into unit j
    noise    float array (n, m): column j is for unit j
    jitter   number > 0

    Returns a new array (n, m). Leaves W and noise as they are.
    """
    ### BEGIN SOLUTION
    new = W.copy()
    for j in range(W.shape[1]):
        if any(np.array_equal(W[:, j], W[:, i]) for i in range(j)):
            new[:, j] += jitter * noise[:, j]
    return new
    ### END SOLUTION

# %%
check("03.symmetry", break_symmetry)

# %% [markdown]
# ## Your own start of a deep network
#
# The figure draws the weights of a deep ReLU network with **your** scales and **your** orthogonal weights,
# sends noise through it, and shows the mean square of the activations after each layer (marks) beside
# **your** prediction (lines). A weight of an orthogonal $n \times n$ matrix with gain $\gamma$ has the mean
# square $\gamma^2 / n$; that is what your prediction gets for the third scheme.

# %%
figure = explorers.initialization.yours(init_scales, mean_squares, orthogonal_weights)
figure

# %% [markdown]
# **Question.** Compare the three schemes at depth 50 and width 64, and then at width 16; draw again a few
# times. Which of them could you train? Your prediction is an average over draws of the weights: how well does
# it describe a *single* network, and what does the width have to do with it? Move the gain of the orthogonal
# weights a little to both sides: how exactly must it be hit at depth 50? Six sentences are enough.

# %% [markdown] points=3
# <!-- ### BEGIN SOLUTION -->
# Glorot's scheme halves the mean square in each layer, so that after 50 layers about $2^{-50}$, or
# $10^{-15}$, of it is left, forward and backward: that network does not learn. He's scheme and the orthogonal
# one with gain $\sqrt2$ have the factor 1 per layer, and can be trained.
#
# A single network follows the prediction for Glorot as a trend, and wanders about it for all three, because
# each layer multiplies by a random factor whose mean is 1 and whose spread is larger the fewer units a layer
# has. Random factors multiply up over the layers: at width 16 a single network can be orders of magnitude
# below its average at depth 50, at width 128 it mostly stays within one. Since an average is dominated by the
# few large values, the typical network lies below it.
#
# A gain that is off by the factor $c$ changes the mean square by $c^{2 \cdot 50}$: 5 % too much make it 130
# times as large, 5 % too little 170 times as small. The deeper the network, the more exactly the scale must
# be hit, which is why very deep networks are not left to the initial scale alone.
# <!-- ### END SOLUTION -->
