-- SPDX-License-Identifier: Apache-2.0 OR MIT
-- A capsule restarts the process whose command it is just serving. The kernel then hands the answer
-- to a life that never asked, and what the old one had sent is lost.
--
-- Why it matters: capsules may do this (a watchdog, an update of the app, a button that restarts all),
-- and they do it while some call is under way. The notification was queued, its sender is a new
-- process by the time it is looked at, and so the service never hears of it.
scenario { about = "a process is restarted while its command is served", until_us = 1000000 }

local LIVES = 64 -- where in its RAM the client counts its lives: that survives a restart
local IPC, NOTIFY_SERVICE = 0x10000, 2

process("service", function()
  local asked = 0
  expect(ipc.register_service(function(from)
    asked = asked + 1
    expect_eq(asked, 1)
    expect(ipc.notify_client(from))
    done()
  end))
  while true do yield() end
end)

process("client", { ram = 4112 }, function() -- a block that a Cortex-M33 can make again
  local _, ram_start = sys.memop(2)
  sys.memop(0, ram_start + 128)
  local lives = mem.view(ram_start + LIVES, 4)
  lives:set_u32(0, lives:u32(0) + 1)

  local svc = expect(ipc.discover("service"))
  local is_answered = false
  expect(ipc.register_client(svc, function() is_answered = true end))
  expect(ipc.notify_service(svc))
  expect_eq(lives:u32(0), 2) -- the first life does not come back from notify_service
  while not is_answered do yield() end
  done()
end)

operator(function()
  during("client", IPC, NOTIFY_SERVICE)
  process.restart("client")
end)
