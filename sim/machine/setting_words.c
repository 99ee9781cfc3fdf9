// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "setting_words.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../base/count_of.h"
#include "../base/nearest.h"

static const char *const scheduler_names[] = {
#define X(NAME, name) #name,
    SCHEDULERS(X)
#undef X
};

bool setting_find_scheduler(const char *word, enum scheduler_kind *kind, struct message *error)
{
    for (size_t i = 0; i < COUNT_OF(scheduler_names); i++)
        if (strcmp(word, scheduler_names[i]) == 0) {
            *kind = (enum scheduler_kind)i;
            return true;
        }
    nearest_refuse(error, "scheduler", word, scheduler_names, COUNT_OF(scheduler_names));
    return false;
}

const char *setting_scheduler_word(enum scheduler_kind kind)
{
    return scheduler_names[kind];
}

// The N of restart:N.
static bool read_threshold(const char *text, uint32_t *threshold)
{
    char *end;

    if (!isdigit((unsigned char)text[0]))
        return false;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (errno != 0 || *end != '\0' || value > UINT32_MAX)
        return false;
    *threshold = (uint32_t)value;
    return true;
}

bool setting_find_fault_policy(const char *word, struct fault_policy *policy, struct message *error)
{
    static const char *const names[] = {"panic", "stop", "restart", "restart:N"};
    static const enum fault_policy_kind kinds[] = {FAULT_POLICY_PANIC, FAULT_POLICY_STOP,
                                                   FAULT_POLICY_RESTART};
    uint32_t threshold;

    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (strcmp(word, names[i]) == 0) {
            *policy = (struct fault_policy){.kind = kinds[i]};
            return true;
        }
    if (strncmp(word, "restart:", 8) == 0 && read_threshold(word + 8, &threshold)) {
        *policy = (struct fault_policy){.kind = FAULT_POLICY_THRESHOLD, .threshold = threshold};
        return true;
    }
    nearest_refuse(error, "fault policy", word, names, COUNT_OF(names));
    return false;
}
