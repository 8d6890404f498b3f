/*
 * The physical GICv3: one security state (DS = 1) or the non-secure one, affinity routing.
 * Everything is in group 1; the frame drops priorities and guests deactivate (EOImode 1). A GIC
 * that doesn't answer, or that the frame can't drive, stops the start with a message.
 */
#include <frame/core.h>
#include <frame/gic.h>
#include <frame/mail.h>
#include <frame/print.h>
#include <frame/report.h>
#include <machine/gic_cpu.h>

#define GICD_CTLR       0x0000
#define GICD_TYPER      0x0004
#define GICD_IGROUPR    0x0080
#define GICD_ISENABLER  0x0100
#define GICD_ICENABLER  0x0180
#define GICD_ISPENDR    0x0200
#define GICD_ICPENDR    0x0280
#define GICD_ISACTIVER  0x0300
#define GICD_ICACTIVER  0x0380
#define GICD_IPRIORITYR 0x0400
#define GICD_ICFGR      0x0c00
#define GICD_IROUTER    0x6000
#define GICR_TYPER      0x0008
#define GICR_WAKER      0x0014
#define GICR_SGI        0x10000
#define GICR_STEP       0x20000

#define CTLR_ENABLE_1  (1u << 1)
#define CTLR_ARE       (1u << 4)
#define CTLR_RWP       (1u << 31)
#define WAKER_SLEEP    (1u << 1)
#define WAKER_CHILDREN (1u << 2)
#define TYPER_LAST     (1u << 4)

/* The frame's own interrupts go before a guest's. */
#define PRIORITY_GUEST 0xa0a0a0a0u
#define PRIORITY_FRAME 0x80

static inline volatile uint32_t *reg(uint64_t base, uint64_t offset)
{
	return (volatile uint32_t *)(base + offset);
}

static inline void dist_write(uint64_t offset, uint32_t value)
{
	*reg(LAYOUT_GICD, offset) = value;
}

static inline uint32_t dist_read(uint64_t offset)
{
	return *reg(LAYOUT_GICD, offset);
}

static inline void private_write(uint64_t offset, uint32_t value)
{
	*reg(LAYOUT_GICR, GICR_SGI + offset) = value;
}

#define TRIES 100000

/* False: it never did. */
static bool becomes_zero(const volatile uint32_t *at, uint32_t bits)
{
	for (uint32_t i = 0; i < TRIES; i++) {
		if ((*at & bits) == 0)
			return true;
		__asm__ volatile("yield");
	}
	return false;
}

/* What is written is read again: without affinity routing or group 1 no interrupt would come. */
static void set_control(uint64_t base, uint32_t value)
{
	volatile uint32_t *control = reg(base, GICD_CTLR);

	*control = value;
	if (!becomes_zero(control, CTLR_RWP)) {
		print(
		    "kumiki: the GIC's distributor doesn't finish a write (GICD_CTLR.RWP stays)\n");
		stop_machine("start the machine anew; is gicd_base of its board file right?");
	}
	if ((*control & value) != value) {
		print("kumiki: GICD_CTLR says 0x%lx after 0x%lx was written\n", PRINT_X(*control),
		      PRINT_X(value));
		stop_machine("a GICv3 with affinity routing and group 1 at EL2 is needed");
	}
}

/* Of an older GIC not even the registers are where a GICv3's are. */
static void look_for_interface(void)
{
	if ((sysreg_read(id_aa64pfr0_el1) >> 24 & 0xf) != 0)
		return;
	print("kumiki: the CPU has no GIC system registers (ID_AA64PFR0_EL1.GIC is 0)\n");
	stop_machine("a GICv3 is needed; in QEMU: -M virt,virtualization=on,gic-version=3");
}

AT_START void gic_init_distributor(va_t base)
{
	uint32_t words;

	look_for_interface();
	words = (*reg(base.at, GICD_TYPER) & 0x1f) + 1;
	set_control(base.at, 0);
	for (uint32_t word = 1; word < words; word++) {
		*reg(base.at, GICD_ICENABLER + 4 * word) = ~0u;
		*reg(base.at, GICD_ICPENDR + 4 * word) = ~0u;
		*reg(base.at, GICD_ICACTIVER + 4 * word) = ~0u;
		*reg(base.at, GICD_IGROUPR + 4 * word) = ~0u;
		for (uint32_t i = 0; i < 8; i++)
			*reg(base.at, GICD_IPRIORITYR + 32 * word + 4 * i) = PRIORITY_GUEST;
	}
	set_control(base.at, CTLR_ARE | CTLR_ENABLE_1);
}

static void wake_redistributor(void)
{
	volatile uint32_t *waker = reg(LAYOUT_GICR, GICR_WAKER);

	*waker &= ~WAKER_SLEEP;
	if (becomes_zero(waker, WAKER_CHILDREN))
		return;
	report_last_words();
	print("kumiki: core %u: its redistributor doesn't wake (GICR_WAKER.ChildrenAsleep stays)\n",
	      core.index);
	stop_machine("start the machine anew; is gicr_base of its board file right?");
}

static void find_list_registers(void)
{
	uint32_t type = (uint32_t)sysreg_get(ICH_VTR_EL2);
	const char *why = gic_interface_unfit(type);

	if (why != 0) {
		report_last_words();
		print("kumiki: core %u: ICH_VTR_EL2 is 0x%lx\n", core.index, PRINT_X(type));
		stop_machine(why);
	}
	core.list_registers = (type & 0x1f) + 1;
}

static void set_private_priority(uint32_t own)
{
	volatile uint8_t *priority = (volatile uint8_t *)(LAYOUT_GICR + GICR_SGI + GICD_IPRIORITYR);

	for (uint32_t i = 0; i < 8; i++)
		private_write(GICD_IPRIORITYR + 4 * i, PRIORITY_GUEST);
	for (uint32_t i = 0; i < 32; i++)
		if ((own >> i & 1) != 0)
			priority[i] = PRIORITY_FRAME;
}

void gic_init_core(uint32_t own)
{
	wake_redistributor();
	private_write(GICD_ICENABLER, ~0u);
	private_write(GICD_ICPENDR, ~0u);
	private_write(GICD_ICACTIVER, ~0u);
	private_write(GICD_IGROUPR, ~0u);
	set_private_priority(own);

	sysreg_set(ICC_SRE_EL2, 0xf);
	barrier_instruction();
	sysreg_set(ICC_CTLR_EL1, 2); /* EOImode: priority drop apart from deactivation */
	sysreg_set(ICC_PMR_EL1, 0xff);
	sysreg_set(ICC_BPR1_EL1, 0);
	sysreg_set(ICC_IGRPEN1_EL1, 1);
	find_list_registers();
	for (uint32_t i = 0; i < core.list_registers; i++)
		lr_write(i, 0);
	lr_want_maintenance(0);
	private_write(GICD_ISENABLER, own);
	/* Messages may have been posted before this core could hear of them. */
	private_write(GICD_ISPENDR, 1u << GIC_SGI_MAIL);
	barrier_full();
	barrier_instruction();
}

AT_START uint64_t gic_find_redistributor(uint64_t base, uint64_t size, uint64_t affinity)
{
	uint64_t packed = (affinity & 0xffffff) | (affinity >> 32 & 0xff) << 24;

	for (uint64_t at = base; at + GICR_STEP <= base + size; at += GICR_STEP) {
		uint32_t low = *reg(at, GICR_TYPER);

		if (*reg(at, GICR_TYPER + 4) == packed)
			return at;
		if ((low & TYPER_LAST) != 0)
			break;
	}
	return 0;
}

/* ---- a word of interrupts ---- */

static inline void write_bits(va_t bits, uint64_t offset, uint32_t mask)
{
	if (mask != 0)
		*reg(bits.at, offset) = mask;
}

void gic_set_enable(va_t bits, uint32_t mask)
{
	write_bits(bits, GICD_ISENABLER, mask);
}

void gic_clear_enable(va_t bits, uint32_t mask)
{
	write_bits(bits, GICD_ICENABLER, mask);
}

void gic_set_pending(va_t bits, uint32_t mask)
{
	write_bits(bits, GICD_ISPENDR, mask);
}

void gic_clear_pending(va_t bits, uint32_t mask)
{
	write_bits(bits, GICD_ICPENDR, mask);
}

void gic_clear_active(va_t bits, uint32_t mask)
{
	write_bits(bits, GICD_ICACTIVER, mask);
}

uint32_t gic_pending(va_t bits)
{
	return *reg(bits.at, GICD_ISPENDR);
}

uint32_t gic_active(uint32_t word)
{
	return dist_read(GICD_ISACTIVER + 4 * word);
}

void gic_route(uint32_t intid, uint64_t affinity)
{
	*(volatile uint64_t *)(LAYOUT_GICD + GICD_IROUTER + 8 * (uint64_t)intid) = affinity;
}

/* Sixteen bits to every second bit, from bit 1 on. */
static uint32_t spread(uint32_t bits)
{
	bits = (bits & 0xffff) | (bits & 0xffff) << 8;
	bits = (bits & 0x00ff00ff) | (bits & 0x00ff00ff) << 4;
	bits = (bits & 0x0f0f0f0f) | (bits & 0x0f0f0f0f) << 2;
	bits = (bits & 0x33333333) | (bits & 0x33333333) << 1;
	return (bits & 0x55555555) << 1;
}

/* The one distributor register that is read, changed and written back: its words are shared. */
static void set_config(uint64_t offset, uint32_t mask, uint32_t value)
{
	uint32_t turn;

	if (mask == 0)
		return;
	/* In the order of asking: at most as many turns as there are other cores. */
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

/* ---- list registers ---- */

/* ICH_LR<n>_EL2 is S3_4_C12_C12_n, and C13 from 8 on; the first four are in machine/gic_cpu.h. */
#define LR_CASES(CASE)                                                                             \
	CASE(4, S3_4_C12_C12_4)                                                                    \
	CASE(5, S3_4_C12_C12_5)                                                                    \
	CASE(6, S3_4_C12_C12_6)                                                                    \
	CASE(7, S3_4_C12_C12_7)                                                                    \
	CASE(8, S3_4_C12_C13_0)                                                                    \
	CASE(9, S3_4_C12_C13_1)                                                                    \
	CASE(10, S3_4_C12_C13_2)                                                                   \
	CASE(11, S3_4_C12_C13_3)                                                                   \
	CASE(12, S3_4_C12_C13_4)                                                                   \
	CASE(13, S3_4_C12_C13_5)                                                                   \
	CASE(14, S3_4_C12_C13_6)                                                                   \
	CASE(15, S3_4_C12_C13_7)

uint64_t lr_read_high(uint32_t index)
{
#define LR_READ(n, name)                                                                           \
	case n:                                                                                    \
		return sysreg_get(name);
	switch (index) {
		LR_CASES(LR_READ)
	default:
		return 0;
	}
}

void lr_write_high(uint32_t index, uint64_t value)
{
#define LR_WRITE(n, name)                                                                          \
	case n:                                                                                    \
		sysreg_set(name, value);                                                           \
		break;
	switch (index) {
		LR_CASES(LR_WRITE)
	default:
		break;
	}
}

/*
 * What ICH_VMCR_EL2 has is all of PMR, BPR0, BPR1, IGRPEN0, IGRPEN1 and CTLR. A guest has system
 * registers from its first instruction on: the old interface in memory is nobody's.
 */
void vcpu_interface_reset(void)
{
	sysreg_set(ICC_SRE_EL1, 7);
	barrier_instruction();
	sysreg_set(ICH_VMCR_EL2, 0);
	sysreg_set(ICH_AP0R0_EL2, 0);
	sysreg_set(ICH_AP1R0_EL2, 0);
	lr_want_maintenance(0);
}
