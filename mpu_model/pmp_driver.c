// SPDX-License-Identifier: Apache-2.0 OR MIT
// How Tock 2.1 programs RISC-V physical memory protection (arch/rv32i/src/pmp.rs): a
// region is a pair of entries, the upper one TOR. All arithmetic is 32-bit and wraps.
//
// Kept on purpose: programming skips unused regions, so the entries of the process
// that ran before stay live; a start and size rounded to words are not checked
// against the buffer.
#include "driver_private.h"
#include "pmp_hw.h"
#include "protection.h"

enum { GRAIN = 4, MIN_SIZE = 8 };

static void config_reset(const struct mpu *mpu, struct mpu_config *config)
{
    (void)mpu;
    *config = (struct mpu_config){.dirty = true, .app_region = MPU_NO_REGION};
}

// Not the rule of the Cortex-M drivers, where one byte in common is an overlap. Tock takes the
// ends a word early here: regions may overlap by a word, and a range of no bytes at address 0
// overlaps everything.
static bool overlaps(const struct mpu_region *region, uaddr start, uint32_t size)
{
    uaddr other_end = start + size;
    uaddr region_end = region->start + region->size;

    return region->used && region->start < other_end - GRAIN && start < region_end - GRAIN;
}

static bool overlaps_any(const struct mpu *mpu, const struct mpu_config *config, uaddr start,
                         uint32_t size)
{
    for (uint32_t i = 0; i < mpu->region_count; i++)
        if (overlaps(&config->regions[i], start, size))
            return true;
    return false;
}

static enum mpu_result allocate_region(const struct mpu *mpu, struct mpu_config *config,
                                       uaddr start, uint32_t size, uint32_t min_size,
                                       enum mpu_permissions permissions, struct mpu_region *given)
{
    uint32_t number = unused_region(mpu, config, 0);
    uint32_t rounded = round_up(min_size, GRAIN);

    if (overlaps_any(mpu, config, start, size))
        return MPU_OVERLAPS;
    if (number == MPU_NO_REGION)
        return MPU_FULL;
    *given =
        plain_region(round_up(start, GRAIN), rounded < MIN_SIZE ? MIN_SIZE : rounded, permissions);
    config->regions[number] = *given;
    config->dirty = true;
    return MPU_OK;
}

static enum mpu_result allocate_app_memory(const struct mpu *mpu, struct mpu_config *config,
                                           uaddr start, uint32_t size, uint32_t min_size,
                                           uint32_t app_size, uint32_t kernel_size,
                                           uaddr *block_start, uint32_t *block_size)
{
    uint32_t number =
        config->app_region != MPU_NO_REGION ? config->app_region : unused_region(mpu, config, 0);
    uint32_t open_size = round_up(app_size, GRAIN);
    uint32_t region_size = round_up(needed_size(min_size, open_size, kernel_size), GRAIN);

    if (overlaps_any(mpu, config, start, size) || number == MPU_NO_REGION ||
        start + region_size > start + size)
        return MPU_REFUSED;
    config->regions[number] = plain_region(start, open_size, MPU_READ_WRITE);
    config->app_region = (uint8_t)number;
    config->dirty = true;
    *block_start = start;
    *block_size = region_size;
    return MPU_OK;
}

static enum mpu_result update_app_memory(const struct mpu *mpu, struct mpu_config *config,
                                         uaddr app_brk, uaddr kernel_brk)
{
    uint32_t number = config->app_region == MPU_NO_REGION ? 0 : config->app_region;
    uaddr start = config->regions[number].start;

    (void)mpu;
    if (!config->regions[number].used || app_brk > kernel_brk)
        return MPU_REFUSED;
    config->regions[number] = plain_region(start, app_brk - start, MPU_READ_WRITE);
    config->dirty = true;
    return MPU_OK;
}

// ---- registers

static uint32_t cfg_of(const struct mpu_region *region)
{
    static const uint8_t rights[] = {
        [MPU_READ_WRITE_EXECUTE] = PMP_CFG_R | PMP_CFG_W | PMP_CFG_X,
        [MPU_READ_WRITE] = PMP_CFG_R | PMP_CFG_W,
        [MPU_READ_EXECUTE] = PMP_CFG_R | PMP_CFG_X,
        [MPU_READ_ONLY] = PMP_CFG_R,
        [MPU_EXECUTE_ONLY] = PMP_CFG_X,
    };

    return rights[region->permissions] | (uint32_t)PMP_CFG_TOR;
}

// Region n is entries 2n (off, holds the start) and 2n + 1 (TOR, holds the end); one
// configuration register holds four entries, of which the other two stay.
static void write_region(struct mpu_hw *hw, uint32_t number, const struct mpu_region *region)
{
    uint32_t shift = number % 2 == 0 ? 0 : 16;
    uint32_t others = number % 2 == 0 ? 0xffff0000 : 0x0000ffff;
    uint32_t cfg = 0;

    pmp_hw_read(hw, PMP_PMPCFG0 + number / 2, &cfg);
    pmp_hw_write(hw, PMP_PMPCFG0 + number / 2, (cfg_of(region) << 8) << shift | (cfg & others));
    pmp_hw_write(hw, PMP_PMPADDR0 + number * 2, region->start >> 2);
    pmp_hw_write(hw, PMP_PMPADDR0 + number * 2 + 1, (region->start + region->size) >> 2);
}

static void write(struct mpu *mpu, const struct mpu_config *config)
{
    for (uint32_t i = 0; i < mpu->region_count; i++)
        if (config->regions[i].used)
            write_region(&protection_of(mpu)->hw, i, &config->regions[i]);
}

// The unit does not bind machine mode, in which the kernel runs: always on.
static void enable(struct mpu *mpu)
{
    (void)mpu;
}

const struct mpu_driver pmp_driver = {
    .name = "RISC-V PMP",
    .config_reset = config_reset,
    .allocate_region = allocate_region,
    .allocate_app_memory = allocate_app_memory,
    .update_app_memory = update_app_memory,
    .write = write,
    .enable = enable,
    .disable = enable,
};
