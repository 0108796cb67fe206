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
# **You need** gradient descent, its stability limit and the condition number (lecture 1), and the minibatch
# gradient (lecture 4). **Time:** 50 minutes, then the exercise.
#
# **Symbols.** Parameters $\theta$, loss $f$, gradient $g = \nabla f(\theta)$, rate $\epsilon$ (`lr`),
# momentum $\alpha$ (`momentum`), velocity $v$, curvature $\lambda$ (an eigenvalue of the Hessian),
# condition number $\kappa = \lambda_{\max} / \lambda_{\min}$, step $t$.

# %%
from course_lib import claims, explorers
from course_lib.live import AlgorithmBox, Question
from course_lib.optimizers import Momentum, Nesterov

# %% [markdown]
# ## 5.1 The trouble: one rate for all directions
#
# Near a minimum every smooth loss is close to a quadratic bowl. Turn the axes into its principal
# directions, and gradient descent treats each of them alone: the distance $d$ to the minimum along a
# direction of curvature $\lambda$ has the gradient $\lambda d$, so
#
# $$d \leftarrow d - \epsilon \lambda d = (1 - \epsilon\lambda)\, d .$$
#
# The factor $1 - \epsilon\lambda$ must lie between $-1$ and $1$ for *every* direction, so the steepest one
# caps the rate: $\epsilon < 2/\lambda_{\max}$. The flattest one then has to live with it: per step it keeps
# the share $1 - \epsilon\lambda_{\min} > 1 - 2/\kappa$ of its distance. To shrink by a factor $e$ takes
# about $\kappa/2$ steps or more. A ravine, steep across and flat along, is where this hurts, and deep
# networks are full of ravines.
#
# The cure to be shown: keep moving in directions in which the gradient is *consistent*, and let the
# gradients that flip their sign at every step cancel. The figure below has the ravine $f(x, y) = \frac12
# (x^2 + \kappa y^2)$ with $\kappa = 100$. All three methods start at the same point and use the same rate.

# %%
prediction = Question(
    "The rate is ε = 0.012, the momentum α = 0.9. Gradient descent needs about 600 steps to bring the loss "
    "below one millionth. What will momentum do?", {
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
# Nesterov's method, with the same two numbers, hardly swings at all.
#
# **Try.** (a) Pull $\alpha$ to 0: all three are gradient descent. (b) Pull it to 0.99: now the ball rolls
# back and forth for so long that momentum is slower than without. (c) Back at $\alpha = 0.9$, raise
# $\epsilon$ slowly. Which method diverges first? It is not the one most people expect; 5.5 explains it.

# %% [markdown]
# ## 5.2 The rule
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
# `theta` and its state in place. `t` is the number of the step; momentum does not need it, Adam will.
#
# The picture behind it is a ball with mass rolling through syrup: $-g$ is the force, $v$ the speed, and $1 -
# \alpha$ the friction. It also explains the two ways to fail. With too little friction the ball never comes
# to rest. With $\alpha = 0$ nothing rolls, and we are back at gradient descent.

# %% [markdown]
# ## 5.3 How fast, and how long it remembers
#
# Let the gradient be the same $g$ at every step, as on a long even slope. The velocity then grows until
# friction eats exactly what the push adds: $v = \alpha v - \epsilon g$, so
#
# $$v_\infty = -\frac{\epsilon g}{1 - \alpha}.$$
#
# That is the *terminal velocity*. With $\alpha = 0.9$ the method moves as if its rate were ten times as
# large, with 0.99 a hundred times. The number to keep in mind is therefore the **effective rate** $\epsilon
# / (1 - \alpha)$.
#
# Unroll the rule and the memory becomes visible: $v_t = -\epsilon \sum_{k \ge 0} \alpha^k g_{t-k}$. A
# gradient that is $k$ steps old counts $\alpha^k$. It counts half after $\log 2 / \log(1/\alpha)$ steps: 1
# step for $\alpha = 0.5$, about 7 for 0.9, about 69 for 0.99.

# %%
prediction = Question(
    "The gradient is 1 at every step, plus noise as large as itself (σ = 1), and α = 0.9. How noisy is the velocity, "
    "relative to its mean?", {
    "As noisy as the gradients: it is their sum.":
        "The means add up with the weights 1, α, α², ...; independent noise adds up in squares, which is slower.",
    "Less noisy, by a factor of about four.":
        "The mean grows by 1/(1 − α) = 10, the deviation of the noise only by 1/√(1 − α²) = 2.3, so what is left is "
        "√((1 − α)/(1 + α)) = 0.23 of the noise.",
    "Ten times noisier: everything is multiplied by 1/(1 − α).":
        "So is the mean. Relative to it the noise gets smaller, because draws of opposite sign cancel.",
}, right="Less noisy, by a factor of about four.")
prediction

# %%
explorers.momentum.terminal().behind(prediction)

# %% [markdown]
# **What it shows.** Left: single gradients (dots) are all over the place; the velocity climbs to the dashed
# line within some thirty steps and then wanders about it. Right: how much an old gradient still counts. The
# summary line compares the noise before and after.
#
# **Try.** $\alpha = 0.99$: the climb takes hundreds of steps. A long memory is slow to learn that the slope
# has changed, and that is why 0.99 swings for so long in the ravine.

# %% [markdown]
# ## 5.4 When does it swing, and what is the best choice?
#
# Look at one direction of curvature $\lambda$ again, with distance $d_t$. Since $v_t = d_t - d_{t-1}$, the
# rule reads $d_{t+1} = d_t + \alpha (d_t - d_{t-1}) - \epsilon\lambda d_t$. Trying $d_t = z^t$ gives
#
# $$z^2 - (1 + \alpha - \epsilon\lambda)\, z + \alpha = 0 .$$
#
# The larger root in absolute value, the *spectral radius* $\rho$, is the factor by which the distance
# shrinks per step in the long run. Three facts follow.
#
# - The product of the roots is $\alpha$. If they are complex, which means swinging, both have the absolute
#   value $\sqrt\alpha$: **whatever the curvature, a swinging direction shrinks by $\sqrt\alpha$ per step.**
#   That is the trick of momentum. Steep and flat directions go at the same pace.
# - They are complex for $(1 - \sqrt\alpha)^2 < \epsilon\lambda < (1 + \sqrt\alpha)^2$. Below that the
#   direction creeps in without swinging, above it jumps from side to side.
# - It stays stable as long as $\epsilon\lambda < 2(1 + \alpha)$. Momentum takes nearly twice the rate of
#   gradient descent.
#
# So choose $\alpha$ as small as possible, with *all* directions still swinging: the flattest at the left
# border, the steepest at the right one. Two equations, two unknowns (Polyak 1964):
#
# $$\sqrt\alpha = \frac{\sqrt\kappa - 1}{\sqrt\kappa + 1}, \qquad
# \epsilon = \left(\frac{2}{\sqrt{\lambda_{\max}} + \sqrt{\lambda_{\min}}}\right)^2 .$$
#
# The best gradient descent shrinks by $(\kappa - 1)/(\kappa + 1)$ per step, the best momentum by
# $(\sqrt\kappa - 1)/(\sqrt\kappa + 1)$: steps grow like $\sqrt\kappa$ instead of like $\kappa$.
#
# The map shows $\rho$. The round mark is the steep direction; click to put it elsewhere. The square mark is
# the flat direction, $\kappa$ times further to the left.

# %%
prediction = Question(
    "The map starts at α = 0.5, ε λ = 1.4 for the steep direction, κ = 30. The flat direction creeps. You raise α to 0.9 and "
    "leave the rate alone. What happens to the two directions?", {
    "Both get faster.":
        "The flat one does. The steep one was swinging already, and swings shrink by √α: 0.71 before, 0.95 now.",
    "The flat one gets faster, the steep one slower, until both shrink at the same pace.":
        "Once both swing, both shrink by √α = 0.95 per step. Any further α is too much for both.",
    "The steep one diverges.":
        "The border of divergence is ε λ = 2(1 + α); raising α moves it away, to 3.8.",
}, right="The flat one gets faster, the steep one slower, until both shrink at the same pace.")
prediction

# %%
explorers.momentum.phase().behind(prediction)

# %% [markdown]
# **What it shows.** Inside the dashed curve the colour depends on $\alpha$ alone, as the first fact says.
# Good settings have *both* marks at its two flanks, as low as it gets. With $\kappa = 30$ the formula gives
# $\alpha = 0.48$, close to the setting shown at first, but with $\epsilon\lambda_{\max} = 2.86$, twice its
# rate.
#
# **Try.** (a) Click at (2.86, 0.48), and read the two factors in the line under the picture. (b) Raise
# $\kappa$: the square moves left, out of the dashed curve; $\alpha$ has to follow upward. (c) Choose
# *Nesterov* and look at where white begins.

# %% [markdown]
# ## 5.5 Nesterov: look before you leap
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

# %% [markdown]
# The same calculation as in 5.4 gives $z^2 - (1 + \alpha)(1 - \epsilon\lambda)\, z + \alpha (1 -
# \epsilon\lambda) = 0$. The product of the roots is now $\alpha (1 - \epsilon\lambda)$: the friction
# depends on the curvature. A steep direction gets more of it than a flat one. That is the "correction", and
# why the path in the ravine is so calm.
#
# It has a price. For $\epsilon\lambda > 1$ the correction overshoots itself, and the method diverges from
# $\epsilon\lambda = (2 + 2\alpha) / (1 + 2\alpha)$ on. For $\alpha = 0.9$ that is 1.36, less than the 2 of
# gradient descent and much less than the 3.8 of momentum. So in the first figure it is Nesterov that breaks
# first.
#
# **Try.** In the ravine, find the rate at which Nesterov breaks for $\kappa = 100$ and $\alpha = 0.9$.
# Predicted: 0.0136.

# %% [markdown]
# ### The same method in other clothes
#
# You will meet Nesterov's method as $w \leftarrow w - \alpha v_{\text{old}} + (1 + \alpha) v$, with the
# gradient taken at $w$ itself (the blog post among our sources writes it so, and PyTorch does something
# equivalent). It is no other method. Put $w = \theta + \alpha v$, the point at which Nesterov looks. Then
#
# $$w_{\text{new}} = \theta_{\text{new}} + \alpha v = \theta + v + \alpha v
# = (w - \alpha v_{\text{old}}) + (1 + \alpha)\, v ,$$
#
# and the gradient at $\theta + \alpha v_{\text{old}}$ is the gradient at $w$. The advantage is practical:
# the network only ever sees one set of parameters. Keep in mind that such code hands you $w$, not $\theta$,
# and that the derivation used the same $\alpha$ at both ends of a step.

# %% [markdown]
# ## 5.6 On a real network
#
# Ravines are clean; networks are not. The next figure trains a 64-64-64-10 network with ReLU units on 1,438
# handwritten digits for four epochs, three times, from the same start and with the same minibatches, at
# every move of a slider. It is the library's real training: `train(network, data, Momentum(lr, momentum),
# epochs=4, batch_size=32, rng=rng)`.

# %%
prediction = Question(
    "At ε = 0.01 and α = 0.9 momentum is far ahead of gradient descent. What happens if gradient descent gets the "
    "effective rate of momentum, ε/(1 − α) = 0.1, and momentum keeps ε = 0.01?", {
    "Gradient descent catches up almost entirely.":
        "Compare yourself: read momentum at ε = 0.01, then move to ε = 0.1 and read gradient descent. This problem is not very "
        "ill conditioned, so here most of what momentum gives is a larger effective rate.",
    "Momentum stays far ahead: it averages the noise.":
        "It averages the noise of the gradient, but takes the average in steps ten times as long. At equal "
        "effective rate the two noises nearly balance; the table in 5.7 has the measurement.",
    "Gradient descent diverges at 0.1.":
        "Not here. The stability limit depends on the curvature, and this network takes more than 0.1.",
}, right="Gradient descent catches up almost entirely.")
prediction

# %%
explorers.momentum.digits().behind(prediction)

# %% [markdown]
# **What it shows.** At the same small rate, momentum and Nesterov are far ahead. Move the rate to 0.1 and
# gradient descent catches up, at 0.3 it is ahead, while momentum, whose effective rate is now 3, no longer
# learns. Comparing methods *at equal rate* compares effective rates.
#
# Is momentum of no use here, then? One run on small batches cannot say. The table below compares both at
# their own best rates, over 16 seeds. With large batches, where the gradient is less noisy and stability
# sets the limit, momentum halves the training loss. With small ones even 16 seeds do not show whether it
# helps: the outcome is *undecided*, which is not the same as "no difference".

# %% [markdown]
# ## 5.7 Measured claims
#
# What our sources say about momentum, and what we measured: each row is run now, over 16 random seeds, by
# `course_lib.claims`. The line below the table says how an outcome comes about. Where a statement holds only
# under a condition, both cases are shown.

# %%
claims.table("C15", "C16", "C17", "C55")

# %% [markdown]
# ## 5.8 Check yourself

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
Question("Where does Nesterov's method evaluate the gradient?", {
    "At θ.": "That is momentum.",
    "At θ + α v, the place where the old velocity alone would carry it.":
        "And then the velocity is corrected with what it saw there.",
    "At θ + v, where momentum would land.": "Close, but the velocity it looks along is the one that survives friction, α v.",
    "At θ − ε g.": "That would cost a second gradient per step. Nesterov needs one.",
}, right="At θ + α v, the place where the old velocity alone would carry it.")

# %%
Question("A loss has condition number 10,000. Roughly how many times fewer steps does the best momentum need than the best gradient "
         "descent?", {
    "10": "√κ is 100, and steps go from about κ to about √κ.",
    "100": "From the order of κ to the order of √κ: a factor √κ = 100.",
    "10,000": "That would be one step per factor; the gain is √κ, not κ.",
    "It depends on the noise only.": "On a noiseless quadratic it depends on κ only.",
}, right="100")

# %% [markdown]
# ## 5.9 Summary
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
# **Next:** [exercise 5](../exercises/05_momentum.ipynb), in which you write both rules, their change of
# variable, and the best choice of Polyak, and find out what goes wrong if a line is a little different.
#
# **Further reading**
#
# - B. Polyak, [Some methods of speeding up the convergence of iteration
#   methods](https://doi.org/10.1016/0041-5553(64)90137-5), 1964.
# - I. Sutskever, J. Martens, G. Dahl, G. Hinton, [On the importance of initialization and momentum in deep
#   learning](https://proceedings.mlr.press/v28/sutskever13.html), 2013.
# - G. Goh, [Why momentum really works](https://distill.pub/2017/momentum/), Distill 2017.
# - I. Goodfellow, Y. Bengio, A. Courville, [Deep
#   Learning](https://www.deeplearningbook.org/contents/optimization.html), sections 8.3.2 and 8.3.3, 2016.
# - Y. Bengio, N. Boulanger-Lewandowski, R. Pascanu, [Advances in optimizing recurrent
#   networks](https://arxiv.org/abs/1212.0901), 2012 (the form of 5.5).
