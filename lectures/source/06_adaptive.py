# %% [markdown]
# # 6 Adaptive learning rates
#
# *Should every parameter have its own rate?*
#
# So far one rate served all parameters. This lecture gives each parameter its own, and lets the gradients
# themselves set it. Five methods grow out of one idea, each repairing what the one before broke.
#
# **Goals.** After this lecture you can
#
# 1. write the updates of AdaGrad, RMSProp, AdaDelta and Adam from memory, and say what each line is for;
# 2. predict how the effective rate of a coordinate changes when its gradients grow, shrink, or seldom come;
# 3. explain bias correction and the small constant, and say when either matters;
# 4. say, with measured numbers, where these methods help and where they do not.
#
# **You need** the condition number (lecture 1), minibatch noise (lecture 4), and momentum (lecture 5).
# **Time:** 60 minutes, then the exercise.
#
# **Symbols.** Parameters $\theta$, gradient $g$, rate $\epsilon$ (`lr`), small constant $\delta$ (`eps`),
# step $t$, sum or average of squared gradients $r$, average of gradients $s$, average of squared steps $u$,
# how much of an average is kept per step $\rho$ (`rho`), or $\beta_1$ and $\beta_2$ in Adam (`beta1`,
# `beta2`). Squares, roots and quotients of vectors are taken entry by entry. Many papers swap two letters:
# their $\epsilon$ is our $\delta$.

# %%
from course_lib import claims, explorers
from course_lib.live import AlgorithmBox, Question
from course_lib.optimizers import AdaDelta, AdaGrad, Adam, RMSProp, RMSPropMomentum, RMSPropNesterov

# %% [markdown]
# ## 6.1 A rate for each parameter
#
# In a ravine the steep direction caps the rate and the flat one starves. Were the two directions two
# coordinates, we could give each a rate of its own: a small one where gradients are large, a large one
# where they are small. Nobody knows the curvatures beforehand, but everybody sees the gradients. So divide
# each entry of the gradient by a measure of its own usual size:
#
# $$\theta \leftarrow \theta - \epsilon\, \frac{g}{\text{usual size of } g}.$$
#
# The quotient has no units. If a coordinate's loss is multiplied by a hundred, so are its gradients and
# their usual size, and the step stays as it was. All methods of this lecture are this formula. They differ
# in what they take for "usual": all of the past (AdaGrad), the recent past (RMSProp, AdaDelta), and with a
# memory of the direction too (Adam).
#
# The figure lets them race. Ravine first: $\frac12 (x^2 + 100 y^2)$, along the axes.

# %%
Question("The ravine lies along the axes and is a hundred times as steep in y as in x. Which way do the methods that divide "
         "by the size of the gradient set out?", {
    "Straight down the steepest slope, like SGD, only faster.":
        "That is the direction of −g, almost parallel to y. Dividing each entry by its own size takes the difference away.",
    "Diagonally: as far in x as in y.":
        "In the first step each entry is divided by its own absolute value, so only the signs are left: (±1, ±1) times a length.",
    "Along x first: they prefer flat directions.":
        "They undo the preference for steep ones, no more. Both coordinates move equally far at first.",
}, right="Diagonally: as far in x as in y.")

# %%
explorers.adaptive.race()

# %% [markdown]
# **What it shows.** SGD jumps across the ravine and then creeps along it. The others leave at 45 degrees,
# as if the bowl were round. AdaGrad arrives first here. Adam and RMSProp with Nesterov's velocity shoot
# past and come back. AdaDelta, which has no rate to choose (its slider is a factor, 1 in the paper), starts
# very slowly; 6.5 says why.
#
# **Try.** (a) Choose *ravine and start, turned 45°*: the same ravine and the same start in it, but its
# directions are no coordinates any more. Every gradient has now two entries of about the same size. SGD does
# not notice: it takes 194 steps as before. The others have lost most of their advantage. (b) On
# *Rosenbrock*, lower SGD's rate until it no longer diverges. (c) On the *saddle*, start close to $y = 0$,
# but not on it: who leaves the ridge first, and why is a tiny gradient no obstacle to them?

# %% [markdown]
# ## 6.2 AdaGrad: all of the past
#
# AdaGrad adds up all squared gradients of a coordinate and divides by the root of the sum (Duchi, Hazan &
# Singer 2011; algorithm 8.4 of Goodfellow et al. 2016). On the right is the library's own source.

# %%
AlgorithmBox("AdaGrad", [
    r"Given: rate $\epsilon$, constant $\delta$, parameters $\theta$, $r = 0$",
    r"repeat for $t = 1, 2, \ldots$",
    r"&emsp; $g \leftarrow \nabla f(\theta)$ &emsp; (on a minibatch)",
    r"&emsp; $r \leftarrow r + g^2$",
    r"&emsp; $\theta \leftarrow \theta - \epsilon\, g / (\sqrt r + \delta)$",
], AdaGrad.update)

# %% [markdown]
# The factor of $g$, $\epsilon / (\sqrt r + \delta)$, is the **effective rate** of a coordinate. If its
# gradients keep the size $G$, then $r = t\,G^2$ and the effective rate is $\epsilon / (G\sqrt t)$:
# inversely proportional to the size, and falling like $1/\sqrt t$. The first is what we wanted. The second
# is a built-in schedule, just right for convex problems with noise (it is where the method's guarantee
# comes from), and it has no way back: a sum of squares never falls.
#
# So large gradients at the very beginning are held against a coordinate for ever. If the gradients vanish
# faster than $1/\sqrt t$, on the other hand, the sum stays finite, and so the rate does *not* go to zero,
# although that is often said.
#
# ## 6.3 RMSProp: the recent past
#
# Replace the sum by a running average, and old gradients are forgotten (Tieleman & Hinton 2012; algorithm
# 8.5):

# %%
AlgorithmBox("RMSProp", [
    r"Given: rate $\epsilon$, $\rho$, constant $\delta$, parameters $\theta$, $r = 0$",
    r"repeat for $t = 1, 2, \ldots$",
    r"&emsp; $g \leftarrow \nabla f(\theta)$",
    r"&emsp; $r \leftarrow \rho\, r + (1 - \rho)\, g^2$",
    r"&emsp; $\theta \leftarrow \theta - \epsilon\, g / (\sqrt r + \delta)$",
], RMSProp.update)

# %% [markdown]
# A squared gradient that is $k$ steps old counts $(1 - \rho)\,\rho^k$: the memory is about $1/(1 - \rho)$
# steps long, 10 for $\rho = 0.9$. The name says what $\sqrt r$ is, the *root mean square* of recent
# gradients. Note what was lost: the effective rate no longer falls by itself. Steps stay about $\epsilon$
# long, however near the minimum is. RMSProp does not settle unless $\epsilon$ is lowered.
#
# The next figure hands the same stream of gradients to all methods: large ones in the steep coordinate, a
# hundredth of that in the gentle one. At step 200 all gradients change their size.

# %%
Question("At step 200 all gradients shrink to a tenth, as if a bowl had been reached. What do the effective rates do?", {
    "All rise tenfold, sooner or later.":
        "That needs a method that forgets. A sum never falls.",
    "AdaGrad's stays where it is, RMSProp's rises tenfold within some tens of steps.":
        "The sum keeps the large gradients and barely grows any more; the average has forgotten them after a few times "
        "1/(1 − ρ) = 10 steps.",
    "AdaGrad's falls to a tenth, RMSProp's stays.":
        "The other way round: smaller gradients mean larger rates, and they never lower a rate by more than they add to the sum.",
}, right="AdaGrad's stays where it is, RMSProp's rises tenfold within some tens of steps.")

# %%
explorers.adaptive.rates()

# %% [markdown]
# **What it shows.** Every adaptive method gives the gentle coordinate about a hundred times the rate of the
# steep one. Before step 200 AdaGrad's rates fall like $1/\sqrt t$. After it they stand still, RMSProp's
# rise within some 50 steps, and Adam's, whose memory is longer, follow slowly. SGD's is one number.
#
# **Try.** (a) Let the gradients *grow* by 1,000: now all react at once, since one large square outweighs
# any average. Adaptive methods brake fast and accelerate slowly. (b) $\beta_2 = 0.999$: Adam's memory is a
# thousand steps, longer than the figure.

# %% [markdown]
# ## 6.4 Adding a velocity
#
# RMSProp rescales the gradient; momentum smooths it. Nothing keeps us from doing both: feed the rescaled
# gradient into a velocity, and, if wanted, ask for the gradient ahead, as Nesterov does (algorithm 8.6).

# %%
AlgorithmBox("RMSProp with momentum (Nesterov: look ahead)", [
    r"Given: rate $\epsilon$, $\rho$, momentum $\alpha$, constant $\delta$, $\theta$, $r = 0$, $v = 0$",
    r"repeat for $t = 1, 2, \ldots$",
    r"&emsp; $g \leftarrow \nabla f(\theta)$ &emsp; (Nesterov: $\nabla f(\theta + \alpha v)$)",
    r"&emsp; $r \leftarrow \rho\, r + (1 - \rho)\, g^2$",
    r"&emsp; $v \leftarrow \alpha v - \epsilon\, g / (\sqrt r + \delta)$",
    r"&emsp; $\theta \leftarrow \theta + v$",
], RMSPropNesterov.where, RMSPropMomentum.update)

# %% [markdown]
# As in lecture 5 the velocity adds up: the steps are up to $\epsilon / (1 - \alpha)$ long, ten times
# $\epsilon$ for $\alpha = 0.9$. That is why its rate in the race is lower.
#
# ## 6.5 AdaDelta: no rate at all
#
# Look at the units. A step of SGD is $\epsilon g$; if $\theta$ is in metres and the loss in euros, $g$ is
# in euros per metre. A step of RMSProp is $\epsilon$ times a pure number. Neither is in metres, unless
# $\epsilon$ makes up for it. Newton's step, gradient over curvature, is. Zeiler (2012) puts the missing
# unit in by the only lengths at hand, the recent steps themselves:

# %%
AlgorithmBox("AdaDelta", [
    r"Given: $\rho$, constant $\delta$, parameters $\theta$, $r = 0$, $u = 0$ &emsp; (rate $\epsilon = 1$)",
    r"repeat for $t = 1, 2, \ldots$",
    r"&emsp; $g \leftarrow \nabla f(\theta)$",
    r"&emsp; $r \leftarrow \rho\, r + (1 - \rho)\, g^2$",
    r"&emsp; $d \leftarrow \dfrac{\sqrt{u + \delta}}{\sqrt{r + \delta}}\; g$",
    r"&emsp; $u \leftarrow \rho\, u + (1 - \rho)\, d^2$",
    r"&emsp; $\theta \leftarrow \theta - \epsilon\, d$",
], AdaDelta.update)

# %% [markdown]
# Mind the order: $r$ is renewed before the step, $u$ after it. At the start $u = 0$, so the first step has
# the length $\sqrt\delta / \sqrt{(1 - \rho)}$ for any gradient well above the constant: $0.0045$ for
# $\delta = 10^{-6}$, $\rho = 0.95$. Here $\delta$ is no safeguard against division by zero. It is the seed
# from which the steps grow, a rate in disguise. That explains the slow start in the race, and 6.9 measures
# how much depends on it.
#
# ## 6.6 Adam: direction and size
#
# Adam keeps two averages, one of gradients (like momentum) and one of their squares (like RMSProp), and
# divides the first by the root of the second (Kingma & Ba 2015; algorithm 8.7):

# %%
AlgorithmBox("Adam", [
    r"Given: rate $\epsilon$, $\beta_1$, $\beta_2$, constant $\delta$, parameters $\theta$, $s = 0$, $r = 0$",
    r"repeat for $t = 1, 2, \ldots$",
    r"&emsp; $g \leftarrow \nabla f(\theta)$",
    r"&emsp; $s \leftarrow \beta_1 s + (1 - \beta_1)\, g$",
    r"&emsp; $r \leftarrow \beta_2 r + (1 - \beta_2)\, g^2$",
    r"&emsp; $\hat s \leftarrow s / (1 - \beta_1^t), \quad \hat r \leftarrow r / (1 - \beta_2^t)$",
    r"&emsp; $\theta \leftarrow \theta - \epsilon\, \hat s / (\sqrt{\hat r} + \delta)$",
], Adam.update)

# %% [markdown]
# Read $\hat s / \sqrt{\hat r}$ as *mean over root mean square*: $\pm 1$ where the gradients agree, near 0
# where they are mostly noise. The steps are at most about $\epsilon$ long, and shorter the less certain the
# direction is.
#
# ### Why the correction
#
# Both averages start at zero and are pulled towards it. Let the gradient be the same $g$ in every step.
# Then $s_1 = (1 - \beta_1)\, g$, and by repeating the line
#
# $$s_t = (1 - \beta_1)\,(1 + \beta_1 + \ldots + \beta_1^{t-1})\, g = (1 - \beta_1^t)\, g, \qquad r_t = (1 - \beta_2^t)\, g^2 .$$
#
# Dividing by $1 - \beta^t$ gives $g$ and $g^2$ from the first step on. Without it the step is
#
# $$\frac{|\Delta\theta_t|}{\epsilon} = \frac{1 - \beta_1^t}{\sqrt{1 - \beta_2^t}}, \qquad\text{first step: } \frac{1 - \beta_1}{\sqrt{1 - \beta_2}} .$$
#
# Numerator and denominator are *both* too small, and the larger memory, that of $r$, has the last word.

# %%
Question("β₁ = 0.9, β₂ = 0.999, no bias correction. How long is the first step, compared with ε?", {
    "A thousand times: r is a thousandth of g².":
        "It is the root of r that divides, and s is too small as well, by a factor of ten.",
    "About three times.":
        "(1 − 0.9)/√(1 − 0.999) = 0.1/0.0316 = 3.16. The longest steps come a little later; see the figure.",
    "A tenth: s is a tenth of g.":
        "That is the numerator. The denominator is too small by even more.",
    "As long as ε: the two errors cancel.":
        "They would if 1 − β₁ were the root of 1 − β₂. Here 0.1 stands against 0.0316.",
}, right="About three times.")

# %%
explorers.adaptive.bias()

# %% [markdown]
# **What it shows.** With the correction every step is $\epsilon$ long. Without it the steps begin at 3.16,
# grow to 6.5 within ten steps, since $s$ fills up sooner than $r$, and then take more than
# $1/(1 - \beta_2) = 1000$ steps, the dotted line, to come down. RMSProp, which has neither correction nor average of $g$, begins at $1/\sqrt{1 -
# \rho}$. The right panel has the longest of the first ten steps for each $\beta_2$.
#
# **Try.** (a) $1 - \beta_2 = 0.0001$. (b) $1 - \beta_2 = 0.5$: now the version without correction begins
# too *short*. (c) $\beta_1 = 0$: it is RMSProp. (d) Add noise: the corrected steps fall below $\epsilon$.
# That is the mean over root mean square at work.

# %% [markdown]
# ## 6.7 How much does the rate matter?
#
# "Robust to its settings" can be measured: run every method with every rate, and see over how many decades
# the result is good. The figure does it at every move of a control: 6 methods, 65 rates from $10^{-6}$ to
# $10^{10}$, 390 runs. A rate is good if it takes off nine tenths or more of what the method's own best rate
# takes off the loss; there the curves are drawn thick. The second table of 6.9 uses the same rule.

# %%
Question("The loss is multiplied by 1,000, as if euros were counted in tenths of cents. Which curves move?", {
    "All of them, three decades to the left.":
        "For SGD that is so: its step is ε g. The others divide g by its own size.",
    "SGD's alone, three decades to the left.":
        "A thousand times the gradient needs a thousandth of the rate. For the others the factor cancels, as long as the gradients "
        "are well above δ.",
    "None: the minimum is where it was.":
        "The minimum is, but SGD's steps are a thousand times as long.",
}, right="SGD's alone, three decades to the left.")

# %%
explorers.adaptive.sweep()

# %% [markdown]
# **What it shows.** On the bowl SGD is good over two decades of rates and stops working at once beyond its
# stability limit. Adam is good over five. AdaGrad's range has no upper end in the picture: too large a rate
# makes a huge first step, the gradient there enters the sum, and the sum brakes all that follow as much. The
# curves of RMSProp rise slowly to the right, since it ends about $\epsilon$ away from the minimum.
#
# **Try.** (a) The factor 1,000, and then 0.001. (b) Noise 0.5: the good ranges shrink to about one decade
# *for all*. Now the length of the steps near the minimum decides, and adaptivity does not help. (c) The
# network: whose curve is deepest, whose widest? (d) The network with factor 0.001: at its own rate, 1, AdaDelta
# hardly moves, because its constant is no longer small beside the gradients.

# %% [markdown]
# ## 6.8 Where the small constant stands
#
# $\delta$ prevents division by zero. Some write $\sqrt r + \delta$, others $\sqrt{r + \delta}$ (our slides,
# for RMSProp and Adam). That is not the same number with the same effect. Let all gradients of a coordinate
# have the size $G$:
#
# $$\text{outside: } \frac{|\Delta\theta|}{\epsilon} = \frac{G}{G + \delta}, \qquad \text{inside: } \frac{|\Delta\theta|}{\epsilon} = \frac{G}{\sqrt{G^2 + \delta}} .$$
#
# Outside, $\delta$ is compared with a gradient; inside, with the *square* of one. The step is halved at $G =
# \delta$ or at $G = \sqrt{\delta/3}$.

# %%
Question("δ = 10⁻⁶. From which size of gradients on, downwards, does the method slow down?", {
    "Outside below about 10⁻⁶, inside below about 10⁻³.":
        "Inside the root δ is compared with G², so its root counts.",
    "Below 10⁻⁶ in both cases.": "Inside the root the constant meets the square of the gradient.",
    "Outside below about 10⁻³, inside below about 10⁻⁶.": "The other way round: the root of 10⁻⁶ is 10⁻³, and the root is taken of what is inside.",
}, right="Outside below about 10⁻⁶, inside below about 10⁻³.")

# %%
explorers.adaptive.constant()

# %% [markdown]
# **What it shows.** Left: the length of a step over the size of the gradient; dotted, the two places where it
# is halved. Right: RMSProp on a ravine whose loss is multiplied by 0.001, so that its gradients lie between the
# two places: outside it runs as usual and ends in its restless steps of length $\epsilon$; inside it has
# become a slow but smooth gradient descent.
#
# **Try.** (a) Multiply the loss by 1: the place does not matter. (b) By $10^{-8}$: both have stopped
# adapting. (c) When you compare code from two libraries, compare this line first.

# %% [markdown]
# ## 6.9 Measured claims
#
# What our sources say about adaptive rates, and what we measured: each row is run now, over 16 random
# seeds, by `course_lib.claims`. First how the methods work:

# %%
claims.table("C18", "C19", "C20", "C41", "C56", "C57", "C58", "C59", "C69")

# %% [markdown]
# And how much their settings matter:

# %%
claims.table("C21", "C40", "C49", "C68", "C78")

# %% [markdown]
# Four things to take from the tables.
#
# - **The mechanism is as described, coordinate by coordinate** (C18, C41, C57). It helps along coordinates,
#   not along directions between them. "Does not depend on the scale" needs gradients well above $\delta$, and
#   after a change of scale it needs the time in which $\beta_2$ forgets.
# - **Large early gradients hurt AdaGrad at a given rate** (C20, C56). A larger rate repairs most of it, not
#   all, and that rate is then far too large for a calm start. In a deep network AdaGrad falls behind RMSProp
#   in long trainings only: after 6 passes the two tie, after 100 its training loss is clearly higher. On
#   softmax regression it ends lower (C19).
# - **Robust is not the same as best** (C21). Adam works over more rates than SGD, though by a third and not
#   by decades, and not over more than RMSProp. With every rate tuned it ties with momentum on softmax
#   regression, on the deep network nothing is decided, and in a smooth bowl it takes about twice as many
#   steps. Lecture 14 comes back to this.
# - **Defaults are a place to start from** (C40, C49, C68). AdaDelta without a rate depends on its constant;
#   0.001 was too small in all our trainings with RMSProp and with Adam. A long memory of squares helped
#   where gradients were noisy; that sparse ones need it did not show (C69).

# %% [markdown]
# ## 6.10 Check yourself

# %%
Question("A coordinate has the gradient 4 in each of the first four steps. AdaGrad, ε = 1, δ negligible. How long is its fourth step?", {
    "1": "That is its first step: 4/√16. The sum has grown since.",
    "1/2": "r = 4 · 16 = 64, and 4/√64 = 1/2. The size of the gradient cancels, the number of steps does not.",
    "1/4": "The sum is divided by under a root: √4 = 2, not 4.",
    "4": "That would be SGD.",
}, right="1/2")

# %%
Question("Why does RMSProp with a constant rate not settle in a minimum?", {
    "Its average forgets the direction.": "It never knew a direction: squares have no sign.",
    "As the gradients shrink, so does the root of their average, and the quotient stays about 1.":
        "The steps keep a length of about ε. AdaGrad's sum does not shrink, so its steps do.",
    "δ is too small.": "A large δ would calm it, by making it gradient descent. But the cause is the quotient.",
}, right="As the gradients shrink, so does the root of their average, and the quotient stays about 1.")

# %%
Question("A word occurs in one of twenty sentences; its embedding has the gradient 1 then and 0 otherwise. Compared with a parameter that has the gradient "
         "1 always, how far does Adam move it?", {
    "A twentieth as far.": "So does SGD. Adam divides by the root of the mean square, which is √(1/20).",
    "About √(1/20) = 0.22 times as far.": "Mean over root mean square: p/√p = √p.",
    "Equally far.": "That would need division by p itself, not by its root.",
}, right="About √(1/20) = 0.22 times as far.")

# %%
Question("You turn the coordinates of a ravine by 45°. Which method does not notice?", {
    "SGD, and momentum": "Their steps are made of gradients only, and gradients turn with the coordinates.",
    "Adam": "Roots and quotients are taken entry by entry, so it matters what the entries are.",
    "AdaGrad": "Its sum is kept per coordinate; along a diagonal both coordinates look alike.",
}, right="SGD, and momentum")

# %% [markdown]
# ## 6.11 Summary
#
# - Divide each entry of the gradient by a root of its past squares, and each coordinate has its own rate,
#   whatever the scale of the loss.
# - AdaGrad sums: effective rates fall like $1/\sqrt t$ and never rise. RMSProp averages: they recover, and
#   steps stay about $\epsilon$ long.
# - AdaDelta has no rate, but its small constant acts as one. RMSProp with momentum smooths the rescaled
#   gradient; Adam rescales the smoothed one.
# - Bias correction undoes the zeros at the start. Without it the first step is $(1 - \beta_1)/\sqrt{1 -
#   \beta_2}$ times $\epsilon$.
# - $\delta$ outside the root is compared with a gradient, inside with its square.
# - A somewhat wider range of good rates is what these methods offer. A lower loss than tuned momentum they do
#   not.
#
# **Next:** [exercise 6](../exercises/06_adaptive.ipynb), in which you write AdaGrad, RMSProp, AdaDelta and
# Adam, undo the bias correction to see what it did, and write Adam for sparse gradients.
#
# **Further reading**
#
# - J. Duchi, E. Hazan, Y. Singer, [Adaptive subgradient methods for online learning and stochastic
#   optimization](https://jmlr.org/papers/v12/duchi11a.html), 2011.
# - T. Tieleman, G. Hinton, [Lecture 6e:
#   RMSProp](http://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf), 2012.
# - M. Zeiler, [ADADELTA: an adaptive learning rate method](https://arxiv.org/abs/1212.5701), 2012.
# - D. Kingma, J. Ba, [Adam: a method for stochastic optimization](https://arxiv.org/abs/1412.6980), 2015.
# - A. Wilson and others, [The marginal value of adaptive gradient methods in machine
#   learning](https://arxiv.org/abs/1705.08292), 2017.
# - I. Goodfellow, Y. Bengio, A. Courville, [Deep
#   Learning](https://www.deeplearningbook.org/contents/optimization.html), section 8.5, 2016.
