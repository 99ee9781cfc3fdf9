// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the kernel asks of memory protection (Tock 2.1, kernel/src/platform/mpu.rs).
// A driver knows its unit's allocation rules and writes its registers; the kernel
// knows neither. Drivers live outside of core.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "abi.h"

enum { MPU_MAX_REGIONS = 16, MPU_NO_REGION = 0xff };

// X(NAME, name, letters)
#define MPU_PERMISSIONS(X)                                                                         \
    X(READ_WRITE_EXECUTE, read_write_execute, "rwx")                                               \
    X(READ_WRITE, read_write, "rw-")                                                               \
    X(READ_EXECUTE, read_execute, "r-x")                                                           \
    X(READ_ONLY, read_only, "r--")                                                                 \
    X(EXECUTE_ONLY, execute_only, "--x")

enum mpu_permissions {
#define X(NAME, name, letters) MPU_##NAME,
    MPU_PERMISSIONS(X)
#undef X
};

// One region as the driver decided it. `start`, `size`: the logical region, what
// the kernel was promised. `base`, `span`, `disabled`: what the registers hold,
// which is larger where subregions are disabled (bit n of `disabled`: subregion n).
struct mpu_region {
    bool used;
    uint8_t permissions; // enum mpu_permissions
    uint8_t disabled;
    uaddr start;
    uint32_t size;
    uaddr base;
    uint32_t span;
};

// The regions of one process. Plain data: the process owns it, the driver changes it.
struct mpu_config {
    bool dirty;         // differs from what was last written to the registers
    uint8_t app_region; // index of the RAM region, MPU_NO_REGION before there is one
    uint8_t end;        // the driver's own: it has used no region from here on
    uint32_t images[MPU_MAX_REGIONS * 2]; // the driver's own: what the registers get for them
    struct mpu_region regions[MPU_MAX_REGIONS];
};

// X(NAME, name, text): what asking the unit for something comes to. Unless OK, nothing changed.
#define MPU_RESULTS(X)                                                                             \
    X(OK, granted, "granted")                                                                      \
    X(OVERLAPS, overlaps, "it shares bytes with a region that is in use")                          \
    X(FULL, full, "no region is left")                                                             \
    X(REFUSED, no_region, "the unit can make no region for it")                                    \
    X(NOTHING, nothing, "nothing is shared") /* the kernel's word for a region of no bytes */      \
    X(PANIC, panics, "the driver divides by zero, which panics the kernel")

enum mpu_result {
#define X(NAME, name, text) MPU_##NAME,
    MPU_RESULTS(X)
#undef X
};

struct mpu;

struct mpu_driver {
    const char *name;

    // Forgets every region.
    void (*config_reset)(const struct mpu *mpu, struct mpu_config *config);

    // A region within [start, start + size) of at least `min_size` bytes. On MPU_OK
    // `given` is the logical region. Of what stands in the way the first of OVERLAPS, FULL,
    // REFUSED is said.
    enum mpu_result (*allocate_region)(const struct mpu *mpu, struct mpu_config *config,
                                       uaddr start, uint32_t size, uint32_t min_size,
                                       enum mpu_permissions permissions, struct mpu_region *given);

    // The RAM block of a process, within [start, start + size): at least `min_size`
    // bytes, its first `app_size` bytes open to the process, its last `kernel_size`
    // closed. On MPU_OK `block_start` and `block_size` say where it is.
    enum mpu_result (*allocate_app_memory)(const struct mpu *mpu, struct mpu_config *config,
                                           uaddr start, uint32_t size, uint32_t min_size,
                                           uint32_t app_size, uint32_t kernel_size,
                                           uaddr *block_start, uint32_t *block_size);

    // Moves the split of that block: open below `app_brk`, closed from `kernel_brk`.
    enum mpu_result (*update_app_memory)(const struct mpu *mpu, struct mpu_config *config,
                                         uaddr app_brk, uaddr kernel_brk);

    // Writes the registers.
    void (*write)(struct mpu *mpu, const struct mpu_config *config);

    // Switches protection on for the process, off for the kernel.
    void (*enable)(struct mpu *mpu);
    void (*disable)(struct mpu *mpu);
};

// The unit as the kernel sees it; what implements it embeds this as its first member.
struct mpu {
    const struct mpu_driver *driver;
    uint32_t min_region_size; // bytes
    uint8_t region_count;     // regions, or pairs of entries, that the driver may use
    bool is_configured;       // `configured_for` says for which process identifier
    uint32_t configured_for;
    uint32_t end; // the driver's own: the registers of no region from here on are in use
};

// Writes the registers for the process with this identifier, unless they hold just this
// configuration already.
static inline void mpu_configure(struct mpu *mpu, struct mpu_config *config,
                                 uint32_t process_identifier)
{
    if (mpu->is_configured && mpu->configured_for == process_identifier && !config->dirty)
        return;
    mpu->driver->write(mpu, config);
    mpu->is_configured = true;
    mpu->configured_for = process_identifier;
    config->dirty = false;
}
