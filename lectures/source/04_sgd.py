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
# **You need** gradient descent and its stability limit (lecture 1), backpropagation (lecture 2). **Time:**
# 55 minutes, then the exercise.
#
# **Symbols.** Parameters $\theta$, loss $f$ as the mean of the losses $f_i$ of $N$ examples, batch size
# $B$, minibatch gradient $\hat g$, full gradient $g = \nabla f(\theta)$, rate $\epsilon_k$ of update number
# $k$, first rate $\epsilon_0$, last rate $\epsilon_\tau$, reached after $\tau$ updates, curvature
# $\lambda$, distance to the minimum $d$. *Epoch* and *pass* mean the same: every example used once.

# %%
from course_lib import claims, explorers
from course_lib.live import AlgorithmBox, Question
from course_lib.optimizers import SGD

# %% [markdown]
# ## 4.1 A gradient from a few examples
#
# The training loss is a mean, $f(\theta) = \frac1N \sum_i f_i(\theta)$, so its gradient is the mean of the
# gradients of the examples. A mean of many numbers can be estimated from a few of them. Draw a *minibatch*
# of $B$ examples and take
#
# $$\hat g = \frac1B \sum_{i \in \text{batch}} \nabla f_i(\theta) .$$
#
# On average over all batches that could have been drawn, $\hat g$ is the full gradient: it is *unbiased*.
# It costs $B$ examples instead of $N$. **Stochastic gradient descent** uses it as if it were exact
# (algorithm 8.1 of Goodfellow et al. 2016; the idea is of Robbins and Monro, 1951). With its variants,
# which are the subject of the next two lectures, it is what almost every deep model is trained with.

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
# How rough is $\hat g$? Let $\sigma^2$ be the variance of the gradient of one example (summed over its
# entries). The variance of a mean of $B$ independent draws is $\sigma^2/B$. Without replacement it is a
# little smaller, because a batch cannot contain the same example twice:
#
# $$\operatorname{Var}\hat g = \frac{\sigma^2}{B}\cdot\frac{N - B}{N - 1} .$$
#
# At $B = N$ it is 0, as it must be: that batch is the whole set. The *length* of the noise is the root of
# this, and falls only like $1/\sqrt B$.

# %%
Question("You go from batches of 32 to batches of 128. Each update costs four times as much. What happens to "
         "the length of the noise in "
         "the gradient?", {
    "It falls to a quarter.": "The variance does. The length is its root.",
    "It halves.":
        "Four times the examples, half the noise. To halve it again takes 512. That is why small batches "
        "are such a bargain.",
    "It falls to a sixteenth.":
        "That would be the square of the factor 4. Independent errors cancel only in part: 1/√B.",
    "It stays: the noise is in the examples.": "It is, but in a mean of more examples more of it cancels.",
}, right="It halves.")

# %%
explorers.sgd.variance()

# %% [markdown]
# **What it shows.** The digits network (64-16-10, ReLU), at some moment of its training, and 1,024
# examples. Left: the variance of the gradients of 60 batches of each size, on the line $\sigma^2/B$, with
# the bend of the formula where the batch comes to be a good part of the data. The dash-dotted line is
# $|g|^2$: where the two cross, signal and noise are equally large. Right: how long the gradients of single
# examples are.
#
# **Try.** (a) Draw with replacement: the bend disappears. (b) Pull the epochs from 0 to 10. At the start
# the full gradient is large, and small batches see it well: noise and signal are equal at $B = 14$, the dotted
# line. From the first epoch on that is at a $B$ of about 90 to 190, and goes up and down. (c) Look at the right panel meanwhile: most examples
# fall silent, a few still have long gradients. A batch without one of those sees almost nothing.

# %% [markdown]
# ## 4.2 The noise stays, and SGD stops short
#
# At a minimum the full gradient is zero. The gradients of the examples are not: each of them pulls towards
# its own optimum, and only their sum vanishes. So a minibatch gradient does not become small at the
# minimum, and SGD with a constant rate walks around there for ever.
#
# How far away? Look at one direction of curvature $\lambda$. With $s^2$ the variance of one example's
# gradient along it, one update reads $d \leftarrow (1 - \epsilon\lambda)\,d - \epsilon n$, with noise $n$
# of variance $s^2/B$. The first term pulls in, the second throws out. When they balance, the variance $V$
# of $d$ is the same before and after: $V = (1 - \epsilon\lambda)^2 V + \epsilon^2 s^2/B$, so
#
# $$V = \frac{\epsilon\, s^2}{B\,\lambda\,(2 - \epsilon\lambda)}, \qquad
# \text{loss above the minimum:}\quad
# \tfrac12 \lambda V = \frac{\epsilon\, s^2}{2 B\,(2 - \epsilon\lambda)} \approx \frac{\epsilon\, s^2}{4B}.$$
#
# What counts, far below the limit of stability, is the quotient $\epsilon/B$. Four times the batch or a
# quarter of the rate: the same loss.
#
# The figure has 32 examples in the plane, each with the loss
# $\frac12 (\theta_1 - x_i)^2 + \frac32 (\theta_2 - y_i)^2$: it wants $\theta$ at its own place. The minimum
# of the mean is the mean of the examples, the star. Each of 150 runs draws its own batches.

# %%
Question("SGD takes batches of 4 at ε = 0.2, gradient descent takes all 32 at the same rate. Both make 150 "
         "steps. What does the length of the "
         "minibatch gradient do?", {
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

# %%
explorers.sgd.cloud()

# %% [markdown]
# **What it shows.** Left: one run on its way (line), and where all 150 are at the end (dots). The dashed
# ellipse has twice the standard deviations of the formula as its half axes. Right: the lengths of the
# gradients. Gradient descent goes to zero on a straight line, SGD stops at once.
#
# **Try.** (a) $B = 1$, then 16: the cloud shrinks. At 32 nothing is left of it. (b) $\epsilon = 0.6$: the
# cloud is stretched along the steep direction, where $\epsilon\lambda = 1.8$ is close to the limit 2. (c)
# $\epsilon = 0.01$: a small cloud that has not arrived. Rate is speed *and* noise, that is the whole
# difficulty. (d) Draw with replacement, at $B = 32$.
#
# One exception, which matters for networks: if some $\theta$ fits *all* examples, each $\nabla f_i$ is zero
# there, and the noise dies out by itself. Networks with more parameters than the data need come close to
# that. The measurements in 4.6 have both cases.

# %% [markdown]
# ## 4.3 Rates that fall
#
# Speed first, precision later: let the rate fall. How fast may it? Robbins and Monro (1951) gave two
# conditions that are sufficient:
#
# $$\sum_{k} \epsilon_k = \infty, \qquad \sum_{k} \epsilon_k^2 < \infty .$$
#
# The first is about *reach*. Without noise every step shrinks the distance by the factor
# $1 - \epsilon_k\lambda$. The product of all these factors is zero only if the rates sum to infinity;
# otherwise some distance is left for ever. The second is about *noise*. Each update adds noise of variance
# $\epsilon_k^2 s^2/B$; if these sum to something finite, all noise after a late enough update is as small
# as you like.
#
# For rates $\epsilon_k = \epsilon_0/k^p$ the first sum is infinite for $p \le 1$, the second finite for
# $p > 1/2$. Both hold for $1/2 < p \le 1$.

# %%
Question("p = 1/4 breaks the second condition: the squares sum to infinity. The noise is Gaussian. What "
         "will 500 runs do?", {
    "They go on walking about the minimum at the same distance, as with a constant rate.":
        "With a constant rate, p = 0, they do. Here the rate still goes to zero, and with it the size of "
        "the cloud, ε s²/(4B).",
    "They come closer all the time, only slower than with p = 3/4.":
        "The conditions are sufficient, not necessary. In a bowl with well-behaved noise it is enough that "
        "the rate goes to zero and the sum is infinite.",
    "They move away.": "For that ε λ would have to be above 2. The rates fall.",
    "They stop somewhere on the way.": "That is what happens when the first sum is finite, p > 1.",
}, right="They come closer all the time, only slower than with p = 3/4.")

# %%
explorers.sgd.robbins()

# %% [markdown]
# **What it shows.** A bowl of curvature 1, noise of variance 1, start at distance 10. Left: the distances
# of the runs, both axes logarithmic. Right: the root mean square distance (rms) after 20, 200 and 2,000
# steps for every exponent, computed without drawing anything: with $m$ the mean and $V$ the variance of
# $\theta$, $m \leftarrow (1 - \epsilon_k) m$ and $V \leftarrow (1 - \epsilon_k)^2 V + \epsilon_k^2$. Where
# the three curves lie apart, the runs still come closer. Where they meet, they have stopped: at $p = 0$
# because of the noise, at large $p$ because of the rates.
#
# **Try.** (a) $p = 0.25$. (b) $p = 1.5$: each run stops at a place of its own. (c) $\epsilon_0 = 0.05$: now
# most of the grey band is too slow to be of use in 2,000 steps. The conditions speak about infinity only.
# (d) *Heavy tails*: noise whose variance is finite, but only just. Compare $p = 0.25$ with $p = 0.75$, and
# read in the line below how many runs were thrown far away late: this is what the second condition protects
# from.

# %% [markdown]
# ## 4.4 Linear decay, and reading the learning curve
#
# For networks one rarely waits for infinity. What is common is a straight line down, until update $\tau$,
# and then a constant (equation 8.14 of Goodfellow et al.; `schedules.linear` in the library):
#
# $$\epsilon_k = (1 - a)\,\epsilon_0 + a\,\epsilon_\tau, \quad a = k/\tau,
# \qquad\text{and}\quad \epsilon_k = \epsilon_\tau \quad\text{for } k > \tau .$$
#
# Three numbers to choose, and that is more of an art than a science. The rules of thumb: $\epsilon_\tau$
# about 1 % of $\epsilon_0$, and $\tau$ so many updates as a few hundred passes take. Lecture 7 measures
# them. For $\epsilon_0$ one looks at the *learning curve*, the loss as a function of time:
#
# - **Large oscillations**: the rate is near the limit of stability, $\epsilon_0$ is too large. So the rule;
#   4.6 tests it.
# - **Gentle oscillations are fine**. Two curves have to be kept apart: the loss of the minibatches (dots)
#   jumps at any rate, since each batch has other examples; the loss of the whole training set is calm where
#   the rate is small.
# - **A smooth curve that is still falling** at the end, or flat and high because the rate fell too early:
#   too small.
#
# A good $\epsilon_0$ is usually higher than the one that looks best after the first 100 updates, because
# early on noise does not hurt yet. Watch the first updates, and take more than what is best there, but not
# so much that it gets unstable. Lecture 7 measures this too.

# %%
Question("The figure opens with ε₀ = 1, τ = 10 epochs, ε_τ = 0.01. The training loss rises and falls for "
         "several epochs and calms down as the rate "
         "falls. Which of three runs ends lowest?", {
    "A third of the rate.":
        "Its curve hardly swings, and it ends far lower: the decay calms the oscillation but does not give "
        "back what it has destroyed.",
    "This one: the decay takes care of the swings.":
        "It calms them, too late: part of the network's units were driven to where they no longer answer.",
    "Three times the rate: the higher the better, as long as it decays.":
        "There the network is lost in the first epoch. Its curve is flat, at log 10 = 2.3, the loss of "
        "guessing among ten classes.",
}, right="A third of the rate.")

# %%
explorers.sgd.curve()

# %% [markdown]
# **What it shows.** Your run (solid), with its minibatches (dots), and the same with a third and three
# times $\epsilon_0$; thin, the same from two other starts. The verdict follows from comparing the three
# ends, medians of the three starts: *too small* if three times
# $\epsilon_0$ ends more than a tenth lower, *too large* if a third does (or if yours ends no lower than it
# began). You will not have the two others in practice; learn here to see the verdict in the solid curve
# alone.
#
# **Try.** (a) Cover the other curves with your hand and give verdicts for $\epsilon_0$ = 0.01, 0.1, 0.4, 2.
# Mind that a *flat* curve occurs at both ends: too small, and destroyed. (b) Let $\tau$ be 1 epoch: the
# curve freezes. No $\epsilon_0$ repairs a decay that comes too early. (c) $\epsilon_\tau/\epsilon_0 = 1$ is
# a constant rate. With $\epsilon_0 = 0.3$ it ends lower than with the decay, although it swings more. Why?
# This network can come to fit all examples, and the run is short.

# %% [markdown]
# ## 4.5 Batch size
#
# What speaks for large batches, and what against them?
#
# - **Less variance**, as measured in 4.1: the updates are steadier. In this respect a larger batch acts
#   like a smaller rate: the cloud of 4.2 depends on $\epsilon/B$. But it is not slower *per update* as a
#   smaller rate is.
# - **Better use of the hardware.** An update costs something before the first example is looked at: Python,
#   starting the matrix products, on a cluster sending the gradient around. And a matrix product of many
#   rows runs faster per row than one row at a time. To first order an update costs $a + bB$.
# - **Memory.** Backpropagation keeps all activations of a batch until it comes back to them: memory grows
#   like $B$, and very large batches do not fit. (One may then add up the gradients of several smaller ones
#   before the update.)
# - **Fewer updates** from the same data: $N/B$ per epoch.
# - **Sharper minima**, and because of that worse results on new data: a hypothesis of Keskar et al. (2016).
#   *Sharpness* is the largest eigenvalue $\lambda_{\max}$ of the Hessian. It comes from Hessian-vector
#   products alone: multiply a random vector by the Hessian, make it length 1, repeat, and it turns towards
#   the steepest direction (*power iteration*).
#
# So "which batch size is best" has no answer until one says what is scarce: data, updates or time.

# %%
Question("Four networks from the same start, batch sizes 8, 32, 128, 512, all with ε = 0.1, eight passes "
         "over the digits. Which has the lowest training loss?", {
    "B = 512: its gradients are the most exact.":
        "It makes three updates per pass. Exact steps, but hardly any.",
    "B = 8: it makes the most updates.":
        "Sixty times as many as B = 512. Look at the second panel: per update all four are about the same "
        "here. Early in training the noise hardly matters.",
    "All about the same: they see the same data.":
        "They see the same data, but make N/B updates per pass out of it.",
}, right="B = 8: it makes the most updates.")

# %%
explorers.sgd.batches()

# %% [markdown]
# **What it shows.** The same four runs three times. Per pass small batches are far ahead. Per update all
# are alike. In time it depends on what an update costs besides its examples, the quotient $a/b$: the last
# slider. Bottom right: the sharpness where each run ended, and the limit $2/\epsilon$ above which gradient
# descent with that rate would be unstable.
#
# **Try.** (a) Pull the cost of an update to 1, then to 1,000. With the first, time is passes; with the
# second, time is updates. (b) Let the rate grow with $B$: with $\epsilon \propto B$, as 4.2 suggests, the
# curves per pass of 8, 32 and, with jumps, 128 lie on each other (Goyal et al. 2017); at 512 the rate is
# beyond the limit of stability. (c) Is the minimum of the large batch sharper? Be careful: the four runs
# ended at different losses. The table compares at equal loss.
#
# What is $a/b$ on your machine? The next cell measures it (the time of one update with 1 and with 512
# examples). Its result differs from machine to machine, so it is not printed here; put it into the figure
# in a cell of your own: `figure = explorers.sgd.batches()`, then `figure.set(overhead=overhead)` and
# `figure`.

# %%
overhead = min(max(explorers.sgd.measure_overhead(), 1), 1000)

# %% [markdown]
# ## 4.6 Measured claims
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
# - **C31.** At equal training loss and equal rate large batches were in sharper places. With a rate that had
#   been raised with the root of the batch size this is undecided. Whether they do worse on new data is
#   undecided in both cases: so small a network on so few digits neither shows it nor excludes it.
# - **C76.** This row is counted, not timed, since times differ from machine to machine: `overhead` above is
#   the time on yours.

# %% [markdown]
# ## 4.7 Check yourself

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

# %% [markdown]
# ## 4.8 Summary
#
# - A minibatch gradient is right on average, with variance $\sigma^2/B$; shuffling and cutting draws
#   without replacement, which makes it a little smaller.
# - At the minimum the noise remains, unless one $\theta$ fits all examples. A constant rate settles about
#   $\epsilon s^2/(4B)$ above it.
# - $\sum\epsilon_k = \infty$ (reach) and $\sum\epsilon_k^2 < \infty$ (noise) suffice for convergence:
#   $\epsilon_0/k^p$ with $1/2 < p \le 1$. In practice: linear decay to $\epsilon_\tau$ at $\tau$, then
#   constant.
# - Read the curve of the training set, not that of the minibatches. Large swings are a warning; calm and
#   still falling means that there is room; flat can mean either end.
# - Batch size: compare per pass, per update and in time. They give different answers, and so does every
#   comparison that forgets to choose the rate anew.
#
# **Next:** [exercise 4](../exercises/04_sgd.ipynb), in which you write the minibatches, the epoch, the
# decay, and predict the variance.
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
# - P. Goyal et al.,
#   [Accurate, large minibatch SGD: training ImageNet in 1 hour](https://arxiv.org/abs/1706.02677), 2017.
# - S. Jastrzębski et al., [Three factors influencing minima in SGD](https://arxiv.org/abs/1711.04623), 2017
#   (rate over batch size and sharpness).
