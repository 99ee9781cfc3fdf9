// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "grant.h"

#include <stddef.h>
#include <string.h>

#include "kernel.h"
#include "memory.h"
#include "recording.h"

enum { WORD_BYTES = 4, SLOT_BYTES = 8, ENTERED = 1 };

// ---- the table of grant pointers

static uint8_t *pointer_entry(const struct kernel *kernel, const struct process *process,
                              uint32_t number)
{
    uint32_t from_end = (kernel->grant_count - number) * GRANT_POINTER_BYTES;

    return process->memory + (process->memory_size - from_end);
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

static void entry_set_pointer(uint8_t *entry, uint32_t pointer)
{
    memory_store_word(entry + WORD_BYTES, pointer);
}

static void entry_set(uint8_t *entry, uint32_t driver, uint32_t pointer)
{
    memory_store_word(entry, driver);
    entry_set_pointer(entry, pointer);
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

static uint32_t upcall_count(uint32_t counters)
{
    return counters & 0xff;
}

static uint32_t allow_ro_count(uint32_t counters)
{
    return counters >> 8 & 0xff;
}

static uint32_t allow_rw_count(uint32_t counters)
{
    return counters >> 16 & 0xff;
}

static uint32_t counted_size(uint32_t counters)
{
    return layout_size(upcall_count(counters), allow_ro_count(counters), allow_rw_count(counters));
}

// The grant at `base`, its counters first. NULL: not all of it is in the process's own memory.
static inline uint8_t *own_bytes(const struct process *process, uaddr base)
{
    uint32_t offset = base - process->memory_start;
    uint8_t *bytes;

    if (offset > process->memory_size - WORD_BYTES)
        return NULL;
    bytes = process->memory + offset;
    return counted_size(memory_load_word(bytes)) <= process->memory_size - offset ? bytes : NULL;
}

// The same in all of memory, where a grant may have strayed to once a process has reached
// its grants.
COLD static uint8_t *strayed_bytes(struct kernel *kernel, uaddr base)
{
    uint8_t *bytes = port_memory(kernel->port, base, WORD_BYTES);

    return bytes && port_memory(kernel->port, base, counted_size(memory_load_word(bytes))) ? bytes
                                                                                           : NULL;
}

static inline uint8_t *grant_bytes(struct kernel *kernel, const struct process *process, uaddr base)
{
    uint8_t *bytes = own_bytes(process, base);

    return bytes ? bytes : strayed_bytes(kernel, base);
}

COLD static enum grant_result panic(struct kernel *kernel, enum panic_reason reason,
                                    const struct process *process)
{
    kernel_panic(kernel, reason, process->id.index);
    return GRANT_PANICKED;
}

// The driver's own data stands where its type says, whatever the counters do. NULL: not in
// memory.
static uint8_t *data_bytes(struct kernel *kernel, const struct grant_type *type, uaddr base)
{
    return port_memory(kernel->port, base + grant_size(type) - type->data_size, type->data_size);
}

// Between the breaks there may be room enough, and yet none where the unit can move the border to.
COLD static void record_refused(struct kernel *kernel, const struct grant_type *type,
                                const struct process *process)
{
    uint32_t size = grant_size(type);
    uaddr new_break = (process->kernel_brk - size) & ~(uaddr)(WORD_BYTES - 1);
    bool has_room = new_break >= process->app_brk && new_break <= process->kernel_brk;

    RECORD(kernel, process->id.index, grant_refused, .driver = type->driver, .size = size,
           .room = process->kernel_brk - process->app_brk, .by_unit = has_room);
}

COLD static bool allocate_grant(struct kernel *kernel, const struct grant_type *type,
                                struct process *process, uint8_t *entry)
{
    uint32_t size = grant_size(type);
    uaddr base;
    uint8_t *bytes;

    if (lookup(kernel, process, type->driver) != kernel->grant_count)
        return false;
    base = process_allocate_kernel_memory(kernel, process, size, WORD_BYTES);
    if (base == 0) {
        record_refused(kernel, type, process);
        return false;
    }
    bytes = process->memory + (base - process->memory_start);
    memset(bytes, 0, size);
    memory_store_word(bytes, type->upcalls | (uint32_t)type->allow_ro << 8 |
                                 (uint32_t)type->allow_rw << 16);
    entry_set(entry, type->driver, base);
    RECORD(kernel, process->id.index, grant_allocated, .driver = type->driver, .start = base,
           .size = size, .kernel_brk = process->kernel_brk);
    return true;
}

// Opens the grant at `bytes`, which `entry` points to.
static inline void open_at(struct process *process, uint32_t driver, uint8_t *entry, uint8_t *bytes,
                           struct grant *grant)
{
    *grant = (struct grant){.process = process,
                            .entry = entry,
                            .slots = bytes + WORD_BYTES,
                            .counters = memory_load_word(bytes),
                            .driver = driver};
    entry_set_pointer(entry, entry_pointer(entry) | ENTERED);
}

// Opens the grant of this type that `entry` points to.
static inline enum grant_result open_typed(struct kernel *kernel, const struct grant_type *type,
                                           struct process *process, uint8_t *entry,
                                           struct grant *grant)
{
    uaddr base = entry_pointer(entry);
    uint8_t *bytes;

    if (base & ENTERED)
        return panic(kernel, PANIC_GRANT_REENTERED, process);
    bytes = grant_bytes(kernel, process, base);
    if (!bytes)
        return panic(kernel, PANIC_BAD_GRANT, process);
    open_at(process, type->driver, entry, bytes, grant);
    if (LIKELY(type->data_size == 0))
        return GRANT_OK;
    grant->data = data_bytes(kernel, type, base);
    return grant->data ? GRANT_OK : panic(kernel, PANIC_BAD_GRANT, process);
}

enum grant_result grant_enter(struct kernel *kernel, const struct grant_type *type,
                              struct process_id id, struct grant *grant)
{
    struct process *process = kernel_process(kernel, id);

    return process ? grant_enter_process(kernel, type, process, grant) : GRANT_NO_SUCH_APP;
}

enum grant_result grant_enter_process(struct kernel *kernel, const struct grant_type *type,
                                      struct process *process, struct grant *grant)
{
    uint8_t *entry;

    if (!process_is_active(process))
        return GRANT_INACTIVE_APP;
    entry = pointer_entry(kernel, process, type->number);
    if (entry_pointer(entry) == 0 && !allocate_grant(kernel, type, process, entry))
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
    // A panic does not unwind: what was entered stays so.
    if (kernel->halt != KERNEL_PANICKED && process_is_active(grant->process))
        entry_set_pointer(grant->entry, entry_pointer(grant->entry) & ~(uint32_t)ENTERED);
}

// ---- slots

// All slots are one array: upcalls, then read-only, then read-write. NULL: no such slot.
static uint8_t *upcall_slot(uint8_t *slots, uint32_t counters, uint32_t number)
{
    return number < upcall_count(counters) ? slots + (size_t)SLOT_BYTES * number : NULL;
}

static uint8_t *allow_ro_slot(uint8_t *slots, uint32_t counters, uint32_t number)
{
    return number < allow_ro_count(counters)
               ? slots + (size_t)SLOT_BYTES * (upcall_count(counters) + number)
               : NULL;
}

static uint8_t *allow_rw_slot(uint8_t *slots, uint32_t counters, uint32_t number)
{
    uint32_t before = upcall_count(counters) + allow_ro_count(counters);

    return number < allow_rw_count(counters) ? slots + (size_t)SLOT_BYTES * (before + number)
                                             : NULL;
}

static struct grant_upcall load_upcall(const uint8_t *slot)
{
    return (struct grant_upcall){.userdata = memory_load_word(slot),
                                 .fn = memory_load_word(slot + WORD_BYTES)};
}

static struct grant_buffer load_buffer(const uint8_t *slot)
{
    return (struct grant_buffer){.start = memory_load_word(slot),
                                 .size = memory_load_word(slot + WORD_BYTES)};
}

static void store_slot(uint8_t *slot, uint32_t word0, uint32_t word1)
{
    memory_store_word(slot, word0);
    memory_store_word(slot + WORD_BYTES, word1);
}

bool grant_get_upcall(const struct grant *grant, uint32_t number, struct grant_upcall *upcall)
{
    const uint8_t *slot = upcall_slot(grant->slots, grant->counters, number);

    if (slot)
        *upcall = load_upcall(slot);
    return slot != NULL;
}

bool grant_get_allow_ro(const struct grant *grant, uint32_t number, struct grant_buffer *buffer)
{
    const uint8_t *slot = allow_ro_slot(grant->slots, grant->counters, number);

    if (slot)
        *buffer = load_buffer(slot);
    return slot != NULL;
}

bool grant_get_allow_rw(const struct grant *grant, uint32_t number, struct grant_buffer *buffer)
{
    const uint8_t *slot = allow_rw_slot(grant->slots, grant->counters, number);

    if (slot)
        *buffer = load_buffer(slot);
    return slot != NULL;
}

struct grant_buffer grant_peek_allow_rw(struct kernel *kernel, const struct grant_type *type,
                                        const struct process *process, uint32_t number)
{
    const struct grant_buffer none = {0, 0};
    uint8_t *bytes;
    uint8_t *slot;
    uaddr base;

    if (!process_is_active(process))
        return none;
    base = grant_address(kernel, process, type->number);
    bytes = base != 0 ? own_bytes(process, base) : NULL;
    if (!bytes)
        return none;
    slot = allow_rw_slot(bytes + WORD_BYTES, memory_load_word(bytes), number);
    return slot ? load_buffer(slot) : none;
}

const uint8_t *grant_peek_data(struct kernel *kernel, const struct grant_type *type,
                               const struct process *process)
{
    uaddr base = process->loaded && process_is_active(process)
                     ? grant_address(kernel, process, type->number)
                     : 0;

    return base != 0 ? data_bytes(kernel, type, base) : NULL;
}

enum schedule_result grant_schedule_upcall(struct kernel *kernel, const struct grant *grant,
                                           uint32_t number, const uint32_t argument[3],
                                           uint32_t cause)
{
    struct grant_upcall upcall;
    struct task *task;

    if (!grant_get_upcall(grant, number, &upcall))
        return SCHEDULE_NO_SUCH_UPCALL;
    if (UNLIKELY(upcall.fn == 0))
        return SCHEDULE_NULL_UPCALL;
    task = task_queue_next(&grant->process->tasks);
    task->kind = TASK_FUNCTION_CALL;
    task->cause = cause;
    task->call = (struct function_call){
        .source = SOURCE_DRIVER,
        .driver = grant->driver,
        .subscribe_num = number,
        .pc = upcall.fn,
        .argument = {argument[0], argument[1], argument[2], upcall.userdata},
    };
    switch (process_enqueue_task(kernel, grant->process)) {
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
    uint8_t *bytes;

    if (number == kernel->grant_count)
        return ERROR_NOMEM;
    if (!process_is_active(process))
        return ERROR_FAIL;
    entry = pointer_entry(kernel, process, number);
    if (entry_pointer(entry) & ENTERED)
        return ERROR_NOMEM;
    bytes = grant_bytes(kernel, process, entry_pointer(entry));
    if (!bytes) {
        panic(kernel, PANIC_BAD_GRANT, process);
        return ERROR_FAIL;
    }
    open_at(process, driver, entry, bytes, grant);
    return ERROR_NONE;
}

enum error_code grant_swap_upcall(struct kernel *kernel, struct process *process, uint32_t driver,
                                  uint32_t number, struct grant_upcall *upcall)
{
    struct grant grant;
    struct grant_upcall old;
    uint8_t *slot;
    enum error_code error = enter_existing(kernel, process, driver, &grant);

    if (error != ERROR_NONE)
        return error;
    slot = upcall_slot(grant.slots, grant.counters, number);
    if (slot) {
        old = load_upcall(slot);
        store_slot(slot, upcall->userdata, upcall->fn);
        *upcall = old;
    }
    grant_leave(kernel, &grant);
    return slot ? ERROR_NONE : kernel->rules->no_such_slot;
}

// No slot: NULL.
static enum error_code swap_buffer(const struct kernel *kernel, uint8_t *slot,
                                   struct grant_buffer *buffer)
{
    struct grant_buffer old;

    if (!slot)
        return kernel->rules->no_such_slot;
    old = load_buffer(slot);
    store_slot(slot, buffer->start, buffer->size);
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
    error = swap_buffer(kernel, allow_ro_slot(grant.slots, grant.counters, number), buffer);
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
    error = swap_buffer(kernel, allow_rw_slot(grant.slots, grant.counters, number), buffer);
    grant_leave(kernel, &grant);
    return error;
}
