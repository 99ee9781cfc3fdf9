-- SPDX-License-Identifier: Apache-2.0 OR MIT
-- The trio of Tock's IPC tutorial: a logic process asks a random number service for two
-- bytes and an LED service to switch an LED accordingly, each through a buffer of its own.
--
-- Why it matters: most real apps use more than one service at once. The client upcalls of
-- both have to be kept apart, and both services reach the same client's memory.
local rounds = param("rounds", 3, { min = 1, help = "how often an LED is switched" })
local leds = param("leds", 4, { min = 1, max = 255, help = "LEDs on the board" })
local size = param("size", 64, "of each buffer, and its alignment; 256 for a Cortex-M0+")

scenario { about = "led, rng and logic of the IPC tutorial", until_us = 5000000 }

local LED = "org.tockos.tutorials.ipc.led"
local RNG = "org.tockos.tutorials.ipc.rng"

-- Byte 0 is the command: 0 asks how many LEDs there are; 1 switches LED (byte 1) on or off
-- (byte 2).
process(LED, function()
  local is_on = {}
  expect(ipc.register_service(function(from, len, addr)
    if len < 3 then return end
    local buf = mem.view(addr, len)
    if buf:u8(0) == 0 then
      buf:set_u8(0, leds)
    else
      expect(buf:u8(1) < leds, "an LED that exists")
      is_on[buf:u8(1)] = buf:u8(2) > 0
    end
    expect(ipc.notify_client(from))
  end))
  while true do yield() end
end)

-- Byte 0 says how many random bytes to put into the buffer, from its start.
process(RNG, function()
  expect(ipc.register_service(function(from, len, addr)
    local buf = mem.view(addr, len)
    local wanted = buf:u8(0)
    if wanted > len then return end
    for i = 0, wanted - 1 do buf:set_u8(i, math.random(0, 255)) end
    expect(ipc.notify_client(from))
  end))
  while true do yield() end
end)

process("org.tockos.tutorials.ipc.logic", function()
  local answers = {}

  local function connect(name)
    local svc = expect(ipc.discover(name))
    local buf = mem.alloc(size, size)
    answers[svc] = 0
    expect(ipc.register_client(svc, function(from) answers[from] = answers[from] + 1 end))
    expect(ipc.share(svc, buf))
    return svc, buf
  end

  local function ask(svc)
    local before = answers[svc]
    expect(ipc.notify_service(svc))
    while answers[svc] == before do yield() end
  end

  local led, led_buf = connect(LED)
  local rng, rng_buf = connect(RNG)

  led_buf:set_u8(0, 0)
  ask(led)
  local count = led_buf:u8(0)
  print("Number of LEDs:", count)
  expect_eq(count, leds)

  for _ = 1, rounds do
    rng_buf:set_u8(0, 2)
    ask(rng)
    led_buf:set_u8(0, 1)
    led_buf:set_u8(1, rng_buf:u8(0) % count)
    led_buf:set_u8(2, rng_buf:u8(1) // 128)
    ask(led)
    delay_us(500000)
  end
  expect_eq(answers[rng], rounds)
  expect_eq(answers[led], rounds + 1)
  done()
end)
