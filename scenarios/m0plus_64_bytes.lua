-- SPDX-License-Identifier: Apache-2.0 OR MIT
-- On a Cortex-M0+ a client shares 64 bytes, aligned to 64, as the examples of Tock's IPC do. The
-- smallest region of this unit has 256 bytes: no buffer of 64 bytes can be mapped, wherever it
-- stands, and the service faults as it touches it (tock#3183).
--
-- Why it matters: an app that works on every board with a Cortex-M4 cannot work on one with a
-- Cortex-M0+, and nothing says so when it is built, loaded or started. -P size=256 works, and so
-- does --board cortex-m4. `ipcsim fit 64:64` compares the boards.
local size = param("size", 64, "of the buffer, and its alignment")

local SMALLEST = 256 -- region of a Cortex-M0+

scenario {
  about = "64 bytes on a Cortex-M0+",
  board = "cortex-m0p",
  ends = size < SMALLEST and { fault = "service", deadlock = "client" } or "normally",
  until_us = 1000000,
  golden = { {}, { size = 256 } },
}

process("service", function()
  expect(ipc.register_service(function(from, len, addr)
    expect_eq(len, size)
    mem.view(addr, len):set_u8(0, 42) -- faults if it is not mapped
    expect(size >= SMALLEST, "a fault: this board maps a buffer of less than 256 bytes")
    expect(ipc.notify_client(from))
  end))
  while true do yield() end
end)

process("client", function()
  local svc = expect(ipc.discover("service"))
  local buf = mem.alloc(size, size)
  local is_answered = false
  expect(ipc.register_client(svc, function() is_answered = true end))
  expect(ipc.share(svc, buf))
  expect(ipc.notify_service(svc)) -- Success in any case
  while not is_answered do yield() end
  expect_eq(buf:u8(0), 42)
end)
