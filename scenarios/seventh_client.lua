-- SPDX-License-Identifier: Apache-2.0 OR MIT
-- Seven clients share a buffer each with one service. Six buffers get an MPU region, as many as
-- a Cortex-M with eight regions has left; for the seventh there is none, and the service faults
-- as it touches it.
--
-- Why it matters: the number of clients of a service has a hard bound that no interface mentions,
-- and crossing it kills the service for the six that worked. Regions are never given back: the
-- bound counts every buffer that was ever shared, not those in use. It differs from board to
-- board: -P fitting=14 for a Cortex-M7, 3 for rv32-pmp, 2 for rv32-pmp-small (`ipcsim boards`).
local fitting = param("fitting", 6, { min = 1, max = 253, help = "buffers the board maps at once" })
local size = param("size", 64, "of each, a power of two; 256 for a Cortex-M0+")

scenario {
  about = "one region too many",
  ends = { fault = "service", deadlock = "client" .. fitting + 1 },
  until_us = 1000000,
  golden = { {}, { board = "cortex-m7", fitting = 14 }, { board = "rv32-pmp", fitting = 3 } },
}

process("service", function()
  local served = 0
  expect(ipc.register_service(function(from, len, addr)
    served = served + 1
    mem.view(addr, len):set_u8(0, served) -- the one too many faults here
    expect(served <= fitting, "a fault: this board maps more of them (-P fitting)")
    expect(ipc.notify_client(from))
  end))
  while true do yield() end
end)

local function ask_once(c)
  local svc = expect(ipc.discover("service"))
  local buf = mem.alloc(size, size)
  local is_answered = false
  expect(ipc.register_client(svc, function() is_answered = true end))
  expect(ipc.share(svc, buf))
  delay_us(c * 5000) -- one after another
  expect(ipc.notify_service(svc), "the service to live: it faulted, fewer are mapped (-P fitting, size)")
  while not is_answered do yield() end
  expect_eq(buf:u8(0), c)
end

for c = 1, fitting do
  process("client" .. c, function()
    ask_once(c)
    done()
  end)
end

process("client" .. fitting + 1, function()
  ask_once(fitting + 1) -- waits for ever
end)
