-- SPDX-License-Identifier: Apache-2.0 OR MIT
-- A client shares a buffer that the MPU cannot map. Share succeeds, notify succeeds, the
-- service's upcall gets the right address and length, and its first access faults (tock#1993).
--
-- Why it matters: nothing that the client sees tells it; the service, which did nothing wrong,
-- is the one that dies. "96 bytes map at one address and not at the next": at offset 32 they can
-- be built from subregions, at offset 256 they cannot. And what faults on one board works on
-- the next: a Cortex-M33 maps any multiple of 32 bytes, PMP any multiple of 4, and without a
-- protection unit everything is open. There, and with -P offset=32 on a Cortex-M4, say -P
-- maps=true. `ipcsim fit 96@+32 96@+256` compares the boards.
local offset = param("offset", 256, "where the buffer begins, from the start of the client's RAM")
local size = param("size", 96, "its size in bytes")
local maps = param("maps", false, "whether this board maps it: cortex-m33, rv32 and none do")

scenario {
  about = "a buffer that no MPU region can cover",
  ends = { fault = not maps and "service" },
  until_us = 1000000,
  golden = {
    {},
    { board = "cortex-m0p" },
    { board = "cortex-m7" },
    { board = "cortex-m33", maps = true },
    { board = "rv32-pmp", maps = true },
    { board = "rv32-pmp-small", maps = true },
    { board = "none", maps = true },
  },
}

process("service", function()
  expect(ipc.register_service(function(from, len, addr)
    expect_eq(len, size)
    mem.view(addr, len):set_u8(0, 1) -- faults
    expect(maps, "a fault: this board maps the buffer (-P maps=true)")
  end))
  while true do yield() end
end)

process("client", function()
  local svc = expect(ipc.discover("service"))
  local _, ram_start = sys.memop(2)
  expect_eq((sys.memop(0, ram_start + offset + size)), "Success")
  expect(ipc.share(svc, ram_start + offset, size))
  expect(ipc.notify_service(svc))
  yield() -- no answer will come
end)
