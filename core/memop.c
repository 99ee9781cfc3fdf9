// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "memop.h"

#include "kernel.h"
#include "syscall.h"

static struct syscall_return brk(struct kernel *kernel, struct process *process, uaddr new_break)
{
    return process_brk(kernel, process, new_break) ? syscall_success()
                                                   : syscall_failure(ERROR_NOMEM);
}

// Answers with the break as it was.
static struct syscall_return sbrk(struct kernel *kernel, struct process *process,
                                  uint32_t increment)
{
    uaddr old_break = process->app_brk;

    return process_brk(kernel, process, old_break + increment) ? syscall_success_u32(old_break)
                                                               : syscall_failure(ERROR_NOMEM);
}

struct syscall_return memop(struct kernel *kernel, struct process *process, uint32_t op,
                            uint32_t argument)
{
    switch (op) {
    case MEMOP_BRK:
        return brk(kernel, process, argument);
    case MEMOP_SBRK:
        return sbrk(kernel, process, argument);
    case MEMOP_RAM_START:
        return syscall_success_u32(process->memory_start);
    case MEMOP_RAM_END:
        return syscall_success_u32(process_memory_end(process));
    case MEMOP_FLASH_START:
        return syscall_success_u32(process->flash_start);
    case MEMOP_FLASH_END:
        return syscall_success_u32(process_flash_end(process));
    case MEMOP_GRANT_START:
        return syscall_success_u32(process->kernel_brk);
    case MEMOP_FLASH_REGIONS: // no app here has writeable flash regions
        return syscall_success_u32(0);
    case MEMOP_FLASH_REGION_START:
    case MEMOP_FLASH_REGION_END:
        return syscall_failure(ERROR_FAIL);
    case MEMOP_STACK_START: // hints for a debugger, which nothing here reads
    case MEMOP_HEAP_START:
        return syscall_success();
    default:
        return syscall_failure(ERROR_NOSUPPORT);
    }
}
