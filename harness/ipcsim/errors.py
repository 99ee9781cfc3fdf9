# SPDX-License-Identifier: Apache-2.0 OR MIT
"""What can go wrong. The exit status of the program decides which of these it is.

A scenario that ran and did not pass is no exception: it is a `Run` whose `outcome` says so,
until somebody asserts that it passed.
"""

from __future__ import annotations

from collections.abc import Sequence


class IpcsimError(Exception):
    """All that this package raises, but for the two kinds of AssertionError below."""


class ProgramNotFound(IpcsimError):
    """There is no program ipcsim where it was looked for."""


class RecordError(IpcsimError):
    """A database that is no record, or lacks what is looked for: a run, or in a record of
    another version, a column."""


class CallFailed(IpcsimError):
    """The program did not do what it was asked for. The message is what it said.

    `exit_code` is negative if a signal ended it.
    """

    def __init__(
        self, message: str, command: Sequence[str], exit_code: int, stdout: str, stderr: str
    ) -> None:
        super().__init__(message)
        self.command = tuple(command)
        self.exit_code = exit_code
        self.stdout = stdout
        self.stderr = stderr

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions are pickled by their one message otherwise.
        about = (str(self), self.command, self.exit_code, self.stdout, self.stderr)
        return (type(self), about)


class ScenarioError(CallFailed):
    """Asked wrongly, exit status 2: no such file, a mistake in a scenario, an unknown board."""


class HostError(CallFailed):
    """The simulator or the host failed, exit status 3 or a crash: nothing can be said about
    the scenario."""


class Interrupted(CallFailed):
    """A person stopped the program, exit status 130."""


class ScenarioFailed(AssertionError):
    """A run that was to pass did not. The message is the program's own report."""


class GoldenMismatch(AssertionError):
    """A trace is not the golden one. The message is the program's own diff."""
