// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "grant.h"

#include <stddef.h>
#include <string.h>

#include "kernel.h"
#include "memory.h"

enum { WORD_BYTES = 4, SLOT_BYTES = 8, ENTERED = 1 };

// ---- the table of grant pointers

static uint8_t *pointer_entry(const struct kernel *kernel, const struct process *process,
                              uint32_t number)
{
    uint32_t table = process->memory_size - kernel->grant_count * GRANT_POINTER_BYTES;

    return process->memory + table + (size_t)number * GRANT_POINTER_BYTES;
}

static uint32_t entry_driver(const uint8_t *entry)
{
    return memory_load_word(entry);
}

// Bit 0 says whether the grant is entered.
static uint32_t entry_pointer(const uint8_t *entry)
{
    return memory_load_word(entry + WORD_BYTES);
}

static void entry_set(uint8_t *entry, uint32_t driver, uint32_t pointer)
{
    memory_store_word(entry, driver);
    memory_store_word(entry + WORD_BYTES, pointer);
}

void grant_reset_pointers(struct kernel *kernel, const struct process *process)
{
    for (uint32_t i = 0; i < kernel->grant_count; i++)
        entry_set(pointer_entry(kernel, process, i), 0, 0);
}

uint32_t grant_count_allocated(struct kernel *kernel, const struct process *process)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < kernel->grant_count; i++)
        count += entry_pointer(pointer_entry(kernel, process, i)) != 0;
    return count;
}

uaddr grant_address(struct kernel *kernel, const struct process *process, uint32_t number)
{
    return entry_pointer(pointer_entry(kernel, process, number)) & ~(uint32_t)ENTERED;
}

// The place of the grant that `driver` has in this process, grant_count if it has none.
static uint32_t lookup(struct kernel *kernel, const struct process *process, uint32_t driver)
{
    for (uint32_t i = 0; i < kernel->grant_count; i++) {
        const uint8_t *entry = pointer_entry(kernel, process, i);

        if (entry_pointer(entry) != 0 && entry_driver(entry) == driver)
            return i;
    }
    return kernel->grant_count;
}

// ---- one grant in memory

static uint32_t layout_size(uint32_t upcalls, uint32_t allow_ro, uint32_t allow_rw)
{
    return WORD_BYTES + SLOT_BYTES * (upcalls + allow_ro + allow_rw);
}

uint32_t grant_size(const struct grant_type *type)
{
    return layout_size(type->upcalls, type->allow_ro, type->allow_rw) + type->data_size;
}

// Finds the parts of a grant by the counters that stand at its start, which a process
// may have overwritten, and returns how many bytes they take.
static uint32_t read_layout(uint8_t *bytes, struct grant *grant)
{
    uint32_t counters = memory_load_word(bytes);

    grant->upcall_count = (uint8_t)counters;
    grant->allow_ro_count = (uint8_t)(counters >> 8);
    grant->allow_rw_count = (uint8_t)(counters >> 16);
    grant->upcalls = bytes + WORD_BYTES;
    grant->allow_ro = grant->upcalls + (size_t)SLOT_BYTES * grant->upcall_count;
    grant->allow_rw = grant->allow_ro + (size_t)SLOT_BYTES * grant->allow_ro_count;
    grant->data = NULL;
    return (uint32_t)(grant->allow_rw - bytes) + (uint32_t)SLOT_BYTES * grant->allow_rw_count;
}

// False: the grant at `base` leads outside of memory.
static bool find_layout(struct kernel *kernel, const struct process *process, uaddr base,
                        struct grant *grant)
{
    uint8_t *bytes = kernel_memory(kernel, process, base, WORD_BYTES);

    return bytes && kernel_memory(kernel, process, base, read_layout(bytes, grant));
}

// The driver's own data stands where its type says, whatever the counters do.
static bool find_data(struct kernel *kernel, const struct grant_type *type, uaddr base,
                      struct grant *grant)
{
    if (type->data_size > 0)
        grant->data = kernel->port->memory(kernel->host, base + grant_size(type) - type->data_size,
                                           type->data_size);
    return type->data_size == 0 || grant->data;
}

static bool allocate(struct kernel *kernel, const struct grant_type *type, struct process *process,
                     uint8_t *entry)
{
    uint32_t size = grant_size(type);
    uaddr base;
    uint8_t *bytes;

    if (lookup(kernel, process, type->driver) != kernel->grant_count)
        return false;
    base = process_allocate_kernel_memory(kernel, process, size, WORD_BYTES);
    if (base == 0)
        return false;
    bytes = kernel_memory(kernel, process, base, size);
    memset(bytes, 0, size);
    memory_store_word(bytes, type->upcalls | (uint32_t)type->allow_ro << 8 |
                                 (uint32_t)type->allow_rw << 16);
    entry_set(entry, type->driver, base);
    RECORD(kernel, process->id.index, grant_allocated, .driver = type->driver, .start = base,
           .size = size, .kernel_brk = process->kernel_brk);
    return true;
}

// Marks the grant at `entry` as entered and opens it.
static bool open_entry(struct kernel *kernel, struct process *process, uint32_t number,
                       uint8_t *entry, struct grant *grant)
{
    uint32_t base = entry_pointer(entry);

    if (!find_layout(kernel, process, base, grant)) {
        kernel_panic(kernel, PANIC_BAD_GRANT, process->id.index);
        return false;
    }
    grant->process = process;
    grant->number = number;
    grant->driver = entry_driver(entry);
    entry_set(entry, grant->driver, base | ENTERED);
    return true;
}

static enum grant_result open_typed(struct kernel *kernel, const struct grant_type *type,
                                    struct process *process, uint8_t *entry, struct grant *grant)
{
    uaddr base = entry_pointer(entry);

    if (base & ENTERED) {
        kernel_panic(kernel, PANIC_GRANT_REENTERED, process->id.index);
        return GRANT_PANICKED;
    }
    if (!open_entry(kernel, process, type->number, entry, grant))
        return GRANT_PANICKED;
    grant->driver = type->driver;
    if (find_data(kernel, type, base, grant))
        return GRANT_OK;
    kernel_panic(kernel, PANIC_BAD_GRANT, process->id.index);
    return GRANT_PANICKED;
}

enum grant_result grant_enter(struct kernel *kernel, const struct grant_type *type,
                              struct process_id id, struct grant *grant)
{
    struct process *process = kernel_process(kernel, id);
    uint8_t *entry;

    if (!process)
        return GRANT_NO_SUCH_APP;
    if (!process_is_active(process))
        return GRANT_INACTIVE_APP;
    entry = pointer_entry(kernel, process, type->number);
    if (entry_pointer(entry) == 0 && !allocate(kernel, type, process, entry))
        return GRANT_OUT_OF_MEMORY;
    return open_typed(kernel, type, process, entry, grant);
}

bool grant_enter_existing(struct kernel *kernel, const struct grant_type *type,
                          struct process *process, struct grant *grant)
{
    uint8_t *entry;

    if (!process->loaded || !process_is_active(process))
        return false;
    entry = pointer_entry(kernel, process, type->number);
    return entry_pointer(entry) != 0 && open_typed(kernel, type, process, entry, grant) == GRANT_OK;
}

void grant_leave(struct kernel *kernel, struct grant *grant)
{
    uint8_t *entry = pointer_entry(kernel, grant->process, grant->number);

    // A panic does not unwind: what was entered stays so.
    if (kernel->halt != KERNEL_PANICKED && process_is_active(grant->process))
        entry_set(entry, entry_driver(entry), entry_pointer(entry) & ~(uint32_t)ENTERED);
}

// ---- slots

static uint32_t slot_word(const uint8_t *slots, uint32_t number, uint32_t word)
{
    return memory_load_word(slots + (size_t)SLOT_BYTES * number + (size_t)WORD_BYTES * word);
}

static void slot_set(uint8_t *slots, uint32_t number, uint32_t word0, uint32_t word1)
{
    memory_store_word(slots + (size_t)SLOT_BYTES * number, word0);
    memory_store_word(slots + (size_t)SLOT_BYTES * number + WORD_BYTES, word1);
}

bool grant_get_upcall(const struct grant *grant, uint32_t number, struct grant_upcall *upcall)
{
    if (number >= grant->upcall_count)
        return false;
    upcall->userdata = slot_word(grant->upcalls, number, 0);
    upcall->fn = slot_word(grant->upcalls, number, 1);
    return true;
}

static bool get_buffer(const uint8_t *slots, uint32_t count, uint32_t number,
                       struct grant_buffer *buffer)
{
    if (number >= count)
        return false;
    buffer->start = slot_word(slots, number, 0);
    buffer->size = slot_word(slots, number, 1);
    return true;
}

bool grant_get_allow_ro(const struct grant *grant, uint32_t number, struct grant_buffer *buffer)
{
    return get_buffer(grant->allow_ro, grant->allow_ro_count, number, buffer);
}

bool grant_get_allow_rw(const struct grant *grant, uint32_t number, struct grant_buffer *buffer)
{
    return get_buffer(grant->allow_rw, grant->allow_rw_count, number, buffer);
}

enum schedule_result grant_schedule_upcall(struct kernel *kernel, const struct grant *grant,
                                           uint32_t number, const uint32_t argument[3],
                                           uint32_t cause)
{
    struct grant_upcall upcall;
    struct task task;

    if (!grant_get_upcall(grant, number, &upcall))
        return SCHEDULE_NO_SUCH_UPCALL;
    if (upcall.fn == 0)
        return SCHEDULE_NULL_UPCALL;
    task = (struct task){
        .kind = TASK_FUNCTION_CALL,
        .cause = cause,
        .call = {.source = SOURCE_DRIVER,
                 .driver = grant->driver,
                 .subscribe_num = number,
                 .pc = upcall.fn,
                 .argument = {argument[0], argument[1], argument[2], upcall.userdata}},
    };
    switch (process_enqueue_task(kernel, grant->process, &task)) {
    case ERROR_NONE:
        return SCHEDULE_QUEUED;
    case ERROR_NOMEM:
        return SCHEDULE_QUEUE_FULL;
    default:
        return SCHEDULE_ENDED;
    }
}

// ---- subscribe and allow

// Opens the grant that `driver` already has in this process.
static enum error_code enter_existing(struct kernel *kernel, struct process *process,
                                      uint32_t driver, struct grant *grant)
{
    uint32_t number = lookup(kernel, process, driver);
    uint8_t *entry;

    if (number == kernel->grant_count)
        return ERROR_NOMEM;
    if (!process_is_active(process))
        return ERROR_FAIL;
    entry = pointer_entry(kernel, process, number);
    if (entry_pointer(entry) & ENTERED)
        return ERROR_NOMEM;
    return open_entry(kernel, process, number, entry, grant) ? ERROR_NONE : ERROR_FAIL;
}

enum error_code grant_swap_upcall(struct kernel *kernel, struct process *process, uint32_t driver,
                                  uint32_t number, struct grant_upcall *upcall)
{
    struct grant_upcall old;
    struct grant grant;
    enum error_code error = enter_existing(kernel, process, driver, &grant);

    if (error != ERROR_NONE)
        return error;
    if (grant_get_upcall(&grant, number, &old)) {
        slot_set(grant.upcalls, number, upcall->userdata, upcall->fn);
        *upcall = old;
    } else {
        error = ERROR_INVAL;
    }
    grant_leave(kernel, &grant);
    return error;
}

static enum error_code swap_buffer(uint8_t *slots, uint32_t count, uint32_t number,
                                   struct grant_buffer *buffer)
{
    struct grant_buffer old;

    if (!get_buffer(slots, count, number, &old))
        return ERROR_INVAL;
    slot_set(slots, number, buffer->start, buffer->size);
    *buffer = old;
    return ERROR_NONE;
}

enum error_code grant_swap_allow_ro(struct kernel *kernel, struct process *process, uint32_t driver,
                                    uint32_t number, struct grant_buffer *buffer)
{
    struct grant grant;
    enum error_code error = enter_existing(kernel, process, driver, &grant);

    if (error != ERROR_NONE)
        return error;
    error = swap_buffer(grant.allow_ro, grant.allow_ro_count, number, buffer);
    grant_leave(kernel, &grant);
    return error;
}

enum error_code grant_swap_allow_rw(struct kernel *kernel, struct process *process, uint32_t driver,
                                    uint32_t number, struct grant_buffer *buffer)
{
    struct grant grant;
    enum error_code error = enter_existing(kernel, process, driver, &grant);

    if (error != ERROR_NONE)
        return error;
    error = swap_buffer(grant.allow_rw, grant.allow_rw_count, number, buffer);
    grant_leave(kernel, &grant);
    return error;
}
