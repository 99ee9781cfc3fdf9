// SPDX-License-Identifier: Apache-2.0 OR MIT
// How Tock 2.1 programs the MPU of Cortex-M0+, M3, M4 and M7
// (arch/cortex-m/src/mpu.rs), rule by rule and trait by trait: what looks odd here
// is what the kernel does. All arithmetic is 32-bit and wraps, as in a release build.
//
// Tock 2.2 gives the RAM of a process two regions of half the size each, so that a block
// needs half the alignment; the rest is as before. That is a driver of its own, below.
#include "armv7m_hw.h"
#include "driver_private.h"
#include "protection.h"

enum {
    APP_REGION = 0,        // RAM of the process; the others are taken in order
    SECOND_APP_REGION = 1, // where it has two
    SUBREGIONS = 8,
    MIN_SUBREGION_SIZE = 32,
    MIN_REGION_WITH_SUBREGIONS = 256,
    MAX_BLOCK_SIZE = 1 << 30, // beyond it the doubled block would be 0
};

// RASR.AP
enum { AP_PRIVILEGED_ONLY = 1, AP_UNPRIVILEGED_READ_ONLY = 2, AP_READ_WRITE = 3 };

enum { RASR_SIZE_SHIFT = 1, RASR_SRD_SHIFT = 8, RASR_AP_SHIFT = 24 };

// ---- arithmetic

// The smallest power of two that is not below `value`; 0 above 2^31.
static uint32_t closest_power_of_two(uint32_t value)
{
    uint32_t power = 1;

    while (power != 0 && power < value)
        power <<= 1;
    return power;
}

static uint32_t log_base_two(uint32_t value)
{
    return value == 0 ? 0 : 31 - (uint32_t)__builtin_clz(value);
}

static bool is_power_of_two(uint32_t value)
{
    return (value & (value - 1)) == 0;
}

// `unit` is a power of two.
static bool is_multiple(uint32_t value, uint32_t unit)
{
    return (value & (unit - 1)) == 0;
}

// ---- registers

static uint32_t rasr_of(const struct mpu_region *region)
{
    static const uint32_t rights[] = {
        [MPU_READ_WRITE_EXECUTE] = AP_READ_WRITE << RASR_AP_SHIFT,
        [MPU_READ_WRITE] = AP_READ_WRITE << RASR_AP_SHIFT | ARMV7M_RASR_XN,
        [MPU_READ_EXECUTE] = AP_UNPRIVILEGED_READ_ONLY << RASR_AP_SHIFT,
        [MPU_READ_ONLY] = AP_UNPRIVILEGED_READ_ONLY << RASR_AP_SHIFT | ARMV7M_RASR_XN,
        [MPU_EXECUTE_ONLY] = AP_PRIVILEGED_ONLY << RASR_AP_SHIFT,
    };

    return ARMV7M_RASR_ENABLE | (log_base_two(region->span) - 1) << RASR_SIZE_SHIFT |
           (uint32_t)region->disabled << RASR_SRD_SHIFT | rights[region->permissions];
}

static uint32_t rbar_of(const struct mpu_region *region, uint32_t number)
{
    return (region->base & ~UINT32_C(31)) | ARMV7M_RBAR_VALID | number;
}

// Puts the region, or none, into place `number`.
static void set_region(struct mpu_config *config, uint32_t number, struct mpu_region region)
{
    config->regions[number] = region;
    config->images[number * 2] = rbar_of(&region, number);
    config->images[number * 2 + 1] = region.used ? rasr_of(&region) : 0;
    config->dirty = true;
    if (region.used && number >= config->end)
        config->end = (uint8_t)(number + 1);
}

// ---- configurations

static void config_reset(const struct mpu *mpu, struct mpu_config *config)
{
    *config = (struct mpu_config){.app_region = APP_REGION};
    for (uint32_t i = 0; i < mpu->region_count; i++)
        set_region(config, i, (struct mpu_region){.used = false});
}

static bool overlaps_any(const struct mpu_config *config, uaddr start, uint32_t size)
{
    return regions_overlap(config, config->end, start, size);
}

static bool is_pair(const struct mpu *mpu)
{
    return mpu->driver == &armv7m_pair_driver;
}

// The first region that is not kept for the RAM of the process.
static uint32_t first_other_region(const struct mpu *mpu)
{
    return (is_pair(mpu) ? SECOND_APP_REGION : APP_REGION) + 1;
}

// `count` subregions from `first` on enabled, the others disabled: a set bit disables.
static uint8_t disabled_but(uint32_t first, uint32_t count)
{
    uint32_t disabled = 0xff;

    for (uint32_t i = 0; i < count % (2 * SUBREGIONS); i++)
        disabled ^= 1u << (first + i) % SUBREGIONS;
    return (uint8_t)disabled;
}

// ---- a region over a buffer, or over flash

// Covers [region->start, +size) by enabling some eighths of a larger region: the
// largest power of two that divides the start makes one eighth. MPU_REFUSED: an eighth
// is too small, or the buffer reaches beyond the last one; `region` is then untouched.
static enum mpu_result cover_by_subregions(struct mpu_region *region)
{
    uint32_t tz = region->start == 0 ? 32 : (uint32_t)__builtin_ctz(region->start);
    uint32_t subregion_size;
    uint32_t region_size;
    uint32_t first;
    uaddr base;

    if (tz < 32) {
        subregion_size = UINT32_C(1) << tz;
    } else {
        uint32_t ceil = closest_power_of_two(region->size);

        subregion_size =
            (ceil < MIN_REGION_WITH_SUBREGIONS ? MIN_REGION_WITH_SUBREGIONS : ceil) / SUBREGIONS;
    }
    region_size = subregion_size * SUBREGIONS;
    if (region_size == 0) // a start at a multiple of 512 MiB
        return MPU_PANIC;
    base = region->start - region->start % region_size;
    region->size = round_up(region->size, subregion_size);
    if (subregion_size < MIN_SUBREGION_SIZE || base + region_size < region->start + region->size)
        return MPU_REFUSED;
    first = (region->start - base) / subregion_size;
    region->base = base;
    region->span = region_size;
    region->disabled = disabled_but(first, region->size / subregion_size);
    return MPU_OK;
}

// Rounds the size up to a power of two and moves the start up to its multiple, a whole
// region up even where it is one already.
static enum mpu_result cover_by_power_of_two(struct mpu_region *region)
{
    region->size = closest_power_of_two(region->size);
    if (region->size == 0)
        return MPU_PANIC;
    region->start += region->size - region->start % region->size;
    region->base = region->start;
    region->span = region->size;
    return MPU_OK;
}

static enum mpu_result cover(struct mpu_region *region)
{
    enum mpu_result result;

    if (is_power_of_two(region->size) && is_multiple(region->start, region->size)) {
        region->base = region->start;
        region->span = region->size;
        return MPU_OK;
    }
    result = cover_by_subregions(region);
    return result == MPU_REFUSED ? cover_by_power_of_two(region) : result;
}

static enum mpu_result place_region(const struct mpu *mpu, struct mpu_config *config, uaddr start,
                                    uint32_t size, uint32_t min_size,
                                    enum mpu_permissions permissions, struct mpu_region *given)
{
    uint32_t number = unused_region(mpu, config, first_other_region(mpu));
    struct mpu_region region;
    enum mpu_result result;

    if (number == MPU_NO_REGION)
        return MPU_FULL;
    region = (struct mpu_region){
        .used = true,
        .permissions = (uint8_t)permissions,
        .start = round_up(start, mpu->min_region_size),
        .size = min_size < mpu->min_region_size ? mpu->min_region_size : min_size,
    };
    result = cover(&region);
    if (result != MPU_OK)
        return result;
    if (region.start + region.size > start + size)
        return MPU_REFUSED;
    set_region(config, number, region);
    *given = region;
    return MPU_OK;
}

// Most calls are for a buffer that is open already.
static enum mpu_result allocate_region(const struct mpu *mpu, struct mpu_config *config,
                                       uaddr start, uint32_t size, uint32_t min_size,
                                       enum mpu_permissions permissions, struct mpu_region *given)
{
    return overlaps_any(config, start, size)
               ? MPU_OVERLAPS
               : place_region(mpu, config, start, size, min_size, permissions, given);
}

// ---- the RAM of a process: one region whose upper subregions are disabled

static void set_app_region(struct mpu_config *config, uaddr start, uint32_t size,
                           uint32_t subregions_used)
{
    set_region(config, APP_REGION,
               (struct mpu_region){
                   .used = true,
                   .permissions = MPU_READ_WRITE,
                   .disabled = disabled_but(0, subregions_used),
                   .start = start,
                   .size = size,
                   .base = start,
                   .span = size,
               });
}

static uint32_t initial_subregions(uint32_t app_size, uint32_t kernel_size, uint32_t region_size)
{
    return kernel_size == 0 ? SUBREGIONS : app_size * SUBREGIONS / region_size + 1;
}

static enum mpu_result allocate_app_memory(const struct mpu *mpu, struct mpu_config *config,
                                           uaddr start, uint32_t size, uint32_t min_size,
                                           uint32_t app_size, uint32_t kernel_size,
                                           uaddr *block_start, uint32_t *block_size)
{
    uint32_t needed = needed_size(min_size, app_size, kernel_size);
    uint32_t region_size = closest_power_of_two(needed);
    uint32_t used;
    uaddr region_start;

    (void)mpu;
    if (overlaps_any(config, start, size) || needed > MAX_BLOCK_SIZE)
        return MPU_REFUSED;
    if (log_base_two(region_size) < 8)
        region_size = MIN_REGION_WITH_SUBREGIONS;
    region_start = round_up(start, region_size);
    used = initial_subregions(app_size, kernel_size, region_size);
    // The doubled block is not looked at again. It need not be: with one region the open
    // part is at most a quarter of it, the kernel's less than half. Two regions do let the
    // open part reach over the kernel's break (tock#4366), see allocate_app_pair.
    if (region_start + used * (region_size / SUBREGIONS) >
        region_start + region_size - kernel_size) {
        region_size *= 2;
        region_start = round_up(region_start, region_size);
        used = initial_subregions(app_size, kernel_size, region_size);
    }
    if (region_start + region_size > start + size)
        return MPU_REFUSED;
    set_app_region(config, region_start, region_size, used);
    *block_start = region_start;
    *block_size = region_size;
    return MPU_OK;
}

static enum mpu_result update_app_memory(const struct mpu *mpu, struct mpu_config *config,
                                         uaddr app_brk, uaddr kernel_brk)
{
    const struct mpu_region *region = &config->regions[APP_REGION];
    uint32_t subregion_size = region->size / SUBREGIONS;
    uint32_t used = SUBREGIONS;

    (void)mpu;
    if (!region->used || app_brk > kernel_brk)
        return MPU_REFUSED;
    if (kernel_brk != region->start + region->size)
        used = (app_brk - region->start + subregion_size - 1) / subregion_size;
    if (region->start + subregion_size * used > kernel_brk)
        return MPU_REFUSED;
    set_app_region(config, region->start, region->size, used);
    return MPU_OK;
}

// ---- the RAM of a process as two regions, as from Tock 2.2 on

static void set_app_pair(struct mpu_config *config, uaddr start, uint32_t size,
                         uint32_t subregions_used)
{
    uint32_t first = subregions_used < SUBREGIONS ? subregions_used : SUBREGIONS;

    set_app_region(config, start, size, first);
    if (subregions_used <= SUBREGIONS) {
        set_region(config, SECOND_APP_REGION, (struct mpu_region){.used = false});
        return;
    }
    set_region(config, SECOND_APP_REGION,
               (struct mpu_region){
                   .used = true,
                   .permissions = MPU_READ_WRITE,
                   .disabled = disabled_but(0, subregions_used - SUBREGIONS),
                   .start = start + size,
                   .size = size,
                   .base = start + size,
                   .span = size,
               });
}

// The regions are doubled where their first subregions would reach over the kernel's break,
// but the block is not: subregions are then twice as large and reach over it all the more
// (tock#4366, repaired in 2025).
static enum mpu_result allocate_app_pair(const struct mpu *mpu, struct mpu_config *config,
                                         uaddr start, uint32_t size, uint32_t min_size,
                                         uint32_t app_size, uint32_t kernel_size,
                                         uaddr *block_start, uint32_t *block_size)
{
    uint32_t needed = needed_size(min_size, app_size, kernel_size);
    uint32_t memory_size = closest_power_of_two(needed);
    uint32_t region_size;
    uint32_t used;
    uaddr region_start;

    (void)mpu;
    if (overlaps_any(config, start, size) || needed > MAX_BLOCK_SIZE)
        return MPU_REFUSED;
    if (memory_size < 2 * MIN_REGION_WITH_SUBREGIONS)
        memory_size = 2 * MIN_REGION_WITH_SUBREGIONS;
    region_size = memory_size / 2;
    region_start = round_up(start, region_size);
    used = app_size * SUBREGIONS / region_size + 1;
    if (region_start + used * (region_size / SUBREGIONS) >
        region_start + memory_size - kernel_size) {
        region_size *= 2;
        region_start = round_up(region_start, region_size);
        used = app_size * SUBREGIONS / region_size + 1;
    }
    if (region_start + memory_size > start + size)
        return MPU_REFUSED;
    set_app_pair(config, region_start, region_size, used);
    *block_start = region_start;
    *block_size = memory_size;
    return MPU_OK;
}

static enum mpu_result update_app_pair(const struct mpu *mpu, struct mpu_config *config,
                                       uaddr app_brk, uaddr kernel_brk)
{
    const struct mpu_region *region = &config->regions[APP_REGION];
    uint32_t subregion_size = region->size / SUBREGIONS;
    uint32_t used;

    (void)mpu;
    if (!region->used || app_brk > kernel_brk)
        return MPU_REFUSED;
    used = (app_brk - region->start + subregion_size - 1) / subregion_size;
    if (region->start + subregion_size * used > kernel_brk)
        return MPU_REFUSED;
    set_app_pair(config, region->start, region->size, used);
    return MPU_OK;
}

// ---- programming

static void write(struct mpu *mpu, const struct mpu_config *config)
{
    armv7m_hw_write_regions(&protection_of(mpu)->hw, config->images,
                            config->end > mpu->end ? config->end : mpu->end);
    mpu->end = config->end;
}

static void enable(struct mpu *mpu)
{
    armv7m_hw_write(&protection_of(mpu)->hw, ARMV7M_CTRL,
                    MPU_ARM_CTRL_ENABLE | MPU_ARM_CTRL_PRIVDEFENA);
}

static void disable(struct mpu *mpu)
{
    armv7m_hw_write(&protection_of(mpu)->hw, ARMV7M_CTRL, 0);
}

const struct mpu_driver armv7m_driver = {
    .name = "Cortex-M (PMSAv7)",
    .config_reset = config_reset,
    .allocate_region = allocate_region,
    .allocate_app_memory = allocate_app_memory,
    .update_app_memory = update_app_memory,
    .write = write,
    .enable = enable,
    .disable = disable,
};

const struct mpu_driver armv7m_pair_driver = {
    .name = "Cortex-M (PMSAv7), two regions for RAM",
    .config_reset = config_reset,
    .allocate_region = allocate_region,
    .allocate_app_memory = allocate_app_pair,
    .update_app_memory = update_app_pair,
    .write = write,
    .enable = enable,
    .disable = disable,
};
