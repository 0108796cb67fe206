# %% [markdown]
# # 4 Stochastic gradient descent and batch size
#
# *What does noise do, and how large should a batch be?*
#
# The gradient of the whole training set is exact and expensive. A few examples give a rough one, at once.
# This lecture is about what that roughness does: where it stops a training, how the rate has to fall
# because of it, how to see it in a learning curve, and what the size of the batch changes.
#
# **Goals.** After this lecture you can
#
# 1. write an epoch of minibatch SGD from memory, and say how the variance of its gradient depends on the
#    batch size;
# 2. predict where SGD with a constant rate stops, and say which falling rates bring it to the minimum;
# 3. tell from a learning curve whether the first rate is too large, too small or about right, and choose a
#    batch size for a reason.
#
# **You need** gradient descent, its stability limit and its bowl (lecture 1), backpropagation (lecture 2).
# **Time:** 45 minutes, then the exercise.
#
# **Symbols.** Each has one meaning in this lecture.
#
# | symbol | meaning |
# |---|---|
# | $\theta, f, f_i$ | parameters; loss, the mean of the losses $f_i$ of the $N$ training examples |
# | $g, \hat g$ | full gradient $\nabla f(\theta)$; gradient of a minibatch, which estimates it |
# | $N, B$ | number of examples; batch size, which S0 calls $m$ |
# | $\sigma^2, s^2$ | variance of the gradient of one example: summed over all entries; along one direction |
# | $\delta_i$ | how far the gradient of example $i$ lies from $g$, in one entry |
# | $\mathcal B$ | gradient noise scale, $\sigma^2/\lvert g\rvert^2$ |
# | $k$ | number of updates already made: 0, 1, 2, ... |
# | $\epsilon, \epsilon_k$ | learning rate (`lr`); that of the update after $k$ others |
# | $\epsilon_0, \epsilon_\tau, \tau, \alpha$ | linear decay: first rate, last rate, the update from which on it stays, $\alpha = k/\tau$ |
# | $p$ | exponent of a rate that falls like a power |
# | $\lambda, \lambda_{\max}$ | curvature of a direction, an eigenvalue of the Hessian; the largest one, the *sharpness* |
# | $d, V, u$ | distance to the minimum along one direction; its variance; the noise of $\hat g$ along it |
# | $x_i, y_i$ | where example $i$ of the figure in 4.2 wants the two parameters |
# | $a, b$ | cost of an update: $a$ whatever its batch, $b$ for each example |
# | $S, S_{\min}$ | updates that are needed at some batch size; at a very large one |
#
# *Epoch* and *pass* mean the same: every example used once. (In lecture 5 the letter $\alpha$ means something
# else, as it does in S0.)

# %%
from course_lib import claims, explorers
from course_lib.live import AlgorithmBox, Question
from course_lib.optimizers import SGD

# %% [markdown]
# ## 4.1 A gradient from a few examples
#
# > "Stochastic Gradient Descent (SGD) and its variants are probably the most used optimization techniques for
# > deep model training." (S0, *Stochastic Gradient Descent*)
#
# The training loss is a mean, $f(\theta) = \frac1N \sum_i f_i(\theta)$, so its gradient is the mean of the
# gradients of the examples. A mean of many numbers can be estimated from a few of them. Draw a *minibatch*
# of $B$ examples and take
#
# $$\hat g = \frac1B \sum_{i \in \text{batch}} \nabla f_i(\theta) .$$
#
# On average over all batches that could have been drawn, $\hat g$ is the full gradient: it is *unbiased*.
# It costs $B$ examples instead of $N$. **Stochastic gradient descent** uses it as if it were exact
# (algorithm 8.1 of Goodfellow et al. 2016; the idea is of Robbins and Monro, 1951). Its variants are the
# subject of the next two lectures.

# %%
AlgorithmBox("Stochastic gradient descent", [
    r"Given: rates $\epsilon_0, \epsilon_1, \ldots$, parameters $\theta$",
    r"repeat for $k = 0, 1, \ldots$ until a stopping criterion is met",
    r"&emsp; draw a minibatch of $B$ examples with their targets",
    r"&emsp; $\hat g \leftarrow \frac1B \nabla_\theta \sum_i f_i(\theta)$ &emsp; over its examples",
    r"&emsp; $\theta \leftarrow \theta - \epsilon_k\, \hat g$",
], SGD.update)

# %% [markdown]
# In practice nobody draws a fresh batch for each update. The examples are shuffled once per epoch and cut
# into batches, one after the other: within an epoch, drawing *without replacement*. Each example is used
# exactly once, and the last batch may be shorter. The library's
# `train(network, data, SGD(0.1), epochs=8, batch_size=32, rng=rng)` does that, and so will you in the
# exercise.
#
# How rough is $\hat g$? The figure takes a network in the course of its training, draws 60 batches of each
# size, and measures how far their gradients are from the full one.

# %%
prediction = Question(
    "You go from batches of 32 to batches of 128. Each update costs four times as much. What happens to the length"
    " of the noise in the gradient, that is, of its difference from the full gradient?", {
    "It falls to about a quarter.": "The variance does, the squared length. The length is its root.",
    "It falls to about half.":
        "Four times the examples, half the noise. To halve it again takes 512. That is why small batches are such a"
        " bargain.",
    "It falls to about a sixteenth.":
        "That would be the square of the factor 4. Independent errors cancel only in part: like 1/√B.",
    "It stays: the noise is in the examples.": "It is, but in a mean of more examples more of it cancels.",
}, right="It falls to about half.")
prediction

# %%
explorers.sgd.variance().behind(prediction)

# %% [markdown]
# **What it shows.** The digits network (64-16-10, ReLU) after two epochs of training, and 1,024 examples. Left:
# the squared length of the noise of 60 batches of each size (dots). It falls by about four from 32 to 128, so
# the length falls to about half. The dots lie on the dashed curve, a formula that is derived next. The
# dash-dotted line is the squared length of the full gradient; where the two cross, noise and signal are equally
# large. Middle: that crossing in the course of the training. Right: how long the gradients of single examples
# are.

# %% [markdown]
# **The variance.** Let $\sigma^2$ be the variance of the gradient of one example, summed over its entries. With
# replacement the $B$ draws are independent, and the variance of their mean is $\sigma^2/B$. Without replacement
# a batch cannot contain the same example twice, so the draws are a little more balanced. How much? Look at one
# entry of the gradient. Let $\delta_i$ be how far that of example $i$ lies from the mean; the $\delta_i$ sum to
# zero. The error of the batch is $\frac1B \sum_{i \in \text{batch}} \delta_i$, and its square has a term
# $\delta_i \delta_j$ for each pair that is in the batch. An example is in it with probability $\frac BN$, two
# different ones are with probability $\frac BN \cdot \frac{B-1}{N-1}$, whichever they are. So
#
# $$\operatorname{Var} = \frac1{B^2} \Bigl[ \frac BN \sum_i \delta_i^2
# + \frac BN\, \frac{B-1}{N-1} \sum_{i \ne j} \delta_i \delta_j \Bigr] .$$
#
# Since $\bigl(\sum_i \delta_i\bigr)^2 = 0$, the second sum is $-\sum_i \delta_i^2$. Take it together with the
# first: $1 - \frac{B-1}{N-1} = \frac{N-B}{N-1}$. And $\frac1N \sum_i \delta_i^2$ is the variance of this entry.
# Added up over all entries:
#
# $$\operatorname{Var}\hat g = \frac{\sigma^2}{B}\cdot\frac{N - B}{N - 1} .$$
#
# At $B = 1$ the second factor is 1. At $B = N$ it is 0, as it must be: that batch is the whole set. Where $B$ is
# small against $N$ it hardly matters, and the noise falls like $1/\sqrt B$.
#
# **The noise scale.** How many examples does it take until the noise is no longer than the gradient itself? Set
# $\sigma^2/B$ equal to $\lvert g\rvert^2$ and solve for $B$:
#
# $$\mathcal B = \frac{\sigma^2}{\lvert g\rvert^2} .$$
#
# This is the *gradient noise scale* (McCandlish, Kaplan, Amodei et al. 2018). A batch much smaller than
# $\mathcal B$ sees mostly noise, a much larger one sees the full gradient almost exactly, and examples beyond
# that are nearly wasted. Section 4.6 makes a rule of it. It is no constant of the network: it is measured at a
# place, and changes as $\theta$ moves.

# %% [markdown]
# **Try.** (a) Draw with replacement: the bend at large $B$ disappears. (b) Pull the epochs from 0 to 10. At the
# start the full gradient is large, all examples pull the same way, and the noise scale is 14. After the first
# epoch it is about 100, and then it goes up and down between about 100 and 240. (c) Look at the right panel
# meanwhile: after 10 epochs most examples have gradients less than a tenth as long as their root mean square,
# and a few still have long ones. A batch without one of those sees almost nothing.

# %% [markdown]
# ## 4.2 The noise stays, and SGD stops short
#
# > "In practice, it is necessary to gradually decrease the learning rate over time. This is because SGD
# > gradient estimation introduces a source of noise, caused by the random minibatch sampling. However, the true
# > gradient becomes closer to 0 as we converge to a minimum." (S0, *Stochastic Gradient Descent*)
#
# The figure has 32 examples in the plane, each with the loss
# $\frac12 (\theta_1 - x_i)^2 + \frac32 (\theta_2 - y_i)^2$: it wants $\theta$ at its own place. The minimum
# of the mean is the mean of the examples, the star. Each of 150 runs draws its own batches.

# %%
prediction = Question(
    "SGD takes batches of 4 at ε = 0.2, gradient descent takes all 32 at the same rate. Both make 150"
    " steps. What does the length of the minibatch gradient do?", {
    "It falls to zero with that of gradient descent, only less smoothly.":
        "That of the full gradient would. Near the star the four examples of a batch still pull towards "
        "their own mean.",
    "It falls for a few steps, and then stays.":
        "It cannot fall below what the examples disagree about. Look at the full gradient at the same "
        "places, too: it stays as well, "
        "because the runs do not come closer.",
    "It grows: the errors add up.":
        "They would if nothing pulled back. The curvature does, and the two balance.",
}, right="It falls for a few steps, and then stays.")
prediction

# %%
explorers.sgd.cloud().behind(prediction)

# %% [markdown]
# **What it shows.** Left: one run on its way (line), and where all 150 are at the end (dots). Right: the
# lengths of the gradients. Gradient descent goes to zero on a straight line. SGD falls for some ten steps and
# then stays, its full gradients as well as its noisy ones. The dashed ellipse is computed, not measured; the
# next lines say how.

# %% [markdown]
# **Why it stops.** At a minimum the full gradient is zero. The gradients of the examples are not: each of them
# pulls towards its own optimum, and only their sum vanishes. So a minibatch gradient does not become small at
# the minimum, and SGD with a constant rate walks around there for ever.
#
# **How far away?** Look at one direction of curvature $\lambda$. The full gradient along it is $\lambda d$. The
# minibatch adds a noise $u$, of mean zero and, where $N$ is large, of variance $s^2/B$; it is a new one in each
# update, independent of $d$. One update reads
#
# $$d \leftarrow (1 - \epsilon\lambda)\,d - \epsilon u .$$
#
# The first term pulls in, the second throws out. Variances of independent terms add up, so the variance of $d$
# goes from $V$ to $(1 - \epsilon\lambda)^2 V + \epsilon^2 s^2/B$. When pull and noise balance it is the same
# before and after. Solved for $V$:
#
# $$V = \frac{\epsilon\, s^2}{B\,\lambda\,(2 - \epsilon\lambda)}, \qquad
# \text{loss above the minimum:}\quad
# \tfrac12 \lambda V = \frac{\epsilon\, s^2}{2 B\,(2 - \epsilon\lambda)} \approx \frac{\epsilon\, s^2}{4B}.$$
#
# This is the *noise floor*. What counts, far below the limit of stability, is the quotient $\epsilon/B$. Four
# times the batch or a quarter of the rate: the same loss. Drawn without replacement from few examples, $s^2/B$
# has the factor $(N - B)/(N - 1)$ beside it. The half axes of the ellipse are $2\sqrt V$, so with it.

# %% [markdown]
# **Try.** (a) $B = 1$, then 16: the cloud shrinks. At 32 nothing is left of it. (b) $\epsilon = 0.6$: the
# cloud is stretched along the steep direction, where $\epsilon\lambda = 1.8$ is close to the limit 2. (c)
# $\epsilon = 0.01$: a small cloud that has not arrived. The rate sets the speed *and* the noise, and that is
# the whole difficulty. (d) Draw with replacement, at $B = 32$: there is a cloud again.
#
# One exception, which matters for networks: if some $\theta$ fits *all* examples, each $\nabla f_i$ is zero
# there, and the noise dies out by itself. Networks with more parameters than the data need come close to
# that. The measurements in 4.7 have both cases.

# %% [markdown]
# ## 4.3 Rates that fall
#
# > "The *sufficient* conditions for guaranteed convergence of SGD is that:
# > $\sum_{k=1}^{\infty} \epsilon_k = \infty$, $\sum_{k=1}^{\infty} \epsilon_k^2 < \infty$."
# > (S0, *Stochastic Gradient Descent*)
#
# Speed first, precision later: let the rate fall. How fast may it? The two sums of S0 go back to Robbins and
# Monro (1951). Take rates that fall like a power, $\epsilon_k = \epsilon_0/(k+1)^p$. (The $+1$ is there since
# $k$ begins at 0.) The first sum is infinite for $p \le 1$, the second one finite for $p > 1/2$, so both
# conditions hold for $1/2 < p \le 1$.

# %%
prediction = Question(
    "The figure opens with p = 3/4, where both conditions hold. Its right panel shows the root mean square distance for"
    " all p from 0 to 1.5, after 20, 200 and 2,000 steps. p = 1/4 breaks the second condition: the squares sum to"
    " infinity. What do the runs do there?", {
    "They go on walking about the minimum at the same distance, as with a constant rate.":
        "With a constant rate, p = 0, they do. Here the rate still goes to zero, and with it the size of "
        "the cloud, ε s²/(4B).",
    "They come closer all the time, only slower than with p = 3/4.":
        "The three curves lie apart at p = 1/4. The conditions are sufficient, not necessary. In a bowl with noise of "
        "bounded variance it is enough that the rate goes to zero and the sum is infinite.",
    "They move away.": "For that ε λ would have to be above 2. The rates fall.",
    "They stop somewhere on the way.": "That is what happens when the first sum is finite, p > 1.",
}, right="They come closer all the time, only slower than with p = 3/4.")
prediction

# %%
explorers.sgd.robbins().behind(prediction)

# %% [markdown]
# **What it shows.** A bowl of curvature 1, noise of variance 1, start at distance 10. Left: the distances of
# the runs, both axes logarithmic. Right: the root mean square distance (rms) for every exponent, computed
# without drawing anything: the mean of $d$ shrinks by $1 - \epsilon_k\lambda$ in each update, and its variance
# goes to $(1 - \epsilon_k\lambda)^2 V + \epsilon_k^2 s^2/B$, as in 4.2. Where the three curves lie apart, the
# runs still come closer. Where they meet, they have stopped: at $p = 0$ because of the noise, at large $p$
# because of the rates.

# %% [markdown]
# **What each condition is for.** The first is about *reach*. Without noise each update multiplies the distance
# by $1 - \epsilon_k\lambda$. Once the rates are so small that $\epsilon_k\lambda < 1$, these factors lie between
# 0 and 1, and their product is zero exactly if the rates sum to infinity: $-\ln(1 - \epsilon_k\lambda)$ is
# nearly $\epsilon_k\lambda$, so the logarithm of the product goes to $-\infty$ together with the sum. If the
# sum is finite, some of the distance is left for ever.
#
# The second is about *noise*. An update adds noise of variance $\epsilon_k^2 s^2/B$. If these sum to something
# finite, all noise after a late enough update is together as small as you like: no run is thrown far away any
# more.
#
# **Sufficient for what, and when?** The theorem assumes that $\hat g$ is the full gradient on average, that its
# variance grows at most like a constant plus a multiple of $\lvert g\rvert^2$, and that $f$ is bounded from
# below with a bounded curvature ($L$-smooth, lecture 1). For a strongly convex $f$, such as a bowl, $\theta$ then
# goes to the minimum. For other $f$, networks among them, what is promised is only that the gradient comes as
# close to zero as you like, again and again (Bottou, Curtis and Nocedal 2016, section 4.3). It may do so at a
# saddle, and nothing is said about how long that takes.
#
# **The rate $1/k$.** Take $p = 1$ and $\epsilon_0 = 1/\lambda$, so $\epsilon_k\lambda = 1/(k+1)$. The update of
# 4.2, multiplied by $k + 1$, reads: the new $(k + 1)\,d$ is the old $k\,d$ minus $u/\lambda$. Everything is
# added up with the same weight. After $k$ updates $d$ is the mean of $k$ independent noises, each of variance
# $s^2/(B\lambda^2)$, and the start is forgotten at once:
#
# $$V = \frac{s^2}{\lambda^2 B\, k}, \qquad \tfrac12\lambda V = \frac{s^2}{2\lambda B\,k} .$$
#
# SGD is then nothing but the running mean of where the batches want $\theta$, and the distance falls like
# $1/\sqrt k$. No
# unbiased estimate made from $Bk$ examples with Gaussian noise has a smaller variance. The catch is that you must
# know $\lambda$. If $\epsilon_0$ is too small for it, the start is forgotten only like
# $k^{-\epsilon_0\lambda}$: with $\epsilon_0\lambda = 0.05$ a hundred times as many updates take away a fifth
# of the distance. A rate that falls more slowly forgives more, which is why $p$ between 1/2 and 1, or a decay of
# another kind, is used in practice.

# %% [markdown]
# **Try.** (a) $p = 0.25$: the median run still comes closer. (b) $p = 1.5$: each run stops at a place of its
# own. (c) $p = 1$ with $\epsilon_0 = 1$: the rms distance after 2,000 steps is $1/\sqrt{2000} = 0.022$. Then
# $\epsilon_0 = 0.05$: in most of the grey band the rates are too small to be of use in 2,000 steps. The
# conditions speak about infinity only. (d) *Heavy tails*: noise whose variance is finite, but only just. Go back
# to $\epsilon_0 = 0.8$, compare $p = 0.25$ with $p = 0.75$, and read in the line below how many runs were thrown
# far away late: about half of them against almost none. This is what the second condition protects from.

# %% [markdown]
# ## 4.4 Linear decay, and reading the learning curve
#
# > "In practice, it is common to decay the learning rate linearly until iteration $\tau$ ... After iteration
# > $\tau$ we keep $\epsilon$ constant." (S0, *Stochastic Gradient Descent*)
#
# For networks one rarely waits for infinity. A straight line down, until update $\tau$, and then a constant
# (equation 8.14 of Goodfellow et al.; `schedules.linear` in the library):
#
# $$\epsilon_k = (1 - \alpha)\,\epsilon_0 + \alpha\,\epsilon_\tau, \quad \alpha = k/\tau,
# \qquad\text{and}\quad \epsilon_k = \epsilon_\tau \quad\text{for } k > \tau .$$
#
# It breaks the second condition of 4.3, since it stops at $\epsilon_\tau > 0$; the floor it ends on is that of
# $\epsilon_\tau$. There are three numbers to choose, "more of an art than a science" (S0). The rules of thumb
# of S0: $\epsilon_\tau$ about 1 % of $\epsilon_0$, and $\tau$ so many updates as a few hundred passes take.
# Lecture 7 measures them. For $\epsilon_0$ one looks at the *learning curve*, the loss as a function of time.

# %%
prediction = Question(
    "The figure opens with ε₀ = 1.2, τ = 10 epochs, ε_τ = 0.012. The training loss rises and falls for several epochs"
    " and calms down as the rate falls. Which of three runs ends lowest?", {
    "A third of the rate.":
        "Its curve hardly swings, and it ends far lower: the decay calms the oscillation but does not give "
        "back what it has destroyed.",
    "This one: the decay takes care of the swings.":
        "It calms them, too late: part of the network's units were driven to where they no longer answer.",
    "Three times the rate: the higher the better, as long as it decays.":
        "There the network is lost in the first epoch. Its curve is flat, at log 10 = 2.3, the loss of "
        "guessing among ten classes.",
}, right="A third of the rate.")
prediction

# %%
explorers.sgd.curve().behind(prediction)

# %% [markdown]
# **What it shows.** Your run (solid), with its minibatches (dots), and the same with a third and three times
# $\epsilon_0$; thin, the same from four other starts. At a rate near the limit the starts end in very different
# places: a single curve proves little. So the verdict compares the three ends as medians of the five starts:
# *too small* if three times $\epsilon_0$ ends more than a tenth lower, *too large* if a third does (or if yours
# ends no lower than it began).

# %% [markdown]
# **How to read it.** You will not have the two other rates in practice. The rules for the solid curve alone:
#
# - **Large oscillations**: the rate is near the limit of stability, $\epsilon_0$ is too large. So the rule of S0;
#   4.7 tests it.
# - **Gentle oscillations are fine**. Two curves have to be kept apart: the loss of the minibatches (dots)
#   jumps at any rate, since each batch has other examples; the loss of the whole training set is calm where
#   the rate is small.
# - **A smooth curve that is still falling** at the end, or flat and high because the rate fell too early:
#   too small.
#
# > "Typically, the optimal initial learning rate, in terms of total training time and the final cost value, is
# > higher than the learning rate that yields the best performance after the first 100 iterations or so." (S0)
#
# The reason: early on noise does not hurt yet. So watch the first updates, and take more than what is best
# there, but not so much that it gets unstable. Lecture 7 measures this too.

# %% [markdown]
# **Try.** (a) Cover the other curves with your hand and give verdicts for $\epsilon_0$ = 0.01, 0.1, 0.4, 2.
# Mind that a *flat* curve occurs at both ends: too small, and destroyed. (b) Let $\tau$ be 1 epoch: the
# curve freezes. No $\epsilon_0$ repairs a decay that comes too early. (c) $\epsilon_\tau/\epsilon_0 = 1$ is
# a constant rate. With $\epsilon_0 = 0.3$ it ends lower than with the decay to 1 %, although it swings more. Why?
# This network can come to fit all examples, and the run is short.

# %% [markdown]
# ## 4.5 Batch size
#
# > "Decreases the variance of the updates, making convergence more stable. From this perspective, increasing the
# > batch size has very similar effects to decreasing the learning rate. Matrix computation is more efficient."
# > (S1, *Batch size*, pros of large ones)
#
# > "Very large batch sizes may not fit in memory. Smaller number of updates for processing the same amount of
# > data, slowing training. Hypothesized by Keskar et al. (2016) to have worse generalization performance since
# > they result in sharper local minima being reached." (S1, cons)
#
# *Sharpness* is the largest eigenvalue $\lambda_{\max}$ of the Hessian. It comes from Hessian-vector products
# alone: multiply a random vector by the Hessian, make it length 1, repeat, and it turns towards the steepest
# direction (*power iteration*).

# %%
prediction = Question(
    "Four networks from the same start, batch sizes 8, 32, 128, 512, all with ε = 0.1, eight passes over the digits."
    " Which has the lowest training loss?", {
    "B = 512: its gradients are the most exact.":
        "It makes three updates per pass. Exact steps, but hardly any.",
    "B = 8: it makes the most updates.":
        "Sixty times as many as B = 512. Look at the second panel: per update all four are about the same "
        "here. At so low a rate the noise hardly matters.",
    "All about the same: they see the same data.":
        "They see the same data, but make N/B updates per pass out of it.",
}, right="B = 8: it makes the most updates.")
prediction

# %%
explorers.sgd.batches().behind(prediction)

# %% [markdown]
# **What it shows.** The same four runs three times. Per pass small batches are far ahead. Per update all are
# nearly alike. In time it depends on what an update costs besides its examples, the quotient $a/b$ explained below:
# the last slider. Bottom right: the sharpness where each run ended, and the limit $2/\epsilon$ above which
# gradient descent with that rate would be unstable.

# %% [markdown]
# **For and against.**
#
# - **Less variance**, as measured in 4.1: the updates are steadier. In this respect a larger batch acts
#   like a smaller rate: the floor of 4.2 depends on $\epsilon/B$. But it is not slower *per update* as a
#   smaller rate is.
# - **Better use of the hardware.** An update costs something before the first example is looked at: Python,
#   starting the matrix products, on a cluster sending the gradient around. And a matrix product of many
#   rows runs faster per row than one row at a time, because the weights are read once for all of them. To first
#   order an update costs $a + bB$.
# - **Memory.** Backpropagation keeps all activations of a batch until it comes back to them: memory grows
#   like $B$, and very large batches do not fit. (One may then add up the gradients of several smaller ones
#   before the update, which is called gradient accumulation.)
# - **Fewer updates** from the same data: $N/B$ per epoch.
# - **Sharper minima**, and because of that worse results on new data: a hypothesis.
#
# So "which batch size is best" has no answer until one says what is scarce: data, updates or time.

# %% [markdown]
# **Try.** (a) Pull the cost of an update to 1, then to 1,000. With the first, time is nearly passes; with the
# second, time is nearly updates. (b) Let the rate grow with $B$: with $\epsilon \propto B$, as 4.2 suggests, the
# curves per pass of 8, 32 and, with jumps, 128 lie on each other (Goyal et al. 2017); at 512 the rate is
# beyond the limit of stability. (c) Is the minimum of the large batch sharper? Be careful: the four runs
# ended at different losses. The table compares at equal loss.

# %% [markdown]
# What is $a/b$ on your machine? The next cell measures it (the time of one update with 1 and with 512
# examples). Its result differs from machine to machine, so it is not printed here; put it into the figure
# in a cell of your own: `figure = explorers.sgd.batches()`, then `figure.set(overhead=overhead)` and
# `figure`.

# %%
overhead = min(max(explorers.sgd.measure_overhead(), 1), 1000)

# %% [markdown]
# ## 4.6 The critical batch size
#
# In the figure all batch sizes had the same rate, or one by a rule. Now give each its own best rate, and count
# the updates until the training loss is 0.5.

# %%
Question("With its best rate, B = 4 takes about 120 updates to a training loss of 0.5, B = 16 about 40: for four times the"
         " examples a third of the updates. What do you get for going from B = 64 to B = 256?", {
    "The same bargain: about a third of the updates.":
        "It would be if the gradient of 64 examples were mostly noise. It is not any more: see below.",
    "Hardly any fewer updates.":
        "The gradient of 64 examples is already nearly the full one. Four times the work buys next to nothing.",
    "A quarter of the updates: the large batch takes four times the rate.":
        "Up to some size it can. Then the limit of stability, 2/λ_max, stops the rate, whatever the batch.",
}, right="Hardly any fewer updates.")

# %% [markdown]
# Where is the border? Let the curvature be $\lambda$ in all directions. Along the step $-\epsilon\hat g$ the loss
# changes by $-\epsilon\, g\cdot\hat g + \frac12 \epsilon^2\lambda\, \lvert\hat g\rvert^2$. On average
# $g \cdot \hat g$ is $\lvert g\rvert^2$, and $\lvert\hat g\rvert^2$ is $\lvert g\rvert^2 + \sigma^2/B$, that is
# $\lvert g\rvert^2 (1 + \mathcal B/B)$ with the noise scale of 4.1. So the loss falls on average by
#
# $$\lvert g\rvert^2 \Bigl[ \epsilon - \tfrac12 \epsilon^2\lambda\, (1 + \mathcal B/B) \Bigr], \qquad
# \text{most for}\quad \epsilon = \frac{1/\lambda}{1 + \mathcal B/B}, \quad\text{and then by}\quad
# \frac{\lvert g\rvert^2 / (2\lambda)}{1 + \mathcal B/B} .$$
#
# If $\mathcal B$ stayed the same on the way, the number of updates would be
#
# $$S = S_{\min} \Bigl(1 + \frac{\mathcal B}{B}\Bigr), \qquad
# \text{the number of examples}\quad B S = S_{\min} (B + \mathcal B) .$$
#
# That is the whole story of batch size in two lines. For $B \ll \mathcal B$ twice the batch, at twice the rate,
# needs half of the updates and no more examples: it is free. For $B \gg \mathcal B$ twice the batch needs as
# many updates and twice the examples: it is wasted. At $B = \mathcal B$ both numbers are twice their minimum.
# That is the *critical batch size*, and this argument says that it is the noise scale. It leaves out that
# curvatures differ between directions and that $\mathcal B$ changes on the way, so expect the order of magnitude.
# The rows of C31 below measure it: the updates, the critical batch size that follows from them, and the noise
# scale. That is one number for the whole way, the mean variance over the mean squared gradient. So the first
# updates count most, where the gradients are long and the noise scale is small.
#
# With time in place of updates or examples, $S\,(a + bB)$ is what to make small. Multiplied out it is
# $S_{\min}\,(a + b\,\mathcal B + bB + a\,\mathcal B/B)$, and the last two terms are smallest together where they
# are equal: at $B = \sqrt{(a/b)\,\mathcal B}$. A costly update asks for larger batches, and so does more noise. In
# the exercise you measure such a minimum.

# %% [markdown]
# ## 4.7 Measured claims
#
# What our sources say about SGD and batch size, and what we measured: each row is run now, over 16 random
# seeds. The rule that $\epsilon_\tau$ be 1 % of $\epsilon_0$ is measured in lecture 7.

# %%
claims.table("C09", "C10", "C11", "C12")

# %%
claims.table("C31", "C76")

# %% [markdown]
# Six rows, and what to make of them.
#
# - **C09.** "The rate has to decrease" is right where examples disagree: the best constant rate ends almost
#   twice as far above the lowest loss as the best falling one. Where one $\theta$ fits all examples, the
#   constant rate is better by far.
# - **C10.** The conditions suffice. The second is not necessary in a bowl with ordinary noise.
# - **C11.** The source says only that linear decay is common. That it is better, we add: it is in regressions
#   with noisy labels. In ten passes over the digits it does not show. The rule is meant for a few hundred
#   passes, and lecture 7 has them.
# - **C12.** The curve that swings most is that of a rate above the best one, and a lower rate ends better. So
#   large oscillations do mean that $\epsilon_0$ is large. The reverse is not true: at a rate that destroys
#   the network the curve is flat again. And gentle swings are fine, the calmest curve was far from the best.
# - **C31.** The variance falls like $1/B$. Where SGD settles, four times the batch is as good as a quarter of
#   the rate, but only far below the limit of stability; on the way it is so per example, and per update the
#   large batch is far ahead. From 4 to 16 it saves more than half of the updates, from 64 to 256 it hardly saves
#   any, and the critical batch size that follows from this is the noise scale within a factor of two.
#   At equal training loss and equal rate large batches were in sharper places. With a rate that had
#   been raised with the root of the batch size this is undecided. Whether they do worse on new data is
#   undecided in both cases: so small a network on so few digits neither shows it nor excludes it.
# - **C76.** This row is counted, not timed, since times differ from machine to machine: `overhead` above is
#   the time on yours. At $B = 1$ a matrix product makes about one multiplication for each number that it moves,
#   at 128 it makes ten times as many, and a processor multiplies faster than it fetches. And the activations of
#   128 examples take eight times as much memory as the parameters of this network.

# %% [markdown]
# ## 4.8 Check yourself

# %%
Question("Far below the limit of stability, which change halves the loss above the minimum at which SGD "
         "settles?", {
    "Twice the batch size.": "It is about ε s²/(4B).",
    "Four times the batch size.":
        "That quarters it. The *distance* is halved then, the loss goes with its square.",
    "Half the number of updates.": "Once it has settled, the number of updates does not matter.",
    "Drawing with replacement.": "That makes the variance a little larger, not smaller.",
}, right="Twice the batch size.")

# %%
Question("ε_k = ε₀/k². What goes wrong?", {
    "The noise never dies out.": "It does, very quickly: the squares sum to something finite.",
    "The steps sum to something finite: it may stop before it has arrived.":
        "Then no number of updates leads beyond a certain distance.",
    "Nothing, the faster it falls the better.": "Falling fast is good against noise and bad for reach.",
}, right="The steps sum to something finite: it may stop before it has arrived.")

# %%
Question("The loss of the minibatches goes up in every other update. The loss of the training set, "
         "measured once an epoch, falls smoothly. What do you do?", {
    "Lower the rate.": "The minibatch loss jumps at any rate, since each batch has other examples.",
    "Nothing, or try a larger rate.": "Calm on the training set is a sign that there may be room above.",
    "Enlarge the batch.": "That calms the dots, but the curve that counts is calm already.",
}, right="Nothing, or try a larger rate.")

# %%
Question("You enlarge the batch from 32 to 64 and leave everything else, the number of epochs too. The "
         "training loss at the end is higher. What is the first thing to suspect?", {
    "Sharp minima.": "Sharpness concerns new data. Here the training loss itself is higher.",
    "Half as many updates.": "Give it as many updates, or a larger rate, and compare again.",
    "Too much noise.": "There is less of it now.",
}, right="Half as many updates.")

# %%
Question("The noise scale of your training is about 100, and you train with B = 32. Somebody lends you a machine on which"
         " B = 1,024 takes as long per update as B = 32 does now. What do you gain at best?", {
    "A factor 32: that many more examples in the same time.":
        "Examples are not progress. Beyond the noise scale they add next to nothing to a gradient.",
    "About a factor 4.": "(1 + 100/32) over (1 + 100/1024) is 3.8, each at its best rate.",
    "Nothing: the gradient is good enough with 32.":
        "With 32 examples the variance of the noise is three times the squared length of the gradient. There is room.",
}, right="About a factor 4.")

# %% [markdown]
# ## 4.9 Summary
#
# - A minibatch gradient is right on average, with variance $\sigma^2/B$; shuffling and cutting draws
#   without replacement, which multiplies it by $(N - B)/(N - 1)$.
# - At the minimum the noise remains, unless one $\theta$ fits all examples. A constant rate settles about
#   $\epsilon s^2/(4B)$ above it.
# - $\sum\epsilon_k = \infty$ (reach) and $\sum\epsilon_k^2 < \infty$ (noise) suffice for convergence:
#   $\epsilon_0/(k+1)^p$ with $1/2 < p \le 1$. With $\epsilon_k = 1/(\lambda (k+1))$ SGD is a running
#   mean. In practice: linear decay to $\epsilon_\tau$ at $\tau$, then constant.
# - Read the curve of the training set, not that of the minibatches. Large swings are a warning; calm and
#   still falling means that there is room; flat can mean either end.
# - Batch size: compare per pass, per update and in time. They give different answers, and so does every
#   comparison that forgets to choose the rate anew.
#
# - The gradient noise scale $\sigma^2/\lvert g\rvert^2$ is about the critical batch size: below it a larger batch
#   is free, above it wasted.
#
# **Next:** [exercise 4](../exercises/04_sgd.ipynb), in which you write the minibatches, the epoch and the
# decay, derive the noise floor, and measure what a batch size costs.
#
# **Further reading**
#
# - H. Robbins, S. Monro, [A stochastic approximation method](https://doi.org/10.1214/aoms/1177729586), 1951.
# - L. Bottou, F. Curtis, J. Nocedal,
#   [Optimization methods for large-scale machine learning](https://arxiv.org/abs/1606.04838), 2016.
# - I. Goodfellow, Y. Bengio, A. Courville,
#   [Deep Learning](https://www.deeplearningbook.org/contents/optimization.html), sections 8.1.3
#   and 8.3.1, 2016.
# - N. Keskar et al., [On large-batch training for deep learning: generalization gap and
#   sharp minima](https://arxiv.org/abs/1609.04836), 2016.
# - S. McCandlish, J. Kaplan, D. Amodei et al., [An empirical model of large-batch
#   training](https://arxiv.org/abs/1812.06162), 2018 (the noise scale and the critical batch size).
# - P. Goyal et al.,
#   [Accurate, large minibatch SGD: training ImageNet in 1 hour](https://arxiv.org/abs/1706.02677), 2017.
# - S. Jastrzębski et al., [Three factors influencing minima in SGD](https://arxiv.org/abs/1711.04623), 2017
#   (rate over batch size and sharpness).
