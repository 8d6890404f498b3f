/* The core: its level and kind, features that the frame wants, caches. */
#include <doctor/doctor.h>
#include <doctor/errata.h>
#include <doctor/interrupts.h>
#include <machine/firmware.h>

/* Fields of MIDR_EL1. */
#define MIDR_PART(midr)     ((uint32_t)((midr) >> 4) & 0xfff)
#define MIDR_VARIANT(midr)  ((uint32_t)((midr) >> 20) & 0xf)
#define MIDR_REVISION(midr) ((uint32_t)(midr)&0xf)
#define MIDR_ARM(midr)      (((midr) >> 24 & 0xff) == 0x41)

#define AFFINITY 0xff00ffffffull /* of MPIDR_EL1 */

#define FIELD(value, shift) ((uint32_t)((value) >> (shift)) & 0xf)

uint64_t cpu_affinity(void)
{
	return sysreg_read(mpidr_el1) & AFFINITY;
}

bool cpu_has_pmu(void)
{
	const uint32_t pmu = FIELD(sysreg_read(id_aa64dfr0_el1), 8);

	return pmu != 0 && pmu != 0xf;
}

void cpu_level(void)
{
	report_good("EL2; the image lies at 0x%lx", PRINT_X(doctor_image()));
}

void cpu_kind(void)
{
	const uint64_t midr = sysreg_read(midr_el1), affinity = cpu_affinity();
	const struct errata_core *core = MIDR_ARM(midr) ? errata_find(MIDR_PART(midr)) : 0;

	if (interrupts_own_index() == DOCTOR_CORES)
		report_defect("this core's affinity is 0x%lx, which no cpu of the board file has; "
		              "correct the cpus' reg",
		              PRINT_X(affinity));
	else
		report_good("%s r%up%u, affinity 0x%lx (MIDR_EL1 0x%lx)",
		            core != 0 ? core->name : "a core unknown to the doctor",
		            MIDR_VARIANT(midr), MIDR_REVISION(midr), PRINT_X(affinity),
		            PRINT_X(midr));
	if (core == 0)
		report_note("errata of this core: unknown to Kumiki; read its maker's list");
	for (uint32_t i = 0; core != 0 && i < ERRATA_EACH && core->errata[i].number != 0; i++)
		report_note("erratum %s (%s): %s", core->errata[i].number, core->errata[i].fails,
		            core->errata[i].does);
}

/* ---- features ---- */

/* The bits of a physical address, by ID_AA64MMFR0_EL1.PARange. */
static uint32_t address_bits(uint64_t mmfr0)
{
	static const uint8_t bits[] = {32, 36, 40, 42, 44, 48, 52, 56};

	return FIELD(mmfr0, 0) < sizeof(bits) ? bits[FIELD(mmfr0, 0)] : 48;
}

static bool reaches_memory(uint64_t bits)
{
	for (uint32_t i = 0; i < told_facts->bank_count; i++) {
		const struct doctor_range *bank = &told_facts->banks[i];

		if (bank->size != 0 && (bank->base + bank->size - 1) >> bits != 0)
			return false;
	}
	return true;
}

/* Stage 1 and stage 2 have pages of 4 KiB. */
static bool has_small_pages(uint64_t mmfr0)
{
	const uint32_t second = FIELD(mmfr0, 40);

	return FIELD(mmfr0, 28) != 0xf && second != 1;
}

/* HCR_EL2.E2H can be 0 (FEAT_E2H0): the field is signed. */
static bool can_be_no_host(void)
{
	return (FIELD(sysreg_read(s3_0_c0_c7_4), 24) & 8) == 0;
}

void cpu_features(void)
{
	const uint64_t pfr0 = sysreg_read(id_aa64pfr0_el1), mmfr0 = sysreg_read(id_aa64mmfr0_el1);
	const uint32_t bits = address_bits(mmfr0);

	if (FIELD(pfr0, 4) == 0)
		report_defect("EL1 has no AArch64; no guest of Kumiki can run on this core");
	else if (!has_small_pages(mmfr0))
		report_defect("no pages of 4 KiB (ID_AA64MMFR0_EL1 0x%lx); the frame has no others",
		              PRINT_X(mmfr0));
	else if (!can_be_no_host())
		report_defect(
		    "EL2 is always a host's (ID_AA64MMFR4_EL1.E2H0); the frame runs at EL2 "
		    "without VHE alone");
	else if (!reaches_memory(bits))
		report_defect("physical addresses have %u bits, and memory of the board file lies "
		              "behind them; correct the memory's reg",
		              bits);
	else
		report_good(
		    "AArch64 at EL1, pages of 4 KiB, addresses of %u bits, VMIDs of %u bits", bits,
		    FIELD(sysreg_read(id_aa64mmfr1_el1), 4) == 2 ? 16 : 8);
}

/* ---- caches ---- */

#define CLIDR_TYPE(clidr, level) ((uint32_t)((clidr) >> (3 * (level))) & 7)
#define CACHE_INSTRUCTIONS       1u
#define CACHE_DATA               2u
#define LEVELS                   7

/* Selects a cache, and returns its size in KiB. */
static uint32_t cache_size(uint32_t level, bool instructions)
{
	const bool wide = FIELD(sysreg_read(id_aa64mmfr2_el1), 20) == 1; /* CCIDX */
	uint64_t size, ways, sets;

	sysreg_write(csselr_el1, level << 1 | instructions);
	barrier_instruction();
	size = sysreg_read(ccsidr_el1);
	ways = wide ? (size >> 3 & 0x1fffff) + 1 : (size >> 3 & 0x3ff) + 1;
	sets = wide ? (size >> 32 & 0xffffff) + 1 : (size >> 13 & 0x7fff) + 1;
	return (uint32_t)(((16ull << (size & 7)) * ways * sets) >> 10);
}

static void print_cache(uint32_t level, uint32_t type)
{
	if (type == (CACHE_INSTRUCTIONS | CACHE_DATA))
		print(", L%u %u KiB + %u KiB", level + 1, cache_size(level, true),
		      cache_size(level, false));
	else
		print(", L%u %u KiB", level + 1, cache_size(level, type == CACHE_INSTRUCTIONS));
}

void cpu_caches(void)
{
	const uint64_t ctr = sysreg_read(ctr_el0), clidr = sysreg_read(clidr_el1);

	if (!report_begin(REPORT_GOOD))
		return;
	print("lines of %u bytes of data, %u of instructions", 4u << (ctr >> 16 & 0xf),
	      4u << (ctr & 0xf));
	for (uint32_t level = 0; level < LEVELS && CLIDR_TYPE(clidr, level) != 0; level++)
		print_cache(level, CLIDR_TYPE(clidr, level));
	report_end();
}
