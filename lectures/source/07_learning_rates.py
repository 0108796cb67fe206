# %% [markdown]
# # 7 Learning rates, schedules, early stopping
#
# *How should the rate change, and when should one stop?*
#
# Of all the numbers you choose before a training, the rate matters most. This lecture shows how to find it,
# when and how to lower it while training runs, and when to stop.
#
# **Goals.** After this lecture you can
#
# 1. find a usable rate for a new problem in a minute, by a range test, and read from a sweep whether it can
#    be improved;
# 2. write down step, exponential, $1/t$, linear and cosine decay, warm restarts, warm-up and a decay at
#    plateaus, and say what each is for;
# 3. say what a large rate buys and costs, and when early stopping helps, with measured numbers.
#
# **You need** minibatch gradients and their noise (lecture 4), momentum (5), RMSProp and Adam (6).
# **Time:** 50 minutes, then the exercise. Section 7.4 is optional: it can be skipped without loss.
#
# Sentences in boxes are quoted from S0, lecture slides, S1, notes, and S2, a blog post: the three sources
# whose claims this course measures (lecture 0).
#
# **Symbols.** Each has one meaning in this lecture.
#
# | symbol | meaning |
# |---|---|
# | $\epsilon, \epsilon_k$ | learning rate (`lr`); the rate after $k$ updates, $\epsilon_0$ that of the first |
# | $k, t$ | updates made so far; in $1/t$ decay the sources write $t$ for $k$ |
# | $d, \lambda$ | distance to the minimum along one direction; the curvature of this direction |
# | $\xi, \sigma$ | noise of a minibatch gradient, of mean 0; its standard deviation |
# | $\epsilon_{\text{low}}, \epsilon_{\text{high}}, n$ | first and last rate of a range test; the number of its updates |
# | $q, m$ | step decay: what is left of the rate after a drop; updates between two drops |
# | $r$ | exponential and $1/t$ decay: how fast the rate falls |
# | $\epsilon_\tau, \tau, a$ | linear decay: the last rate, the updates until it is reached, the share of them made |
# | $w, \epsilon'_k$ | updates of a warm-up; the schedule that it stands before |
# | $\epsilon_{\max}, \epsilon_{\min}$ | cosine decay: highest and lowest rate |
# | $c, N$ | updates made of the present period, and its length; S1 counts epochs instead, `t_cur` and `t_i` |
# | $p$ | patience: records in a row that may fail to be better than the best |
# | $K, j, i$ | number of settings in a list; how many of them one tries; place of one in their order |
#
# One *epoch* is one pass through the training examples. A *record* is a measurement during a training.

# %%
import numpy as np

from course_lib import claims, explorers, schedules, training
from course_lib.live import AlgorithmBox, Question

# %% [markdown]
# ## 7.1 Too small, too large
#
# > "Pros of large learning rates:
# >
# > - Training is faster if the large learning rate does not cause problems.
# > - Lowers the risk of overfitting.
# >
# > Cons of large learning rates:
# >
# > - Increases the risk of oscillations during training, especially when not using an optimizer with a
# >   momentum term.
# > - Can make it harder to train deeper networks." (S1, *Learning rate*)
#
# > "In practice, it is necessary to gradually decrease the learning rate over time. This is because SGD
# > gradient estimation introduces a source of noise, caused by the random minibatch sampling." (S0,
# > *Stochastic Gradient Descent*)
#
# Where does the noise come in? Guess first, then calculate.

# %%
Question("SGD has come near a minimum. It does not settle there, but jumps about, since every minibatch gradient is noisy. "
         "Now the rate is halved and kept. What will the mean squared distance to the minimum be in the long run?", {
    "The same: the noise is that of the data.":
        "The noise of the gradient stays. But what a step makes of it is multiplied by the rate.",
    "About half.":
        "A single update adds a quarter of the variance that it added before. But each update also takes less of the old "
        "distance away, so what is added stays twice as long. Half is left.",
    "A quarter: the steps are half as long.":
        "So much less does a single update add. But the pull towards the minimum is also half as strong.",
    "Zero: with a small rate it settles.":
        "With any constant rate the noise goes on moving it. Only a rate that goes to zero lets it settle.",
}, right="About half.")

# %% [markdown]
# Take one direction of curvature $\lambda$, at distance $d$ from the minimum, and let every gradient carry
# noise $\xi$ of mean 0 and deviation $\sigma$. Gradient descent does
#
# $$d \leftarrow d - \epsilon(\lambda d + \xi) = (1 - \epsilon\lambda)\, d - \epsilon\,\xi .$$
#
# Three things follow.
#
# - **Speed.** Without noise the distance is multiplied by $1 - \epsilon\lambda$ in each step. While
#   $\epsilon\lambda$ is small, twice the rate is twice as fast. At $\epsilon = 1/\lambda$ one step would do:
#   for this direction no rate is faster, and larger ones jump across the minimum.
# - **A limit.** Beyond $\epsilon = 2/\lambda$ the distance grows. The steepest direction sets the limit for
#   all. For the flat ones $\epsilon\lambda$ is then small, and they gain from every rate up to this limit.
# - **A floor.** The noise keeps $d$ from settling. In one step the mean of $d^2$ is multiplied by $(1 -
#   \epsilon\lambda)^2$, and the noise, which has nothing to do with $d$, adds $\epsilon^2\sigma^2$. In the
#   long run both balance: $\mathrm{E}\,d^2 = (1 - \epsilon\lambda)^2\, \mathrm{E}\,d^2 +
#   \epsilon^2\sigma^2$, so
#
# $$\mathrm{E}\,d^2 = \frac{\epsilon\,\sigma^2}{\lambda\,(2 - \epsilon\lambda)} \approx \frac{\epsilon\,\sigma^2}{2\lambda} .$$
#
# where the last form holds for small $\epsilon\lambda$. Half the rate is half the floor, as the question
# asked. A large rate is fast, and its floor is high; a small one is slow, and its floor is low. **That
# conflict is the reason for schedules:** be fast first, then lower the floor.
#
# In a network $\lambda$ is not known and changes while it learns. So the rate is found by trying. What
# follows are two ways to try: many rates at once, and many rates in one run.

# %% [markdown]
# ## 7.2 A sweep of rates
#
# > "Different Models comparison: {'sgd': 1e-3, 'sgd_momentum':  1e-3, 'rmsprop': 1e-3, 'adam': 1e-3}"
# > (S2, figure 3)
#
# S2 drew training loss and accuracies of four methods, first at a rate of its own for each (figure 2), then
# all at 0.001 (figure 3), then each at a list of rates (figures 4 to 7). It does not say which network and
# which data it used. Presumably they are those of an assignment of the course that it follows: five hidden
# layers of 100 units, 5 epochs on a few thousand pictures of CIFAR-10. We take such a network and the same
# rates, on the digits, with 50 updates an epoch. A sixth of the training examples is kept out for
# validation. All rates can be multiplied by one factor, in case the lists do not fit our data.

# %%
prediction = Question("SGD, momentum, RMSProp and Adam train the same network from the same start, all at the rate 0.001, for five "
                      "epochs. How do they end?", {
    "All about alike: they have the same rate.":
        "The same number means something else to each. SGD moves by the rate times the gradient, Adam by about the rate, "
        "however small the gradient is.",
    "SGD and momentum lead: they follow the true gradient.":
        "They follow it in much shorter steps: where gradients are small, so are the steps.",
    "SGD is far behind the three others.":
        "Its steps are the shortest: the rate times a small gradient. Momentum makes them up to ten times as long, RMSProp and "
        "Adam divide by the size of the gradient. That says little about the methods: try (a).",
}, right="SGD is far behind the three others.")
prediction

# %%
explorers.rate_sweeps.methods().behind(prediction)

# %% [markdown]
# **What it shows.** After five epochs SGD has about half of the training examples right, the three others
# more than nine tenths.
#
# **Try.** (a) Factor 100. Now SGD is the best of the four, and the three others have learned nothing: they
# are right about as often as somebody who guesses. So at equal rates you compare two numbers that do not
# mean the same. (b) Factor 1, and *S2's own* rates: momentum and Adam are ahead on the digits, SGD and
# RMSProp still on their way. Rates that were chosen for another problem are a guess. (c) At which factor
# does each method break down, and how does it look: does the loss leave the picture, or does it stay at that
# of guessing, $\log 10 = 2.3$?
#
# So each method needs its own sweep: the same training at several rates, in factors.
#
# > "Start with no decay. Select the best learning rate." (S2, *Change LR*)

# %%
prediction = Question("S2's list for SGD is 0.0001, 0.001, 0.003, 0.005, 0.01. From this list it took 0.005 for its figure 2. Which rate "
                      "of the list is best on the digits, after five epochs?", {
    "0.005: it was best for S2.":
        "Another problem, another best rate. Here it is not the best of the list.",
    "0.001 or 0.003: the digits are easier.":
        "An easy problem has no need of small rates. Here they are only slower.",
    "0.01, the last of the list.":
        "And that means that the best rate is not known yet. A best rate must have a worse one on either side: "
        "try (a).",
}, right="0.01, the last of the list.")
prediction

# %%
explorers.rate_sweeps.sweep().behind(prediction)

# %% [markdown]
# **What it shows.** Each curve is one rate of S2's list. All are trained at once, from the same start and on
# the same minibatches. For SGD, more is better up to the end of the list.
#
# **Try.** (a) Go on with the list: factor 100. Now 0.1 is the best, and it has a worse one on either side.
# (b) S2 writes "RMS Prop needs smaller lr" and adds a list of smaller rates. Do the digits agree? Compare
# both lists: the smallest rate of the second one has learned nothing after five epochs, and its best is its
# last. (c) Find the best rate of each method with the help of the factor, and write down the four numbers.
# (d) Too large and too small can look alike after five epochs. How do you tell them apart by the first one?
#
# Where the files of CIFAR-10 are at hand, `explorers.rate_sweeps.sweep("cifar10", folder="...")` shows the
# same with 5,000 of its pictures for training and 1,000 for validation. Without files it says which are
# needed and where they come from.

# %% [markdown]
# ## 7.3 The range test: many rates in one run
#
# A sweep costs one training per rate. Smith (2017) found a shortcut: one short run, in which the rate grows
# from far too small to far too large by the same factor at each update,
#
# $$\epsilon_k = \epsilon_{\text{low}} \left(\frac{\epsilon_{\text{high}}}{\epsilon_{\text{low}}}\right)^{k/(n-1)},
# \qquad k = 0, \ldots, n - 1 .$$
#
# Plot the minibatch loss against $\epsilon_k$. It stays level, falls, and at some rate turns up. Which rate
# should one then take for the whole training?

# %%
prediction = Question("A range test of momentum has its lowest loss at some rate. Which constant rate is best for a training of three "
                      "epochs?", {
    "The rate at which the loss is lowest: there it learned best.":
        "The loss at a moment is the work of *all* rates before it. At its lowest point it is about to rise, so that rate is "
        "already near the limit.",
    "A smaller one: the lowest point is where learning is about to fail.":
        "The lowest loss is where the gains stop. A whole training at this rate would stay on a high floor, or fail.",
    "A larger one: the rate may still grow.":
        "Beyond the lowest point the loss rises. Why should it fall when such a rate is kept?",
}, right="A smaller one: the lowest point is where learning is about to fail.")
prediction

# %%
explorers.learning_rates.probe().behind(prediction)

# %% [markdown]
# **What it shows.** Left: one run of 180 updates of momentum with the growing rate. Right: what it should
# have predicted, 21 whole trainings of three epochs. The vertical lines are the same in both. The lowest
# point, at 0.19, is ten times too large for a whole training, whose best rate is 0.018. A common rule of
# thumb takes a tenth of the rate at which the loss has risen by half. That is 0.032 here, and near the best.
#
# **Try.** (a) Adam, then SGD: for SGD the lowest point itself is close to the best rate, and a tenth of the
# rise is safe, but on the slow side. No rule of thumb fits all methods. (b) 30 updates: the rate grows so
# fast that the network has no time to fail, and the limit seems higher than it is.

# %% [markdown]
# ## 7.4 How many tries are fair? (optional)
#
# A method at its best of twenty rates will look better than another at its first guess. Whoever compares
# methods should say what the search has cost. Dodge et al. (2019) ask: *what do I expect if I try $j$
# settings by chance, and keep the best?* No new training is needed for that, only the sweep.
#
# Let the $K$ settings be sorted by their validation loss, the worst first, and let each try take one of them
# with equal chances. Then all $j$ tries are among the first $i$ with probability $(i/K)^j$. The best of them
# is exactly number $i$ with probability $(i/K)^j - ((i-1)/K)^j$. So the expected test accuracy is the sum of
# the accuracies, with these weights. Four rates with accuracies of 10, 50, 80 and 90 % serve as an example:

# %%
accuracy, K = np.array([10, 50, 80, 90]), 4
for j in (1, 2, 4, 8):
    chance = np.diff((np.arange(K + 1) / K) ** j)
    print(f"{j} tries: weights {chance.round(2)}, expected accuracy {chance @ accuracy:.3g} %")

# %% [markdown]
# After one try the expected accuracy is the plain mean: it says how easily a method is tuned. After many it
# is that of the best setting. Equal rates for all methods say what *one* blind try gives, and a full sweep
# says what many give; the truth about a method is the curve between them. The row C60 below has it for four
# methods.

# %% [markdown]
# ## 7.5 Schedules
#
# > "you can change learning rate during the training:
# >
# > - Step Decay
# > - Exponential Decay
# > - 1/t decay
# >
# > Start with no decay. Select the best learning rate. Check the loss plot and decide where you need decay."
# > (S2, *Change LR*)
#
# A schedule is a function $k \mapsto \epsilon_k$ of the updates made so far. The usual ones, with the
# library's source:

# %%
AlgorithmBox("Schedules", [
    r"step: &emsp; $\epsilon_k = \epsilon_0\, q^{\lfloor k / m \rfloor}$ &emsp; (times $q$ after every $m$ updates)",
    r"exponential: &emsp; $\epsilon_k = \epsilon_0\, e^{-r k}$",
    r"$1/t$: &emsp; $\epsilon_k = \epsilon_0 / (1 + r k)$",
    r"linear: &emsp; $\epsilon_k = (1 - a)\,\epsilon_0 + a\,\epsilon_\tau, \quad a = \min(k/\tau, 1)$",
    r"warm-up: &emsp; $\epsilon_k = \min\left(1, (k + 1)/w\right) \epsilon'_k$ &emsp; (any schedule $\epsilon'$, first $w$ updates)",
], schedules.step, schedules.exponential, schedules.inverse_time, schedules.linear, schedules.warmup)

# %% [markdown]
# - **Step**: stay while there is progress, then lower the floor at once. There are two numbers to choose, $q$
#   and $m$, and the loss curve shows each drop.
# - **Exponential**: the same in small portions. Mind that $\sum_k \epsilon_k$ is finite, about $\epsilon_0
#   / r$: with a large $r$ the training stops before it has arrived (lecture 4 had the condition).
# - **$1/t$**: falls fast at first and ever more slowly. The sum of its rates has no limit, that of their
#   squares has one: these are the conditions under which SGD converges on convex problems (lecture 4). Other
#   decays meet them too, such as $1/k^{0.7}$. In a training of practical length $1/t$ is often slow.
# - **Linear** (S0): to a final rate $\epsilon_\tau$ of about 1 % of $\epsilon_0$, then constant.
# - **Warm-up**: a linear rise over the first updates, before any other schedule. Section 7.6 shows what it is
#   for.
# - **Warm-up, stable, decay** (Zhai et al. 2022; Hu et al. 2024): a warm-up, then a constant rate, then a
#   short decay, here over the last fifth. The constant part does not depend on how long the training will
#   be. So one may decide later when to end it, or go on from the state before the decay when there are
#   new data.
# - **One cycle** (Smith 2018): the rate rises in a straight line to a high value, falls back as slowly,
#   and at the end falls far below its start. It is a long warm-up and a decay in one.
#
# All of these are fixed up front. S2's advice is another: look at the loss, and decay where it no longer
# falls, at a *plateau*. A program can do that as well. It watches the validation loss. When a number of
# records in a row, its patience, were not below the best one so far, it multiplies the rate by $q$, and
# begins to count anew. This is the rule of early stopping (section 7.8), with a drop of the rate in place of
# the end. It needs no plan, but validation examples; and if the patience is too short, noise looks like a
# plateau, and the rate falls too early.

# %%
AlgorithmBox("Decay at a plateau", [
    r"Given: first rate $\epsilon$, share $q$ that a drop leaves, patience $p$",
    r"best loss $\leftarrow \infty$, &emsp; waited $\leftarrow 0$",
    r"repeat: &emsp; train on to the next record with the rate $\epsilon$; measure the validation loss",
    r"&emsp; waited $\leftarrow$ waited $+ 1$",
    r"&emsp; if the loss is below the best: &emsp; keep it; &emsp; waited $\leftarrow 0$",
    r"&emsp; else if waited $= p$: &emsp; $\epsilon \leftarrow q\, \epsilon$; &emsp; waited $\leftarrow 0$",
], schedules.AtPlateau.observe)

# %% [markdown]
# The designer trains a 64-32-10 network on digits of which a tenth has wrong labels. So the noise does not
# vanish, and there is a floor to be lowered. Validation labels are wrong as often. Nobody can get below the
# loss that comes from them. The figure begins with step decay, which makes three drops, after each quarter of
# the ten epochs.

# %%
prediction = Question("Step decay begins at ε = 0.4 and ends at 0.004, beside a constant 0.4. When will its validation loss drop below "
                      "the other's, and stay there?", {
    "From the first update on: smaller rates are more exact.":
        "Until the first step both are the same run.",
    "Within an epoch after the first step.":
        "The floor is proportional to ε. Once ε is cut, the noise the last updates left behind is worn off in a few dozen updates.",
    "Only near the end.":
        "That would be so if the network were still far away. Here it has reached its floor when the first step comes.",
}, right="Within an epoch after the first step.")
prediction

# %%
explorers.learning_rates.designer().behind(prediction)

# %% [markdown]
# **What it shows.** Three panels: the rate, the training loss, the validation loss. The runs share start
# and minibatches, so the only difference is the schedule. The constant rate jumps about on its floor.
#
# **Try.** (a) Go through the shapes. All end below the constant rate, and within a tenth of each other: which
# shape it is matters less than that there is a decay. (b) First rate 0.01: now every decay *hurts*, since
# the network never was on its floor. A decay too early is a training stopped too early. The one exception is
# *at plateaus*: there is none, so the rate does not fall. (c) First rate 1.2: the constant rate and step
# decay fail. Exponential decay, $1/t$, one cycle and *warm-up, then cosine* do well. What do these four have
# in common?

# %% [markdown]
# ## 7.6 Warm-up
#
# At the start of a training the gradients are large and change their direction from step to step, and an
# adaptive method does not know its averages yet. A rate that the network could take later may then be too
# much. Goyal et al. (2017) let the rate rise over the first updates. Is that of use, and when?

# %%
prediction = Question("Cosine decay from the rate 1.2, for ten epochs, on the network of the last figure: once at once, once after a warm-up "
                      "of two epochs. The two rates differ only in these two epochs. And the two losses?", {
    "In the first epochs only: afterwards the rates are the same.":
        "The rates are, the places are not. The run without warm-up was thrown to a place from which it does not "
        "come back in ten epochs.",
    "The warm-up costs two epochs, so it ends a little higher.":
        "So it would be at a rate that the network can take from the start: try (a).",
    "The run without warm-up ends much higher.":
        "The first updates at the full rate spoil it, and the decay does not repair that.",
}, right="The run without warm-up ends much higher.")
prediction

# %%
explorers.learning_rates.warming().behind(prediction)

# %% [markdown]
# **What it shows.** With the warm-up the network ends with more than four fifths of its validation examples
# right, without it with fewer than half.
#
# **Try.** (a) A highest rate of 0.1: both end alike. A warm-up is no gain by itself; it widens the range
# of usable rates. (b) A rate of 3: now the warm-up does not help either. (c) At 1.2, a warm-up of a
# quarter of an epoch: too short. (d) Why did exponential decay stand the rate 1.2 in the figure before?
# Read in the left panel there how long it stays near its first rate.

# %% [markdown]
# ## 7.7 Cosine decay and warm restarts
#
# > "The learning rate decays according to a cosine function but is reset to its maximum value once its
# > minimum is reached." (S1, *Cosine learning rate decay*)
#
# > "Note that warm restarts can temporarily make the model’s performance worse. The best model can usually be
# > found when the learning rate is at its minimum." (S1, the same)
#
# Half a cosine begins flat (stay fast), falls, and ends flat (settle). Loshchilov & Hutter (2017) let it
# start again when it has arrived: a *warm restart* keeps the parameters and sets only the rate back. With
# $c$ of the $N$ updates of the present period made,
#
# $$\epsilon = \epsilon_{\min} + \tfrac12 (\epsilon_{\max} - \epsilon_{\min})\left(1 + \cos\frac{\pi c}{N}\right) .$$
#
# Each period may be longer than the one before by a whole factor: $N \to$ `factor` $\cdot\, N$. At $c = 0$
# the bracket is 2 and the rate $\epsilon_{\max}$; towards $c = N$ it goes to 0 and the rate to
# $\epsilon_{\min}$.
#
# The hope is that a restart throws the network out of a poor valley, and that at the end of each period
# there is a usable model.

# %%
AlgorithmBox("Cosine decay with warm restarts", [
    r"Given: $\epsilon_{\max}$, $\epsilon_{\min}$, first period $N$, factor",
    r"$c \leftarrow 0$",
    r"repeat for each update",
    r"&emsp; $\epsilon \leftarrow \epsilon_{\min} + \frac12 (\epsilon_{\max} - \epsilon_{\min})(1 + \cos(\pi c / N))$; &emsp; update with $\epsilon$",
    r"&emsp; $c \leftarrow c + 1$",
    r"&emsp; if $c = N$: &emsp; $c \leftarrow 0$, &emsp; $N \leftarrow$ factor $\cdot\, N$",
], schedules.cosine_restarts)

# %%
prediction = Question("A training has periods of 2, 4 and 8 epochs. At which moment is its validation loss lowest?", {
    "Before the first restart: a restart throws the network out of the valley that it has found.":
        "It does, and the loss jumps up. But it comes back, and by the end of the next period it is lower than before.",
    "At the end of the last period, where the rate is lowest.":
        "There the noise of the updates is smallest. Plan the budget so that the last period ends with it: "
        "2 + 4 + 8 = 14 epochs. Do not expect much: over many seeds the test error is lower there by less "
        "than a tenth (C39).",
    "Just after a restart: the network explores then.":
        "It explores, and its loss shows it.",
}, right="At the end of the last period, where the rate is lowest.")
prediction

# %%
explorers.learning_rates.restarts().behind(prediction)

# %% [markdown]
# **What it shows.** Left, the rate and the training loss; right, the validation loss. After each restart
# the losses jump up, and they come down as the rate does: the best model of this run stands at its end.
# In epoch 7, while the rate is near its highest, a few updates throw both losses up more than tenfold for
# a moment: a risk of high rates that a mean over seeds does not show. The training loss ends below that
# of step decay, the validation loss at about the same height. This is one run. Over sixteen seeds, also
# with right labels, it is not decided whether a restart raises the test error by more than a tenth (C39).
#
# **Try.** (a) Factor 1, period 2: seven periods. (b) Period 3, factor 2: the budget ends in the middle of a
# period; read the final losses. (c) Wrong labels: the best model comes early now, before the network has
# learned them by heart. (d) Lowest equal to highest: a constant rate. It ends
# lower than both schedules! All labels are right here, so the noise vanishes as the network learns, and there
# is hardly a floor to lower. (e) Highest rate 2: neither schedule gets far.

# %% [markdown]
# ## 7.8 Early stopping
#
# > "Halting training when the validation loss has stopped decreasing but the training loss is still going
# > down." (S1, *Early stopping*)
#
# Training loss can fall while validation loss rises: the network has begun to learn what is peculiar to its
# examples. Then stop. Since the validation loss jumps about, waiting is needed: the *patience* $p$ is the
# number of records in a row that may fail to be better than the best. And since the best is then $p$
# records old, its parameters must have been kept.

# %%
AlgorithmBox("Early stopping", [
    r"Given: patience $p$, a training, validation examples kept out of it",
    r"best loss $\leftarrow \infty$, &emsp; waited $\leftarrow 0$",
    r"repeat while waited $< p$: &emsp; train on to the next record; measure the validation loss",
    r"&emsp; if it is below the best: &emsp; keep it and the parameters; &emsp; waited $\leftarrow 0$",
    r"&emsp; else: &emsp; waited $\leftarrow$ waited $+ 1$",
    r"give back the parameters kept",
], training._early_stopping)

# %% [markdown]
# In the library: `early_stopping(train(network, data.validation(1 / 3, rng), ...), patience, network)`. The
# test examples take no part. Choosing the epoch by them would make them training examples, and their error
# too good.

# %%
prediction = Question("20 % of the labels are wrong, and the network has more parameters than there are examples. After its lowest "
                      "validation loss the training goes on for 30 epochs more. What becomes of its accuracy on test examples, "
                      "whose labels are right?", {
    "It goes on rising slowly, as the training loss goes on falling.":
        "The training loss falls because wrong labels are learned by heart. That is of no use on other examples.",
    "It stays: the loss suffers, the answers do not change.":
        "That is nearly so where all labels are right: try (b). Here wrong answers are learned, and given for similar "
        "examples, too.",
    "It sinks by several percentage points.":
        "First it learns what the examples share, then what they do not. The second part costs accuracy.",
}, right="It sinks by several percentage points.")
prediction

# %%
explorers.learning_rates.stopping().behind(prediction)

# %% [markdown]
# **What it shows.** The star is the epoch that is kept, the dotted line where training stops. With a
# patience of 5 it stops in a first dip; the lowest point of the validation loss comes later, and is hardly
# lower.
#
# **Try.** (a) Patience 10: it waits through the bump. What did that gain, in validation loss, in test
# accuracy, in epochs? (b) No wrong labels: the validation loss falls nearly to the end; stopping then
# saves time, not accuracy. (c) A rate of 0.02: overfitting comes later. Early stopping counts in updates
# times rate.

# %% [markdown]
# ## 7.9 Measured claims
#
# What our sources say, and what we measured: each row is run now, over 16 random seeds, by
# `course_lib.claims`. Test labels are always right. Where schedules are compared, each has its own best
# first rate, chosen by the loss on validation examples, whose labels are as often wrong as those for
# training.

# %%
claims.table("C13", "C14", "C35", "C38")

# %%
claims.table("C39", "C60", "C61", "C77")

# %% [markdown]
# Eight things to take from the table.
#
# - **Look further than the first 100 updates** (C13). With a decay the best first rate for the whole run is
#   higher than the one that leads early, by less than one step of a sweep in factors of two. At a constant
#   rate that is not decided.
# - **S0's numbers are good where much precision can be won** (C14). On least squares 1 % is better than 10 %
#   and better than 0.1 %, and ten passes of decay are far too few. On a network with few digits 20 passes
#   of decay and 200 end with equal test losses if a tenth of the labels is wrong; if all are right, the short
#   decay ends about a fifth higher.
# - **A large rate is fast, rough, and hard on deep networks** (C38). That it protects from overfitting is
#   undecided at equal training loss. After equally many updates it has the lower test loss if the labels are
#   right; but there it has also learned more. Momentum at the same rate swings more than SGD, not less, since
#   its effective rate is ten times as large; at the same *effective* rate the sixteen seeds do not decide.
# - **A warm-up mends a rate that is too large for the start** (C38, our addition), and makes no difference at
#   a rate that the network stands anyway.
# - **Warm restarts** (C39) do not reliably beat step decay in test error, whether labels are right or wrong,
#   in a short training or a long one. Growing the period makes no difference of a tenth. The ends of the
#   periods are better than the rest, but in test error by little: about as much as the margin, or less. That
#   a restart hurts shows with right labels only, and is not decided there; with wrong labels the best rates
#   are so small that a restart takes the training on.
# - **Equal rates compare rates, not methods** (C60). At one rate for all, four methods differ widely;
#   each at its own best rate, they hardly differ. The rates of S2's figure 2, made for another problem,
#   do not help here. RMSProp's best rate is far below SGD's, and below Adam's by about a third.
#   With a single rate taken by chance the expected accuracies lie between 0.47 and 0.57, with the best of
#   eight between 0.90 and 0.92: the methods differ less than the care with which they are tuned.
# - **When to decay matters little** (C61). With right labels the recipe ends where no decay and a decay fixed
#   half-way do, to a tenth: the best rate was found before. With wrong labels it ties with the decay
#   half-way, too.
# - **A pair of runs is no law** (C77). S2 prints the accuracies of one run at each of two rates of
#   RMSProp: the smaller rate fitted its training examples better, and did worse on validation. On the
#   digits the smaller of the same two rates does worse in both, since after five passes it is still on
#   its way. At ten times these rates it fits worse again, and on test data the seeds do not decide. This
#   does not refute what S2 saw on its own problem. It says that one should not make a rule of it.

# %% [markdown]
# ## 7.10 Check yourself

# %%
Question("A training has settled on its floor at ε = 0.1, in a direction of curvature λ = 4. You double the rate. What happens to the "
         "mean of d² along this direction?", {
    "It doubles.": "That would be the rule for small ελ. Here ελ goes from 0.4 to 0.8: look at the exact formula.",
    "It grows by a factor of 2.67.": "ε/(2 − ελ) is 0.1/1.6 before and 0.2/1.2 after: 2.67 times as much.",
    "It falls: the larger rate is faster.": "It is faster, and its floor is higher.",
    "It diverges.": "The limit is ε = 2/λ = 0.5.",
}, right="It grows by a factor of 2.67.")

# %%
Question("Step decay with ε₀ = 0.1, q = 0.5, m = 100. What is the rate of the 250th update (k = 249)?", {
    "0.025": "⌊249/100⌋ = 2, and 0.1 · 0.5² = 0.025.",
    "0.0125": "The third halving comes at k = 300.",
    "0.05": "That is the rate from k = 100 to 199.",
    "0.0178": "0.5 to the power 2.49: that is exponential decay, without the brackets that round down.",
}, right="0.025")

# %%
Question("Cosine with restarts: first period 3, factor 2. After how many updates does the third period begin?", {
    "6": "That would be so for equal periods.",
    "9": "3 + 6 = 9; the third period then has 12 updates.",
    "12": "That is the length of the third period.",
    "21": "That is where the third period ends.",
}, right="9")

# %%
Question("The loss has been level for some epochs at a constant rate. How do you find out whether a decay would help?", {
    "Divide the rate by ten and look at the next epoch.":
        "On a floor of noise the loss falls at once. If it does not, the network is slow, or has learned what it can.",
    "Multiply the rate by ten.": "On a floor of noise that raises the floor. Where the training is merely slow it helps; so this is the second test.",
    "Wait longer.": "On a floor of noise nothing will happen.",
}, right="Divide the rate by ten and look at the next epoch.")

# %%
Question("Validation losses: 1.0, 0.8, 0.9, 0.85, 0.7, 0.75, 0.72. Patience 2. Which is kept, and after which record does it stop?", {
    "0.8 is kept, it stops after the 4th.": "0.9 and 0.85 are two in a row that are not below 0.8. What comes later is never seen.",
    "0.7 is kept, it stops after the 7th.": "That needs a patience of 3: with 2 the training had ended before.",
    "0.8 is kept, it stops after the 3rd.": "One failure is not enough for a patience of 2.",
    "0.85 is kept, it stops after the 4th.": "What is kept is the best, not the last.",
}, right="0.8 is kept, it stops after the 4th.")

# %% [markdown]
# ## 7.11 Summary
#
# - In one direction a step is best at $\epsilon = 1/\lambda$ and diverges beyond $2/\lambda$. The steepest
#   direction sets the limit, $2/\lambda_{\max}$; below it the flat ones gain speed with the rate. The floor,
#   about $\epsilon\sigma^2/(2\lambda)$, grows with it. A schedule is fast first and low later.
# - A rate is found by a sweep in factors, whose best has a worse one on either side, or by a range test.
#   Rates of different methods, and of different problems, are not comparable.
# - The usual shapes of decay differ less from each other than each from a wrong first rate. Too early a decay
#   stops the training. A warm-up lets a network stand a rate that is too large for its start.
# - A warm restart makes the loss jump up for a while. Take the model at the end of a period, but expect
#   little of it in test error.
# - Early stopping needs validation examples, a patience, and the parameters of the best record. It pays
#   where a network overfits.
#
# **Next:** [exercise 7](../exercises/07_learning_rates.ipynb), in which you derive and write
# schedules, write the patience and the range test, choose a rate from curves, and run a sweep of your own.
#
# **Further reading**
#
# - L. Smith, [Cyclical learning rates for training neural networks](https://arxiv.org/abs/1506.01186), 2017
#   (the range test).
# - I. Loshchilov, F. Hutter, [SGDR: stochastic gradient descent with warm
#   restarts](https://arxiv.org/abs/1608.03983), 2017.
# - L. Smith, [A disciplined approach to neural network hyper-parameters, part
#   1](https://arxiv.org/abs/1803.09820), 2018 (one cycle).
# - P. Goyal and others, [Accurate, large minibatch SGD](https://arxiv.org/abs/1706.02677), 2017 (warm-up).
# - X. Zhai and others, [Scaling vision transformers](https://arxiv.org/abs/2106.04560), 2022; S. Hu and
#   others, [MiniCPM](https://arxiv.org/abs/2404.06395), 2024 (warm-up, stable, decay).
# - J. Dodge and others, [Show your work: improved reporting of experimental
#   results](https://arxiv.org/abs/1909.03004), 2019 (the best of several tries).
# - Y. Bengio, [Practical recommendations for gradient-based training of deep
#   architectures](https://arxiv.org/abs/1206.5533), 2012.
# - I. Goodfellow, Y. Bengio, A. Courville, [Deep
#   Learning](https://www.deeplearningbook.org/contents/optimization.html), sections 7.8 and 8.3.1, 2016.
# - [CS231n: learning rate](https://cs231n.github.io/neural-networks-3/), the course that S2 follows.
