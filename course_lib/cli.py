"""The `course` command: its arguments. What each command does stands in its module of course_lib.commands."""

import argparse
import sys

from course_lib.commands import CommandError, bench, claims, doctor, lab, notebooks


def main(argv=None):
    """Run `course` with the arguments `argv` (default: the process's own); return the exit status."""
    parser = argparse.ArgumentParser(prog="course", description="A live course on optimization.")
    commands = parser.add_subparsers(dest="command", required=True)

    for_lab = commands.add_parser(
        "lab", help="open the course in JupyterLab", allow_abbrev=False,
        epilog="Every further option is passed on to JupyterLab, for instance --ip=0.0.0.0.",
    )
    for_lab.add_argument("--port", type=int, help="port to listen on (default: 8888, or the next free one)")
    for_lab.add_argument("--no-browser", action="store_true", help="print the address, open no browser")

    for_build = commands.add_parser("build", help="make the notebooks from their sources")
    for_build.add_argument("--check", action="store_true", help="only say which are stale; executes nothing")
    for_build.add_argument("names", nargs="*", help="for instance 05, or 05_momentum (default: all)")

    for_claims = commands.add_parser("claims", help="measure the claims of the sources, on all cores")
    for_claims.add_argument("ids", nargs="*", metavar="ID", help="for instance C15 (default: all)")
    for_claims.add_argument("--seeds", default="", help="for instance 100:116, compared with 0:16 (the default)")

    commands.add_parser("bench", help="run every benchmark, print one table")
    commands.add_parser("doctor", help="say whether this installation can run the course")

    options, further = parser.parse_known_args(argv)
    if further and options.command != "lab":
        parser.error(f"unrecognized arguments: {' '.join(further)}")
    try:
        match options.command:
            case "lab":
                return lab.main(options.port, not options.no_browser, further)
            case "build":
                return notebooks.main(options.names, options.check)
            case "claims":
                return claims.main(options.ids, options.seeds)
            case "bench":
                return bench.main()
            case "doctor":
                return doctor.main()
    except CommandError as error:
        print(f"course {options.command}: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
