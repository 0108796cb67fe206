# %% [markdown]
# # Exercise 0: your first check
#
# One line, to learn how exercises work. Fill in the function, run its cell (Shift+Enter), then run the
# check below it.
#
# **You need** lecture 0. **Time:** 5 minutes.
#
# **How it works.** Replace `raise NotImplementedError()` by your code. The check calls your function with a
# few small random inputs. It says *not attempted* as long as that line is there, and tells you what it saw
# otherwise. Do make a mistake on purpose, once: leave out the rate, or turn the sign round, and read the
# answer.

# %%
from course_lib.checks import check, hint

# %% [markdown]
# ## 1. A step of gradient descent
#
# The gradient $g$ points to where the loss grows fastest. Gradient descent goes the other way, by the rate
# $\epsilon$ times the gradient.

# %%
def step(theta, g, lr):
    """One step of gradient descent: theta moved against the gradient g, by the rate times the gradient.

    theta, g   float arrays of the same shape: parameters, gradient at theta
    lr         number, the rate

    Returns theta after the step, a new array. Leaves theta and g as they are.
    """
    ### BEGIN SOLUTION
    return theta - lr * g
    ### END SOLUTION

# %%
check("00.step", step)

# %% [markdown]
# Stuck? A hint is there when you ask for it, and a second call gives a second one. Exercises keep your
# work: save the notebook with Ctrl+S.

# %%
hint("00.step")
