# SPDX-License-Identifier: Apache-2.0 OR MIT
"""What a failure says: the words that a person needs to find the mistake."""

import pytest

PAIR = """
process("client", function()
  local svc = expect(ipc.discover("svc"))
  expect(ipc.register_client(svc, function() end))
  done()
end)
process("svc", function()
  expect(ipc.register_service(function() end))
  while true do yield() end
end)
"""


@pytest.mark.parametrize(
    "line, said",
    [
        ('expect(1 == 2, "took", 5, "us")', "expected: took 5 us"),
        ('expect(nil, "took", nil, false)', "expected: took nil false"),
        ('expect(sys.command(99, 1), "took", 5)', "expected success, got Failure (took 5), in: "),
        ('expect(false, "NOMEM", 3)', "expected success, got NOMEM (3), in: "),
        ('expect(ipc.discover("svc "))', 'NODEVICE (no process is called "svc "), in: '),
    ],
)
def test_an_expectation_that_failed_shows_all_that_it_was_given(ipcsim, line, said):
    ipcsim.write("x.lua", f'process("p", function()\n{line}\nend)')

    assert f"x.lua:2: {'' if said[0] == 'e' else 'expected success, got '}{said}" in (
        ipcsim("run", "x.lua", "--no-db", "--trace", "none").stderr
    )


def test_a_kernel_with_too_few_places_is_named_where_a_call_fails(ipcsim):
    ipcsim.write("x.lua", PAIR)
    few = ipcsim("run", "x.lua", "--num-procs", "1", "--no-db", "--trace", "none")

    assert few.returncode == 1
    assert "got INVAL, in: " in few.stderr
    assert "(num_procs = 1: IPC has places for so many processes, of which there are 2)" in few.stderr
    assert ipcsim("run", "x.lua", "--no-db", "--trace", "none").returncode == 0
