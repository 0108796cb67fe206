"""Exercise 0: right versions written differently."""

import numpy as np


def step_in_a_new_array(theta, g, lr):
    moved = theta.copy()
    moved -= lr * g
    return moved


def step_entry_by_entry(theta, g, lr):
    return np.array([a - lr * b for a, b in zip(theta, g)])


ALTERNATIVES = {"00.step": [step_in_a_new_array, step_entry_by_entry]}
