// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "schema.h"

#include <string.h>

#include "../../core/capsule_abi.h"
#include "../../core/ipc.h"
#include "../../core/scheduler.h"
#include "record.h"

extern const char schema_sql[]; // reports/schema.sql, made part of the program

bool schema_has_cause(const struct event_field *fields, uint32_t count)
{
    return count > 0 && fields[count - 1].type == FIELD_TYPE_seq;
}

// A field as a column of a view: "class", by its name rather than its number. `from`
// is a word of SQL, so it becomes from_process.
static void append_column(sqlite3_str *sql, const struct event_field *field, uint32_t word)
{
    const char *name = strcmp(field->name, "from") == 0 ? "from_process" : field->name;
    size_t count;

    if (field_type_values(field->type, &count))
        sqlite3_str_appendf(sql,
                            ", coalesce((select n.name from names n where n.type = %Q and "
                            "n.value = w%u), w%u) as \"%w\"",
                            field_type_name(field->type), word, word, name);
    else if (field->type == FIELD_TYPE_process)
        sqlite3_str_appendf(sql, ", nullif(w%u, %u) as \"%w\"", word, (unsigned)NO_PROCESS, name);
    else if (field->type == FIELD_TYPE_us)
        sqlite3_str_appendf(sql, ", nullif(w%u, %u) as \"%w\"", word, NO_TIMESLICE, name);
    else if (field->type == FIELD_TYPE_level)
        sqlite3_str_appendf(sql, ", nullif(w%u, %u) as \"%w\"", word, NO_LEVEL, name);
    else
        sqlite3_str_appendf(sql, ", w%u as \"%w\"", word, name);
}

// create view ev_syscall as select run_id, seq, ..., w0 as "id", ... from events where ...
static void append_event_view(sqlite3_str *sql, uint32_t kind)
{
    uint32_t count;
    const struct event_field *fields = event_fields(kind, &count);
    uint32_t words = count - schema_has_cause(fields, count);

    sqlite3_str_appendf(sql, "create view ev_%s as -- %s\nselect run_id, seq, time_us, process",
                        event_name(kind), event_about(kind));
    for (uint32_t word = 0; word < words; word++)
        append_column(sql, &fields[word], word);
    if (words < count)
        sqlite3_str_appendf(sql, ", cause as \"%w\"", fields[count - 1].name);
    sqlite3_str_appendf(sql, "\nfrom events where kind = %Q;\n", event_name(kind));
}

static void append_names(sqlite3_str *sql, enum field_type type)
{
    size_t count;
    const struct named_value *values = field_type_values(type, &count);

    for (size_t i = 0; i < count; i++)
        sqlite3_str_appendf(sql, "%s(%Q, %u, %Q, %Q)", i == 0 ? "insert into names values " : ", ",
                            field_type_name(type), values[i].value, values[i].name,
                            values[i].about);
    sqlite3_str_appendall(sql, count > 0 ? ";\n" : "");
}

// Numbers of drivers stay numbers in the views; this is where they have names.
static void append_drivers(sqlite3_str *sql)
{
    sqlite3_str_appendf(sql, "insert into names values ('driver', %u, 'ipc', 'ipc')",
                        (unsigned)IPC_DRIVER_NUM);
#define X(NAME, number, name)                                                                      \
    sqlite3_str_appendf(sql, ", ('driver', %u, %Q, %Q)", number, #name, #name);
    CAPSULES(X)
#undef X
    sqlite3_str_appendall(sql, ";\n");
}

char *schema_text(void)
{
    sqlite3_str *sql = sqlite3_str_new(NULL);

    sqlite3_str_appendf(sql, "pragma application_id = %d;\npragma user_version = %d;\n%s",
                        RECORD_APPLICATION_ID, RECORD_SCHEMA_VERSION, schema_sql);
    for (uint32_t kind = 0; kind < EVENT_KINDS; kind++)
        append_event_view(sql, kind);
    for (int type = 0; type < FIELD_TYPE_COUNT; type++)
        append_names(sql, (enum field_type)type);
    append_drivers(sql);
    return sqlite3_str_finish(sql);
}

uint32_t schema_fingerprint(void)
{
    uint32_t hash = 0x811c9dc5; // FNV-1a
    char *text = schema_text();

    for (const char *c = text; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 0x01000193;
    sqlite3_free(text);
    return hash;
}
