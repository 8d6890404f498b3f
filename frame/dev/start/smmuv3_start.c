/*
 * The SMMUv3 at start: finds out whether the frame can drive it, and has it refuse everything until
 * a partition's stream is opened. Runs once, on the boot core, while memory is mapped at its
 * physical addresses. Entries are written before the SMMU hears of them.
 */
#include <dev/smmuv3.h>
#include <frame/smmu.h>
#include <frame/stop.h>
#include <machine/device.h>
#include <machine/sysreg.h>
#include <pure/stage2.h>

#define TRIES 100000u

/* Second word of a stage-1 entry: the SMMU reads its context as write-back, inner shareable memory;
 * shareability is as the device says. */
#define STE_CONTEXT_CACHED (1ULL << 2 | 1ULL << 4 | 3ULL << 6)
#define STE_SHCFG          (1ULL << 44)
/* Third word of a stage-2 entry: AArch64 tables, never in device memory; faults are recorded. */
#define STE_S2_BITS (1ULL << 51 | 1ULL << 54 | 1ULL << 58)

/* First word of a context: AArch64, one table (TTB0), faults are recorded and refused at once,
 * translations aren't shared with the cores. */
#define CONTEXT_WALK (1ULL << 8 | 1ULL << 10 | 3ULL << 12) /* write-back, inner shareable */
#define CONTEXT_BITS (1ULL << 30 | 1ULL << 31 | 1ULL << 41 | 1ULL << 45 | 1ULL << 46 | 1ULL << 47)
#define CONTEXT_IPS  32
#define CONTEXT_ASID 48
#define CONTEXT_MAIR 0x04ffULL /* attribute 0: write-back; 1: Device-nGnRE */

static uint32_t smmu_read(va_t base, uint32_t offset)
{
	return device_read(base.at + offset);
}

static void smmu_write(va_t base, uint32_t offset, uint32_t value)
{
	device_write(base.at + offset, value);
}

static bool wait_until(va_t base, uint32_t offset, uint32_t mask, uint32_t value)
{
	for (uint32_t i = 0; i < TRIES; i++)
		if ((smmu_read(base, offset) & mask) == value)
			return true;
	return false;
}

static void require(bool done)
{
	if (!done)
		stop_machine("the SMMU doesn't answer: start the machine anew; is its address in "
		             "the board file right?");
}

static void set_and_wait(va_t base, uint32_t offset, uint32_t value)
{
	smmu_write(base, offset, value);
	require(wait_until(base, offset + 4, ~0u, value));
}

bool smmu_has_stage2(va_t base)
{
	return (smmu_read(base, SMMU_IDR0) & IDR0_S2P) != 0;
}

const char *smmu_unfit(va_t base)
{
	uint32_t idr0 = smmu_read(base, SMMU_IDR0), idr1 = smmu_read(base, SMMU_IDR1);

	if ((idr0 & (IDR0_S1P | IDR0_S2P)) == 0 || (idr0 & IDR0_TTF_AARCH64) == 0)
		return "it doesn't translate by AArch64's tables";
	if ((idr0 & IDR0_COHACC) == 0)
		return "it reads memory past the caches (IDR0.COHACC is 0)";
	if ((idr0 & IDR0_STALL_MODEL) == IDR0_STALL_FORCED)
		return "it makes devices wait instead of refusing them (IDR0.STALL_MODEL is 2)";
	if ((idr0 & IDR0_TTENDIAN) == IDR0_BIG_ENDIAN)
		return "it reads tables in big-endian order";
	if ((smmu_read(base, SMMU_IDR5) & IDR5_GRAN4K) == 0)
		return "it has no pages of 4 KiB";
	if ((idr1 >> 30 & 1) != 0 || (idr1 >> 29 & 1) != 0)
		return "its tables or queues are fixed by the hardware";
	if ((idr1 & 0x3f) < 8 || (idr1 >> 21 & 0x1f) < 8 || (idr1 >> 16 & 0x1f) < 7)
		return "its queues or stream IDs are too few";
	return 0;
}

/* ---- tables ---- */

/* Returns the size of addresses that tables may give: 48 bits at most, as pages of 4 KiB can't have
 * more. */
static uint64_t output_size(va_t base)
{
	uint64_t size = smmu_read(base, SMMU_IDR5) & 7;

	return size < 5 ? size : 5;
}

static void fill_context(va_t base, uint64_t context[8], const struct stage2 *tables)
{
	context[0] = (64 - STAGE2_IPA_BITS) | CONTEXT_WALK | CONTEXT_BITS |
	             output_size(base) << CONTEXT_IPS | (uint64_t)tables->vmid << CONTEXT_ASID;
	context[1] = tables->root_pa.at;
	context[3] = CONTEXT_MAIR;
}

void smmu_init_domain(va_t base, struct smmu_memory *memory, uint32_t partition,
                      const struct stage2 *tables, struct smmu_domain *domain)
{
	if (smmu_has_stage2(base)) {
		domain->open = STE_VALID | STE_STAGE2;
		domain->forget = COMMAND_TLBI_S12_VMALL | COMMAND_VMID(tables->vmid);
		return;
	}
	fill_context(base, memory->context[partition], tables);
	domain->open = STE_VALID | STE_STAGE1 | va_of(memory->context[partition]).at;
	domain->forget = COMMAND_TLBI_NH_ASID | COMMAND_ASID(tables->vmid);
}

void smmu_init_stream(va_t base, struct smmu_memory *memory, uint32_t stream,
                      const struct stage2 *tables)
{
	uint64_t *entry = memory->stream[stream];

	if (!smmu_has_stage2(base)) {
		entry[1] = STE_CONTEXT_CACHED | STE_SHCFG;
		return;
	}
	entry[1] = STE_SHCFG;
	/* the fields from T0SZ to PS are as in VTCR_EL2 */
	entry[2] = tables->vmid | (stage2_vtcr(output_size(base)) & 0x7ffff) << 32 | STE_S2_BITS;
	entry[3] = tables->root_pa.at;
}

/* ---- the SMMU itself ---- */

/* Turns the SMMU off and has it refuse all accesses while it is off. */
static void refuse_all(va_t base)
{
	require(wait_until(base, SMMU_GBPA, GBPA_UPDATE, 0));
	smmu_write(base, SMMU_GBPA, GBPA_ABORT | GBPA_UPDATE);
	require(wait_until(base, SMMU_GBPA, GBPA_UPDATE, 0));
	set_and_wait(base, SMMU_CR0, 0);
	set_and_wait(base, SMMU_IRQ_CTRL, 0); /* interrupts are configured while they are off */
}

static void set_queues(va_t base, struct smmu_memory *memory)
{
	device_write_64(base.at + SMMU_CMDQ_BASE, va_of(memory->command).at | 8);
	smmu_write(base, SMMU_CMDQ_PROD, 0);
	smmu_write(base, SMMU_CMDQ_CONS, 0);
	device_write_64(base.at + SMMU_EVENTQ_BASE, va_of(memory->event).at | 7);
	smmu_write(base, SMMU_EVENTQ_PROD, 0);
	smmu_write(base, SMMU_EVENTQ_CONS, 0);
}

/* Forgets all that the SMMU has cached of an earlier life of the machine. */
static void smmu_forget_all(va_t base, struct smmu_memory *memory)
{
	static const uint64_t commands[][2] = {
	    {COMMAND_CFGI_ALL, COMMAND_ALL_STREAMS},
	    {COMMAND_TLBI_NSNH_ALL, 0},
	    {COMMAND_SYNC, 0},
	};
	uint32_t count = sizeof(commands) / sizeof(commands[0]);

	for (uint32_t i = 0; i < count; i++) {
		memory->command[i][0] = commands[i][0];
		memory->command[i][1] = commands[i][1];
	}
	memory->produced = count;
	barrier_full();
	smmu_write(base, SMMU_CMDQ_PROD, count);
	require(wait_until(base, SMMU_CMDQ_CONS, 0x7fffffff, count));
}

void smmu_init(va_t base, struct smmu_memory *memory)
{
	for (uint32_t i = 0; i < BUNDLE_STREAMS; i++)
		memory->stream[i][0] = STE_VALID | STE_ABORT;
	barrier_full();
	refuse_all(base);
	smmu_write(base, SMMU_CR1, CR1_COHERENT);
	smmu_write(base, SMMU_CR2, CR2_PTM);
	device_write_64(base.at + SMMU_STRTAB_BASE, va_of(memory->stream).at);
	smmu_write(base, SMMU_STRTAB_BASE_CFG, 8);
	set_queues(base, memory);
	smmu_write(base, SMMU_GERRORN, smmu_read(base, SMMU_GERROR));
	device_write_64(base.at + SMMU_GERROR_IRQ_CFG0, 0); /* by wires, not by messages */
	device_write_64(base.at + SMMU_EVENTQ_IRQ_CFG0, 0);
	set_and_wait(base, SMMU_CR0, CR0_CMDQEN);
	smmu_forget_all(base, memory);
	set_and_wait(base, SMMU_CR0, CR0_CMDQEN | CR0_EVENTQEN);
	set_and_wait(base, SMMU_IRQ_CTRL, IRQ_GERROR | IRQ_EVENTQ);
	set_and_wait(base, SMMU_CR0, CR0_CMDQEN | CR0_EVENTQEN | CR0_SMMUEN);
}
