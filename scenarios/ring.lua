-- SPDX-License-Identifier: Apache-2.0 OR MIT
-- Processes in a ring pass a token on, each as the service of the one before it and as a
-- client of the one behind it.
--
-- Why it matters: it has nothing but notifications, so its time is that of the mechanism; and
-- it works with as many processes as a kernel can have. What IPC takes of each process's memory
-- grows with that number (12 + 16 bytes for each process there is).

-- A ring of one would notify itself (see self_notify.lua).
local procs = param("procs", 8, { min = 2, max = 255, help = "processes in the ring" })
local rounds = param("rounds", 3, { min = 1, help = "how often the token goes round" })

scenario { about = "processes pass a token in a ring", until_us = 60000000 }

local ram = procs > 64 and 8192 or 4096

for p = 1, procs do
  process("node" .. p, { ram = ram }, function()
    local visits = 0
    local next_node = expect(ipc.discover("node" .. p % procs + 1))

    local function pass()
      expect(ipc.notify_service(next_node))
    end

    expect(ipc.register_service(function()
      visits = visits + 1
      if p > 1 then pass() end
      if visits == rounds then return done() end
      if p == 1 then pass() end
    end))
    if p == 1 then
      delay_us(100000) -- until everybody is there
      pass()
    end
    while true do yield() end
  end)
end
