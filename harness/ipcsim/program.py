# SPDX-License-Identifier: Apache-2.0 OR MIT
"""The program `ipcsim`: where it is, and how it is called."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Union

from ipcsim.errors import CallFailed, HostError, Interrupted, ProgramNotFound, ScenarioError

PathLike = Union[str, "os.PathLike[str]"]

PASSED, FAILED, ASKED_WRONGLY, HOST_FAILED, BOUND_HIT, INTERRUPTED = 0, 1, 2, 3, 4, 130

_NAME = "ipcsim"
_VARIABLE = "IPCSIM"

# By which the program would address the caller's own CI job, once for each call.
_FOR_CI = ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY")


def from_here(path: Path) -> Path:
    """As a person in the current folder would name it: it stands in reports and commands."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


@dataclass(frozen=True)
class Answer:
    """What a call of the program came to."""

    command: tuple[str, ...]
    exit_code: int
    stdout: str
    stderr: str

    @property
    def words(self) -> str:
        """All that it said: what went wrong last."""
        return "\n".join(text for text in (self.stdout.rstrip(), self.stderr.rstrip()) if text)


def find_program(program: PathLike | None = None) -> Path:
    """The program: `program` itself, else what the environment variable IPCSIM names, else
    the one in PATH, else the one that was installed with this package (its prefix's bin).

    Raises ProgramNotFound. An explicit one that does not exist is an error, too: nothing
    else is tried.
    """
    named = os.fspath(program) if program is not None else os.environ.get(_VARIABLE)
    if named:
        found = shutil.which(named)
        if found is None:
            origin = "" if program is not None else f", which {_VARIABLE} names,"
            raise ProgramNotFound(f"{named}{origin} is no program that can be run")
        return Path(found).absolute()

    found = shutil.which(_NAME) or _installed_beside()
    if found is None:
        raise ProgramNotFound(
            f"cannot find the program {_NAME}: put it into PATH, or set {_VARIABLE} to it"
        )
    return Path(found).absolute()


def _installed_beside() -> str | None:
    for folder in Path(__file__).resolve().parents:
        found = shutil.which(str(folder / "bin" / _NAME))
        if found is not None:
            return found
    return None


def call(
    program: PathLike | None,
    arguments: Sequence[str],
    environment: Mapping[str, str] | None = None,
) -> Answer:
    """Calls the program, waits for it, and returns what it said if it could do what it was
    asked to: exit status 0, 1 or 4. `environment` is added to that of the caller.

    Raises ProgramNotFound, ScenarioError, HostError, Interrupted.
    """
    command = (str(find_program(program)), *arguments)
    inherited = {name: value for name, value in os.environ.items() if name not in _FOR_CI}
    try:
        process = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="backslashreplace",
            env={**inherited, **(environment or {})},
            check=False,
        )
    except OSError as error:
        raise HostError(f"{command[0]}: {error.strerror}", command, HOST_FAILED, "", "") from error
    answer = Answer(command, process.returncode, process.stdout, process.stderr)
    if answer.exit_code not in (PASSED, FAILED, BOUND_HIT):
        raise _failure(answer)
    return answer


def _failure(answer: Answer) -> CallFailed:
    kinds = {ASKED_WRONGLY: ScenarioError, INTERRUPTED: Interrupted}
    kind = kinds.get(answer.exit_code, HostError)
    message = answer.stderr.strip() or answer.stdout.strip()
    if answer.exit_code < 0:
        ended = f"ended by signal {-answer.exit_code}: {shlex.join(answer.command)}"
        message = f"{message}\n{ended}".strip()
    return kind(
        message or f"exit status {answer.exit_code}: {shlex.join(answer.command)}",
        answer.command,
        answer.exit_code,
        answer.stdout,
        answer.stderr,
    )
