# SPDX-License-Identifier: Apache-2.0 OR MIT
"""What `run` writes into its database, from outside."""

import datetime
import sqlite3

from conftest import PASSES

HELD = {"SOURCE_DATE_EPOCH": "1000000000"}


def dump(ipcsim, name):
    with sqlite3.connect(ipcsim.folder / name) as connection:
        return list(connection.iterdump())


def test_two_records_made_at_one_time_are_equal_to_the_byte(ipcsim):
    ipcsim.write("a.lua", PASSES)
    for name in ("x.db", "y.db"):
        assert ipcsim("run", "a.lua", "--db", name, env=HELD).returncode == 0

    assert dump(ipcsim, "x.db") == dump(ipcsim, "y.db")
    assert ipcsim.rows("select made_at from runs", "x.db") == [("2001-09-09T01:46:40Z",)]


def test_a_run_is_made_now(ipcsim):
    ipcsim.write("a.lua", PASSES)
    before = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    ipcsim("run", "a.lua")

    ((made_at,),) = ipcsim.rows("select made_at from runs")
    made = datetime.datetime.fromisoformat(made_at.replace("Z", "+00:00"))
    assert before <= made <= datetime.datetime.now(datetime.timezone.utc)


def test_runs_are_grouped_by_a_parameter(ipcsim):
    ipcsim.write("a.lua", 'local n = param("n", 1)\n' + PASSES)
    for n in (1, 10, 10, 2):
        ipcsim("run", "a.lua", "-P", f"n={n}")

    assert ipcsim.rows(
        "select value, count(*) from run_parameters where name = 'n' group by value"
    ) == [(1, 1), (2, 1), (10, 2)]


def test_a_deleted_run_leaves_no_row_behind(ipcsim):
    ipcsim.write("a.lua", 'local n = param("n", 1)\n' + PASSES)
    ipcsim("run", "a.lua")
    with sqlite3.connect(ipcsim.folder / "ipcsim.db") as connection:
        connection.execute("delete from runs")
    tables = ipcsim.rows(
        "select m.name from sqlite_schema m join pragma_table_info(m.name) c"
        " where m.type = 'table' and c.name = 'run_id'"
    )

    assert len(tables) >= 5
    assert [ipcsim.rows(f"select count(*) from {table}") for (table,) in tables] == [
        [(0,)]
    ] * len(tables)
