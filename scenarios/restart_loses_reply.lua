-- SPDX-License-Identifier: Apache-2.0 OR MIT
-- A service answers and restarts right after. The answer was queued with Success, but the
-- kernel looks at the sender only when the receiver runs: that life of it is over by then, and
-- the answer is lost.
--
-- Why it matters: "reply, then restart" is how a service updates or heals itself, and it loses
-- the very reply that said so. The client waits for ever unless it has a timeout. After the
-- restart the same client and index work as before. On a Cortex-M33 the service never comes
-- back unless its memory block is a multiple of 32 bytes (-P ram=4112).
local patience_us = param("patience_us", 50000, "how long the client waits before it asks again")
local ram = param("ram", 4096, "of the service, in bytes")

scenario { about = "reply, then restart: the reply is lost", until_us = 1000000 }

local LIVES = 64 -- where in its RAM the service counts its lives: that survives a restart

process("service", { ram = ram }, function()
  local _, ram_start = sys.memop(2)
  sys.memop(0, ram_start + 128)
  local lives = mem.view(ram_start + LIVES, 4)
  lives:set_u32(0, lives:u32(0) + 1)

  expect(ipc.register_service(function(from)
    expect(ipc.notify_client(from)) -- Success
    if lives:u32(0) == 1 then sys.exit_restart(0) end
    done()
  end))
  while true do yield() end
end)

process("client", function()
  local svc = expect(ipc.discover("service"))
  local answers = 0
  expect(ipc.register_client(svc, function() answers = answers + 1 end))

  expect(ipc.notify_service(svc))
  delay_us(patience_us)
  expect_eq(answers, 0) -- lost with the service's first life

  expect(ipc.notify_service(svc), "the service to be back (on a Cortex-M33 say -P ram=4112)")
  while answers == 0 do yield() end
  done()
end)
