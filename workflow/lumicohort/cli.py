"""The command line: `lumicohort COMMAND …`, one module of :mod:`lumicohort.commands` each."""

from __future__ import annotations

import argparse
import errno
import gc
import importlib
import os
import re
import sys
from collections.abc import Sequence
from typing import NoReturn

from lumicohort import __version__, threads
from lumicohort.errors import InputError, did_you_mean

COMMANDS = (
    "new",
    "check",
    "measure",
    "survival",
    "plan",
    "randomise",
    "simulate",
    "status",
    "step",
)
"""Names of the subcommands; `lumicohort.commands.<name>` has HELP, add_arguments and run."""


_OF_THE_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; those of the process where none are given.

    Returns
    -------
    int
        0 when all went well, 2 for bad input (its message is printed, no traceback), 130 when
        it was stopped by Ctrl-C. A fault of ours is an exception, which ends the process with
        exit code 1; 141 as shells have it where who reads our output has gone (`| head`).
    """
    argv = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(
        prog="lumicohort",
        description="From raw IVIS clicks and a cohort sheet to flux, statistics and figures.",
    )
    parser.add_argument("--version", action="version", version=f"lumicohort {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in COMMANDS:
        module = importlib.import_module(f"lumicohort.commands.{name}")
        sub = subparsers.add_parser(
            name,
            help=module.HELP,
            description=module.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(sub)
        sub.set_defaults(run=module.run)
    arguments, unknown = parser.parse_known_args(argv)
    if unknown:
        _refuse(unknown, subparsers.choices[arguments.command])
    try:
        code = int(arguments.run(arguments))
        sys.stdout.flush()  # here, or a reader that has gone is noticed outside of this function
        return code
    except InputError as error:
        print(f"lumicohort: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("lumicohort: stopped by Ctrl-C; nothing half-written was kept.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        if not _reader_has_gone():
            raise
        return 141
    except OSError as error:
        if error.errno not in _OF_THE_DISK:
            raise
        where = f"{error.filename}: " if error.filename else ""
        print(
            f"lumicohort: {where}nothing can be written ({error.strerror}). Make room on the disk, "
            "or make it writable, and run the same command again; nothing half-written was kept.",
            file=sys.stderr,
        )
        return 2


def _refuse(unknown: Sequence[str], command: argparse.ArgumentParser) -> NoReturn:
    """End as argparse does, with the usage of the command that was meant instead of all commands'.

    What does not begin with a dash may be the value of an unknown option before it.
    """
    options = [word.partition("=")[0] for word in unknown if word.startswith("-")]
    if not options:
        command.error(f"`{' '.join(unknown)}` is more than this command takes.")
    allowed = re.findall(r"--[a-z-]+", command.format_usage())
    command.error(f"there is no option `{options[0]}`{did_you_mean(options[0], allowed) or '.'}")


def _reader_has_gone() -> bool:
    """Return whether nobody reads standard output; if so, throw away what is still to be said."""
    import select

    try:
        output = sys.stdout.fileno()
    except (OSError, ValueError):  # no file: a notebook, a test
        return False
    ends = select.poll()
    ends.register(output, 0)  # errors and hang-ups are told without being asked for
    gone = bool(ends.poll(0))
    if gone:
        os.dup2(os.open(os.devnull, os.O_WRONLY), output)
    return gone


def program() -> None:
    """Run the command line as a program, and end it with the exit code."""
    threads.keep_to_one()
    code = main()
    gc.freeze()  # ending, Python need not look through all that was imported for garbage
    sys.exit(code)


if __name__ == "__main__":
    program()
