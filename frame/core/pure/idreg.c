/*
 * The guests' view of the ID registers, as a table; see pure/idreg.h. Nearly all fields are four
 * bits wide and grow with the feature. So one number for a register says the most that each field
 * may show. 0 hides the feature, and f passes the hardware's value. A number between these is the
 * last version that the frame supports: it saves the registers which that version adds, or there
 * are none. In a signed field, f in the hardware's value means that the feature isn't
 * there; it passes.
 */
#include <pure/idreg.h>

/* Limits for AArch32's registers, of 32 bits, by CRm - 1 and op2. The digits of a limit, from the
 * left, are the fields from the highest bit down. */
static const uint32_t limits32[3][8] = {
    [0] =
        {
            /* ID_PFR0: CSV2 as in ID_AA64PFR0; without RAS (errors are the frame's), AMU (its
             * counters aren't switched) */
            [0] = 0x0f01ffff,
            /* ID_PFR1: without the security extension (EL3), virtualization (EL2) and parts of
               it */
            [1] = 0xf00f0f0f,
            /* ID_DFR0: PMU and debug; secure debug and trace never */
            [2] = 0x08000009,
            /* ID_AFR0: implementation defined: unknown */
            [3] = 0,
            /* ID_MMFR0 to 3: what AArch32 at EL0 has */
            [4] = 0xffffffff,
            [5] = 0xffffffff,
            [6] = 0xffffffff,
            [7] = 0xffffffff,
        },
    [1] =
        {
            /* ID_ISAR0 to 5, 6: instructions */
            [0] = 0xffffffff,
            [1] = 0xffffffff,
            [2] = 0xffffffff,
            [3] = 0xffffffff,
            [4] = 0xffffffff,
            [5] = 0xffffffff,
            /* ID_MMFR4: without EVT (traps of EL2), XNX (stage 2) */
            [6] = 0x0ffff0ff,
            [7] = 0xffffffff,
        },
    [2] =
        {
            /* MVFR0 to 2 */
            [0] = 0xffffffff,
            [1] = 0xffffffff,
            [2] = 0xffffffff,
            /* ID_PFR2: CSV3, SSBS; without RAS_frac */
            [4] = 0x000000ff,
            /* ID_DFR1: MTPMU and HPMN0 are EL2's and EL3's */
            [5] = 0,
            /* ID_MMFR5: ETS, nTLBPA */
            [6] = 0x000000ff,
        },
};

/* Limits for AArch64's registers, by CRm - 4 and op2. */
static const uint64_t limits64[4][IDREG_64] = {
    [0] =
        {
            /* ID_AA64PFR0: CSV3, CSV2 (1: without SCXTNUM, which isn't switched), DIT, GIC
             * system registers, AdvSIMD, FP, EL1 (1: AArch64 only, HCR_EL2.RW is set), EL0.
             * Without RME, AMU, MPAM, secure EL2, SVE (not switched), RAS, EL3, EL2. */
            [0] = 0xf10f00000fff001f,
            /* ID_AA64PFR1: SSBS, BT. Without MTE (HCR_EL2.ATA is 0), SME, NMI (not
             * virtualized), GCS and the rest, whose registers are trapped or not switched. */
            [1] = 0x00000000000000ff,
            /* Nothing of ID_AA64PFR2 ([2]), ZFR0 ([4], SVE), SMFR0 ([5], SME), FPFR0 ([7], FP8)
             */
        },
    [1] =
        {
            /* ID_AA64DFR0: DoubleLock, CTX_CMPs, WRPs and BRPs (DEBUG_WATCHPOINTS and
             * DEBUG_BREAKPOINTS), PMU (up to PMUv3p8), debug (up to v8.4). Never trace, trace
             * buffer, statistical profiling, branch records */
            [0] = 0x000000f0f0305809,
            /* ID_AA64DFR1, DFR2, AFR0, AFR1: none */
        },
    [2] =
        {
            /* ID_AA64ISAR0: all instructions except TME (HCR_EL2.TME is 0) */
            [0] = 0xfffffffff0fffff0,
            /* ID_AA64ISAR1: without LS64 (HCRX_EL2), pointer authentication included */
            [1] = 0x0fffffffffffffff,
            /* ID_AA64ISAR2: without ATS1A, 128-bit system registers, MOPS, LUT (HCRX_EL2 or a
             * later register enables them), WFxT (a trapped WFIT would need its time-out) */
            [2] = 0x00ff0f00fff0fff0,
            /* ID_AA64ISAR3: newer than this frame: none */
        },
    [3] =
        {
            /* ID_AA64MMFR0: without ECV, FGT, stage-2 granules, secure memory; physical
             * addresses of at most 40 bits, the least that can name all that stage 2 maps (39)
             */
            [0] = 0x0000f000ffff0ff2,
            /* ID_AA64MMFR1: without CMOW, HCX, TWED, XNX, VH, VMIDs (EL2's), LORegions
             * (trapped); HAFDBS up to 2 (TCR2_EL1 enables 3) */
            [1] = 0xf0fff0f00ff0f002,
            /* ID_AA64MMFR2: without EVT, FWB, NV (EL2's), IESB (RAS); VARange up to 52 bits */
            [2] = 0xf0ff00fff0f10fff,
            /* ID_AA64MMFR3, MMFR4: registers that HCRX_EL2 keeps from EL1: none */
        },
};

static uint64_t limit_of(uint32_t crm, uint32_t op2)
{
	if (crm >= 1 && crm < 4 && op2 < 8)
		return limits32[crm - 1][op2];
	return crm >= 4 && crm < 8 && op2 < IDREG_64 ? limits64[crm - 4][op2] : 0;
}

#define OTHER_DIGITS 0x0f0f0f0f0f0f0f0fULL
#define FIFTH_BITS   0x1010101010101010ULL

/* Returns the lesser value of each of 8 digits. Each digit has room for a fifth bit, which stays
 * set where limit - value needs no borrow. */
static uint64_t least_of_others(uint64_t value, uint64_t limit)
{
	uint64_t within = ((limit | FIFTH_BITS) - value) & FIFTH_BITS;
	uint64_t taken = within - (within >> 4);

	return (value & taken) | (limit & ~taken);
}

/* Returns the lesser value of each of the 16 digits. */
static uint64_t least_of_each_digit(uint64_t value, uint64_t limit)
{
	return least_of_others(value & OTHER_DIGITS, limit & OTHER_DIGITS) |
	       least_of_others(value >> 4 & OTHER_DIGITS, limit >> 4 & OTHER_DIGITS) << 4;
}

/* In PMUVer and PerfMon f isn't a high version, but a PMU of an unknown kind, which a guest can't
 * use: hides it. */
static uint64_t without_unknown_pmu(uint64_t value, uint32_t shift)
{
	return (value >> shift & 0xf) == 0xf ? value & ~(0xfULL << shift) : value;
}

uint64_t idreg_view(uint32_t crm, uint32_t op2, uint64_t hardware_value)
{
	if (crm == 5 && op2 == 0)
		hardware_value = without_unknown_pmu(hardware_value, 8);
	if (crm == 1 && op2 == 2)
		hardware_value = without_unknown_pmu(hardware_value, 24);
	return least_of_each_digit(hardware_value, limit_of(crm, op2));
}
