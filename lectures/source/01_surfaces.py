# %% [markdown]
# # 1 Error surfaces and gradient descent
#
# *What is being descended, and how fast can one go?*
#
# Training a network is walking downhill in a landscape that nobody has ever seen as a whole. This lecture
# says what the landscape is, what the simplest walker does in it, and which of its shapes make it slow.
#
# **Goals.** After this lecture you can
#
# 1. write gradient descent from memory, and compute the largest stable rate of a quadratic from its Hessian;
# 2. tell from the eigenvalues of a Hessian whether a point with zero gradient is a minimum, a maximum or a
#    saddle;
# 3. say when the error surface of a network is a bowl, and when noise helps to leave a saddle, with measured
#    numbers.
#
# **You need** derivatives of functions of several variables, and eigenvalues. **Time:** 50 minutes, then the
# exercise.
#
# **Symbols.** Parameters $\theta$ (all weights and biases in one vector), loss $f(\theta)$, gradient
# $g = \nabla f(\theta)$, Hessian $H$ (the matrix of second derivatives), its eigenvalues $\lambda$
# (curvatures), rate $\epsilon$ (`lr`), condition number $\kappa = \lambda_{\max} / \lambda_{\min}$, noise
# $\sigma$ (standard deviation).

# %%
from course_lib import claims, explorers
from course_lib.live import AlgorithmBox, Question
from course_lib.optimizers import SGD

# %% [markdown]
# ## 1.1 The loss as a landscape
#
# Fix the data and the shape of the network. What is left to choose are the parameters $\theta$, and each
# choice has a loss
#
# $$f(\theta) = \frac1N \sum_{i=1}^N L\big(\text{network}(x_i; \theta),\, y_i\big),$$
#
# the mean over the $N$ training examples $(x_i, y_i)$ of what one prediction costs, $L$. Think of $f(\theta)$
# as the height above the point $\theta$: that is the **error surface**. A network with a thousand parameters
# has a surface over a thousand dimensions. Training looks for a low point of it.
#
# One pass through all $N$ examples is an **epoch**. If every step uses all of them, as in this lecture, an
# epoch is one step. From lecture 4 on, steps will use few examples, and an epoch will be many steps.
#
# Nobody can look at the whole surface, but at one point we can measure the slope. The gradient
# $g = \nabla f(\theta)$ points where $f$ rises fastest. For a small step $d$,
#
# $$f(\theta + d) \approx f(\theta) + g^\top d ,$$
#
# and among all $d$ of the same length $d = -\epsilon g$ makes this smallest. This is **gradient descent**. On
# the right is what the library runs, read from its source at this moment.

# %%
AlgorithmBox("Gradient descent", [
    r"Given: rate $\epsilon$, parameters $\theta$",
    r"repeat",
    r"&emsp; $g \leftarrow \nabla f(\theta)$",
    r"&emsp; $\theta \leftarrow \theta - \epsilon g$",
], SGD.update)

# %% [markdown]
# The class is called `SGD`, *stochastic* gradient descent, because the same line is used with noisy
# gradients. With the exact gradient nothing in it is stochastic. `t` is the number of the step; other rules
# need it, this one does not.
#
# ## 1.2 How large a step?
#
# The straight line $f(\theta) + g^\top d$ is good only for small $d$. The next better picture of the surface
# adds the curvature:
#
# $$f(\theta + d) \approx f(\theta) + g^\top d + \tfrac12\, d^\top H d .$$
#
# This is the **second-order expansion**. Near a minimum $\theta^*$ the gradient vanishes, and $f$ looks like
# the quadratic $\frac12 d^\top H d$ with $d = \theta - \theta^*$. Its gradient is $H d$, so a step gives
#
# $$d \leftarrow d - \epsilon H d = (I - \epsilon H)\, d .$$
#
# Turn the axes into the eigenvectors of $H$ and every direction goes its own way: along the one with
# curvature $\lambda$, each step multiplies the distance by $1 - \epsilon\lambda$. There are four cases:
#
# - $0 < \epsilon\lambda < 1$: it creeps in, without overshooting.
# - $\epsilon\lambda = 1$: it arrives in one step.
# - $1 < \epsilon\lambda < 2$: it overshoots, and jumps from side to side, closer each time.
# - $\epsilon\lambda > 2$: it jumps farther away each time. It diverges.
#
# The steepest direction decides whether the whole run is stable:
#
# $$\boxed{\ \epsilon < \frac{2}{\lambda_{\max}}\ }$$
#
# and the flattest one how long it takes: just below this limit it keeps the share
# $1 - \epsilon\lambda_{\min} \approx 1 - 2/\kappa$ of its distance per step. That ratio of the curvatures,
# $\kappa = \lambda_{\max}/\lambda_{\min}$, is the **condition number**. A round bowl has $\kappa = 1$; a
# ravine has a large one.
#
# The figure starts in a ravine of curvatures 1 and 20, turned by an angle. The limit is $2/20 = 0.1$, the
# rate 0.09.

# %%
Question("You raise the rate from 0.09 to 0.11. What will the path do?", {
    "Arrive a little sooner: the steps are a little larger.":
        "Along the flat direction they would help. But the steep one multiplies its distance by 1 − 0.11"
        " · 20 = −1.2 per step.",
    "Jump from wall to wall, a little farther each time.":
        "Across the ravine the factor is 1 − 0.11 · 20 = −1.2: the sign flips and the size grows by a"
        " fifth. At 0.09 it was −0.8.",
    "Run along the ravine and past the minimum.":
        "Along it the factor is 1 − 0.11 = 0.89, which creeps in. It is the other direction that goes wrong.",
}, right="Jump from wall to wall, a little farther each time.")

# %%
explorers.surfaces.playground()

# %% [markdown]
# **What it shows.** Left, the surface from above: dark is low, white stars are minima, the square is the
# start. Right, the loss per step. At 0.09 the path jumps from wall to wall and closes in, and then slides
# along the floor. Past 0.1 it is thrown out.
#
# **Try.** Click anywhere on the left to start there.
#
# 1. *Ravine*, from 0.09 down to 0.001: first the jumps vanish, then the path turns into a smooth curve that
#    does not arrive in time. There is a best rate, and it is close to the limit.
# 2. *Himmelblau*, rate 0.01: four minima of the same height. Click around to find the borders between the
#    regions that drain into each. Starts that are close together can end far apart.
# 3. *Rosenbrock*: a curved valley. Start at about (−1.2, 1) with rate 0.001: the first step falls to the
#    valley floor, and then nearly nothing happens. A condition number of about 2,500 at the minimum does
#    that.
# 4. *Beale* has a **plateau** in its upper left: start at (−2, 1.5) with rate 0.001. The path reaches a floor
#    that hardly falls, so the steps are tiny, and they lead away from the minimum. Towards the corners there
#    are **cliffs**: start at (4, 4) with rate 0.01, and a single step leaves the map.
# 5. *Monkey saddle*: it has no minimum at all. Start on the axis $y = 0$, right of the middle, and watch.
#
# The number $2/\lambda_{\max}$ in the line below the figure belongs to the minimum that is nearest to the end
# of the path. Away from it the surface has other curvatures, so a run can be thrown out on its way although
# its rate would be stable in the end.

# %% [markdown]
# ## 1.3 Is it a bowl?
#
# All this was about quadratics. Is the surface of a network one? For the simplest network it is. One linear
# layer $\hat y = W x + b$ is linear in its parameters; the squared error of something linear is quadratic; a
# mean of quadratics is quadratic. The expansion of 1.2 is then no approximation but the loss itself, at any
# distance.
#
# Now put a second linear layer behind the first: $\hat y = w_2 w_1 x$. The *function of $x$* is still a
# straight line; a hidden linear layer adds nothing to what the network can do. But the loss now contains the
# product of two parameters:
#
# $$f(w_1, w_2) = \frac1N \sum_i (w_2 w_1 x_i - y_i)^2 ,$$
#
# a polynomial of degree four.

# %%
Question("Two linear layers, at the point where both weights are zero. What is the surface there?", {
    "A minimum: zero weights have zero gradient.":
        "The gradient is zero, but that alone does not make a minimum. If the best product w₁w₂ is"
        " positive, making both weights a little positive lowers the loss.",
    "A saddle: down if both weights grow with the same sign, up if with opposite signs.":
        "Near zero, f is a constant minus a multiple of w₁w₂, when x and y go together. That falls along"
        " the one diagonal, and rises along the other.",
    "A maximum: the network predicts nothing there, which is the worst.":
        "It is not the worst: a product of the wrong sign is worse still. So there are ways up from there.",
}, right="A saddle: down if both weights grow with the same sign, up if with opposite signs.")

# %%
explorers.surfaces.bowl()

# %% [markdown]
# **What it shows.** Left the true surface, in the middle its second-order expansion at the round mark, right
# a slice through both along the dashed line. With two layers they agree near the mark and part further off.
# The valleys are curved: every pair $w_1 w_2 = \text{const}$ is the same function, so its points lie at the
# same height, and there are two valleys, one for each common sign.
#
# **Try.** (a) Choose *one linear layer*, and click wherever you like: no difference, anywhere. (b) Back to
# two layers, expand at (0, 0), with the slice at 45° and then at 135°: down one way, up the other. (c) Click
# into a valley. The expansion is a bowl now, a very long one: one curvature is close to zero.

# %% [markdown]
# ## 1.4 Points with zero gradient
#
# Where $g = 0$ gradient descent stands still. What sort of point it is, the Hessian says, since
# $f(\theta + d) \approx f(\theta) + \frac12 d^\top H d$ is all that is left:
#
# | eigenvalues of $H$ | the point is | gradient descent |
# |---|---|---|
# | all $> 0$ | a minimum: up in every direction | is drawn in |
# | all $< 0$ | a maximum: down in every direction | runs away |
# | some $> 0$, some $< 0$ | a **saddle** | comes in along some directions, leaves along others |
# | some $= 0$, the others of one sign | undecided: higher derivatives decide | |
#
# The monkey saddle of the first figure is of the last sort: at its middle *all* second derivatives are zero.
#
# In many dimensions minima are rare among such points. If each of $P$ eigenvalues were positive or negative
# by the toss of a coin, one in $2^P$ would be a minimum. They are not independent coins, but the direction of
# the argument stands: at a typical height there are far more saddles than minima (Dauphin et al. 2014).
#
# ### What happens at a saddle
#
# Take $f(x, y) = \frac12 (x^2 - y^2) + \frac14 y^4$, with a saddle at the origin and minima at $(0, \pm 1)$.
# Near the saddle a step does
#
# $$x \leftarrow (1 - \epsilon)\, x, \qquad y \leftarrow (1 + \epsilon)\, y .$$
#
# What comes in, along $x$, is damped; what leaves, along $y$, grows like $(1 + \epsilon)^t$, from whatever
# $y$ there is. From $y = 10^{-8}$ to about 1 takes $8 \log 10 / \log(1 + \epsilon)$ steps. From $y = 0$ it
# takes for ever. Every factor of ten nearer costs the same number of steps more: the escape time is
# *logarithmic*.
#
# Noise supplies the missing $y$. Suppose each gradient comes with noise of deviation $\sigma$ on each entry,
# as it will when it is estimated from a few examples. Then $y$ is a sum of kicks $\epsilon\sigma$, each grown
# since: after $t$ steps its variance is
#
# $$\epsilon^2\sigma^2\, \frac{(1 + \epsilon)^{2t} - 1}{(1 + \epsilon)^2 - 1} .$$
#
# Half of many particles have left the zone $|y| < 0.5$ about when the standard deviation is $0.5 / 0.67$
# (half of a normal distribution lies within 0.67 deviations). Solving for $t$ gives the dashed line of the
# figure. In it 1,000 particles start exactly on the ridge, at $(-1.5, 0)$.

# %%
Question("With σ = 0.01 half of the particles leave by step 131. You make the noise a hundred times "
         "weaker. How many steps now?", {
    "About a hundred times as many.":
        "That would be so if y only diffused. But it grows by the factor 1 + ε per step, whatever it is,"
        " so a smaller beginning is soon made up for.",
    "About ten times as many: the root of a hundred.":
        "A root is the law of diffusion, on a flat surface. Here the surface curves down, and growth is"
        " exponential.",
    "About 94 more.":
        "A factor of 100 is made up for in log 100 / log 1.05 = 94 steps. Noise a million times weaker"
        " would cost 283 more.",
    "They never leave.":
        "Only noise of exactly zero keeps them there. Look at the square.",
}, right="About 94 more.")

# %%
explorers.surfaces.saddle()

# %% [markdown]
# **What it shows.** Left, the paths of 40 of the particles: they come in along the ridge, part, and drain into
# both minima. The square has no noise: it walks to the saddle and stays. In the middle, how far each of them
# is from the ridge. At first the noise moves it about; once it is farther away than the noise is large, it
# grows by the factor $1 + \epsilon$ per step, a straight line on this axis. Right, when each of the 1,000
# particles got away.
#
# **Try.** (a) Weaken the noise tenfold, twice: the histogram moves by the same distance each time and keeps its
# shape. (b) Double the rate: everything takes about half as long. (c) With $\sigma = 1$ particles escape at
# once, but where do they settle?
#
# Two warnings, measured in 1.6. If the start is random, it has some $y$ already, and noise is not needed. And
# noise must point *away* from the ridge to help. The noise of minibatches often does not, when a saddle is
# made by a symmetry.

# %% [markdown]
# ## 1.5 A real surface, in slices
#
# A network on the digits has thousands of parameters. We can still cut: choose two directions $u$ and $v$ and
# draw $f(\theta + a u + b v)$ over $(a, b)$. It is a slice of two dimensions out of thousands, so it shows
# much less than it seems to. But there is a worse trap.
#
# In a ReLU network you can multiply the first layer by $c$ and divide the next by $c$, and it computes the
# same function, since $\max(cz, 0) = c \max(z, 0)$. For $c = 10$ the first layer has large weights, and a
# step of a given length disturbs it little, while the second has small ones and is upset. So *how sharp a
# minimum looks in a slice* can be changed at will, without changing the network. Li et al. (2018) therefore
# scale the directions: draw them at random, then give the weights of each unit (each "filter") in $u$ the
# length which that unit's weights have in $\theta$. At $a = 1$ every unit's weights have then changed by as
# much as they are long.

# %%
Question("The first layer is multiplied by 10, the second divided by 10. The directions are "
         "filter-normalized. What happens to the picture?", {
    "Nothing at all.":
        "Each unit's direction grows and shrinks with its weights, so at each (a, b) both networks are"
        " the same function.",
    "The valley gets ten times as narrow.":
        "That can happen with plain directions: try them. Normalized ones stretch and shrink together"
        " with the weights.",
    "The valley gets wider one way and narrower the other.":
        "Each of u and v has a part in both layers, so neither axis belongs to one layer.",
}, right="Nothing at all.")

# %%
explorers.surfaces.landscape()

# %% [markdown]
# **What it shows.** The 64-32-10 ReLU network, its loss on 256 training examples; the mark is the network
# itself. Dark is low, and from band to band the loss grows by a factor of $10^{0.2} \approx 1.6$. Before
# training it stands on a slope with no particular shape. After eight epochs it lies in a bowl: along random
# directions the loss rises every way.
#
# **Try.** (a) Move *epochs of training* from 0 upwards: after one epoch there is a bowl, and with every
# further one its middle sinks. (b) Move $c$: nothing. Then choose *plain* and move it again. Same network,
# and a needle's eye of a minimum. (c) *Other directions*: does any of them show a second valley? A random
# direction among thousands is unlikely to point at one.

# %% [markdown]
# ## 1.6 Measured claims
#
# What our sources say about surfaces and saddles, and what we measured: each row is run now, over 16 random
# seeds, by `course_lib.claims`.

# %%
claims.table("C36", "C52")

# %% [markdown]
# The last row deserves a second look. All hidden units start with equal weights. Every example then gives
# them equal gradients, so does every minibatch, and they stay equal for ever: the noise is there, but no part
# of it points away from this ridge. Random initialization is what prevents this; lecture 3 is about it.

# %% [markdown]
# ## 1.7 Check yourself

# %%
Question("f(x, y) = ½ (4x² + 50y²). What is the largest stable rate of gradient descent?", {
    "0.5": "That is 2/4, the limit of the flat direction. The steep one diverges long before.",
    "0.04": "2/λ_max = 2/50.",
    "0.02": "That is 1/λ_max: at this rate the steep direction arrives in one step. Twice that is stable.",
    "0.037": "That is 2/(λ_max + λ_min), which makes both directions equally fast. Not the largest stable one.",
}, right="0.04")

# %%
Question("At a point the gradient is zero, and the Hessian has the eigenvalues 3, 0.2 and −0.001. What "
         "is it?", {
    "A minimum, for all practical purposes.":
        "One direction leads down, if slowly. Gradient descent will leave along it, given time: a small"
        " curvature means slow, not never.",
    "A saddle.": "Up along two directions, down along the third. How steep does not matter.",
    "It cannot be told.": "It could not if the third were exactly 0. It is negative.",
}, right="A saddle.")

# %%
Question("Why is the surface of two linear layers not quadratic, though the network is linear?", {
    "It is linear in its inputs, but not in its parameters.":
        "The parameters are multiplied with each other. The surface lives over the parameters, not over"
        " the inputs.",
    "Because of the bias.": "A bias enters linearly, as in one layer.",
    "Because more parameters make a surface rougher.":
        "One linear layer with a million weights is still quadratic. It is the product that matters.",
}, right="It is linear in its inputs, but not in its parameters.")

# %%
Question("Gradient descent starts at distance 0.001 from the ridge of a saddle and needs 140 steps to leave. "
         "About how many steps from distance 0.000001?", {
    "140,000": "A thousand times nearer is not a thousand times longer: the distance grows exponentially.",
    "280": "From 10⁻³ to 1 took 140 steps; from 10⁻⁶ to 10⁻³ takes the same number again.",
    "140": "It first has to grow from 10⁻⁶ to 10⁻³.",
    "It never leaves.": "Only from distance exactly 0.",
}, right="280")

# %% [markdown]
# ## 1.8 Summary
#
# - The error surface is the loss over the parameters. Gradient descent goes $-\epsilon g$ per step; one pass
#   through the data is an epoch.
# - On a quadratic each direction shrinks by $1 - \epsilon\lambda$ per step. Stable below $2/\lambda_{\max}$;
#   the flattest direction sets the time, and the condition number $\kappa$ is what makes it long.
# - One linear layer with squared loss has a quadratic surface, a closed bowl only if its inputs are
#   independent. With one layer more, or another loss, it is not quadratic.
# - Where the gradient is zero, the signs of the Hessian's eigenvalues tell minimum, maximum and saddle apart.
# - Leaving a saddle takes a time that is logarithmic in the first distance, or in the noise. Noise helps
#   where the start is nearer to the ridge than the noise is large, and only if it points away from the ridge.
# - A slice of a real surface shows what its directions let it show.
#
# **Next:** [exercise 1](../exercises/01_surfaces.ipynb), in which you write the descent, its limit and a
# classifier of critical points.
#
# **Further reading**
#
# - I. Goodfellow, Y. Bengio, A. Courville, [Deep Learning](https://www.deeplearningbook.org/contents/numerical.html), sections 4.3 and 8.2, 2016.
# - Y. Dauphin et al., [Identifying and attacking the saddle point problem](https://arxiv.org/abs/1406.2572), 2014.
# - H. Li et al., [Visualizing the loss landscape of neural nets](https://arxiv.org/abs/1712.09913), 2018.
# - L. Dinh et al., [Sharp minima can generalize for deep nets](https://arxiv.org/abs/1703.04933), 2017 (the rescaling of 1.5).
# - J. Lee et al., [Gradient descent only converges to minimizers](https://proceedings.mlr.press/v49/lee16.html), 2016 (random starts).
