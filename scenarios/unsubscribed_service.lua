-- SPDX-License-Identifier: Apache-2.0 OR MIT
-- A client notifies a service that runs already but has not registered its upcall yet. The
-- notification is lost; notify said Success (tock#4410).
--
-- Why it matters: whether a pair of apps works depends on the order in which they get to run.
-- A client that notifies once and waits hangs for ever, and no return value tells it. What
-- helps is to ask again after a while, as this one does.
scenario { about = "a notification before the service is ready is lost", until_us = 1000000 }

process("service", function()
  delay_us(20000) -- its init takes a while, and yields on the way
  local asked = 0
  expect(ipc.register_service(function(from)
    asked = asked + 1
    expect_eq(asked, 1)
    expect(ipc.notify_client(from))
  end))
  while true do yield() end
end)

process("client", function()
  local svc = expect(ipc.discover("service"))
  local is_answered = false
  expect(ipc.register_client(svc, function() is_answered = true end))

  expect(ipc.notify_service(svc)) -- Success, and lost
  delay_us(50000)
  expect(not is_answered, "the first notification is lost")

  expect(ipc.notify_service(svc))
  while not is_answered do yield() end
  done()
end)
