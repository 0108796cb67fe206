# %% [markdown]
# # 3 Parameter initialization
#
# *Where should training begin?*
#
# Training begins somewhere. Descent only ever improves the point that it is given, so the choice of that
# point is the first decision of every training, and in a deep network it can be the last: there are starting
# points from which nothing is learned at all. This lecture shows what a good start must have, derives the
# usual schemes from that, and measures how much of what is said about them is true.
#
# **Goals.** After this lecture you can
#
# 1. explain why hidden units must start different from each other, and what happens if they do not;
# 2. derive the variance of the weights that keeps a signal its size, forward and backward, for a given
#    activation, and predict what any other scale does at a given depth;
# 3. say which promises of an initialization hold after training has begun, with measured numbers.
#
# **You need** gradient descent (lecture 1) and backpropagation through a dense layer (lecture 2). **Time:**
# 60 minutes without what is marked as optional, which takes 30 more, then the exercise.
#
# **Symbols.** A layer takes $n$ inputs $h$ to sums $z_j = \sum_i h_i W_{ij} + b_j$ and activations
# $\phi(z_j)$. Column $j$ of $W$ holds the weights into unit $j$. `fan_in` is $n$, `fan_out` the number of
# units; $\sigma$ is the standard deviation of a weight, $\gamma$ a *gain* by which all weights of a scheme
# are multiplied, $L$ the loss, $\epsilon$ the rate.

# %%
from course_lib import claims, explorers
from course_lib.initializers import glorot_normal, gram_schmidt, he_normal, orthogonal
from course_lib.live import AlgorithmBox, Question

# %% [markdown]
# ## 3.1 What the starting point decides
#
# The loss of a deep network is not convex. Two runs with the same data, the same rate and the same network,
# but different first weights, end at different points. Our slides (S0 among the sources that lecture 0 lists)
# say of the starting point:
#
# > The initial point can effect the **speed** of convergence, the **quality** of the final solution, and if
# > the algorithm **converges** all together. [...] points of comparable cost will have a different
# > generalization error!
#
# All four are measured in 3.9.
#
# What makes a start good? Modern schemes are simple and heuristic. Each of them wants some nice property to
# hold when the network is made: units that differ, signals that keep their size, directions that are
# orthogonal. Keep three reservations in mind, for they come back at the end of the lecture.
#
# - A property at the start need not survive the first update. 3.8 looks.
# - What helps optimization can harm generalization. 3.5 has an example.
# - Nobody has a theory that picks the start with the best *test* error.

# %% [markdown]
# ## 3.2 Break the symmetry
#
# One property is beyond doubt. Take two hidden units with the same activation and the same inputs, and give
# them the same weights, in and out, and the same bias. They compute the same activation for every example. Backpropagation hands
# the unit $j$ the gradient $\partial L/\partial z_j = \phi'(z_j) \sum_k V_{jk}\, \partial L/\partial y_k$,
# with $V$ the weights out of it: the same for both. So both get the same update, and are equal after it, and
# after the next, for ever. A layer of such units is *one* unit, written down many times.
#
# In terms of matrices: if all columns of $W$ equal $w$, the layer sees of its input only the number $h \cdot
# w$. Every input pattern orthogonal to $w$ is lost; it lies in the null space of the forward pass. On the way
# back the gradient of the units, $\delta_j = \partial L/\partial z_j$, goes through $W^\top$: it becomes $(\sum_j
# \delta_j)\, w$. Only the sum of the units' gradients passes, and every pattern with the sum 0 is lost.
#
# The figure trains a network with two inputs, six hidden units and two outputs on two rings of points. All
# weights are 0.5 plus a *jitter*, Gaussian noise of deviation $\sigma$.

# %%
prediction = Question(
    "The jitter is only a millionth. What will the six tanh units do in 500 updates?", {
    "They stay together: a difference of a millionth is nothing.":
        "For a while it is nothing. But a unit that differs a little gets a gradient that differs a little,"
        " and that may add up.",
    "They part, after a long time in which nothing seems to happen.":
        "The state in which all are equal is like the ridge of a saddle: small differences grow by a factor"
        " per update. The loss waits until they are large.",
    "They part at once: any difference is enough.":
        "Any difference is enough in the end, but it has to grow from a millionth to the size of a weight"
        " first.",
}, right="They part, after a long time in which nothing seems to happen.")
prediction

# %%
explorers.initialization.symmetry().behind(prediction)

# %% [markdown]
# **What it shows.** For hundreds of updates all six units walk along one path. In the middle panel their
# distance is a nearly straight line, on a log axis: it grows by a factor per update. When it has reached the
# size of a weight the loss falls at last. The dashed curve, from a random start, is far below by then.
#
# **Try.** (a) Jitter 0: the distance is *exactly* 0 for ever, and the loss stays where a single hidden unit
# gets. (b) Jitter $10^{-15}$, which is about the rounding error of a number: even that grows. (c) *ReLU*
# with jitter $10^{-6}$: the loss does not fall. Equal ReLU units are all on, or all off, for the same
# examples. Among those the network is linear, and the small differences have nothing to grow by. Now and
# then an example is on for one unit and off for another; then the distance jumps, by up to three decades,
# but not far enough. (d) How large must the jitter be for the loss to fall like that of the random start?
#
# Our slides go one step further: *larger initial weights will yield a stronger symmetry breaking effect*. The
# figure does not show that. It adds a jitter to equal weights, and never changes the size of weights that
# differ already. How large those may be is the question of 3.4.

# %% [markdown]
# ## 3.3 Random weights, constant biases
#
# We could search for units that are as different as possible; 3.6 does. A random draw is far cheaper, and in
# many dimensions two random vectors are nearly orthogonal anyway. Our slides ask for *a high entropy
# distribution over a high dimensional space*. Entropy measures how little is known of a draw before it is
# made. It is low where few values are likely, or where some directions are preferred: then two units are
# often alike. It is high where the draw favours nothing; of all laws with the same variance the Gaussian has
# the highest.
#
# **Gaussian or uniform?** A sum of many independent terms is close to a Gaussian whatever their law. A unit
# adds up `fan_in` of them, so it sees the *variance* of a weight and hardly anything else. A uniform law on
# $(-a, a)$ has the variance $a^2/3$; for the variance $\sigma^2$ take $a = \sqrt3\,\sigma$. Claim C05
# measures whether the shape of the law matters. The argument also says where it must: if a few large weights
# carry all the variance, the sum does not have many terms.
#
# **Biases** need no randomness. The weights have broken the symmetry already, so biases start at a
# constant, 0 in most cases. Some use 0.01 with ReLU, to have units begin on the active side. With He's
# scheme and inputs of mean square 1 the sums have the deviation $\sqrt2$, so 0.01 turns on only three units
# in a thousand that would be off without it. Our slides leave the choice open, and so do we: we have not
# measured it.

# %% [markdown]
# ## 3.4 How large? Variances through layers
#
# The slide on initialization says:
#
# > Normalized (Xavier) Initialization. Proposed by Xavier Glorot and Yoshua Bengio in 2010. Validated by
# > He et al. for ReLU layers in 2015. [...] A rule of the thumb is to always use xavier initialization when
# > training ReLU based networks from scratch.
#
# The figure tries it. It sends random inputs of mean square 1 forward through a network of equally wide
# layers, and random gradients of mean square 1 backward from its end. It shows the squares of the
# activations $h$ and of both kinds of gradients: $\partial L/\partial h$, which is handed on, and $\partial
# L/\partial W$, by which the weights of a layer learn.

# %%
prediction = Question(
    "A ReLU network of 20 layers starts with Xavier's (Glorot's) scheme. What is left of the mean "
    "square of the input after the last layer?", {
    "All of it: the scheme is made to keep it.":
        "It is made to keep it in linear layers. ReLU cuts away half of it, in every layer.",
    "About a half: ReLU cuts away half of the signal.":
        "In every one of the 20 layers.",
    "About a millionth.":
        "Half per layer: 2 to the power −20 is about 10⁻⁶. He's scheme has the missing factor 2.",
    "Nothing: all units are dead.":
        "About half of the units are on in every layer. Their activations are only very small.",
}, right="About a millionth.")
prediction

# %%
explorers.initialization.signal().behind(prediction)

# %% [markdown]
# **What it shows.** The grey cells of a layer are the histogram of the squares of its values; the blue
# curve is their mean. With Xavier's scheme the activations lose half of their mean square per layer, from
# left to right, and the gradients $\partial L/\partial h$ as much, from right to left. So the input hardly
# reaches the output, and what is handed on to the first layers is a thousand times smaller than at the end
# (the root of a millionth). The gradients of the *weights* do not vanish from layer to layer. That of layer
# $l$ multiplies what arrives from both sides: the signal is $2^{-l}$ of its mean square there, the gradient
# $2^{-(20-l)}$, and the product is the same in all layers. All learn alike, and all of them slowly.
#
# ### The forward half
#
# Why half? Let the weights of a layer be independent, with mean 0 and variance $\sigma^2$, the biases 0. In
# the sum $z_j = \sum_i h_i W_{ij}$ the terms are uncorrelated, since the weights are. So variances add up:
#
# $$\operatorname{E} z_j^2 = \sum_{i=1}^{n} \operatorname{E} h_i^2 \; \sigma^2 = n \sigma^2\, \operatorname{E} h^2 .$$
#
# What does the activation make of it?
#
# - **Linear**, or tanh near 0: $\operatorname{E}\phi(z)^2 \approx \operatorname{E} z^2$. Each layer
#   multiplies the mean square by $n\sigma^2$. To keep it, $\sigma^2 = 1/n$: LeCun's scheme.
# - **ReLU**: $z$ is as often positive as negative, and the negative half becomes 0. So
#   $\operatorname{E}\phi(z)^2 = \frac12 \operatorname{E} z^2$, the factor per layer is $n\sigma^2/2$, and to
#   keep the mean square takes $\sigma^2 = 2/n$: **He's scheme**. Our slides write it as $w = \mathcal N(0,
#   1)\,\sqrt{2/n}$, under the heading "Xavier", and say that He et al. derived it for ReLU layers.
#
# ### The backward half
#
# On the way back $\partial L/\partial z_j = \phi'(z_j)\, \partial L/\partial h_j$, and the input $i$ of the
# layer gets the sum over its *outputs*, $\partial L/\partial h_i = \sum_j W_{ij}\, \partial L/\partial z_j$.
# The same argument, with `fan_out` terms in the sum, and the gradient taken as independent of $\phi'$, gives
#
# $$\operatorname{E} \Big(\frac{\partial L}{\partial h_i}\Big)^2 = \text{fan\_out}\; \sigma^2\,
# \operatorname{E}\big[\phi'(z)^2\big]\, \operatorname{E} \Big(\frac{\partial L}{\partial h_j}\Big)^2 .$$
#
# A linear unit has $\operatorname{E}[\phi'^2] = 1$. The slope of ReLU is 1 for one half of the sums and 0 for
# the other, so $\operatorname{E}[\phi'^2] = \frac12$: half per layer, as on the way forward. Both halves are
# right at once only if fan_in = fan_out. Glorot and Bengio (2010), Xavier being Glorot's first name, use the
# mean of the two fans, for linear units: $\sigma^2 = 1 \big/ \frac{\text{fan\_in} + \text{fan\_out}}{2} =
# 2/(\text{fan\_in} + \text{fan\_out})$. Where all layers are equally wide that is LeCun's scheme.
#
# A factor $c$ per layer becomes $c^{\,d}$ over $d$ layers. That is why the scale matters so much in *deep*
# networks. The library's own source:

# %%
AlgorithmBox("Glorot (Xavier) and He", [
    r"$W_{ij} \sim \mathcal N(0, \sigma^2)$",
    r"Glorot: $\sigma^2 = 2 / (n_\text{in} + n_\text{out})$",
    r"He: $\sigma^2 = 2 / n_\text{in}$",
], glorot_normal, he_normal)

# %% [markdown]
# **Try** in the figure above:
#
# - *He*, at depth 20: all curves are level. Now depth 50 and width 16, and draw another network a few times. The mean
#   over many networks stays near 1, as the derivation says, but the median falls below a thousandth. See
#   below.
# - *He*, depth 50, gain 1.06: 6 % more weight is $1.06^{100} = 339$ times the mean square, on average over very
#   many networks; the mean of twenty is often less, for the same reason. 6 %
#   less leaves $0.94^{100} = 0.002$ of it.
# - *tanh*, *LeCun*, gain 3: the activations do not explode. They pile up at $\pm 1$, where tanh is flat: a
#   dark band at the square 1. Both gradients explode on the way back.
# - *sigmoid*: its slope is at most 1/4. At gain 1 the mean square of $\partial L/\partial h$ falls by a
#   factor of ten per layer, or more, whatever the scheme, and that of $\partial L/\partial W$ with it,
#   since the activations stay about 0.5. Lecture 8 goes on from there.
# - *linear*, *orthogonal*: exactly level, at any depth. 3.6 says why.
# - *N(0, 0.01²)*, a habit of earlier years: in three layers a ten-millionth is left, in twenty about
#   $10^{-47}$.
#
# ### The mean is not the typical network (optional)
#
# The derivation is about the *mean* over draws of the weights. One network multiplies $d$ random factors
# whose means are 1. The logarithm of such a product is a sum of $d$ random terms, so it is nearly Gaussian,
# and the product *log-normal*. Its mean is carried by a few very large values, while the typical value, the
# median, is smaller. For ReLU and He's scheme the factor of a layer of width $n$ has the variance $5/n$,
# which puts the median of the product near $e^{-5d/(2n)}$: at depth 50 and width 16 that is $4 \cdot
# 10^{-4}$. What counts is depth over width. A deep network has to be wide too, or its signal vanishes
# although the scale is right.
#
# ### What is done in practice
#
# | library | weights of a dense layer, by default | $n\sigma^2$ | biases |
# |---|---|---|---|
# | PyTorch | uniform on $\pm 1/\sqrt{\text{fan\_in}}$ | 1/3 | uniform, the same limits |
# | Keras | Glorot, uniform | 1 where fan_in = fan_out | 0 |
# | Flax (JAX) | LeCun, normal | 1 | 0 |
#
# None of them is He's scheme, so in a plain ReLU network the mean square falls, in PyTorch to a sixth per
# layer, until only the random biases are left. It is seldom noticed, for networks are shallow, or they have
# layers that set the scale themselves (normalization, lecture 9). So name the scheme you want: `he_normal`,
# or `kaiming_normal_` in PyTorch.
#
# Networks with *residual* blocks, $h \leftarrow h + f(h)$, need something else. If $f$ keeps the mean square
# and its output is independent of $h$, every block doubles it, and $d$ blocks make it $2^d$ times as large.
# So the last weights of $f$ are multiplied by $1/\sqrt d$ (GPT-2: Radford et al. 2019), which leaves $(1 +
# 1/d)^d < e$, or they start at 0, so that the network begins as the identity (Zhang and others 2019).

# %% [markdown]
# ## 3.5 Scale and outcome
#
# So much for the first moment. Does the scale still matter after training? The next figure trains a ReLU
# network with hidden layers of 32 units on 360 handwritten digits, a number small enough to overfit, for 15
# passes. It does so for 16 gains at once and for the one you choose, all from the same draw of random
# numbers.

# %%
prediction = Question(
    "Three hidden layers, gain 2 instead of 1: twice He's weights. What will the two losses be after 15 "
    "passes?", {
    "Both much larger: the training fails.":
        "In this draw the training loss is nearly as low as with He's; at gain 5 the training fails. (Over many"
        " draws, in C06 below, three layers with twice the weights do train worse.)",
    "Training loss about as low, test loss far higher.":
        "Large random weights tell 360 examples apart well enough. What they say about new examples is more"
        " random: the test loss is more than twice as high.",
    "Both lower: a stronger signal learns faster.":
        "The training set it does learn as well. The test loss tells another story.",
}, right="Training loss about as low, test loss far higher.")
prediction

# %%
explorers.initialization.scale().behind(prediction)

# %% [markdown]
# **What it shows.** Right: the losses after training, against the gain, make a valley. Far below gain 1 the
# signal is lost and the loss stays at that of guessing. Far above it the first updates throw the weights
# into a place where nothing is learned. Gain 1, He's scheme, lies in the valley. Its right flank rises
# *earlier for the test loss* than for the training loss. This is a case of what the slides warn of: what is
# *beneficial for optimization can be detrimental to learning and generalization*. It is one draw of the random
# numbers. Over 16 of them (3.9) the training loss suffers too from twice the weights (C06), so what is said about
# generalization rests on C02, which compares at equal training loss.
#
# **Try.** (a) One hidden layer, gain 3: the training loss is even a little lower than at gain 1, the test
# loss more than twice as high. (b) Four layers: the valley gets narrow. (c) A higher rate moves the valley
# to the left: a large rate and large weights both make large steps. (d) Gain 10 with three layers: the line
# under the picture has the loss before the first update.

# %% [markdown]
# ## 3.6 Orthogonal weights (optional)
#
# > Example: If we have at most as many outputs as inputs, we could use Gram-Schmidt orthogonalization on an
# > initial weight matrix, and be guaranteed that each unit computes a very different function from each other
# > unit. (S0)
#
# Random units are nearly different. Can they be made entirely different? If a layer has at most as many units
# as inputs, Gram-Schmidt makes the weight vectors *orthonormal*: each vector loses its parts along those
# before it, and what is left is divided by its length.

# %%
AlgorithmBox("Gram-Schmidt", [
    r"Given: independent columns $a_1, \ldots, a_m$ of length $n \ge m$",
    r"for $k = 1, \ldots, m$",
    r"&emsp; $q \leftarrow a_k - \sum_{i=1}^{k-1} (q_i \cdot a_k)\, q_i$",
    r"&emsp; (the same once more for $q$, against rounding)",
    r"&emsp; $q_k \leftarrow q / \lVert q \rVert$",
], gram_schmidt)

# %%
prediction = Question(
    "Two random vectors with 256 entries. How large is the cosine between them, typically?", {
    "About 0.5: all angles are equally likely.":
        "In two dimensions they are. In 256 dimensions the inner product has 256 terms of random sign, which"
        " cancel.",
    "About 0.05.":
        "Its deviation is 1/√256 = 0.06, the mean of its absolute value √(2/(π·256)) = 0.05.",
    "About 1/256.":
        "The inner product of n random terms grows like √n, and the two lengths multiply to n: the quotient"
        " is 1/√n.",
}, right="About 0.05.")
prediction

# %%
explorers.initialization.vectors().behind(prediction)

# %% [markdown]
# **What it shows.** Left: the cosines between twelve vectors; inside the dashed lines are those done, which
# are orthogonal to each other. Middle: the step that made the last of them, drawn in the plane that
# matters. The horizontal axis is all the directions done before, taken together, the vertical one what is
# new. Right: the mean cosine of random vectors against their width. The inner product of two vectors of
# length 1 is a sum of $n$ random terms and has the variance $1/n$; it is nearly Gaussian, and the mean
# absolute value of a Gaussian is $\sqrt{2/\pi}$ times its deviation. So it falls like $\sqrt{2/(\pi n)}$.
#
# **Try.** (a) Move *vectors done* to 12: of the last of twelve vectors only a small part is new, since eleven
# of twelve directions are taken. That is where rounding errors grow, and why the library takes the parts out
# twice. (b) Width 256: the twelve are nearly orthogonal before anything is done.
#
# ### Lengths kept exactly
#
# Orthogonal weights have a second virtue (Saxe and others 2014). For a square $Q$ with $Q^\top Q = I$ the
# length of every vector is kept, $\lVert hQ \rVert = \lVert h \rVert$. Not on average: exactly, for every
# input, and for every gradient on the way back. In practice nobody codes Gram-Schmidt: the QR
# decomposition gives the same $Q$, up to signs.

# %%
AlgorithmBox("Orthogonal initialization", [
    r"Given: gain $\gamma$ (1 for linear units, $\sqrt2$ for ReLU)",
    r"$A \leftarrow$ Gaussian, fan_in $\times$ fan_out, transposed if wider than high",
    r"$A = Q R$, the diagonal of $R$ positive",
    r"$W \leftarrow \gamma\, Q$, transposed back",
], orthogonal)

# %% [markdown]
# A network of $d$ linear layers multiplies by $d$ matrices. What their product does to a vector is told by
# its *singular values*: by these factors it stretches $n$ directions that are orthogonal to each other.
# With orthogonal weights all of them are 1. Gaussian weights of variance $1/n$ keep the mean square on
# average.

# %%
prediction = Question(
    "The product of 20 Gaussian matrices, 64 × 64, of variance 1/64. How many of its 64 singular values "
    "are at least a tenth of the largest?", {
    "All 64: the mean square is kept.":
        "It is kept on average over directions. A few that are stretched make up for many that shrink.",
    "About half of them.":
        "A single matrix has more than that. But shrunk directions are shrunk again, 20 times.",
    "About ten.":
        "Nine in the first draw. The others are so small that what lies in their directions is lost.",
    "One: a product of matrices turns everything into one direction.":
        "In the long run it does. After 20 layers it is not yet as bad as that.",
}, right="About ten.")
prediction

# %%
explorers.initialization.products().behind(prediction)

# %% [markdown]
# **What it shows.** Left: the 64 singular values of the product, from the largest down. Right: how many of
# them are at least a tenth of the largest, after each layer. The Gaussian product flattens almost
# everything: its median singular value is a thousandth after 20 layers.
#
# Why? A Gaussian matrix turns a vector of length 1 into $n$ random entries of variance $1/n$, so its length
# stays about 1. Now follow $k$ directions at once. The images of the first $k - 1$ span a space of $k - 1$
# dimensions. Of the image of the $k$-th only what lies outside of that space is a direction of its own. That
# part has $n - k + 1$ of the $n$ dimensions, and about the length $\sqrt{(n - k + 1)/n}$. The loss is
# repeated in every layer. For $k = n/2$ the factor is $2^{-d/2}$ in $d$ layers, which is $10^{-3}$ for 20.
#
# **Try.** (a) One layer: the two hardly differ in what they keep. (b) *ReLU*, whose layers have the gain
# $\sqrt2$ too: half of the directions are cut off by the first layer, and orthogonal weights keep only a few
# directions more than Gaussian ones. "Exactly" was said of linear layers. (c) Gain 1.1: all values are
# multiplied by $1.1^{20}$, their ratios are the same. No gain mends the spread.
#
# **Is it worth the cost?** The slides say no: random is nearly as different, and far cheaper. In wide
# layers both are true, but look at what is compared. Gram-Schmidt costs about $2n^3$ multiplications per
# layer of width $n$. Training on *one* example costs about $3n^2$. So orthogonal weights cost as much as
# some $2n/3$ examples, once. Claim C04 sets that against what they bring.

# %% [markdown]
# ## 3.7 Recurrent networks: the edge of chaos (optional)
#
# > However, initial weights that are too large may result in exploding values during forward propagation or
# > back-propagation. ([chaos] in RNNs) (S0)
#
# A recurrent network applies the *same* weights $U$ at every time step, $h_{t+1} = \tanh(h_t U)$, so it is as
# deep as the time is long. The figure lets such a network of 128 units run by itself from two starts that are
# close to each other. The weights are Gaussian with deviation $\gamma/\sqrt n$.

# %%
prediction = Question(
    "Gain 2.5, two starts that are 0.001 apart. How does their distance develop?", {
    "It grows by the same amount in each step.":
        "What grows is multiplied, not added to: the difference goes through the same kind of matrix in each"
        " step.",
    "It grows by a factor per step, until it is as large as the states themselves.":
        "A straight line on the log axis, then a ceiling: tanh keeps the states within −1 and 1.",
    "It grows without bound.":
        "The difference of two states between −1 and 1 is bounded. The derivative is not: the gradient goes"
        " on exploding.",
    "It shrinks, since tanh has slopes below 1.":
        "At gain 2.5 the matrix stretches by more than the slopes shrink.",
}, right="It grows by a factor per step, until it is as large as the states themselves.")
prediction

# %%
explorers.initialization.chaos().behind(prediction)

# %% [markdown]
# **What it shows.** For some thirty steps the two runs look alike; then the second is another run
# altogether. Let two states differ by a small $d$. One step later it is $(d\,U)\,\phi'(z)$, entry by entry:
# multiplied by a matrix. In the long run that makes a factor $e^\lambda$ per step, and right the distance
# follows $d_0 e^{\lambda t}$, with the $\lambda$ measured along the run, until it cannot grow any more. If
# $\lambda > 0$ the two runs have nothing in common after a while, however close they began. That is
# *chaos*, and $\lambda$ is the Lyapunov exponent. The gradient goes back through the same matrices and
# explodes at a like rate. For $\lambda < 0$ two starts that are close come together, and the gradient vanishes. For $n \to
# \infty$ the border lies at $\gamma = 1$ (Sompolinsky, Crisanti & Sommers 1988, in continuous time; the border is the
# same).
#
# **Try.** (a) Gain 0.8: any two starts meet. (b) Look for the border, for 32, 128 and 512 units. It is not
# sharp. With 128 and 512 units $\lambda$ is about 0 up to gain 1.2: the networks settle into a cycle. These
# 32 units stay in order even at gain 2. (c) A start $10^{-12}$ apart: how much longer can you predict? It
# is the time to grow by $10^9$: each further digit buys the same number of steps.

# %% [markdown]
# ## 3.8 What remains after the first update?
#
# "We do not have a good understanding of which of these properties remain after the first iteration", say the
# slides. So look. The figure starts a ReLU network with four hidden layers of 48 units, trains it for 256
# minibatches, and follows two properties: the mean square of the activations in each layer, and the mean
# cosine between units.

# %%
prediction = Question(
    "The start is orthogonal with gain √2: all four layers have activations of about the same size, all "
    "units of a layer are orthogonal. Which of the two is still so after 256 updates?", {
    "Both.": "One of them is gone when the loss has fallen. Look at the left panel.",
    "The sizes, not the orthogonality.":
        "It is the other way round: a small change of many weights, all in a like direction, changes sizes a"
        " lot and angles little.",
    "The orthogonality, nearly; not the sizes.":
        "Training adds a few strong directions to each matrix. They carry the signal and make it larger"
        " layer by layer; the many other directions stay as they were.",
    "None.": "The cosines remain far below those of random vectors.",
}, right="The orthogonality, nearly; not the sizes.")
prediction

# %%
explorers.initialization.remains().behind(prediction)

# %% [markdown]
# **What it shows.** The first update lowers some sizes by up to a third or so, the angles hardly change. In the course of
# training the activations of the deep layers grow; after 256 updates those of layer 4 have about six times
# the mean square of layer 1. The units remain nearly orthogonal.
#
# **Try.** (a) *He*: the cosines of random vectors simply stay. (b) *Glorot*: layer 4 begins with a fifth of
# the mean square of layer 1 and ends with four times as much, like the other schemes. In a network of four
# layers training repairs the scale. (c) Rate 0.5: the angles change visibly. (d) *Equal units + 0.001*: the
# symmetry remains too, some units die, and nothing is learned.

# %% [markdown]
# ## 3.9 Measured claims
#
# What our sources say about initialization, and what we measured: each row is run now, over 16 random seeds,
# by `course_lib.claims`.

# %%
claims.table("C01", "C02", "C03", "C04")

# %%
claims.table("C05", "C06", "C07", "C08")

# %% [markdown]
# Seven things to take from the tables.
#
# - **The start decides much in a small network, less in a wide one** (C01). With 3 hidden units about two
#   starts in five never arrived, and the worst answered a quarter of the new points wrongly. With 12 units
#   every start arrived, some sooner than others. This is one reason why networks are made larger than they
#   need to be.
# - **Equal cost is not equal generalization** (C02). At the same training loss a start from twice the weights
#   has a test loss higher by about a third. Between draws of one scheme it is undecided. The worst of ten
#   draws looks a quarter worse than the best; told apart on other examples, they differ by about a tenth.
#   Whoever picks and measures on the same examples counts chance as a difference.
# - **Equal units are tied by all their weights** (C03). Different weights out of them part them at once, and
#   so does dropout.
# - **Orthogonal units bring nothing in a shallow network and a lot in a deep one** (C04), at a cost that is
#   small beside training. There the slides are contradicted.
# - **Variance counts, shape hardly does** (C05). Gaussian, uniform and weights of one size with random signs
#   do alike. A single weight per unit, with all the variance, does worse, by about a fifth in test loss.
#   Twice the weights, however, change the loss by more than another draw does (C06).
# - **"Too large explodes" needs unbounded units** (C07). With tanh the activations saturate; it is the
#   gradient that explodes. And chaos needs more than a gain above 1 in networks of ordinary size: at 1.25
#   there is none.
# - **The rule for ReLU is the formula on the slide, not the name above it** (C08). The slide is called Xavier
#   and shows He's formula. He's keeps the mean square, Glorot's halves it in each layer. With one hidden
#   layer a tuned rate makes up for it, with eight it does not. And what He's scheme sets up, a single update
#   changes: the slides rightly say that we do not know what remains.

# %% [markdown]
# ## 3.10 Check yourself

# %%
Question("A layer has 200 inputs and 50 units, ReLU. Which standard deviation does He's scheme give its"
         " weights?", {
    "0.1": "√(2/200) = 0.1: fan_in counts, since the sum into a unit has 200 terms.",
    "0.2": "That is √(2/50): it counts the units, not the inputs.",
    "0.01": "That is the variance. The deviation is its root.",
    "0.071": "That is √(1/200), LeCun's scheme: it lacks the 2 that makes up for ReLU.",
}, right="0.1")

# %%
Question("All weights of a network start at 0, the biases too, with tanh units. What happens in training?", {
    "Nothing at all: all gradients are 0.":
        "The bias of the output layer has a gradient: the network learns how frequent the classes are.",
    "Only the last biases learn: all other gradients are 0.":
        "Activations are 0, so the last weights get no gradient; the last weights are 0, so nothing flows"
        " back through them. It "
        "stays like that.",
    "The units learn, but all the same.":
        "That would be so with equal weights that are not 0. With 0 nothing passes through, forward or"
        " backward.",
    "It trains normally, only slower at first.": "There is no noise that could break the symmetry: it is"
                                                 " exact.",
}, right="Only the last biases learn: all other gradients are 0.")

# %%
Question("A ReLU network has 30 layers and He's scheme, but somebody's code uses weights 10 % too large. By"
         " which factor is the mean square "
         "of the last activations off?", {
    "1.21": "That is one layer: 1.1². It is repeated 30 times.",
    "About 17": "1.1³⁰ = 17 is the factor of the activations; the mean square is its square.",
    "About 300": "1.1² per layer, to the power 30: 1.1⁶⁰ = 304.",
    "33": "Factors multiply from layer to layer; they do not add up.",
}, right="About 300")

# %%
Question("What does orthogonal initialization have that Gaussian weights of the same variance lack?", {
    "It keeps the mean square on average.": "So do Gaussian weights of that variance.",
    "It keeps the length of every single vector, so that products of many such matrices do too.":
        "If the matrices are square. That is why it helps in deep and in recurrent networks. With ReLU between"
        " the layers it is no longer exact.",
    "Its units are different from each other, those of Gaussian weights are not.":
        "Random units are different too, and in wide layers nearly orthogonal.",
    "It stays orthogonal in training.": "Nearly, as 3.8 shows, but nothing enforces it.",
}, right="It keeps the length of every single vector, so that products of many such matrices do too.")

# %%
Question("Two runs from different starts have reached the same training loss. What do you know about their"
         " test losses?", {
    "They are equal up to the noise of the test set.":
        "That noise is smaller: in C02 they differed by about a third where the starts had different scales.",
    "Nothing certain: they can differ, by a lot if the starts had different scales.":
        "C02 measures it. The training loss tells where a run is on the surface of the training set only.",
    "The one that started with smaller weights has the larger test loss.":
        "In our networks it was the other way round.",
}, right="Nothing certain: they can differ, by a lot if the starts had different scales.")

# %% [markdown]
# ## 3.11 Summary
#
# - Units with equal weights in and out stay equal for ever. Random weights break the symmetry; biases may
#   start at a constant.
# - A layer multiplies the mean square by $n\sigma^2$ (linear) or $n\sigma^2/2$ (ReLU), and over $d$ layers by
#   the power $d$ of that. LeCun: $\sigma^2 = 1/n$; He: $2/n$; Glorot: $2/(\text{fan\_in} + \text{fan\_out})$.
# - These are means over draws. A single deep and narrow ReLU network typically vanishes even at He's scale.
# - Too small loses the signal, too large explodes or saturates; in a recurrent network it brings chaos. In
#   between, a larger scale generalizes worse at the same training loss.
# - Square orthogonal matrices keep all lengths exactly, as long as the units are linear. They cost little beside training, and pay in deep networks.
# - At equal variance the shape of the law hardly matters.
# - He's scheme, not Xavier's, is the rule for deep ReLU networks. What it promises, it promises for the
#   start.
#
# **Next:** [exercise 3](../exercises/03_initialization.ipynb), in which you write the schemes, predict the
# signal at any depth, and compare your prediction with your own network.
#
# **Further reading**
#
# - X. Glorot, Y. Bengio, [Understanding the difficulty of training deep feedforward neural networks](https://proceedings.mlr.press/v9/glorot10a.html), 2010.
# - K. He, X. Zhang, S. Ren, J. Sun, [Delving deep into rectifiers](https://arxiv.org/abs/1502.01852), 2015.
# - A. Saxe, J. McClelland, S. Ganguli, [Exact solutions to the nonlinear dynamics of learning in deep linear neural networks](https://arxiv.org/abs/1312.6120), 2014.
# - A. Radford and others, [Language models are unsupervised multitask learners](https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf), 2019.
# - H. Zhang, Y. Dauphin, T. Ma, [Fixup initialization](https://arxiv.org/abs/1901.09321), 2019.
# - H. Sompolinsky, A. Crisanti, H. Sommers, [Chaos in random neural networks](https://doi.org/10.1103/PhysRevLett.61.259), 1988.
# - D. Mishkin, J. Matas, [All you need is a good init](https://arxiv.org/abs/1511.06422), 2016.
# - I. Goodfellow, Y. Bengio, A. Courville, [Deep Learning](https://www.deeplearningbook.org/contents/optimization.html), section 8.4, 2016.
