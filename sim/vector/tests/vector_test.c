// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "../../../tests/check.h"
#include "../../base/count_of.h"
#include "../vector.h"
#include "../vector_body.h"
#include "../vector_word.h"
#include "../vector_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct vector_word word(const char *text)
{
    return (struct vector_word){text, strlen(text)};
}

// ---- words

static void blanks_separate_words_and_a_hash_ends_the_line(void **state)
{
    static const char line[] = " \tpoke  +64 \"a # \\\" b\"  # \"no end";
    struct vector_word words[4];
    size_t count;

    (void)state;
    assert_true(vector_split(line, sizeof line - 1, words, 4, &count));

    assert_int_equal(count, 3);
    assert_true(vector_word_is(words[0], "poke"));
    assert_true(vector_word_is(words[1], "+64"));
    assert_true(vector_word_is(words[2], "\"a # \\\" b\""));
}

static void a_string_without_its_end_and_one_word_too_many_are_refused(void **state)
{
    struct vector_word words[2];
    size_t count;

    (void)state;
    assert_false(vector_split("poke \"a\\\"", 9, words, 2, &count));
    assert_false(vector_split("a b c", 5, words, 2, &count));
    assert_true(vector_split("a b  ", 5, words, 2, &count));
}

static void numbers_are_decimal_or_hexadecimal_and_have_32_bits(void **state)
{
    uint32_t number = 7;

    (void)state;
    assert_true(vector_word_number(word("4294967295"), &number));
    assert_int_equal(number, UINT32_MAX);
    assert_true(vector_word_number(word("0xdeadBEEF"), &number));
    assert_int_equal(number, 0xdeadbeef);
    assert_false(vector_word_number(word("4294967296"), &number));
    assert_false(vector_word_number(word("0x"), &number));
    assert_false(vector_word_number(word("12a"), &number));
    assert_false(vector_word_number(word("-1"), &number));
    assert_false(vector_word_number(word(""), &number));
    assert_int_equal(number, 0xdeadbeef);
}

static void assert_value(const char *text, enum vector_field field, enum vector_base base,
                         uint32_t index, uint32_t number)
{
    struct vector_value value;

    assert_true(vector_word_value(word(text), field, &value));
    assert_int_equal(value.base, base);
    assert_int_equal(value.index, index);
    assert_int_equal(value.number, number);
}

static void a_bare_number_counts_from_what_its_field_counts_from(void **state)
{
    (void)state;
    assert_value("64", VECTOR_FIELD_NUMBER, VECTOR_ABSOLUTE, 0, 64);
    assert_value("-1", VECTOR_FIELD_NUMBER, VECTOR_ABSOLUTE, 0, UINT32_MAX);
    assert_value("+64", VECTOR_FIELD_OFFSET, VECTOR_MEMORY_START, 0, 64);
    assert_value("0", VECTOR_FIELD_OFFSET, VECTOR_MEMORY_START, 0, 0);
    assert_value("-8", VECTOR_FIELD_OFFSET, VECTOR_MEMORY_START, 0, UINT32_MAX - 7);
    assert_value("0x80", VECTOR_FIELD_FUNCTION, VECTOR_FLASH_START, 0, 0x80);
    assert_value("0", VECTOR_FIELD_FUNCTION, VECTOR_ABSOLUTE, 0, 0);
    assert_value("null", VECTOR_FIELD_OFFSET, VECTOR_ABSOLUTE, 0, 0);
}

static void a_base_may_have_an_index_and_an_offset(void **state)
{
    (void)state;
    assert_value("M", VECTOR_FIELD_NUMBER, VECTOR_MEMORY_START, 0, 0);
    assert_value("F+0x80", VECTOR_FIELD_FUNCTION, VECTOR_FLASH_START, 0, 0x80);
    assert_value("B-64", VECTOR_FIELD_OFFSET, VECTOR_APP_BRK, 0, UINT32_MAX - 63);
    assert_value("K+0", VECTOR_FIELD_OFFSET, VECTOR_KERNEL_BRK, 0, 0);
    assert_value("E+4", VECTOR_FIELD_OFFSET, VECTOR_MEMORY_END, 0, 4);
    assert_value("P12+256", VECTOR_FIELD_OFFSET, VECTOR_OTHER_MEMORY, 12, 256);
    assert_value("U2", VECTOR_FIELD_OFFSET, VECTOR_UPCALL, 2, 0);
    assert_value("R0", VECTOR_FIELD_NUMBER, VECTOR_ANSWER, 0, 0);
    assert_value("@0xfffffff0", VECTOR_FIELD_OFFSET, VECTOR_ABSOLUTE, 0, 0xfffffff0);
}

static void what_is_no_value_is_refused(void **state)
{
    static const char *const texts[] = {"",   "+",    "X",  "U",     "U4",  "P256", "M64",
                                        "M+", "M+-1", "1x", "null1", "R1.", "++1",  "@"};
    struct vector_value value;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        assert_false(vector_word_value(word(texts[i]), VECTOR_FIELD_OFFSET, &value));
}

static void assert_bytes(const char *text, const void *expected, size_t expected_size)
{
    uint8_t bytes[64];
    uint32_t size;

    assert_true(vector_word_bytes(word(text), false, bytes, &size));
    assert_int_equal(size, expected_size);
    assert_memory_equal(bytes, expected, expected_size);
}

static void strings_have_escapes_and_bytes_may_be_hexadecimal(void **state)
{
    uint8_t bytes[64];
    uint32_t size;

    (void)state;
    assert_bytes("\"a\\n\\0\\x7f\\\"\\\\\"", "a\n\0\x7f\"\\", 6);
    assert_bytes("\"sv\\xc3\\xa9\"", "sv\xc3\xa9", 4);
    assert_bytes("hex:00fE", "\x00\xfe", 2);
    assert_false(vector_word_bytes(word("\"\\q\""), false, bytes, &size));
    assert_false(vector_word_bytes(word("\"\\x4\""), false, bytes, &size));
    assert_false(vector_word_bytes(word("hex:0"), false, bytes, &size));
    assert_false(vector_word_bytes(word("hex:zz"), false, bytes, &size));
    assert_false(vector_word_bytes(word("plain"), false, bytes, &size));
    assert_true(vector_word_bytes(word("plain"), true, bytes, &size));
    assert_int_equal(size, 5);
}

// ---- files

static struct vector *parse(const char *text)
{
    struct message error = {""};
    struct vector *vector = vector_parse("v.scn", text, strlen(text), &error);

    if (!vector)
        fail_msg("%s", error.text);
    return vector;
}

static void a_vector_without_directives_has_the_defaults(void **state)
{
    struct vector *vector = parse("proc a\n");

    (void)state;
    assert_int_equal(vector->num_procs, 4);
    assert_int_equal(vector->slots, 4);
    assert_int_equal(vector->unit, UNIT_ARMV7M);
    assert_int_equal(vector->scheduler, SCHEDULER_ROUND_ROBIN);
    assert_int_equal(vector->order, ORDER_COMPONENT);
    assert_int_equal(vector->fault_policy.kind, FAULT_POLICY_RESTART);
    assert_int_equal(vector->ram_start, 0x20000000);
    assert_int_equal(vector->flash_start, 0x40000);
    assert_int_equal(vector->steps, 20000);
    assert_int_equal(vector->processes[0].ram_size, 4096);
    assert_int_equal(vector->processes[0].flash_size, 4096);
    assert_false(vector->processes[0].has_fault_policy);
    vector_close(vector);
}

static void directives_and_processes_are_read(void **state)
{
    struct vector *vector = parse("nprocs 2\nslots 5 # more\nmpu pmp\nsched mlfq\norder index\n"
                                  "fault threshold 3\nrambase 0x20008000\ndummy 1\ngrants 7\n"
                                  "syscall_us 50\nstackcheck 1\n\n"
                                  "proc \"a b\" ram=512 flash=8192 fault=threshold_panic:1\n");
    const struct vector_process *process = &vector->processes[0];

    (void)state;
    assert_int_equal(vector->num_procs, 2);
    assert_int_equal(vector->slots, 5);
    assert_int_equal(vector->unit, UNIT_PMP);
    assert_int_equal(vector->scheduler, SCHEDULER_MLFQ);
    assert_int_equal(vector->order, ORDER_INDEX);
    assert_int_equal(vector->fault_policy.kind, FAULT_POLICY_THRESHOLD);
    assert_int_equal(vector->fault_policy.threshold, 3);
    assert_int_equal(vector->ram_start, 0x20008000);
    assert_int_equal(vector->dummy, 1);
    assert_int_equal(vector->unused_grants, 7);
    assert_int_equal(vector->syscall_us, 50);
    assert_int_equal(vector->stack_check, 1);
    assert_int_equal(process->name_length, 3);
    assert_memory_equal(vector->bytes + process->name, "a b", 3);
    assert_int_equal(process->ram_size, 512);
    assert_int_equal(process->flash_size, 8192);
    assert_int_equal(process->fault_policy.kind, FAULT_POLICY_THRESHOLD_PANIC);
    assert_int_equal(process->fault_policy.threshold, 1);
    vector_close(vector);
}

static void assert_call(const char *line, const uint32_t expected[VECTOR_OP_VALUES])
{
    char text[128];
    struct vector *vector;

    snprintf(text, sizeof text, "proc a\n  %s\n", line);
    vector = parse(text);
    assert_int_equal(vector->op_count, 1);
    assert_int_equal(vector->ops[0].kind, VECTOR_SYSCALL);
    assert_int_equal(vector->ops[0].line, 2);
    for (size_t i = 0; i < VECTOR_OP_VALUES; i++)
        assert_int_equal(vector->ops[0].value[i].number, expected[i]);
    vector_close(vector);
}

static void each_operation_is_the_system_call_that_it_stands_for(void **state)
{
    (void)state;
    assert_call("brk +64", (const uint32_t[]){5, 0, 64, 0, 0});
    assert_call("sbrk -8", (const uint32_t[]){5, 1, UINT32_MAX - 7, 0, 0});
    assert_call("memop 11 3", (const uint32_t[]){5, 11, 3, 0, 0});
    assert_call("sub 1 F+0x80", (const uint32_t[]){1, 0x10000, 1, 0x80, 0});
    assert_call("subx 9 1 2 3", (const uint32_t[]){1, 9, 1, 2, 3});
    assert_call("cmd 2 1", (const uint32_t[]){2, 0x10000, 2, 1, 0});
    assert_call("cmdx 9 2 1 8", (const uint32_t[]){2, 9, 2, 1, 8});
    assert_call("rw 1 +256 64", (const uint32_t[]){3, 0x10000, 1, 256, 64});
    assert_call("rox 9 1 +2 3", (const uint32_t[]){4, 9, 1, 2, 3});
    assert_call("ur 1 null 3", (const uint32_t[]){7, 0x10000, 1, 0, 3});
    assert_call("yield", (const uint32_t[]){0, 1, 0, 0, 0});
    assert_call("yield_nowait", (const uint32_t[]){0, 0, 0, 0, 0});
    assert_call("yieldx 7 +4", (const uint32_t[]){0, 7, 4, 0, 0});
    assert_call("exit_term", (const uint32_t[]){6, 0, 0, 0, 0});
    assert_call("exit_restart 9", (const uint32_t[]){6, 1, 9, 0, 0});
    assert_call("exitx 3 9", (const uint32_t[]){6, 3, 9, 0, 0});
    assert_call("sys 200 1 2 3 4", (const uint32_t[]){200, 1, 2, 3, 4});
}

static void the_last_list_of_operations_repeats(void **state)
{
    struct vector *vector = parse("proc a\nnop\nagain\nfault\nnop\nproc b\n");
    const struct vector_process *a = &vector->processes[0];

    (void)state;
    assert_int_equal(vector_life(vector, a, 0)->count, 1);
    assert_int_equal(vector_life(vector, a, 1)->count, 2);
    assert_ptr_equal(vector_life(vector, a, 9), vector_life(vector, a, 1));
    assert_int_equal(vector_life(vector, &vector->processes[1], 5)->count, 0);
    vector_close(vector);
}

static void assert_refused(const char *text, const char *beginning)
{
    struct message error = {""};

    assert_null(vector_parse("v.scn", text, strlen(text), &error));
    assert_memory_equal(error.text, beginning, strlen(beginning));
}

static void a_mistake_is_refused_with_its_line(void **state)
{
    (void)state;
    assert_refused("", "v.scn:1: say which processes there are");
    assert_refused("nprocs 4\n", "v.scn:1: say which processes there are");
    assert_refused("nprocs 0\nproc a\n", "v.scn:1: nprocs takes a number from 1 to 255");
    assert_refused("nprocs 256\nproc a\n", "v.scn:1: nprocs takes a number");
    assert_refused("\nmpu sau\nproc a\n", "v.scn:2: sau is none of cortexm, none, pmp");
    assert_refused("sched\nproc a\n", "v.scn:1: sched takes one value");
    assert_refused("fault threshold\nproc a\n", "v.scn:1: threshold takes a number");
    assert_refused("fault stop 3\nproc a\n", "v.scn:1: stop takes no number");
    assert_refused("brk +4\n", "v.scn:1: there is no directive brk");
    assert_refused("proc\n", "v.scn:1: say more: proc NAME");
    assert_refused("proc a rom=1\n", "v.scn:1: rom=1 is none of");
    assert_refused("proc a flash=x\n", "v.scn:1: flash=x is none of");
    assert_refused("proc a\nnprocs 4\n", "v.scn:2: there is no operation nprocs");
    assert_refused("proc a\nbrk\n", "v.scn:2: say more: brk OFF");
    assert_refused("proc a\nnop 1\n", "v.scn:2: say less: nop");
    assert_refused("proc a\nbrk X\n", "v.scn:2: X is no value");
    assert_refused("proc a\npoke +0 text\n", "v.scn:2: write \"text\"");
    assert_refused("proc a\npoke +0 \"text\n", "v.scn:2: close the string");
    assert_refused("proc a\nagain 2\n", "v.scn:2: again stands alone");
}

static void a_file_that_is_not_there_is_refused(void **state)
{
    struct message error = {""};

    (void)state;
    assert_null(vector_open("no/such/file.scn", &error));

    assert_string_equal(error.text, "no/such/file.scn: No such file or directory");
}

// ---- runs

// The trace of a vector, to be freed.
static char *trace_of(const char *text)
{
    struct vector *vector = parse(text);
    char *trace = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&trace, &size);

    assert_non_null(out);
    assert_int_equal(vector_trace(vector, out), WORLD_OK);
    fclose(out);
    vector_close(vector);
    return trace;
}

static void assert_traced(const char *text, const char *line)
{
    char *trace = trace_of(text);

    if (!strstr(trace, line))
        fail_msg("%s is not in\n%s", line, trace);
    free(trace);
}

static const char pair[] = "order index\n"
                           "proc cl\n  brk +1024\n  poke +256 \"abcd\"\n  rw 1 +256 64\n"
                           "  cmd 2 1\n"
                           "proc svc\n  brk +1024\n  sub 1 F+0x80 9\n  yield\n  load U2 4\n";

static void a_service_reads_the_buffer_that_its_upcall_names(void **state)
{
    (void)state;
    assert_traced(pair, "{\"ev\":\"load\",\"p\":1,\"addr\":536871168,\"len\":4,\"ok\":true,"
                        "\"hex\":\"61626364\"}\n");
    assert_traced(pair, "{\"ev\":\"end\",\"why\":\"quiescent\",");
}

static void the_same_vector_gives_the_same_bytes(void **state)
{
    char *first = trace_of(pair);
    char *second = trace_of(pair);

    (void)state;
    assert_string_equal(first, second);
    free(first);
    free(second);
}

static void a_restarted_process_goes_on_with_its_next_list(void **state)
{
    static const char text[] = "proc a\n  exit_restart 3\nagain\n  exit_term 4\n";

    (void)state;
    assert_traced(text, "{\"ev\":\"reinit\",\"p\":0,\"incarnation\":1}\n");
    assert_traced(text, "\"name\":\"exit\",\"a\":[0,4]}\n");
    assert_traced(text, "\"st\":\"Terminated\",");
}

static void a_run_ends_at_its_limit_of_steps(void **state)
{
    static const char endless[] = "steps 10\nproc a\n  exit_restart\n";
    static const char burning[] = "steps 3\nproc a\n  burn 70\n  nop\n";

    (void)state;
    assert_traced(endless, "{\"ev\":\"end\",\"why\":\"steps\",\"t\":0,\"steps\":11,");
    assert_traced(burning, "{\"ev\":\"end\",\"why\":\"steps\",\"t\":70,\"steps\":4,");
}

static void a_burn_is_cut_by_the_timeslice_and_goes_on(void **state)
{
    static const char text[] = "proc a\n  burn 25000\n";

    (void)state;
    assert_traced(text, "{\"ev\":\"intr\",\"p\":0,\"t\":10000,\"why\":\"timer\"}\n");
    assert_traced(text, "{\"ev\":\"intr\",\"p\":0,\"t\":20000,\"why\":\"timer\"}\n");
    assert_traced(text, "\"why\":\"NoWorkLeft\",\"us\":5000,\"t\":25000}\n");
}

static void processes_that_fit_run_though_a_later_one_does_not(void **state)
{
    static const char text[] = "ramsize 16384\nproc a\nproc b ram=12000\nproc c\n";
    char *trace = trace_of(text);

    (void)state;
    assert_non_null(strstr(trace, "{\"ev\":\"loaderr\","));
    assert_non_null(strstr(trace, "{\"ev\":\"loaded\",\"p\":0,"));
    assert_null(strstr(trace, "{\"ev\":\"loaded\",\"p\":1,"));
    free(trace);
}

static void a_kernel_panic_ends_the_run(void **state)
{
    static const char text[] = "fault panic\nproc \"blink\"\n  fault\n";

    (void)state;
    assert_traced(text, "{\"ev\":\"panic\",\"msg\":\"Process blink had a fault\",");
    assert_traced(text, "{\"ev\":\"end\",\"why\":\"panic\",");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blanks_separate_words_and_a_hash_ends_the_line),
        cmocka_unit_test(a_string_without_its_end_and_one_word_too_many_are_refused),
        cmocka_unit_test(numbers_are_decimal_or_hexadecimal_and_have_32_bits),
        cmocka_unit_test(a_bare_number_counts_from_what_its_field_counts_from),
        cmocka_unit_test(a_base_may_have_an_index_and_an_offset),
        cmocka_unit_test(what_is_no_value_is_refused),
        cmocka_unit_test(strings_have_escapes_and_bytes_may_be_hexadecimal),
        cmocka_unit_test(a_vector_without_directives_has_the_defaults),
        cmocka_unit_test(directives_and_processes_are_read),
        cmocka_unit_test(each_operation_is_the_system_call_that_it_stands_for),
        cmocka_unit_test(the_last_list_of_operations_repeats),
        cmocka_unit_test(a_mistake_is_refused_with_its_line),
        cmocka_unit_test(a_file_that_is_not_there_is_refused),
        cmocka_unit_test(a_service_reads_the_buffer_that_its_upcall_names),
        cmocka_unit_test(the_same_vector_gives_the_same_bytes),
        cmocka_unit_test(a_restarted_process_goes_on_with_its_next_list),
        cmocka_unit_test(a_run_ends_at_its_limit_of_steps),
        cmocka_unit_test(a_burn_is_cut_by_the_timeslice_and_goes_on),
        cmocka_unit_test(processes_that_fit_run_though_a_later_one_does_not),
        cmocka_unit_test(a_kernel_panic_ends_the_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
