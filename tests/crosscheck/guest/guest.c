// SPDX-License-Identifier: Apache-2.0 OR MIT
// The program on the emulated chip: programs the protection unit as the file `requests` says,
// has a process touch memory, and writes to the file `answers` what came of it.
//
// A probe is a real access: the process executes from its own flash, with a stack in its own
// RAM, under the registers that the simulator's driver wrote for it.
#include <stddef.h>

#include "port.h"

enum { // semihosting
    SERVICE_OPEN = 0x01,
    SERVICE_CLOSE = 0x02,
    SERVICE_WRITE = 0x05,
    SERVICE_READ = 0x06,
    SERVICE_EXIT = 0x18,
    MODE_READ = 1,
    MODE_WRITE = 5,
    EXIT_WELL = 0x20026,
    EXIT_BADLY = 0x20023,
};

// From the linker script: memory for the requests, which become the answers.
extern uint32_t exchange[];
extern uint8_t exchange_end[];

void guest_main(void);

// ---- files

static uint32_t open_file(const char *name, uint32_t length, uint32_t mode)
{
    const uint32_t argument[] = {(uint32_t)(uintptr_t)name, mode, length};

    return port_semihost(SERVICE_OPEN, argument);
}

// How many bytes were not transferred.
static uint32_t transfer(uint32_t service, uint32_t file, uint32_t size)
{
    const uint32_t argument[] = {file, (uint32_t)(uintptr_t)exchange, size};

    return port_semihost(service, argument);
}

static void leave(uint32_t reason)
{
    for (;;)
        port_semihost(SERVICE_EXIT, (const void *)(uintptr_t)reason);
}

static uint32_t read_requests(void)
{
    uint32_t room = (uint32_t)((uintptr_t)exchange_end - (uintptr_t)exchange);
    uint32_t file = open_file("requests", 8, MODE_READ);

    if (file == UINT32_MAX)
        leave(EXIT_BADLY);
    return room - transfer(SERVICE_READ, file, room);
}

static void write_answers(uint32_t size)
{
    uint32_t file = open_file("answers", 7, MODE_WRITE);

    if (file == UINT32_MAX || transfer(SERVICE_WRITE, file, size) != 0 ||
        port_semihost(SERVICE_CLOSE, &file) != 0)
        leave(EXIT_BADLY);
}

// ---- memory

// The compiler calls these by itself. Volatile, lest it call them in here too.
void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memset(void *to, int value, size_t size);

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    for (size_t i = 0; i < size; i++)
        ((volatile uint8_t *)to)[i] = ((const uint8_t *)from)[i];
    return to;
}

void *memset(void *to, int value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        ((volatile uint8_t *)to)[i] = (uint8_t)value;
    return to;
}

static volatile uint8_t *at(uint32_t addr)
{
    return (volatile uint8_t *)(uintptr_t)addr;
}

static void copy(uint32_t to, const volatile uint8_t *from, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++)
        at(to)[i] = from[i];
}

static uint32_t peek(uint32_t addr, uint32_t size)
{
    uint32_t value = 0;

    for (uint32_t i = 0; i < size; i++)
        value |= (uint32_t)at(addr)[i] << (8 * i);
    return value;
}

// ---- probes

static struct request process; // the last PROBE_PROCESS

static void become_process(const struct request *request)
{
    process = *request;
    port_suspend_unit(true);
    copy(process.addr, port_stubs, STUBS * STUB_BYTES);
    port_suspend_unit(false);
}

static struct life life_of(const struct request *request)
{
    return (struct life){.pc = process.addr,
                         .sp = process.value,
                         .is_privileged = request->is_privileged,
                         .argument = {request->addr}};
}

static void touch(const struct request *request, struct answer *answer)
{
    uint32_t size = request->value;
    uint32_t stub = (request->kind == PROBE_STORE ? 3 : 0) + size / 2; // 1, 2, 4: 0, 1, 2
    struct life life = life_of(request);

    life.pc += stub * STUB_BYTES;
    if (request->kind == PROBE_STORE) {
        port_suspend_unit(true);
        life.argument[1] = peek(request->addr, size);
        port_suspend_unit(false);
    }
    port_run(&life, answer);
}

// Puts an undefined instruction there for as long as it takes.
static void fetch(const struct request *request, struct answer *answer)
{
    uint32_t size = request->value;
    struct life life = life_of(request);
    uint8_t before[4];

    life.pc = request->addr;
    port_suspend_unit(true);
    for (uint32_t i = 0; i < size; i++)
        before[i] = at(request->addr)[i];
    copy(request->addr, size == 2 ? port_undefined_2 : port_undefined_4, size);
    port_suspend_unit(false);
    port_run(&life, answer);
    port_suspend_unit(true);
    copy(request->addr, before, size);
    port_suspend_unit(false);
}

static struct answer answer_to(const struct request *request)
{
    struct answer answer = {0};

    switch (request->kind) {
    case PROBE_PROCESS:
        become_process(request);
        break;
    case PROBE_WRITE:
        port_write_register(request->addr, request->value);
        break;
    case PROBE_READ:
        answer.value = port_read_register(request->addr);
        break;
    case PROBE_LOAD:
    case PROBE_STORE:
        touch(request, &answer);
        break;
    case PROBE_FETCH:
        fetch(request, &answer);
        break;
    default:
        leave(EXIT_BADLY);
    }
    return answer;
}

_Static_assert(sizeof(struct request) == sizeof(struct answer), "an answer takes its place");

void guest_main(void)
{
    uint32_t size = read_requests();

    for (uint32_t i = 0; i < size / sizeof(struct request); i++) {
        struct request request = ((const struct request *)exchange)[i];

        ((struct answer *)exchange)[i] = answer_to(&request);
    }
    write_answers(size);
    leave(EXIT_WELL);
}
