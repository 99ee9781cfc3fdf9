// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "made_run.h"

#include <string.h>

#include "../../../core/capsule_abi.h"
#include "../../../core/ipc.h"
#include "../../base/count_of.h"

static const struct view_driver drivers[] = {
    {ALARM_DRIVER_NUM, "alarm"}, {CONSOLE_DRIVER_NUM, "console"}, {IPC_DRIVER_NUM, "ipc"}};

static const uint8_t *memory(const void *source, uaddr start, uint32_t size)
{
    const struct made_run *made = source;
    uint32_t offset = start - MADE_RAM;

    return offset <= MADE_RAM_SIZE && size <= MADE_RAM_SIZE - offset ? made->ram + offset : NULL;
}

static bool place(const void *source, uint32_t process, uaddr address, struct view_place *place)
{
    const struct made_run *made = source;

    (void)process;
    if (address - made->place.start >= made->place.size)
        return false;
    *place = made->place;
    return true;
}

static void make_process(struct made_run *made, uint32_t index, const char *name)
{
    made->processes[index] = (struct view_process){
        .name = name,
        .name_length = (uint32_t)strlen(name),
        .id = index,
        .memory_start = MADE_RAM + 0x800 * index,
        .memory_size = 0x800,
        .flash_start = 0x40000 + 0x1000 * index,
        .flash_size = 0x1000,
    };
}

static void make(struct made_run *made)
{
    *made = (struct made_run){
        .info = {.scenario = "rot13.lua",
                 .about = "a pair",
                 .params = "clients=1",
                 .board = "cortex-m4",
                 .sched = "round_robin",
                 .fault = "stop",
                 .seed = 1,
                 .num_procs = MADE_PROCESSES,
                 .until_us = 1000000,
                 .view = &made->view},
        .view = {.processes = made->processes,
                 .process_count = MADE_PROCESSES,
                 .drivers = drivers,
                 .driver_count = COUNT_OF(drivers),
                 .memory = memory,
                 .place = place,
                 .source = made},
    };
    make_process(made, MADE_CLIENT, "client1");
    make_process(made, MADE_SERVICE, "rot13");
}

void made_run_begin(struct made_run *made, struct sink *sink)
{
    make(made);
    made->sink = sink;
    sink->begin(sink, &made->info);
}

void made_run_end(struct made_run *made, const char *outcome)
{
    const struct run_result result = {
        .outcome = outcome,
        .reason = "",
        .trace_hash = UINT64_C(0x0123456789abcdef),
        .events = made->seq,
        .time_us = made->time_us,
        .processes = made->ends,
    };

    made->sink->end(made->sink, &result);
}

uint32_t made_run_take(struct made_run *made, struct event event)
{
    event.seq = ++made->seq;
    event.time_us = made->time_us;
    if (made->sink->wanted & EVENT_BIT(event.kind))
        made->sink->take(made->sink, &event);
    return event.seq;
}

uint32_t made_notify(struct made_run *made, enum error_code result)
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

void made_convert(struct made_run *made, uint32_t notified)
{
    MADE(made, MADE_SERVICE, ipc_dequeued, .from = MADE_CLIENT, .type = IPC_SERVICE,
         .cause = notified);
    MADE(made, MADE_SERVICE, upcall_queued, .driver = IPC_DRIVER_NUM, .subscribe_num = MADE_SERVICE,
         .pc = 0x41080, .arg0 = MADE_CLIENT, .arg1 = 64, .arg2 = 0x20000100, .userdata = 7,
         .result = ERROR_NONE, .cause = notified);
    MADE(made, MADE_SERVICE, ipc_converted, .from = MADE_CLIENT, .type = IPC_SERVICE,
         .result = GRANT_OK, .scheduled = SCHEDULE_QUEUED, .cause = notified);
}

void made_deliver(struct made_run *made, uint32_t notified)
{
    MADE(made, MADE_SERVICE, upcall_dequeued, .source = SOURCE_DRIVER, .driver = IPC_DRIVER_NUM,
         .subscribe_num = MADE_SERVICE, .pc = 0x41080, .arg0 = MADE_CLIENT, .arg1 = 64,
         .arg2 = 0x20000100, .userdata = 7, .cause = notified);
    MADE(made, MADE_SERVICE, upcall, .source = SOURCE_DRIVER, .driver = IPC_DRIVER_NUM,
         .subscribe_num = MADE_SERVICE, .pc = 0x41080, .arg0 = MADE_CLIENT, .arg1 = 64,
         .arg2 = 0x20000100, .userdata = 7, .cause = notified);
}
