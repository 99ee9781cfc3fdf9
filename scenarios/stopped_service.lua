-- SPDX-License-Identifier: Apache-2.0 OR MIT
-- Somebody stops a service at the process console and resumes it later. Meanwhile a client notifies
-- it: each notify is a success and waits in the service's ring, until that is full.
--
-- Why it matters: a stopped process looks alive to everybody. Notifications are delivered after it is
-- resumed, all at once and late, and the tenth gets NOMEM. While one waits the kernel does not sleep:
-- the chip draws its full power. Under --sched priority nobody below the stopped process runs until it
-- is resumed, and this scenario fails.
local stopped_us = param("stopped_us", 20000, "how long the service is stopped")
local RING = 9 -- tasks that wait, at most

scenario { about = "a stopped service gets its notifications late", until_us = 1000000 }

process("service", function()
  local asked = 0
  expect(ipc.register_service(function(from)
    asked = asked + 1
    expect(ipc.notify_client(from))
    if asked == RING then done() end
  end))
  while true do yield() end
end)

process("client", function()
  local svc = expect(ipc.discover("service"))
  local answers = 0
  expect(ipc.register_client(svc, function() answers = answers + 1 end))

  delay_us(2000)
  for _ = 1, RING do expect(ipc.notify_service(svc)) end
  local queued, why = ipc.notify_service(svc)
  expect_eq(queued, nil)
  expect_eq(why, "NOMEM")

  local asked_us = now_us()
  while answers < RING do yield() end
  expect(now_us() - asked_us > stopped_us - 2000, "answers that came only after it was resumed")
  done()
end)

operator(function()
  at(1000)
  process.stop("service")
  after(stopped_us)
  process.resume("service")
end)
