# SPDX-License-Identifier: Apache-2.0 OR MIT
"""The Python side of ipcsim: runs scenarios, reads their records, checks golden traces.

    import ipcsim

    run = ipcsim.run("scenarios/rot13.lua", clients=4, board="cortex-m4")
    run.assert_passed()
    assert all(upcall.delivered for upcall in run.upcalls)

It knows the command line of the program `ipcsim` and the SQLite record that this writes,
nothing else, and needs nothing but Python's own library. `ipcsim.pytest_plugin` makes the
same available to pytest; docs/python.md explains both.
"""

from ipcsim.errors import (
    CallFailed,
    GoldenMismatch,
    HostError,
    Interrupted,
    IpcsimError,
    ProgramNotFound,
    RecordError,
    ScenarioError,
    ScenarioFailed,
)
from ipcsim.golden import Checked, Golden, check, goldens
from ipcsim.program import find_program
from ipcsim.record import (
    Fault,
    Note,
    Notify,
    Print,
    Process,
    Processes,
    Record,
    Region,
    RoundTrip,
    RunInfo,
    Share,
    Syscall,
    Upcall,
    read_run,
)
from ipcsim.runs import Run, run

__version__ = "0.1.0"

__all__ = [
    "CallFailed",
    "Checked",
    "Fault",
    "Golden",
    "GoldenMismatch",
    "HostError",
    "Interrupted",
    "IpcsimError",
    "Note",
    "Notify",
    "Print",
    "Process",
    "Processes",
    "ProgramNotFound",
    "Record",
    "RecordError",
    "Region",
    "RoundTrip",
    "Run",
    "RunInfo",
    "ScenarioError",
    "ScenarioFailed",
    "Share",
    "Syscall",
    "Upcall",
    "check",
    "find_program",
    "goldens",
    "read_run",
    "run",
]
