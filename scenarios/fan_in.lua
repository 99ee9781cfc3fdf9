-- SPDX-License-Identifier: Apache-2.0 OR MIT
-- Many clients notify one service at the same time. The task ring of a process holds nine
-- notifications; who comes later is refused with NOMEM and has to try again.
--
-- Why it matters: a service that works with three clients on the desk stops working with ten
-- in the field. A client that does not look at what notify returns waits for ever for an
-- answer to a notification that never went out.
local clients = param("clients", 12, { min = 1, max = 254, help = "how many clients, all at once" })

-- Under the cooperative scheduler nobody interrupts the clients: all of them notify before
-- the service runs.
scenario { about = "many clients, one service: the queue holds nine", sched = "cooperative" }

process("service", function()
  local served = {}
  expect(ipc.register_service(function(from)
    served[from] = (served[from] or 0) + 1
    expect_eq(served[from], 1)
    expect(ipc.notify_client(from))
    local count = 0
    for _ in pairs(served) do count = count + 1 end
    if count == clients then done() end
  end))
  while true do yield() end
end)

for c = 1, clients do
  process("client" .. c, function()
    local svc = expect(ipc.discover("service"))
    local is_answered = false
    expect(ipc.register_client(svc, function() is_answered = true end))
    while true do
      local sent, why = ipc.notify_service(svc)
      if sent then break end
      expect_eq(why, "NOMEM") -- the ring is full
      delay_us(1000)
    end
    while not is_answered do yield() end
    done()
  end)
end
