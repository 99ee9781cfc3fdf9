// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "made_world.h"

#include <string.h>

#include "../../../core/ipc.h"

static void make_process(struct made_world *made, uint32_t index, const char *name)
{
    made->processes[index] = (struct process){
        .loaded = true,
        .id = {.index = index, .identifier = index},
        .name = name,
        .name_length = (uint32_t)strlen(name),
        .memory_start = MADE_RAM + 0x800 * index,
        .memory_size = 0x800,
        .flash_start = 0x40000 + 0x1000 * index,
        .flash_size = 0x1000,
    };
}

static void make(struct made_world *made)
{
    *made = (struct made_world){
        .drivers = {{.name = "alarm", .grant = {.driver = ALARM_DRIVER_NUM}},
                    {.name = "console", .grant = {.driver = CONSOLE_DRIVER_NUM}},
                    {.name = "ipc", .grant = {.driver = IPC_DRIVER_NUM}}},
        .info = {.scenario = "rot13.lua",
                 .about = "a pair",
                 .params = "clients=1",
                 .board = "cortex-m4",
                 .sched = "round_robin",
                 .fault = "stop",
                 .seed = 1,
                 .num_procs = MADE_PROCESSES,
                 .until_us = 1000000,
                 .world = &made->world},
    };
    make_process(made, MADE_CLIENT, "client1");
    make_process(made, MADE_SERVICE, "rot13");
    made->world.processes = made->processes;
    made->world.process_count = MADE_PROCESSES;
    made->world.ram = made->ram;
    made->world.board.ram_start = MADE_RAM;
    made->world.board.ram_size = MADE_RAM_SIZE;
    made->world.kernel.drivers = made->drivers;
    made->world.kernel.driver_count = 3;
}

void made_world_begin(struct made_world *made, struct sink *sink)
{
    make(made);
    made->sink = sink;
    sink->begin(sink, &made->info);
}

void made_world_end(struct made_world *made, const char *outcome)
{
    const struct run_result result = {
        .outcome = outcome,
        .reason = "",
        .trace_hash = UINT64_C(0x0123456789abcdef),
        .events = made->seq,
        .time_us = made->time_us,
    };

    made->sink->end(made->sink, &result);
}

uint32_t made_world_take(struct made_world *made, struct event event)
{
    event.seq = ++made->seq;
    event.time_us = made->time_us;
    if (made->sink->wanted & EVENT_BIT(event.kind))
        made->sink->take(made->sink, &event);
    return event.seq;
}

uint32_t made_notify(struct made_world *made, enum error_code result)
{
    uint32_t call = MADE(made, MADE_CLIENT, syscall, .class = SYSCALL_COMMAND, .r0 = IPC_DRIVER_NUM,
                         .r1 = IPC_COMMAND_NOTIFY_SERVICE, .r2 = MADE_SERVICE);
    uint32_t notified = MADE(made, MADE_SERVICE, ipc_queued, .from = MADE_CLIENT,
                             .type = IPC_SERVICE, .result = result);

    MADE(made, MADE_CLIENT, syscall_return,
         .variant = result == ERROR_NONE ? RETURN_Success : RETURN_Failure, .w1 = result,
         .cause = call);
    return notified;
}

void made_convert(struct made_world *made, uint32_t notified)
{
    MADE(made, MADE_SERVICE, ipc_dequeued, .from = MADE_CLIENT, .type = IPC_SERVICE,
         .cause = notified);
    MADE(made, MADE_SERVICE, upcall_queued, .driver = IPC_DRIVER_NUM, .subscribe_num = MADE_SERVICE,
         .pc = 0x41080, .arg0 = MADE_CLIENT, .arg1 = 64, .arg2 = 0x20000100, .userdata = 7,
         .result = ERROR_NONE, .cause = notified);
    MADE(made, MADE_SERVICE, ipc_converted, .from = MADE_CLIENT, .type = IPC_SERVICE,
         .result = GRANT_OK, .scheduled = SCHEDULE_QUEUED, .cause = notified);
}

void made_deliver(struct made_world *made, uint32_t notified)
{
    MADE(made, MADE_SERVICE, upcall_dequeued, .source = SOURCE_DRIVER, .driver = IPC_DRIVER_NUM,
         .subscribe_num = MADE_SERVICE, .pc = 0x41080, .arg0 = MADE_CLIENT, .arg1 = 64,
         .arg2 = 0x20000100, .userdata = 7, .cause = notified);
    MADE(made, MADE_SERVICE, upcall, .source = SOURCE_DRIVER, .driver = IPC_DRIVER_NUM,
         .subscribe_num = MADE_SERVICE, .pc = 0x41080, .arg0 = MADE_CLIENT, .arg1 = 64,
         .arg2 = 0x20000100, .userdata = 7, .cause = notified);
}
