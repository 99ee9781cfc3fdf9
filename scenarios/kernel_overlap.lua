-- SPDX-License-Identifier: Apache-2.0 OR MIT
-- A process reads and overwrites memory of the kernel's that lies in its own block, above the
-- kernel's break, and no fault comes: the last enabled subregion of its RAM region reaches over
-- the break (tock#4366).
--
-- Why it matters: what lies there is what the kernel keeps of the process, and grants rely on
-- nobody else writing to it. An app needs no trick for this, only the wrong size: the kernel's
-- own structures have to fill more than 15/16 of the block. From Tock 2.2 on a process has two
-- regions for its RAM; where their first subregion would reach over the break, that driver
-- doubles the regions and forgets to double the block, so that the subregion is twice as large
-- in a block that is not. Repaired in 2025. With -P ram_regions=1, the driver of Tock 2.1, the
-- block is doubled too and the read below faults, as it should; so it does with -P
-- process_struct=1520, where the structures fill less of it.
local ram_regions = param("ram_regions", 2, { min = 1, max = 2, help = "for a process's RAM" })
local ram = param("ram", 64, "what the app asks for, in bytes")
local process_struct = param("process_struct", 1560, "the kernel's largest structure, in bytes")

scenario {
  about = "a subregion that reaches over the kernel's break",
  board = {
    base = "cortex-m4",
    ram_regions = ram_regions,
    sizes = { process_struct = process_struct },
  },
  until_us = 1000000,
}

process("app", { ram = ram }, function()
  local _, kernel_brk = sys.memop(6)

  mem.peek(kernel_brk, 4) -- not the app's own: should fault
  mem.poke(kernel_brk, 4, 0xdeadbeef)
  expect_eq(mem.peek(kernel_brk, 4), 0xdeadbeef)

  -- No grant fits any more: now the driver sees that the subregion is in the way.
  local variant, why = sys.subscribe(0x10000, 0, nil)
  expect_eq(variant, "FailureU32U32")
  expect_eq(sys.error_name(why), "NOMEM")
  done()
end)
