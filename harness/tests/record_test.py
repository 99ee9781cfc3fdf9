# SPDX-License-Identifier: Apache-2.0 OR MIT
"""What a run is asked for: rows of the record, and queries."""

import dataclasses
import os
import sqlite3

import pytest

import ipcsim


@pytest.fixture
def run(echo):
    return ipcsim.run(echo)


@pytest.fixture
def faulty(echo):
    """The third client's buffer cannot be mapped: the service faults as it touches it."""
    return ipcsim.run(echo, clients=3)


def test_upcalls_come_in_the_order_of_their_delivery(run):
    asked, answered = run.upcalls

    assert (asked.process_name, asked.from_name) == ("service", "client1")
    assert (answered.process_name, answered.from_name) == ("client1", "service")
    assert asked.delivered is True
    assert asked.seq < answered.seq
    assert (asked.arg0, asked.arg1, asked.userdata) == (asked.from_process, 64, 0)
    assert asked.arg2 == run.shares[0].start
    assert asked.latency_us >= 0
    assert asked.reason is None


def test_an_upcall_that_was_lost_says_why(faulty):
    lost = [upcall for upcall in faulty.upcalls if not upcall.delivered]

    assert [upcall.reason for upcall in lost] != []
    assert all(upcall.reason for upcall in lost)
    assert all(upcall.latency_us is None for upcall in lost)


def test_a_fault_has_the_access_that_was_refused(faulty):
    (fault,) = faulty.faults

    assert (fault.process_name, fault.cause, fault.action) == ("service", "MEMORY", "stop")
    assert (fault.op, fault.size) == ("store", 1)
    assert fault.address == next(u.arg2 for u in faulty.upcalls if u.from_name == "client3")


def test_regions_say_what_could_be_mapped(faulty):
    by_size = {region.size: region for region in faulty.mpu_regions if region.size}

    assert by_size[64].allowed is True
    assert by_size[64].region_start == by_size[64].start
    assert by_size[100].allowed is False
    assert by_size[100].region_start is None
    assert by_size[64].reason is None
    assert by_size[100].reason == "the unit can make no region for it"


def test_a_run_shows_its_scenario_and_its_outcome(echo, faulty):
    run = ipcsim.run(echo, clients=2)
    shown = repr(run)

    assert shown.startswith(f"<Run 1 of {run.database}: ")
    assert shown.endswith("echo.lua clients=2 greet=hello is_loud=false: passed>")
    assert repr(faulty).endswith(f": {faulty.outcome}>")
    assert repr(ipcsim.Record(run.database, 9)) == f"<Record 9 of {run.database}>"


def test_parameters_have_the_types_of_their_defaults(echo):
    run = ipcsim.run(echo, clients=2)

    assert run.parameters == {"clients": 2, "greet": "hello", "is_loud": False}
    assert run.parameters["is_loud"] is False


def test_a_round_trip_goes_from_the_clients_notify_to_its_upcall(run):
    (trip,) = run.round_trips
    asked, answered = run.upcalls

    assert (trip.client_name, trip.service_name) == ("client1", "service")
    assert trip.sent_us < trip.served_us == asked.time_us < trip.answered_us == answered.time_us
    assert trip.latency_us == trip.answered_us - trip.sent_us
    assert (trip.notified_seq, trip.answer_seq) == (asked.notified_seq, answered.notified_seq)


def test_a_round_trip_that_was_not_answered_has_no_latency(faulty):
    (trip,) = [trip for trip in faulty.round_trips if trip.client_name == "client3"]

    assert trip.served_us > trip.sent_us
    assert (trip.answered_us, trip.latency_us, trip.answer_seq) == (None, None, None)


def test_a_run_says_when_it_was_made(echo, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")

    assert ipcsim.run(echo).info.made_at == "2001-09-09T01:46:40Z"


def test_a_call_says_the_name_of_its_driver(run):
    assert {call.driver for call in run.syscalls if call.class_ == "allow_rw"} == {"ipc"}
    assert {call.driver for call in run.syscalls if call.class_ in ("memop", "yield")} == {None}


def test_processes_are_found_by_name_and_by_index(run):
    client = run.processes["client1"]

    assert client is run.processes[client.index]
    assert client.name == "client1"
    assert [process.index for process in run.processes] == [0, 1]
    assert "client1" in run.processes
    assert client in run.processes
    assert "client2" not in run.processes


def test_a_process_that_there_is_not_names_the_nearest(run):
    with pytest.raises(KeyError, match="no process 'klient1' in this run; did you mean 'client1'"):
        run.processes["klient1"]


def test_of_two_processes_with_one_name_it_is_the_first(write):
    twins = write(
        "twins.lua", 'for _ = 1, 2 do process("twin", function() done() end) end'
    )

    assert ipcsim.run(twins).processes["twin"].index == 0


def test_a_process_shows_its_state_at_the_end(faulty):
    assert faulty.processes["service"].state == "Faulted"
    assert faulty.processes["service"].restarts == 0


def test_system_calls_come_with_their_answers(run):
    discover = next(c for c in run.syscalls if c.class_ == "command" and c.r1 == 1)

    assert (discover.process_name, discover.variant, discover.error) != ("", None, None)
    assert discover.answered_seq > discover.seq


def test_notifies_name_both_sides(run):
    first = run.notifies[0]

    assert (first.process_name, first.type, first.to_name) == ("client1", "service", "service")
    assert (first.error, first.queued_seq) == (None, run.upcalls[0].notified_seq)


def test_what_a_process_printed_is_a_text(write):
    path = write("prints.lua", 'process("p", function() print("one", 2) done() end)')

    (printed,) = ipcsim.run(path).prints

    assert (printed.process_name, printed.text) == ("p", "one\t2\n")


def test_what_a_process_noted_has_its_line(write):
    path = write("notes.lua", 'process("p", function()\n  note("one") done()\nend)')

    (noted,) = ipcsim.run(path).notes

    assert (noted.process_name, noted.line, noted.text) == ("p", 2, "one")


def test_rows_cannot_be_changed(run):
    with pytest.raises(dataclasses.FrozenInstanceError):
        run.upcalls[0].delivered = False


@pytest.mark.parametrize(
    ("row_type", "view"),
    [
        (ipcsim.RunInfo, "runs"),
        (ipcsim.Process, "processes"),
        (ipcsim.Upcall, "upcalls"),
        (ipcsim.Notify, "notifies"),
        (ipcsim.Syscall, "syscalls"),
        (ipcsim.Fault, "faults"),
        (ipcsim.Region, "mpu_regions"),
        (ipcsim.Share, "shares"),
        (ipcsim.Print, "prints"),
        (ipcsim.Note, "notes"),
    ],
)
def test_every_column_of_a_view_has_its_field(run, row_type, view):
    columns = {row.name for row in run.sql(f"select name from pragma_table_info('{view}')")}
    renamed = {"class_": "class", "index": "idx"}
    fields = {renamed.get(f.name, f.name) for f in dataclasses.fields(row_type)}

    # A region of the list that Tock keeps by process is of no use to a test.
    assert columns - fields <= {"run_id", "listed"}
    assert {name for name in fields - columns if not name.endswith("_name")} == set()


def test_events_of_a_kind_have_their_fields_by_name(run):
    upcalls = [event for event in run.events("upcall") if event.cause is not None]

    assert [event.seq for event in upcalls] == [upcall.seq for upcall in run.upcalls]
    assert upcalls[0].arg1 == 64


def test_a_kind_of_event_that_there_is_not_names_the_nearest(run):
    with pytest.raises(ValueError, match="no kind of event 'upcal'; did you mean 'upcall'"):
        run.events("upcal")


def test_rows_of_a_query_are_tuples_with_names(run):
    rows = run.sql("select process, delivered from upcalls")

    assert rows == [(0, 1), (1, 1)]
    assert rows[0].delivered == 1
    assert run.sql("select count(*), count(*) from upcalls") == [(2, 2)]


def test_a_query_can_name_this_run_and_parameters(echo, tmp_path):
    database = tmp_path / "runs.db"
    ipcsim.run(echo, db=database)
    second = ipcsim.run(echo, db=database, clients=2)

    assert second.sql("select count(*) from upcalls") == [(6,)]
    assert second.sql("select count(*) from upcalls where run_id = :run_id") == [(4,)]
    assert second.sql(
        "select count(*) from upcalls where run_id = :run_id and process = :process",
        {"process": 0},
    ) == [(2,)]
    assert second.sql("select count(*) from upcalls where process = ?", [1]) == [(2,)]


def test_a_query_cannot_change_the_record(run):
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        run.sql("delete from runs")

    assert run.sql("select count(*) from runs") == [(1,)]


def test_a_mistake_in_a_query_is_sqlites_own_error(run):
    with pytest.raises(sqlite3.OperationalError, match="no such column: nosuch"):
        run.sql("select nosuch from upcalls")


def test_a_run_that_was_recorded_before_is_read(echo, tmp_path):
    database = tmp_path / "runs.db"
    ipcsim.run(echo, db=database)
    ipcsim.run(echo, db=database, clients=2)

    assert len(ipcsim.read_run(database).processes) == 3
    assert len(ipcsim.read_run(database, 1).processes) == 2
    with pytest.raises(ipcsim.RecordError, match="no run 3; it has 1 to 2"):
        ipcsim.read_run(database, 3)


def test_what_is_no_record_is_refused(tmp_path):
    with pytest.raises(ipcsim.RecordError, match="unable to open"):
        ipcsim.read_run(tmp_path / "missing.db")
    assert not (tmp_path / "missing.db").exists()

    (tmp_path / "text.db").write_text("no database at all, just some text\n" * 100)
    with pytest.raises(ipcsim.RecordError, match="not a database"):
        ipcsim.read_run(tmp_path / "text.db")

    with sqlite3.connect(tmp_path / "other.db") as connection:
        connection.execute("create table runs (id)")
    with pytest.raises(ipcsim.RecordError, match="not a record of ipcsim"):
        ipcsim.read_run(tmp_path / "other.db")


def test_a_record_that_lacks_a_column_names_its_version(run, tmp_path):
    changed = tmp_path / "changed.db"
    changed.write_bytes(run.database.read_bytes())
    with sqlite3.connect(changed) as connection:
        connection.execute("pragma user_version = 99")
        connection.execute("alter table processes rename column restarts to lives")
    other = ipcsim.read_run(changed)

    assert other.outcome == "passed"
    with pytest.raises(ipcsim.RecordError, match="no such column: rows.restarts, in a record of"):
        other.processes


def test_a_database_without_runs_says_so(run, tmp_path):
    empty = tmp_path / "empty.db"
    empty.write_bytes(run.database.read_bytes())
    with sqlite3.connect(empty) as connection:
        connection.execute("delete from runs")

    with pytest.raises(ipcsim.RecordError, match="holds no run"):
        ipcsim.read_run(empty)


def test_text_that_is_no_utf_8_keeps_its_bytes(write):
    path = write("odd.lua", r"""process("caf\xe9", function() print("\xff") done() end)""")

    run = ipcsim.run(path)

    assert os.fsencode(run.processes[0].name) == b"caf\xe9"
    assert os.fsencode(run.prints[0].text) == b"\xff\n"
    assert run.sql("select name from processes where run_id = :run_id") == [("caf\udce9",)]
