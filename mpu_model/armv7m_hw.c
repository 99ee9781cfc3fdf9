// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "armv7m_hw.h"

#include <string.h>

#include "cortexm_hw.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "RBAR and RASR are written as one word");

enum {
    // Regions from 2^8 bytes up have subregions, each an eighth: 2^(n - 3) bytes.
    SMALLEST_WITH_SUBREGIONS_LOG2 = 8,
    RBAR_REGION = 0xF,
};

#define RASR_MASK      UINT32_C(0x173FFF3F)
#define RASR_MASK_V6M  UINT32_C(0x1707FF3F) // no TEX
#define RBAR_ADDR      UINT32_C(0xFFFFFFE0)
#define RBAR_ADDR_V6M  UINT32_C(0xFFFFFF00)
#define NO_SUCH_REGION UINT32_C(0xFFFFFFFF)

static bool is_v6m(const struct mpu_hw *hw)
{
    return hw->kind == MPU_KIND_ARMV6M;
}

// The region that a write of RBAR goes to; VALID makes it the selected one.
static uint32_t region_of_rbar(struct mpu_hw *hw, uint32_t value)
{
    if (!(value & ARMV7M_RBAR_VALID))
        return hw->arm.rnr;
    uint32_t region = value & RBAR_REGION;
    if (region >= hw->regions)
        return NO_SUCH_REGION;
    hw->arm.rnr = region;
    return region;
}

static uint32_t rbar_mask(const struct mpu_hw *hw)
{
    return is_v6m(hw) ? RBAR_ADDR_V6M : RBAR_ADDR;
}

static uint32_t rasr_mask(const struct mpu_hw *hw)
{
    return is_v6m(hw) ? RASR_MASK_V6M : RASR_MASK;
}

static void write_rbar(struct mpu_hw *hw, uint32_t value)
{
    uint32_t region = region_of_rbar(hw, value);

    if (region != NO_SUCH_REGION)
        mpu_set(hw, &hw->arm.region[region].rbar, (value & rbar_mask(hw)) | region);
}

static void write_rasr(struct mpu_hw *hw, uint32_t value)
{
    mpu_set(hw, &hw->arm.region[hw->arm.rnr].attr, value & rasr_mask(hw));
}

// RBAR in the lower half, RASR in the upper.
static uint64_t load_pair(const void *pair)
{
    uint64_t both;

    memcpy(&both, pair, sizeof both);
    return both;
}

void armv7m_hw_write_regions(struct mpu_hw *hw, const uint32_t *pairs, uint32_t count)
{
    const uint64_t mask = (uint64_t)rasr_mask(hw) << 32 | rbar_mask(hw) | RBAR_REGION;
    uint64_t changed = 0;

    for (; count > 0; count--, pairs += 2) {
        struct mpu_arm_region *region = &hw->arm.region[pairs[0] & RBAR_REGION];
        uint64_t both = load_pair(pairs) & mask;

        changed |= load_pair(region) ^ both;
        memcpy(region, &both, sizeof both);
        hw->arm.rnr = pairs[0] & RBAR_REGION;
    }
    hw->generation += changed != 0;
}

bool armv7m_hw_write(struct mpu_hw *hw, uint32_t reg, uint32_t value)
{
    if (is_v6m(hw) && reg >= ARMV7M_RBAR_A1)
        return false;

    switch (reg) {
    case ARMV7M_FAULTMASK:
        mpu_set(hw, &hw->arm.faultmask, value & 1);
        return true;
    case ARMV7M_TYPE:
        return true;
    case ARMV7M_CTRL:
        mpu_set(hw, &hw->arm.ctrl, value & MPU_ARM_CTRL_MASK);
        return true;
    case ARMV7M_RNR:
        cortexm_select_region(hw, value);
        return true;
    case ARMV7M_RBAR:
    case ARMV7M_RBAR_A1:
    case ARMV7M_RBAR_A2:
    case ARMV7M_RBAR_A3:
        write_rbar(hw, value);
        return true;
    case ARMV7M_RASR:
    case ARMV7M_RASR_A1:
    case ARMV7M_RASR_A2:
    case ARMV7M_RASR_A3:
        write_rasr(hw, value);
        return true;
    default:
        return false;
    }
}

bool armv7m_hw_read(const struct mpu_hw *hw, uint32_t reg, uint32_t *value)
{
    if (is_v6m(hw) && reg >= ARMV7M_RBAR_A1)
        return false;

    switch (reg) {
    case ARMV7M_FAULTMASK:
        *value = hw->arm.faultmask;
        return true;
    case ARMV7M_TYPE:
        *value = cortexm_type(hw);
        return true;
    case ARMV7M_CTRL:
        *value = hw->arm.ctrl;
        return true;
    case ARMV7M_RNR:
        *value = hw->arm.rnr;
        return true;
    case ARMV7M_RBAR:
    case ARMV7M_RBAR_A1:
    case ARMV7M_RBAR_A2:
    case ARMV7M_RBAR_A3:
        *value = hw->arm.region[hw->arm.rnr].rbar;
        return true;
    case ARMV7M_RASR:
    case ARMV7M_RASR_A1:
    case ARMV7M_RASR_A2:
    case ARMV7M_RASR_A3:
        *value = hw->arm.region[hw->arm.rnr].attr;
        return true;
    default:
        return false;
    }
}

static uint32_t size_log2(uint32_t rasr)
{
    return ((rasr >> 1) & 0x1F) + 1;
}

// Smaller regions are unpredictable: they never match.
static uint32_t smallest_log2(const struct mpu_hw *hw)
{
    return is_v6m(hw) ? 8 : 5;
}

static bool is_usable(const struct mpu_hw *hw, uint32_t rasr)
{
    return (rasr & ARMV7M_RASR_ENABLE) && size_log2(rasr) >= smallest_log2(hw);
}

// Whether the block of 2^n bytes, n up to 32, holds `addr`.
static bool is_in_block(uint32_t rbar, uint32_t n, uint32_t addr)
{
    return (uint64_t)(rbar ^ addr) >> n == 0;
}

static uint32_t subregion_of(uint32_t n, uint32_t addr)
{
    return (addr >> (n - 3)) & 7;
}

static uint32_t disabled_subregions(uint32_t rasr)
{
    return size_log2(rasr) >= SMALLEST_WITH_SUBREGIONS_LOG2 ? (rasr >> 8) & 0xFF : 0;
}

static bool is_subregion_disabled(uint32_t rasr, uint32_t n, uint32_t addr)
{
    return (disabled_subregions(rasr) >> subregion_of(n, addr)) & 1;
}

// AP and XN: a fetch needs the right to read as well.
static uint32_t rights_of(uint32_t rasr, bool privileged)
{
    enum { R = MPU_RIGHT_READ, RW = MPU_RIGHT_READ | MPU_RIGHT_WRITE };
    static const uint8_t by_ap[2][8] = {
        {0, 0, R, RW, 0, 0, R, R},
        {0, RW, RW, RW, 0, R, R, R},
    };
    uint32_t rights = by_ap[privileged][(rasr >> 24) & 7];

    if ((rights & MPU_RIGHT_READ) && !(rasr & ARMV7M_RASR_XN))
        rights |= MPU_RIGHT_EXECUTE;
    return rights;
}

// The highest-numbered match decides. A disabled subregion is a miss: lower regions follow.
static inline struct cortexm_match lookup(const struct mpu_hw *hw, uint32_t addr, bool privileged)
{
    for (uint32_t i = hw->regions; i-- > 0;) {
        const uint32_t rasr = hw->arm.region[i].attr;
        const uint32_t n = size_log2(rasr);

        if (!is_usable(hw, rasr) || !is_in_block(hw->arm.region[i].rbar, n, addr))
            continue;
        if (is_subregion_disabled(rasr, n, addr))
            continue;
        return (struct cortexm_match){MPU_RULE_REGION, i, rights_of(rasr, privileged)};
    }
    return (struct cortexm_match){MPU_RULE_NO_MATCH, MPU_HW_NO_REGION, 0};
}

struct mpu_answer armv7m_hw_check(const struct mpu_hw *hw, uint32_t addr, uint32_t size,
                                  enum mpu_op op, bool privileged)
{
    return cortexm_check(hw, addr, size, op, privileged, lookup);
}

static uint32_t block_first(uint32_t rbar, uint32_t n)
{
    return (uint32_t)(rbar & ~((UINT64_C(1) << n) - 1));
}

static uint32_t block_last(uint32_t rbar, uint32_t n)
{
    return (uint32_t)(rbar | ((UINT64_C(1) << n) - 1));
}

// Around `addr`, the neighbouring subregions that are enabled or disabled as its own is.
static struct mpu_span like_subregions(uint32_t rbar, uint32_t rasr, uint32_t addr)
{
    const uint32_t n = size_log2(rasr);
    const uint32_t disabled = disabled_subregions(rasr);
    const uint32_t own = subregion_of(n, addr);
    uint32_t low = own, high = own;

    if (n < SMALLEST_WITH_SUBREGIONS_LOG2)
        return (struct mpu_span){block_first(rbar, n), block_last(rbar, n)};
    while (low > 0 && !(((disabled >> (low - 1)) ^ (disabled >> own)) & 1))
        low--;
    while (high < 7 && !(((disabled >> (high + 1)) ^ (disabled >> own)) & 1))
        high++;
    uint32_t first = block_first(rbar, n) + (low << (n - 3));
    uint32_t size_less_1 = (uint32_t)(((uint64_t)(high - low + 1) << (n - 3)) - 1);
    return (struct mpu_span){first, first + size_less_1};
}

void armv7m_hw_span(const struct mpu_hw *hw, uint32_t addr, enum mpu_op op, uint32_t *lo,
                    uint32_t *hi)
{
    struct mpu_span span = cortexm_span_of_map(addr, op);

    for (uint32_t i = hw->regions; i-- > 0;) {
        const uint32_t rasr = hw->arm.region[i].attr, rbar = hw->arm.region[i].rbar;
        const uint32_t n = size_log2(rasr);

        if (!is_usable(hw, rasr))
            continue;
        if (!is_in_block(rbar, n, addr)) {
            span_avoid(&span, addr, block_first(rbar, n), block_last(rbar, n));
            continue;
        }
        struct mpu_span part = like_subregions(rbar, rasr, addr);
        span_keep(&span, part.lo, part.hi);
        if (!is_subregion_disabled(rasr, n, addr))
            break;
    }
    *lo = span.lo;
    *hi = span.hi;
}

bool armv7m_hw_decode_region(const struct mpu_hw *hw, uint32_t index, struct mpu_hw_region *region)
{
    if (index >= hw->regions || !is_usable(hw, hw->arm.region[index].attr))
        return false;

    const uint32_t rasr = hw->arm.region[index].attr, rbar = hw->arm.region[index].rbar;
    *region = (struct mpu_hw_region){
        .first = block_first(rbar, size_log2(rasr)),
        .last = block_last(rbar, size_log2(rasr)),
        .disabled_subregions = (uint8_t)disabled_subregions(rasr),
        .privileged_rights = (uint8_t)rights_of(rasr, true),
        .unprivileged_rights = (uint8_t)rights_of(rasr, false),
    };
    return true;
}
