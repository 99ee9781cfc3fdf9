-- SPDX-License-Identifier: Apache-2.0 OR MIT
-- On a RISC-V board a client shares a secret with a service. A third process, which nobody
-- shares anything with, reads it and changes it: the PMP entry that maps the buffer for the
-- service is still active while the third process runs, because the driver writes the entries
-- that a process uses and leaves the others as they were.
--
-- Why it matters: every buffer that is shared with anyone is open to everyone who runs
-- afterwards and has fewer regions. The spy needs no system call for it, and no other process
-- notices. The trace marks its accesses as stale. With --board cortex-m4 the spy faults, as it
-- should: there all regions are written at each switch.
scenario { about = "PMP entries of the process before", board = "rv32-pmp", until_us = 1000000 }

local SECRET = "the wallet's key"

process("service", function()
  expect(ipc.register_service(function(from, len, addr)
    expect_eq(mem.view(addr, len):read(0, #SECRET), SECRET)
    expect(ipc.notify_client(from))
  end))
  while true do yield() end
end)

process("client", function()
  local svc = expect(ipc.discover("service"))
  local buf = mem.alloc(64, 64)
  local answers = 0
  expect(ipc.register_client(svc, function() answers = answers + 1 end))
  expect(ipc.share(svc, buf))
  buf:write(0, SECRET)
  expect(ipc.notify_service(svc))
  while answers == 0 do yield() end

  delay_us(50000)
  expect(buf:read(0, 3) == "THE", "the spy to have been here; on this board it faulted, as it should")
  done()
end)

process("spy", function()
  delay_us(20000) -- until the service has run

  -- The processes have the same size and lie side by side; the client put its first buffer at
  -- the first multiple of 64 behind the 32 bytes that mem.alloc leaves alone.
  local _, start = sys.memop(2)
  local _, finish = sys.memop(3)
  local client = start - (finish - start)
  local buf = mem.view((client + 32 + 63) // 64 * 64, 64)

  expect_eq(buf:read(0, #SECRET), SECRET) -- should fault
  buf:write(0, "THE")
  done()
end)
