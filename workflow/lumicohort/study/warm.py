"""A process with the drawing libraries loaded, which draws the figures of a run by forks of itself.

Loading pandas and matplotlib takes longer than drawing most figures. A run of the workflow starts
one such process; the job of a figure asks it to draw, and draws itself where it cannot ask or gets
no answer. Where several figures are due for their settings or code, the process gets ready while
the run is still being planned. Else the first figure is drawn by its own job, while the process
gets ready for the others: a run that draws just one has nothing to gain. Each is drawn in a fork of
its own, so that none can touch another; the process ends with the run, however that ends.

The socket is abstract (Linux only: it has no file that a crash could leave behind), and only
processes of the same user are answered.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import json
import os
import selectors
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, get_args

from lumicohort import threads

VARIABLE = "LUMICOHORT_WARM"
"""Environment variable of jobs: the socket's name; `off` where every job is to draw by itself."""

_STREAMS = (1, 2, 3)
"""File descriptors that a job hands over: its output, its errors, and the screen."""
_LONGEST = 1 << 18
"""Bytes of a request: its arguments and environment variables."""
_USER = struct.Struct("3i")
"""The other end of a socket, as unix(7) has it: process, user, group."""
_LOADED = (
    "fontTools.subset",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_pdf",
    "matplotlib.backends.backend_svg",
    "pandas",
    "lumicohort.cli",
    "lumicohort.commands.step",
    "lumicohort.figures.draw",
    "lumicohort.figures.save",
    "lumicohort.study.plan",
    "lumicohort.study.record",
)
"""What every figure needs."""
_SLOW = ("seaborn",)
"""Libraries that some figures need and that take long to load."""
_STARTED: list[subprocess.Popen[bytes]] = []
"""Keeps the pipe open whose end tells the process that the run is over."""


def start(due: Collection[str] = ()) -> None:
    """Start the process for this run of the workflow, and let its jobs know.

    It costs next to nothing before the first figure is asked for, unless some are known to be
    due. Nothing is done where the system cannot, where the environment says `off`, or where the
    process was started before.

    Parameters
    ----------
    due : collection of str, optional
        Libraries of the figures that are due; where any is given, the process loads at once.
    """
    if sys.platform != "linux" or os.environ.get(VARIABLE):
        return
    name = f"lumicohort-{os.getuid()}-{os.getpid()}-{os.urandom(8).hex()}"
    package = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door:
        door.bind(f"\0{name}")
        door.listen(64)
        process = subprocess.Popen(
            [sys.executable, "-m", "lumicohort.study.warm", str(door.fileno()), *due],
            stdin=subprocess.PIPE,  # closes when this process ends, even if it is killed
            pass_fds=[door.fileno()],
            env={**os.environ, "PYTHONPATH": path},
        )
    _STARTED.append(process)
    atexit.register(process.terminate)  # or it would be heard of until it has loaded
    os.environ[VARIABLE] = name


def ask(arguments: Sequence[str]) -> int | None:
    """Ask the run's process to do a command of `lumicohort`.

    Parameters
    ----------
    arguments : sequence of str
        The command line after `lumicohort`.

    Returns
    -------
    int or None
        Its exit code; None where there is no such process or it broke, and the caller has to do
        it.
    """
    name = os.environ.get(VARIABLE, "off")
    if name == "off":
        return None
    streams = [stream for stream in _STREAMS if _is_open(stream)]
    request = {
        "arguments": list(arguments),
        "folder": str(Path.cwd()),
        "variables": {**os.environ, VARIABLE: "off"},
        "streams": streams,
    }
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as asking:
        try:
            asking.connect(f"\0{name}")
            socket.send_fds(asking, [json.dumps(request).encode()], streams)
            answer = asking.recv(16)
        except OSError:
            return None
    return int(answer) if answer else None


def _is_open(stream: int) -> bool:
    try:
        os.fstat(stream)
    except OSError:
        return False
    return True


def serve(door: socket.socket, due: Collection[str] = ()) -> int | None:
    """Answer requests until the run ends.

    Parameters
    ----------
    door : socket.socket
        Where jobs ask.
    due : collection of str, optional
        Libraries of the figures that are due; where any is given, the first is drawn here too.

    Returns
    -------
    int or None
        In a fork, the exit code of the command that it did; else None, at the run's end.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # jobs are told themselves, and then hang up
    signal.signal(signal.SIGTERM, _stop)
    drawing: dict[Any, int] = {}  # who asked, and the fork that draws
    try:
        if due:
            _load(due)
        return _serve(door, drawing, bool(due))
    finally:  # in a fork there is none
        for fork in drawing.values():
            os.kill(fork, signal.SIGKILL)


def _stop(number: int, frame: Any) -> None:
    raise SystemExit


def _serve(door: socket.socket, drawing: dict[Any, int], ready: bool) -> int | None:
    selector = selectors.DefaultSelector()
    selector.register(sys.stdin.buffer, selectors.EVENT_READ, None)
    selector.register(door, selectors.EVENT_READ, None)
    while True:
        for key, _ in selector.select():
            if key.fileobj is sys.stdin.buffer:
                return None
            if key.fileobj is door:
                asking, request = _accepted(door)
                if request is None or not ready:
                    ready |= request is not None
                    _let_go(asking, request)
                    continue
                _load()
                fork = os.fork()
                if fork == 0:
                    for other in (door, asking, *drawing):
                        other.close()
                    drawing.clear()
                    return _run(request)
                _close(request)
                drawing[asking] = fork
                selector.register(asking, selectors.EVENT_READ, asking)
                selector.register(os.pidfd_open(fork), selectors.EVENT_READ, asking)
            elif key.fileobj is key.data:  # the job hung up: nobody waits for its figure
                if key.data in drawing:  # else it just ended
                    os.kill(drawing[key.data], signal.SIGKILL)
                    selector.unregister(key.data)
            else:
                _answer(key.data, drawing.pop(key.data))
                selector.unregister(key.fileobj)
                os.close(key.fd)
                with contextlib.suppress(KeyError):
                    selector.unregister(key.data)
                key.data.close()


def _accepted(door: socket.socket) -> tuple[socket.socket, dict[str, Any] | None]:
    """Return who asks, and for what; None where it is another user, or hung up."""
    asking, _ = door.accept()
    peer = asking.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _USER.size)
    if _USER.unpack(peer)[1] != os.getuid():
        return asking, None
    text, handed, _, _ = socket.recv_fds(asking, _LONGEST, len(_STREAMS))
    return asking, {**json.loads(text), "handed": handed} if text else None


def _let_go(asking: socket.socket, request: dict[str, Any] | None) -> None:
    """Leave who asked to do it itself."""
    asking.close()
    if request is not None:
        _close(request)


def _close(request: dict[str, Any]) -> None:
    """Close the streams that were handed over with a request."""
    for stream in request["handed"]:
        os.close(stream)


def _answer(asking: socket.socket, fork: int) -> None:
    """Tell who asked how a fork ended; a fork that was killed is none of an answer."""
    code = os.waitstatus_to_exitcode(os.waitpid(fork, 0)[1])
    if code >= 0:
        with contextlib.suppress(OSError):  # it hung up meanwhile
            asking.send(str(code).encode())


def _load(due: Collection[str] = ()) -> None:
    """Load what every figure needs, and what is slow of the due ones; once, the modules stay."""
    for name in (*_LOADED, *(slow for slow in _SLOW if slow in due)):
        importlib.import_module(name)
    # Each figure's record names the code and the libraries behind it: read once for all.
    from lumicohort.study.config.output import PanelKind
    from lumicohort.study.planned import code_state
    from lumicohort.study.steps import code_hash, libraries_of

    code_state()
    kinds = get_args(PanelKind)
    code_hash("figure", kinds)
    libraries_of("figure", kinds)


def _run(request: dict[str, Any]) -> int:
    """Do in a fork what was asked, in its folder, with its streams and variables."""
    from lumicohort.cli import main

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    with Path(os.devnull).open() as nothing:
        os.dup2(nothing.fileno(), 0)
    for handed, stream in zip(request["handed"], request["streams"], strict=True):
        os.dup2(handed, stream)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["variables"])
    sys.argv = ["lumicohort", *request["arguments"]]
    return main(request["arguments"])


if __name__ == "__main__":
    threads.keep_to_one()
    with socket.socket(fileno=int(sys.argv[1])) as asked:
        code = serve(asked, sys.argv[2:])
    if code is not None:  # a fork: taking down what it shares with the others takes long
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
