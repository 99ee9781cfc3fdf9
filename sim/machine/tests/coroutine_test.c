// SPDX-License-Identifier: Apache-2.0 OR MIT
#define _GNU_SOURCE 1 // sigaction, threads

#include "../../../tests/check.h"
#include "../coroutine.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define STACK_BYTES ((size_t)64 * 1024)
#define MAX_BODIES  255

// A coroutine and what its body works on, in the arena as in a world.
struct body {
    struct coroutine coroutine;
    struct body *other;
    unsigned char *stack;
    int start;
    int depth;
    int log[16];
    int log_length;
};

struct fixture {
    struct arena *arena;
    struct body *bodies;
};

static struct body *take_body(struct fixture *fixture, int index, void (*entry)(void *))
{
    struct body *body = &fixture->bodies[index];
    if (!body->stack) {
        assert_non_null(arena_guard(fixture->arena, COROUTINE_GUARD_BYTES));
        body->stack = arena_take(fixture->arena, STACK_BYTES, 16);
    }
    coroutine_init(&body->coroutine, body->stack, STACK_BYTES, COROUTINE_GUARD_BYTES, entry, body);
    return body;
}

// cmocka puts a SIGSEGV handler of its own in place before each test: ours comes after it.
static struct fixture set_up(unsigned slot)
{
    struct fixture fixture;
    assert_true(coroutine_host_init());
    assert_int_equal(arena_open(slot, (size_t)1 << 30, &fixture.arena), ARENA_OK);
    fixture.bodies = arena_take(fixture.arena, MAX_BODIES * sizeof(struct body), 16);
    return fixture;
}

static void tear_down(struct fixture *fixture)
{
    arena_close(fixture->arena);
}

// The fence keeps the compiler from putting the write off to after a call that overflows.
static void write_log(struct body *body, int number)
{
    body->log[body->log_length++] = number;
    atomic_signal_fence(memory_order_seq_cst);
}

static void count_up(void *argument)
{
    struct body *body = argument;
    for (int i = 0; i < 3; i++)
        coroutine_suspend(&body->coroutine, body->start + i);
    write_log(body, 99);
}

// Recurses `levels` deep, with a frame that no compiler makes smaller or into a loop.
__attribute__((noinline)) static int dig(int levels)
{
    volatile unsigned char frame[200];
    frame[levels % 200] = (unsigned char)levels;
    int below = levels > 0 ? dig(levels - 1) : 0;
    return below + frame[levels % 200];
}

static void dig_too_deep(void *argument)
{
    struct body *body = argument;
    write_log(body, 1);
    write_log(body, dig(1000000));
}

// Suspends at the bottom of a recursion and says on the way up what its frames held.
__attribute__((noinline)) static int suspend_below(struct body *body, int levels)
{
    volatile int frame[20];
    for (int i = 0; i < 20; i++)
        frame[i] = levels * i + body->start;
    if (levels == 0)
        coroutine_suspend(&body->coroutine, 0);
    int sum = levels > 0 ? suspend_below(body, levels - 1) : 0;
    for (int i = 0; i < 20; i++)
        sum += frame[i];
    return sum;
}

static void sum_up(void *argument)
{
    struct body *body = argument;
    for (int i = 0; i < 4; i++)
        write_log(body, suspend_below(body, body->depth + i));
}

static void a_coroutine_hands_out_values_and_goes_on_where_it_stood(void **state)
{
    (void)state;
    struct fixture fixture = set_up(0);
    struct body *body = take_body(&fixture, 0, count_up);
    body->start = 40;

    for (int i = 0; i < 3; i++) {
        assert_int_equal(coroutine_resume(&body->coroutine), COROUTINE_SUSPENDED);
        assert_int_equal(body->coroutine.value, 40 + i);
        assert_int_equal(body->log_length, 0);
    }
    assert_int_equal(coroutine_resume(&body->coroutine), COROUTINE_FINISHED);

    assert_int_equal(body->log[0], 99);
    tear_down(&fixture);
}

static void a_finished_coroutine_is_not_run_again(void **state)
{
    (void)state;
    struct fixture fixture = set_up(0);
    struct body *body = take_body(&fixture, 0, count_up);
    while (coroutine_resume(&body->coroutine) == COROUTINE_SUSPENDED)
        continue;

    assert_int_equal(coroutine_resume(&body->coroutine), COROUTINE_FINISHED);

    assert_int_equal(body->log_length, 1);
    tear_down(&fixture);
}

static void two_coroutines_take_turns(void **state)
{
    (void)state;
    struct fixture fixture = set_up(0);
    struct body *a = take_body(&fixture, 0, count_up);
    struct body *b = take_body(&fixture, 1, count_up);
    a->start = 10;
    b->start = 20;

    for (int i = 0; i < 3; i++) {
        coroutine_resume(&a->coroutine);
        coroutine_resume(&b->coroutine);
        assert_int_equal(a->coroutine.value, 10 + i);
        assert_int_equal(b->coroutine.value, 20 + i);
    }

    assert_null(coroutine_running);
    tear_down(&fixture);
}

static void resume_the_other(void *argument)
{
    struct body *body = argument;
    for (;;) {
        enum coroutine_state answer = coroutine_resume(&body->other->coroutine);
        write_log(body, (int)answer);
        assert_ptr_equal(coroutine_running, &body->coroutine);
        if (answer != COROUTINE_SUSPENDED)
            return;
        coroutine_suspend(&body->coroutine, body->other->coroutine.value);
    }
}

static void coroutines_nest(void **state)
{
    (void)state;
    struct fixture fixture = set_up(0);
    struct body *outer = take_body(&fixture, 0, resume_the_other);
    struct body *middle = take_body(&fixture, 1, resume_the_other);
    outer->other = middle;
    middle->other = take_body(&fixture, 2, count_up);

    for (int i = 0; i < 3; i++) {
        assert_int_equal(coroutine_resume(&outer->coroutine), COROUTINE_SUSPENDED);
        assert_int_equal(outer->coroutine.value, i);
    }

    assert_int_equal(coroutine_resume(&outer->coroutine), COROUTINE_FINISHED);
    assert_int_equal(outer->log[3], COROUTINE_FINISHED);
    assert_int_equal(middle->log[3], COROUTINE_FINISHED);
    tear_down(&fixture);
}

static void an_overflow_ends_one_coroutine_and_others_go_on(void **state)
{
    (void)state;
    struct fixture fixture = set_up(0);
    struct body *digger = take_body(&fixture, 0, dig_too_deep);
    struct body *counter = take_body(&fixture, 1, count_up);
    coroutine_resume(&counter->coroutine);

    assert_int_equal(coroutine_resume(&digger->coroutine), COROUTINE_OVERFLOWED);
    assert_int_equal(coroutine_resume(&digger->coroutine), COROUTINE_OVERFLOWED);

    assert_int_equal(digger->log_length, 1);
    assert_null(coroutine_running);
    assert_int_equal(coroutine_resume(&counter->coroutine), COROUTINE_SUSPENDED);
    assert_int_equal(counter->coroutine.value, 1);
    tear_down(&fixture);
}

static void an_overflow_within_another_coroutine_is_told_to_that_one(void **state)
{
    (void)state;
    struct fixture fixture = set_up(0);
    struct body *outer = take_body(&fixture, 0, resume_the_other);
    outer->other = take_body(&fixture, 1, dig_too_deep);

    assert_int_equal(coroutine_resume(&outer->coroutine), COROUTINE_FINISHED);

    assert_int_equal(outer->log[0], COROUTINE_OVERFLOWED);
    tear_down(&fixture);
}

static void an_overflowed_coroutine_can_start_anew_any_number_of_times(void **state)
{
    (void)state;
    struct fixture fixture = set_up(0);

    for (int i = 0; i < 100; i++) {
        struct body *body = take_body(&fixture, 0, dig_too_deep);
        body->log_length = 0;
        assert_int_equal(coroutine_resume(&body->coroutine), COROUTINE_OVERFLOWED);
    }
    struct body *body = take_body(&fixture, 0, count_up);

    assert_int_equal(coroutine_resume(&body->coroutine), COROUTINE_SUSPENDED);
    tear_down(&fixture);
}

static void a_coroutine_abandoned_half_way_can_start_anew(void **state)
{
    (void)state;
    struct fixture fixture = set_up(0);

    for (int depth = 0; depth < 100; depth += 7) {
        struct body *body = take_body(&fixture, 0, sum_up);
        body->depth = depth;
        body->log_length = 0;
        assert_int_equal(coroutine_resume(&body->coroutine), COROUTINE_SUSPENDED);
        coroutine_resume(&body->coroutine);
        assert_int_equal(body->log_length, 1);
    }

    tear_down(&fixture);
}

// Uses all but a few bytes of its stack, then switches stacks down there: `other` or out.
static void switch_near_the_guard(void *argument)
{
    struct body *body = argument;
    volatile unsigned char frame[4200];
    frame[body->depth] = 1;
    write_log(body, frame[body->depth]);
    if (body->other)
        coroutine_resume(&body->other->coroutine);
    coroutine_suspend(&body->coroutine, 7);
    write_log(body, 2);
}

// With every size of a stack that is just too small, the stack overflows at another instruction.
static void sweep_stack_sizes(struct fixture *fixture, bool nests)
{
    size_t outcomes[2] = {0, 0};
    for (size_t excess = 0; excess < 12 * 1024; excess += 16) {
        struct body *body = take_body(fixture, 0, switch_near_the_guard);
        body->other = nests ? take_body(fixture, 1, count_up) : NULL;
        body->log_length = 0;
        coroutine_init(&body->coroutine, body->stack, COROUTINE_MIN_STACK_BYTES + excess,
                       COROUTINE_GUARD_BYTES, switch_near_the_guard, body);
        enum coroutine_state answer = coroutine_resume(&body->coroutine);
        assert_true(answer == COROUTINE_SUSPENDED || answer == COROUTINE_OVERFLOWED);
        outcomes[answer == COROUTINE_SUSPENDED]++;
        if (answer == COROUTINE_SUSPENDED)
            assert_int_not_equal(coroutine_resume(&body->coroutine), COROUTINE_SUSPENDED);
        if (nests)
            assert_int_equal(coroutine_resume(&body->other->coroutine), COROUTINE_SUSPENDED);
    }
    assert_true(outcomes[0] > 0 && outcomes[1] > 0);
}

static void an_overflow_in_the_switch_itself_is_caught(void **state)
{
    (void)state;
    struct fixture fixture = set_up(0);

    sweep_stack_sizes(&fixture, false);

    tear_down(&fixture);
}

static void an_overflow_in_the_switch_to_another_coroutine_leaves_that_one_as_it_was(void **state)
{
    (void)state;
    struct fixture fixture = set_up(0);

    sweep_stack_sizes(&fixture, true);

    tear_down(&fixture);
}

struct snapshot {
    struct body body;
    size_t stack_bytes;
    unsigned char stack[STACK_BYTES];
};

static void save(struct body *body, struct snapshot *snapshot)
{
    const unsigned char *pointer = coroutine_stack_pointer(&body->coroutine);
    coroutine_forget_poison(&body->coroutine);
    snapshot->body = *body;
    snapshot->stack_bytes = (size_t)(coroutine_stack_end(&body->coroutine) - pointer);
    memcpy(snapshot->stack, pointer, snapshot->stack_bytes);
}

static void restore(struct body *body, const struct snapshot *snapshot)
{
    coroutine_forget_poison(&body->coroutine);
    *body = snapshot->body;
    memset(body->stack, 0xdd, STACK_BYTES);
    memcpy(body->stack + STACK_BYTES - snapshot->stack_bytes, snapshot->stack,
           snapshot->stack_bytes);
}

static void run_to_the_end(struct body *body)
{
    while (coroutine_resume(&body->coroutine) == COROUTINE_SUSPENDED)
        continue;
}

static void a_restored_coroutine_goes_on_as_it_did_the_first_time(void **state)
{
    (void)state;
    static struct snapshot snapshot;
    struct fixture fixture = set_up(0);

    for (int stop = 0; stop < 4; stop++) {
        struct body *body = take_body(&fixture, 0, sum_up);
        body->depth = 5;
        body->start = stop * 1000;
        body->log_length = 0;
        for (int i = 0; i < stop; i++)
            coroutine_resume(&body->coroutine);
        save(body, &snapshot);
        run_to_the_end(body);
        struct body first = *body;
        assert_int_equal(first.log_length, 4);

        for (int again = 0; again < 2; again++) {
            restore(body, &snapshot);
            run_to_the_end(body);
            assert_memory_equal(first.log, body->log, sizeof first.log);
            assert_int_equal(body->coroutine.state, COROUTINE_FINISHED);
        }
    }

    tear_down(&fixture);
}

static void a_coroutine_is_restored_from_before_its_overflow(void **state)
{
    (void)state;
    static struct snapshot snapshot;
    struct fixture fixture = set_up(0);
    struct body *body = take_body(&fixture, 0, dig_too_deep);
    save(body, &snapshot);
    assert_int_equal(coroutine_resume(&body->coroutine), COROUTINE_OVERFLOWED);
    assert_ptr_equal(coroutine_stack_pointer(&body->coroutine), body->stack + STACK_BYTES);

    restore(body, &snapshot);
    assert_int_equal(body->coroutine.state, COROUTINE_SUSPENDED);

    assert_int_equal(coroutine_resume(&body->coroutine), COROUTINE_OVERFLOWED);
    tear_down(&fixture);
}

static void a_suspended_coroutine_uses_little_of_its_stack(void **state)
{
    (void)state;
    struct fixture fixture = set_up(0);
    struct body *body = take_body(&fixture, 0, count_up);

    coroutine_resume(&body->coroutine);

    const unsigned char *pointer = coroutine_stack_pointer(&body->coroutine);
    assert_true(pointer > body->stack + STACK_BYTES - 4096);
    assert_true(pointer < coroutine_stack_end(&body->coroutine));
    tear_down(&fixture);
}

static void all_255_coroutines_run_side_by_side(void **state)
{
    (void)state;
    struct fixture fixture = set_up(0);
    for (int i = 0; i < MAX_BODIES; i++)
        take_body(&fixture, i, i % 10 == 3 ? dig_too_deep : count_up)->start = i;

    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < MAX_BODIES; i++) {
            enum coroutine_state answer = coroutine_resume(&fixture.bodies[i].coroutine);
            if (i % 10 == 3)
                assert_int_equal(answer, COROUTINE_OVERFLOWED);
            else
                assert_int_equal(fixture.bodies[i].coroutine.value, i + round);
        }
    }

    tear_down(&fixture);
}

static void *overflow_on_this_thread(void *argument)
{
    struct fixture *fixture = argument;
    assert_true(coroutine_host_init());
    struct body *body = take_body(fixture, 0, dig_too_deep);
    return coroutine_resume(&body->coroutine) == COROUTINE_OVERFLOWED ? body : NULL;
}

static void an_overflow_on_another_thread_is_caught_too(void **state)
{
    (void)state;
    struct fixture fixture = set_up(0);
    pthread_t thread;
    void *result = NULL;

    assert_int_equal(pthread_create(&thread, NULL, overflow_on_this_thread, &fixture), 0);
    assert_int_equal(pthread_join(thread, &result), 0);

    assert_non_null(result);
    tear_down(&fixture);
}

static int *volatile nowhere = NULL;

__attribute__((no_sanitize("address", "undefined"))) static void touch_nowhere(void *argument)
{
    (void)argument;
    *nowhere = 1;
}

// How a child process ends whose SIGSEGV handler before ours is `previous` and that then faults,
// within a coroutine but outside its guard.
static int end_of_a_child_that_faults(void (*previous)(int))
{
    pid_t child = fork();
    if (child == 0) {
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        signal(SIGSEGV, previous);
        struct fixture fixture = set_up(0);
        coroutine_resume(&take_body(&fixture, 0, touch_nowhere)->coroutine);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void a_fault_outside_the_guard_ends_the_program(void **state)
{
    (void)state;

    int status = end_of_a_child_that_faults(SIG_DFL);

    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSEGV);
}

static void leave_with_77(int number)
{
    (void)number;
    _exit(77);
}

static void a_fault_outside_the_guard_goes_to_the_handler_that_was_there_before(void **state)
{
    (void)state;

    int status = end_of_a_child_that_faults(leave_with_77);

    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 77);
}

static void the_handler_survives_being_put_back_by_signal(void **state)
{
    (void)state;
    struct fixture fixture = set_up(0);
    void (*ours)(int) = signal(SIGSEGV, SIG_DFL);
    signal(SIGSEGV, ours);

    assert_true(coroutine_host_init());

    struct body *body = take_body(&fixture, 0, dig_too_deep);
    assert_int_equal(coroutine_resume(&body->coroutine), COROUTINE_OVERFLOWED);
    tear_down(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_coroutine_hands_out_values_and_goes_on_where_it_stood),
        cmocka_unit_test(a_finished_coroutine_is_not_run_again),
        cmocka_unit_test(two_coroutines_take_turns),
        cmocka_unit_test(coroutines_nest),
        cmocka_unit_test(an_overflow_ends_one_coroutine_and_others_go_on),
        cmocka_unit_test(an_overflow_within_another_coroutine_is_told_to_that_one),
        cmocka_unit_test(an_overflowed_coroutine_can_start_anew_any_number_of_times),
        cmocka_unit_test(a_coroutine_abandoned_half_way_can_start_anew),
        cmocka_unit_test(an_overflow_in_the_switch_itself_is_caught),
        cmocka_unit_test(an_overflow_in_the_switch_to_another_coroutine_leaves_that_one_as_it_was),
        cmocka_unit_test(a_restored_coroutine_goes_on_as_it_did_the_first_time),
        cmocka_unit_test(a_coroutine_is_restored_from_before_its_overflow),
        cmocka_unit_test(a_suspended_coroutine_uses_little_of_its_stack),
        cmocka_unit_test(all_255_coroutines_run_side_by_side),
        cmocka_unit_test(an_overflow_on_another_thread_is_caught_too),
        cmocka_unit_test(a_fault_outside_the_guard_ends_the_program),
        cmocka_unit_test(a_fault_outside_the_guard_goes_to_the_handler_that_was_there_before),
        cmocka_unit_test(the_handler_survives_being_put_back_by_signal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
