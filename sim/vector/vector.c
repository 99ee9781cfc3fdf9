// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "vector.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../core/ipc.h"
#include "../base/allocate.h"
#include "../base/count_of.h"
#include "../base/file.h"
#include "../base/nearest_path.h"
#include "vector_word.h"

enum { MAX_WORDS = 12 };

// What is being read, and the words of the line at hand.
struct reader {
    struct vector *vector;
    const char *path;
    uint32_t line;
    struct vector_word words[MAX_WORDS];
    size_t count;
    struct message *error;
};

// Says what is wrong with the line. Always false.
__attribute__((format(printf, 2, 3))) static bool refuse(struct reader *reader, const char *format,
                                                         ...)
{
    char text[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    message_set(reader->error, "%s:%u: %s", reader->path, reader->line, text);
    return false;
}

// ---- operations

// What stands for the values of an operation: a digit is that number, `i` the IPC
// driver's; a word each for `n` a number, `o` an offset from memory start, `f` a
// function, `b` bytes. N and O may be left out and are 0 then, L too and is 1.
struct op_format {
    const char *name;
    enum vector_op_kind kind;
    const char *values;
    const char *usage;
};

static const struct op_format op_formats[] = {
    {"brk", VECTOR_SYSCALL, "50o", "OFF"},
    {"sbrk", VECTOR_SYSCALL, "51n", "N"},
    {"memop", VECTOR_SYSCALL, "5nN", "N [A]"},
    {"sub", VECTOR_SYSCALL, "1infN", "NUM FN [UD]"},
    {"subx", VECTOR_SYSCALL, "1nnfN", "DRV NUM FN [UD]"},
    {"cmd", VECTOR_SYSCALL, "2inNN", "NUM [A1 [A2]]"},
    {"cmdx", VECTOR_SYSCALL, "2nnNN", "DRV NUM [A1 [A2]]"},
    {"rw", VECTOR_SYSCALL, "3inon", "NUM OFF LEN"},
    {"rwx", VECTOR_SYSCALL, "3nnon", "DRV NUM OFF LEN"},
    {"ro", VECTOR_SYSCALL, "4inon", "NUM OFF LEN"},
    {"rox", VECTOR_SYSCALL, "4nnon", "DRV NUM OFF LEN"},
    {"ur", VECTOR_SYSCALL, "7inon", "NUM OFF LEN"},
    {"urx", VECTOR_SYSCALL, "7nnon", "DRV NUM OFF LEN"},
    {"yield", VECTOR_SYSCALL, "01", ""},
    {"yield_nowait", VECTOR_SYSCALL, "00O", "[OFF]"},
    {"yieldx", VECTOR_SYSCALL, "0nO", "WHICH [OFF]"},
    {"exit_term", VECTOR_SYSCALL, "60N", "[C]"},
    {"exit_restart", VECTOR_SYSCALL, "61N", "[C]"},
    {"exitx", VECTOR_SYSCALL, "6nN", "WHICH [C]"},
    {"sys", VECTOR_SYSCALL, "nNNNN", "CLASS [r0 r1 r2 r3]"},
    {"poke", VECTOR_STORE, "ob", "OFF \"str\"|hex:0011"},
    {"load", VECTOR_LOAD, "oL", "OFF [LEN]"},
    {"fault", VECTOR_FAULT, "", ""},
    {"burn", VECTOR_BURN, "n", "US"},
    {"intr", VECTOR_INTERRUPT, "", ""},
    {"nop", VECTOR_NOP, "", ""},
};

static bool is_optional(char letter)
{
    return letter == 'N' || letter == 'O' || letter == 'L';
}

static enum vector_field field_of(char letter)
{
    if (letter == 'o' || letter == 'O')
        return VECTOR_FIELD_OFFSET;
    return letter == 'f' ? VECTOR_FIELD_FUNCTION : VECTOR_FIELD_NUMBER;
}

// Puts the bytes that `word` stands for behind those of the vector.
static bool add_bytes(struct reader *reader, struct vector_word word, bool plain, uint32_t *place,
                      uint32_t *size)
{
    struct vector *vector = reader->vector;

    *place = (uint32_t)vector->byte_count;
    if (!vector_word_bytes(word, plain, vector->bytes + vector->byte_count, size))
        return refuse(reader, "write \"text\" with \\n \\0 \\xNN \\\" \\\\, or hex:0011, not %.*s",
                      (int)word.length, word.start);
    vector->byte_count += *size;
    return true;
}

// The value that a letter of the format stands for without a word.
static uint32_t constant_of(char letter)
{
    if (letter == 'i')
        return IPC_DRIVER_NUM;
    if (letter == 'L')
        return 1;
    return letter >= '0' && letter <= '9' ? (uint32_t)(letter - '0') : 0;
}

static bool takes_word(const struct reader *reader, char letter, size_t next)
{
    bool is_constant = letter == 'i' || (letter >= '0' && letter <= '9');

    return !is_constant && !(is_optional(letter) && next >= reader->count);
}

static bool read_value(struct reader *reader, char letter, struct vector_word word,
                       struct vector_op *op, struct vector_value *value)
{
    if (letter == 'b')
        return add_bytes(reader, word, false, &op->bytes, &op->size);
    if (!vector_word_value(word, field_of(letter), value))
        return refuse(reader, "%.*s is no value: write N, M F B K E @ Pi Ui Ri, or one of these +N",
                      (int)word.length, word.start);
    return true;
}

static bool read_values(struct reader *reader, const struct op_format *format, struct vector_op *op)
{
    size_t next = 1;

    for (size_t i = 0; format->values[i]; i++) {
        char letter = format->values[i];

        if (!takes_word(reader, letter, next)) {
            op->value[i].number = constant_of(letter);
            continue;
        }
        if (next == reader->count)
            return refuse(reader, "say more: %s %s", format->name, format->usage);
        if (!read_value(reader, letter, reader->words[next++], op, &op->value[i]))
            return false;
    }
    if (next < reader->count)
        return refuse(reader, "say less: %s %s", format->name, format->usage);
    return true;
}

static bool read_op(struct reader *reader)
{
    struct vector *vector = reader->vector;
    struct vector_word name = reader->words[0];

    for (size_t i = 0; i < COUNT_OF(op_formats); i++) {
        const struct op_format *format = &op_formats[i];
        struct vector_op *op = &vector->ops[vector->op_count];

        if (!vector_word_is(name, format->name))
            continue;
        *op = (struct vector_op){.kind = (uint8_t)format->kind, .line = reader->line};
        if (!read_values(reader, format, op))
            return false;
        vector->op_count++;
        vector->lives[vector->life_count - 1].count++;
        return true;
    }
    return refuse(reader, "there is no operation %.*s", (int)name.length, name.start);
}

// ---- directives

// One of `names`, by its place in them.
static bool find_name(struct reader *reader, struct vector_word word, const char *const *names,
                      size_t count, uint32_t *place)
{
    char all[256] = "";

    for (size_t i = 0; i < count; i++) {
        size_t used = strlen(all);

        if (vector_word_is(word, names[i])) {
            *place = (uint32_t)i;
            return true;
        }
        snprintf(all + used, sizeof all - used, "%s%s", i ? ", " : "", names[i]);
    }
    return refuse(reader, "%.*s is none of %s", (int)word.length, word.start, all);
}

static const struct {
    const char *name;
    enum protection_unit unit;
} units[] = {{"cortexm", UNIT_ARMV7M}, {"none", UNIT_NONE}, {"pmp", UNIT_PMP}};

static bool read_unit(struct reader *reader, struct vector *vector)
{
    const char *names[COUNT_OF(units)];
    uint32_t place;

    for (size_t i = 0; i < COUNT_OF(units); i++)
        names[i] = units[i].name;
    if (!find_name(reader, reader->words[1], names, COUNT_OF(names), &place))
        return false;
    vector->unit = units[place].unit;
    return true;
}

static bool read_scheduler(struct reader *reader, struct vector *vector)
{
    static const char *const names[] = {
#define X(NAME, name) #name,
        SCHEDULERS(X)
#undef X
    };
    uint32_t place;

    if (!find_name(reader, reader->words[1], names, COUNT_OF(names), &place))
        return false;
    vector->scheduler = (enum scheduler_kind)place;
    return true;
}

static bool read_order(struct reader *reader, struct vector *vector)
{
    static const char *const names[] = {"component", "index"};
    uint32_t place;

    if (!find_name(reader, reader->words[1], names, COUNT_OF(names), &place))
        return false;
    vector->order = place == 0 ? ORDER_COMPONENT : ORDER_INDEX;
    return true;
}

// `name`, and for the threshold policies `threshold`, which is NULL if there is none.
static bool read_policy(struct reader *reader, struct vector_word name,
                        const struct vector_word *threshold, struct fault_policy *policy)
{
    static const char *const names[] = {
#define X(NAME, word) #word,
        FAULT_POLICIES(X)
#undef X
    };
    uint32_t kind;

    if (!find_name(reader, name, names, COUNT_OF(names), &kind))
        return false;
    *policy = (struct fault_policy){.kind = (enum fault_policy_kind)kind};
    if ((kind >= FAULT_POLICY_THRESHOLD) != (threshold != NULL))
        return refuse(reader, "%s takes %s number", names[kind], threshold ? "no" : "a");
    if (threshold && !vector_word_number(*threshold, &policy->threshold))
        return refuse(reader, "%.*s is no number", (int)threshold->length, threshold->start);
    return true;
}

static bool read_fault(struct reader *reader, struct vector *vector)
{
    return read_policy(reader, reader->words[1], reader->count > 2 ? &reader->words[2] : NULL,
                       &vector->fault_policy);
}

struct directive {
    const char *name;
    bool (*read)(struct reader *reader, struct vector *vector); // NULL: a number
    size_t field;                                               // where the number goes
    uint32_t least;
    uint32_t most;
};

#define NUMBER(name_, field_, least_, most_)                                                       \
    {                                                                                              \
        .name = name_, .field = offsetof(struct vector, field_), .least = least_, .most = most_    \
    }

static const struct directive directives[] = {
    {.name = "mpu", .read = read_unit},
    {.name = "sched", .read = read_scheduler},
    {.name = "order", .read = read_order},
    {.name = "fault", .read = read_fault},
    NUMBER("nprocs", num_procs, 1, MAX_PROCESSES),
    NUMBER("slots", slots, 1, MAX_PROCESSES),
    NUMBER("rambase", ram_start, 0, UINT32_MAX),
    NUMBER("ramsize", ram_size, 0, UINT32_MAX),
    NUMBER("flashbase", flash_start, 0, UINT32_MAX),
    NUMBER("flashsize", flash_size, 0, UINT32_MAX),
    NUMBER("steps", steps, 1, UINT32_MAX - 1),
    NUMBER("dummy", dummy, 0, 1),
    NUMBER("grants", unused_grants, 0, 4096),
    NUMBER("syscall_us", syscall_us, 0, UINT32_MAX),
    NUMBER("stackcheck", stack_check, 0, 1),
};

static bool read_number(struct reader *reader, const struct directive *directive)
{
    struct vector_word word = reader->words[1];
    uint32_t number;

    if (!vector_word_number(word, &number) || number < directive->least || number > directive->most)
        return refuse(reader, "%s takes a number from %u to %u, not %.*s", directive->name,
                      directive->least, directive->most, (int)word.length, word.start);
    memcpy((char *)reader->vector + directive->field, &number, sizeof number);
    return true;
}

static bool read_directive(struct reader *reader)
{
    struct vector_word name = reader->words[0];

    for (size_t i = 0; i < COUNT_OF(directives); i++) {
        const struct directive *directive = &directives[i];
        size_t most = directive->read == read_fault ? 3 : 2;

        if (!vector_word_is(name, directive->name))
            continue;
        if (reader->count < 2 || reader->count > most)
            return refuse(reader, "%s takes one value", directive->name);
        return directive->read ? directive->read(reader, reader->vector)
                               : read_number(reader, directive);
    }
    return refuse(reader, "there is no directive %.*s, and no process yet", (int)name.length,
                  name.start);
}

// ---- processes

static bool read_process_fault(struct reader *reader, struct vector_word word,
                               struct vector_process *process)
{
    const char *colon = memchr(word.start, ':', word.length);
    struct vector_word name = word;
    struct vector_word threshold;

    if (colon) {
        name.length = (size_t)(colon - word.start);
        threshold = (struct vector_word){colon + 1, word.length - name.length - 1};
    }
    process->has_fault_policy = true;
    return read_policy(reader, name, colon ? &threshold : NULL, &process->fault_policy);
}

static bool read_property(struct reader *reader, struct vector_word word,
                          struct vector_process *process)
{
    struct vector_word value;

    if (vector_word_after(word, "fault", &value))
        return read_process_fault(reader, value, process);
    if (vector_word_after(word, "ram", &value) && vector_word_number(value, &process->ram_size))
        return true;
    if (vector_word_after(word, "flash", &value) && vector_word_number(value, &process->flash_size))
        return true;
    return refuse(reader, "%.*s is none of ram=N, flash=N, fault=POLICY", (int)word.length,
                  word.start);
}

// A new list of operations for the last process.
static void add_life(struct vector *vector)
{
    vector->lives[vector->life_count++] = (struct vector_life){.first = (uint32_t)vector->op_count};
    vector->processes[vector->process_count - 1].life_count++;
}

static bool read_process(struct reader *reader)
{
    struct vector *vector = reader->vector;
    struct vector_process *process = &vector->processes[vector->process_count];

    if (reader->count < 2)
        return refuse(reader, "say more: proc NAME [ram=N] [flash=N] [fault=POLICY]");
    *process = (struct vector_process){
        .ram_size = 4096, .flash_size = 4096, .first_life = (uint32_t)vector->life_count};
    if (!add_bytes(reader, reader->words[1], true, &process->name, &process->name_length))
        return false;
    for (size_t i = 2; i < reader->count; i++)
        if (!read_property(reader, reader->words[i], process))
            return false;
    vector->process_count++;
    add_life(vector);
    return true;
}

// ---- the whole

static bool read_line(struct reader *reader, const char *line, size_t size)
{
    struct vector *vector = reader->vector;

    if (!vector_split(line, size, reader->words, MAX_WORDS, &reader->count))
        return refuse(reader, "close the string, and say no more than %d words", MAX_WORDS);
    if (reader->count == 0)
        return true;
    if (vector_word_is(reader->words[0], "proc"))
        return read_process(reader);
    if (vector->process_count == 0)
        return read_directive(reader);
    if (!vector_word_is(reader->words[0], "again"))
        return read_op(reader);
    if (reader->count > 1)
        return refuse(reader, "again stands alone");
    add_life(vector);
    return true;
}

static size_t count_lines(const char *text, size_t size)
{
    size_t lines = 1;

    for (size_t i = 0; i < size; i++)
        lines += text[i] == '\n';
    return lines;
}

// Room for whatever so much text can hold: a line is at most one of each.
static struct vector *new_vector(size_t lines, size_t size)
{
    struct vector *vector = allocate(1, sizeof *vector);

    *vector = (struct vector){
        .num_procs = 4,
        .unit = UNIT_ARMV7M,
        .fault_policy = {.kind = FAULT_POLICY_RESTART},
        .ram_start = 0x20000000,
        .ram_size = 1024 * 1024,
        .flash_start = 0x40000,
        .flash_size = 1024 * 1024,
        .steps = 20000,
        .processes = allocate(lines, sizeof *vector->processes),
        .lives = allocate(lines, sizeof *vector->lives),
        .ops = allocate(lines, sizeof *vector->ops),
        .bytes = allocate(size + 1, 1),
    };
    return vector;
}

static bool read_lines(struct reader *reader, const char *text, size_t size)
{
    const char *end = text + size;

    for (const char *line = text; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        size_t length = (size_t)((newline ? newline : end) - line);

        reader->line++;
        if (!read_line(reader, line, length))
            return false;
        line += length + 1;
    }
    reader->line += reader->line == 0;
    if (reader->vector->process_count == 0)
        return refuse(reader, "say which processes there are: proc NAME");
    return true;
}

struct vector *vector_parse(const char *path, const char *text, size_t size, struct message *error)
{
    struct vector *vector = new_vector(count_lines(text, size), size);
    struct reader reader = {.vector = vector, .path = path, .error = error};

    if (!read_lines(&reader, text, size)) {
        vector_close(vector);
        return NULL;
    }
    if (vector->slots == 0)
        vector->slots = vector->num_procs;
    return vector;
}

struct vector *vector_open(const char *path, struct message *error)
{
    struct vector *vector;
    struct message why;
    size_t size;
    char *text = file_read(path, SIZE_MAX, &size, &why);

    if (!text) {
        message_set(error, "%s: %s", path, why.text);
        nearest_path_suggest(error, path, ".scn", "");
        return NULL;
    }
    vector = vector_parse(path, text, size, error);
    free(text);
    return vector;
}

void vector_close(struct vector *vector)
{
    if (!vector)
        return;
    free(vector->processes);
    free(vector->lives);
    free(vector->ops);
    free(vector->bytes);
    free(vector);
}

const struct vector_life *vector_life(const struct vector *vector,
                                      const struct vector_process *process, uint32_t life)
{
    uint32_t last = process->life_count - 1;

    return &vector->lives[process->first_life + (life < last ? life : last)];
}

const char *vector_unit_name(enum protection_unit unit)
{
    for (size_t i = 0; i < COUNT_OF(units); i++)
        if (units[i].unit == unit)
            return units[i].name;
    return "";
}
