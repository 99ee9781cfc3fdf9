-- SPDX-License-Identifier: Apache-2.0 OR MIT
-- Processes of all sizes move their breaks, share buffers of odd sizes at odd places with each
-- other, and start anew, at random.
--
-- Why it matters: a protection unit goes wrong at the edges, so this makes the drivers program
-- many edges. Nobody touches what was shared: where that would fault is what the cross-check
-- asks the emulated chip.
local processes = param("processes", 4, "how many")
local steps = param("steps", 40, "what each does in a life")

scenario { about = "random shapes of memory", until_us = 60000 }

local IPC = 0x10000
local RESERVED = 32 -- bytes at the start of its RAM that a script keeps for itself
local SIZES = { 0, 1, 7, 8, 31, 32, 32, 33, 48, 64, 64, 96, 100, 128, 160, 192, 256, 320, 512, 700 }
local GRAINS = { 1, 4, 32, 32, 64, 96, 128, 256, 512 }

local function pick(list)
  return list[math.random(#list)]
end

local function move_break(start)
  sys.memop(0, start + RESERVED + math.random(0, 4000))
end

-- A process that notifies itself makes the kernel panic, so it does not.
local function share(start, me)
  local _, app_brk = sys.memop(1, 0)
  local size, grain = pick(SIZES), pick(GRAINS)
  local offset = (math.random(RESERVED, app_brk - start) + grain - 1) // grain * grain
  local with = math.random(0, processes - 1)
  sys.allow_rw(IPC, with, start + offset, size)
  if with ~= me then sys.command(IPC, 2, with, 0) end
end

for p = 1, processes do
  process("shape" .. p, { ram = 1024 * p + 100 * (p - 1) }, function()
    expect(ipc.register_service(function() end))
    local _, start = sys.memop(2, 0)
    for _ = 1, steps do
      if math.random(4) == 1 then move_break(start) else share(start, p - 1) end
      delay_us(math.random(1, 200))
    end
    sys.exit_restart(0)
  end)
end
