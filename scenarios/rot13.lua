-- SPDX-License-Identifier: Apache-2.0 OR MIT
-- Clients ask one service to rotate their text by 13 letters, in place, in a buffer that
-- they share with it.
--
-- Why it matters: this is the whole of Tock's IPC in its simplest use: discover, register,
-- share, notify, an upcall on each side. If this changes, everything changes. (It works for up
-- to six clients: see seventh_client.lua. A Cortex-M0+ maps no buffer of 64 bytes: see
-- m0plus_64_bytes.lua.)
local clients = param("clients", 1, { min = 1, max = 254, help = "how many clients" })
local rounds = param("rounds", 2, { min = 1, help = "how often each asks" })
local size = param("size", 64, "of each buffer, and its alignment; 256 for a Cortex-M0+")

scenario {
  about = "the classic rot13 pair",
  until_us = 1000000,
  golden = { { clients = 1 }, { clients = 3 } },
}

local function rot13(c)
  local base = c | 32
  if base < 97 or base > 122 then return c end
  return base < 110 and c + 13 or c - 13
end

process("org.tockos.examples.rot13", { ram = 4096 }, function()
  expect(ipc.register_service(function(from, len, addr)
    local buf = mem.view(addr, len) -- every access asks the MPU
    for i = 1, buf:u8(0) do buf:set_u8(i, rot13(buf:u8(i))) end
    expect(ipc.notify_client(from))
  end))
  while true do yield() end
end)

for c = 1, clients do
  process("client" .. c, function()
    local svc = expect(ipc.discover("org.tockos.examples.rot13"))
    local buf = mem.alloc(size, size) -- size, alignment
    local answers = 0
    expect(ipc.register_client(svc, function() answers = answers + 1 end))
    expect(ipc.share(svc, buf))
    for r = 1, rounds do
      buf:write(0, "\5Hello")
      expect(ipc.notify_service(svc))
      while answers < r do yield() end
      expect_eq(buf:read(1, 5), "Uryyb")
    end
    done()
  end)
end
