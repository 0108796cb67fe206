"""One flat vector of parameters, read by name.

An optimizer wants one long vector theta, a layer wants its own W and b. `Params` gives both: the pieces are
views of the vector, so a change of either is a change of both, and nothing is copied.
"""

from math import prod


class Params:
    """Names and shapes of the pieces of a flat vector theta of `size` entries, in order.

    >>> params = Params({"W": (2, 3), "b": (3,)})
    >>> params.size
    9
    >>> theta = np.zeros((5, 9))                # five runs at once
    >>> params.views(theta)["W"].shape          # leading axes are kept
    (5, 2, 3)
    """

    def __init__(self, shapes):
        self.shapes = {name: tuple(shape) for name, shape in shapes.items()}
        self.slices = {}
        start = 0
        for name, shape in self.shapes.items():
            self.slices[name] = slice(start, start + prod(shape))
            start += prod(shape)
        self.size = start

    def views(self, theta):
        """{name: view of theta (..., P), of shape (..., *shape)}. ValueError for another length of theta."""
        if theta.shape[-1:] != (self.size,):
            raise ValueError(f"theta must have a last axis of {self.size} parameters,"
                             f" got shape {theta.shape}")
        # Splitting the last axis never copies, whatever the strides: these are views.
        runs, pieces = theta.shape[:-1], zip(self.slices.items(), self.shapes.values())
        if not runs:  # the usual case, at every step of training
            return {name: theta[part].reshape(shape) for (name, part), shape in pieces}
        return {name: theta[..., part].reshape(runs + shape) for (name, part), shape in pieces}
