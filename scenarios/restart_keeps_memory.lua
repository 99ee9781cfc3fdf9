-- SPDX-License-Identifier: Apache-2.0 OR MIT
-- A process that starts again finds its memory as its last life left it, and so does whoever was
-- let into it: nothing is cleared. That goes for the kernel's part, too. The new life has no grants
-- yet, so its break may go up to where they begin, and over those of the life before: subscriptions
-- with their userdata, and what drivers kept. A PMP opens all of it. On Cortex-M the break stops
-- where an eighth of the region would reach into the kernel's part, and here that is below them.

local reads = param("reads", true, "false where the unit keeps the old grants closed")

scenario {
  about = "a restart clears no memory: the grants of the life before can be read",
  board = "rv32-pmp",
  golden = { {}, { reads = false, board = "cortex-m4" } },
}

local BRK, GRANT_START = 0, 6
local ALARM = 0
local SECRET = 0x5ec7e7

local function find(word, from, to)
  for address = from, to - 4, 4 do
    if mem.peek(address, 4) == word then return address end
  end
end

process("app", { ram = 2064 }, function()
  local mark = mem.alloc(4) -- at the same address in each life
  local _, grants = sys.memop(GRANT_START)

  if mark:u32(0) == 0 then
    mark:set_u32(0, 1)
    sys.subscribe(ALARM, 0, function() end, SECRET)
    sys.exit_restart(0)
  end

  local grown = sys.memop(BRK, grants)
  expect_eq(grown, reads and "Success" or "Failure")
  if reads then
    expect(find(SECRET, grants - 64, grants), "the userdata of the life before")
  end
  done()
end)
