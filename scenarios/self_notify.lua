-- SPDX-License-Identifier: Apache-2.0 OR MIT
-- A process notifies itself. The call succeeds; when the kernel turns the notification into an
-- upcall it opens the process's IPC grant twice, as receiver's and as sender's, and panics.
--
-- Why it matters: two lines in one unprivileged app stop the whole board. It happens by
-- accident too: a service that discovers its own name, or a client that keeps a stale index.
-- Fixed in Tock in 2024; the kernel reproduced here has it.
scenario { about = "a process that notifies itself panics the kernel", ends = "kernel_panic" }

process("narcissus", function()
  local me = expect(ipc.discover(name()))
  expect_eq(me, pid())
  expect(ipc.register_service(function() end))
  expect(ipc.notify_service(me)) -- Success; the panic comes at the next yield
  yield()
end)

process("bystander", function()
  while true do delay_us(1000) end
end)
