// SPDX-License-Identifier: Apache-2.0 OR MIT
// No protection unit: every region is granted as asked (the default methods of Tock
// 2.1's kernel/src/platform/mpu.rs).
#include "driver_private.h"
#include "protection.h"

static void config_reset(const struct mpu *mpu, struct mpu_config *config)
{
    (void)mpu;
    *config = (struct mpu_config){.dirty = true, .app_region = MPU_NO_REGION};
}

static enum mpu_result allocate_region(const struct mpu *mpu, struct mpu_config *config,
                                       uaddr start, uint32_t size, uint32_t min_size,
                                       enum mpu_permissions permissions, struct mpu_region *given)
{
    (void)mpu;
    (void)config;
    if (min_size > size)
        return MPU_REFUSED;
    *given = plain_region(start, min_size, permissions);
    return MPU_OK;
}

static enum mpu_result allocate_app_memory(const struct mpu *mpu, struct mpu_config *config,
                                           uaddr start, uint32_t size, uint32_t min_size,
                                           uint32_t app_size, uint32_t kernel_size,
                                           uaddr *block_start, uint32_t *block_size)
{
    uint32_t needed = needed_size(min_size, app_size, kernel_size);

    (void)mpu;
    (void)config;
    if (needed > size)
        return MPU_REFUSED;
    *block_start = start;
    *block_size = needed;
    return MPU_OK;
}

static enum mpu_result update_app_memory(const struct mpu *mpu, struct mpu_config *config,
                                         uaddr app_brk, uaddr kernel_brk)
{
    (void)mpu;
    (void)config;
    return app_brk > kernel_brk ? MPU_REFUSED : MPU_OK;
}

static void write(struct mpu *mpu, const struct mpu_config *config)
{
    (void)mpu;
    (void)config;
}

static void enable(struct mpu *mpu)
{
    (void)mpu;
}

const struct mpu_driver none_driver = {
    .name = "none",
    .config_reset = config_reset,
    .allocate_region = allocate_region,
    .allocate_app_memory = allocate_app_memory,
    .update_app_memory = update_app_memory,
    .write = write,
    .enable = enable,
    .disable = enable,
};
