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
# 2. derive the backward pass of a dense layer, of ReLU, and of softmax with cross-entropy, and take a
#    network of two layers forward and backward with numbers;
# 3. check a gradient, with a step size and a tolerance you can justify.
#
# **You need** the chain rule, matrix products, and gradient descent (lecture 1). **Time:** 50 minutes, then
# the exercise. Paragraphs that begin with *Optional* can be skipped without loss.
#
# Sentences in boxes are quoted from S1, notes on optimization, one of the three sources whose claims this
# course measures (lecture 0).
#
# **Symbols.** Each has one meaning in this lecture.
#
# | symbol | meaning |
# |---|---|
# | $x, y$ | inputs: the two of the example expression; $x$ also that of a function $f$ |
# | $p, q, r, s$ | its intermediate results, the *nodes*; $z$ is any node that uses a given one |
# | $L$ | the output: a single number, the loss where there is a network |
# | $\dot p$ | *tangent*: the derivative of $p$ with respect to a chosen input |
# | $\bar p$ | *adjoint*: the derivative of $L$ with respect to $p$, $\partial L / \partial p$; for an array $Z$ the array $\bar Z$, of the same shape |
# | $\varepsilon$ | the dual unit, $\varepsilon^2 = 0$. In other lectures this letter is the learning rate; here it never is |
# | $f, n, m, J$ | a function, the number of its inputs and outputs, and its Jacobian: the matrix of all derivatives, outputs by inputs |
# | $d, k$ | layers of a graph, and units in each layer |
# | $N, i$ | examples of a batch; the index of one |
# | $X, W, b, Z$ | input, weights, bias and output of a dense layer, $Z = XW + b$; $l$ and $j$ number its inputs and outputs |
# | $A$ | what ReLU makes of $Z$ |
# | $S, K, c$ | scores, the number of classes, the index of one |
# | $\pi, t, T$ | probabilities; the true class of each example; the same as rows of zeros with a single 1 |
# | $\theta, P$ | all parameters in one vector, and their number |
# | $g, \hat g$ | a gradient that is to be checked, and the same as measured by differences |
# | $h, v$ | step size of a difference, and its direction |
# | $u$ | unit of rounding, $1.1 \cdot 10^{-16}$ in double precision |

# %%
import numpy as np

from course_lib import claims, explorers, losses
from course_lib.autodiff import Dual, Variable, check_gradient, gradient
from course_lib.graph import layered
from course_lib.layers import Dense, ReLU
from course_lib.live import AlgorithmBox, Question
from course_lib.network import Network

# %% [markdown]
# ## 2.1 A program is a graph
#
# There are three ways to get a derivative from a computer. *Symbolic* differentiation turns a formula into
# another one, which can be far longer. *Numerical* differentiation moves an input a little and looks at
# what happens: section 2.9 shows how inexact that is, and it needs an evaluation for each input.
# *Automatic* differentiation is neither. It follows the program while it runs and applies the chain rule to
# each operation, with numbers.
#
# Any program that computes a number is a chain of simple operations. Take
#
# $$L = (x y + \sin x)\, y + x, \qquad p = xy,\quad q = \sin x,\quad r = p + q,\quad s = r y,\quad L = s + x .$$
#
# Each result on the way is a *node*. From a node an *edge* leads to each node that uses it. The edge
# carries one number, the *local derivative*: that of the later node by the earlier one, as if nothing else
# moved. Here $\partial s / \partial r = y$ and $\partial q / \partial x = \cos x$. Nothing else of calculus
# is needed: a table with the derivative of each simple operation. The rest of this lecture is about the
# order in which the numbers on the edges are multiplied and added.

# %% [markdown]
# ## 2.2 Forward: dual numbers
#
# > "Forward mode takes an input to the graph and evaluates the derivative of all subsequent nodes with
# > respect to it." (S1, *Automatic differentiation*)
#
# Give each number a companion, its derivative with respect to one chosen input, and compute both side by
# side. Write the pair as $p + \dot p\,\varepsilon$ with a symbol $\varepsilon$ for which $\varepsilon^2 =
# 0$ (Clifford 1873). Then the rules of differentiation follow from ordinary algebra:
#
# $$(p + \dot p\, \varepsilon) + (q + \dot q\, \varepsilon) = (p + q) + (\dot p + \dot q)\,\varepsilon,$$
# $$(p + \dot p\, \varepsilon)(q + \dot q\, \varepsilon) = pq + (\dot p q + p \dot q)\,\varepsilon
# + \dot p \dot q\, \varepsilon^2 = pq + (\dot p q + p \dot q)\,\varepsilon .$$
#
# The second is the product rule. The sine of such a number is $\sin(p + \dot p\, \varepsilon) = \sin p +
# \cos p \;\dot p\, \varepsilon$: the first two terms of the Taylor series, and the others hold
# $\varepsilon^2$ and are zero. Any function with a derivative is treated in the same way. This is no
# approximation, and there is no small step in it.
#
# To get $\partial L / \partial x$, start with $\dot x = 1$ and $\dot y = 0$. In the library, at $x = 2$ and
# $y = 3$:

# %%
def expression(x, y):
    return (x * y + np.sin(x)) * y + x

print("by x:", expression(Dual(2.0, 1.0), Dual(3.0, 0.0)))
print("by y:", expression(Dual(2.0, 0.0), Dual(3.0, 1.0)))

# %% [markdown]
# The first number of each pair is $L$, the second its derivative. Two inputs took two passes. With a
# million inputs it would be a million passes, each as long as the program.

# %% [markdown]
# ## 2.3 Backward: adjoints
#
# > "Reverse mode takes an output (eg the loss) and differentiates it with respect to all inputs." (S1,
# > *Automatic differentiation*)
#
# Turn the question round. Not "what does $x$ do to every node?" but "what does every node do to $L$?",
# which is its adjoint. Before we say how adjoints are found, guess one.

# %%
prediction = Question(
    "In L = (xy + sin x)·y + x the input y is used twice: in p = x·y and in s = r·y. At x = 1, y = 0.5 the nodes give "
    "r = 1.341, and the adjoints of p and s are p̄ = 0.5 and s̄ = 1. What is ȳ, the derivative of L by y?", {
    "0.5, through p: it is the first to use y.":
        "p hands p̄ · x = 0.5 to y. But a change of y also reaches L through s, without passing p.",
    "1.341, through s: it is nearer to the output.":
        "How near a node is does not matter. A change of y also moves p, and p moves the output.",
    "1.841: the shares through p and through s are added.":
        "s gives s̄ · r = 1.341, p gives p̄ · x = 0.5. A change of y has both effects, and small effects add up.",
    "0.671: the shares through p and through s are multiplied.":
        "Along one path derivatives are multiplied. These are two different paths, and their effects add up.",
}, right="1.841: the shares through p and through s are added.")
prediction

# %% [markdown]
# The output has $\bar L = 1$: it changes by as much as it changes. A change of a node $p$ reaches $L$
# through each node $z$ that uses $p$, and to first order the effects add up:
#
# $$\bar p = \sum_{z \text{ uses } p} \bar z \,\frac{\partial z}{\partial p} .$$
#
# So go through the nodes in reverse order. When it is a node's turn, all nodes that use it have had theirs.
# Its adjoint is complete, and it passes a share on to each of its inputs: its adjoint times the number on
# the edge. The local derivatives need the values of the nodes. The program therefore runs forward first and
# keeps all nodes on a list, which is called the *tape*.
#
# That is *reverse mode* (Linnainmaa 1970).

# %%
explorers.autodiff.graph().behind(prediction)

# %% [markdown]
# **What it shows.** Each box has its value (upright) and its derivative (slanting), each edge in grey the
# local derivative. All eleven steps are done: five forward, one that gives the output its 1, five backward.
# In the last one $p$ passes on its adjoint 0.5, times the numbers on the two edges: $+0.25$ to $x$ and
# $+0.5$ to $y$. Before that step $y$ had 1.341, its share from $s$; now it has 1.841.
#
# **Try.** (a) Pull *step* to 0 and walk through all steps. At step 8 node $s$ passes on its two shares; the
# adjoint of $y$ is there, but not complete. (b) Set *derivatives* to *forward from the first input*: value
# and tangent appear together, but only one input's derivative is found. (c) Choose *everything twice*: two
# equal shares arrive and are added at each of the nodes $s$, $r$, $q$ and $p$. (d) Choose *(max(x − y, 0) −
# 1)² + y* and make $y$ larger than $x$. At step 10 the maximum receives an adjoint that is not 0, and passes
# on 0: everything before it gets nothing from this path. A ReLU to which this happens for all examples is
# called *dead*; lecture 8 comes back to it.

# %% [markdown]
# ## 2.4 Reverse mode in thirty lines
#
# A number has to remember where it came from. Then the graph makes itself while the program runs. Here is
# all of it: a class of numbers with three operations; the tape, a list of nodes in which inputs stand before
# those that use them (the order of computation is one such order); and the sweep back.

# %%
class Node:
    """A number that remembers its inputs, and its local derivative by each of them."""

    def __init__(self, value, inputs=(), local=()):
        self.value, self.inputs, self.local, self.adjoint = value, inputs, local, 0.0

    def __add__(self, other):
        return Node(self.value + other.value, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        other = other if isinstance(other, Node) else Node(other)       # a constant
        return Node(self.value * other.value, (self, other), (other.value, self.value))

    __rmul__ = __mul__                                                  # 2.0 * x

    def sin(self):                                                      # np.sin(x) calls it
        return Node(np.sin(self.value), (self,), (np.cos(self.value),))


def nodes_before(output, found=None):
    """The tape: all that output was computed from, inputs before those that use them, output last."""
    found = {} if found is None else found
    for x in output.inputs:
        if x not in found:
            nodes_before(x, found)
    found[output] = True
    return list(found)


def backward(output):
    output.adjoint = 1.0
    for z in reversed(nodes_before(output)):
        for x, derivative in zip(z.inputs, z.local):
            x.adjoint += derivative * z.adjoint

# %% [markdown]
# The last line is the formula of 2.3, and `+=` is its sum. A second sweep needs fresh nodes, since nothing
# sets the adjoints back to 0. Run it on the same function as in 2.2. One sweep gives both derivatives:

# %%
x, y = Node(2.0), Node(3.0)
backward(expression(x, y))
print(f"by x: {x.adjoint:.4g}   by y: {y.adjoint:.4g}")

# %% [markdown]
# The library's tape works in the same way, on arrays, with some twenty operations, checks and derivatives
# of derivatives. Its numbers are called `Variable`. Compare the two on something larger: a graph of 7
# layers with 4 units each, in which every unit is a weighted sum of all units of the layer before.

# %%
ours, library = Node(0.7), Variable(0.7)
output = layered(ours, 7, 4, np.random.default_rng(0))
backward(output)
layered(library, 7, 4, np.random.default_rng(0)).backward()
print(f"{len(nodes_before(output))} nodes")
print(f"ours {ours.adjoint:.4g}, library {float(library.adjoint):.4g}")
print("equal to rounding:", bool(abs(ours.adjoint - library.adjoint) < 1e-12))

# %% [markdown]
# The library's sweep is the same double loop. `contribution` is the adjoint times the local derivative,
# which for arrays is a product with a matrix that is never written down.

# %%
AlgorithmBox("Reverse mode", [
    r"Given: the tape of $L$, in the order in which the nodes were computed",
    r"$\bar L \leftarrow 1$, all other adjoints are empty",
    r"for each node $z$, the last first",
    r"&emsp; for each input $p$ of $z$ that is not a constant: &emsp; $\bar p \leftarrow \bar p + \bar z \,\partial z / \partial p$",
], Variable.sweep)

# %% [markdown]
# ## 2.5 Why merging matters: paths against nodes
#
# > "Naively summing the product of derivatives over all paths to a node is computationally intractable
# > because the number of paths increases exponentially with depth. Instead, the sum over paths is calculated
# > by merging paths back together at the nodes. Derivatives can be computed either forward or backward with
# > this method." (S1, *Backpropagation*)
#
# The chain rule is often stated with *paths*. The derivative of $L$ by $x$ is a sum over all paths that
# lead from $x$ to $L$ along the edges; each path adds the product of the local derivatives along it. That
# is correct. How expensive is it as a program?

# %%
prediction = Question(
    "Between x and L lie 4 layers of 3 units, and each unit uses all units of the layer before. How many multiplications "
    "does the sum over all paths take, compared with a sweep that uses each edge once?", {
    "About as many: the same edges are used.":
        "The same edges, but each of them by many paths, and each path multiplies anew.",
    "About three times as many: three units a layer.":
        "Every further layer has this effect again: each path splits into three there.",
    "About twelve times as many.":
        "405 against 33: there are 81 paths of 5 edges each. Move the depth: with 7 layers it is 292 times as many.",
    "Thousands of times as many.":
        "In deeper graphs, yes. With four layers of three units there are no more than 81 paths.",
}, right="About twelve times as many.")
prediction

# %%
explorers.autodiff.paths().behind(prediction)

# %% [markdown]
# **What it shows.** Left is the graph, with one of its paths marked; the numbers above say how many paths
# lead from $x$ to each unit of a layer. Right are multiplications on a log scale, where a straight line is
# exponential growth. Square marks were counted by walking over every path, round ones by a reverse sweep.
# The dashed curve goes on by the formula where there are too many paths to walk.
#
# **Try.** (a) Depth 7, width 4: 16,384 paths. (b) Width 1: a chain has one path, and the two curves are
# one. The explosion needs nodes that are used more than once.
#
# **The count.** With $d$ layers of $k$ units a path chooses one unit in each layer. So there are $k^d$
# paths. Each has $d + 1$ edges, and the program multiplies its product up from 1, which makes
#
# $$(d + 1)\, k^d \text{ multiplications.}$$
#
# One layer more multiplies this by $k (d + 2)/(d + 1)$: three times the paths, and each is longer by an
# edge. From 4 to 5 layers of three units it grows from 405 to 1,458, by a factor of 3.6.
#
# Reverse mode computes the same sum in another order. Many paths from $L$ back to a node go on from there
# in the same way. Their products up to the node are added up first, and go on as one number, the adjoint.
# This is the distributive law, $ab + ac = a(b + c)$, and nothing more. Each edge is then used once. There
# are $k$ edges to the first layer, $k$ from the last one to $L$, and $k^2$ between neighbouring layers:
#
# $$2k + (d - 1)\, k^2 \text{ multiplications,}$$
#
# and one layer more adds $k^2$, here 9. Merging works forward as well, since a tangent also uses each edge
# once.

# %% [markdown]
# ## 2.6 Forward or reverse?
#
# > "This [reverse mode] is usually more useful in neural networks since it can be used to get the derivatives
# > for all the parameters in one pass." (S1, *Automatic differentiation*)
#
# One pass sounds like a bargain. But perhaps it is a long one.

# %%
prediction = Question(
    "A function has 32 inputs and one output, and an evaluation takes 1,000 operations. How many does reverse mode take "
    "for the value and all 32 derivatives?", {
    "About 1,000: the backward pass only reads the tape.":
        "It also computes: each edge costs a multiplication and an addition, as many as there are forward.",
    "A few thousand, 2,000 to 5,000: forward once and backward once.":
        "Each operation forward has about one backward for each of its inputs, however many inputs the function has.",
    "About 33,000: one evaluation, and about one more for each input.":
        "That is the price of forward mode, a pass for each input.",
}, right="A few thousand, 2,000 to 5,000: forward once and backward once.")
prediction

# %% [markdown]
# Let $f$ have $n$ inputs and $m$ outputs. A forward pass that starts with the tangents $\dot x$ of the
# inputs gives $J \dot x$. Where one entry of $\dot x$ is 1 and the others are 0, that is a *column* of the
# Jacobian. A reverse pass that starts with a number at each output, together $\bar f$, gives $J^\top \bar
# f$: the adjoints for $L = \bar f^\top f$. With a single 1 among them that is a *row*. So the whole Jacobian
# costs
#
# $$n \text{ forward passes} \quad\text{or}\quad m \text{ reverse passes.}$$
#
# What does one pass cost? A product $p q$ takes one multiplication forward. Backward it takes two, $\bar z q$
# and $\bar z p$, and the shares must be added up; where one factor is a constant, one is enough. A
# sine takes a cosine and a multiplication. Count in this way, and the gradient together with the value never
# takes more than a small multiple of the value: theory bounds it by 5 (Griewank & Walther 2008).

# %%
explorers.autodiff.cost().behind(prediction)

# %% [markdown]
# **What it shows.** The functions are $f(x) = \tanh(x W_1)\, W_2$ with an input row $x$ and two matrices of
# weights, between which lie 16 hidden units. Operations are counted while the library's two
# modes run; the evaluation of $f$ counts once. Left: with one output, reverse mode costs about two
# evaluations however many inputs there are, and forward mode one more for each input. Right: the ratio of
# the two. On the diagonal, with as many outputs as inputs, they cost the same; above it forward is cheaper.
# Operations are counted because they are the same on every machine; `course bench` compares the two modes
# by the clock.
#
# **Try.** Set the outputs to 64, then the inputs to 1: now forward mode is the cheaper one, 34 times. Think
# of a robot arm with one motor and 64 sensors.
#
# A training loss is *one* number of *many* parameters: $m = 1$ and $n = P$. That is the whole reason why
# networks are trained with reverse mode, under its older name *backpropagation* (Rumelhart, Hinton &
# Williams 1986).
#
# Reverse mode has another price, which does not show in operations: **memory**. All values of the forward
# pass are kept until the backward pass has used them, so memory grows with depth and batch size. Forward
# mode may forget a value as soon as the last node that uses it is computed. This is one reason why long
# recurrent networks are cut into pieces (lecture 8).
#
# *Optional.* Some programs store only every tenth layer or so, and compute the layers between them once
# more when the backward pass arrives there (Chen et al. 2016): less memory for one more forward pass. And
# the two modes may be combined. A forward pass through the computation of a gradient gives the product of
# the Hessian, the matrix of second derivatives, with a vector, without ever building that matrix. Lecture 12
# needs it.

# %% [markdown]
# ## 2.7 Backpropagation through a layer
#
# Nobody puts each multiplication of a network on a tape. The nodes are whole layers, and each kind of layer
# needs one rule: from the adjoint of its output to the adjoints of its input and of its parameters.
#
# **Dense layer.** $Z = XW + b$ with $X$ of shape $(N, n)$, one example a row, $W$ of shape $(n, m)$, $b$ of
# shape $(m)$. We are given $\bar Z$, of the shape of $Z$. In entries, $Z_{ij} = \sum_l X_{il} W_{lj} + b_j$.
# Now ask of each number by whom it is used, as in 2.3.
#
# - $X_{il}$ is used by $Z_{ij}$ for each $j$, with local derivative $W_{lj}$. So $\bar X_{il} = \sum_j
#   \bar Z_{ij} W_{lj}$.
# - $W_{lj}$ is used by $Z_{ij}$ for each example $i$, with local derivative $X_{il}$. So $\bar W_{lj} =
#   \sum_i X_{il} \bar Z_{ij}$.
# - $b_j$ is used by $Z_{ij}$ for each example $i$, with local derivative 1. So $\bar b_j = \sum_i \bar
#   Z_{ij}$.
#
# Written as matrices:
#
# $$\bar X = \bar Z\, W^\top, \qquad \bar W = X^\top \bar Z, \qquad \bar b = \sum_i \bar Z_{i\cdot} .$$
#
# The shapes leave hardly any choice, which is a good way to remember it. Note the sums over examples: the
# parameters are shared by the examples, so the shares of all of them are added. In the code `x` is $X$ and
# `dy` is $\bar Z$; `p` holds $W$ and $b$, `g` receives their adjoints, `.mT` is the transpose, and `need_dx`
# says whether $\bar X$ is needed.

# %%
AlgorithmBox("Dense layer, backward", [
    r"Given: input $X$ $(N, n)$, weights $W$ $(n, m)$, adjoint $\bar Z$ of the output $(N, m)$",
    r"$\bar W \leftarrow X^\top \bar Z$",
    r"$\bar b \leftarrow \sum_i \bar Z_{i\cdot}$",
    r"$\bar X \leftarrow \bar Z\, W^\top$ &emsp; (not needed in the first layer)",
], Dense.backward)

# %% [markdown]
# **ReLU.** $A = \max(Z, 0)$, entry by entry. Where an entry of $Z$ is positive it passes unchanged, and its
# local derivative is 1. Where it is negative the output is 0 whatever it is, and the local derivative is 0.
# So $\bar Z_{ij} = \bar A_{ij}$ where $Z_{ij} > 0$, and 0 elsewhere. At $Z_{ij} = 0$ there is no derivative;
# any number between 0 and 1 would do, and the library takes 0.
#
# **Softmax and cross-entropy.** From the scores $S_{i1}, \ldots, S_{iK}$ of an example come probabilities
# $\pi_{ic} = e^{S_{ic}} / \sum_{c'} e^{S_{ic'}}$. Its loss is minus the logarithm of the probability of its
# true class $t_i$,
#
# $$-\log \pi_{i t_i} = -S_{i t_i} + \log \sum_{c'} e^{S_{ic'}} .$$
#
# Differentiate the right-hand side by $S_{ic}$. The logarithm of the sum gives $e^{S_{ic}} / \sum_{c'}
# e^{S_{ic'}} = \pi_{ic}$. The first term gives $-1$ where $c = t_i$ and else 0, which is $-T_{ic}$. The loss
# of the batch is the mean over its $N$ examples, so
#
# $$\bar S = \frac{\pi - T}{N} .$$
#
# What the network believes minus what is true. Taken as one node, logarithm and exponential cancel. As
# separate nodes one would divide by $\pi_{i t_i}$, which may be 0 after rounding. In the code `y` is $T$,
# and `p` is $\pi$ and then $\bar S$.

# %%
AlgorithmBox("Softmax with cross-entropy, value and gradient", [
    r"Given: scores $S$ $(N, K)$, true classes as rows $T$ $(N, K)$",
    r"$S \leftarrow S - \max_c S_{\cdot c}$ &emsp; (changes no $\pi$, and $e^S$ cannot overflow)",
    r"$\pi \leftarrow e^{S} / \sum_c e^{S_{\cdot c}}$",
    r"$L \leftarrow \frac1N \sum_i \left( \log \sum_c e^{S_{ic}} - \sum_c T_{ic} S_{ic} \right)$",
    r"$\bar S \leftarrow (\pi - T) / N$",
], losses.softmax_cross_entropy)

# %% [markdown]
# ## 2.8 A network of two layers, forward and backward
#
# Put the three rules together. Two examples with two inputs each go through three hidden units with ReLU to
# the scores of two classes. The first example belongs to class 0, the second to class 1.
#
# | forward | shape | backward | shape |
# |---|---|---|---|
# | $Z = X W_1 + b_1$ | (2, 3) | $\bar W_1 = X^\top \bar Z$, &ensp; $\bar b_1 = \sum_i \bar Z_{i\cdot}$ | (2, 3), (3) |
# | $A = \max(Z, 0)$ | (2, 3) | $\bar Z = \bar A$ where $Z > 0$, else 0 | (2, 3) |
# | $S = A W_2 + b_2$ | (2, 2) | $\bar A = \bar S\, W_2^\top$, &ensp; $\bar W_2 = A^\top \bar S$, &ensp; $\bar b_2 = \sum_i \bar S_{i\cdot}$ | (2, 3), (3, 2), (2) |
# | $L$ from $S$ and $T$ | one number | $\bar S = (\pi - T) / N$ | (2, 2) |
#
# Read the left half from top to bottom, the right half from bottom to top.

# %%
X = np.array([[1.0, 2.0], [2.0, -1.0]])
T = np.array([[1.0, 0.0], [0.0, 1.0]])
W1, b1 = np.array([[1.0, -1.0, 0.5], [0.5, 1.0, -1.0]]), np.array([0.0, 0.0, 1.0])
W2, b2 = np.array([[1.0, -1.0], [-1.0, 0.5], [0.5, 1.0]]), np.array([0.0, 0.0])

Z = X @ W1 + b1
A = np.maximum(Z, 0)
S = A @ W2 + b2
L, S_bar = losses.softmax_cross_entropy(S, T)
for name, array in {"Z": Z, "A": A, "S": S, "pi": S_bar * len(X) + T}.items():
    print(f"{name:2} =", np.array2string(array, precision=3, prefix="pi = "))
print(f"L  = {L:.4g}")

# %% [markdown]
# In $Z$ two entries are negative: for the first example the third unit is off, for the second the second.
# The network is sure of both examples. It gives the first one probability 0.924 for its class 0, which is
# right. The second belongs to class 1 and gets 0.182, so nearly all of the loss is its own.

# %%
Question(
    "Unit 3 is off for the first example and on for the second. What will be the gradient of the weights that lead into it, "
    "the third column of W₁?", {
    "0: a unit that is off gets no gradient.":
        "Off for one example. The other example uses the same weights, and its share passes.",
    "The share of the second example alone.":
        "The third column of Z̄ is 0 in the first row, and X^T Z̄ adds up the rows.",
    "The shares of both examples: the weights were used for both.":
        "They were, but for the first example ReLU has replaced the result by 0: there the weights have no effect on L.",
    "Half the share of the second example: one of two units passes.":
        "The 1/N of the mean is in S̄ already. ReLU passes an adjoint whole or not at all.",
}, right="The share of the second example alone.")

# %%
W2_bar, b2_bar = A.T @ S_bar, S_bar.sum(axis=0)
A_bar = S_bar @ W2.T
Z_bar = A_bar * (Z > 0)
W1_bar, b1_bar = X.T @ Z_bar, Z_bar.sum(axis=0)
for name, array in {"S_bar": S_bar, "A_bar": A_bar, "Z_bar": Z_bar, "W1_bar": W1_bar}.items():
    print(f"{name:6} =", np.array2string(array + 0.0, precision=3, prefix="W1_bar = "))

# %% [markdown]
# $\bar S$ says which way the loss grows; the scores should move the other way. The second row is about
# eleven times as large as the first: the example on which the network is wrong has nearly all the say.
# Follow one number. The entry $\bar A_{23}$ is the second row of $\bar S$ times the third row of $W_2$:
# $0.409 \cdot 0.5 - 0.409 \cdot 1 = -0.204$. ReLU lets it pass, because $Z_{23} = 3$ is positive. Above it,
# $\bar A_{13} = 0.019$ is stopped. So the third column of $\bar W_1$ is $-0.204$ times the second example,
# $(2, -1)$: it is $(-0.409, 0.204)$.
#
# Is that right? The library's tape knows nothing of layers; it follows the loss operation by operation. And
# a small enough step against the gradient must lower the loss.

# %%
def loss(theta):
    """The same network and loss, with all 17 parameters in one vector."""
    W1, b1, W2, b2 = theta[:6].reshape(2, 3), theta[6:9], theta[9:15].reshape(3, 2), theta[15:]
    S = np.maximum(X @ W1 + b1, 0) @ W2 + b2
    return np.log(np.exp(S).sum(axis=1)).mean() - (T * S).sum() / len(X)

theta = np.concatenate([W1.ravel(), b1, W2.ravel(), b2])
g = np.concatenate([W1_bar.ravel(), b1_bar, W2_bar.ravel(), b2_bar])
print("equal to the tape's gradient:", np.allclose(g, gradient(loss)(theta), rtol=1e-12, atol=1e-14))
print(f"loss {loss(theta):.3f}, after a step at rate 0.1: {loss(theta - 0.1 * g):.3f}")

# %% [markdown]
# ## 2.9 Is the gradient right? Checking it
#
# A wrong gradient seldom crashes. It trains, a little worse, and one blames the learning rate. So check it
# against something that uses *values* only. The definition of the derivative suggests the one-sided
# difference $(f(x + h) - f(x)) / h$; the central difference $(f(x + h) - f(x - h)) / 2h$ goes to both sides.

# %%
prediction = Question(
    "You check a derivative with central differences, h = 1e-6, and find a relative error of about 1e-10. A friend says: take "
    "h = 1e-12, smaller steps are more exact. What will you find?", {
    "An error far smaller than before.":
        "So it would be if numbers had endless digits. But two values of f that are nearly equal are subtracted here, and each "
        "has only 16 digits.",
    "About the same error.":
        "It would stay where the error does not depend on h. Look for a level stretch between 1e-6 and 1e-12 on the curve "
        "of central differences.",
    "A far larger error.":
        "About 1e-4: the values agree in their first 12 digits, which the subtraction loses, so that 4 are left.",
}, right="A far larger error.")
prediction

# %%
explorers.autodiff.steps().behind(prediction)

# %% [markdown]
# **What it shows.** Both differences make a V. On the right is the error of the method, *truncation*, with
# slope 1 (one-sided) or 2 (central). On the left is rounding, with slope $-1$ and noise. The two grey lines
# are the two terms of the theory below, divided by $|f'|$ as the error is. Far on the left, below
# $10^{-16}$, $x + h$ is $x$ itself after rounding. The difference is 0 then, and the error 1. The complex
# step, explained below, has the right arm only: it comes down and stays down.
#
# **Try.** (a) Pull $h$ to $10^{-3}$, and from there to the left. Where do the large marks of central
# difference and complex step part? (b) *1000 + sin x*: a large constant does not change the derivative, but
# it raises the left arm. (c) Back to the first function, single precision: central differences come no
# further down than about $10^{-5}$, so check gradients in double precision even if you train in single. (d)
# *|x|*: the complex step is wrong at every $h$.
#
# **The best step.** Taylor's series gives the truncation error. For the one-sided difference it is $\frac h2
# |f''|$. In the central difference the even terms cancel, and
#
# $$\frac{f(x + h) - f(x - h)}{2h} = f'(x) + \frac{h^2}{6} f'''(x) + \ldots$$
#
# Each value of $f$ is rounded, with an error of about $u |f|$, or more if $f$ has many operations. The
# difference of two nearly equal numbers keeps these errors and loses the leading digits. After division by
# $2h$ the two rounding errors together are about $u |f| / h$. That $x \pm h$ is rounded too adds about $u |x
# f'| / h$, which we leave out, since it grows with $1/h$ in the same way. The sum of truncation and
# rounding, $\frac{h^2}{6} |f'''| + \frac{u |f|}{h}$, is smallest where its derivative by $h$ is 0, at
#
# $$h = \left( \frac{3 u |f|}{|f'''|} \right)^{1/3}, \qquad\text{which is of the order of } u^{1/3} \approx 5 \cdot 10^{-6} .$$
#
# **The tolerance.** Put this $h$ back into the sum. What remains is
#
# $$\tfrac32 \, \frac{u |f|}{h} = \tfrac32 \left( \tfrac13 \right)^{1/3} u^{2/3}\, |f|^{2/3}\, |f'''|^{1/3},
# \qquad\text{of the order of } u^{2/3} \approx 2 \cdot 10^{-11} .$$
#
# The relative error is this divided by $|f'|$. So central differences can confirm about ten of the sixteen
# digits, and no more. To ask for an agreement of $10^{-12}$ would reject right gradients; to be content with
# $10^{-3}$ would let many wrong ones pass. Between the two there is room for constants such as $|f|$ and
# $|f'''|$, and for the rounding of long sums: a tolerance of $10^{-8}$ lies a factor of 400 above $u^{2/3}$.
#
# **The complex step.** If $f$ also takes complex numbers, go along the imaginary axis (Squire & Trapp
# 1998), with the imaginary unit $\mathrm i$:
#
# $$f(x + \mathrm i h) = f(x) + \mathrm i h f'(x) - \tfrac{h^2}{2} f''(x) - \ldots, \qquad
# f'(x) = \frac{\operatorname{Im} f(x + \mathrm i h)}{h} + O(h^2) .$$
#
# Nothing is subtracted, so nothing cancels, and $h$ may be $10^{-30}$. Only the rounding within $f$ is
# left, so the tolerance may be stricter. The library asks for $10^{-10}$: that leaves six of the sixteen
# digits to the rounding of the long sums in a large network. It works where $f$ is a proper complex
# function. `np.abs` is none: of $x + \mathrm i h$ it takes the length, $\sqrt{x^2 + h^2}$, whose
# imaginary part is 0, and the measured derivative is 0. ReLU looks as bad, since $\max(x, 0) = (x +
# |x|)/2$. But it need not be computed like that. On either side of 0 ReLU is $x$ or 0, and both are
# proper complex functions. The library lets the *real* part decide which one, and the step does not touch
# the real part.

# %% [markdown]
# ### A recipe
#
# 1. **Double precision, a small network, a few examples, random parameters.** At zero weights many
#    mistakes hide, since what they would multiply is 0. Whatever is random (dropout) must be the same in
#    every evaluation.
# 2. **The relative error** of the gradient $g$ against the measured $\hat g$,
#
#    $$\frac{\lVert g - \hat g \rVert}{\lVert g \rVert + \lVert \hat g \rVert} ,$$
#
#    is 0 where they agree and 1 where they are opposite, whatever their size. An absolute error of
#    $10^{-6}$ says nothing until one knows whether the gradient is $10^{-6}$ or 1.
# 3. **Central differences with $h \approx 5 \cdot 10^{-6}$**, times the size of the parameters if that is
#    far from 1.
# 4. **Below $10^{-8}$: no mistake larger than about $10^{-8}$ of the gradient's length.** Otherwise change
#    $h$ by factors of ten and look how the error moves. If it falls with $h^2$, it is truncation. If it
#    grows like $1/h$ as $h$ gets smaller, it is rounding. If it **does not move**, however small $h$ gets
#    (down to about $10^{-8}$), the gradient is wrong, or a kink is nearer than the smallest $h$: try another
#    point (5).
# 5. **Kinks.** If a step carries a unit over its kink, the difference is a mixture of both sides, and the
#    check complains about a right gradient. With a smaller $h$ this stops at once, as soon as the step no
#    longer reaches the kink. Few examples have few kinks; the complex step never crosses one.
#
# See it happen on the network of 2.8. The second gradient has the bias of the output averaged over the
# examples instead of summed, a common mistake. The third one is right, but the parameters are such that
# one unit is $10^{-6}$ away from its kink.

# %%
def relative_error(g, theta, h):
    steps = h * np.eye(len(theta))
    measured = np.array([loss(theta + step) - loss(theta - step) for step in steps]) / (2 * h)
    return np.linalg.norm(g - measured) / (np.linalg.norm(g) + np.linalg.norm(measured))

mistaken = np.append(g[:15], g[15:] / 2)
near_kink = theta.copy()
near_kink[8] = 1.5 + 1e-6     # the bias of unit 3, which then has Z = 1e-6 for the first example
print("      h        right     mistaken    near a kink")
for h in (1e-3, 1e-4, 5e-6, 1e-7):
    errors = [relative_error(g, theta, h), relative_error(mistaken, theta, h),
              relative_error(gradient(loss)(near_kink), near_kink, h)]
    print(f"{h:9.0e}  " + "  ".join("below 1e-8" if e < 1e-8 else f"{e:10.0e}" for e in errors))

# %% [markdown]
# The right gradient falls below $10^{-8}$ and stays there. The mistaken one shows the same error at every
# $h$. Near the kink the error is there for large steps and gone at $h = 10^{-7}$, which no longer reaches
# it.
#
# **Many parameters.** One entry at a time costs two evaluations for each parameter. Compare along a few
# random directions $v$ instead: $v^\top g$ against the difference of the loss along $v$. A wrong entry
# shows in almost every direction. The library's `check_gradient` does this with the complex step. Where a
# direction disagrees, it halves the set of entries again and again, until it can name one that is wrong.

# %%
rng = np.random.default_rng(0)
network = Network([Dense(5, 8), ReLU(), Dense(8, 3)], losses.softmax_cross_entropy, rng)
f = network.objective(rng.standard_normal((20, 5)), rng.integers(0, 3, 20))
report = check_gradient(f, network.theta, rng)
print(report.reference, "agrees to 1e-10:", report.error < 1e-10)

# %% [markdown]
# ## 2.10 Measured claims
#
# What S1 says, and what we measured: operations counted, over 16 random seeds, by `course_lib.claims`.

# %%
claims.table("C28", "C29")

# %% [markdown]
# Two conditions are worth remembering. Reverse mode is the better one for *losses*, not for every
# function. S1 is fair there: it says "usually", and speaks of networks. And the explosion of paths needs
# layers of two units or more; a chain has a single path.
#
# Two numbers seem to contradict 2.6. There forward mode cost about one evaluation for each input, here it
# is 2.3 for each parameter. And for 64 inputs and one output reverse mode was 33 times cheaper, here it is
# 65 times, as is forward mode for one input and 64 outputs. Both have one reason. The figure counts the
# evaluation once for all passes. The claim runs the library's mode anew for each pass, and each run evaluates
# the function again: for each parameter one evaluation, and a little more than one for the tangents. A
# program that carries all tangents at once saves that, and needs memory for them.

# %% [markdown]
# ## 2.11 Check yourself

# %%
Question(
    "(3 + 2ε) · (5 + 4ε) with ε² = 0 is", {
    "15 + 8ε": "The derivatives are not multiplied with each other: 2ε · 4ε is 8ε² = 0.",
    "15 + 22ε": "3 · 4 + 2 · 5 = 22, the product rule.",
    "15 + 6ε": "That is the sum of the derivatives, the rule for a sum.",
    "15 + 22ε + 8ε²": "Right so far, but the last term is 0: that is what defines ε.",
}, right="15 + 22ε")

# %%
Question(
    "A network has 100,000 parameters and one loss. An evaluation takes 1 ms. About how long does the gradient take by "
    "forward mode, and by reverse mode?", {
    "Both a few ms.": "A forward pass gives the derivative by one parameter (or along one direction) only.",
    "Forward some minutes, reverse a few ms.":
        "100,000 passes of one or two ms are minutes; reverse mode stays below five evaluations.",
    "Forward a few ms, reverse some minutes.": "It is the other way round: one output is one reverse pass.",
    "Both some minutes.": "Reverse mode does not get slower with the number of inputs.",
}, right="Forward some minutes, reverse a few ms.")

# %%
Question(
    "A program overwrites each array of the forward pass as soon as the next layer has been computed, to save memory. "
    "Which backward passes still work?", {
    "All: adjoints come from adjoints, values are not needed.":
        "Adjoints are multiplied by local derivatives. That of x·y by x is y: a value.",
    "None: without values there is no backward pass.":
        "Look at the rules one by one. The adjoints of a bias need no value at all.",
    "That of the bias, b̄ = Σ Z̄; but not W̄ = XᵀZ̄, which needs the layer's input.":
        "A sum has constant local derivatives, a product has not. So memory is spent on the inputs of the products.",
    "That of W̄ = XᵀZ̄; but not that of the bias.":
        "The other way round: X is a value of the forward pass.",
}, right="That of the bias, b̄ = Σ Z̄; but not W̄ = XᵀZ̄, which needs the layer's input.")

# %%
Question(
    "X is (32, 10), W is (10, 4), Z̄ = ∂L/∂Z is (32, 4), and L is the mean over the 32 examples. Which is ∂L/∂W?", {
    "Z̄ Xᵀ": "(32, 4) times (10, 32) does not even fit.",
    "Xᵀ Z̄": "(10, 32) times (32, 4) is (10, 4), the shape of W, and the product sums over the examples.",
    "Xᵀ Z̄ / 32": "The shape is right. But the 1/32 of the mean is in Z̄ already: the loss put it there, (π − T)/N.",
    "Z̄ Wᵀ": "This is (32, 10): the adjoint of X.",
}, right="Xᵀ Z̄")

# %%
Question(
    "A gradient check of a smooth loss in double precision gives a relative error of 3e-5 at h = 1e-4, at h = 1e-5 and at "
    "h = 1e-6. What is going on?", {
    "Truncation: take a smaller step.": "Truncation falls a hundredfold when h falls tenfold.",
    "Rounding: take a larger step.": "Rounding would grow tenfold from each of these steps to the next smaller one.",
    "Nothing: 3e-5 is small.":
        "Central differences in double precision reach about 1e-10. 3e-5 is far above that, whatever h.",
    "The gradient is wrong, in an entry that is small or by little.":
        "An error that does not depend on h is not one of the differences. It is in the gradient.",
}, right="The gradient is wrong, in an entry that is small or by little.")

# %% [markdown]
# ## 2.12 Summary
#
# - Automatic differentiation applies the chain rule to each operation, with numbers. It is exact to
#   rounding.
# - Forward mode carries tangents: one pass for each input, and nothing is kept. Reverse mode carries
#   adjoints: one pass for each output, and it keeps all values. A loss is one output.
# - Where a node is used several times, the shares of its adjoint are added. This merging turns $(d + 1)\,
#   k^d$ multiplications into $2k + (d - 1)\, k^2$.
# - Dense: $\bar X = \bar Z W^\top$, $\bar W = X^\top \bar Z$, $\bar b = \sum_i \bar Z_{i\cdot}$. ReLU: $\bar
#   Z = \bar A$ where $Z > 0$, else 0. Softmax with cross-entropy: $\bar S = (\pi - T)/N$.
# - Check gradients in double precision, by the relative error: central differences near $h = u^{1/3}
#   \approx 5 \cdot 10^{-6}$, which reach about $u^{2/3} \approx 2 \cdot 10^{-11}$, with a tolerance of
#   $10^{-8}$; or the complex step. An error that does not move with $h$ is a mistake, or a kink.
#
# **Next:** [exercise 2](../exercises/02_autodiff.ipynb), in which you write the product of dual numbers,
# the sweep back through a graph, backward passes of layers, a training loop with a gradient of your own,
# and a gradient checker.
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
