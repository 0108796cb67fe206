"""Settings of every test and of every kernel a test starts."""

import os

from course_lib.commands.kernels import kernel_environment

# Notebooks are compared with outputs that were made in this environment.
os.environ.update(kernel_environment())
