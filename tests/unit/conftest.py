"""What the tests of several lectures share."""

import pytest


@pytest.fixture(scope="module")
def findings(request):
    """{name: Finding}: each of the EXPERIMENTS of a test module, run once on its SEEDS."""
    return {name: experiment(request.module.SEEDS) for name, experiment in request.module.EXPERIMENTS.items()}
