# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Lets the tests import the package as it stands in the tree, and gives it something to run."""

import os
import sys
from pathlib import Path

import pytest

HARNESS = Path(__file__).resolve().parents[1]
ROOT = HARNESS.parent

sys.path.insert(0, str(HARNESS))
os.environ["IPCSIM"] = str(Path(os.environ.get("IPCSIM", ROOT / "build" / "ipcsim")).resolve())

# A service, and clients that share a buffer with it and ask once. Client 3 shares one that the
# protection unit of a Cortex-M4 cannot map.
ECHO = """
local clients = param("clients", 1, "how many clients")
local greet = param("greet", "hello")
local is_loud = param("is_loud", false)
scenario { about = "asks once", until_us = 1000000 }

process("service", function()
  expect(ipc.register_service(function(from, len, addr)
    mem.view(addr, len):set_u8(0, is_loud and 2 or 1)
    expect(ipc.notify_client(from))
  end))
  while true do yield() end
end)

for c = 1, clients do
  process("client" .. c, function()
    local svc = expect(ipc.discover("service"))
    local buf = mem.alloc(c == 3 and 100 or 64, 64)
    local is_answered = false
    expect(ipc.register_client(svc, function() is_answered = true end))
    expect(ipc.share(svc, buf))
    buf:write(0, greet)
    expect(ipc.notify_service(svc))
    while not is_answered do yield() end
    expect_eq(buf:u8(0), is_loud and 2 or 1)
    done()
  end)
end
"""


@pytest.fixture
def echo(tmp_path):
    path = tmp_path / "echo.lua"
    path.write_text(ECHO, encoding="utf-8")
    return path


@pytest.fixture
def write(tmp_path):
    """Writes a scenario into the test's folder."""

    def write_scenario(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write_scenario


@pytest.fixture
def stand_in(tmp_path):
    """Makes a program that stands in for ipcsim: a shell script of these lines."""

    def make(text, name="stand-in"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    return make
