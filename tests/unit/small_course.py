"""A lecture and a solution as sources, small enough to be built in a test."""

LECTURE = '''\
# %% [markdown]
# # A lecture

# %%
import sys

import ipywidgets
import matplotlib.figure

# %% tags=["wide"]
print("one")
print("two")

# %%
print("one")
print("two")

# %%
print("one")
print("two")


# %%
class Live:
    """Offers a live view, a picture and a line of text, as the course's figures do."""

    def _repr_mimebundle_(self, **_):
        figure = matplotlib.figure.Figure((1, 1))
        figure.subplots().plot([1, 3, 2])
        png = __import__("io").BytesIO()
        figure.savefig(png, format="png")
        picture = __import__("base64").b64encode(png.getvalue()).decode()
        view = ipywidgets.IntSlider()._repr_mimebundle_()
        return {**view, "image/png": picture, "text/plain": "three points"}


Live()
'''

SOLUTION = '''\
# %% [markdown]
# # An exercise

# %%
def check(task, function):
    try:
        print(task, function(2.0))
    except NotImplementedError:
        print(task, "not attempted")


# %%
def doubled(x):
    """Twice x."""
    if x is None:
        ### BEGIN SOLUTION
        secret_branch = 0
        return secret_branch
        ### END SOLUTION
    limit = 10
    ### BEGIN SOLUTION
    return min(secret_limit := limit, 2 * x)
    ### END SOLUTION


# %% points=2
check("05.doubled", doubled)

# %%
### BEGIN SOLUTION
secret_curve = [doubled(x) for x in range(3)]
### END SOLUTION

# %% [markdown] points=3
# What do you see?
#
# <!-- ### BEGIN SOLUTION -->
# A secret straight line.
# <!-- ### END SOLUTION -->
'''


def write(root):
    """Put both into a course folder."""
    for folder, text in (("lectures", LECTURE), ("solutions", SOLUTION)):
        (root / folder / "source").mkdir(parents=True)
        (root / folder / "source" / "05_twice.py").write_text(text)
