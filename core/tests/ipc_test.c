// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "fake_port.h"

#include <string.h>

#include "../../tests/check.h"

enum { SERVICE = 0, CLIENT = 1, OTHER = 2 };

// Three processes that run, with room for four in the grants.
static struct fake_port *new_three(void)
{
    static const char *const names[] = {"org.tockos.service", "client", "other"};

    return fake_port_new(&(struct fake_setup){.processes = 3,
                                              .names = names,
                                              .num_procs = 4,
                                              .fault_policy = {.kind = FAULT_POLICY_STOP}});
}

static struct syscall_return command(struct fake_port *fake, uint32_t index, uint32_t number,
                                     uint32_t target)
{
    return fake_call(fake, index, SYSCALL_COMMAND, IPC_DRIVER_NUM, number, target, 0);
}

static void subscribe(struct fake_port *fake, uint32_t index, uint32_t number, uint32_t userdata)
{
    struct syscall_return answer = fake_call(fake, index, SYSCALL_SUBSCRIBE, IPC_DRIVER_NUM, number,
                                             fake_function(fake, index, 4 * number), userdata);

    assert_int_equal(answer.word[0], RETURN_SuccessU32U32);
}

static void share(struct fake_port *fake, uint32_t owner, uint32_t with, uint32_t offset,
                  uint32_t size)
{
    struct syscall_return answer = fake_call(fake, owner, SYSCALL_ALLOW_RW, IPC_DRIVER_NUM, with,
                                             fake_memory(fake, owner, offset), size);

    assert_int_equal(answer.word[0], RETURN_SuccessU32U32);
}

static struct syscall_return set_break(struct fake_port *fake, uint32_t index, uint32_t offset)
{
    return fake_call(fake, index, SYSCALL_MEMOP, MEMOP_BRK, fake_memory(fake, index, offset), 0, 0);
}

// The kernel takes the oldest task of a process, which must be an IPC task, and
// converts it. Gives back the event.
static const struct event *convert(struct fake_port *fake, uint32_t index)
{
    struct process *process = &fake->processes[index];
    assert_false(task_queue_is_empty(&process->tasks));
    const struct task *task = process_dequeue_task(&fake->kernel, process);

    assert_int_equal(task->kind, TASK_IPC);
    task->ipc.driver->convert(&fake->kernel, task->ipc.driver, process, &task->ipc, task->cause);
    return fake_event(fake, EVENT_ipc_converted, fake_count(fake, EVENT_ipc_converted) - 1);
}

static void assert_converted(const struct event *event, enum grant_result result,
                             enum schedule_result scheduled)
{
    assert_non_null(event);
    assert_int_equal(event->ipc_converted.result, result);
    assert_int_equal(event->ipc_converted.scheduled, scheduled);
}

static const struct task *queued(const struct fake_port *fake, uint32_t index, uint32_t position)
{
    assert_true(position < task_queue_length(&fake->processes[index].tasks));
    return task_queue_at(&fake->processes[index].tasks, position);
}

// ---- discover

// Process `index` searches for a name that it has put at the start of its memory.
static struct syscall_return discover(struct fake_port *fake, uint32_t index, const char *name)
{
    uaddr start = fake_memory(fake, index, 0);
    uint32_t size = (uint32_t)strlen(name);

    memcpy(fake_bytes(fake, start), name, size);
    fake_call(fake, index, SYSCALL_ALLOW_RO, IPC_DRIVER_NUM, 0, start, size);
    return command(fake, index, IPC_COMMAND_DISCOVER, 0);
}

static void discover_finds_a_process_by_its_name(void **state)
{
    (void)state;
    struct fake_port *fake = new_three();

    assert_answer(discover(fake, CLIENT, "org.tockos.service"), RETURN_SuccessU32, SERVICE, 0, 0);
    assert_answer(discover(fake, CLIENT, "other"), RETURN_SuccessU32, OTHER, 0, 0);

    fake_port_free(fake);
}

static void discover_compares_every_byte_and_the_length(void **state)
{
    (void)state;
    struct fake_port *fake = new_three();

    assert_failure(discover(fake, CLIENT, "org.tockos.servic"), ERROR_NODEVICE);
    assert_failure(discover(fake, CLIENT, "org.tockos.service2"), ERROR_NODEVICE);
    assert_failure(discover(fake, CLIENT, "Org.tockos.service"), ERROR_NODEVICE);
    assert_failure(discover(fake, CLIENT, "org.tockos.servicf"), ERROR_NODEVICE);

    fake_port_free(fake);
}

static void a_process_finds_itself(void **state)
{
    (void)state;
    struct fake_port *fake = new_three();

    assert_answer(discover(fake, CLIENT, "client"), RETURN_SuccessU32, CLIENT, 0, 0);

    fake_port_free(fake);
}

static void of_two_with_one_name_discover_finds_the_lower_index(void **state)
{
    (void)state;
    static const char *const names[] = {"asker", "same", "same"};
    struct fake_port *fake = fake_port_new(&(struct fake_setup){.processes = 3, .names = names});

    assert_answer(discover(fake, 0, "same"), RETURN_SuccessU32, 1, 0, 0);

    fake_port_free(fake);
}

static void discover_finds_a_process_that_ended(void **state)
{
    (void)state;
    struct fake_port *fake = new_three();
    process_terminate(&fake->kernel, &fake->processes[OTHER], COMPLETION_NONE, 0);

    assert_answer(discover(fake, CLIENT, "other"), RETURN_SuccessU32, OTHER, 0, 0);

    fake_port_free(fake);
}

static void without_a_search_buffer_discover_looks_for_the_empty_name(void **state)
{
    (void)state;
    static const char *const names[] = {"asker", ""};
    struct fake_port *fake = new_three();
    struct fake_port *named = fake_port_new(&(struct fake_setup){.processes = 2, .names = names});

    assert_failure(command(fake, CLIENT, IPC_COMMAND_DISCOVER, 0), ERROR_NODEVICE);
    assert_answer(command(named, 0, IPC_COMMAND_DISCOVER, 0), RETURN_SuccessU32, 1, 0, 0);

    fake_port_free(named);
    fake_port_free(fake);
}

static void discover_reads_a_name_from_flash(void **state)
{
    (void)state;
    struct fake_port *fake = new_three();
    uaddr start = fake_function(fake, CLIENT, 0x40);
    memcpy(fake->flash + (start - FAKE_FLASH_START), "other", 5);

    fake_call(fake, CLIENT, SYSCALL_ALLOW_RO, IPC_DRIVER_NUM, 0, start, 5);

    assert_answer(command(fake, CLIENT, IPC_COMMAND_DISCOVER, 0), RETURN_SuccessU32, OTHER, 0, 0);

    fake_port_free(fake);
}

static void discover_without_room_for_a_grant_is_refused(void **state)
{
    (void)state;
    struct fake_port *fake = new_three();
    struct process *process = &fake->processes[CLIENT];
    assert_true(process_brk(&fake->kernel, process, process->kernel_brk));

    assert_failure(command(fake, CLIENT, IPC_COMMAND_DISCOVER, 0), ERROR_NOMEM);

    assert_int_equal(process->kernel_brk, process->app_brk);
    assert_int_equal(grant_count_allocated(&fake->kernel, process), 0);

    fake_port_free(fake);
}

static void discover_allocates_the_grant_of_the_one_who_asks(void **state)
{
    (void)state;
    struct fake_port *fake = new_three();

    command(fake, CLIENT, IPC_COMMAND_DISCOVER, 0);

    assert_int_equal(grant_count_allocated(&fake->kernel, &fake->processes[CLIENT]), 1);
    assert_int_equal(grant_count_allocated(&fake->kernel, &fake->processes[SERVICE]), 0);
    assert_int_equal(fake_count(fake, EVENT_grant_allocated), 1);

    fake_port_free(fake);
}

static void a_place_without_a_process_is_not_found(void **state)
{
    (void)state;
    struct fake_port *fake =
        fake_port_new(&(struct fake_setup){.processes = 1, .process_slots = 3});
    fake->processes[0].name_length = 3;

    assert_failure(command(fake, 0, IPC_COMMAND_DISCOVER, 0), ERROR_NODEVICE);

    fake_port_free(fake);
}

// ---- commands

static void command_0_says_that_ipc_is_there(void **state)
{
    (void)state;
    struct fake_port *fake = new_three();

    assert_success(command(fake, CLIENT, IPC_COMMAND_EXISTS, 99));

    assert_int_equal(grant_count_allocated(&fake->kernel, &fake->processes[CLIENT]), 0);

    fake_port_free(fake);
}

static void commands_from_4_on_are_not_supported(void **state)
{
    (void)state;
    struct fake_port *fake = new_three();

    assert_failure(command(fake, CLIENT, 4, SERVICE), ERROR_NOSUPPORT);
    assert_failure(command(fake, CLIENT, UINT32_MAX, SERVICE), ERROR_NOSUPPORT);

    assert_true(task_queue_is_empty(&fake->processes[SERVICE].tasks));

    fake_port_free(fake);
}

// ---- notify

static void notify_queues_one_ipc_task_and_does_nothing_else(void **state)
{
    (void)state;
    struct fake_port *fake = new_three();

    assert_success(command(fake, CLIENT, IPC_COMMAND_NOTIFY_SERVICE, SERVICE));
    assert_success(command(fake, OTHER, IPC_COMMAND_NOTIFY_CLIENT, SERVICE));

    assert_int_equal(task_queue_length(&fake->processes[SERVICE].tasks), 2);
    assert_int_equal(queued(fake, SERVICE, 0)->kind, TASK_IPC);
    assert_int_equal(queued(fake, SERVICE, 0)->ipc.type, IPC_SERVICE);
    assert_int_equal(queued(fake, SERVICE, 0)->ipc.from.index, CLIENT);
    assert_int_equal(queued(fake, SERVICE, 1)->ipc.type, IPC_CLIENT);
    assert_int_equal(queued(fake, SERVICE, 1)->ipc.from.index, OTHER);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(grant_count_allocated(&fake->kernel, &fake->processes[i]), 0);

    fake_port_free(fake);
}

static void notify_to_an_index_without_a_process_is_invalid(void **state)
{
    (void)state;
    struct fake_port *fake =
        fake_port_new(&(struct fake_setup){.processes = 1, .process_slots = 3, .num_procs = 9});
    uint32_t work = fake->kernel.work;

    assert_failure(command(fake, 0, IPC_COMMAND_NOTIFY_SERVICE, 1), ERROR_INVAL);
    assert_failure(command(fake, 0, IPC_COMMAND_NOTIFY_CLIENT, 3), ERROR_INVAL);
    assert_failure(command(fake, 0, IPC_COMMAND_NOTIFY_SERVICE, UINT32_MAX), ERROR_INVAL);

    assert_int_equal(fake->kernel.work, work);
    assert_int_equal(fake_count(fake, EVENT_ipc_queued), 0);

    fake_port_free(fake);
}

static void notify_to_a_process_that_ended_finds_no_device(void **state)
{
    (void)state;
    struct fake_port *fake = new_three();
    process_terminate(&fake->kernel, &fake->processes[SERVICE], COMPLETION_NONE, 0);
    process_fault(&fake->kernel, &fake->processes[OTHER], FAULT_CAUSE_BODY);

    assert_failure(command(fake, CLIENT, IPC_COMMAND_NOTIFY_SERVICE, SERVICE), ERROR_NODEVICE);
    assert_failure(command(fake, CLIENT, IPC_COMMAND_NOTIFY_CLIENT, OTHER), ERROR_NODEVICE);

    assert_int_equal(fake->processes[SERVICE].dropped_upcalls, 0);
    assert_int_equal(fake_last(fake, EVENT_ipc_queued)->ipc_queued.result, ERROR_NODEVICE);

    fake_port_free(fake);
}

static void notify_to_a_full_queue_is_refused_and_counted(void **state)
{
    (void)state;
    struct fake_port *fake = new_three();
    for (uint32_t i = 0; i < TASK_CAPACITY; i++)
        assert_success(command(fake, CLIENT, IPC_COMMAND_NOTIFY_SERVICE, SERVICE));

    assert_failure(command(fake, CLIENT, IPC_COMMAND_NOTIFY_SERVICE, SERVICE), ERROR_NOMEM);

    assert_int_equal(fake->processes[SERVICE].dropped_upcalls, 1);
    assert_int_equal(fake->processes[CLIENT].dropped_upcalls, 0);
    assert_int_equal(task_queue_length(&fake->processes[SERVICE].tasks), 9);

    fake_port_free(fake);
}

static void the_init_task_takes_a_place_in_the_queue(void **state)
{
    (void)state;
    struct fake_port *fake = fake_port_new(&(struct fake_setup){.processes = 2, .unstarted = true});
    fake_start(fake, 1);
    for (uint32_t i = 0; i < TASK_CAPACITY - 1; i++)
        assert_success(command(fake, 1, IPC_COMMAND_NOTIFY_SERVICE, 0));

    assert_failure(command(fake, 1, IPC_COMMAND_NOTIFY_SERVICE, 0), ERROR_NOMEM);

    fake_port_free(fake);
}

// ---- share

static void sharing_a_buffer_tells_nobody_and_maps_nothing(void **state)
{
    (void)state;
    struct fake_port *fake = new_three();
    subscribe(fake, SERVICE, SERVICE, 0);

    share(fake, CLIENT, SERVICE, 64, 32);

    assert_true(task_queue_is_empty(&fake->processes[SERVICE].tasks));
    assert_int_equal(fake_count(fake, EVENT_region_added), 0);

    fake_port_free(fake);
}

static void a_buffer_that_was_taken_back_still_holds_the_break_up(void **state)
{
    (void)state;
    struct fake_port *fake = new_three();
    share(fake, CLIENT, SERVICE, 64, 32);
    share(fake, CLIENT, SERVICE, 64, 0);

    assert_failure(set_break(fake, CLIENT, 64 + 31), ERROR_NOMEM);
    assert_success(set_break(fake, CLIENT, 64 + 32));

    fake_port_free(fake);
}

// ---- conversion

static void a_service_hears_at_its_own_index(void **state)
{
    (void)state;
    struct fake_port *fake = new_three();
    subscribe(fake, SERVICE, SERVICE, 0xabc);
    share(fake, CLIENT, SERVICE, 64, 32);
    command(fake, CLIENT, IPC_COMMAND_NOTIFY_SERVICE, SERVICE);

    const struct event *event = convert(fake, SERVICE);

    assert_converted(event, GRANT_OK, SCHEDULE_QUEUED);
    const struct function_call *call = &queued(fake, SERVICE, 0)->call;
    assert_int_equal(call->driver, IPC_DRIVER_NUM);
    assert_int_equal(call->subscribe_num, SERVICE);
    assert_int_equal(call->pc, fake_function(fake, SERVICE, 0));
    assert_int_equal(call->argument[0], CLIENT);
    assert_int_equal(call->argument[1], 32);
    assert_int_equal(call->argument[2], fake_memory(fake, CLIENT, 64));
    assert_int_equal(call->argument[3], 0xabc);

    fake_port_free(fake);
}

static void a_client_hears_at_the_index_of_the_service(void **state)
{
    (void)state;
    struct fake_port *fake = new_three();
    subscribe(fake, OTHER, CLIENT, 0xdef);
    command(fake, CLIENT, IPC_COMMAND_NOTIFY_CLIENT, OTHER);

    assert_converted(convert(fake, OTHER), GRANT_OK, SCHEDULE_QUEUED);

    assert_int_equal(queued(fake, OTHER, 0)->call.subscribe_num, CLIENT);
    assert_int_equal(queued(fake, OTHER, 0)->call.argument[0], CLIENT);
    assert_int_equal(queued(fake, OTHER, 0)->call.argument[3], 0xdef);

    fake_port_free(fake);
}

static void the_buffer_is_the_one_shared_with_the_receiver(void **state)
{
    (void)state;
    struct fake_port *fake = new_three();
    subscribe(fake, OTHER, OTHER, 0);
    share(fake, CLIENT, SERVICE, 0, 16);
    share(fake, CLIENT, OTHER, 128, 64);
    command(fake, CLIENT, IPC_COMMAND_NOTIFY_SERVICE, OTHER);

    convert(fake, OTHER);

    const struct event *event = fake_last(fake, EVENT_region_added);
    assert_int_equal(event->process, OTHER);
    assert_int_equal(event->region_added.start, fake_memory(fake, CLIENT, 128));
    assert_int_equal(event->region_added.size, 64);
    assert_true(event->region_added.listed);
    assert_int_equal(queued(fake, OTHER, 0)->call.argument[2], fake_memory(fake, CLIENT, 128));

    fake_port_free(fake);
}

static void a_client_gets_the_buffer_that_the_service_shares_with_it(void **state)
{
    (void)state;
    struct fake_port *fake = new_three();
    subscribe(fake, CLIENT, SERVICE, 0);
    share(fake, SERVICE, CLIENT, 64, 32);
    command(fake, SERVICE, IPC_COMMAND_NOTIFY_CLIENT, CLIENT);

    convert(fake, CLIENT);

    assert_int_equal(fake_last(fake, EVENT_region_added)->process, CLIENT);
    assert_int_equal(queued(fake, CLIENT, 0)->call.argument[1], 32);
    assert_int_equal(queued(fake, CLIENT, 0)->call.argument[2], fake_memory(fake, SERVICE, 64));

    fake_port_free(fake);
}

static void without_a_buffer_the_upcall_says_so_and_a_region_of_nothing_is_asked_for(void **state)
{
    (void)state;
    struct fake_port *fake = new_three();
    subscribe(fake, SERVICE, SERVICE, 0);
    command(fake, CLIENT, IPC_COMMAND_NOTIFY_SERVICE, SERVICE);

    convert(fake, SERVICE);

    assert_int_equal(queued(fake, SERVICE, 0)->call.argument[1], 0);
    assert_int_equal(queued(fake, SERVICE, 0)->call.argument[2], 0);
    assert_int_equal(fake_last(fake, EVENT_region_added)->region_added.start, 0);
    assert_int_equal(fake_last(fake, EVENT_region_added)->region_added.size, 0);

    fake_port_free(fake);
}

static void a_buffer_of_no_bytes_is_announced_at_address_0(void **state)
{
    (void)state;
    struct fake_port *fake = new_three();
    subscribe(fake, SERVICE, SERVICE, 0);
    share(fake, CLIENT, SERVICE, 64, 0);
    command(fake, CLIENT, IPC_COMMAND_NOTIFY_SERVICE, SERVICE);

    convert(fake, SERVICE);

    assert_int_equal(queued(fake, SERVICE, 0)->call.argument[1], 0);
    assert_int_equal(queued(fake, SERVICE, 0)->call.argument[2], 0);
    assert_int_equal(fake_last(fake, EVENT_region_added)->region_added.start, 0);

    fake_port_free(fake);
}

static void a_buffer_that_the_unit_refuses_is_announced_all_the_same(void **state)
{
    (void)state;
    struct fake_port *fake = new_three();
    subscribe(fake, SERVICE, SERVICE, 0);
    share(fake, CLIENT, SERVICE, 3, 5);
    fake->refuses_buffers = true;
    command(fake, CLIENT, IPC_COMMAND_NOTIFY_SERVICE, SERVICE);

    assert_converted(convert(fake, SERVICE), GRANT_OK, SCHEDULE_QUEUED);

    assert_int_equal(queued(fake, SERVICE, 0)->call.argument[1], 5);
    assert_int_equal(queued(fake, SERVICE, 0)->call.argument[2], fake_memory(fake, CLIENT, 3));
    assert_false(fake->processes[SERVICE].regions[0].used);

    fake_port_free(fake);
}

static void a_receiver_beyond_num_procs_gets_no_buffer_and_no_region(void **state)
{
    (void)state;
    struct fake_port *fake = fake_port_new(&(struct fake_setup){.processes = 3, .num_procs = 2});
    command(fake, 0, IPC_COMMAND_NOTIFY_SERVICE, 2);

    const struct event *event = convert(fake, 2);

    assert_converted(event, GRANT_OK, SCHEDULE_NO_SUCH_UPCALL);
    assert_int_equal(fake_count(fake, EVENT_region_added), 0);
    assert_true(task_queue_is_empty(&fake->processes[2].tasks));

    fake_port_free(fake);
}

static void a_sender_beyond_num_procs_reaches_services_but_no_client(void **state)
{
    (void)state;
    struct fake_port *fake = fake_port_new(&(struct fake_setup){.processes = 3, .num_procs = 2});
    subscribe(fake, 0, 0, 0);
    subscribe(fake, 0, 1, 0);
    command(fake, 2, IPC_COMMAND_NOTIFY_CLIENT, 0);
    command(fake, 2, IPC_COMMAND_NOTIFY_SERVICE, 0);

    assert_converted(convert(fake, 0), GRANT_OK, SCHEDULE_NO_SUCH_UPCALL);
    assert_converted(convert(fake, 0), GRANT_OK, SCHEDULE_QUEUED);

    assert_int_equal(queued(fake, 0, 0)->call.argument[0], 2);

    fake_port_free(fake);
}

static void a_null_handler_consumes_the_task_but_not_its_side_effects(void **state)
{
    (void)state;
    struct fake_port *fake = new_three();
    share(fake, CLIENT, SERVICE, 64, 32);
    command(fake, CLIENT, IPC_COMMAND_NOTIFY_SERVICE, SERVICE);

    assert_converted(convert(fake, SERVICE), GRANT_OK, SCHEDULE_NULL_UPCALL);

    assert_true(task_queue_is_empty(&fake->processes[SERVICE].tasks));
    assert_int_equal(grant_count_allocated(&fake->kernel, &fake->processes[SERVICE]), 1);
    assert_int_equal(fake->processes[SERVICE].regions[0].start, fake_memory(fake, CLIENT, 64));
    assert_int_equal(fake->processes[SERVICE].dropped_upcalls, 0);

    fake_port_free(fake);
}

static void handler_and_buffer_are_read_at_conversion(void **state)
{
    (void)state;
    struct fake_port *fake = new_three();
    subscribe(fake, SERVICE, SERVICE, 1);
    share(fake, CLIENT, SERVICE, 0, 16);
    command(fake, CLIENT, IPC_COMMAND_NOTIFY_SERVICE, SERVICE);
    subscribe(fake, SERVICE, SERVICE, 2);
    share(fake, CLIENT, SERVICE, 32, 8);

    convert(fake, SERVICE);
    share(fake, CLIENT, SERVICE, 64, 4);

    assert_int_equal(queued(fake, SERVICE, 0)->call.argument[3], 2);
    assert_int_equal(queued(fake, SERVICE, 0)->call.argument[1], 8);
    assert_int_equal(queued(fake, SERVICE, 0)->call.argument[2], fake_memory(fake, CLIENT, 32));

    fake_port_free(fake);
}

static void a_converted_task_goes_to_the_tail_behind_what_is_queued(void **state)
{
    (void)state;
    struct fake_port *fake = new_three();
    subscribe(fake, SERVICE, SERVICE, 0);
    fake_call(fake, SERVICE, SYSCALL_SUBSCRIBE, CAPSULE_DRIVER_NUM, 0,
              fake_function(fake, SERVICE, 0), 0);
    command(fake, CLIENT, IPC_COMMAND_NOTIFY_SERVICE, SERVICE);
    command(fake, OTHER, IPC_COMMAND_NOTIFY_SERVICE, SERVICE);
    fake_call(fake, SERVICE, SYSCALL_COMMAND, CAPSULE_DRIVER_NUM, 1, 5, 6);

    convert(fake, SERVICE);
    convert(fake, SERVICE);

    assert_int_equal(task_queue_length(&fake->processes[SERVICE].tasks), 3);
    assert_int_equal(queued(fake, SERVICE, 0)->call.driver, CAPSULE_DRIVER_NUM);
    assert_int_equal(queued(fake, SERVICE, 1)->call.argument[0], CLIENT);
    assert_int_equal(queued(fake, SERVICE, 2)->call.argument[0], OTHER);

    fake_port_free(fake);
}

static void a_conversion_never_finds_the_queue_full(void **state)
{
    (void)state;
    struct fake_port *fake = new_three();
    subscribe(fake, SERVICE, SERVICE, 0);
    for (uint32_t i = 0; i < TASK_CAPACITY; i++)
        assert_success(command(fake, CLIENT, IPC_COMMAND_NOTIFY_SERVICE, SERVICE));

    for (uint32_t i = 0; i < TASK_CAPACITY; i++)
        assert_converted(convert(fake, SERVICE), GRANT_OK, SCHEDULE_QUEUED);

    assert_int_equal(task_queue_length(&fake->processes[SERVICE].tasks), 9);
    assert_int_equal(queued(fake, SERVICE, 0)->kind, TASK_FUNCTION_CALL);
    assert_int_equal(fake->processes[SERVICE].dropped_upcalls, 0);

    fake_port_free(fake);
}

static void a_new_subscription_takes_queued_upcalls_but_not_notifications(void **state)
{
    (void)state;
    struct fake_port *fake = new_three();
    subscribe(fake, SERVICE, SERVICE, 1);
    command(fake, CLIENT, IPC_COMMAND_NOTIFY_SERVICE, SERVICE);
    convert(fake, SERVICE);
    command(fake, OTHER, IPC_COMMAND_NOTIFY_SERVICE, SERVICE);

    subscribe(fake, SERVICE, SERVICE, 2);

    assert_int_equal(task_queue_length(&fake->processes[SERVICE].tasks), 1);
    assert_int_equal(queued(fake, SERVICE, 0)->kind, TASK_IPC);
    assert_int_equal(fake_last(fake, EVENT_upcall_removed)->upcall_removed.arg0, CLIENT);

    fake_port_free(fake);
}

// ---- notifications that are lost on the way

static void a_notification_of_a_sender_that_restarted_is_lost(void **state)
{
    (void)state;
    struct fake_port *fake = new_three();
    subscribe(fake, SERVICE, SERVICE, 0);
    command(fake, CLIENT, IPC_COMMAND_NOTIFY_SERVICE, SERVICE);
    process_restart(&fake->kernel, &fake->processes[CLIENT], COMPLETION_CODE, 0);

    const struct event *event = convert(fake, SERVICE);

    assert_converted(event, GRANT_NO_SUCH_APP, SCHEDULE_NOT_TRIED);
    assert_int_equal(event->ipc_converted.from, CLIENT);
    assert_int_equal(event->ipc_converted.from_id, CLIENT);
    assert_true(task_queue_is_empty(&fake->processes[SERVICE].tasks));
    assert_int_equal(fake_count(fake, EVENT_region_added), 0);

    fake_port_free(fake);
}

static void a_notification_of_a_sender_that_ended_is_lost(void **state)
{
    (void)state;
    struct fake_port *fake = new_three();
    subscribe(fake, SERVICE, SERVICE, 0);
    command(fake, CLIENT, IPC_COMMAND_NOTIFY_SERVICE, SERVICE);
    process_terminate(&fake->kernel, &fake->processes[CLIENT], COMPLETION_CODE, 0);

    assert_converted(convert(fake, SERVICE), GRANT_INACTIVE_APP, SCHEDULE_NOT_TRIED);

    assert_true(task_queue_is_empty(&fake->processes[SERVICE].tasks));

    fake_port_free(fake);
}

static void a_notification_to_one_without_room_for_a_grant_is_lost(void **state)
{
    (void)state;
    struct fake_port *fake = new_three();
    struct process *service = &fake->processes[SERVICE];
    assert_true(process_brk(&fake->kernel, service, service->kernel_brk));
    command(fake, CLIENT, IPC_COMMAND_NOTIFY_SERVICE, SERVICE);

    assert_converted(convert(fake, SERVICE), GRANT_OUT_OF_MEMORY, SCHEDULE_NOT_TRIED);

    assert_int_equal(grant_count_allocated(&fake->kernel, &fake->processes[CLIENT]), 0);

    fake_port_free(fake);
}

static void a_notification_from_one_without_room_for_a_grant_is_lost(void **state)
{
    (void)state;
    struct fake_port *fake = new_three();
    struct process *client = &fake->processes[CLIENT];
    subscribe(fake, SERVICE, SERVICE, 0);
    assert_true(process_brk(&fake->kernel, client, client->kernel_brk));
    command(fake, CLIENT, IPC_COMMAND_NOTIFY_SERVICE, SERVICE);

    assert_converted(convert(fake, SERVICE), GRANT_OUT_OF_MEMORY, SCHEDULE_NOT_TRIED);

    assert_true(task_queue_is_empty(&fake->processes[SERVICE].tasks));
    assert_success(command(fake, CLIENT, IPC_COMMAND_NOTIFY_SERVICE, SERVICE));

    fake_port_free(fake);
}

static void both_grants_are_left_after_a_conversion(void **state)
{
    (void)state;
    struct fake_port *fake = new_three();
    command(fake, CLIENT, IPC_COMMAND_NOTIFY_SERVICE, SERVICE);
    convert(fake, SERVICE);
    command(fake, SERVICE, IPC_COMMAND_NOTIFY_CLIENT, CLIENT);

    assert_converted(convert(fake, CLIENT), GRANT_OK, SCHEDULE_NULL_UPCALL);

    assert_int_equal(fake->kernel.halt, KERNEL_RUNS);

    fake_port_free(fake);
}

static void the_whole_way_of_a_notification_has_one_cause(void **state)
{
    (void)state;
    struct fake_port *fake = new_three();
    subscribe(fake, SERVICE, SERVICE, 0);
    share(fake, CLIENT, SERVICE, 0, 32);
    command(fake, CLIENT, IPC_COMMAND_NOTIFY_SERVICE, SERVICE);
    uint32_t cause = fake_last(fake, EVENT_ipc_queued)->seq;

    convert(fake, SERVICE);

    assert_int_equal(fake_last(fake, EVENT_ipc_dequeued)->ipc_dequeued.cause, cause);
    assert_int_equal(fake_last(fake, EVENT_region_added)->region_added.cause, cause);
    assert_int_equal(fake_last(fake, EVENT_upcall_queued)->upcall_queued.cause, cause);
    assert_int_equal(fake_last(fake, EVENT_ipc_converted)->ipc_converted.cause, cause);
    assert_int_equal(queued(fake, SERVICE, 0)->cause, cause);

    fake_port_free(fake);
}

// ---- lives

static void a_buffer_is_shared_with_every_life_of_its_receiver(void **state)
{
    (void)state;
    struct fake_port *fake = new_three();
    share(fake, CLIENT, SERVICE, 64, 32);
    process_restart(&fake->kernel, &fake->processes[SERVICE], COMPLETION_CODE, 0);
    fake_start(fake, SERVICE);
    subscribe(fake, SERVICE, SERVICE, 0);
    command(fake, CLIENT, IPC_COMMAND_NOTIFY_SERVICE, SERVICE);

    convert(fake, SERVICE);

    assert_int_equal(queued(fake, SERVICE, 0)->call.argument[1], 32);
    assert_int_equal(queued(fake, SERVICE, 0)->call.argument[2], fake_memory(fake, CLIENT, 64));

    fake_port_free(fake);
}

static void a_sender_that_restarted_shares_nothing_any_more(void **state)
{
    (void)state;
    struct fake_port *fake = new_three();
    subscribe(fake, SERVICE, SERVICE, 0);
    share(fake, CLIENT, SERVICE, 64, 32);
    process_restart(&fake->kernel, &fake->processes[CLIENT], COMPLETION_CODE, 0);
    fake_start(fake, CLIENT);
    command(fake, CLIENT, IPC_COMMAND_NOTIFY_SERVICE, SERVICE);

    convert(fake, SERVICE);

    assert_int_equal(queued(fake, SERVICE, 0)->call.argument[1], 0);
    assert_int_equal(queued(fake, SERVICE, 0)->call.argument[2], 0);

    fake_port_free(fake);
}

static void an_upcall_that_is_converted_outlives_its_sender(void **state)
{
    (void)state;
    struct fake_port *fake = new_three();
    subscribe(fake, SERVICE, SERVICE, 0);
    share(fake, CLIENT, SERVICE, 64, 32);
    command(fake, CLIENT, IPC_COMMAND_NOTIFY_SERVICE, SERVICE);
    convert(fake, SERVICE);

    process_terminate(&fake->kernel, &fake->processes[CLIENT], COMPLETION_CODE, 0);

    assert_int_equal(task_queue_length(&fake->processes[SERVICE].tasks), 1);
    assert_int_equal(queued(fake, SERVICE, 0)->call.argument[2], fake_memory(fake, CLIENT, 64));

    fake_port_free(fake);
}

// ---- panics

static void who_notifies_itself_panics_the_kernel_at_conversion(void **state)
{
    (void)state;
    struct fake_port *fake = new_three();

    assert_success(command(fake, CLIENT, IPC_COMMAND_NOTIFY_SERVICE, CLIENT));
    assert_int_equal(fake->kernel.halt, KERNEL_RUNS);
    const struct event *event = convert(fake, CLIENT);

    assert_null(event);
    assert_int_equal(fake->kernel.halt, KERNEL_PANICKED);
    assert_int_equal(fake->kernel.panic_reason, PANIC_GRANT_REENTERED);
    assert_int_equal(fake_last(fake, EVENT_panic)->process, CLIENT);

    fake_port_free(fake);
}

static void who_notifies_itself_and_ends_before_does_no_harm(void **state)
{
    (void)state;
    struct fake_port *fake = new_three();
    command(fake, CLIENT, IPC_COMMAND_NOTIFY_SERVICE, CLIENT);

    process_terminate(&fake->kernel, &fake->processes[CLIENT], COMPLETION_NONE, 0);

    assert_true(task_queue_is_empty(&fake->processes[CLIENT].tasks));
    assert_int_equal(fake_last(fake, EVENT_task_dropped)->task_dropped.from, CLIENT);
    assert_int_equal(fake->kernel.halt, KERNEL_RUNS);

    fake_port_free(fake);
}

static void a_region_that_divides_by_zero_ends_the_conversion(void **state)
{
    (void)state;
    struct fake_port *fake = new_three();
    subscribe(fake, SERVICE, SERVICE, 0);
    share(fake, CLIENT, SERVICE, 0, 96);
    fake->panics_on_buffers = true;
    command(fake, CLIENT, IPC_COMMAND_NOTIFY_SERVICE, SERVICE);

    const struct event *event = convert(fake, SERVICE);

    assert_null(event);
    assert_int_equal(fake->kernel.panic_reason, PANIC_DIVIDE_BY_ZERO);
    assert_int_equal(fake_last(fake, EVENT_panic)->seq, fake->kernel.event_seq);
    assert_true(task_queue_is_empty(&fake->processes[SERVICE].tasks));

    fake_port_free(fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(discover_finds_a_process_by_its_name),
        cmocka_unit_test(discover_compares_every_byte_and_the_length),
        cmocka_unit_test(a_process_finds_itself),
        cmocka_unit_test(of_two_with_one_name_discover_finds_the_lower_index),
        cmocka_unit_test(discover_finds_a_process_that_ended),
        cmocka_unit_test(without_a_search_buffer_discover_looks_for_the_empty_name),
        cmocka_unit_test(discover_reads_a_name_from_flash),
        cmocka_unit_test(discover_without_room_for_a_grant_is_refused),
        cmocka_unit_test(discover_allocates_the_grant_of_the_one_who_asks),
        cmocka_unit_test(a_place_without_a_process_is_not_found),
        cmocka_unit_test(command_0_says_that_ipc_is_there),
        cmocka_unit_test(commands_from_4_on_are_not_supported),
        cmocka_unit_test(notify_queues_one_ipc_task_and_does_nothing_else),
        cmocka_unit_test(notify_to_an_index_without_a_process_is_invalid),
        cmocka_unit_test(notify_to_a_process_that_ended_finds_no_device),
        cmocka_unit_test(notify_to_a_full_queue_is_refused_and_counted),
        cmocka_unit_test(the_init_task_takes_a_place_in_the_queue),
        cmocka_unit_test(sharing_a_buffer_tells_nobody_and_maps_nothing),
        cmocka_unit_test(a_buffer_that_was_taken_back_still_holds_the_break_up),
        cmocka_unit_test(a_service_hears_at_its_own_index),
        cmocka_unit_test(a_client_hears_at_the_index_of_the_service),
        cmocka_unit_test(the_buffer_is_the_one_shared_with_the_receiver),
        cmocka_unit_test(a_client_gets_the_buffer_that_the_service_shares_with_it),
        cmocka_unit_test(without_a_buffer_the_upcall_says_so_and_a_region_of_nothing_is_asked_for),
        cmocka_unit_test(a_buffer_of_no_bytes_is_announced_at_address_0),
        cmocka_unit_test(a_buffer_that_the_unit_refuses_is_announced_all_the_same),
        cmocka_unit_test(a_receiver_beyond_num_procs_gets_no_buffer_and_no_region),
        cmocka_unit_test(a_sender_beyond_num_procs_reaches_services_but_no_client),
        cmocka_unit_test(a_null_handler_consumes_the_task_but_not_its_side_effects),
        cmocka_unit_test(handler_and_buffer_are_read_at_conversion),
        cmocka_unit_test(a_converted_task_goes_to_the_tail_behind_what_is_queued),
        cmocka_unit_test(a_conversion_never_finds_the_queue_full),
        cmocka_unit_test(a_new_subscription_takes_queued_upcalls_but_not_notifications),
        cmocka_unit_test(a_notification_of_a_sender_that_restarted_is_lost),
        cmocka_unit_test(a_notification_of_a_sender_that_ended_is_lost),
        cmocka_unit_test(a_notification_to_one_without_room_for_a_grant_is_lost),
        cmocka_unit_test(a_notification_from_one_without_room_for_a_grant_is_lost),
        cmocka_unit_test(both_grants_are_left_after_a_conversion),
        cmocka_unit_test(the_whole_way_of_a_notification_has_one_cause),
        cmocka_unit_test(a_buffer_is_shared_with_every_life_of_its_receiver),
        cmocka_unit_test(a_sender_that_restarted_shares_nothing_any_more),
        cmocka_unit_test(an_upcall_that_is_converted_outlives_its_sender),
        cmocka_unit_test(who_notifies_itself_panics_the_kernel_at_conversion),
        cmocka_unit_test(who_notifies_itself_and_ends_before_does_no_harm),
        cmocka_unit_test(a_region_that_divides_by_zero_ends_the_conversion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
