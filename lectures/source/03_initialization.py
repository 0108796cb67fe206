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
# 60 minutes, then the exercise.
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
# but different first weights, end at different points. Our slides name three things that hang on it: the
# **speed** of convergence, the **quality** of the end, and whether the training **converges** at all. They
# add a fourth as the one to remember: points of *comparable cost* can *generalize differently*. All four are
# measured in 3.9.
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
# them the same weights, in and out. They compute the same activation for every example. Backpropagation hands
# the unit $j$ the gradient $\partial L/\partial z_j = \phi'(z_j) \sum_k V_{jk}\, \partial L/\partial y_k$,
# with $V$ the weights out of it: the same for both. So both get the same update, and are equal after it, and
# after the next, for ever. A layer of such units is *one* unit, written down many times.
#
# In terms of matrices: if all columns of $W$ equal $w$, the layer sees of its input only the number $h \cdot
# w$. Every input pattern orthogonal to $w$ is lost; it lies in the null space of the forward pass. On the way
# back gradients pass through $W^\top$ and keep only their component along $w$: all other gradient patterns
# are lost too.
#
# The figure trains a network with two inputs, six hidden units and two outputs on two rings of points. All
# weights are 0.5 plus a *jitter*, Gaussian noise of deviation $\sigma$.

# %%
Question("The jitter is only a millionth. What will the six tanh units do in 500 updates?", {
    "They stay together: a difference of a millionth is nothing.":
        "For a while it is nothing. But a unit that differs a little gets a gradient that differs a little,"
        " and that may add up.",
    "They part, after a long time in which nothing seems to happen.":
        "The state in which all are equal is like the ridge of a saddle: small differences grow by a factor"
        " per update. The loss "
        "waits until they are large.",
    "They part at once: any difference is enough.":
        "Any difference is enough in the end, but it has to grow from a millionth to the size of a weight"
        " first.",
}, right="They part, after a long time in which nothing seems to happen.")

# %%
explorers.initialization.symmetry()

# %% [markdown]
# **What it shows.** For hundreds of updates all six units walk along one path. In the middle panel their
# distance is a nearly straight line, on a log axis: it grows by a factor per update. When it has reached the
# size of a weight the loss falls at last. The dashed curve, from a random start, is far below by then.
#
# **Try.** (a) Jitter 0: the distance is *exactly* 0 for ever, and the loss stays where a single hidden unit
# gets. (b) Jitter $10^{-15}$, which is about the rounding error of a number: even that grows. (c) *ReLU* with
# jitter $10^{-6}$: nothing happens. Equal ReLU units are all on, or all off, for the same examples; among
# those the network is linear, and the small differences have nothing to grow by. (d) How large must the
# jitter be for the loss to fall like that of the random start?
#
# The lesson of our slides follows: *larger initial weights break the symmetry more strongly*. How large they
# may be is the question of 3.4.

# %% [markdown]
# ## 3.3 Random weights, constant biases
#
# We could search for units that are as different as possible; 3.6 does. A random draw is far cheaper. In many
# dimensions two random vectors are nearly orthogonal anyway, so a random layer has nearly the same effect.
# What is wanted is a law that favours no direction: a distribution of high entropy, over many dimensions.
#
# **Gaussian or uniform?** A sum of many independent terms is close to a Gaussian whatever their law. A unit
# adds up `fan_in` of them, so it sees the *variance* of a weight and hardly anything else. A uniform law on
# $(-a, a)$ has the variance $a^2/3$; for the variance $\sigma^2$ take $a = \sqrt3\,\sigma$. Claim C05
# measures whether the shape of the law matters. The argument also says where it must: if a few large weights
# carry all the variance, the sum does not have many terms.
#
# **Biases** need no randomness. The weights have broken the symmetry already, so biases start at a constant,
# 0 in most cases. Some use 0.01 with ReLU, to have units begin on the active side. With He's scheme and
# inputs of mean square 1 the sums have the deviation $\sqrt2$, so 0.01 turns only few of them on. It hardly
# matters, and 0 is as good.

# %% [markdown]
# ## 3.4 How large? Variances through layers
#
# Let the weights of a layer be independent, with mean 0 and variance $\sigma^2$, the biases 0. In the sum
# $z_j = \sum_i h_i W_{ij}$ the terms are uncorrelated, since the weights are. So variances add up:
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
#   1)\,\sqrt{2/n}$.
#
# On the way back a gradient goes through $W^\top$. It is a sum over the *outputs* of the layer, so by the
# same argument `fan_out` takes the place of $n$. Both cannot be right unless fan_in = fan_out. Glorot and
# Bengio (2010), hence "Xavier", take the mean of the two, for linear units: $\sigma^2 = 2/(\text{fan\_in} +
# \text{fan\_out})$.
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
# The figure sends random inputs of mean square 1 forward through a network of equal layers, and random
# gradients of mean square 1 backward from its end. All layers are equally wide, so Glorot's scheme is LeCun's
# here.

# %%
Question("Our slides: \"always use Xavier initialization when training ReLU networks\". A ReLU network of 20"
         " layers starts with "
         "Glorot's (Xavier's) scheme. What is left of the mean square of the input after the last layer?", {
    "All of it: the scheme is made to keep it.":
        "It is made to keep it in linear layers. ReLU cuts away half of it, in every layer.",
    "About a half: ReLU cuts away half of the signal.":
        "In every one of the 20 layers.",
    "About a millionth.":
        "Half per layer: 2 to the power −20 is about 10⁻⁶. He's scheme has the missing factor 2.",
    "Nothing: all units are dead.":
        "About half of the units are on in every layer. Their activations are only very small.",
}, right="About a millionth.")

# %%
explorers.initialization.signal()

# %% [markdown]
# **What it shows.** Top: the histogram of the activations (left) and of the gradients (right) of each layer,
# as a column of colours. Bottom: their mean squares on a log axis. With Glorot's scheme both are halved per
# layer, the activations from left to right, the gradients from right to left. The first layers then get
# gradients a thousand times smaller than the last (the root of a millionth), and the output hardly depends on
# the input.
#
# **Try.**
#
# - *He*: both lines are level. Raise the depth to 50 and lower the width to 16: now they wander. He's factor
#   is 1 *on average over draws*; a single network multiplies random factors.
# - *He*, depth 50, gain 1.06: 6 % more weight is $1.06^{100} = 339$ times the mean square, on average. In the
#   other direction the same.
# - *tanh*, *LeCun*, gain 3: the activations do not explode. They pile up at
#   $\pm 1$, where tanh is flat: two bright bands. The gradients explode.
# - *sigmoid*: its slope is at most 1/4. Whatever the scheme, the gradients vanish; lecture 8 goes on from
#   there.
# - *linear*, *orthogonal*: exactly level, at any depth. 3.6 says why.
# - *N(0, 0.01²)*, a habit of earlier years: good for a shallow network of its time, hopeless for a deep one.

# %% [markdown]
# ## 3.5 Scale and outcome
#
# So much for the first moment. Does the scale still matter after training? The next figure trains a ReLU
# network with up to four hidden layers of 32 units on 360 handwritten digits, a number small enough to
# overfit, for 15 passes. At every move of the gain it trains again; the right panel has the end of the
# training for 16 gains, all from the same draw of random numbers.

# %%
Question("One hidden layer, rate 0.05. Gain 3 instead of 1: three times He's weights. What will the two"
         " losses be at the end?", {
    "Both much larger: the training fails.":
        "In a shallow network three times the weights are no obstacle: it fits the training set. Set hidden"
        " layers to 1 and look.",
    "Training loss about as low, test loss higher.":
        "Large random weights are good features for telling 360 examples apart, and are hardly changed in"
        " training. What they "
        "say about new examples is more random.",
    "Both lower: a stronger signal learns faster.":
        "The training set it does learn, even a little better. The test loss tells another story.",
}, right="Training loss about as low, test loss higher.")

# %%
explorers.initialization.scale()

# %% [markdown]
# **What it shows.** With three hidden layers there is a valley: far below gain 1 the signal is lost and the
# loss stays at that of guessing; far above it the first updates throw the weights into a place where nothing
# is learned. Gain 1, He's scheme, lies in the valley. Its right flank rises *earlier for the test loss* than
# for the training loss.
#
# **Try.** (a) One hidden layer, gain 3: compare the two losses with those at gain 1. This is a case of what
# the slides warn of: good for optimization, bad for generalization. (b) Four layers: the valley gets narrow.
# (c) A higher rate moves the valley to the left: a large rate and large weights both make large steps. (d)
# Gain 10 with three layers: look at the loss before the first update.

# %% [markdown]
# ## 3.6 Orthogonal weights
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

# %% [markdown]
# Orthogonal weights have a second virtue (Saxe and others 2014). For a square $Q$ with $Q^\top Q = I$ the
# length of every vector is kept, $\lVert hQ \rVert = \lVert h \rVert$. Not on average: exactly, for every
# input, and for every gradient on the way back. A random matrix of the same variance stretches some
# directions and shrinks others; over many layers the product of such matrices flattens almost everything. In
# practice nobody draws Gram-Schmidt by hand: the QR decomposition gives the same $Q$, up to signs.

# %%
AlgorithmBox("Orthogonal initialization", [
    r"Given: gain $\gamma$ (1 for linear units, $\sqrt2$ for ReLU)",
    r"$A \leftarrow$ Gaussian, fan_in $\times$ fan_out, transposed if wider than high",
    r"$A = Q R$, the diagonal of $R$ positive",
    r"$W \leftarrow \gamma\, Q$, transposed back",
], orthogonal)

# %%
Question("Two random vectors with 256 entries. How large is the cosine between them, typically?", {
    "About 0.5: all angles are equally likely.":
        "In two dimensions they are. In 256 dimensions the inner product has 256 terms of random sign, which"
        " cancel.",
    "About 0.05.":
        "Its deviation is 1/√256 = 0.06, the mean of its absolute value √(2/(π·256)) = 0.05.",
    "About 1/256.":
        "The inner product of n random terms grows like √n, and the two lengths multiply to n: the quotient"
        " is 1/√n.",
}, right="About 0.05.")

# %%
explorers.initialization.vectors()

# %% [markdown]
# **What it shows.** Left: the cosines between all vectors; those done are orthogonal to each other. Middle:
# the step that comes next, drawn in the plane that matters. The horizontal axis is all the directions done so
# far, taken together, the vertical one what is new. Right: the mean cosine of random vectors falls like
# $\sqrt{2/(\pi n)}$.
#
# **Try.** Move *vectors done* to 11: of the last of twelve vectors only a small part is new, since eleven of
# twelve directions are taken. That is where rounding errors grow, and why the library takes the parts out
# twice.
#
# **Is it worth the cost?** The slides say no: random is nearly as different, and far cheaper. In wide layers
# both are true, but look at what is compared. Gram-Schmidt costs about $2n^3$ multiplications per layer of
# width $n$. Training on *one* example costs about $3n^2$. So orthogonal weights cost as much as some $2n/3$ examples,
# once. Claim C04 sets that against what they bring.

# %% [markdown]
# ## 3.7 Recurrent networks: the edge of chaos
#
# A recurrent network applies the *same* weights $U$ at every time step, $h_{t+1} = \tanh(h_t U)$, so it is as
# deep as the time is long. Let two states differ by a small $d$. One step later it is $(d\,U)\,\phi'(z)$,
# entry by entry: multiplied by a matrix. If it grows by a factor $e^\lambda$ per step in the long run, and
# $\lambda > 0$, the two runs have nothing in common after a while, however close they began. That is *chaos*,
# and $\lambda$ is the Lyapunov exponent. The gradient goes back through the same matrices and explodes at a
# like rate. For $\lambda < 0$ every start is forgotten, and the gradient vanishes.
#
# With Gaussian weights of deviation $\gamma/\sqrt n$, and $n \to \infty$, the border lies at $\gamma = 1$
# (Sompolinsky, Crisanti & Sommers 1988).

# %%
Question("Gain 2.5, two starts that are 0.001 apart. How does their distance develop?", {
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

# %%
explorers.initialization.chaos()

# %% [markdown]
# **What it shows.** For some thirty steps the two runs look alike; then the second is another run altogether.
# Right: their distance follows $d_0 e^{\lambda t}$, with the $\lambda$ measured along the run, until it
# cannot grow any more.
#
# **Try.** (a) Gain 0.8: any two starts meet. (b) Look for the border, for 32, 128 and 512 units. In narrow
# networks it is not sharp: above gain 1 many of them settle into a cycle, with $\lambda$ about 0. (c) A start
# $10^{-12}$ apart: how much longer can you predict? It is the time to grow by $10^9$: each further digit buys
# the same number of steps.

# %% [markdown]
# ## 3.8 What remains after the first update?
#
# "We do not have a good understanding of which of these properties remain after the first iteration", say the
# slides. So look. The figure starts a ReLU network with four hidden layers of 48 units, trains it for 256
# minibatches, and follows two properties: the mean square of the activations in each layer, and the mean
# cosine between units.

# %%
Question("The start is orthogonal with gain √2: all four layers have activations of about the same size, all"
         " units of a layer "
         "are orthogonal. Which of the two is still so after 256 updates?", {
    "Both.": "One of them is gone when the loss has fallen. Look at the left panel.",
    "The sizes, not the orthogonality.": "It is the other way round: a small change of many weights, all in"
                                         " a like direction, changes sizes a lot "
                                        "and angles little.",
    "The orthogonality, nearly; not the sizes.":
        "Training adds a few strong directions to each matrix. They carry the signal and make it larger"
        " layer by layer; the many "
        "other directions stay as they were.",
    "None.": "The cosines remain far below those of random vectors.",
}, right="The orthogonality, nearly; not the sizes.")

# %%
explorers.initialization.remains()

# %% [markdown]
# **What it shows.** After the first update little has changed. In the course of training the activations of
# the deep layers grow; after 256 updates those of layer 4 have several times the mean square of layer 1. The
# units remain nearly orthogonal.
#
# **Try.** (a) *He*: the cosines of random vectors simply stay. (b) *Glorot*: the deep layers begin small and
# *end like the others*. In a network of four layers training repairs the scale. (c) Rate 0.5: the angles
# change visibly. (d) *Equal units + 0.001*: the symmetry remains too.

# %% [markdown]
# ## 3.9 Measured claims
#
# What our sources say about initialization, and what we measured: each row is run now, over 16 random seeds,
# by `course_lib.claims`.

# %%
claims.table("C01", "C02", "C03", "C04", "C05", "C06", "C07", "C08")

# %% [markdown]
# Seven things to take from the table.
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
#   do alike. Whether a single weight per unit, with all the variance, does worse by more than a tenth is
#   undecided. Twice the weights, however, change the loss by more than another draw does (C06).
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
        "That is why it helps in deep and in recurrent networks. With ReLU between the layers it is no"
        " longer exact.",
    "Its units are different from each other, those of Gaussian weights are not.":
        "Random units are different too, and in wide layers nearly orthogonal.",
    "It stays orthogonal in training.": "Nearly, as 3.8 shows, but nothing enforces it.",
}, right="It keeps the length of every single vector, so that products of many such matrices do too.")

# %%
Question("Two runs from different starts have reached the same training loss. What do you know about their"
         " test losses?", {
    "They are equal up to the noise of the test set.":
        "On the same test set there is no such noise between them, and in C02 they differed by more than a"
        " tenth where the starts had different scales.",
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
# - Too small loses the signal, too large explodes or saturates; in a recurrent network it brings chaos. In
#   between, a larger scale generalizes worse at the same training loss.
# - Orthogonal weights keep all lengths exactly. They cost little beside training, and pay in deep networks.
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
# - H. Sompolinsky, A. Crisanti, H. Sommers, [Chaos in random neural networks](https://doi.org/10.1103/PhysRevLett.61.259), 1988.
# - D. Mishkin, J. Matas, [All you need is a good init](https://arxiv.org/abs/1511.06422), 2016.
# - I. Goodfellow, Y. Bengio, A. Courville, [Deep Learning](https://www.deeplearningbook.org/contents/optimization.html), section 8.4, 2016.
