# %% [markdown]
# # 2 Automatic differentiation and backpropagation
#
# *Where do gradients come from, and what do they cost?*
#
# Every method of this course asks for a gradient, and a network has thousands of parameters. This lecture
# shows how a program gets all these derivatives, exact to rounding, for the price of a few evaluations of
# the loss.
#
# **Goals.** After this lecture you can
#
# 1. carry derivatives through an expression by hand, forward with dual numbers and backward with adjoints,
#    and say for given numbers of inputs and outputs which of the two is cheaper;
# 2. derive the backward pass of a dense layer, of ReLU, and of softmax with cross-entropy;
# 3. check a gradient, with a step size and a tolerance you can justify.
#
# **You need** the chain rule, matrix products, and gradient descent (lecture 1). **Time:** 50 minutes, then
# the exercise.
#
# **Symbols.** Inputs $x, y$; intermediate results $p, q, r, \ldots$; output or loss $L$. The *tangent*
# $\dot p$ is the derivative of $p$ with respect to a chosen input, the *adjoint* $\bar p = \partial L /
# \partial p$ the derivative of the output with respect to $p$. $J$ is the Jacobian, the matrix of the
# derivatives of all outputs by all inputs.

# %%
import numpy as np

from course_lib import claims, explorers, losses
from course_lib.autodiff import Dual, Variable, check_gradient
from course_lib.graph import tape
from course_lib.layers import Dense, ReLU
from course_lib.live import AlgorithmBox, Question
from course_lib.network import Network

# %% [markdown]
# ## 2.1 A program is a graph
#
# There are three ways to get a derivative from a computer. *Symbolic* differentiation turns a formula into
# another one, which can be far longer. *Numerical* differentiation moves an input a little and looks at
# what happens: section 2.7 shows how inexact that is, and it needs an evaluation for each input.
# *Automatic* differentiation is neither. It follows the program while it runs and applies the chain rule to
# each operation, with numbers.
#
# Any program that computes a number is a chain of simple operations. Take
#
# $$L = (x y + \sin x)\, y + x, \qquad p = xy,\quad q = \sin x,\quad r = p + q,\quad s = r y,\quad L = t = s + x .$$
#
# Each intermediate result is a *node*. An edge leads from a node to each node that uses it, and it carries
# one number, the *local derivative*: $\partial s / \partial r = y$, $\partial q / \partial x = \cos x$.
# Nothing else of calculus is needed: a table with the derivative of each simple operation.

# %% [markdown]
# ## 2.2 Forward: dual numbers
#
# Give each number a companion, its derivative with respect to one chosen input, and compute both side by
# side. Write the pair as $a + \dot a\,\varepsilon$ with a symbol $\varepsilon$ for which $\varepsilon^2 =
# 0$ (Clifford 1873). Then the rules of differentiation follow from ordinary algebra:
#
# $$(a + \dot a \varepsilon) + (b + \dot b \varepsilon) = (a + b) + (\dot a + \dot b)\,\varepsilon,$$
# $$(a + \dot a \varepsilon)(b + \dot b \varepsilon) = ab + (\dot a b + a \dot b)\,\varepsilon
# + \dot a \dot b\, \varepsilon^2 = ab + (\dot a b + a \dot b)\,\varepsilon .$$
#
# The second is the product rule. A function with derivative $f'$ gives $f(a + \dot a \varepsilon) = f(a) +
# f'(a)\, \dot a\, \varepsilon$: the first two terms of its Taylor series, and the rest is zero. This is no
# approximation, and there is no small step in it.
#
# To get $\partial L / \partial x$, start with $\dot x = 1$ and $\dot y = 0$. In the library:

# %%
def L(x, y):
    return (x * y + np.sin(x)) * y + x

print("by x:", L(Dual(1.0, 1.0), Dual(0.5, 0.0)))
print("by y:", L(Dual(1.0, 0.0), Dual(0.5, 1.0)))

# %% [markdown]
# Two inputs took two passes. With a million inputs it would be a million passes, each as long as the
# program.

# %% [markdown]
# ## 2.3 Backward: adjoints
#
# Turn the question round. Not "what does $x$ do to every node?" but "what does every node do to $L$?",
# which is its adjoint. The output has $\bar L = 1$. If $p$ is used by several nodes $z_1, z_2, \ldots$, a
# change of $p$ reaches $L$ through each of them, and to first order the effects add up:
#
# $$\bar p = \sum_i \bar z_i \,\frac{\partial z_i}{\partial p} .$$
#
# So go through the nodes in reverse order. When it is a node's turn, all nodes that use it have had theirs,
# its adjoint is complete, and it passes its share on to each of its inputs. To know the local derivatives,
# the values must still be there: the program first runs forward and keeps them, on a list called the
# *tape*.
#
# That is *reverse mode* (Linnainmaa 1970), and it is short. A `Variable` is a number of the library that
# knows its inputs; `tape` lists the nodes, each with a number, in the order in which they were computed,
# and `z.contribution(k, adjoint)` is the share $(\partial z / \partial p)^\top \bar z$ of the $k$-th input
# $p$ of $z$. The library's `Variable.sweep` is this loop, with checks.

# %%
def reverse_mode(output):
    adjoint = {z.number: np.zeros(z.shape) for z in tape(output)}
    adjoint[output.number] += 1
    for z in reversed(tape(output)):
        for k, p in enumerate(z.inputs):
            if z.active(p):                       # not a constant
                adjoint[p.number] += z.contribution(k, adjoint[z.number])
    return adjoint

x, y = Variable(1.0, "x"), Variable(0.5, "y")
adjoint = reverse_mode(L(x, y))
print(f"by x: {adjoint[x.number]:.4g}   by y: {adjoint[y.number]:.4g}")

# %%
Question("In L = (xy + sin x)·y + x the input y is used twice: in p = x·y and in s = r·y. At x = 1, y = 0.5 the nodes give p̄ = 0.5, "
         "s̄ = 1 and r = 1.341. What is ȳ?", {
    "0.5, from p alone: it comes last in the backward order.":
        "p adds its share p̄ · x = 0.5 to what is there already. It does not replace the share from s.",
    "1.341, from s alone: it is nearer to the output.":
        "How near a node is does not matter. A change of y also moves p, and p moves the output.",
    "1.841, the sum of both.":
        "s gives s̄ · r = 1.341, p gives p̄ · x = 0.5. Where a node is used twice, its shares are added.",
    "0.671, the product of both.":
        "Along one path derivatives are multiplied. These are two different paths, and paths are added.",
}, right="1.841, the sum of both.")

# %%
explorers.autodiff.graph()

# %% [markdown]
# **What it shows.** Each box has its value (upright) and its derivative (slanting), each edge in grey the
# derivative of the later node by the earlier one. At step 8 the forward pass is over and node $s$ is passing
# its adjoint on, times the number on the edge: one share goes to $r$, another, along the lower edge, to $y$.
# The adjoint of $y$ is not complete yet: $p$ still owes its share.
#
# **Try.** (a) Go back to step 0 and walk through all steps; at step 11 both derivatives are there, and
# agree with the two passes of 2.2. (b) Set *derivatives* to *forward from the first input*: value and
# tangent appear together, but only one input's derivative is found. (c) Choose *everything twice*: two
# equal shares arrive at each node. (d) Choose *max(2x − y, 0)² + y* and make $y$ larger than $2x$: the
# maximum passes on 0, and everything before it gets nothing from this path. That is a *dead* ReLU; lecture
# 8 comes back to it.

# %% [markdown]
# ## 2.4 Why merging matters: paths against nodes
#
# The chain rule is often stated with paths: the derivative of $L$ by $x$ is the sum, over all paths from
# $x$ to $L$, of the product of the local derivatives along each path. That is correct, and useless as a
# program. In a graph of $d$ layers with $w$ units each, where every unit uses all units of the layer
# before, a path chooses one unit in each layer: there are $w^d$ paths, with $d + 1$ edges each.
#
# Reverse mode does the same sum in another order. Many paths from $L$ back to a node go on from there in
# the same way. Their products up to the node are added up first, and go on as one number, the adjoint. This
# is the distributive law, $ab + ac = a(b + c)$, and nothing more. Each edge is then used once: $2w + (d - 1)
# w^2$ multiplications.

# %%
Question("A graph has 4 layers of 3 units. One more layer is added. What happens to the multiplications of the two ways?", {
    "Both grow by a quarter.":
        "Merging adds the 9 edges of the new layer, which is near that. But each of the 81 paths now splits into three.",
    "Over paths: a bit more than three times as many. Merged: 9 more.":
        "Three times the paths, each one edge longer, against 3 · 3 new edges.",
    "Over paths: 9 more. Merged: three times as many.":
        "The other way round: new edges are few, but each path continues over three of them.",
    "Both triple.":
        "Merged, an edge is used once, however many paths run over it.",
}, right="Over paths: a bit more than three times as many. Merged: 9 more.")

# %%
explorers.autodiff.paths()

# %% [markdown]
# **What it shows.** Left, the graph, with one of its paths marked; the numbers above say how many paths
# lead from $x$ to each unit of a layer. Right, multiplications on a log scale: a straight line is
# exponential growth. Square marks were counted by walking over every path, the round ones by a reverse
# sweep; the dashed curve goes on by the formula where there are too many paths to walk.
#
# **Try.** (a) Depth 7, width 4. (b) Width 1: a chain has one path, and the two curves are one. The
# explosion needs *shared* nodes. Merging works forward as well: a tangent also uses each edge once.

# %% [markdown]
# ## 2.5 Forward or reverse?
#
# Let $f$ have $n$ inputs and $m$ outputs. A forward pass with tangents $v$ of the inputs gives $J v$; with
# $v$ a unit vector that is a *column* of the Jacobian $J$. A reverse pass with adjoints $u$ of the outputs
# gives $J^\top u$: a *row*. One pass of either costs a small multiple of one evaluation of $f$; theory
# bounds the gradient by a factor of 5 with the evaluation included (Griewank & Walther 2008). So the whole
# $J$ costs
#
# $$n \text{ forward passes} \quad\text{or}\quad m \text{ reverse passes.}$$
#
# A training loss is *one* number of *many* parameters: $m = 1$. That is the whole reason why networks are
# trained with reverse mode, under its older name *backpropagation* (Rumelhart, Hinton & Williams 1986).

# %%
Question("A function has 1 input and 64 outputs, say the position of a robot arm's 64 sensors as its motor turns. Which mode "
         "is cheaper for the whole Jacobian?", {
    "Reverse: it gives all derivatives in one pass.":
        "All derivatives of one output. With 64 outputs that makes 64 passes.",
    "Forward: one pass gives the derivatives of all outputs by the one input.":
        "The Jacobian is a single column here, and a forward pass gives a column.",
    "It makes no difference.":
        "It makes none where n = m. Find that diagonal in the map.",
}, right="Forward: one pass gives the derivatives of all outputs by the one input.")

# %%
explorers.autodiff.cost()

# %% [markdown]
# **What it shows.** The functions are $f(x) = W^\top \tanh(V^\top x)$ with 16 hidden units, and the
# operations are counted while the library's two modes run. Left: with one output, reverse costs about two
# evaluations however many inputs there are; forward grows with each input. Right: the ratio of the two.
# Above the diagonal, with more outputs than inputs, forward is the cheaper one. Operations are counted
# because they are the same on every machine; `course bench` compares the two modes by the clock.
#
# **Try.** Set the outputs to 64, then the inputs to 1, and read the line under the picture.
#
# Reverse mode has another price, which does not show in operations: **memory**. All values of the forward
# pass are kept until the backward pass has used them, so memory grows with depth and batch size. Forward
# mode may forget each value at once. This is one reason why long recurrent networks are cut into pieces
# (lecture 8), and why some programs store only every tenth layer and compute the others again (Chen et al.
# 2016).
#
# The two modes may also be combined. A forward pass through a gradient gives $Hv$, the product of the
# Hessian with a vector, without ever building the Hessian; lecture 12 is built on that.

# %% [markdown]
# ## 2.6 Backpropagation through a layer
#
# Nobody puts each multiplication of a network on a tape. The nodes are whole layers, and each needs one
# rule: from the adjoint of its output to those of its input and its parameters. Write $G = \partial L /
# \partial Y$, an array of the same shape as $Y$.
#
# **Dense layer.** $Y = XW + b$ with $X$ of shape $(N, n)$, one example a row, $W$ of shape $(n, k)$. In
# entries, $Y_{ij} = \sum_l X_{il} W_{lj} + b_j$. The number $X_{il}$ is used by $Y_{ij}$ for each $j$, with
# local derivative $W_{lj}$; so $\bar X_{il} = \sum_j G_{ij} W_{lj}$. $W_{lj}$ is used by every example $i$
# with $X_{il}$, and $b_j$ by every example with 1. Written as matrices:
#
# $$\bar X = G\, W^\top, \qquad \bar W = X^\top G, \qquad \bar b = \sum_i G_{i\cdot} .$$
#
# The shapes leave hardly any choice, which is a good way to remember it. Note the sums over examples:
# parameters are shared by the examples, so the shares of all of them are added.

# %%
AlgorithmBox("Dense layer, backward", [
    r"Given: input $X$ $(N, n)$, weights $W$ $(n, k)$, adjoint $G$ of the output $(N, k)$",
    r"$\bar W \leftarrow X^\top G$",
    r"$\bar b \leftarrow \sum_i G_{i\cdot}$",
    r"$\bar X \leftarrow G\, W^\top$ &emsp; (not needed in the first layer)",
], Dense.backward)

# %% [markdown]
# **ReLU.** $y = \max(x, 0)$, entry by entry: the local derivative is 1 where $x > 0$ and 0 where $x < 0$,
# so $\bar x = \bar y \cdot [x > 0]$. At $x = 0$ there is no derivative; any number between 0 and 1 would
# do, and the library takes 0.
#
# **Softmax and cross-entropy.** From scores $z_1, \ldots, z_K$ come probabilities $p_c = e^{z_c} / \sum_k
# e^{z_k}$, and the loss of an example of class $y$ is $-\log p_y = -z_y + \log \sum_k e^{z_k}$.
# Differentiate this second form: the sum gives $e^{z_c} / \sum_k e^{z_k} = p_c$, the first term $-1$ where
# $c = y$. With the mean over $N$ examples:
#
# $$\frac{\partial L}{\partial z_{ic}} = \frac{p_{ic} - [c = y_i]}{N} .$$
#
# What the network believes minus what is true. Taken as one node the two logarithms and exponentials
# cancel; as separate nodes one would divide by a $p_y$ that may be 0 after rounding.

# %%
AlgorithmBox("Softmax with cross-entropy, value and gradient", [
    r"Given: scores $z$ $(N, K)$, targets $y$, one-hot $(N, K)$",
    r"$z \leftarrow z - \max_c z_c$ &emsp; (changes no $p$, and $e^z$ cannot overflow)",
    r"$p \leftarrow e^{z} / \sum_c e^{z_c}$",
    r"$L \leftarrow \frac1N \sum_i \left( \log \sum_c e^{z_{ic}} - \sum_c y_{ic} z_{ic} \right)$",
    r"$\partial L / \partial z \leftarrow (p - y) / N$",
], losses.softmax_cross_entropy)

# %%
Question("In the backward pass of a dense layer somebody writes b̄ = mean over the examples of G instead of the sum, since \"the loss is a mean\". "
         "The loss is L = mean of the losses of N examples. What is wrong?", {
    "Nothing, both are common.":
        "One of them is the derivative and the other is N times too small.",
    "The 1/N of the mean is in G already; here it would be divided by N a second time.":
        "The loss put it into its gradient, (p − y)/N. From there on every layer only adds.",
    "The bias needs no sum at all.":
        "b has shape (k,), G has (N, k): each example uses the same b, and all their shares count.",
}, right="The 1/N of the mean is in G already; here it would be divided by N a second time.")

# %% [markdown]
# ## 2.7 Is the gradient right? Checking it
#
# A wrong gradient seldom crashes. It trains, a little worse, and one blames the learning rate. So check it
# against something that only uses *values*. The definition of the derivative suggests the one-sided
# difference $(f(x + h) - f(x)) / h$. Taylor's series gives its *truncation error*, $\frac h2 |f''|$. The
# central difference
#
# $$\frac{f(x + h) - f(x - h)}{2h} = f'(x) + \frac{h^2}{6} f'''(x) + \ldots$$
#
# does better: the even terms cancel. But $h$ must not be too small either. Each value of $f$ is rounded,
# with an error of up to $u |f|$, where $u = 1.1 \cdot 10^{-16}$ in double precision; the difference of two
# nearly equal numbers keeps these errors and loses the leading digits. After division by $h$ the *rounding
# error* is about $u |f| / h$. The sum of both, $\frac{h^2}{6} |f'''| + \frac{u |f|}{h}$, is smallest where
# its derivative is 0, at
#
# $$h = \left( \frac{3 u |f|}{|f'''|} \right)^{1/3}, \qquad\text{which is of the order of } u^{1/3} \approx 5 \cdot 10^{-6} .$$
#
# **The complex step.** If $f$ also takes complex numbers, go along the imaginary axis (Squire & Trapp
# 1998):
#
# $$f(x + ih) = f(x) + i h f'(x) - \tfrac{h^2}{2} f''(x) - \ldots, \qquad
# f'(x) = \frac{\operatorname{Im} f(x + i h)}{h} + O(h^2) .$$
#
# Nothing is subtracted, so nothing cancels, and $h$ may be $10^{-30}$. It works only where $f$ is a proper
# complex function: an absolute value on the way breaks it.

# %%
Question("You check a gradient with central differences, h = 1e-6, and find an error of about 1e-10. A friend says: take h = 1e-12, "
         "smaller steps are more exact. What will you find?", {
    "An error far smaller than before.":
        "The truncation error falls, but it was not the larger part any more.",
    "About the same error.":
        "Rounding costs u|f|/h, and h in the denominator is a million times smaller now.",
    "A far larger error.":
        "Rounding, u|f|/h, is about 1e-16/1e-12 = 1e-4 for f of size 1.",
}, right="A far larger error.")

# %%
explorers.autodiff.steps()

# %% [markdown]
# **What it shows.** Both differences make a V: on the right truncation, with slope 1 (one-sided) or 2
# (central), on the left rounding, with slope −1 and noise. The two grey lines are the two terms of theory.
# The complex step has the right arm only: it comes down and stays down.
#
# **Try.** (a) Pull $h$ to the left. Where do the large marks of central difference and complex step part?
# (b) *1000 + sin x*: a large constant does not change the derivative, but it raises the left arm. (c)
# Single precision: the best that central differences reach is now poor, so check gradients in double
# precision even if you train in single. (d) *|x|*: the complex step is wrong at every $h$.
#
# **How to check a network.** One entry at a time costs two evaluations for each parameter. Compare along a
# few random directions $v$ instead: $v^\top \nabla f$ against the difference of $f$ along $v$. A wrong
# entry shows in almost every direction. The library's `check_gradient` does this with the complex step, and
# then searches for an entry that is wrong. Here for a real network:

# %%
rng = np.random.default_rng(0)
network = Network([Dense(5, 8), ReLU(), Dense(8, 3)], losses.softmax_cross_entropy, rng)
f = network.objective(rng.standard_normal((20, 5)), rng.integers(0, 3, 20))
report = check_gradient(f, network.theta, rng)
print(report.reference, "agrees to 1e-10:", report.error < 1e-10)

# %% [markdown]
# **Kinks.** A ReLU has no derivative at 0. If a step of size $h$ carries a unit over its kink, the
# difference is a mixture of both sides, and the check complains about a correct gradient. A smaller $h$
# makes that rarer; the complex step does not leave the point, and never crosses.

# %% [markdown]
# ## 2.8 Measured claims
#
# What our sources say, and what we measured: operations counted, over 16 random seeds, by
# `course_lib.claims`.

# %%
claims.table("C28", "C29")

# %% [markdown]
# Two conditions are worth remembering. Reverse mode is the better one for *losses*, not for every function.
# And the explosion of paths needs layers of two units or more; a chain has a single path.

# %% [markdown]
# ## 2.9 Check yourself

# %%
Question("(3 + 2ε) · (5 + 4ε) with ε² = 0 is", {
    "15 + 8ε": "The derivatives are not multiplied with each other: 2ε · 4ε is 8ε² = 0.",
    "15 + 22ε": "3 · 4 + 2 · 5 = 22, the product rule.",
    "15 + 6ε": "That is the sum of the derivatives, the rule for a sum.",
    "15 + 22ε + 8ε²": "Right so far, but the last term is 0: that is what defines ε.",
}, right="15 + 22ε")

# %%
Question("A network has 100,000 parameters and one loss. An evaluation takes 1 ms. About how long does the gradient take by "
         "forward mode, and by reverse mode?", {
    "Both a few ms.": "A forward pass gives the derivative by one parameter (or along one direction) only.",
    "Forward some minutes, reverse a few ms.":
        "100,000 passes of one or two ms are minutes; reverse mode stays below five evaluations.",
    "Forward a few ms, reverse some minutes.": "It is the other way round: one output is one reverse pass.",
    "Both some minutes.": "Reverse mode does not get slower with the number of inputs.",
}, right="Forward some minutes, reverse a few ms.")

# %%
Question("Why must reverse mode keep the values of the forward pass?", {
    "To print them later.": "They are part of the calculation: look at the local derivative of a product.",
    "Local derivatives depend on them: that of x·y by x is y.":
        "And the sweep needs them in the opposite order to that in which they were made.",
    "Because numpy needs the memory anyway.": "Forward mode does without: it uses each value at once.",
}, right="Local derivatives depend on them: that of x·y by x is y.")

# %%
Question("X is (32, 10), W is (10, 4), G = ∂L/∂Y is (32, 4). Which of these is ∂L/∂W?", {
    "G Xᵀ": "(32, 4) times (10, 32) does not even fit.",
    "Xᵀ G": "(10, 32) times (32, 4) is (10, 4), the shape of W, and the product sums over the examples.",
    "Xᵀ G / 32": "The shape is right. But if the loss is a mean, the 1/32 is in G already.",
    "G Wᵀ": "This is (32, 10): the adjoint of X.",
}, right="Xᵀ G")

# %% [markdown]
# ## 2.10 Summary
#
# - Automatic differentiation applies the chain rule to each operation, with numbers. It is exact to
#   rounding.
# - Forward mode carries tangents: one pass for each input, no memory. Reverse mode carries adjoints: one
#   pass for each output, and it keeps all values. A loss is one output.
# - Where a node is used several times, its adjoints are added. This merging turns $w^d$ paths into about
#   $d\,w^2$ multiplications.
# - Dense: $\bar X = G W^\top$, $\bar W = X^\top G$, $\bar b = \sum_i G_i$. ReLU: $\bar y\,[x > 0]$. Softmax
#   with cross-entropy: $(p - y)/N$.
# - Check gradients in double precision: central differences near $h = 5 \cdot 10^{-6}$, or the complex
#   step.
#
# **Next:** [exercise 2](../exercises/02_autodiff.ipynb), in which you write the product of dual numbers,
# three backward passes, and a gradient checker.
#
# **Further reading**
#
# - A. Baydin, B. Pearlmutter, A. Radul, J. Siskind, [Automatic differentiation in machine learning: a
#   survey](https://arxiv.org/abs/1502.05767), 2018.
# - A. Griewank, A. Walther, [Evaluating Derivatives](https://doi.org/10.1137/1.9780898717761), 2nd edition,
#   SIAM 2008, chapters 3 and 4.
# - D. Rumelhart, G. Hinton, R. Williams, [Learning representations by back-propagating
#   errors](https://doi.org/10.1038/323533a0), Nature 1986.
# - W. Squire, G. Trapp, [Using complex variables to estimate derivatives of real
#   functions](https://doi.org/10.1137/S003614459631241X), SIAM Review 1998.
# - T. Chen, B. Xu, C. Zhang, C. Guestrin, [Training deep nets with sublinear memory
#   cost](https://arxiv.org/abs/1604.06174), 2016.
# - C. Olah, [Calculus on computational graphs:
#   backpropagation](https://colah.github.io/posts/2015-08-Backprop/), 2015.
