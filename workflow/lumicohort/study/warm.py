"""A process with the drawing libraries loaded, which draws the figures of a run by forks of itself.

Loading pandas and matplotlib takes longer than drawing most figures. A run of the workflow starts
one such process; the job of a figure asks it to draw, and draws itself where it cannot ask or gets
no answer. The first figure is drawn by its own job, while the process gets ready for the others:
a run that draws just one has nothing to gain. Each other is drawn in a fork of its own, so that
none can touch another; the process ends with the run, however that ends.

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
from collections.abc import Sequence
from pathlib import Path
from typing import Any

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
_STARTED: list[subprocess.Popen[bytes]] = []
"""Keeps the pipe open whose end tells the process that the run is over."""


def start() -> None:
    """Start the process for this run of the workflow, and let its jobs know.

    It costs next to nothing before the first figure. Nothing is done where the system cannot, or
    where the environment says `off`.
    """
    if sys.platform != "linux" or os.environ.get(VARIABLE):
        return
    name = f"lumicohort-{os.getuid()}-{os.getpid()}-{os.urandom(8).hex()}"
    package = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
    threads = {f"{kind}_NUM_THREADS": "1" for kind in ("OMP", "OPENBLAS", "MKL")}
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door:
        door.bind(f"\0{name}")
        door.listen(64)
        process = subprocess.Popen(
            [sys.executable, "-m", "lumicohort.study.warm", str(door.fileno())],
            stdin=subprocess.PIPE,  # closes when this process ends, even if it is killed
            pass_fds=[door.fileno()],
            env={**os.environ, "PYTHONPATH": path, **threads},
        )
    _STARTED.append(process)
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


def serve(door: socket.socket) -> int | None:
    """Answer requests until the run ends.

    Parameters
    ----------
    door : socket.socket
        Where jobs ask.

    Returns
    -------
    int or None
        In a fork, the exit code of the command that it did; else None, at the run's end.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # jobs are told themselves, and then hang up
    selector = selectors.DefaultSelector()
    selector.register(sys.stdin.buffer, selectors.EVENT_READ, None)
    selector.register(door, selectors.EVENT_READ, None)
    drawing: dict[Any, int] = {}  # who asked, and the fork that draws
    asked = 0
    while True:
        for key, _ in selector.select():
            if key.fileobj is sys.stdin.buffer:
                for fork in drawing.values():
                    os.kill(fork, signal.SIGKILL)
                return None
            if key.fileobj is door:
                asking, request = _accepted(door)
                asked += request is not None
                if request is None or asked == 1:
                    _let_go(asking, request)
                    continue
                _load()
                fork = os.fork()
                if fork == 0:
                    for other in (door, asking, *drawing):
                        other.close()
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


def _load() -> None:
    """Load what every figure needs; done once, the modules stay."""
    for name in _LOADED:
        importlib.import_module(name)


def _run(request: dict[str, Any]) -> int:
    """Do in a fork what was asked, in its folder, with its streams and variables."""
    from lumicohort.cli import main

    signal.signal(signal.SIGINT, signal.SIG_DFL)
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
    with socket.socket(fileno=int(sys.argv[1])) as asked:
        code = serve(asked)
    if code is not None:  # a fork: taking down what it shares with the others takes long
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
