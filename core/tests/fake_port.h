// SPDX-License-Identifier: Apache-2.0 OR MIT
// A chip that tests of the kernel hold in their hands: memory, a protection unit that
// grants or refuses as told, time that passes only when a process is said to use it,
// processes that do what a list says, and every event on record.
#pragma once

#include "../ipc.h"
#include "../kernel.h"

enum {
    FAKE_RAM_SIZE = 1 << 20,
    FAKE_FLASH_SIZE = 1 << 18,
    FAKE_FLASH_BYTES = 0x400,    // of one process
    FAKE_PROTECTED_BYTES = 0x80, // at the start of that
    FAKE_APP_BYTES = 0x400,      // what a process asks for
    FAKE_OPEN_BYTES = 0x200,     // app_brk above memory start once it is started
    FAKE_INITIAL_BRK_BYTES = 32, // app_brk above memory start before
    FAKE_TASK_BYTES = 36,
    FAKE_PROCESS_BYTES = 880,
    FAKE_MAX_ACTIONS = 64,
    FAKE_MAX_EVENTS = 8192,
};

#define FAKE_RAM_START   UINT32_C(0x20000000)
#define FAKE_FLASH_START UINT32_C(0x00040000)

// A capsule with one of everything: two upcalls, one slot of each kind, 8 bytes of its
// own. Command 0 is there, command 1 schedules its caller's upcall 0 with (a, b, 7).
enum { CAPSULE_DRIVER_NUM = 0x123, CAPSULE_DATA_BYTES = 8 };

enum { IPC_GRANT_NUMBER = 0, CAPSULE_GRANT_NUMBER = 1, FAKE_DRIVERS = 2 };

// What fake_call gives back as the variant where the kernel does not answer.
#define FAKE_NO_ANSWER UINT32_MAX

// One thing that a process does: it runs for `us`, then traps. An end of its timeslice
// on the way comes first.
struct fake_action {
    uint32_t us;
    struct trap trap;
    bool interrupts; // a device wants the kernel then
};

struct fake_process {
    struct fake_action actions[FAKE_MAX_ACTIONS];
    uint32_t action_count;
    uint32_t next_action;
    struct syscall_return answer; // the last one handed to it
    uint32_t answers;             // how many
    struct function_call call;    // the last one handed to it
    uint32_t calls;
};

struct fake_port {
    struct kernel kernel;
    struct process processes[MAX_PROCESSES];
    struct fake_process fakes[MAX_PROCESSES];
    struct syscall_driver drivers[FAKE_DRIVERS];
    uaddr free_ram_start; // what loading has left
    uint32_t free_ram_size;
    uint8_t ram[FAKE_RAM_SIZE];
    uint8_t flash[FAKE_FLASH_SIZE];

    // The protection unit. It grants what is asked for, except:
    struct mpu mpu;
    bool refuses_flash;
    bool refuses_memory;
    bool refuses_split;
    bool refuses_buffers;
    bool panics_on_buffers;
    uint32_t configured; // how often its registers were written
    bool is_enabled;

    // The boundary to user code.
    bool refuses_start;    // initialize_process fails
    bool refuses_answer;   // set_syscall_return fails
    bool refuses_function; // set_process_function fails
    bool was_enabled_in_process;
    uint32_t switches;
    uint32_t switched_to[256]; // indices, in order

    // Time and interrupts.
    uint64_t now_us;
    bool timer_runs;
    uint64_t timer_end_us;
    bool interrupt_pending;
    uint32_t interrupts_served;
    uint32_t sleeps;

    struct event events[FAKE_MAX_EVENTS];
    uint32_t event_count;
};

struct fake_setup {
    uint32_t processes;       // 1 to 255; all the same but for their names
    const char *const *names; // NULL: all are "app"
    uint32_t process_slots;   // 0: as many as there are processes
    uint32_t num_procs;       // 0: as many as there are processes
    uint32_t unused_grants;
    enum scheduler_kind scheduler;
    enum scheduler_order order;
    struct fault_policy fault_policy; // all zero: panic
    const struct kernel_rules *rules; // NULL: those of 2.1
    bool unstarted;                   // leave their init tasks in place; else all of them run, with
                                      // FAKE_OPEN_BYTES of open memory and an empty record
};

// A kernel with its processes loaded. To be freed by fake_port_free.
struct fake_port *fake_port_new(const struct fake_setup *setup);
void fake_port_free(struct fake_port *fake);

// Loads one more process, as fake_port_new does.
enum load_result fake_load(struct fake_port *fake, uint32_t index, const char *name,
                           struct fault_policy policy);

// The process takes its init task and runs, with FAKE_OPEN_BYTES of memory.
void fake_start(struct fake_port *fake, uint32_t index);

// A system call of a process, handled at once.
struct syscall_return fake_call(struct fake_port *fake, uint32_t index, uint32_t class, uint32_t r0,
                                uint32_t r1, uint32_t r2, uint32_t r3);

// What a process does when the kernel runs it, one thing after the other. At the end of
// its list it yields.
void fake_calls(struct fake_port *fake, uint32_t index, uint32_t us, uint32_t class, uint32_t r0,
                uint32_t r1);
void fake_faults(struct fake_port *fake, uint32_t index, uint32_t us);
void fake_is_interrupted(struct fake_port *fake, uint32_t index, uint32_t us);
// A device wants the kernel just when the last of these happens.
void fake_interrupts_too(struct fake_port *fake, uint32_t index);

// Turns of the kernel loop.
void fake_loop(struct fake_port *fake, uint32_t turns);

// Places in a process's memory and flash.
uaddr fake_memory(const struct fake_port *fake, uint32_t index, uint32_t offset);
uaddr fake_function(const struct fake_port *fake, uint32_t index, uint32_t offset);

// The word in RAM at an address; a place in RAM.
uint32_t fake_word(const struct fake_port *fake, uaddr address);
uint8_t *fake_bytes(struct fake_port *fake, uaddr address);

// What is on record: how many events of this kind, the n-th of them (0 is the first;
// NULL if there is none), the last; forgetting all of it.
uint32_t fake_count(const struct fake_port *fake, enum event_kind kind);
const struct event *fake_event(const struct fake_port *fake, enum event_kind kind, uint32_t n);
const struct event *fake_last(const struct fake_port *fake, enum event_kind kind);
void fake_forget(struct fake_port *fake);

// Fails the test unless the answer is this variant with these words.
void assert_answer(struct syscall_return answer, enum return_variant variant, uint32_t w1,
                   uint32_t w2, uint32_t w3);
void assert_failure(struct syscall_return answer, enum error_code error);
void assert_success(struct syscall_return answer);
