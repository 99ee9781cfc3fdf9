// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "fake_port.h"

#include "../../tests/check.h"

static struct fake_port *new_one(void)
{
    return fake_port_new(
        &(struct fake_setup){.processes = 1, .fault_policy = {.kind = FAULT_POLICY_STOP}});
}

static struct syscall_return call(struct fake_port *fake, uint32_t op, uint32_t argument)
{
    return fake_call(fake, 0, SYSCALL_MEMOP, op, argument, 0, 0);
}

static void brk_moves_the_break_and_answers_success(void **state)
{
    (void)state;
    struct fake_port *fake = new_one();

    struct syscall_return answer = call(fake, MEMOP_BRK, fake_memory(fake, 0, 0x280));

    assert_success(answer);
    assert_int_equal(fake->processes[0].app_brk, fake_memory(fake, 0, 0x280));

    fake_port_free(fake);
}

static void every_refusal_of_brk_is_nomem(void **state)
{
    (void)state;
    struct fake_port *fake = new_one();
    const struct process *process = &fake->processes[0];
    uaddr brk = process->app_brk;
    process_build_buffer_rw(&fake->processes[0], fake_memory(fake, 0, 0), 0x40);

    assert_failure(call(fake, MEMOP_BRK, fake_memory(fake, 0, 0x3f)), ERROR_NOMEM);
    assert_failure(call(fake, MEMOP_BRK, process->kernel_brk + 4), ERROR_NOMEM);
    assert_failure(call(fake, MEMOP_BRK, process_memory_end(process)), ERROR_NOMEM);
    assert_failure(call(fake, MEMOP_BRK, 0), ERROR_NOMEM);
    fake->refuses_split = true;
    assert_failure(call(fake, MEMOP_BRK, fake_memory(fake, 0, 0x280)), ERROR_NOMEM);

    assert_int_equal(process->app_brk, brk);

    fake_port_free(fake);
}

static void sbrk_answers_with_the_break_as_it_was(void **state)
{
    (void)state;
    struct fake_port *fake = new_one();
    uaddr brk = fake->processes[0].app_brk;

    assert_answer(call(fake, MEMOP_SBRK, 0), RETURN_SuccessU32, brk, 0, 0);
    assert_answer(call(fake, MEMOP_SBRK, 16), RETURN_SuccessU32, brk, 0, 0);
    assert_answer(call(fake, MEMOP_SBRK, 0u - 48), RETURN_SuccessU32, brk + 16, 0, 0);

    assert_int_equal(fake->processes[0].app_brk, brk - 32);

    fake_port_free(fake);
}

static void every_refusal_of_sbrk_is_nomem(void **state)
{
    (void)state;
    struct fake_port *fake = new_one();
    uaddr brk = fake->processes[0].app_brk;

    assert_failure(call(fake, MEMOP_SBRK, 0x10000), ERROR_NOMEM);
    assert_failure(call(fake, MEMOP_SBRK, 0u - 0x10000), ERROR_NOMEM);
    assert_failure(call(fake, MEMOP_SBRK, 0x80000000), ERROR_NOMEM);

    assert_int_equal(fake->processes[0].app_brk, brk);

    fake_port_free(fake);
}

static void the_addresses_of_a_process_can_be_asked_for(void **state)
{
    (void)state;
    struct fake_port *fake = new_one();
    const struct process *process = &fake->processes[0];

    assert_answer(call(fake, MEMOP_RAM_START, 0), RETURN_SuccessU32, process->memory_start, 0, 0);
    assert_answer(call(fake, MEMOP_RAM_END, 0), RETURN_SuccessU32,
                  process->memory_start + process->memory_size, 0, 0);
    assert_answer(call(fake, MEMOP_FLASH_START, 0), RETURN_SuccessU32, FAKE_FLASH_START, 0, 0);
    assert_answer(call(fake, MEMOP_FLASH_END, 0), RETURN_SuccessU32,
                  FAKE_FLASH_START + FAKE_FLASH_BYTES, 0, 0);
    assert_answer(call(fake, MEMOP_GRANT_START, 0), RETURN_SuccessU32, process->kernel_brk, 0, 0);

    fake_port_free(fake);
}

static void the_grant_start_follows_the_grants(void **state)
{
    (void)state;
    struct fake_port *fake = new_one();
    uaddr before = fake->processes[0].kernel_brk;

    fake_call(fake, 0, SYSCALL_SUBSCRIBE, IPC_DRIVER_NUM, 0, 0, 0);

    assert_answer(call(fake, MEMOP_GRANT_START, 0), RETURN_SuccessU32, before - 28, 0, 0);

    fake_port_free(fake);
}

static void no_app_has_writeable_flash_regions(void **state)
{
    (void)state;
    struct fake_port *fake = new_one();

    assert_answer(call(fake, MEMOP_FLASH_REGIONS, 0), RETURN_SuccessU32, 0, 0, 0);
    assert_failure(call(fake, MEMOP_FLASH_REGION_START, 0), ERROR_FAIL);
    assert_failure(call(fake, MEMOP_FLASH_REGION_END, 7), ERROR_FAIL);

    fake_port_free(fake);
}

static void hints_for_a_debugger_are_taken_whatever_they_say(void **state)
{
    (void)state;
    struct fake_port *fake = new_one();
    const struct process before = fake->processes[0];

    assert_success(call(fake, MEMOP_STACK_START, 0));
    assert_success(call(fake, MEMOP_HEAP_START, UINT32_MAX));

    assert_int_equal(fake->processes[0].app_brk, before.app_brk);
    assert_int_equal(fake->processes[0].allow_high_water_mark, before.allow_high_water_mark);

    fake_port_free(fake);
}

static void other_operations_are_not_supported(void **state)
{
    (void)state;
    struct fake_port *fake = new_one();

    assert_failure(call(fake, 12, 0), ERROR_NOSUPPORT);
    assert_failure(call(fake, UINT32_MAX, 0), ERROR_NOSUPPORT);

    fake_port_free(fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(brk_moves_the_break_and_answers_success),
        cmocka_unit_test(every_refusal_of_brk_is_nomem),
        cmocka_unit_test(sbrk_answers_with_the_break_as_it_was),
        cmocka_unit_test(every_refusal_of_sbrk_is_nomem),
        cmocka_unit_test(the_addresses_of_a_process_can_be_asked_for),
        cmocka_unit_test(the_grant_start_follows_the_grants),
        cmocka_unit_test(no_app_has_writeable_flash_regions),
        cmocka_unit_test(hints_for_a_debugger_are_taken_whatever_they_say),
        cmocka_unit_test(other_operations_are_not_supported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
