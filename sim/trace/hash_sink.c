// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "event_names.h"
#include "sinks.h"

#define FNV_PRIME UINT64_C(0x100000001b3)

// A product carries changes upwards only; the fold brings them down again.
static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * FNV_PRIME;
    return hash ^ hash >> 32;
}

static void begin(struct sink *sink, const struct run_info *info)
{
    struct hash_sink *self = (struct hash_sink *)sink;

    (void)info;
    self->hash = HASH_OF_NOTHING;
    self->events = 0;
}

static void take(struct sink *sink, const struct event *event)
{
    struct hash_sink *self = (struct hash_sink *)sink;
    uint64_t hash = mix(self->hash, event->time_us);
    uint32_t count;

    hash = mix(hash, (uint64_t)event->seq << 32 | (uint32_t)event->kind << 16 | event->process);
    (void)event_fields(event->kind, &count);
    for (uint32_t i = 0; i + 1 < count; i += 2)
        hash = mix(hash, (uint64_t)event->word[i + 1] << 32 | event->word[i]);
    if (count % 2 == 1)
        hash = mix(hash, event->word[count - 1]);
    self->hash = hash;
    self->events++;
}

static void end(struct sink *sink, const struct run_result *result)
{
    (void)sink;
    (void)result;
}

void hash_sink_init(struct hash_sink *sink)
{
    *sink = (struct hash_sink){
        .sink = {.wanted = ALL_EVENTS & ~EVENT_BIT(EVENT_poll),
                 .begin = begin,
                 .take = take,
                 .end = end},
        .hash = HASH_OF_NOTHING,
    };
}
