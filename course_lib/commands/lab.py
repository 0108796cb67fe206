"""`course lab`: JupyterLab on the course, always behind a token."""

import os
import secrets

from course_lib.commands import CommandError, course_folder
from course_lib.commands.doctor import runtime_folder
from course_lib.commands.kernels import kernel_environment

START = "lectures/00_start_here.ipynb"
CONTENTS = "course_lib.commands.contents.CourseContents"


def main(port, browser, further):
    """Serve the course with JupyterLab, in this process, until it is stopped; always behind a token."""
    arguments = lab_arguments(course_folder(), port, browser, further)
    # Kernels inherit it. One thread for BLAS: on the small matrices of live figures more of them only wait.
    os.environ.update(kernel_environment())
    from jupyterlab.labapp import LabApp

    folder = runtime_folder()
    if not folder.met:  # Jupyter would end in a traceback
        raise CommandError(folder.note)
    server = LabApp.initialize_server(argv=arguments)
    # Jupyter takes the next free port, and says so in a line among many.
    if port and f"--ServerApp.port={port}" in arguments and server.port != port:
        raise CommandError(f"port {port} is taken, or not yours to use; name another, or leave --port out")
    identity = server.identity_provider
    # What counts is what came out of options, environment and configuration files together.
    jupyters_own = type(identity).__module__ == "jupyter_server.auth.identity"
    if not (jupyters_own and identity.auth_enabled and identity.token):
        raise CommandError(
            "a Jupyter configuration file switches authentication off or replaces it; the course is only "
            "served behind a token. Look for token and identity_provider in the folders of `jupyter --paths`"
        )
    # Jupyter hides a token it did not make itself, and then nobody could copy the address it prints.
    identity.token_generated = True
    server.web_app.settings["page_config_hook"] = _without_questions
    server.start()
    return 0


def _without_questions(handler, page_config):
    """What JupyterLab's page is told: no pop-up about news, none about building extensions."""
    # The configuration of news only says whether there are any; the question comes from the plugin.
    disabled = [*page_config["disabledExtensions"], "@jupyterlab/apputils-extension:announcements"]
    return page_config | {"disabledExtensions": disabled, "buildAvailable": False, "buildCheck": False}


def lab_arguments(root, port, browser, further):
    """JupyterLab's arguments for the course in `root`; an option in `further` replaces the course's own.

    Raises CommandError for an option that would switch authentication off.
    """
    further = [option for option in further if option != "--"]
    own_token = _check_authentication(further)
    token = os.environ.get("JUPYTER_TOKEN", "").strip() or secrets.token_hex(24)
    arguments = [
        f"--ServerApp.root_dir={root}",
        f"--LabApp.default_url=/lab/tree/{START}",
        f"--ServerApp.contents_manager_class={CONTENTS}",
    ]
    if not own_token:
        # On the command line it is stronger than an empty one in a configuration file or the environment.
        arguments.append(f"--IdentityProvider.token={token}")
    if port is not None:
        arguments.append(f"--ServerApp.port={port}")
    if not browser:
        arguments.append("--ServerApp.open_browser=False")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--ServerApp.allow_root=True")
    # Jupyter refuses an option given twice.
    given = {option.partition("=")[0] for option in further}
    return [option for option in arguments if option.partition("=")[0] not in given] + further


def _check_authentication(options):
    """Whether the options bring a token of their own. Raises CommandError where one would do away with it."""
    own_token = False
    for option, following in zip(options, [*options[1:], ""]):
        if not option.startswith("-"):
            continue
        name, equals, value = option.partition("=")
        trait = name.rsplit(".", 1)[-1].lstrip("-").lower()
        value = (value if equals else "" if following.startswith("-") else following).strip().strip("'\"")
        empty = value.lower() in ("", "none", "false")
        replaces = trait in ("identity_provider_class", "login_handler_class", "need_token")
        if replaces or (empty and trait in ("token", "password", "hashed_password")):
            raise CommandError(
                f"{option} would switch authentication off; the course is only served behind a token"
            )
        own_token = own_token or trait == "token"
    return own_token
