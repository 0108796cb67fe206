# %% [markdown]
# # 6 Adaptive learning rates
#
# *Should every parameter have its own rate?*
#
# So far one rate served all parameters. This lecture gives each parameter its own, and lets the gradients
# themselves set it. A family of methods grows out of one idea, and each adds something that the one before
# lacked.
#
# **Goals.** After this lecture you can
#
# 1. write the updates of AdaGrad, RMSProp, AdaDelta, Adam and AdamW from memory, and say what each line is
#    for;
# 2. predict how the effective rate of a coordinate changes when its gradients grow, shrink, or seldom come;
# 3. explain bias correction, the small constant and decoupled weight decay, and say when each matters.
#
# **You need** the condition number (lecture 1), minibatch noise (lecture 4), and momentum (lecture 5).
# **Time:** 55 minutes, then the exercise.
#
# **Sources.** S0 are lecture slides, S1 notes, S2 a blog post; lecture 0 says more of them. What they say is
# quoted in boxes as they wrote it.
#
# **Symbols.** Each has one meaning in this lecture. Squares, roots and quotients of vectors are taken entry by
# entry.
#
# | symbol | meaning |
# |---|---|
# | $\theta, f, g$ | parameters; loss; its gradient $\nabla f(\theta)$, on a minibatch where there are examples |
# | $G$ | the size of the gradients of one coordinate, where they keep their size |
# | $\epsilon$ | rate (`lr`) |
# | $\delta$ | small constant (`eps`); many papers, and the code of S2, call it $\epsilon$ |
# | $t, k$ | number of the step; age of a gradient, in steps |
# | $r$ | sum or average of squared gradients |
# | $s$ | average of gradients; $\hat s$ and $\hat r$ are $s$ and $r$ with their bias corrected |
# | $u$ | average of squared steps (AdaDelta); $d$ is the step before it gets its sign and its rate |
# | $v, \alpha$ | velocity and momentum, as in lecture 5 |
# | $\rho, \beta_1, \beta_2$ | how much of an average is kept per step (`rho`, `beta1`, `beta2`) |
# | $\lambda$ | weight decay (`weight_decay`) |
# | $P, p$ | number of parameters; share of the steps in which a parameter has a gradient |
# | $\sigma$ | standard deviation of noise |

# %%
from course_lib import claims, explorers
from course_lib.explorers.adaptive import SignDescent
from course_lib.live import AlgorithmBox, Question
from course_lib.optimizers import AdaDelta, AdaGrad, Adam, AdamW, RMSProp, RMSPropMomentum, RMSPropNesterov

# %% [markdown]
# ## 6.1 A rate for each parameter
#
# > "This is very beneficial for training deep neural networks since the scale of the gradients in each layer is
# > often different by several orders of magnitude, so the optimal learning rate should take that into account."
# > (S2, *AdaGrad*)
#
# In a ravine the steep direction sets a limit to the rate: above it the path jumps from wall to wall, farther
# each time. The flat direction has to live with the same rate, and its gradients are small, so it hardly moves.
# Were the two directions two coordinates, we could give each a rate of its own: a small one where gradients are
# large, a large one where they are small. Nobody knows the curvatures beforehand, but everybody sees the
# gradients. So divide each entry of the gradient by a measure of its own usual size:
#
# $$\theta \leftarrow \theta - \epsilon\, \frac{g}{\text{usual size of } g}.$$
#
# The simplest measure is the size that the entry has *now*, $|g|$. The quotient is then the sign of the entry,
# and the method is called **sign descent**.

# %%
AlgorithmBox("Sign descent", [
    r"Given: rate $\epsilon$, parameters $\theta$",
    r"repeat for $t = 1, 2, \ldots$",
    r"&emsp; $g \leftarrow \nabla f(\theta)$",
    r"&emsp; $\theta \leftarrow \theta - \epsilon\, g / |g|$ &emsp; (0 where $g = 0$)",
], SignDescent.update)

# %% [markdown]
# The figure has the ravine $\frac12 (x^2 + 100 y^2)$, along the axes, and lets SGD and sign descent run on it.

# %%
prediction = Question(
    "The ravine is a hundred times as curved in y as in x. SGD drops to its floor and creeps along it. Which way "
    "does sign descent set out?", {
    "Straight down the steepest slope, like SGD.":
        "That is the direction of −g, almost parallel to y. Dividing each entry by its own size takes the"
        " difference away.",
    "Diagonally: as far in x as in y.":
        "Only the signs are left: (±1, ±1) times the rate.",
    "Along x first: it prefers flat directions.":
        "It undoes the preference for steep ones, no more. Both coordinates move equally far.",
}, right="Diagonally: as far in x as in y.")
prediction

# %%
explorers.adaptive.signs().behind(prediction)

# %% [markdown]
# **What it shows.** SGD jumps across the ravine and then creeps along it: 194 steps. Sign descent leaves at 45
# degrees, as if the bowl were round. Each coordinate moves by 0.02 per step, so 74 steps bring it close enough
# to the minimum, 1.5 away in $x$, whatever the curvatures are.
#
# **Try.** (a) Raise the rate of sign descent to 0.1: it is near the minimum after 15 steps and never
# reaches the target, since its steps do not get shorter. (b) Choose *ravine and start, turned 45°*: the
# same ravine and the same start in it, but its directions are no coordinates any more. SGD takes 194 steps as
# before; it does not know what the coordinates are. Sign descent gets stuck far above the target.
#
# **What to keep.** Two properties are worth keeping. The quotient has no units: if the loss is multiplied by a hundred, the step
# stays as it was. And coordinates of different steepness move equally fast. Two are not: the steps do not
# shrink near the minimum, and on minibatches the sign of a gradient that is mostly noise is a coin toss. All
# methods of this lecture keep the formula and change what they take for "usual": all of the past (AdaGrad), the
# recent past (RMSProp, AdaDelta), and with a memory of the direction too (Adam).
#
# ## 6.2 AdaGrad: all of the past
#
# > "AdaGrad individually adapts the learning rates of all model parameters by scaling them inversely
# > proportional to the square root of the sum of all of their historical squared values. [...] The net effect is
# > greater progress in the more gently sloped directions of parameter space." (S0, *AdaGrad*)
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
# The factor of $g$, $\epsilon / (\sqrt r + \delta)$, is the **effective rate** of a coordinate. If its gradients
# keep the size $G$, then $r = t\,G^2$ and the effective rate is $\epsilon / (G\sqrt t)$: inversely proportional
# to the size, as we wanted, and falling like $1/\sqrt t$.
#
# ## 6.3 RMSProp: the recent past
#
# > "RMSProp modifies AdaGrad to perform better in the non-convex setting by changing the gradient accumulation
# > into an exponentially weighted moving average." (S0, *RMSProp*)
#
# Only the line of $r$ changes (Tieleman & Hinton 2012; algorithm 8.5):

# %%
AlgorithmBox("RMSProp", [
    r"Given: rate $\epsilon$, $\rho$, constant $\delta$, parameters $\theta$, $r = 0$",
    r"repeat for $t = 1, 2, \ldots$",
    r"&emsp; $g \leftarrow \nabla f(\theta)$",
    r"&emsp; $r \leftarrow \rho\, r + (1 - \rho)\, g^2$",
    r"&emsp; $\theta \leftarrow \theta - \epsilon\, g / (\sqrt r + \delta)$",
], RMSProp.update)

# %% [markdown]
# The next figure hands the same stream of gradients to SGD, AdaGrad and RMSProp: large ones in the steep
# coordinate, a hundredth of that in the gentle one. At step 200 all gradients become ten times smaller.

# %%
prediction = Question(
    "At step 200 all gradients shrink to a tenth, as if a bowl had been reached. What do the effective rates of AdaGrad and "
    "RMSProp do?", {
    "All rise tenfold, sooner or later.":
        "That needs a method that forgets. A sum never falls.",
    "AdaGrad's stays where it is, RMSProp's rises tenfold within some tens of steps.":
        "The sum keeps the large gradients and barely grows any more; the average has forgotten them after a few times "
        "1/(1 − ρ) = 10 steps.",
    "AdaGrad's falls to a tenth, RMSProp's stays.":
        "A small gradient adds little to AdaGrad's sum, so it lowers that rate by little. In RMSProp's average it takes the place of a large one, and the rate rises.",
}, right="AdaGrad's stays where it is, RMSProp's rises tenfold within some tens of steps.")
prediction

# %%
explorers.adaptive.rates().behind(prediction)

# %% [markdown]
# **What it shows.** Both adaptive methods give the gentle coordinate about a hundred times the rate of the
# steep one. Before step 200 AdaGrad's rates fall like $1/\sqrt t$. After it they stand still, and RMSProp's
# rise, most of the way within 50 steps. SGD's rate is one number.
#
# **Try.** (a) Let the gradients *grow* by 1,000: now both react at once, since one large square outweighs all
# that was in the sum or in the average. Adaptive methods brake fast and accelerate slowly. (b) $\rho = 0.99$: a
# long memory. Two hundred steps after the change RMSProp's rate has risen less than threefold.
#
# **The memory of RMSProp.** A squared gradient that is $k$ steps old counts $(1 - \rho)\,\rho^k$, so the memory
# is about $1/(1 - \rho)$ steps long, 10 for $\rho = 0.9$. The name says what $\sqrt r$ is, the *root mean
# square* of recent gradients. Something was lost, too: the effective rate no longer falls by itself. As the
# gradients shrink, so does their root mean square, and the steps stay about $\epsilon$ long however near the
# minimum is. RMSProp does not settle unless $\epsilon$ is lowered.
#
# **The memory of AdaGrad.** A sum of squares never falls, so large gradients at the very beginning are held
# against a coordinate for ever. S2 says more:
#
# > "Accumulation of gradient in the denominator has the same effects as annealing, reducing the learning rate
# > over time. [...] the learning rate will continue to decrease throughout training, eventually decreasing to
# > zero and stopping training completely." (S2, *AdaGrad*)
#
# The first half holds where the gradients keep their size: then AdaGrad is normalized SGD with the schedule
# $1/\sqrt t$, which is just right for convex problems with noise; its guarantee comes from it. It does not stop
# there, since the sum of $1/\sqrt t$ over all steps is infinite. Where the gradients vanish it depends on how
# fast. If the sum of their squares stays finite, as it does when they shrink by a factor per step, the rate does
# *not* go to zero. Gradients like $1/\sqrt t$ are the border: their squares add up to $\log t$, which grows
# without limit, though slowly. C19 in 6.12 measures both.
#
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
# As in lecture 5 the velocity adds up: in a direction that the gradients agree on the steps grow to $\epsilon /
# (1 - \alpha)$, ten times $\epsilon$ for $\alpha = 0.9$. Its rate has to be that much lower than RMSProp's.
#
# ## 6.5 AdaDelta: no rate at all
#
# > "It was proposed as an improvement over AdaGrad, which is more sensitive to hyperparameters and may decrease
# > the learning rate too aggressively." (S1, *AdaDelta*)
#
# Look at the units. A step of SGD is $\epsilon g$; if $\theta$ is in metres and the loss in euros, $g$ is in
# euros per metre. A step of RMSProp is $\epsilon$ times a pure number. Neither is in metres, unless $\epsilon$
# makes up for it. Newton's step, gradient over curvature, is. Zeiler (2012) puts the missing unit in by the only
# lengths at hand, the recent steps themselves:

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
# Mind the order: $r$ is renewed before the step, $u$ after it. At the start $u = 0$, so the first step has the
# length $\sqrt\delta / \sqrt{1 - \rho}$ for any gradient well above the constant: $0.0045$ for $\delta =
# 10^{-6}$, $\rho = 0.95$. Here $\delta$ is no safeguard against division by zero. It is the seed from which all
# steps come, a rate in disguise. 6.12 measures how much depends on it.
#
# ## 6.6 Adam: direction and size
#
# > "First, in Adam, momentum is incorporated directly as an estimate of the first order moment (with
# > exponential weighting) of the gradient. (No theoretical motivation !)" (S0, *Adam*)
#
# > "the name Adam is derived from adaptive moment estimation." (S2, *Adam*)
#
# A *moment* is the mean of a power. Adam keeps running averages of the gradients, their first moment, and of
# their squares, the second, and divides the one by the root of the other (Kingma & Ba 2015; algorithm 8.7). The
# remark in brackets is the slide's. What is said for the form is practical: the velocity of 6.4 adds rescaled
# gradients up, while Adam averages the gradients first and rescales the average.

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
# Read $\hat s / \sqrt{\hat r}$ as *mean over root mean square*: $\pm 1$ where the gradients agree, near 0 where
# they are mostly noise. So a coordinate usually moves by $\epsilon$ or less, and by less where its direction is
# uncertain.
#
# The two lines with hats undo a *bias*: both averages start at zero, and in the first steps they are still
# close to it. What happens if these lines are left out?

# %%
prediction = Question(
    "β₁ = 0.9, β₂ = 0.999, no bias correction, the gradient is 1 in every step. How long is the first step, compared with ε?", {
    "A thousand times: r is a thousandth of g².":
        "It is the root of r that divides, and s is too small as well, by a factor of ten.",
    "About three times.":
        "(1 − 0.9)/√(1 − 0.999) = 0.1/0.0316 = 3.16. The longest steps come a little later; see the figure.",
    "A tenth: s is a tenth of g.":
        "That is the numerator. The denominator is too small by even more.",
    "As long as ε: the two errors cancel.":
        "They would if 1 − β₁ were the root of 1 − β₂. Here 0.1 stands against 0.0316.",
}, right="About three times.")
prediction

# %%
explorers.adaptive.bias().behind(prediction)

# %% [markdown]
# **What it shows.** With the correction every step is $\epsilon$ long. Without it the steps begin at 3.16, grow
# to 6.5 within ten steps, and then come down slowly: after 1,000 steps, at the dotted line, they are still a
# quarter too long. RMSProp, which has neither a correction nor an average of $g$, begins at $1/\sqrt{1 - \rho}$,
# which is 31.6. The right panel has the longest of the first ten steps for each $\beta_2$.
#
# **Try.** (a) $1 - \beta_2 = 0.0001$. (b) $1 - \beta_2 = 0.5$: now the version without correction begins too
# *short*. (c) $\beta_1 = 0$: the version without correction is RMSProp, and the two curves are one. (d) Noise
# 1: in the long run the corrected steps are about 0.7 $\epsilon$ long. That is the mean over root mean square
# at work.
#
# ### Why
#
# Let the gradient be the same $g$ in every step. Then $s_1 = (1 - \beta_1)\, g$, and by repeating the line
#
# $$s_t = (1 - \beta_1)\,(1 + \beta_1 + \ldots + \beta_1^{t-1})\, g = (1 - \beta_1^t)\, g, \qquad r_t = (1 - \beta_2^t)\, g^2 .$$
#
# Dividing by $1 - \beta^t$ gives $g$ and $g^2$ from the first step on. Without it the step is
#
# $$\frac{|\Delta\theta_t|}{\epsilon} = \frac{1 - \beta_1^t}{\sqrt{1 - \beta_2^t}}, \qquad\text{first step: } \frac{1 - \beta_1}{\sqrt{1 - \beta_2}} .$$
#
# Numerator and denominator are *both* too small. The memory of $s$ is short, 10 steps, and the numerator is
# soon right. The memory of $r$ is 1,000 steps long, and the denominator stays too small for about that long.
#
# ### How long can a step be?
#
# "At most $\epsilon$" is often read, and it is not so. A coordinate that wakes up after a long silence has $s =
# (1 - \beta_1)\, g$ and $r = (1 - \beta_2)\, g^2$, and moves by $0.1/\sqrt{0.001} = 3.2$ times $\epsilon$. The
# largest possible step follows from the Cauchy-Schwarz inequality, applied to the weights of the two averages:
# it is
#
# $$\frac{1 - \beta_1}{\sqrt{1 - \beta_2}\,\sqrt{1 - \beta_1^2/\beta_2}}\; \epsilon = 7.3\, \epsilon$$
#
# for 0.9 and 0.999. And this is *one coordinate*. A step of all $P$ parameters is up to $\sqrt P$ times as
# long.
#
# ## 6.7 The race
#
# All methods of the lecture so far are entered now, each at a rate that we picked by hand.

# %%
prediction = Question(
    "In the ravine Adam starts 1.5 away from the minimum in x, with ε = 0.1. After how many steps is it at the target?", {
    "About 15: it moves by 0.1 a step.":
        "After about that many steps it is there for the first time, but it does not stay: its average of gradients still"
        " points ahead.",
    "Several times as many.":
        "It arrives after about 15 steps and shoots past: s is a memory of the direction, as a velocity is. Then it comes back.",
    "Never: its steps do not shrink.":
        "Where the signs of the gradients alternate their average shrinks, and with it the steps.",
}, right="Several times as many.")
prediction

# %%
explorers.adaptive.race().behind(prediction)

# %% [markdown]
# **What it shows.** Adam shoots past the minimum and needs 74 steps. AdaGrad arrives first, after 14. RMSProp
# and RMSProp with Nesterov's velocity take 88 and 66. AdaDelta, which has no rate to choose (its slider is a
# factor, 1 in the paper), has not arrived after 300: each of its steps is shorter than 0.005 in $x$ and in $y$.
# That is about the length that the seed $\delta$ gave to the first one, and they have not grown.
#
# **Try.** (a) That AdaGrad arrives first is the doing of whoever picked the rates. Tick *tuned*: each method
# now takes the best of 101 rates. AdaGrad and RMSProp arrive after 3 steps, because with the right rate they
# happen to land in the minimum. Best rates from a single start are luck; measure over many starts, as 6.12
# does. (b) *tuned*, and the ravine *turned 45°*: AdaGrad needs 259 steps, more than SGD, and RMSProp does not
# arrive. Adam and Nesterov's velocity do. (c) On *Rosenbrock*, lower SGD's rate until it no longer diverges.
# (d) On the *saddle*, start at $x = 0.5$, $y = 0.01$, close to the ridge, but not on it: SGD is still on its way
# after 300 steps, when all others have arrived. A tiny gradient is no obstacle to those that divide by its
# size.
#
# ## 6.8 Rare features
#
# > "Does not require a stationary objective and works with sparse gradients." (S1, *Adam*)
#
# A language has words that are in every second sentence and words that are in one of five hundred. The weight of
# a word has a gradient only when the word occurs. Gradients with many zeros are
# called *sparse*, and for them AdaGrad was made.
#
# The figure learns the weights of 24 words by least squares, from 100 minibatches of 32 sentences. How often a
# word occurs falls from a half to one in five hundred. Each method has its own best rate of fourteen, in factors
# of two.

# %%
prediction = Question(
    "All true weights are ±1. How much of the weights of the six rarest words has SGD learned, at its best rate?", {
    "All: the frequent words do not concern the rare ones.":
        "They set the limit to the rate. A rare word needs a larger one, since it is seldom heard.",
    "About a third.":
        "The frequent words limit the rate, as the steep direction of a ravine does, and the rare words are its flat"
        " direction.",
    "Nothing at all.":
        "Whenever a rare word occurs its weight moves.",
}, right="About a third.")
prediction

# %%
explorers.adaptive.words().behind(prediction)

# %% [markdown]
# **What it shows.** All methods learn the frequent words. Of the six rarest, which occur in 5 to 29 of 3,200
# sentences, SGD has learned 35 %, RMSProp 62 %, AdaGrad 79 % and Adam 94 %.
#
# **Try.** (a) Make the rarest word less rare, a tenth: the methods come together. (b) Noise 0: SGD still
# starves the rare words; so it is not noise that keeps its rate low. (c) Noise 1: Adam falls behind AdaGrad.
# (d) Other draws: the order stays the same in most of them.
#
# **Why.** Let a parameter have the gradient 1 in a share $p$ of the steps, and 0 otherwise. SGD moves it $p$
# times as far as one that always has a gradient. Its mean square is $p$, so Adam, mean over root mean square,
# moves it $p/\sqrt p = \sqrt p$ times as far: with $p = 1/20$ that is 0.22 instead of 0.05. AdaGrad gives it $1
# / \sqrt{p\,t}$ for each of its $p\,t$ gradients: also $\sqrt p$. For RMSProp it depends on the memory. If the
# word is rarer than once in $1/(1 - \rho)$ steps, $r$ has faded when it returns, and the step is
# $\epsilon/\sqrt{1 - \rho}$ long. It cannot be longer than that: a word that is ten times rarer still moves a
# tenth as far.
#
# What a *zero* gradient should do is a choice. Adam moves a parameter without a gradient along what is left of
# $s$, and lets $r$ fade. The *lazy* form, PyTorch's `SparseAdam`, leaves all three alone. The exercise has it.
#
# ## 6.9 Weight decay, in the loss or apart from it
#
# Large weights are often penalized: $f(\theta) + \frac\lambda2 \|\theta\|^2$. The gradient of the penalty is
# $\lambda\theta$, so a step of SGD takes $\epsilon\lambda\theta$ away. The weights *decay* by the factor $1 -
# \epsilon\lambda$ per step, beside what the loss does. For SGD the penalty and the decay are the same thing. Are
# they for Adam?
#
# The figure has two weights that the loss does not need: their gradients are noise around 0, nearly none for the
# *quiet* weight, much for the *noisy* one. A decay should remove both. All methods have the same $\epsilon$ and
# the same $\lambda$.

# %%
prediction = Question(
    "Adam gets the gradient of the loss plus λ θ. Which of the two weights does it shrink faster?", {
    "Both alike, by 1 − ε λ per step.":
        "So does SGD. Adam divides the sum of both, the penalty's part too, by the size of the gradient.",
    "The quiet one.":
        "λ θ is all the gradient it has, and Adam makes a step of nearly ε of it. The noisy weight's λ θ is divided by the"
        " size of the noise.",
    "The noisy one.":
        "Its gradients are larger, so what Adam divides by is larger, too.",
}, right="The quiet one.")
prediction

# %%
explorers.adaptive.decay().behind(prediction)

# %% [markdown]
# **What it shows.** SGD (left) shrinks both weights by $1 - \epsilon\lambda$ per step, the dotted curve, and
# halves them in about 350 steps. With Adam (middle) the quiet weight is halved after 55 steps and the noisy one
# after 715. AdamW (right) treats both alike again.
#
# **Try.** (a) $\lambda = 0.01$, a twentieth: with Adam the quiet weight is still halved after 86 steps. For it
# the strength of the penalty hardly counts, since Adam divides it away. (b) $\sigma = 10$: with Adam the noisy
# weight hardly shrinks at all. (c) $\sigma = 0.1$: the two curves of Adam come together, both far from the dotted
# one.
#
# **Why.** Adam's step for the noisy weight is about $\epsilon\lambda\theta/\sigma$: the weights with the largest
# gradients are regularized least. Nobody asked for that. The repair is to leave the penalty out of the gradient,
# and to let the weights decay beside Adam's step: **AdamW**, *decoupled* weight decay (Loshchilov & Hutter
# 2019).

# %%
AlgorithmBox("AdamW", [
    r"Given: as Adam, and the decay $\lambda$",
    r"repeat for $t = 1, 2, \ldots$",
    r"&emsp; $g \leftarrow \nabla f(\theta)$ &emsp; (without the penalty)",
    r"&emsp; $s, r, \hat s, \hat r$ as in Adam",
    r"&emsp; $\theta \leftarrow \theta - \epsilon\, \hat s / (\sqrt{\hat r} + \delta) - \epsilon\lambda\, \theta$",
], AdamW.update)

# %% [markdown]
# The last line takes the $\theta$ from before the step for both terms. AdamW no longer minimizes $f +
# \frac\lambda2 \|\theta\|^2$. It minimizes nothing simple, and its $\lambda$ is not comparable with that of a
# penalty. It is the form in which Adam is mostly used today; our sources, which are older, do not know it.

# %% [markdown]
# ## 6.10 How much does the rate matter?
#
# "Robust to its settings" can be measured: run every method with every rate, and see over how many decades
# the result is good. The figure does it at every move of a control: 6 methods, 65 rates from $10^{-6}$ to
# $10^{10}$, 390 runs. A rate is good if it takes off nine tenths or more of what the method's own best rate
# takes off the loss; there the curves are drawn thick. C21 in 6.12 uses the same rule.

# %%
prediction = Question(
    "Each method runs with every rate, up to ten thousand million. Whose range of good rates has no upper end?", {
    "Adam's: it is called robust.":
        "A step is about ε long: with ε = 1,000 Adam is soon a thousand away, and it takes long to come back.",
    "AdaGrad's.":
        "Too large a rate makes a huge first step. The gradient there enters the sum, and the sum brakes all that follow as"
        " much.",
    "AdaDelta's: it needs no rate.":
        "Its factor is a rate like any other, and 1 is not the best in this picture.",
    "Nobody's: every method has a limit of stability.":
        "SGD has one. A method whose rates fall without end cannot keep jumping.",
}, right="AdaGrad's.")
prediction

# %%
explorers.adaptive.sweep().behind(prediction)

# %% [markdown]
# **What it shows.** On the bowl SGD is good over nearly two decades of rates and stops working at once beyond
# its stability limit. Adam is good over five. AdaGrad's range, more than eleven decades, goes on beyond the
# picture: too large a rate makes a huge first step, the gradient there enters the sum, and the sum brakes all
# that follow as much. The bowl lies along the coordinates, which is what AdaGrad likes best. The curve of
# RMSProp rises slowly to the right, since it ends about $\epsilon$ away from the minimum. AdaGrad's curve
# leaves the picture at the bottom, near $\epsilon = 1$, and does not come back.
#
# **Try.** (a) The factor 1,000, as if euros were counted in tenths of cents: SGD's curve moves three decades to
# the left, the others stay. The factor 0.001: AdaDelta's moves as far as SGD's, since its constant is no longer
# small beside the gradients. (b) Noise 0.5: the good ranges shrink to about one decade *for all*. Now the length
# of the steps near the minimum decides, and adaptivity does not help. (c) The network: the adaptive methods are
# good over about two decades, SGD over one.
#
# ## 6.11 Where the small constant stands
#
# $\delta$ prevents division by zero. Some write $\sqrt r + \delta$, others $\sqrt{r + \delta}$ (S0, for RMSProp
# and Adam). Is that a matter of taste? The figure has RMSProp with $\delta = 10^{-6}$ in both places.

# %%
prediction = Question(
    "δ = 10⁻⁶. From which size of gradients on, downwards, does the method slow down?", {
    "Outside below about 10⁻⁶, inside below about 10⁻³.":
        "Inside the root δ is compared with G², so its root counts.",
    "Below 10⁻⁶ in both cases.": "Inside the root the constant meets the square of the gradient.",
    "Outside below about 10⁻³, inside below about 10⁻⁶.": "The other way round: the root of 10⁻⁶ is 10⁻³, and the root is taken of what is inside.",
}, right="Outside below about 10⁻⁶, inside below about 10⁻³.")
prediction

# %%
explorers.adaptive.constant().behind(prediction)

# %% [markdown]
# **What it shows.** Left: the length of a step over the size of the gradient; dotted, the two places where it
# is halved. Right: RMSProp on a ravine whose loss is multiplied by 0.001, so that its gradients come to lie
# between the two places: inside the root it falls behind, and after 100 steps its loss is more than thirty times as
# high.
#
# **Try.** (a) Multiply the loss by 1: the place does not matter. (b) By $10^{-8}$: inside, the method hardly
# moves any more, and outside it is slow, too.
#
# **Why.** Let all gradients of a coordinate have the size $G$. Then $r = G^2$, and
#
# $$\text{outside: } \frac{|\Delta\theta|}{\epsilon} = \frac{G}{G + \delta}, \qquad \text{inside: } \frac{|\Delta\theta|}{\epsilon} = \frac{G}{\sqrt{G^2 + \delta}} .$$
#
# Outside, $\delta$ is compared with a gradient; inside, with the *square* of one. The step is halved at $G =
# \delta$ or at $G = \sqrt{\delta/3}$: at $10^{-6}$ or at $6 \cdot 10^{-4}$. Below that a method is no longer
# adaptive. It is gradient descent (RMSProp, AdaGrad) or momentum (Adam), with the rate $\epsilon/\delta$ or
# $\epsilon/\sqrt\delta$. When you compare code from two libraries, compare this line first.
#
# ### What to set, by whom
#
# | method | the sources say | this library | PyTorch |
# |---|---|---|---|
# | AdaGrad | $\delta$ "perhaps $10^{-7}$" (S0) | $\epsilon$ 0.01, $\delta\ 10^{-7}$ | $\epsilon$ 0.01, $\delta\ 10^{-10}$ |
# | RMSProp | $\epsilon$ 0.001 and $\rho$ 0.9 "good default" (S1); $\rho$ "typical values are [0.9, 0.99, 0.999]" (S2); $\delta$ "usually $10^{-6}$" (S0) | $\epsilon$ 0.001, $\rho$ 0.9, $\delta\ 10^{-6}$ | $\epsilon$ 0.01, $\rho$ 0.99, $\delta\ 10^{-8}$ |
# | AdaDelta | nothing | $\epsilon$ 1, $\rho$ 0.95, $\delta\ 10^{-6}$ | $\epsilon$ 1, $\rho$ 0.9, $\delta\ 10^{-6}$ |
# | Adam | $\epsilon$ 0.001, $\beta_1$ 0.9, $\beta_2$ 0.999, $\delta\ 10^{-8}$ "suggested defaults" (S0); $\epsilon$ "1e-3 or 1e-5" (S2) | $\epsilon$ 0.001, $\beta_1$ 0.9, $\beta_2$ 0.999, $\delta\ 10^{-8}$ | the same |
# | AdamW | nothing | as Adam, $\lambda$ 0.01 | as Adam, $\lambda$ 0.01 |
#
# PyTorch has $\delta$ outside the root in AdaGrad, RMSProp and Adam, and inside in AdaDelta, as this library has
# it unless told otherwise. The same words, "RMSProp with default settings", mean a rate that is ten times as
# large there.

# %% [markdown]
# ## 6.12 Measured claims
#
# What our sources say about adaptive rates, and what we measured: each row is run now, over 16 random
# seeds, by `course_lib.claims`. First how AdaGrad and RMSProp work:

# %%
claims.table("C18", "C19", "C20", "C56", "C57")

# %% [markdown]
# Then what Adam adds:

# %%
claims.table("C41", "C58", "C59", "C69")

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
#   regression, on the deep network nothing is decided, and in a smooth bowl it takes two to three times as
#   many steps. Lecture 14 comes back to this.
# - **Defaults are a place to start from** (C40, C49, C68). AdaDelta without a rate depends on its constant;
#   0.001 was too small in all our trainings with RMSProp and with Adam. A long memory of squares helped
#   where gradients were noisy; that sparse ones need it did not show (C69).

# %% [markdown]
# ## 6.13 Check yourself

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
Question("A coordinate had the gradient 0 for thousands of steps, and then has the gradient 5. How far does Adam move it, with "
         "β₁ = 0.9, β₂ = 0.999 and ε = 0.001?", {
    "By at most 0.001: that is what ε is for.": "Most steps are that long or shorter. This one is not: r has forgotten.",
    "By about 0.003.": "s = 0.1 · 5 and r = 0.001 · 25, so s/√r = 0.1/√0.001 = 3.16.",
    "By 0.005: the gradient is 5.": "The size of the gradient cancels.",
}, right="By about 0.003.")

# %%
Question("You turn the coordinates of a ravine by 45°. Which method does not notice?", {
    "SGD, and momentum": "Their steps are made of gradients only, and gradients turn with the coordinates.",
    "Adam": "Roots and quotients are taken entry by entry, so it matters what the entries are.",
    "AdaGrad": "Its sum is kept per coordinate; along a diagonal both coordinates look alike.",
}, right="SGD, and momentum")

# %%
Question("A network is trained with Adam and a penalty λ/2 |θ|² in the loss. Doubling λ changes hardly anything for some of the weights. "
         "For which?", {
    "For those that the loss gives large, noisy gradients.":
        "Their penalty is small beside the noise, so the root does not grow with it: twice λ is twice the pull.",
    "For those that get hardly any gradient from the loss.":
        "λ θ is nearly all the gradient they have, and Adam divides by its size.",
    "For none: a penalty twice as large pulls twice as hard.": "For SGD. Adam divides by the size of what it gets.",
}, right="For those that get hardly any gradient from the loss.")

# %% [markdown]
# ## 6.14 Summary
#
# - Divide each entry of the gradient by its own usual size, and each coordinate has its own rate, whatever the
#   scale of the loss. It helps along coordinates, not along directions between them.
# - AdaGrad sums: effective rates fall like $1/\sqrt t$ while gradients keep their size, and never rise. RMSProp
#   averages: they recover, and steps stay about $\epsilon$ long.
# - AdaDelta has no rate, but its small constant acts as one. RMSProp with momentum smooths the rescaled
#   gradient; Adam rescales the smoothed one.
# - Bias correction undoes the zeros at the start. Without it the first step is $(1 - \beta_1)/\sqrt{1 -
#   \beta_2}$ times $\epsilon$.
# - A parameter with a gradient in a share $p$ of the steps moves $\sqrt p$ times as far as one that always has
#   one; with SGD, $p$ times.
# - With Adam a penalty in the loss shrinks quiet weights most and noisy ones least. AdamW decays all alike.
# - $\delta$ outside the root is compared with a gradient, inside with its square.
# - A somewhat wider range of good rates is what these methods offer. A lower loss than tuned momentum they do
#   not.
#
# **Next:** [exercise 6](../exercises/06_adaptive.ipynb), in which you write AdaGrad and Adam, repair
# the loop of S2, undo the bias correction to see what it did, measure where the constant of an unknown rule
# stands, and write Adam for sparse gradients.
#
# **Further reading**
#
# - J. Duchi, E. Hazan, Y. Singer, [Adaptive subgradient methods for online learning and stochastic
#   optimization](https://jmlr.org/papers/v12/duchi11a.html), 2011.
# - T. Tieleman, G. Hinton, [Lecture 6e:
#   RMSProp](http://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf), 2012.
# - M. Zeiler, [ADADELTA: an adaptive learning rate method](https://arxiv.org/abs/1212.5701), 2012.
# - D. Kingma, J. Ba, [Adam: a method for stochastic optimization](https://arxiv.org/abs/1412.6980), 2015.
# - I. Loshchilov, F. Hutter, [Decoupled weight decay regularization](https://arxiv.org/abs/1711.05101), 2019.
# - A. Wilson and others, [The marginal value of adaptive gradient methods in machine
#   learning](https://arxiv.org/abs/1705.08292), 2017.
# - I. Goodfellow, Y. Bengio, A. Courville, [Deep
#   Learning](https://www.deeplearningbook.org/contents/optimization.html), section 8.5, 2016.
