# %% [markdown]
# # 5 Momentum and Nesterov's method
#
# *How does memory help in a ravine?*
#
# Gradient descent forgets everything after each step. This lecture gives it a memory of one vector, the
# *velocity*, and shows what that buys, what it does not buy, and how far it may be pushed.
#
# **Goals.** After this lecture you can
#
# 1. write the update of momentum and of Nesterov's method from memory, and say what each symbol does;
# 2. predict from rate, momentum and curvature whether a direction creeps, swings or diverges, and choose
#    both numbers for a given condition number;
# 3. say under which conditions momentum helps, with measured numbers, and when a larger rate would do the
#    same.
#
# **You need** gradient descent, its stability limit and the condition number (lecture 1), and the
# minibatch gradient (lecture 4). **Time:** 45 minutes, then the exercise. Section 5.6 is optional: it can
# be skipped without loss.
#
# **Sources.** S0 are lecture slides, S1 notes, S2 a blog post; lecture 0 says more of them. What they say
# is quoted in boxes as they wrote it.
#
# **Symbols.** Each has one meaning in this lecture.
#
# | symbol | meaning |
# |---|---|
# | $\theta, f, g$ | parameters; loss; its gradient $\nabla f(\theta)$, on a minibatch where there are examples |
# | $\epsilon, \alpha$ | learning rate (`lr`); momentum (`momentum`), which the row C55 of the table calls $\mu$ |
# | $v$ | velocity: the step that $\theta$ makes |
# | $t, k$ | number of the step; age of a gradient, in steps |
# | $\lambda$ | curvature of a direction: an eigenvalue of the Hessian |
# | $\kappa$ | condition number, $\lambda_{\max} / \lambda_{\min}$ |
# | $x, y$ | the two coordinates of the ravine in the figure, flat and steep |
# | $d$ | distance to the minimum along one direction; $d_t$ after step $t$ |
# | $z, \rho$ | a factor by which $d$ may change in a step; the largest absolute value of such factors, the *spectral radius* |
# | $\sigma$ | standard deviation of the noise on a gradient, relative to the gradient |
# | $w$ | the point ahead, $\theta + \alpha v$ |
# | $b$ | what PyTorch stores in place of the velocity |

# %%
import numpy as np

from course_lib import claims, explorers
from course_lib.live import AlgorithmBox, Question
from course_lib.optimizers import Momentum, Nesterov

# %% [markdown]
# ## 5.1 The trouble: one rate for all directions
#
# > "Deep architectures often have deep ravines in their landscape near local optimas. They can lead to slow
# > convergence with vanilla SGD since the negative gradient will point down one of the steep sides rather
# > than towards the optimum. Momentum pushes optimization to the minimum faster." (S1, *Momentum*)
#
# A *ravine* is steep across and flat along. Whether networks have such ravines is measured in lecture 1
# (C71). Why are they slow? Near a minimum a smooth loss is close to a quadratic bowl. Turn the axes into its
# principal directions, the eigenvectors of the Hessian, and gradient descent treats each of them alone
# (lecture 1). The distance $d$ to the minimum along a direction of curvature $\lambda$ has the gradient
# $\lambda d$, so
#
# $$d \leftarrow d - \epsilon \lambda d = (1 - \epsilon\lambda)\, d .$$
#
# The factor $1 - \epsilon\lambda$ must lie between $-1$ and $1$ for *every* direction, so the steepest
# one limits the rate: $\epsilon < 2/\lambda_{\max}$. The flattest one then has to live with this rate. In
# each step it keeps the share $1 - \epsilon\lambda_{\min}$ of its distance, which is more than $1 -
# 2/\kappa$. With $\kappa = 100$ that is more than 98 %: it takes at least 35 steps to halve the distance,
# and in general a number of steps that grows like $\kappa$.
#
# Two things are wrong with the steps in a ravine. Across it the gradient changes its sign at every step,
# and the path jumps from wall to wall. Along it the gradient keeps its direction, but it is small. A
# method that remembers could tell the two apart: gradients that flip their sign cancel in a sum, and
# gradients that agree add up. That is the idea of momentum: move by a decaying sum of all past gradients.
#
# The figure has the ravine $f(x, y) = \frac12 (x^2 + \kappa y^2)$ with $\kappa = 100$. All methods start at
# the same point and use the same rate. *Nesterov* is a variant of momentum that section 5.5 explains.

# %%
prediction = Question(
    "The rate is ε = 0.012, the momentum α = 0.9: nine tenths of the last step are made again. Gradient descent needs about "
    "600 steps to bring the loss below one millionth. What will momentum do?", {
    "It needs about as many: the rate is the same.":
        "Along the flat direction the gradients all point the same way, and the velocity adds them up: it moves up "
        "to ten times as far per step. The figure says how many steps are left.",
    "It needs far fewer, and arrives without swinging.":
        "Far fewer, yes. But a ball that has gathered speed does not stop at the bottom: look at its path.",
    "It needs far fewer, and swings across the ravine and past the minimum.":
        "The velocity adds up consistent gradients, which is what makes it fast, and it cannot stop at once, which is "
        "why it swings.",
    "It diverges: ten times the speed is too much in the steep direction.":
        "The gradients across the ravine flip their sign, so they do not add up tenfold. The limit of momentum in "
        "the steep direction is even higher than that of gradient descent; section 5.4 has it.",
}, right="It needs far fewer, and swings across the ravine and past the minimum.")
prediction

# %%
explorers.momentum.ravine().behind(prediction)

# %% [markdown]
# **What it shows.** Gradient descent drops into the ravine within a few steps and then creeps along its
# floor. Momentum swings from wall to wall and past the minimum, and still arrives four times as early.
# Nesterov's method, with the same two numbers, hardly swings from wall to wall, and needs fewer than half
# of the steps of momentum.
#
# **Try.** (a) Pull $\alpha$ to 0: all three are gradient descent. (b) Pull it to 0.99: now the ball rolls
# back and forth for so long that momentum is slower than gradient descent. (c) Back at $\alpha = 0.9$,
# raise $\epsilon$ slowly. Which method diverges first? It is not the one most people expect; section 5.5
# explains it.

# %% [markdown]
# ## 5.2 The rule
#
# > "The momentum algorithm accumulates an exponentially decaying moving average of past gradients and
# > continues to move in their direction."
# > "Analogous to rolling a ball with mass and gravity on the topology of the objective function."
# > (S0, *Momentum*)
#
# Momentum keeps a velocity $v$ and moves by it. Each step lets a share $\alpha$ of the old velocity live on
# and adds the downhill push $-\epsilon g$ (Polyak 1964; algorithm 8.2 of Goodfellow et al. 2016). On the
# right is what the library runs, read from its source at this moment.

# %%
AlgorithmBox("Momentum", [
    r"Given: rate $\epsilon$, momentum $\alpha$, parameters $\theta$, velocity $v = 0$",
    r"repeat for $t = 1, 2, \ldots$",
    r"&emsp; $g \leftarrow \nabla f(\theta)$ &emsp; (on a minibatch)",
    r"&emsp; $v \leftarrow \alpha v - \epsilon g$",
    r"&emsp; $\theta \leftarrow \theta + v$",
], Momentum.update)

# %% [markdown]
# Every rule of this course has this shape: `update(theta, g, state..., t, hyperparameters...)` changes
# `theta` and its state in place. `t` is the number of the step; momentum does not need it, Adam will. Here
# are the first steps along one direction of curvature 1, from $d = 1$, with $\epsilon = 0.1$ and $\alpha =
# 0.9$. Beside them stands gradient descent with the same rate.

# %%
d, v, plain = np.ones(1), np.zeros(1), 1.0
for t in range(1, 6):
    Momentum.update(d, 1.0 * d, v, t, 0.1, 0.9)         # the gradient is 1.0 * d
    plain -= 0.1 * plain
    print(f"step {t}:  v = {v[0]:7.4f}   d = {d[0]:7.4f}   gradient descent: d = {plain:6.4f}")

# %% [markdown]
# The first step is the same: there is no velocity yet. From the second on the old velocity is added, and
# after five steps the ball has passed the minimum, while gradient descent has still more than half of its
# way before it.
#
# The ball of the quotation rolls through syrup: $-g$ is the force, $v$ the speed, and $1 - \alpha$ the
# friction, the share of its speed that it loses in each step. With $\alpha = 0$ nothing rolls, and we are
# back at gradient descent. With too little friction the ball does not come to rest.

# %% [markdown]
# ## 5.3 How fast, and how long it remembers
#
# > "$\alpha \in [0, 1]$ is a hyperparameter that determines how quickly the contributions of previous
# > gradients exponentially decay. In practice, $\alpha$ is set to be 0.5, 0.9 and 0.99." (S0, *Momentum*)
#
# Put the ball on a long even slope, where the gradient is the same $g$ at every step. What it sees is a
# minibatch estimate: $g$ plus noise. The figure shows the single gradients, the velocity that they make,
# and how much a gradient of a given age still counts.

# %%
prediction = Question(
    "The gradient is 1 at every step, plus noise as large as itself (σ = 1), and α = 0.9. How noisy is the velocity, "
    "relative to its mean?", {
    "As noisy as the gradients: it is their sum.":
        "The means add up with the weights 1, α, α², ...; independent noise partly cancels, so it grows more slowly.",
    "Less noisy, by a factor of about four.":
        "The summary line under the figure has it measured, and the text below derives it.",
    "Ten times noisier: the velocity is ten times as large as a single push.":
        "So is its mean. Relative to the mean the noise gets smaller, because draws of opposite sign cancel.",
}, right="Less noisy, by a factor of about four.")
prediction

# %%
explorers.momentum.terminal().behind(prediction)

# %% [markdown]
# **What it shows.** Left: single gradients (dots) are all over the place; the velocity climbs to the dashed
# line within some thirty steps and then wanders about it. Right: how much an old gradient still counts. The
# summary line compares the noise before and after, over 500 draws of which one is drawn.

# %% [markdown]
# **The dashed line.** The velocity grows until friction takes away exactly what the push adds: $v =
# \alpha v
# - \epsilon g$. Solved for $v$:
#
# $$v_\infty = -\frac{\epsilon g}{1 - \alpha}.$$
#
# That is the *terminal velocity*. With $\alpha = 0.9$ the method moves as if its rate were ten times as
# large, with 0.99 a hundred times. The number to keep in mind is therefore the **effective rate** $\epsilon
# / (1 - \alpha)$.
#
# **The memory.** Put the rule into itself again and again:
#
# $$v_t = -\epsilon g_t + \alpha v_{t-1} = -\epsilon g_t - \alpha\epsilon g_{t-1} + \alpha^2 v_{t-2} = \cdots
# = -\epsilon \sum_{k \ge 0} \alpha^k g_{t-k} .$$
#
# A gradient that is $k$ steps old counts $\alpha^k$. It counts half after $\log 2 / \log(1/\alpha)$
# steps: 1 step for $\alpha = 0.5$, about 7 for 0.9, about 69 for 0.99. The weights $\alpha^k$ add up to
# $1/(1 - \alpha)$ and not to 1. So what S0 calls a moving *average* is, with this rule, a decaying *sum*.
# An average would carry a factor $1 - \alpha$ at the new gradient; Adam (lecture 6) has it, momentum has
# not. Whoever copies a rate from one form into the other is wrong by that factor, ten for $\alpha = 0.9$.
#
# **The noise.** Let the noise have the deviation $\sigma$ times $g$, each draw independent of the others.
# Means add up with the weights: $\sum_k \alpha^k = 1/(1 - \alpha)$. Variances add up with the squares of
# the weights: $\sigma^2 \sum_k \alpha^{2k} = \sigma^2 / (1 - \alpha^2)$. The deviation relative to the
# mean is
#
# $$\sigma\, \frac{1 - \alpha}{\sqrt{1 - \alpha^2}} = \sigma \sqrt{\frac{1 - \alpha}{1 + \alpha}},$$
#
# which is $0.23\,\sigma$ for $\alpha = 0.9$: less than a quarter. This is what momentum does to noise,
# and it is no gift. The same velocity also moves ten times as far. At equal effective rate, as long as it
# is far from the limit of stability, the loss settles at the same height with and without momentum; the
# table in 5.8 has that measured.

# %% [markdown]
# **Try.** $\alpha = 0.99$: after 200 steps the velocity is still climbing. A long memory is slow to learn
# that the slope has changed; that is why 0.99 swings for so long in the ravine.

# %% [markdown]
# **Which $\alpha$?** S0 names 0.5, 0.9 and 0.99, and S1 says "Commonly set to 0.9." The library takes 0.9
# unless told otherwise; PyTorch takes 0, which is no momentum at all. S0's interval $[0, 1]$ includes its
# upper end. There the friction is zero, the ball swings for ever, and the path never settles (C16 in 5.8
# measures it); the library refuses that value.

# %% [markdown]
# ## 5.4 When does it swing, and what is the best choice?
#
# Now the slope curves: one direction of curvature $\lambda$, with the minimum at $d = 0$. Only the
# product $\epsilon\lambda$ and $\alpha$ matter. The next figure is a map of the two. Its colour is
# $\rho$, the factor by which the distance shrinks per step in the long run; where it is white, the method
# diverges. The round mark is a steep direction. The square mark is a flat one, with a $\kappa$ times
# smaller curvature, in the same run. On the right both distances are shown over the steps.

# %%
prediction = Question(
    "Momentum with α = 0.9 in a bowl with κ = 30. The steep direction has ε λ = 1.4, so the flat one has 1.4/30 = 0.047. "
    "Both start at distance 1. Which of them shrinks faster, counted over many steps?", {
    "The steep one: its gradients are 30 times as large.":
        "So it is for gradient descent, where the factor 1 − ε λ depends on the curvature. Look at the peaks on the "
        "right: those of both follow the same dotted curve.",
    "The flat one: the steep one loses its time swinging.":
        "It swings, and so does the flat one, only more slowly. Compare the heights of their peaks.",
    "Both shrink by the same factor per step.":
        "A surprise, and the heart of the matter: once a direction swings, the curvature sets how often it swings, not "
        "how fast it shrinks. The text below says why.",
}, right="Both shrink by the same factor per step.")
prediction

# %%
explorers.momentum.phase().behind(prediction)

# %% [markdown]
# **What it shows.** The steep direction swings with a period of about 5 steps, the flat one with a period
# of about 29, and both lose about 5 % of their distance in each step. The dotted curve is that of the
# flat one; the steep one starts a little outside of it. Between the two white curves of the map the
# colour depends on $\alpha$ alone. *Creeps* means that the distance shrinks without changing its sign,
# *flips* that it jumps from side to side at every step.

# %% [markdown]
# **Why.** Since $v_t = d_t - d_{t-1}$, the rule reads $d_{t+1} = d_t + \alpha (d_t - d_{t-1}) -
# \epsilon\lambda d_t$. Such an equation is solved by powers. Trying $d_t = z^t$ gives
#
# $$z^2 - (1 + \alpha - \epsilon\lambda)\, z + \alpha = 0 .$$
#
# It has two roots, $d_t$ is a sum of their powers, and the larger root in absolute value wins in the long
# run: its absolute value is $\rho$. Three facts follow.
#
# - The product of the roots is $\alpha$. If they are complex, which means swinging, they are conjugate, and
#   both have the absolute value $\sqrt\alpha$: **whatever the curvature, a swinging direction shrinks by
#   $\sqrt\alpha$ per step.** That is the trick of momentum. Steep and flat directions go at the same pace.
# - They are complex where $(1 + \alpha - \epsilon\lambda)^2 < 4\alpha$, which is the same as $(1 -
#   \sqrt\alpha)^2 < \epsilon\lambda < (1 + \sqrt\alpha)^2$. Below that the direction creeps, above it
#   flips.
# - Complex roots are stable, because $\sqrt\alpha < 1$. A real root reaches 1 only at $\epsilon\lambda =
#   0$, so stability ends where one reaches $-1$. Put $z = -1$ into the equation: $1 + (1 + \alpha -
#   \epsilon\lambda) + \alpha = 0$. So the direction is stable as long as $\epsilon\lambda < 2(1 +
#   \alpha)$.
#
# Momentum therefore takes nearly twice the rate of gradient descent: 3.8 instead of 2 for $\alpha = 0.9$.
# Counted in effective rates it takes far more: $3.8/(1 - \alpha) = 38$ instead of 2, which is 19 times as
# much. It is this factor by which momentum can outrun gradient descent where stability is what limits the
# rate.
#
# **The best choice.** A swinging direction shrinks faster with a *smaller* $\alpha$. So choose $\alpha$ as
# small as possible, with all directions still swinging: the flattest at the left border, $\epsilon
# \lambda_{\min} = (1 - \sqrt\alpha)^2$, and the steepest at the right one, $\epsilon\lambda_{\max} = (1 +
# \sqrt\alpha)^2$. Two equations, two unknowns (Polyak 1964):
#
# $$\sqrt\alpha = \frac{\sqrt\kappa - 1}{\sqrt\kappa + 1}, \qquad
# \epsilon = \left(\frac{2}{\sqrt{\lambda_{\max}} + \sqrt{\lambda_{\min}}}\right)^2 .$$
#
# The best gradient descent shrinks by $(\kappa - 1)/(\kappa + 1)$ per step (lecture 1), the best momentum
# by $(\sqrt\kappa - 1)/(\sqrt\kappa + 1)$. With $\kappa = 100$ that is 0.98 against 0.82. After 100 steps
# gradient descent has still 14 % of the distance before it, momentum less than a millionth. In general
# the number of steps grows like $\sqrt\kappa$ instead of like $\kappa$.

# %% [markdown]
# **Try.** (a) Click at $\epsilon\lambda = 1.4$, $\alpha = 0.5$. The steep direction gets faster, 0.71 per
# step, and the flat one slower, 0.89: it creeps now. (b) The formula gives $\alpha = 0.48$ and
# $\epsilon\lambda_{\max} = 2.86$ for $\kappa = 30$. Click there: both shrink by 0.69 per step, and no
# setting does better for both. (c) Back at the start, raise $\kappa$: the square moves left, beyond the
# dashed curve; $\alpha$ has to follow upward.

# %% [markdown]
# ## 5.5 Nesterov: look before you leap
#
# > "With Nesterov momentum the gradient is evaluated after the current velocity is applied. Thus one can
# > interpret Nesterov momentum as attempting to add a correction factor to the standard method of momentum."
# > (S0, *Nesterov Momentum*)
#
# > "Attempts to solve instabilities that can arise from using momentum by keeping the history of previous
# > update steps and combining this with the next gradient step." (S1, *Nesterov's method*)
#
# Momentum asks for the gradient at $\theta$ and then moves by $v$, most of which was already settled.
# Nesterov's method asks where it is about to land, at $\theta + \alpha v$ (Nesterov 1983; Sutskever et al.
# 2013; algorithm 8.3 of Goodfellow et al.). If the old velocity is about to carry it up the other wall, the
# gradient there says so one step earlier.

# %%
AlgorithmBox("Nesterov's method", [
    r"Given: rate $\epsilon$, momentum $\alpha$, parameters $\theta$, velocity $v = 0$",
    r"repeat for $t = 1, 2, \ldots$",
    r"&emsp; $g \leftarrow \nabla f(\theta + \alpha v)$ &emsp; (momentum: $\nabla f(\theta)$)",
    r"&emsp; $v \leftarrow \alpha v - \epsilon g$",
    r"&emsp; $\theta \leftarrow \theta + v$",
], Nesterov.where, Nesterov.update)

# %%
prediction = Question(
    "Momentum with α = 0.9 is stable in a direction with ε λ = 1.4: you have seen it swing. Now Nesterov's method, with the "
    "same two numbers. What will this direction do?", {
    "It swings less and arrives sooner: the look ahead corrects it.":
        "So it does at smaller rates, as in the ravine. Here the correction itself is too large: look where white begins.",
    "It swings as before: what changes is the flat direction.":
        "The flat one changes less. The correction grows with ε λ, so it is the steep one that feels it.",
    "It diverges.":
        "The correction, a gradient step taken from farther ahead, overshoots where ε λ > 1, and from 1.36 on it wins. "
        "The text below derives the limit.",
}, right="It diverges.")
prediction

# %%
explorers.momentum.phase("Nesterov").behind(prediction)

# %% [markdown]
# **What it shows.** White, where the method diverges, begins much further to the left than on the map of
# momentum, and the round mark lies in it. The flat direction, meanwhile, is calmer than before: it
# shrinks by 0.93 per step where momentum had 0.95.

# %% [markdown]
# **Why.** The same calculation as in 5.4, with the gradient $\lambda (d_t + \alpha v_t)$, gives $z^2 -
# (1 + \alpha)(1 - \epsilon\lambda)\, z + \alpha (1 - \epsilon\lambda) = 0$. The product of the roots was
# $\alpha$. Now it is $\alpha (1 - \epsilon\lambda)$: the friction depends on the curvature, and a steep
# direction gets more of it than a flat one. That is the "correction factor" of S0, and why the path in
# the ravine is so calm.
#
# It has a price. For $\epsilon\lambda > 1$ the product is negative: the roots are real, one of them
# negative, and the path flips. With $z = -1$ in the equation, $2 + 2\alpha - (1 + 2\alpha)\,
# \epsilon\lambda = 0$, so the method diverges from
#
# $$\epsilon\lambda = \frac{2 + 2\alpha}{1 + 2\alpha}$$
#
# on. For $\alpha = 0.9$ that is 1.36, less than the 2 of gradient descent and much less than the 3.8 of
# momentum. S1's "instabilities" are therefore cured in one sense only. At a rate that all methods stand,
# Nesterov swings less; but it stands only lower rates.

# %% [markdown]
# **Try.** (a) Drag the round mark from the left border to 1.4 along $\alpha = 0.9$ and watch the right
# picture: at $\epsilon\lambda = 1$ the steep direction is done after a step. (b) In the ravine of 5.1,
# find the rate at which Nesterov breaks for $\kappa = 100$ and $\alpha = 0.9$. Predicted: 0.0136.

# %% [markdown]
# ### The same method in other clothes
#
# > ```
# > old_velocity = velocity
# > velocity = momentum * velocity - learningrate * gradient
# > w = w + (-momentum) * old_velocity + (1- (-momentum)) * velocity
# > ```
# > (S2, *SGD with Nesterov Momentum*)
#
# This is Nesterov's method, although nothing in it looks ahead: the gradient is taken at $w$ itself. Put
# $w = \theta + \alpha v$, the point at which Nesterov looks. Then
#
# $$w_{\text{new}} = \theta_{\text{new}} + \alpha v = \theta + v + \alpha v
# = (w - \alpha v_{\text{old}}) + (1 + \alpha)\, v ,$$
#
# and the gradient at $\theta + \alpha v_{\text{old}}$ is the gradient at $w$. The advantage is practical:
# the network only ever sees one set of parameters. Two things are easily missed. Such code hands you $w$,
# not $\theta$, at the end. And the derivation used the same $\alpha$ at both ends of a step; the exercise
# asks what has to change if it does not stay the same.
#
# PyTorch stores yet another quantity, $b \leftarrow \alpha b + g$, a sum of plain gradients, and moves by
# $-\epsilon b$ (momentum) or by $-\epsilon (g + \alpha b)$ (Nesterov, in the form of S2). While the rate
# is constant, $v = -\epsilon b$ and the paths are the same. When the rate is lowered, they part:
# PyTorch's ball slows down at once, because the new rate multiplies the whole of $b$; with the rule of
# this course the old velocity rolls on and fades.

# %% [markdown]
# ## 5.6 What is proved, and a warning (optional)
#
# For gradients without noise there are guarantees. On convex functions of bounded curvature Nesterov's
# method, with $\alpha$ growing towards 1 as he prescribes, brings the error down like $1/t^2$; gradient
# descent is only sure of $1/t$. Where the curvature is also bounded from below, $\epsilon =
# 1/\lambda_{\max}$ and $\alpha = (\sqrt\kappa - 1)/(\sqrt\kappa + 1)$ shrink it by $1 - 1/\sqrt\kappa$ per
# step. In the order of $\sqrt\kappa$, no method that sees only gradients can do better.
#
# Polyak's proof is for quadratic bowls. Elsewhere his best settings are sure only near the minimum.
# Lessard, Recht and Packard (2016) give a convex function in one variable whose curvature is 25 or 1, so
# $\kappa = 25$. Both methods run here with their best settings for such curvatures, from the same start:

# %%
class Bent:
    """Curvature 25 left of 1 and right of 2, curvature 1 between; the minimum is at 0."""

    def gradient(self, theta):
        return np.where(theta < 1, 25 * theta, np.where(theta < 2, theta + 24, 25 * theta - 24))

for name, method in (("momentum", Momentum(1 / 9, 4 / 9)), ("Nesterov", Nesterov(1 / 25, 2 / 3))):
    theta, seen = np.array([3.3]), []
    for t in range(99):
        method.step(theta, Bent())
        seen.append(theta[0])
    print(f"{name:9s} after 94 to 99 steps:", "  ".join(f"{at:6.3f}" for at in np.array(seen[-6:]) + 0.0))

# %% [markdown]
# Momentum runs round and round through the same three points and never arrives. Nesterov's method does.

# %% [markdown]
# ## 5.7 On a real network
#
# Ravines are clean; networks are not. The next figure trains a 64-64-64-10 network with ReLU units on 1,438
# handwritten digits for four epochs, three times, from the same start and with the same minibatches, at
# every move of a slider. It is the library's real training: `train(network, data, Momentum(lr, momentum),
# epochs=4, batch_size=32, rng=rng)`.
#
# Comparing methods *at equal rate* compares effective rates: momentum with $\alpha = 0.9$ walks ten times
# as fast by construction. So the figure first gives gradient descent the effective rate of the others.

# %%
prediction = Question(
    "Momentum and Nesterov train with ε = 0.01 and α = 0.9. Gradient descent gets their effective rate, ε/(1 − α) = 0.1. "
    "How do the test accuracies after four epochs compare?", {
    "They are nearly the same.":
        "At this effective rate all directions of this network are far from instability. Then most of what momentum gives "
        "is a larger effective rate, and that can be had without it.",
    "Momentum is clearly ahead: it averages the noise.":
        "It averages the noise of the gradient, but takes the average in steps ten times as long. At equal "
        "effective rate the two noises nearly balance; the table in 5.8 has the measurement.",
    "Gradient descent fails: ten times the rate is too much for it.":
        "Not here. The stability limit depends on the curvature, and this network takes more than 0.1. Try (b) shows "
        "where it ends.",
}, right="They are nearly the same.")
prediction

# %%
explorers.momentum.digits().behind(prediction)

# %% [markdown]
# **What it shows.** The three curves nearly lie on each other, and at the end the accuracies differ by less
# than one percentage point.
#
# **Try.** (a) Choose *the same rate*: gradient descent falls back to 83 %, as if it were a worse method.
# It only walks more slowly. (b) Back at *the same effective rate*, raise $\epsilon$ to 0.1. The effective
# rate is now 1. Gradient descent fails, while momentum and Nesterov still reach more than 90 %: this is
# what their higher limit of stability is good for. (c) At *the same rate*, 0.3, it is the other way
# round: gradient descent learns well, and momentum, whose effective rate is 3, no longer does.
#
# Is momentum of any use here, then? A single run on small batches cannot say. The table below compares the
# methods at their own best rates.

# %% [markdown]
# ## 5.8 Measured claims
#
# > "Momentum tries to remedy the slowness of SGD especially in face of high curvature, small but consistent
# > gradients, or noisy gradients. (Ill conditioning !)" (S0, *Momentum*)
#
# What our sources say about momentum, and what we measured: each row is run now, over 16 random seeds, by
# `course_lib.claims`. The line below the table says how an outcome comes about. Where a statement holds
# only under a condition, both cases are shown.
#
# What to look for. High curvature and small consistent gradients are cured as S0 says. With noisy
# gradients it depends: momentum takes about half of the steps while the noise is weak, and with strong
# noise the seeds do not show a gain. On the digits network with large batches, where the gradient is less
# noisy and stability sets the limit, momentum halves the training loss. With small batches even 16 seeds
# do not show whether it helps: the outcome is *undecided*, which is not the same as "no difference". And
# $\alpha$ sets how long a gradient counts as S0 says, unless later gradients answer to it: in a bowl its
# effect lives twice as long.

# %%
claims.table("C15", "C16", "C17", "C55")

# %% [markdown]
# ## 5.9 Check yourself

# %%
Question("You use momentum with ε = 0.05, α = 0.9 and want α = 0.99 without changing how far a steady slope carries you. "
         "Which rate?", {
    "0.05": "The effective rate ε/(1 − α) would go from 0.5 to 5.",
    "0.005": "ε/(1 − α) = 0.05/0.1 = 0.5 before, and 0.005/0.01 = 0.5 after.",
    "0.5": "That is the wrong way: the longer memory already adds up ten times more.",
    "0.045": "Changing α by 10 % is not changing 1 − α by 10 %: it falls from 0.1 to 0.01.",
}, right="0.005")

# %%
Question("A direction swings under momentum. You double the rate and it still swings. How does its speed of convergence change?", {
    "It doubles.": "Only for directions that creep. The roots of a swinging direction have absolute value √α, whatever the rate.",
    "Not at all, in the long run: it shrinks by √α per step either way.":
        "The product of the two complex roots is α, so each has the absolute value √α. The rate changes only how often it swings.",
    "It halves, since it overshoots more.": "It swings at a higher frequency, but the envelope stays √α per step.",
}, right="Not at all, in the long run: it shrinks by √α per step either way.")

# %%
Question("A training with momentum, α = 0.9, runs well. You switch to Nesterov's method, with the same rate and α, and the loss "
         "explodes within a few steps. What do you conclude?", {
    "The code of Nesterov's method must be wrong.":
        "It may be right. Nesterov's method has a lower limit of stability, so a rate that momentum stands can be too much for it.",
    "The steepest direction has ε λ between 1.36 and 3.8.":
        "In that range momentum is stable, up to 2(1 + α) = 3.8, and Nesterov is not, from (2 + 2α)/(1 + 2α) = 1.36 on.",
    "The minibatches are too noisy to look ahead.":
        "Noise makes a path rough; it does not make it grow without limit. That is a matter of rate and curvature.",
    "α is too small for Nesterov's method.":
        "A larger α lowers its limit further, towards 4/3.",
}, right="The steepest direction has ε λ between 1.36 and 3.8.")

# %%
Question("A loss has condition number 10,000. Roughly how many times fewer steps does the best momentum need than the best gradient "
         "descent?", {
    "10": "√κ is 100, and steps go from about κ to about √κ.",
    "100": "From the order of κ to the order of √κ: a factor √κ = 100.",
    "10,000": "That would be one step per factor; the gain is √κ, not κ.",
    "It depends on the noise only.": "On a noiseless quadratic it depends on κ only.",
}, right="100")

# %% [markdown]
# ## 5.10 Summary
#
# - Momentum sums past gradients with weights $\alpha^k$. Consistent ones add up to an effective rate
#   $\epsilon/(1-\alpha)$, alternating ones cancel.
# - A swinging direction shrinks by $\sqrt\alpha$ per step whatever its curvature; with the best $\epsilon$
#   and $\alpha$ the number of steps grows like $\sqrt\kappa$ instead of $\kappa$.
# - Nesterov's method looks at $\theta + \alpha v$. It swings less and breaks earlier: at $\epsilon\lambda =
#   (2 + 2\alpha)/(1 + 2\alpha)$.
# - On a well-conditioned problem, or against gradient descent with a tuned rate, most of the gain
#   disappears. Compare methods at their own best rates, or at equal effective rates.
#
# **Next:** [exercise 5](../exercises/05_momentum.ipynb), in which you write both rules, derive the form of
# S2 for a momentum that changes, find the best choice of Polyak, and measure the limit of stability.
#
# **Further reading**
#
# - B. Polyak, [Some methods of speeding up the convergence of iteration
#   methods](https://doi.org/10.1016/0041-5553(64)90137-5), 1964.
# - I. Sutskever, J. Martens, G. Dahl, G. Hinton, [On the importance of initialization and momentum in deep
#   learning](https://proceedings.mlr.press/v28/sutskever13.html), 2013.
# - L. Lessard, B. Recht, A. Packard, [Analysis and design of optimization algorithms via integral quadratic
#   constraints](https://arxiv.org/abs/1408.3595), 2016.
# - G. Goh, [Why momentum really works](https://distill.pub/2017/momentum/), Distill 2017.
# - I. Goodfellow, Y. Bengio, A. Courville, [Deep
#   Learning](https://www.deeplearningbook.org/contents/optimization.html), sections 8.3.2 and 8.3.3, 2016.
# - Y. Bengio, N. Boulanger-Lewandowski, R. Pascanu, [Advances in optimizing recurrent
#   networks](https://arxiv.org/abs/1212.0901), 2012 (the form of S2 in 5.5).
