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
# 2. write down step, exponential, $1/t$, linear and cosine decay, warm restarts and warm-up, and say what
#    each is for;
# 3. say what a large rate buys and costs, and when early stopping helps, with measured numbers.
#
# **You need** minibatch gradients and their noise (lecture 4), momentum (5), RMSProp and Adam (6).
# **Time:** 55 minutes, then the exercise.
#
# **Symbols.** Rate $\epsilon$ (`lr`), $\epsilon_k$ the rate after $k$ updates, $\epsilon_0$ the first;
# curvature $\lambda$; noise of deviation $\sigma$; $\tau$ the number of updates over which a rate decays.
# One *epoch* is one pass through the training examples.

# %%
from course_lib import claims, explorers, schedules, training
from course_lib.live import AlgorithmBox, Question

# %% [markdown]
# ## 7.1 Too small, too large
#
# Take one direction of curvature $\lambda$, at distance $d$ from the minimum, and let every gradient carry
# noise $\xi$ of mean 0 and deviation $\sigma$. Gradient descent does
#
# $$d \leftarrow d - \epsilon(\lambda d + \xi) = (1 - \epsilon\lambda)\, d - \epsilon\,\xi .$$
#
# Three things follow at once.
#
# - **Speed.** The distance shrinks by the factor $1 - \epsilon\lambda$ per step. While $\epsilon\lambda$ is
#   small, twice the rate is twice as fast.
# - **A limit.** Beyond $\epsilon = 2/\lambda$ the distance grows. The steepest direction sets the limit for
#   all.
# - **A floor.** The noise keeps $d$ from settling. When nothing changes any more on average,
#   $\mathrm{E}\,d^2 = (1 - \epsilon\lambda)^2\, \mathrm{E}\,d^2 + \epsilon^2\sigma^2$, so
#
# $$\mathrm{E}\,d^2 = \frac{\epsilon\,\sigma^2}{\lambda\,(2 - \epsilon\lambda)} \approx \frac{\epsilon\,\sigma^2}{2\lambda} .$$
#
# A large rate is fast, and its floor is high; a small one is slow, and its floor is low. **That conflict is
# the reason for schedules:** be fast first, then lower the floor.
#
# In a network $\lambda$ is not known and changes while it learns. So the rate is found by trying. What
# follows are two ways to try: many rates at once, and many rates in one run.

# %% [markdown]
# ## 7.2 A sweep of rates
#
# A blog post among our sources (S2) trained networks with five hidden layers of 100 units on 5,000 pictures
# of CIFAR-10, for 5 epochs in batches of 100, and drew training loss and accuracies for several methods and
# rates. The next two figures redo its figures 2 to 7, on the digits: the same layers, the same rates, also
# 50 updates an epoch. A sixth of the training examples is kept out for validation. All rates can be
# multiplied by one factor, in case the list does not fit our data.
#
# First four methods side by side. S2 tuned a rate for each (SGD 0.005, momentum 0.005, RMSProp 0.0001, Adam
# 0.001), and also gave all of them 0.001.

# %%
Question("With equal rates of 0.001, SGD lags far behind Adam. What does that say about the two methods?", {
    "SGD is the worse method on this problem.":
        "Move the factor up to 100 and look at SGD again. At equal rates you compare two numbers that do not mean the same.",
    "Little: a rate of 0.001 does not mean the same to both.":
        "SGD moves by the rate times the gradient, Adam by about the rate, however small the gradient is. Each needs its "
        "own range of rates.",
    "Adam would do even better with SGD's 0.005.":
        "Try it in the second figure: 0.005 is already beyond Adam's best.",
}, right="Little: a rate of 0.001 does not mean the same to both.")

# %%
explorers.rate_sweeps.methods()

# %% [markdown]
# **What it shows.** With S2's tuned rates momentum and Adam are ahead on the digits; SGD and RMSProp are
# still on their way after five epochs: rates tuned on another problem are a guess. With equal rates SGD is
# far behind.
#
# **Try.** (a) Factor 10 on the tuned rates: who gains, who loses? (b) Equal rates, factor 10, then 100: the
# order of the methods turns round. (c) At which factor does each method break down, and how does it look:
# does the loss leave the picture, or does it stay at that of guessing, $\log 10 = 2.3$?

# %%
Question("On the digits the best rate of S2's list for SGD is its last, 0.01. What would you do next?", {
    "Take 0.01: it is the best of the list.":
        "The best is the *end* of the list. You do not know yet what comes after it.",
    "Extend the list upwards until it gets worse.":
        "The best rate should have a worse one on either side. Move the factor to 100, and read which is best then.",
    "Try values between 0.005 and 0.01.":
        "Later, perhaps. Rates differ by powers; factors of 2 to 3 are fine enough to begin with.",
}, right="Extend the list upwards until it gets worse.")

# %%
explorers.rate_sweeps.sweep()

# %% [markdown]
# **What it shows.** Each curve is one rate of S2's figure, trained at once with the others, from the same
# start and on the same minibatches. For SGD, more is better up to the end of the list.
#
# **Try.** (a) All five lists. For which does the best rate lie inside? (b) S2 found that RMSProp needs
# smaller rates than its first list. Do the digits agree? (c) Find the best rate of each method with the
# help of the factor, and write down the four numbers. (d) Too large and too small can look alike after five
# epochs. How do you tell them apart by the first?
#
# **On CIFAR-10.** Where the files of CIFAR-10 are at hand, one argument redoes S2's own experiment, with
# 5,000 pictures for training and 1,000 for validation: `explorers.rate_sweeps.sweep("cifar10",
# folder="...")`. Without files it says which are needed and where they come from.

# %% [markdown]
# ## 7.3 The range test: many rates in one run
#
# A sweep costs one training per rate. Smith (2017) found a shortcut: one short run, in which the rate grows
# from far too small to far too large by the same factor at each update,
#
# $$\epsilon_k = \epsilon_{\text{low}} \left(\frac{\epsilon_{\text{high}}}{\epsilon_{\text{low}}}\right)^{k/(n-1)},
# \qquad k = 0, \ldots, n - 1 .$$
#
# Plot the minibatch loss against $\epsilon_k$. It stays level, falls, and at some rate turns up. That rate
# is about the largest that the network can take. A common choice is a tenth of it, or a little below the
# lowest point.

# %%
Question("In the range test, should you take the rate at which the loss is lowest?", {
    "Yes: there it learned best.":
        "The loss at a moment is the work of *all* rates before it. At its lowest point it is about to rise, so that rate is "
        "already near the limit.",
    "No, a smaller one: the lowest point is where learning is about to fail.":
        "The lowest loss is where the gains stop. Where the loss falls most steeply, or a tenth of where it has risen, is safer.",
    "No, a larger one: the rate may still grow.":
        "Beyond the lowest point the loss rises. Why should it fall when such a rate is kept?",
}, right="No, a smaller one: the lowest point is where learning is about to fail.")

# %%
explorers.learning_rates.probe()

# %% [markdown]
# **What it shows.** Left: one run of 180 updates of momentum with the growing rate. Right: what it should
# have predicted, 21 whole trainings of three epochs. The vertical lines are the same in both. The lowest
# point, at 0.19, is ten times too large for a whole training, whose best rate is 0.018. A tenth of the rate
# at which the loss has risen, 0.032, is near it.
#
# **Try.** (a) Adam, then SGD: for SGD the lowest point itself is close to the best rate, and a tenth of the
# rise is safe, but on the slow side. No rule of thumb fits all methods. (b) 30 updates: the rate grows so fast that the
# network has no time to fail, and the limit seems higher than it is.

# %% [markdown]
# ## 7.4 Schedules
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
# - **Step**: stay while there is progress, then lower the floor at once. Two numbers to choose, and the
#   curve shows the effect.
# - **Exponential**: the same in small portions. Mind that $\sum_k \epsilon_k$ is finite, about $\epsilon_0
#   / r$: with a large $r$ the training stops before it has arrived (lecture 4 had the condition).
# - **$1/t$**: falls fast at first and ever more slowly. It is the one for which convergence is proved, and
#   often slow.
# - **Linear** (our slides, S0): to a final rate $\epsilon_\tau$ of about 1 % of $\epsilon_0$, then
#   constant.
# - **Warm-up**: the first gradients of a network are large and point in changing directions, and an
#   adaptive method does not know its averages yet. A linear rise over the first updates lets a larger rate
#   survive (Goyal et al. 2017).
#
# The designer trains a 64-32-10 network on digits of which a tenth has wrong labels. So the noise does not
# vanish, and there is a floor to be lowered. Validation labels are wrong as often; nobody can get below the
# loss that comes from them.

# %%
Question("Step decay begins at ε = 0.4 and ends at 0.004, beside a constant 0.4. When will its loss drop below the other's?", {
    "From the first update on: smaller rates are more exact.":
        "Until the first step both are the same run.",
    "Within an epoch after the first step.":
        "The floor is proportional to ε. Once ε is cut, the noise the last updates left behind is worn off in a few dozen updates.",
    "Only near the end.":
        "That would be so if the network were still far away. Here it has reached its floor when the first step comes.",
}, right="Within an epoch after the first step.")

# %%
explorers.learning_rates.designer()

# %% [markdown]
# **What it shows.** Three panels: the rate, the training loss, the validation loss. The runs share start
# and minibatches, so the only difference is the schedule. The constant rate jumps about on its floor.
#
# **Try.** (a) Go through the shapes: which leaves the constant rate behind first, which at the end? (b)
# First rate 0.01: now every decay *hurts*, since the network never was on its floor. A decay too early is a
# training stopped too early. (c) First rate 2 or 3: the units die in the first updates, and no later decay
# brings them back. Does warm-up?

# %% [markdown]
# ## 7.5 Cosine decay and warm restarts
#
# Half a cosine begins flat (stay fast), falls, and ends flat (settle). Loshchilov & Hutter (2017) let it
# start again when it has arrived: a *warm restart* keeps the parameters and sets only the rate back. With
# $c$ of the $n$ updates of the present period made,
#
# $$\epsilon = \epsilon_{\min} + \tfrac12 (\epsilon_{\max} - \epsilon_{\min})\left(1 + \cos\frac{\pi c}{n}\right) .$$
#
# Each period may be longer than the one before by a whole factor: $n \to$ `factor` $\cdot\, n$. At $c = 0$
# the bracket is 2 and the rate $\epsilon_{\max}$; towards $c = n$ it goes to 0 and the rate to
# $\epsilon_{\min}$.
#
# The hope is that a restart throws the network out of a poor valley, and that at the end of each period
# there is a usable model.

# %%
AlgorithmBox("Cosine decay with warm restarts", [
    r"Given: $\epsilon_{\max}$, $\epsilon_{\min}$, first period $n$, factor",
    r"$c \leftarrow 0$",
    r"repeat for each update",
    r"&emsp; $\epsilon \leftarrow \epsilon_{\min} + \frac12 (\epsilon_{\max} - \epsilon_{\min})(1 + \cos(\pi c / n))$; &emsp; update with $\epsilon$",
    r"&emsp; $c \leftarrow c + 1$",
    r"&emsp; if $c = n$: &emsp; $c \leftarrow 0$, &emsp; $n \leftarrow$ factor $\cdot\, n$",
], schedules.cosine_restarts)

# %%
Question("Which of the moments of such a training gives the model you should keep?", {
    "The last, whatever the rate is then.":
        "If the training ends just after a restart, the losses have just jumped up.",
    "The end of a period, where the rate is lowest.":
        "There the noise of the updates is smallest. Plan the budget so that the last period ends with it: "
        "2 + 4 + 8 = 14 epochs. Do not expect much: over many seeds the test error is lower there by less "
        "than a tenth (C39).",
    "Just after a restart: the network explores then.":
        "It explores, and its loss shows it.",
}, right="The end of a period, where the rate is lowest.")

# %%
explorers.learning_rates.restarts()

# %% [markdown]
# **What it shows.** Left, the rate and the training loss; right, the validation loss. After each restart the
# losses jump up, and they come down as the rate does: the best model of this run stands at its end. The
# training loss ends below that of step decay, the validation loss at about the same height. This is one run.
# Over sixteen seeds, also with right labels, it is not decided whether a restart raises the test error by
# more than a tenth (C39).
#
# **Try.** (a) Factor 1, period 2: seven periods. (b) Period 3, factor 2: the budget ends in the middle of a
# period; read the final losses. (c) Wrong labels: the best model comes early now, before the network has
# learned them by heart. (d) Lowest equal to highest: a constant rate. (e) Highest rate 2.

# %% [markdown]
# ## 7.6 Early stopping
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
Question("20 % of the labels are wrong, and the network has more parameters than there are examples. What do the curves do?", {
    "Both losses fall together and stay level.":
        "The network is large enough to learn each wrong label by heart, and nothing keeps it from doing so.",
    "The training loss goes on falling, the validation loss rises, and the test accuracy sinks.":
        "First it learns what the examples share, then what they do not. The second part costs accuracy.",
    "The training loss stops at the share of wrong labels.":
        "That would be so for a network too small to learn them by heart.",
}, right="The training loss goes on falling, the validation loss rises, and the test accuracy sinks.")

# %%
explorers.learning_rates.stopping()

# %% [markdown]
# **What it shows.** The star is the epoch that is kept, the dotted line where training stops. With a
# patience of 5 it stops in a first dip; the lowest point of the validation loss comes later, and is hardly
# lower.
#
# **Try.** (a) Patience 10: it waits through the bump. What did that gain, in validation loss, in test
# accuracy, in epochs? (b) No wrong labels: the validation loss falls nearly to the end; stopping then saves
# time, not accuracy. (c) A rate of 0.02: overfitting comes later. Early stopping counts in updates times rate.

# %% [markdown]
# ## 7.7 Measured claims
#
# What our sources say, and what we measured: each row is run now, over 16 random seeds, by
# `course_lib.claims`. Test labels are always right. Where schedules are compared, each has its own best
# first rate, chosen by the loss on validation examples, whose labels are as often wrong as those for
# training.

# %%
claims.table("C13", "C14", "C35", "C38")

# %%
claims.table("C39", "C60", "C61")

# %% [markdown]
# Six things to take from the table.
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
#   its effective rate is ten times as large; at the same *effective* rate SGD swings about a quarter more.
# - **Warm restarts** (C39) tie with step decay in test error in a long training, whether labels are right or
#   wrong; in a short one nothing is decided. Growing the period makes no difference of a tenth. The ends of
#   the periods are better than the rest, but in test error by less than a tenth. That a restart hurts shows
#   with right labels only, and is not decided there; with wrong labels the best rates are so small that a
#   restart takes the training on.
# - **Equal rates compare rates, not methods** (C60). At one rate for all, four methods differ widely; each at
#   its own best rate, they hardly differ. RMSProp's best rate is far below SGD's, and below Adam's by about a
#   third. Rates tuned on another problem do not help. After a few tries by chance the methods are much closer
#   than after one.
# - **When to decay matters little** (C61). With right labels the recipe ends where no decay and a decay fixed
#   half-way do, to a tenth: the best rate was found before. With wrong labels it ties with the decay
#   half-way, too.

# %% [markdown]
# ## 7.8 Check yourself

# %%
Question("You halve the rate of a training that has settled on its floor. What does the floor (the mean of d²) do, for small ελ?", {
    "It halves.": "E d² is about εσ²/(2λ): proportional to ε.",
    "It falls to a quarter.": "The variance that a single update adds does, ε²σ². But it is also worn off half as fast.",
    "It stays: the noise is that of the data.": "The noise of the gradient stays, what it does to d is multiplied by ε.",
}, right="It halves.")

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
# ## 7.9 Summary
#
# - Speed grows with the rate, up to a limit of about $2/\lambda_{\max}$; so does the floor,
#   $\epsilon\sigma^2/(2\lambda)$. A schedule is fast first and low later.
# - A rate is found by a sweep in factors, whose best has a worse one on either side, or by a range test.
#   Rates of different methods, and of different problems, are not comparable.
# - Step, exponential, $1/t$, linear and cosine decay differ less from each other than each from a wrong
#   first rate. Too early a decay stops the training.
# - A warm restart makes the loss jump up for a while. Take the model at the end of a period, but expect little
#   of it in test error.
# - Early stopping needs validation examples, a patience, and the parameters of the best record. It pays
#   where a network overfits.
#
# **Next:** [exercise 7](../exercises/07_learning_rates.ipynb), in which you write the schedules, the
# patience and the range test, choose a rate from curves, and train with your own schedules.
#
# **Further reading**
#
# - L. Smith, [Cyclical learning rates for training neural networks](https://arxiv.org/abs/1506.01186), 2017
#   (the range test).
# - I. Loshchilov, F. Hutter, [SGDR: stochastic gradient descent with warm
#   restarts](https://arxiv.org/abs/1608.03983), 2017.
# - P. Goyal and others, [Accurate, large minibatch SGD](https://arxiv.org/abs/1706.02677), 2017 (warm-up).
# - Y. Bengio, [Practical recommendations for gradient-based training of deep
#   architectures](https://arxiv.org/abs/1206.5533), 2012.
# - I. Goodfellow, Y. Bengio, A. Courville, [Deep
#   Learning](https://www.deeplearningbook.org/contents/optimization.html), sections 7.8 and 8.3.1, 2016.
# - [CS231n: learning rate](https://cs231n.github.io/neural-networks-3/), the course that S2 follows.
