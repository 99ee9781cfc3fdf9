-- SPDX-License-Identifier: Apache-2.0 OR MIT
-- A client shares a buffer, gets its answer, takes the buffer back, and keeps a secret in it.
-- The service can read the secret all the same: un-sharing removes no MPU region.
--
-- Why it matters: an app author who un-shares a buffer believes it is private again. It is
-- mapped for the service until the service itself restarts (and a client that restarts and puts
-- something else there has no idea, tock#4371). The trace marks such accesses as stale.
local size = param("size", 64, "of the buffer, and its alignment; 256 for a Cortex-M0+")

scenario { about = "a buffer taken back stays mapped", until_us = 1000000 }

process("service", function()
  local seen
  local requests = 0
  expect(ipc.register_service(function(from, len, addr)
    requests = requests + 1
    if requests == 1 then
      seen = mem.view(addr, len)
      expect_eq(seen:read(0, 5), "hello")
    else
      expect_eq(len, 0) -- nothing is shared any more
      expect_eq(seen:read(0, 6), "secret")
      done()
    end
    expect(ipc.notify_client(from))
  end))
  while true do yield() end
end)

process("client", function()
  local svc = expect(ipc.discover("service"))
  local buf = mem.alloc(size, size)
  local answers = 0
  expect(ipc.register_client(svc, function() answers = answers + 1 end))

  local function ask()
    local before = answers
    expect(ipc.notify_service(svc))
    while answers == before do yield() end
  end

  expect(ipc.share(svc, buf))
  buf:write(0, "hello")
  ask()
  expect(ipc.unshare(svc))
  buf:write(0, "secret")
  ask()
  done()
end)
