-- SPDX-License-Identifier: Apache-2.0 OR MIT
-- A client shares a buffer, then makes it twice as large where it stands and shares it again.
-- Both sizes could be mapped by themselves, but the region for the smaller one is never given
-- back, and the driver refuses the larger one because the two overlap. The service may touch the
-- old half, and faults at the first byte of the new one.
--
-- Why it matters: growing a buffer is what a client does when its answers get longer. It keeps
-- the address, it keeps the alignment, share and notify succeed, and the service dies on data
-- that it was told it may use. What helps is another address, or sharing the largest size from
-- the start. `ipcsim fit 64@+0x80 128@+0x80` says so beforehand. Without a protection unit
-- (--board none) the fault that is declared below does not come.
local size = param("size", 64, "of the buffer at first, a power of two; 256 for a Cortex-M0+")

scenario {
  about = "a buffer that grows where it stands",
  ends = { fault = "service" },
  until_us = 1000000,
  golden = { {}, { board = "cortex-m0p", size = 256 }, { board = "rv32-pmp" } },
}

process("service", function()
  expect(ipc.register_service(function(from, len, addr)
    local buf = mem.view(addr, len)
    buf:set_u8(size - 1, 1)
    if len > size then
      buf:set_u8(size, 1) -- faults
      expect(false, "a fault: this board maps a buffer that has grown")
    end
    expect(ipc.notify_client(from))
  end))
  while true do yield() end
end)

process("client", function()
  local svc = expect(ipc.discover("service"))
  local buf = mem.alloc(2 * size, 2 * size)
  local answers = 0
  expect(ipc.register_client(svc, function() answers = answers + 1 end))

  expect(ipc.share(svc, buf:addr(), size))
  expect(ipc.notify_service(svc))
  while answers == 0 do yield() end

  expect(ipc.share(svc, buf:addr(), 2 * size))
  expect(ipc.notify_service(svc)) -- Success
  yield() -- no answer will come
end)
