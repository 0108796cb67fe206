"""The check of exercise 0: one step of gradient descent, to see how checks answer."""

from .engine import Task
from .mistakes import but


def step(theta, g, lr):
    return theta - lr * g


def cases(rng):
    """Parameters of two or three entries; no gradient and no rate is 1, so that forgetting either shows."""
    return [{"theta": rng.integers(1, 30, n) / 10, "g": rng.integers(2, 30, n) * rng.choice([-1, 1], n) / 5,
             "lr": lr} for n, lr in zip((2, 2, 3), (0.1, 0.5, 0.2))]


TASKS = (Task(
    "00.step", "a step of gradient descent", step, cases, returns=("theta after the step",),
    hints=("The gradient points to where the loss grows. Where do you want to go?",
           "Three things enter: where you are, the gradient, and the rate as its factor. Only a sign is"
           " left to choose."),
    misconceptions=(
        ("step uphill", but(step, "- lr", "+ lr"),
         "This step goes uphill: the gradient points to where the loss grows, and you follow it."),
        ("rate forgotten", but(step, "lr * g", "g"),
         "Each step goes by the whole gradient. Where is the rate?"),
        ("only the move", but(step, "theta - lr", "-lr"),
         "This is the move alone. The task asks for where theta is after it."),
        ("move from nowhere, uphill", but(step, "theta - lr", "lr"),
         "This is rate times gradient alone. Where does the step start, and in which direction does it go?"),
        ("theta shrinks too", but(step, "theta - lr * g", "lr * (theta - g)"),
         "The rate multiplies theta as well. Check your brackets: it is a factor of the gradient only."),
        ("rate on theta", but(step, "theta - lr * g", "lr * theta - g"),
         "The rate multiplies theta instead of the gradient."),
        ("division by the rate", but(step, "lr * g", "g / lr"),
         "You divide by the rate, so a smaller rate makes a larger step."),
    ),
),)
