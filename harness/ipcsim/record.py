# SPDX-License-Identifier: Apache-2.0 OR MIT
"""One run as the SQLite record has it (docs/record.md says what each column means).

Each class of rows is a view or table of the record: its fields are the columns, but for the
names of processes, which are looked up. Times are simulated, in microseconds.
"""

from __future__ import annotations

import difflib
import sqlite3
from collections import namedtuple
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints, overload

from ipcsim.errors import RecordError
from ipcsim.program import PathLike

# "IPCS", as the program writes it (docs/record.md).
APPLICATION_ID = 0x49504353

_LOCK_WAIT_SECONDS = 10.0

RowType = TypeVar("RowType")


class Column:
    """How a field is read that is not just the column of its own name."""

    def __init__(self, expression: str) -> None:
        self.expression = expression


class NameOf(Column):
    """The name of the process whose index is in this column."""

    def __init__(self, column: str) -> None:
        super().__init__(
            "(select p.name from processes p"
            f" where p.run_id = rows.run_id and p.idx = rows.{column})"
        )


@dataclass(frozen=True)
class RunInfo:
    """What was run, on what, and what came of it."""

    id: int
    scenario: str
    about: str
    params: str  # 'clients=2 rounds=3'
    board: str
    sched: str
    fault: str
    seed: int
    num_procs: int
    until_us: int | None  # None: no end
    outcome: str  # 'passed', 'failed', 'fault', 'kernel_panic', 'deadlock', 'time_up', ...
    reason: str | None  # a sentence, '' if it passed
    trace_hash: str | None
    events: int | None
    time_us: int | None
    version: str  # of the program
    source_hash: str  # of the script and the files that it uses
    made_at: str  # when, by the clock of the host: '2026-01-31T23:59:59Z'


@dataclass(frozen=True)
class _Parameter:
    name: str
    value: Any
    type: str


@dataclass(frozen=True)
class Process:
    """A process, with its state at the end of the run."""

    index: Annotated[int, Column("rows.idx")]
    name: str
    id: int  # of its first life
    memory_start: int
    memory_size: int
    flash_start: int
    flash_size: int
    state: str | None
    restarts: int | None
    dropped_upcalls: int | None  # since its last start, as are the next two
    timeslice_expirations: int | None
    syscalls: int | None


@dataclass(frozen=True)
class Upcall:
    """An upcall that a notify scheduled, delivered or not.

    `seq` and `time_us` are those of its delivery, or of the event that lost it, and None
    while it is still queued. `reason` says why it was lost.
    """

    seq: int | None
    time_us: int | None
    process: int  # who receives it
    process_name: Annotated[str, NameOf("process")]
    subscribe_num: int
    arg0: int  # the sender's index
    arg1: int | None  # length of the shared buffer
    arg2: int | None  # its address
    userdata: int | None
    from_process: int
    from_name: Annotated[str, NameOf("from_process")]
    notified_seq: int
    latency_us: int | None
    delivered: bool
    reason: str | None


@dataclass(frozen=True)
class Notify:
    """A notify, also one that was refused: `error` says why, and `queued_seq` is None."""

    seq: int
    time_us: int
    process: int
    process_name: Annotated[str, NameOf("process")]
    type: str  # 'service' or 'client'
    to_process: int
    to_name: Annotated[str | None, NameOf("to_process")]  # None: there is no such process
    error: str | None
    queued_seq: int | None  # notified_seq of its upcall


@dataclass(frozen=True)
class Syscall:
    """A system call with its answer: None where it got none."""

    seq: int
    time_us: int
    process: int
    process_name: Annotated[str, NameOf("process")]
    id: int  # of the process in this life
    class_: Annotated[str, Column("rows.class")]
    r0: int
    r1: int
    r2: int
    r3: int
    answered_seq: int | None
    variant: str | None
    error: str | None
    w1: int | None
    w2: int | None
    w3: int | None
    driver: str | None  # 'ipc', 'alarm', 'console'; None: no driver is asked, or it has no name


@dataclass(frozen=True)
class RoundTrip:
    """A notify service that got into a queue, and the answer to it.

    From the client's notify (`sent_us`) to its upcall (`answered_us`); None where no answer
    reached it. `served_us` is the service's upcall, None if it had none.
    """

    client: int
    client_name: Annotated[str, NameOf("client")]
    service: int
    service_name: Annotated[str, NameOf("service")]
    sent_us: int
    served_us: int | None
    answered_us: int | None
    latency_us: int | None
    notified_seq: int
    answer_seq: int | None  # notified_seq of the answer's upcall


@dataclass(frozen=True)
class Fault:
    """A fault, with the access that was refused where that is its cause."""

    seq: int
    time_us: int
    process: int
    process_name: Annotated[str, NameOf("process")]
    cause: str
    action: str
    op: str | None
    address: int | None
    size: int | None


@dataclass(frozen=True)
class Region:
    """A region that the MPU driver was asked for over a shared buffer (`start`, `size`)."""

    seq: int
    time_us: int
    process: int
    process_name: Annotated[str, NameOf("process")]
    start: int
    size: int
    allowed: bool
    region_start: int | None  # None unless allowed, as is the next
    region_size: int | None
    reason: str | None  # a sentence why not; None if it is allowed
    notified_seq: int | None


@dataclass(frozen=True)
class Share:
    """A buffer that was shared with a process, or taken back (`size` is 0)."""

    seq: int
    time_us: int
    process: int
    process_name: Annotated[str, NameOf("process")]
    with_process: int
    start: int
    size: int
    old_start: int
    old_size: int


@dataclass(frozen=True)
class Print:
    """What a process wrote to the console at once."""

    seq: int
    time_us: int
    process: int
    process_name: Annotated[str, NameOf("process")]
    text: str


@dataclass(frozen=True)
class Note:
    """What a process's program said to whoever reads the trace."""

    seq: int
    time_us: int
    process: int
    process_name: Annotated[str, NameOf("process")]
    line: int  # of the scenario
    text: str


class Processes(Sequence[Process]):
    """The processes of a run: `processes["client1"]` by name, `processes[0]` by index.

    Of several with one name, it is the first, as it is for discover.
    """

    def __init__(self, rows: Sequence[Process]) -> None:
        self._rows = tuple(rows)

    @overload
    def __getitem__(self, which: int | str) -> Process: ...

    @overload
    def __getitem__(self, which: slice) -> Sequence[Process]: ...

    def __getitem__(self, which: int | str | slice) -> Process | Sequence[Process]:
        if not isinstance(which, str):
            return self._rows[which]
        for process in self._rows:
            if process.name == which:
                return process
        nearest = difflib.get_close_matches(which, self.names, n=1)
        hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
        raise KeyError(f"no process {which!r} in this run{hint}")

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, which: object) -> bool:
        return which in self._rows or which in self.names

    def __repr__(self) -> str:
        return f"Processes({', '.join(self.names)})"

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(process.name for process in self._rows)


class Record:
    """One run in a database. Reads what is asked for, when it is asked for, and never writes.

    `sql` is the whole of the record, the properties are its views for the usual questions.
    """

    def __init__(self, database: PathLike, run_id: int) -> None:
        self.database = Path(database).absolute()
        self.run_id = run_id

    def __repr__(self) -> str:
        where = f"{type(self).__name__} {self.run_id} of {self.database}"
        try:
            info = self.info
        except RecordError:  # of another version, or deleted since
            return f"<{where}>"
        params = f" {info.params}" if info.params else ""
        return f"<{where}: {info.scenario}{params}: {info.outcome}>"

    # --- What came of it

    @cached_property
    def info(self) -> RunInfo:
        rows = self._rows(RunInfo, "(select runs.*, id as run_id from runs)", "rows.id")
        if not rows:
            raise RecordError(f"{self.database}: no run {self.run_id}")
        return rows[0]

    @property
    def outcome(self) -> str:
        """'passed', or what else came of it (table runs)."""
        return self.info.outcome

    @property
    def passed(self) -> bool:
        return self.outcome == "passed"

    @cached_property
    def parameters(self) -> Mapping[str, int | float | str | bool]:
        """The parameters of the scenario by name, those that nobody set too."""
        rows = self._rows(_Parameter, "run_parameters", "rows.name")
        return {row.name: bool(row.value) if row.type == "boolean" else row.value for row in rows}

    # --- What happened

    @cached_property
    def processes(self) -> Processes:
        return Processes(self._rows(Process, "processes", "rows.idx"))

    @cached_property
    def upcalls(self) -> tuple[Upcall, ...]:
        """Each upcall that a notify scheduled, in the order of delivery or loss; those that
        are still queued at the end come last."""
        return self._rows(Upcall, "upcalls", "rows.seq is null, rows.seq, rows.notified_seq")

    @cached_property
    def notifies(self) -> tuple[Notify, ...]:
        return self._rows(Notify, "notifies", "rows.seq")

    @cached_property
    def syscalls(self) -> tuple[Syscall, ...]:
        return self._rows(Syscall, "syscalls", "rows.seq")

    @cached_property
    def round_trips(self) -> tuple[RoundTrip, ...]:
        """Each notify service that got into a queue, with the answer, in the order of sending."""
        return self._rows(RoundTrip, "round_trips", "rows.notified_seq")

    @cached_property
    def faults(self) -> tuple[Fault, ...]:
        return self._rows(Fault, "faults", "rows.seq")

    @cached_property
    def mpu_regions(self) -> tuple[Region, ...]:
        return self._rows(Region, "mpu_regions", "rows.seq")

    @cached_property
    def shares(self) -> tuple[Share, ...]:
        return self._rows(Share, "shares", "rows.seq")

    @cached_property
    def prints(self) -> tuple[Print, ...]:
        return self._rows(Print, "prints", "rows.seq")

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        return self._rows(Note, "notes", "rows.seq")

    def events(self, kind: str) -> list[Any]:
        """All events of a kind of docs/events.md, with its fields by name: rows as of `sql`."""
        views = self.sql("select name from sqlite_master where type = 'view' and name glob 'ev_*'")
        kinds = [view.name.removeprefix("ev_") for view in views]
        if kind not in kinds:
            nearest = difflib.get_close_matches(kind, kinds, n=1)
            hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
            raise ValueError(f"no kind of event {kind!r}{hint}")
        return self.sql(f"select * from ev_{kind} where run_id = :run_id order by seq")

    def sql(
        self, query: str, parameters: Sequence[Any] | Mapping[str, Any] = ()
    ) -> list[Any]:
        """Answers a query on the whole database. Rows are named tuples: they compare equal
        to plain ones, and `row.delivered` is the column of that name.

        `:run_id` in the query stands for this run, unless `parameters` is a sequence, for
        placeholders `?`. sqlite3.OperationalError: SQLite does not understand the query, or
        it wants to write.
        """
        if isinstance(parameters, Mapping) or not parameters:
            parameters = {"run_id": self.run_id, **dict(parameters)}
        with closing(_connect(self.database)) as connection:
            cursor = connection.execute(query, parameters)
            columns = [column[0] for column in cursor.description or ()]
            row_type = namedtuple("Row", columns, rename=True)  # type: ignore[misc]
            return [row_type(*row) for row in cursor]

    def _rows(self, row_type: type[RowType], source: str, order: str) -> tuple[RowType, ...]:
        hints = get_type_hints(row_type, include_extras=True)
        columns = ", ".join(_expression(name, hint) for name, hint in hints.items())
        query = f"select {columns} from {source} rows where rows.run_id = ? order by {order}"
        with closing(_connect(self.database)) as connection:
            try:
                found = connection.execute(query, (self.run_id,)).fetchall()
            except sqlite3.OperationalError as error:
                if "no such" not in str(error):
                    raise
                raise _another_version(connection, self.database, error) from error
        return tuple(row_type(*map(_value, hints.values(), row)) for row in found)


def _expression(name: str, hint: Any) -> str:
    if get_origin(hint) is not Annotated:
        return f"rows.{name}"
    column = get_args(hint)[1]
    assert isinstance(column, Column)
    return column.expression


def _value(hint: Any, value: Any) -> Any:
    """SQLite has no booleans, and keeps a whole number above 2^63 - 1 as text."""
    return hint(value) if hint in (bool, int) else value


def _text(stored: bytes) -> str:
    """As Python has names of files: bytes that are no UTF-8 are kept."""
    return stored.decode("utf-8", "surrogateescape")


def _connect(path: Path) -> sqlite3.Connection:
    """Opens a record for reading.

    Not read-only for SQLite: it may have to take back what a killed program left half done.
    """
    try:
        connection = sqlite3.connect(
            f"{path.as_uri()}?mode=rw", uri=True, timeout=_LOCK_WAIT_SECONDS
        )
    except sqlite3.Error as error:
        raise RecordError(f"{path}: {error}") from error
    connection.text_factory = _text
    try:
        application = connection.execute("pragma application_id").fetchone()[0]
        connection.execute("pragma query_only = on")
    except sqlite3.Error as error:
        connection.close()
        raise RecordError(f"{path}: {error}") from error
    if application != APPLICATION_ID:
        connection.close()
        raise RecordError(f"{path}: not a record of ipcsim")
    return connection


def _another_version(
    connection: sqlite3.Connection, path: Path, error: sqlite3.Error
) -> RecordError:
    """Most changes of the schema do not concern this package; this one did."""
    version = connection.execute("pragma user_version").fetchone()[0]
    return RecordError(
        f"{path}: {error}, in a record of version {version}; use the package and the program"
        " of one release"
    )


def run_ids(database: PathLike) -> list[int]:
    """The runs in a database, the oldest first."""
    with closing(_connect(Path(database).absolute())) as connection:
        return [row[0] for row in connection.execute("select id from runs order by id")]


def read_run(database: PathLike, run_id: int | None = None) -> Record:
    """A run that was recorded before, the last one unless `run_id` says which.

    Raises RecordError: no such file, not a record, no such run.
    """
    found = run_ids(database)
    if not found:
        raise RecordError(f"{database}: holds no run")
    if run_id is not None and run_id not in found:
        raise RecordError(f"{database}: no run {run_id}; it has {found[0]} to {found[-1]}")
    return Record(database, found[-1] if run_id is None else run_id)
