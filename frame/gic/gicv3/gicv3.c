/*
 * The physical GICv3 at run time: with one security state (DS = 1), or in the non-secure one of
 * two; with affinity routing. All interrupts are in group 1. The frame drops priorities, and guests
 * deactivate (EOImode 1).
 */
#include <gic/gicv3.h>
#include <machine/gic_cpu.h>
#include <machine/local.h>
#include <state/core.h>
#include <state/partition.h>

uint8_t gic_masks[GIC_CLASSES + 1] CORE_LOCAL;
struct gicv3_timers gicv3_timers CORE_LOCAL;

static inline void dist_write(uint64_t offset, uint32_t value)
{
	*reg(LAYOUT_GICD, offset) = value;
}

static inline uint32_t dist_read(uint64_t offset)
{
	return *reg(LAYOUT_GICD, offset);
}

/* ---- a word of interrupts ---- */

static inline void gic_write_bits(va_t bits, uint64_t offset, uint32_t mask)
{
	if (mask != 0)
		*reg(bits.at, offset) = mask;
}

void gic_set_enable(va_t bits, uint32_t mask)
{
	gic_write_bits(bits, GICD_ISENABLER, mask);
}

void gic_clear_enable(va_t bits, uint32_t mask)
{
	gic_write_bits(bits, GICD_ICENABLER, mask);
}

void gic_set_pending(va_t bits, uint32_t mask)
{
	gic_write_bits(bits, GICD_ISPENDR, mask);
}

void gic_clear_pending(va_t bits, uint32_t mask)
{
	gic_write_bits(bits, GICD_ICPENDR, mask);
}

void gic_set_active(va_t bits, uint32_t mask)
{
	gic_write_bits(bits, GICD_ISACTIVER, mask);
}

void gic_clear_active(va_t bits, uint32_t mask)
{
	gic_write_bits(bits, GICD_ICACTIVER, mask);
}

uint32_t gic_pending(va_t bits)
{
	return *reg(bits.at, GICD_ISPENDR);
}

uint32_t gic_active(va_t bits)
{
	return *reg(bits.at, GICD_ISACTIVER);
}

void gic_set_timers_class(uint32_t rank)
{
	uint8_t priority = gicv3_timers.priorities[rank];

	*gicv3_timers.first = priority;
	*gicv3_timers.second = priority;
}

void gic_route(uint32_t intid, uint64_t affinity)
{
	*(volatile uint64_t *)(LAYOUT_GICD + GICD_IROUTER + 8 * (uint64_t)intid) = affinity;
}

void gic_set_priority(uint32_t intid, uint32_t priority)
{
	*(volatile uint8_t *)(LAYOUT_GICD + GICD_IPRIORITYR + intid) = (uint8_t)priority;
}

/* Spreads sixteen bits to every second bit, from bit 1 on. */
static uint32_t spread(uint32_t bits)
{
	bits = (bits & 0xffff) | (bits & 0xffff) << 8;
	bits = (bits & 0x00ff00ff) | (bits & 0x00ff00ff) << 4;
	bits = (bits & 0x0f0f0f0f) | (bits & 0x0f0f0f0f) << 2;
	bits = (bits & 0x33333333) | (bits & 0x33333333) << 1;
	return (bits & 0x55555555) << 1;
}

/* Changes bits of GICD_ICFGR. This is the only register of the distributor that is read, changed
 * and written back, and partitions share its words. */
static void set_config(uint64_t offset, uint32_t mask, uint32_t value)
{
	uint32_t turn;

	if (mask == 0)
		return;
	/* Cores take turns in the order in which they ask, so this core waits for each other core
	 * once at most. */
	turn = __atomic_fetch_add(&shared_memory->config_asked, 1, __ATOMIC_RELAXED);
	while (__atomic_load_n(&shared_memory->config_turn, __ATOMIC_ACQUIRE) != turn)
		__asm__ volatile("yield");
	dist_write(offset, (dist_read(offset) & ~mask) | (value & mask));
	__atomic_store_n(&shared_memory->config_turn, turn + 1, __ATOMIC_RELEASE);
}

void gic_set_edges(uint32_t word, uint32_t mask, uint32_t edge)
{
	set_config(GICD_ICFGR + 8 * word, spread(mask), spread(edge));
	set_config(GICD_ICFGR + 8 * word + 4, spread(mask >> 16), spread(edge >> 16));
}

uint32_t gic_typer(void)
{
	return dist_read(GICD_TYPER);
}

uint32_t gic_identification(uint32_t offset)
{
	return dist_read(offset);
}

uint32_t gic_redistributor_identification(uint32_t offset)
{
	return *reg(LAYOUT_GICR, offset);
}

/* A vCPU that doesn't run, or is under a debugger, may have its interface off. */
static bool interface_differs(void)
{
	const struct vcpu *vcpu = core.vcpu;

	if ((sysreg_get(ICC_CTLR_EL1) & ICC_CTLR_EOIMODE) == 0 ||
	    (sysreg_get(ICC_IGRPEN1_EL1) & 1) == 0 || (sysreg_get(ICC_SRE_EL2) & 1) == 0)
		return true;
	return vcpu != 0 && core.current == &vcpu->context &&
	       vcpu->partition->debug.attached == 0 && (sysreg_get(ICH_HCR_EL2) & ICH_HCR_EN) == 0;
}

bool gic_core_differs(void)
{
	const volatile uint8_t *priority =
	    (const volatile uint8_t *)(LAYOUT_GICR + GICR_SGI + GICD_IPRIORITYR);

	return interface_differs() ||
	       (~*reg(LAYOUT_GICR, GICR_SGI + GICD_ISENABLER) & core.own[0]) != 0 ||
	       priority[core_bundle->board.hyp_timer_intid] != GIC_PRIORITY_TIMER;
}

/* ---- list registers ---- */

/*
 * ICH_LR<n>_EL2 is S3_4_C12_C12_n, and with C13 from 8 on. The first four are in machine/gic_cpu.h.
 * For each of the others there are two instructions, in order, and a jump goes to the right two. An
 * index is always below core.list_registers.
 */
#define EACH_HIGH(what)                                                                            \
	"	adr	%[at], 1f\n"                                                                         \
	"	add	%[at], %[at], %[number], lsl #3\n"                                                   \
	"	br	%[at]\n"                                                                              \
	"1:\n"                                                                                     \
	"	.irp n, C12_4,C12_5,C12_6,C12_7,C13_0,C13_1,C13_2,C13_3,C13_4,C13_5,C13_6,C13_7\n"       \
	"	" what "\n"                                                                        \
	"	b	2f\n"                                                                                  \
	"	.endr\n"                                                                                 \
	"2:"

uint64_t lr_read_high(uint32_t index)
{
	uint64_t at, value;

	__asm__ volatile(EACH_HIGH("mrs %[value], S3_4_C12_\\n")
	                 : [at] "=&r"(at), [value] "=&r"(value)
	                 : [number] "r"((uint64_t)index - 4));
	return value;
}

void lr_write_high(uint32_t index, uint64_t value)
{
	uint64_t at;

	__asm__ volatile(EACH_HIGH("msr S3_4_C12_\\n, %[value]")
	                 : [at] "=&r"(at)
	                 : [number] "r"((uint64_t)index - 4), [value] "r"(value)
	                 : "memory");
}

/* ICH_VMCR_EL2 contains PMR, BPR0, BPR1, IGRPEN0, IGRPEN1 and CTLR. */
void vcpu_interface_reset(void)
{
	sysreg_set(ICH_VMCR_EL2, 0);
	sysreg_set(ICH_AP0R0_EL2, 0);
	sysreg_set(ICH_AP1R0_EL2, 0);
	lr_want_maintenance(0);
}
