// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "report.h"

#include <inttypes.h>

#include "../machine/bus.h"
#include "../machine/unit_regions.h"
#include "../trace/line.h"

// ---- the regions of a process

// Addresses [start, end) that a region opens: neighbouring subregions are one.
struct range {
    uint64_t start;
    uint64_t end;
};

enum { SUBREGIONS = 8 };

static size_t open_ranges(const struct unit_region *region, struct range ranges[SUBREGIONS])
{
    uint64_t eighth = region->span / SUBREGIONS;
    size_t count = 0;

    if (region->disabled == 0) {
        ranges[0] = (struct range){region->base, region->base + region->span};
        return 1;
    }
    for (unsigned i = 0; i < SUBREGIONS; i++) {
        uint64_t start = region->base + i * eighth;

        if ((region->disabled >> i & 1) != 0)
            continue;
        if (count > 0 && ranges[count - 1].end == start)
            ranges[count - 1].end += eighth;
        else
            ranges[count++] = (struct range){start, start + eighth};
    }
    return count;
}

// How far `address` is from a range, 0 inside of it; `*above`: the range lies above.
static uint64_t distance(struct range range, uaddr address, bool *above)
{
    *above = address < range.start;
    if (*above)
        return range.start - address;
    return address < range.end ? 0 : address - (range.end - 1);
}

struct nearest {
    bool found;
    const struct unit_region *region;
    struct range range;
    uint64_t distance;
    bool above;
};

static struct nearest find_nearest(const struct unit_region *regions, uint32_t count, uaddr address)
{
    struct nearest nearest = {.distance = UINT64_MAX};
    struct range ranges[SUBREGIONS];

    for (uint32_t i = 0; i < count; i++) {
        size_t range_count = open_ranges(&regions[i], ranges);

        for (size_t j = 0; j < range_count; j++) {
            bool above;
            uint64_t away = distance(ranges[j], address, &above);

            if (away < nearest.distance)
                nearest = (struct nearest){true, &regions[i], ranges[j], away, above};
        }
    }
    return nearest;
}

static void print_nearest(FILE *out, const struct unit_region *regions, uint32_t count,
                          uaddr address)
{
    struct nearest nearest = find_nearest(regions, count, address);

    if (!nearest.found) {
        fputs("  no region is in use\n", out);
        return;
    }
    fprintf(out,
            "  no region holds it; the nearest is region %" PRIu32 " (%s), which %s %" PRIu64
            " byte%s %s, at 0x%08" PRIx64 "\n",
            nearest.region->number, nearest.region->permissions, nearest.above ? "starts" : "ends",
            nearest.distance, nearest.distance == 1 ? "" : "s", nearest.above ? "above" : "below",
            nearest.above ? nearest.range.start : nearest.range.end - 1);
}

static const char *permissions_of(const struct unit_region *regions, uint32_t count,
                                  uint32_t number)
{
    for (uint32_t i = 0; i < count; i++)
        if (regions[i].number == number)
            return regions[i].permissions;
    return "nothing";
}

// What the unit decided by.
static void print_decision(FILE *out, const struct fault_report *fault)
{
    struct unit_region regions[UNIT_REGIONS_MAX];
    uint32_t count = unit_list_regions(&fault->unit, regions);
    struct unit_answer answer =
        unit_ask(&fault->unit, (enum access_op)fault->op, fault->address, fault->size);

    switch (answer.rule) {
    case MPU_RULE_REGION:
        fprintf(out, "  region %" PRIu32 " holds it and allows %s\n", answer.region,
                permissions_of(regions, count, answer.region));
        break;
    case MPU_RULE_PARTIAL:
        fprintf(out, "  region %" PRIu32 " holds it in part, which is not enough\n", answer.region);
        break;
    case MPU_RULE_NO_MATCH:
        print_nearest(out, regions, count, fault->address);
        break;
    default:
        fprintf(out, "  %s\n", mpu_rule_text(answer.rule));
        break;
    }
}

// Which subregions are off, as ranges: "0, 6-7".
static void print_disabled(FILE *out, uint8_t disabled)
{
    bool first = true;

    for (unsigned i = 0; i < SUBREGIONS; i++) {
        unsigned last = i;

        if ((disabled >> i & 1) == 0)
            continue;
        while (last + 1 < SUBREGIONS && (disabled >> (last + 1) & 1) != 0)
            last++;
        fprintf(out, last > i ? "%s%u-%u" : "%s%u", first ? "" : ", ", i, last);
        first = false;
        i = last;
    }
}

static void print_region(FILE *out, const struct unit_region *region)
{
    struct range ranges[SUBREGIONS];
    size_t count = open_ranges(region, ranges);

    fprintf(out, "  %6" PRIu32 "  0x%08" PRIx64 "  %10" PRIu64 "  %-11s  ", region->number,
            region->base, region->span, region->permissions);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "%s0x%08" PRIx64 "..0x%08" PRIx64, i > 0 ? ", " : "", ranges[i].start,
                ranges[i].end - 1);
    if (region->disabled != 0) {
        fputs(" (subregions off: ", out);
        print_disabled(out, region->disabled);
        fputc(')', out);
    }
}

static void print_regions(FILE *out, const struct world *world)
{
    const struct fault_report *fault = &world->fault;
    const struct board *board = &world->board;
    struct unit_region regions[UNIT_REGIONS_MAX];
    uint32_t count = unit_list_regions(&fault->unit, regions);
    char name[LINE_NAME_SIZE];

    if (board->unit == UNIT_NONE) {
        fprintf(out, "\nboard %s has no protection unit\n", board->name);
        return;
    }
    fprintf(out, "\nregions of %s at that moment (board %s, %" PRIu32 " regions):\n",
            line_name_of(&world->view, fault->process, name), board->name, board->regions);
    fprintf(out, "  %6s  %-10s  %10s  %-11s  %s\n", "region", "base", "size", "permissions",
            "open to the process");
    for (uint32_t i = 0; i < count; i++) {
        print_region(out, &regions[i]);
        // Where a driver does not clear what it does not use, that stays in the unit.
        fputs(fault->config.regions[regions[i].number].used ? "\n" : " (of another process)\n",
              out);
    }
}

// ---- the memory around a fault

static bool is_within(uaddr address, uaddr start, uint64_t end)
{
    return start <= address && address < end;
}

// Whose memory an address is, in words.
static void print_owner(FILE *out, const struct world *world, uaddr address)
{
    const struct board *board = &world->board;
    char name[LINE_NAME_SIZE];

    for (uint32_t i = 0; i < world->process_count; i++) {
        const struct process *process = &world->processes[i];
        bool faulted_here = i == world->fault.process;
        uaddr app_brk = faulted_here ? world->fault.app_brk : process->app_brk;
        uaddr kernel_brk = faulted_here ? world->fault.kernel_brk : process->kernel_brk;
        const char *part = address < app_brk      ? "its own part"
                           : address < kernel_brk ? "the part that nobody uses yet"
                                                  : "the kernel's part";

        if (is_within(address, process->memory_start, process_memory_end(process))) {
            fprintf(out, "  it lies in the memory of %s, byte %" PRIu32 ", in %s\n",
                    line_name_of(&world->view, i, name), address - process->memory_start, part);
            return;
        }
        if (is_within(address, process->flash_start, process_flash_end(process))) {
            fprintf(out, "  it lies in the flash of %s\n", line_name_of(&world->view, i, name));
            return;
        }
    }
    if (is_within(address, board->ram_start, (uint64_t)board->ram_start + board->ram_size))
        fputs("  it lies in RAM that belongs to no process\n", out);
    else
        fputs("  there is no memory\n", out);
}

static void print_stretch(FILE *out, uint64_t start, uint64_t end, const char *what)
{
    if (start < end)
        fprintf(out, "  0x%08" PRIx64 "..0x%08" PRIx64 "  %8" PRIu64 "  %s\n", start, end - 1,
                end - start, what);
}

static void print_memory_map(FILE *out, const struct world *world)
{
    const struct fault_report *fault = &world->fault;
    const struct process *process = &world->processes[fault->process];
    char name[LINE_NAME_SIZE];

    fprintf(out, "\nmemory of %s at that moment:\n",
            line_name_of(&world->view, fault->process, name));
    print_stretch(out, process->flash_start, process_flash_end(process), "its flash");
    print_stretch(out, process->memory_start, fault->app_brk, "its own, below app_brk");
    print_stretch(out, fault->app_brk, fault->kernel_brk, "nobody's yet");
    print_stretch(out, fault->kernel_brk, process_memory_end(process),
                  "the kernel's, from kernel_brk: grants, tasks, process struct");
}

// ---- why the unit refused

// What a buffer needs so that a region can be put over it.
static const char *const buffer_rules[] = {
    [UNIT_NONE] = "",
    [UNIT_ARMV7M] = "a buffer always works if its size is a power of two of at least 32 bytes and "
                    "its address a multiple of its size",
    [UNIT_ARMV6M] = "a buffer always works if its size is a power of two of at least 256 bytes and "
                    "its address a multiple of its size",
    [UNIT_ARMV8M] = "a buffer always works if its address and size are multiples of 32",
    [UNIT_PMP] = "a buffer always works if its address is a multiple of 4 and its size one of at "
                 "least 8",
};

// The newest refused request of this process for a region that would hold `address`.
static const struct event *find_refused(const struct recent *recent, uint32_t process,
                                        uaddr address)
{
    const struct recent_ring *ring = &recent->refused_regions;

    for (uint32_t age = 0; age < recent_ring_length(ring); age++) {
        const struct event *event = recent_ring_at(ring, age);
        uaddr start = event->region_added.start;

        if (event->process == process &&
            is_within(address, start, (uint64_t)start + event->region_added.size))
            return event;
    }
    return NULL;
}

// A region in use that shares bytes with [start, start + size); MPU_MAX_REGIONS: none.
static uint32_t overlapped_region(const struct mpu_config *config, uaddr start, uint32_t size)
{
    uint32_t i = 0;

    for (; i < MPU_MAX_REGIONS; i++) {
        const struct mpu_region *region = &config->regions[i];

        if (region->used && region->start < (uint64_t)start + size &&
            start < (uint64_t)region->start + region->size)
            break;
    }
    return i;
}

static void print_overlap(FILE *out, const struct mpu_config *config, const struct event *refused)
{
    uint32_t overlapped =
        overlapped_region(config, refused->region_added.start, refused->region_added.size);

    if (overlapped < MPU_MAX_REGIONS)
        fprintf(out, "it overlaps region %" PRIu32 ", which is in use\n", overlapped);
    else
        fputs("it overlapped a region that was in use then\n", out);
}

static void print_refusal(FILE *out, const struct world *world, const struct event *refused)
{
    fprintf(out,
            "  at %" PRIu64 " us the kernel asked for a region over the shared buffer "
            "[0x%08" PRIx32 ", +%" PRIu32 ") and the MPU driver refused:\n  ",
            refused->time_us, refused->region_added.start, refused->region_added.size);
    if (refused->region_added.result == MPU_OVERLAPS)
        print_overlap(out, &world->fault.config, refused);
    else if (refused->region_added.result == MPU_FULL)
        fprintf(out, "all %" PRIu32 " regions are in use, and none is ever given back\n",
                world->board.regions);
    else
        fprintf(out, "no region fits it; %s\n", buffer_rules[world->board.unit]);
    fputs("  (notify has succeeded all the same: nobody is told, tock#1993)\n", out);
}

static void print_refused_access(FILE *out, const struct world *world, const struct recent *recent)
{
    static const char *const ops[] = {
#define X(NAME, name) #name,
        ACCESS_OPS(X)
#undef X
    };
    const struct fault_report *fault = &world->fault;
    const struct event *refused = find_refused(recent, fault->process, fault->address);

    fprintf(out, ", a %s of %" PRIu32 " byte%s at 0x%08" PRIx32 "\n", ops[fault->op], fault->size,
            fault->size == 1 ? "" : "s", fault->address);
    print_owner(out, world, fault->address);
    if (world->board.unit != UNIT_NONE)
        print_decision(out, fault);
    if (refused)
        print_refusal(out, world, refused);
}

void report_fault(FILE *out, const struct run *run, const struct recent *recent)
{
    static const char *const causes[] = {
#define X(NAME, text) text,
        FAULT_CAUSES(X)
#undef X
    };
    const struct world *world = run->world;
    const struct fault_report *fault = &world->fault;
    char name[LINE_NAME_SIZE];

    if (!fault->happened || fault->cause == FAULT_CAUSE_BODY)
        return;
    fprintf(out, "\n%s faulted at %" PRIu64 " us", line_name_of(&world->view, fault->process, name),
            fault->time_us);
    if (fault->text[0] != '\0')
        fprintf(out, ", %s", fault->text);
    fprintf(out, ": %s", causes[fault->cause]);
    if (fault->cause == FAULT_CAUSE_MEMORY)
        print_refused_access(out, world, recent);
    else
        fputc('\n', out);
    print_memory_map(out, world);
    print_regions(out, world);
}
