# %% [markdown]
# # 1 Error surfaces and gradient descent
#
# *What is being descended, and how fast can one go?*
#
# Training a network is walking downhill in a landscape that nobody has ever seen as a whole. This lecture
# says what the landscape is, what the simplest walker does in it, which of its shapes make it slow, and what
# can be promised without having seen it.
#
# **Goals.** After this lecture you can
#
# 1. write gradient descent from memory, compute the largest stable and the best rate of a quadratic from its
#    Hessian, and say how many steps it takes;
# 2. say what convexity, smoothness and strong convexity promise, derive the two rates of convergence from
#    the descent lemma, and say what noise in the gradient makes of them;
# 3. tell minima, maxima and saddles apart by the eigenvalues of the Hessian, and say when the surface of a
#    network is a bowl, and when noise helps to leave a saddle, with measured numbers.
#
# **You need** derivatives of functions of several variables, and eigenvalues. **Time:** 51 minutes, and 5 for
# what is optional; then the exercise.
#
# **Symbols.** In all sections: parameters $\theta$ (all weights and biases in one vector of $P$ numbers), loss
# $f(\theta)$, gradient $g = \nabla f(\theta)$, Hessian $H$ (the matrix of second derivatives), its
# eigenvalues $\lambda$ (curvatures), rate $\epsilon$ (`lr`), number of the step $k$, a step $z$, a minimum $\theta^*$, the
# way from it $d = \theta - \theta^*$, condition number $\kappa = \lambda_{\max} / \lambda_{\min}$. In one or two
# sections: examples $(x_i, y_i)$, $i = 1 \ldots N$, prediction $\hat y$, loss of one example $\ell$ (1.1);
# eigenvectors $q$, the columns of $Q$, the eigenvalues in a diagonal matrix $\Lambda$, coordinates
# $c = Q^\top d$ (1.3); the share of the distance that may be left, $\text{tol}$ (1.4); largest and smallest
# curvature anywhere, $L$ and $\mu$ (1.5); height above the minimum $\Delta_k$, first distance $D$ (1.6); noise
# $n$, its deviation $\sigma$ on each entry (1.6, 1.8); weights and biases $W, w_1, w_2, b$, their product $q_w$,
# the means $m, p$ (1.7); directions $u, v$, coordinates $s_1, s_2$, factor $r$ (1.9).

# %%
from course_lib import claims, explorers
from course_lib.live import AlgorithmBox, Question
from course_lib.optimizers import SGD

# %% [markdown]
# ## 1.1 The loss as a landscape
#
# > **Error surface.** "The surface obtained by plotting the weights of the network against the loss. For a
# > linear network with a squared loss function, the surface is a quadratic bowl."
# >
# > **Epoch.** "A single pass through the training data."
# >
# > S1, our notes on optimization
#
# Fix the data and the shape of the network. What is left to choose are the parameters $\theta$, and each
# choice has a loss
#
# $$f(\theta) = \frac1N \sum_{i=1}^N \ell\big(\hat y(x_i; \theta),\, y_i\big),$$
#
# the mean over the $N$ training examples $(x_i, y_i)$ of what one prediction $\hat y$ costs. Think of
# $f(\theta)$ as the height above the point $\theta$: that is the **error surface**. A network with a thousand
# parameters has a surface over a thousand dimensions. Training looks for a low point of it.
#
# If every step uses all examples, as in this lecture, an epoch is one step. From lecture 4 on, steps will use
# few examples, and an epoch will be many steps.
#
# Nobody can look at the whole surface, but at one point we can measure the slope. The gradient
# $g = \nabla f(\theta)$ points where $f$ rises fastest. For a small step $z$,
#
# $$f(\theta + z) \approx f(\theta) + g^\top z ,$$
#
# and among all $z$ of the same length the one along $-g$ makes this smallest. So step by $-\epsilon g$. This is
# **gradient descent**. On the right is what the library runs, read from its source at this moment.

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
# ## 1.2 A first run
#
# The first figure has six surfaces over the plane. It starts in a **ravine**: a valley 20 times as strongly
# curved across as along. The square is where the descent starts, the star is the minimum.

# %%
prediction = Question("The ravine is 20 times as strongly curved across as along, and the rate is 0.09. What will "
                      "the path look like?", {
    "It slides straight to the star: downhill is where the minimum is.":
        "The gradient knows nothing of the minimum. It points where the surface rises fastest here, and on the"
        " wall of a ravine that is across the ravine.",
    "It jumps from wall to wall, each jump shorter, and gets along the ravine meanwhile.":
        "On the wall the gradient points across, and the step is long enough to land on the other wall. Each"
        " time it lands a little lower.",
    "It jumps from wall to wall, each jump longer, and is thrown out.":
        "That needs a larger rate. Past 0.1 you will see it, and 1.3 says why just there.",
}, right="It jumps from wall to wall, each jump shorter, and gets along the ravine meanwhile.")
prediction

# %%
explorers.surfaces.playground().behind(prediction)

# %% [markdown]
# **What it shows.** Left, the surface from above: dark is low, white stars are minima, the square is the
# start. Right, the loss per step. At 0.09 the path jumps from wall to wall and closes in, and then slides
# along the floor: 84 steps to the target. Past 0.1 it is thrown out.
#
# **Try.** Click anywhere on the left to start there.
#
# 1. *Ravine*, from 0.09 down to 0.001: first the jumps vanish, then the path turns into a smooth curve that
#    does not arrive in 400 steps. There is a best rate, and it is close to the limit.
# 2. *Himmelblau*, rate 0.01: four minima of the same height. Click around to find the borders between the
#    regions that drain into each. Starts that are close together can end far apart.
# 3. *Rosenbrock*: a curved valley. Start at about (−1.2, 1) with rate 0.001: two steps lead down to the
#    valley floor, and the next 398 gain little. A condition number of about 2,500 at the minimum does that.
# 4. *Beale* has a **plateau** in its upper left: start at (−2, 1.5) with rate 0.001. The path reaches a floor
#    that hardly falls, so the steps are tiny, and they lead away from the minimum. Towards the corners there
#    are **cliffs**: start at (4, 4) with rate 0.01, and a single step leaves the map.
# 5. *Monkey saddle*: it has no minimum at all. Start on the axis $y = 0$, right of the middle: the path creeps
#    to the middle and stays. Start a little beside the axis: it falls for ever.
#
# ## 1.3 Each direction for itself
#
# Why 0.1? The straight line $f(\theta) + g^\top z$ is good only for small $z$. The next better picture of the
# surface adds the curvature:
#
# $$f(\theta + z) \approx f(\theta) + g^\top z + \tfrac12\, z^\top H z .$$
#
# This is the **second-order expansion**. At a minimum $\theta^*$ the gradient vanishes, so near it $f$ is the
# quadratic $\frac12 d^\top H d$, with $d = \theta - \theta^*$, plus a constant. Its gradient is $H d$, so a step
# gives
#
# $$d \leftarrow d - \epsilon H d = (I - \epsilon H)\, d .$$
#
# If $H$ has entries beside its diagonal, as in a ravine that is turned, each parameter's step depends on all
# the others. But $H$ is symmetric, so it has eigenvectors at right angles to each other: in the picture the one
# along the floor and the one across. How does the distance along each of these two change?

# %%
prediction = Question("A ravine is turned by 30°. Follow the path by two numbers: c₁, how far it is from the minimum "
                      "along the floor, and c₂, how far across. What do they do from step to step?", {
    "They mix: how c₁ changes depends on c₂.":
        "That is so for the parameters θ₁ and θ₂, because H has entries beside its diagonal. Along the"
        " eigenvectors nothing mixes.",
    "Both are multiplied by the same factor.":
        "The curvatures along and across differ, so the gradients do. Only a round bowl has one factor for both.",
    "Each is multiplied by a factor of its own, the same at every step.":
        "On the right each is a straight line: the axis is logarithmic, so a constant factor makes a constant"
        " slope.",
}, right="Each is multiplied by a factor of its own, the same at every step.")
prediction

# %%
explorers.descent.axes().behind(prediction)

# %% [markdown]
# **What it shows.** Left, the path over $\theta_1$ and $\theta_2$, with the two eigenvectors. In the middle, the
# same path over its coordinates along the eigenvectors: the ravine lies straight. Right, the size of each
# coordinate (marks), and what the formula below gives (lines). Here the factors are 0.91 along the floor and
# −0.8 across: the minus is the jump to the other wall.
#
# **Try.** (a) Turn the ravine: the path changes, because the start lies elsewhere in it, but the two slopes on
# the right stay. (b) Move the rate past the limit: one coordinate grows and the other still shrinks. (c) Set
# $\kappa = 1$: the bowl is round, every direction is an eigenvector, and both factors are the same.
#
# **The formula.** Put the eigenvectors into the columns of a matrix $Q$ and the eigenvalues into a diagonal
# matrix $\Lambda$. Then
#
# $$H = Q \Lambda Q^\top, \qquad Q^\top Q = I .$$
#
# Read it from right to left: $Q^\top$ turns the axes into the eigenvectors, $\Lambda$ stretches each axis by its
# curvature, and $Q$ turns back. The coordinates along the eigenvectors are $c = Q^\top d$. Multiply the step
# by $Q^\top$, and it becomes
#
# $$c \leftarrow (I - \epsilon \Lambda)\, c , \qquad\text{entry by entry}\qquad c_j \leftarrow (1 - \epsilon\lambda_j)\, c_j .$$
#
# Every direction goes its own way. Along the one with curvature $\lambda$ there are four cases:
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
# In the first figure the curvatures are 1 and 20, so the limit is $2/20 = 0.1$. The number
# $2/\lambda_{\max}$ in the line below that figure belongs to the minimum that is nearest to the end of the
# path. Away from it the surface has other curvatures, so a run can be thrown out on its way although its rate
# would be stable in the end.
#
# ## 1.4 How many steps?
#
# The largest and the smallest curvature make the **condition number** $\kappa = \lambda_{\max}/\lambda_{\min}$.
# A round bowl has $\kappa = 1$; a ravine has a large one. The steepest direction limits the rate, and the
# flattest one has to live with it. In the figure five directions have curvatures from $\lambda_{\max}/20$ to
# $\lambda_{\max}$, so $\kappa = 20$. The run ends when every one of them has come down to a thousandth of its
# first distance.

# %%
prediction = Question("κ = 20. At which rate are all five directions down to a thousandth after the fewest steps?", {
    "At 1/λ_max: there the steepest direction arrives in one step.":
        "The steepest does, but the flattest keeps 95 % of its distance per step. The run takes 135 steps.",
    "As close to the limit 2/λ_max as one can get.":
        "Just below the limit it is the steepest direction that hardly shrinks: it jumps from side to side. At"
        " 1.98/λ_max the run takes 342 steps.",
    "A little below the limit, at about 1.9/λ_max.":
        "There the flattest and the steepest direction shrink equally fast: 70 steps. On either side of it one"
        " of the two is slower.",
    "At half of 1/λ_max: slow and safe.":
        "Safe, but the flattest direction then keeps 97.5 % per step. The run takes 273 steps.",
}, right="A little below the limit, at about 1.9/λ_max.")
prediction

# %%
explorers.descent.rates().behind(prediction)

# %% [markdown]
# **What it shows.** Left, the steps needed at each rate, each dot a run. The two lines are theory: how long the
# flattest direction takes, and the steepest. The run takes as long as the slower of the two: these are the two
# borders of the curve. Right, for the rate chosen, the factor $|1 - \epsilon\lambda|$ of each direction. What
# lies between the flattest and the steepest never decides.
#
# **Try.** (a) Move the rate to 1.9: on the right both ends of the V stand equally high. (b) Raise $\kappa$ to
# 200 and the best rate moves to the limit, while the fewest steps grow from 70 to 695. (c) Move the distance to
# be left from a thousandth to a millionth: twice as many steps, at the same best rate.
#
# **The formula.** The slowest direction keeps the share
# $\max(|1 - \epsilon\lambda_{\min}|,\ |1 - \epsilon\lambda_{\max}|)$ per step. The first falls with $\epsilon$,
# the second rises once $\epsilon\lambda_{\max} > 1$. The larger of the two is smallest where they meet,
# $1 - \epsilon\lambda_{\min} = \epsilon\lambda_{\max} - 1$:
#
# $$\epsilon_{\text{best}} = \frac{2}{\lambda_{\min} + \lambda_{\max}}, \qquad
# \text{share kept} = \frac{\kappa - 1}{\kappa + 1} \approx 1 - \frac2\kappa .$$
#
# After $k$ steps the share $(1 - 2/\kappa)^k \approx e^{-2k/\kappa}$ is left. It has come down to tol when
#
# $$\boxed{\ k \approx \frac{\kappa}{2}\, \ln\frac{1}{\text{tol}}\ }$$
#
# For $\kappa = 20$ and a thousandth that is 69. **Steps grow in proportion to $\kappa$**, and each further
# digit costs the same number again. At the careful rate $1/\lambda_{\max}$ it takes about twice as many.
#
# ## 1.5 One step, without knowing the surface
#
# So far the surface was quadratic, and we knew it. Usually we know neither. What can be promised then? Three
# words say how much is known. Each compares the surface with a simple curve that touches it at a point
# $\theta$, for every $\theta$ and every other point $\theta + z$.
#
# | | in a formula | in words |
# |---|---|---|
# | **convex** | $f(\theta + z) \ge f(\theta) + g^\top z$ | it lies above each of its tangents; no curvature is negative |
# | **$\mu$-strongly convex** | $f(\theta + z) \ge f(\theta) + g^\top z + \frac\mu2 \lvert z\rvert^2$ | it lies above a parabola; no curvature is below $\mu > 0$ |
# | **$L$-smooth** | $f(\theta + z) \le f(\theta) + g^\top z + \frac L2 \lvert z\rvert^2$ | it lies below a parabola; no curvature is above $L$ |
#
# A convex surface has no minimum that is not a lowest point. For a quadratic, $\mu = \lambda_{\min}$ and
# $L = \lambda_{\max}$; in general $\kappa = L/\mu$. The surface of a network with a hidden layer is in general not convex. Yet smoothness alone
# already tells something about one step.

# %%
prediction = Question("At one point you know the slope g. Of the curve you know only that its curvature is nowhere "
                      "above L. You step by the rate 1/L. What does the loss do?", {
    "It may rise: behind the next bend the curve can do what it likes.":
        "It cannot bend upwards faster than L, so it stays below the dashed parabola, and that falls.",
    "It falls by g²/2L, neither more nor less.":
        "That is what a parabola of curvature L does. A curve that bends less falls by more.",
    "It falls by g²/2L at least.":
        "The dashed parabola falls by just that, and the curve stays below it. Here it falls 1.6 times as far.",
}, right="It falls by g²/2L at least.")
prediction

# %%
explorers.descent.lemma().behind(prediction)

# %% [markdown]
# **What it shows.** Left, a curve, and the parabolas that touch it where we stand (round mark). The step leads
# to the lowest point of the dashed parabola (triangle); the curve itself is lower there (square). Right, what
# is gained at each rate: the dashed line is sure, whatever the curve does, and is highest at $\epsilon = 1/L$. At
# $2/L$ the promise has come to its end. This curve still gains at every rate below $3.2/L$, because it bends less than it
# might.
#
# **Try.** (a) Move the rate to $4/L$: the loss rises. (b) *Convex*: the lower parabola becomes the tangent.
# (c) *Not convex*: the curve dips below its tangents, and the promise still holds: it needs smoothness only.
#
# **The descent lemma.** Put the step $z = -\epsilon g$ into the definition of smoothness:
#
# $$\boxed{\ f(\theta - \epsilon g) \le f(\theta) - \epsilon\Big(1 - \frac{\epsilon L}{2}\Big) \lvert g\rvert^2\ }$$
#
# For $\epsilon < 2/L$ every step goes down: it is the limit of 1.3 again, now for any smooth surface. The
# promise is largest at $\epsilon = 1/L$: there the loss falls by $\lvert g\rvert^2/2L$ at least.
#
# ## 1.6 Many steps: two guarantees, and what noise makes of them
#
# A step gains much where the gradient is large. So the question is: can the gradient be small while the
# loss is still high? Strong convexity forbids it, as the formula below will show, and promises that a step of
# $1/L$ leaves at most the share $1 - 1/\kappa$ of the height above the minimum,
# $\Delta_k = f(\theta_k) - f(\theta^*)$. The figure holds this promise beside what happens in a bowl of 50
# directions with curvatures from $L/\kappa$ to $L$, evenly spaced on a log axis, and the same first distance along
# each of them.

# %%
prediction = Question("κ = 1,000 and the rate is 1/L. It is sure that after 1,000 steps at most the share "
                      "(1 − 1/κ)¹⁰⁰⁰ = 37 % of the height above the minimum is left. How much is left in this bowl?", {
    "About 37 %: a bowl with this κ behaves as theory says.":
        "Not even if all of the height lay along the flattest direction: its distance keeps 1 − 1/κ a step, its"
        " height the square of that, and 14 % would be left. And most of the height lies along the others, which"
        " shrink faster.",
    "A few per cent.":
        "That is what the other guarantee promises, the one for convex surfaces: 2.6 %. The measured curve lies"
        " far below both.",
    "Less than a hundredth of a per cent.":
        "0.007 %. After 200 steps the steeper half of the directions is all but gone. A guarantee has to cover"
        " every surface of its kind, and its proof gives something away besides.",
}, right="Less than a hundredth of a per cent.")
prediction

# %%
explorers.descent.bounds().behind(prediction)

# %% [markdown]
# **What it shows.** The height above the minimum, step by step, twice: left both axes are logarithmic, right
# only the upright one. Black is measured, averaged over 16 runs where there is noise; the other two are
# guaranteed. For the first hundred steps the measured curve is nearly straight on the left: it falls like
# $1/k$, which comes from the even spread of the curvatures. Towards the end only the flattest directions are left, and it is nearly straight on the right: it falls
# by a constant factor per step.
#
# **Try.** (a) Raise $\kappa$ to 100,000: within 4,000 steps the factor never takes over, and the curve falls
# like $1/k$ throughout. The guarantee of strong convexity then says nearly nothing. (b) Move the rate from 1 to
# 1.9: what happens gets better and what is sure gets worse. (c) Add noise: the curve falls as before, and then
# stops at a floor.
#
# **Strongly convex.** The parabola of curvature $\mu$ under the surface at $\theta$ is lowest at
# $z = -g/\mu$, with the value $f(\theta) - \lvert g\rvert^2/2\mu$. The minimum of $f$ cannot lie below that, so
# $\lvert g\rvert^2 \ge 2\mu\,\Delta$: where the loss is high the gradient is not small. Put this into the descent
# lemma with $\epsilon = 1/L$:
#
# $$\Delta_{k+1} \le \Delta_k - \frac{\lvert g\rvert^2}{2L} \le \Big(1 - \frac{\mu}{L}\Big) \Delta_k
# \qquad\Longrightarrow\qquad \boxed{\ \Delta_k \le \Big(1 - \frac1\kappa\Big)^{k} \Delta_0\ }$$
#
# A constant factor per step is called **linear convergence**, since the number of right digits grows linearly.
#
# **Only convex.** The tangent at $\theta$ lies below the surface at $\theta^*$ too, so
# $\Delta \le g^\top d \le \lvert g\rvert\, D$, where $D$ is the first distance from the minimum. (For
# $\epsilon \le 2/L$ the distance never grows.) The gradient may thus be as small as $\Delta/D$. The lemma then
# gives $\Delta_{k+1} \le \Delta_k - \Delta_k^2/2LD^2$. Divide by $\Delta_k\Delta_{k+1}$ and use
# $\Delta_{k+1} \le \Delta_k$: the number $1/\Delta$ grows by at least $1/2LD^2$ in each step, so
#
# $$\boxed{\ \Delta_k \le \frac{2 L D^2}{k} = O(1/k)\ }$$
#
# Ten times as many steps for each further digit, instead of the same number again. (The curve in
# the figure is a little better at first: it counts $1/\Delta_0$ too.) Without convexity, if only the loss cannot
# fall for ever, the lemma still promises that the smallest gradient of $k$ steps falls like $1/\sqrt k$. It does
# not say where: it may be at a saddle.
#
# **With noise.** SGD steps by $g + n$, where the noise $n$ is zero in the mean, and the larger the
# more the examples differ from each other. In the lemma its square remains, in the mean over the noise:
#
# $$\mathbb{E} f(\theta - \epsilon (g + n)) \le f(\theta) - \epsilon\Big(1 - \frac{\epsilon L}{2}\Big)\lvert g\rvert^2
# + \frac{\epsilon^2 L}{2}\, \mathbb{E} \lvert n\rvert^2 .$$
#
# The gain vanishes at the minimum and the last term does not. Where the two are equal, progress ends: at a
# **floor** that is proportional to $\epsilon$ for small rates. A smaller rate lowers the floor and slows the
# descent. To get both, the rate has to fall along the way. With well chosen rates like $1/k$ the floor goes, but so
# does linear convergence: what can be promised is $O(1/k)$ if $f$ is strongly convex, and with rates like
# $1/\sqrt k$ only about $O(1/\sqrt k)$ if it is just convex (Bottou et al. 2018). Lecture 4 measures it.
#
# ## 1.7 Is it a bowl?
#
# Much of this was about quadratics. Is the surface of a network one? For the simplest network it is. One linear
# layer $\hat y = W x + b$ is linear in its parameters; the squared error of something linear is quadratic; a
# mean of quadratics is quadratic. The expansion of 1.3 is then no approximation but the loss itself, at any
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
prediction = Question("Two linear layers, at the point where both weights are zero; x and y go together. What is the "
                      "surface there?", {
    "A minimum: zero weights have zero gradient.":
        "The gradient is zero, but that alone does not make a minimum. Along the dashed line, where both weights"
        " grow together, the loss falls.",
    "A saddle: down if both weights grow with the same sign, up if with opposite signs.":
        "With the same sign the product w₂w₁ is positive, as the best one is. With opposite signs it is negative,"
        " and the fit gets worse.",
    "A maximum: the network predicts nothing there, which is the worst.":
        "It is not the worst: a product of the wrong sign is worse still. So there are ways up from there.",
}, right="A saddle: down if both weights grow with the same sign, up if with opposite signs.")
prediction

# %%
explorers.surfaces.bowl().behind(prediction)

# %% [markdown]
# **What it shows.** Left the true surface, in the middle its second-order expansion at the round mark, right
# a slice through both along the dashed line. With two layers they agree near the mark and part further off.
# The valleys are curved: every pair $w_1 w_2 = \text{const}$ is the same function, so its points lie at the
# same height, and there are two valleys, one for each common sign.
#
# **Try.** (a) Choose *one linear layer*, and click wherever you like: no difference, anywhere. (b) Back to
# two layers, expand at (0, 0), with the slice at 45° and then at 135°: down one way, up the other. (c) Click
# along the floor of a valley, and then on its two sides, and read the curvatures in the line below: a trough on
# the floor, a bowl just inside of it, on the side of the origin, and a saddle outside, at (1, 1) for instance.
#
# **Why.** Let $q_w = w_1 w_2$ be the product, $m$ the mean of $x_i^2$ and $p$ the mean of $x_i y_i$. Then
# $f = m q_w^2 - 2 p q_w + \text{const}$, lowest where $q_w = p/m$. Two derivatives give
#
# $$H = \begin{pmatrix} 2 m w_2^2 & 4 m q_w - 2p \\ 4 m q_w - 2p & 2 m w_1^2 \end{pmatrix}, \qquad
# \det H = 4\, (p - m q_w)(3 m q_w - p) .$$
#
# At the origin the determinant is $-4p^2$: one eigenvalue is positive and one negative, a saddle. On the floor
# it is zero: along the valley nothing changes. Between a third of the best product and the best product it is
# positive: a bowl. Beyond the floor it is negative: although the loss rises away from the floor on both sides,
# the valley bends, and a straight line along it leads down first.
#
# ## 1.8 Points with zero gradient
#
# > **Saddle points.** "A point on a function which is not a local or global optimum but where the derivatives are
# > zero."
# >
# > "Gradients around saddle points are close to zero which makes learning slow. The problem can be partially
# > solved by using a noisy estimate of the gradient, which SGD does implicitly."
# >
# > S1, our notes on optimization
#
# Where $g = 0$ gradient descent stands still. What sort of point it is, the Hessian says, since
# $f(\theta + z) \approx f(\theta) + \frac12 z^\top H z$ is all that is left:
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
# On the ridge $y = 0$ the gradient points along the ridge, so exact gradient descent from there ends at the
# saddle. Now each gradient comes with noise of deviation $\sigma$ on each entry, as it will when it is
# estimated from a few examples. In the figure 1,000 particles start exactly on the ridge, at $(-1.5, 0)$.

# %%
prediction = Question("The rate is 0.05 and σ = 0.01, so noise moves a particle by about 0.0005 in a step. When have "
                      "half of the particles come farther than 0.5 from the ridge?", {
    "After about 130 steps.":
        "Once noise has moved a particle off the ridge, the slope carries it on: its distance grows by the factor"
        " 1.05 in each step, whatever it is.",
    "After about 1,000 steps, which is 0.5 / 0.0005.":
        "So it would be if every kick went the same way, and nothing else moved the particle. But off the ridge"
        " the surface slopes away from it, the more the farther.",
    "After about a million steps, the square of that.":
        "That is the law of a random walk on a flat surface. Here the surface curves down, and what is off the"
        " ridge grows by itself.",
    "Never: the noise is zero in the mean.":
        "In the mean over the particles y stays zero, with half of them in each valley. Only without any noise"
        " they stay: look at the square.",
}, right="After about 130 steps.")
prediction

# %%
explorers.surfaces.saddle().behind(prediction)

# %% [markdown]
# **What it shows.** Left, the paths of 40 of the particles: they come in along the ridge, part, and drain into
# both minima. The square has no noise: it walks to the saddle and stays. In the middle, how far each of them
# is from the ridge. At first the noise moves it about; once it is farther away than the noise is large, it
# grows by the factor $1 + \epsilon$ per step, a straight line on this axis. Right, when each of the 1,000
# particles got away: half of them by step 131, where the theory below says 126.
#
# **Try.** (a) Weaken the noise tenfold, twice: the histogram moves by the same 47 steps each time and keeps its
# shape. (b) Double the rate: everything takes about half as long. (c) With $\sigma = 1$ particles escape at
# once, but where do they settle?
#
# **Why.** Near the saddle a step does
#
# $$x \leftarrow (1 - \epsilon)\, x, \qquad y \leftarrow (1 + \epsilon)\, y - \epsilon n .$$
#
# What comes in, along $x$, is damped; what leaves, along $y$, grows like $(1 + \epsilon)^k$, from whatever
# $y$ there is. Every factor of ten nearer to the ridge costs the same $\ln 10 / \ln(1 + \epsilon)$ steps more:
# the escape time is *logarithmic*. With noise, $y$ is a sum of kicks $\epsilon n$, each grown since: after
# $k$ steps its variance is
#
# $$\epsilon^2\sigma^2\, \frac{(1 + \epsilon)^{2k} - 1}{(1 + \epsilon)^2 - 1} .$$
#
# Half of a normal distribution lies within 0.67 deviations. So half of the particles have left the zone
# $\lvert y\rvert < 0.5$ when the deviation is $0.5/0.67 = 0.74$. Solved for $k$:
#
# $$k = \frac{1}{2 \ln(1 + \epsilon)}\, \ln\left(1 + \Big(\frac{0.74}{\epsilon\sigma}\Big)^2 \big((1 + \epsilon)^2 - 1\big)\right),$$
#
# the dashed line of the figure. Two warnings, measured in 1.10. If the start is random, it has some $y$ already,
# and noise is not needed. And noise must point *away* from the ridge to help. The noise of minibatches often
# does not, when a saddle is made by a symmetry.

# %% [markdown]
# ## 1.9 A real surface, in slices (optional)
#
# A network on the digits has thousands of parameters. We can still cut: choose two directions $u$ and $v$ and
# draw $f(\theta + s_1 u + s_2 v)$ over $(s_1, s_2)$. It is a slice of two dimensions out of thousands, so it shows
# much less than it seems to. There is a worse trap: how sharp a minimum looks in such a slice can be changed at
# will, without changing the network.

# %%
prediction = Question("A 64-32-10 network has learned the digits for eight epochs. Cut its surface along two random "
                      "directions. What does the slice look like?", {
    "A bowl: the loss rises every way.":
        "Nearly every random direction leads up from a trained network. That does not mean that none leads down.",
    "A slope: in so many dimensions there is always a way down.":
        "There may be one, but a random direction is unlikely to point along it.",
    "Many valleys: the surface of a network is rugged.":
        "Not at this scale, and not along random directions: the loss rises smoothly.",
}, right="A bowl: the loss rises every way.")
prediction

# %%
explorers.surfaces.landscape().behind(prediction)

# %% [markdown]
# **What it shows.** The 64-32-10 ReLU network, its loss on 256 training examples; the mark is the network
# itself. Dark is low. Before training it stands on a slope with no particular shape. After eight epochs it
# lies in a bowl: along random directions the loss rises every way.
#
# **Try.** (a) Move *epochs of training* from 0 upwards: after one epoch there is a bowl, and until the sixth its
# middle sinks, from 0.45 to 0.08. (b) Move $r$: nothing. Then choose *plain* and move it again: the same network,
# and a needle's eye of a minimum. (c) *Other directions*: does any of them show a second valley?
#
# **Why.** In a ReLU network you can multiply the first layer by $r$ and divide the next by $r$, and it computes
# the same function, since $\max(rz, 0) = r \max(z, 0)$ for $r > 0$. With a large $r$ the second layer has small
# weights, and a step of a given length upsets it. Li et al. (2018) therefore scale the directions: draw them at
# random, then give the weights of each unit (each "filter") in $u$ the length which that unit's weights have in
# $\theta$. Such directions stretch and shrink together with the weights.

# %% [markdown]
# ## 1.10 Measured claims
#
# > "Deep architectures often have deep ravines in their landscape near local optimas. They can lead to slow
# > convergence with vanilla SGD since the negative gradient will point down one of the steep sides rather than
# > towards the optimum."
# >
# > S1, under *Momentum*
#
# What our sources say about surfaces, saddles and ravines, and what we measured: each row is run now, over 16
# random seeds, by `course_lib.claims`. The line below the table says how an outcome comes about.

# %%
claims.table("C36", "C52", "C71")

# %% [markdown]
# The last row of C52 deserves a second look. All hidden units start with equal weights. Every example then
# gives them equal gradients, so does every minibatch, and they stay equal for ever: the noise is there, but no
# part of it points away from this ridge. Random initialization is what prevents this; lecture 3 is about it.
#
# C71 says that 1.4 is no toy. In a small deep network, 10 of 754 directions hold about 70 % of all curvature. With
# minibatches nearly nine tenths of the squared gradient lie in these ten directions, while the way that is left
# to go lies almost wholly in the others. Why do the steep directions not die out, as they should by 1.3? Noise
# keeps feeding them: without noise and at a small rate the gradient does turn into the flat directions. At the
# larger rate, near the limit of many of these networks, the outcome is undecided without noise: in most of them
# the gradient stays in the steep directions, in some it leaves them.

# %% [markdown]
# ## 1.11 Check yourself

# %%
Question("f(x, y) = ½ (4x² + 50y²). Below which rate is gradient descent stable?", {
    "0.5": "That is 2/4, the limit of the flat direction. The steep one diverges long before.",
    "0.04": "2/λ_max = 2/50.",
    "0.02": "That is 1/λ_max: at this rate the steep direction arrives in one step. Twice that is stable.",
    "0.037": "That is 2/(λ_max + λ_min), which makes both directions equally fast: the best, not the limit.",
}, right="0.04")

# %%
Question("Gradient descent at its best rate brings a quadratic with κ = 100 down to a thousandth of its distance in about "
         "350 steps. How many for κ = 1,000, down to a millionth?", {
    "About 3,500": "That is ten times κ. A millionth instead of a thousandth doubles the logarithm as well.",
    "About 7,000": "(κ/2) ln(1/tol): ten times for κ, twice for the logarithm.",
    "About 350,000": "A thousand times closer costs only as many steps again: the logarithm doubles.",
    "About 1,100": "Steps grow like κ, not like its root. Lecture 5 has a method for which it is the root.",
}, right="About 7,000")

# %%
Question("Of a surface you know only that it is L-smooth. Which promise can you make for the rate 1/L?", {
    "The loss falls in every step in which the gradient is not zero.":
        "By |g|²/2L at least: the descent lemma needs nothing else.",
    "The height above the minimum shrinks by a constant factor per step.":
        "That needs strong convexity, or at least that the gradient is not small where the loss is high.",
    "The run ends at a minimum.": "It can also come to rest at a saddle: the gradient vanishes there as well.",
}, right="The loss falls in every step in which the gradient is not zero.")

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
Question("Gradient descent starts at distance 0.001 from the ridge of a saddle and needs 140 steps to leave. "
         "About how many steps from distance 0.000001?", {
    "140,000": "A thousand times nearer is not a thousand times longer: the distance grows exponentially.",
    "280": "From 10⁻³ to 1 took 140 steps; from 10⁻⁶ to 10⁻³ takes the same number again.",
    "140": "It first has to grow from 10⁻⁶ to 10⁻³.",
    "It never leaves.": "Only from distance exactly 0.",
}, right="280")

# %% [markdown]
# ## 1.12 Summary
#
# - The error surface is the loss over the parameters. Gradient descent goes $-\epsilon g$ per step; one pass
#   through the data is an epoch.
# - $H = Q\Lambda Q^\top$: along its eigenvectors each distance is multiplied by $1 - \epsilon\lambda$ per step. Stable
#   below $2/\lambda_{\max}$, best at $2/(\lambda_{\min} + \lambda_{\max})$, and then about $(\kappa/2)
#   \ln(1/\text{tol})$ steps.
# - Smoothness promises that a step of $1/L$ gains $\lvert g\rvert^2/2L$ at least. With strong convexity the height is
#   multiplied by $1 - 1/\kappa$ per step or less, with convexity alone it falls like $1/k$. Real runs are often far better. Noise puts a floor
#   under both.
# - One linear layer with squared loss has a quadratic surface, a closed bowl only if its inputs are
#   independent. With one layer more, or another loss, it is not quadratic.
# - Where the gradient is zero, the signs of the Hessian's eigenvalues tell minimum, maximum and saddle apart.
# - Leaving a saddle takes a time that is logarithmic in the first distance, or in the noise. Noise helps
#   where the start is nearer to the ridge than the noise is large, and only if it points away from the ridge.
# - Deep networks do have ravines, and the gradient of a minibatch run points mostly across them.
#
# **Next:** [exercise 1](../exercises/01_surfaces.ipynb), in which you write the descent, a whole run, its limit
# and a classifier of critical points.
#
# **Further reading**
#
# - I. Goodfellow, Y. Bengio, A. Courville, [Deep Learning](https://www.deeplearningbook.org/contents/numerical.html), sections 4.3 and 8.2, 2016.
# - S. Boyd, L. Vandenberghe, [Convex Optimization](https://web.stanford.edu/~boyd/cvxbook/), sections 9.1 to 9.3, 2004 (the two bounds on a surface, and descent).
# - L. Bottou, F. Curtis, J. Nocedal, [Optimization methods for large-scale machine learning](https://arxiv.org/abs/1606.04838), section 4, 2018 (with noise).
# - Y. Dauphin et al., [Identifying and attacking the saddle point problem](https://arxiv.org/abs/1406.2572), 2014.
# - G. Gur-Ari, D. Roberts, E. Dyer, [Gradient descent happens in a tiny subspace](https://arxiv.org/abs/1812.04754), 2018 (where the gradient points).
# - H. Li et al., [Visualizing the loss landscape of neural nets](https://arxiv.org/abs/1712.09913), 2018.
# - L. Dinh et al., [Sharp minima can generalize for deep nets](https://arxiv.org/abs/1703.04933), 2017 (the rescaling of 1.9).
# - J. Lee et al., [Gradient descent only converges to minimizers](https://proceedings.mlr.press/v49/lee16.html), 2016 (random starts).
