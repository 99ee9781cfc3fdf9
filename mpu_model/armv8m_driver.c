// SPDX-License-Identifier: Apache-2.0 OR MIT
// How Tock programs the MPU of Cortex-M33 (arch/cortex-m33/src/mpu_v8m.rs of Tock
// 2.3-dev, July 2026; Tock 2.1 has no driver for PMSAv8). Regions are any multiple of
// 32 bytes.
//
// Kept on purpose: a start that is rounded up moves the whole region up, and only its
// size is held against the buffer's, so it may reach up to 31 bytes beyond it. And the
// RAM block keeps the size asked for while the region over it is rounded up, so a block
// of another size than a multiple of 32 cannot be made again at a restart.
#include "armv8m_hw.h"
#include "driver_private.h"
#include "protection.h"

enum { APP_REGION = 0, GRAIN = 32 };

// RBAR.AP (bits 2:1)
enum { AP_READ_WRITE = 1 << 1, AP_PRIVILEGED_READ_ONLY = 2 << 1, AP_READ_ONLY = 3 << 1 };

// MAIR0.ATTR0: normal memory, not cacheable.
enum { MAIR0_NORMAL = 0x44 };

static void config_reset(const struct mpu *mpu, struct mpu_config *config)
{
    (void)mpu;
    *config = (struct mpu_config){.dirty = true, .app_region = APP_REGION};
}

// The size of [start, start + size) rounded out to whole grains; 0 where the range
// wraps, or nothing is left, which no region can be.
static uint32_t rounded_size(uaddr start, uint32_t size)
{
    uaddr end = round_up(start + size, GRAIN);

    return end > start ? end - start : 0;
}

static enum mpu_result allocate_region(const struct mpu *mpu, struct mpu_config *config,
                                       uaddr start, uint32_t size, uint32_t min_size,
                                       enum mpu_permissions permissions, struct mpu_region *given)
{
    uint32_t number = unused_region(mpu, config, APP_REGION + 1);
    uaddr region_start = round_up(start, GRAIN);
    uint32_t region_size = rounded_size(region_start, min_size);

    if (regions_overlap(config, mpu->region_count, start, size))
        return MPU_OVERLAPS;
    if (number == MPU_NO_REGION)
        return MPU_FULL;
    if (region_size < GRAIN || region_size > size)
        return MPU_REFUSED;
    *given = plain_region(region_start, region_size, permissions);
    config->regions[number] = *given;
    config->dirty = true;
    return MPU_OK;
}

// The RAM block keeps its size; what of it is open moves with the break.
static void set_app_region(struct mpu_config *config, uaddr start, uint32_t size, uint32_t open)
{
    config->regions[APP_REGION] = plain_region(start, size, MPU_READ_WRITE);
    config->regions[APP_REGION].span = open;
    config->dirty = true;
}

static enum mpu_result allocate_app_memory(const struct mpu *mpu, struct mpu_config *config,
                                           uaddr start, uint32_t size, uint32_t min_size,
                                           uint32_t app_size, uint32_t kernel_size,
                                           uaddr *block_start, uint32_t *block_size)
{
    uint32_t needed = needed_size(min_size, app_size, kernel_size);
    uaddr region_start = round_up(start, GRAIN);
    uint32_t region_size = rounded_size(region_start, needed);
    uint32_t open = rounded_size(region_start, app_size);

    if (regions_overlap(config, mpu->region_count, start, size) || region_size > size ||
        open < GRAIN || region_size < open)
        return MPU_REFUSED;
    set_app_region(config, region_start, region_size, open);
    *block_start = region_start;
    *block_size = needed;
    return MPU_OK;
}

static enum mpu_result update_app_memory(const struct mpu *mpu, struct mpu_config *config,
                                         uaddr app_brk, uaddr kernel_brk)
{
    const struct mpu_region block = config->regions[APP_REGION];
    uint32_t open;

    (void)mpu;
    if (!block.used || app_brk < block.start || app_brk >= block.start + block.size ||
        kernel_brk < block.start || kernel_brk >= block.start + block.size ||
        app_brk > kernel_brk || round_up(app_brk, GRAIN) > kernel_brk)
        return MPU_REFUSED;
    open = round_up(app_brk, GRAIN) - block.start;
    if (open < GRAIN)
        return MPU_REFUSED;
    set_app_region(config, block.start, block.size, open);
    return MPU_OK;
}

// ---- registers

static uint32_t rights_of(const struct mpu_region *region)
{
    static const uint8_t rights[] = {
        [MPU_READ_WRITE_EXECUTE] = AP_READ_WRITE,
        [MPU_READ_WRITE] = AP_READ_WRITE | ARMV8M_RBAR_XN,
        [MPU_READ_EXECUTE] = AP_READ_ONLY,
        [MPU_READ_ONLY] = AP_READ_ONLY | ARMV8M_RBAR_XN,
        [MPU_EXECUTE_ONLY] = AP_PRIVILEGED_READ_ONLY,
    };

    return rights[region->permissions];
}

static void write_region(struct mpu_hw *hw, uint32_t number, const struct mpu_region *region)
{
    uint32_t last = region->base + region->span - 1;

    armv8m_hw_write(hw, ARMV8M_RNR, number);
    armv8m_hw_write(hw, ARMV8M_RBAR, region->used ? region->base | rights_of(region) : 0);
    armv8m_hw_write(hw, ARMV8M_RLAR,
                    region->used ? (last & ~(uint32_t)(GRAIN - 1)) | ARMV8M_RLAR_EN : 0);
}

static void write(struct mpu *mpu, const struct mpu_config *config)
{
    struct mpu_hw *hw = &protection_of(mpu)->hw;

    armv8m_hw_write(hw, ARMV8M_MAIR0, MAIR0_NORMAL);
    for (uint32_t i = 0; i < mpu->region_count; i++)
        write_region(hw, i, &config->regions[i]);
}

static void enable(struct mpu *mpu)
{
    armv8m_hw_write(&protection_of(mpu)->hw, ARMV8M_CTRL,
                    MPU_ARM_CTRL_ENABLE | MPU_ARM_CTRL_PRIVDEFENA);
}

static void disable(struct mpu *mpu)
{
    armv8m_hw_write(&protection_of(mpu)->hw, ARMV8M_CTRL, 0);
}

const struct mpu_driver armv8m_driver = {
    .name = "Cortex-M33 (PMSAv8)",
    .config_reset = config_reset,
    .allocate_region = allocate_region,
    .allocate_app_memory = allocate_app_memory,
    .update_app_memory = update_app_memory,
    .write = write,
    .enable = enable,
    .disable = disable,
};
