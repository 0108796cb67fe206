# %% [markdown]
# # 0 Start here
#
# *How does this course work?*
#
# This is a course on optimization for training deep models. Three things make it different from a book:
#
# - **It is live.** Every slider retrains a model while you drag it. What you see is no stored animation.
# - **It is measured.** What is claimed is run in front of you, over many random seeds, with its spread.
#   Some claims of our sources turn out to hold only under a condition, and some fail. The lectures say so.
# - **It tells you what is wrong.** The exercises check your functions and name the mistake you made.
#
# **Goals.** After this lecture you can
#
# 1. run a notebook, move a live figure with mouse and keyboard, and read its summary line;
# 2. write a function, have it checked, and read what the check says;
# 3. translate the symbols of this course into those of our sources, of PyTorch and of optax.
#
# **You need** Python, a little numpy, and derivatives. **Time:** 15 minutes.

# %% [markdown]
# ## 0.1 Is everything in order?
#
# Run the next cell: click into it and press Shift+Enter. All lectures are run like this, from top to
# bottom, or at once with *Run > Run All Cells*.

# %%
from course_lib.commands import doctor

print(doctor.conclusion(doctor.examine(kernel=False)))

# %% [markdown]
# If it says that something is missing, run `course doctor` in a terminal. It lists what was found and what
# to do.

# %% [markdown]
# ## 0.2 Predict, then see
#
# Before most figures there is a question. The figure stays covered until you have chosen an answer; *Show
# it anyway* uncovers it without one. A wrong prediction is the quickest way to learn something, and
# nobody is counting.
#
# The figure below is gradient descent on the parabola $f(\theta) = \theta^2/2$. It starts at $\theta = -2$
# and repeats $\theta \leftarrow \theta - \epsilon\, f'(\theta)$, where $f'(\theta) = \theta$ and $\epsilon$
# is the rate. With $\epsilon = 0.15$ the path creeps: after the 30 steps of the figure it is not there.

# %%
from course_lib import explorers
from course_lib.live import Question

# %%
prediction = Question("With ε = 0.15 the path creeps towards the minimum. What does it do with ε = 1.9?", {
    "Arrive much faster, since it takes larger steps.":
        "Each step replaces θ by (1 − ε) θ. With ε = 1 it arrives in a single step; past 1 it overshoots.",
    "Jump from side to side, and still get closer.":
        "Each step replaces θ by (1 − ε) θ = −0.9 θ: the sign flips, the size shrinks by a tenth.",
    "Diverge.":
        "It overshoots, but lands a little closer each time: (1 − ε) is −0.9. It diverges from ε = 2 on.",
}, right="Jump from side to side, and still get closer.")
prediction

# %%
explorers.start.descent().behind(prediction)

# %% [markdown]
# **How to use a live figure.** Drag the slider, or click it once and use the arrow keys; Home and End go to
# its ends. The line under the picture says in words what is to be seen; where something cannot be shown, it
# says why. In some figures you can click the picture itself to set a point. Nothing can break: if a run
# diverges, the next move starts a new one.
#
# **What it shows.** Up to $\epsilon = 1$ a larger rate is faster. Beyond, the path overshoots, and from
# $\epsilon = 2$ on each step lands further away than it began. Where the limit lies for a real loss is the
# subject of lecture 1.

# %% [markdown]
# ## 0.3 How the checks work
#
# Each lecture has an exercise in the folder [exercises](../exercises). You fill in short functions and call
# `check`. Here is the step of gradient descent with the commonest mistake of all. See how the check
# answers.

# %%
from course_lib.checks import check


def step(theta, g, lr):
    """One step of gradient descent: return theta moved by the rate lr against the gradient g."""
    return theta + lr * g


check("00.step", step)

# %% [markdown]
# A check runs your function on several small cases and compares numbers up to rounding. It tells apart what
# was *not attempted*, what *raised* an error, what has a *wrong type or shape*, what *changed its input*,
# and what gives a *wrong value*. For a wrong value it tries the mistakes that people usually make, and if
# one of them gives your numbers it tells you which. It never tells you the answer.
#
# Your turn: mend the line above, run the cell again, and watch the verdict change. Then do the same in
# [exercise 0](../exercises/00_start_here.ipynb), which looks like all the others. If you are stuck, ask for
# a hint; a second call gives a stronger one.

# %%
from course_lib.checks import hint

hint("00.step")

# %% [markdown]
# ## 0.4 Map of the course
#
# | | lecture | it answers | |
# |---|---|---|---|
# <!-- one row for each lecture -->
#
# The lectures build on each other in this order. The table is made from the lectures that are there.

# %% [markdown]
# ## 0.5 Notation
#
# The course takes its material from three sources: lecture slides that follow *Deep Learning* by
# Goodfellow, Bengio and Courville (S0), notes on optimization (S1), and a blog post that follows Stanford's
# CS231n (S2). They use different letters for the same thing, and libraries use others again. Come back to
# this table when you meet a formula elsewhere.
#
# | | here, formula | here, code | S0 | S1 | S2 | PyTorch | optax |
# |---|---|---|---|---|---|---|---|
# | parameters | $\theta$ | `theta` | $\theta$ | in words | `w` | `params` | `params` |
# | gradient | $g$ | `g` | $\hat g$, $g$ | in words | `gradient` | `p.grad` | `updates` |
# | rate | $\epsilon$ | `lr` | $\epsilon$ | `lr` | `learning_rate` | `lr` | `learning_rate` |
# | examples in a minibatch | $B$ | `batch_size` | $m$ | in words | | `batch_size` | |
# | updates made | $k$ | `k` | $k$ | | | `last_epoch` | `count` |
# | number of the step | $t = k + 1$ | `t` | $t$ | $t$ | `t` | `step` | `count` |
# | updates of a linear decay; share of them made | $\tau$; $a = k/\tau$ | `tau` | $\tau$; $\alpha = k/\tau$ | | | `total_iters` | `transition_steps` |
# | since the last restart | | | | `t_cur` (epochs) | | `T_cur` | |
# | from one restart to the next; growth of this number | | `period`, `factor` (updates) | | `t_i` (epochs), `t_mult` | | `T_0`, `T_mult` | `decay_steps` |
# | momentum | $\alpha$ | `momentum` | $\alpha$ | a fraction | `momentum` | `momentum` | `momentum` |
# | velocity | $v$ | `v` | $v$ | | `velocity` | `momentum_buffer` (without the rate) | `trace` (without the rate) |
# | decay of the mean of $g$ (Adam) | $\beta_1$ | `beta1` | $\rho_1$ | | `beta1` | `betas[0]` | `b1` |
# | decay of the mean of $g^2$ (Adam) | $\beta_2$ | `beta2` | $\rho_2$ | | `beta2` | `betas[1]` | `b2` |
# | decay of the mean of $g^2$ (RMSProp) | $\rho$ | `rho` | $\rho$ | | `decay_rate` | `alpha` | `decay` |
# | mean of $g$, of $g^2$ | $s$, $r$ | `s`, `r` | $s$, $r$ | EMA | `first_moment`, `second_moment` | `exp_avg`, `exp_avg_sq` | `mu`, `nu` |
# | small constant | $\delta$ | `eps` | $\delta$ | | `eps` | `eps` | `eps`, `eps_root` inside the root |
#
# Beware of two letters. $\epsilon$ is the *rate* in S0 and in our formulas, while `eps` in code is the
# *small constant* that keeps a division from failing. And S0 writes $\alpha$ for the momentum *and* for
# the share of a linear decay that is made; here the share is $a$.

# %% [markdown]
# ## 0.6 Check yourself

# %%
Question("A page of PyTorch code says RMSprop(params, lr=0.001, alpha=0.99, eps=1e-8). What is its alpha here?", {
    "The momentum α.": "PyTorch's RMSprop has an argument momentum for that. Its alpha is something else.",
    "The decay ρ of the mean of the squared gradients.": "It is ρ in S0 and in our formulas, rho in our code.",
    "The rate.": "The rate is lr, in PyTorch as here.",
    "The small constant.": "That is eps, here δ in formulas.",
}, right="The decay ρ of the mean of the squared gradients.")

# %%
Question("A check says: wrong value, and names no mistake. What does that mean?", {
    "The check is broken.": "It compared your numbers with the right ones in several cases, and they differ.",
    "The function is wrong in a way that is on no list; the message shows the input and what came out.":
        "Follow the input through your function by hand; it was chosen small enough for that.",
    "The function is right, up to rounding.": "Rounding is allowed for. A right function passes, however it is written.",
}, right="The function is wrong in a way that is on no list; the message shows the input and what came out.")

# %% [markdown]
# ## 0.7 Summary
#
# Run cells from the top, predict before you look, drag everything to both ends, read the line under the
# picture, and do the exercise on the same day. On with [lecture 1](01_surfaces.ipynb).
#
# **Further reading:** I. Goodfellow, Y. Bengio, A. Courville, [Deep
# Learning](https://www.deeplearningbook.org), chapters 4 and 8, 2016.

# %% [markdown]
# ## Appendix: where the sources are treated
#
# For whoever comes from one of the sources: where each heading of the notes (S1) and the blog post (S2),
# and each slide of sections 1 and 2 of the lecture slides (S0), has its place. Figures are shown by their
# name, for instance `explorers.momentum.ravine()`. What is not in the table has no lecture yet.
#
# <!-- numbers below become links -->
# | source | heading | lecture | figure | exercise |
# |---|---|---|---|---|
# | S0, 1 | Introduction | 3.1 | `initialization.scale` | 3, task 5 |
# | S0, 1 | Good characteristics of initial parameters (two slides) | 3.1, 3.8 | `initialization.remains` | 3, last figure |
# | S0, 1 | Breaking the weight space symmetry | 3.2 | `initialization.symmetry` | 3, task 5 |
# | S0, 1 | Random initialization: Gram-Schmidt or random | 3.3, 3.6 | `initialization.vectors` | 3, tasks 2, 3 |
# | S0, 1 | Random initialization: biases, Gaussian or uniform, scale | 3.3, 3.4 | `initialization.signal` | 3, tasks 1, 4 |
# | S0, 1 | Random initialization: too large, too small, chaos | 3.4, 3.5, 3.7 | `initialization.chaos` | 3, task 4 |
# | S0, 1 | Normalized (Xavier) initialization | 3.4 | `initialization.signal` | 3, task 1 |
# | S0, 2 | Stochastic gradient descent: algorithm 8.1 | 4.1 | `sgd.variance` | 4, tasks 1, 2 |
# | S0, 2 | Stochastic gradient descent: noise, and why the rate must fall | 4.2 | `sgd.cloud` | 4, task 3 |
# | S0, 2 | Stochastic gradient descent: sufficient conditions | 4.3 | `sgd.robbins` | 4, task 5 |
# | S0, 2 | Stochastic gradient descent: linear decay | 4.4, 7.4 | `sgd.curve` | 4, task 4 |
# | S0, 2 | Stochastic gradient descent: learning curves | 4.4 | `sgd.curve` | 4, task 4 |
# | S0, 2 | Stochastic gradient descent: the best first rate, τ, final rate | 4.4, 7.2, 7.4 | `learning_rates.designer` | 7, task 5 |
# | S0, 2 | Momentum (two slides) | 5.1, 5.2, 5.3, 5.8 | `momentum.ravine` | 5, tasks 1, 4, 5, 6 |
# | S0, 2 | Nesterov momentum (two slides) | 5.5 | `momentum.phase` | 5, task 2 |
# | S0, 2 | AdaGrad (four slides) | 6.1, 6.2 | `adaptive.rates` | 6, task 1 |
# | S0, 2 | RMSProp (two slides) | 6.3 | `adaptive.rates` | 6, task 5 |
# | S0, 2 | Adam (two slides) | 6.6, 6.7 | `adaptive.bias` | 6, tasks 2, 4 |
# | S1 | Automatic differentiation | 2.1, 2.2, 2.3, 2.6 | `autodiff.cost` | 2, tasks 1, 2 |
# | S1 | Backpropagation | 2.5, 2.7, 2.8 | `autodiff.paths` | 2, tasks 2, 3, 4, 5 |
# | S1 | Batch size | 4.5, 4.6 | `sgd.batches` | 4, tasks 1, 6 |
# | S1 | Early stopping | 7.6 | `learning_rates.stopping` | 7, task 3 |
# | S1 | Epoch | 1.1, 4.1 | `surfaces.playground` | 1, task 6 |
# | S1 | Error surface | 1.1, 1.7 | `surfaces.bowl` | 1, task 1 |
# | S1 | Learning rate | 7.1, 7.2, 7.3 | `learning_rates.probe` | 7, tasks 4, 5 |
# | S1 | Learning rate decay | 7.4 | `learning_rates.designer` | 7, task 1 |
# | S1 | Cosine learning rate decay | 7.5 | `learning_rates.restarts` | 7, task 2 |
# | S1 | Momentum | 5.1, 5.2 | `momentum.ravine` | 5, task 1 |
# | S1 | Optimizers | 6.7 | `adaptive.race` | 6, task 1 |
# | S1 | AdaDelta | 6.5 | `adaptive.race` | 6, task 5 |
# | S1 | AdaGrad | 6.2 | `adaptive.rates` | 6, task 1 |
# | S1 | Adam | 6.6, 6.8 | `adaptive.words` | 6, tasks 2, 4, 6 |
# | S1 | Nesterov's method | 5.5 | `momentum.phase` | 5, task 2 |
# | S1 | RMSProp | 6.3 | `adaptive.rates` | 6, task 5 |
# | S1 | Saddle points | 1.8 | `surfaces.saddle` | 1, task 5 |
# | S2 | SGD | 1.1, 4.1 | `surfaces.playground` | 1, task 2 |
# | S2 | SGD with momentum, figure 1 | 5.1, 5.2, 5.7 | `momentum.ravine` | 5, task 1 |
# | S2 | SGD with Nesterov momentum | 5.5 | `momentum.phase` | 5, task 3 |
# | S2 | AdaGrad | 6.2 | `adaptive.rates` | 6, task 1 |
# | S2 | RMSProp | 6.3 | `adaptive.rates` | 6, task 5 |
# | S2 | Adam | 6.4, 6.6 | `adaptive.bias` | 6, tasks 2, 3, 4 |
# | S2 | Figures 2 and 3: different models | 7.2 | `rate_sweeps.methods` | 7, task 5 |
# | S2 | Change LR | 7.4 | `learning_rates.designer` | 7, task 1 |
# | S2 | Figures 4 to 7: sweeps of rates | 7.2 | `rate_sweeps.sweep` | 7, task 5 |
