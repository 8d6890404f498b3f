/*
 * The physical GICv3 at start: the boot core sets up the distributor, and each core its own
 * redistributor and CPU interface. If a GIC doesn't answer, or the frame can't drive it, the start
 * stops with a message.
 */
#include <frame/print.h>
#include <frame/stop.h>
#include <frame/tables.h>
#include <gic/gicv3.h>
#include <machine/gic_cpu.h>
#include <state/core.h>

#define CTLR_ENABLE_1  (1u << 1)
#define CTLR_ARE       (1u << 4)
#define CTLR_DS        (1u << 6)
#define CTLR_RWP       (1u << 31)
#define WAKER_SLEEP    (1u << 1)
#define WAKER_CHILDREN (1u << 2)
#define TYPER_LAST     (1u << 4)

static inline void private_write(uint64_t offset, uint32_t value)
{
	*reg(LAYOUT_GICR, GICR_SGI + offset) = value;
}

/* Writes GICD_CTLR and reads the value back: without affinity routing or group 1 no interrupt would
 * come. */
static void gic_set_control(uint64_t base, uint32_t value)
{
	volatile uint32_t *control = reg(base, GICD_CTLR);

	*control = value;
	if (!gic_wait_for_zero(control, CTLR_RWP)) {
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

/* Stops the start if the CPU has no GIC system registers. (An older GIC doesn't even have its other
 * registers where a GICv3 has them.) */
static void look_for_interface(void)
{
	if ((sysreg_read(id_aa64pfr0_el1) >> 24 & 0xf) != 0)
		return;
	print("kumiki: the CPU has no GIC system registers (ID_AA64PFR0_EL1.GIC is 0)\n");
	stop_machine(
	    "a GICv3 is needed, with its system registers at EL2 (QEMU's -M virt,gic-version=3)");
}

void gic_init_distributor(va_t base)
{
	look_for_interface();
	gic_set_control(base.at, 0);
	gic_begin_spis(base.at, ~0u);
	gic_set_control(base.at, CTLR_ARE | CTLR_ENABLE_1);
}

static void wake_redistributor(void)
{
	volatile uint32_t *waker = reg(LAYOUT_GICR, GICR_WAKER);

	*waker &= ~WAKER_SLEEP;
	if (gic_wait_for_zero(waker, WAKER_CHILDREN))
		return;
	report_last_words();
	print("kumiki: core %u: its redistributor doesn't wake (GICR_WAKER.ChildrenAsleep stays)\n",
	      core.index);
	stop_machine("start the machine anew; is gicr_base of its board file right?");
}

/*
 * With a secure state the frame sees priorities through a window: a written value means a priority
 * in the lower half. If EL3 takes FIQs, the mask is seen like that, too; otherwise it is seen as it
 * is (IHI 0069, "Non-secure accesses to register fields for Secure interrupt priorities"). The
 * mask's least bit tells which: seen through the window, it reads as 0.
 */
void gic_begin_masks(void)
{
	bool one_state = (*reg(LAYOUT_GICD, GICD_CTLR) & CTLR_DS) != 0;
	uint32_t bits = (uint32_t)(sysreg_get(ICC_CTLR_EL1) >> 8 & 7) + 1;
	bool as_it_is;

	gic_mask(1u << (8 - bits));
	as_it_is = !one_state && sysreg_get(ICC_PMR_EL1) != 0;
	for (uint32_t rank = 0; rank <= GIC_CLASSES; rank++) {
		uint32_t mask = rank < GIC_CLASSES ? gic_mask_of(rank) : GIC_PRIORITY_PRIVATE;

		gic_masks[rank] = (uint8_t)(as_it_is ? 0x80 | mask >> 1 : mask);
	}
	gic_mask_all_but_timer();
}

/* A core that starts again may have taken an interrupt, and not dropped its priority. */
static void forget_running_priorities(void)
{
	uint32_t bits = (uint32_t)(sysreg_get(ICC_CTLR_EL1) >> 8 & 7) + 1;

	sysreg_set(ICC_AP1R0_EL1, 0); /* the others exist if there are more bits */
	if (bits > 5)
		sysreg_set(S3_0_C12_C9_1, 0);
	if (bits > 6) {
		sysreg_set(S3_0_C12_C9_2, 0);
		sysreg_set(S3_0_C12_C9_3, 0);
	}
}

void gic_init_core(uint32_t own)
{
	wake_redistributor();
	gic_begin_private(~0u);

	/* All vCPUs use system registers: a choice by EL1 would hold for the next vCPU, too. */
	sysreg_set(ICC_SRE_EL2, 7);
	barrier_instruction();
	sysreg_set(ICC_SRE_EL1, 7);
	barrier_instruction();
	forget_running_priorities();
	sysreg_set(ICC_CTLR_EL1, ICC_CTLR_EOIMODE);
	gic_begin_masks();
	gic_mask(GIC_MASK_NOTHING);
	sysreg_set(ICC_BPR1_EL1, 0);
	sysreg_set(ICC_IGRPEN1_EL1, 1);
	gic_begin_lists((uint32_t)sysreg_get(ICH_VTR_EL2), "ICH_VTR_EL2");
	lr_want_maintenance(0);
	private_write(GICD_ISENABLER, own);
	/* Messages may have been posted before this core could hear of them. */
	private_write(GICD_ISPENDR, ((1u << GIC_CLASSES) - 1) << GIC_MAIL);
	barrier_full();
	barrier_instruction();
}

/* With a secure state GICR_WAKER belongs to the firmware. A core that comes on waits for the
 * redistributor as long as it takes; a core that goes off only for a while. */
void gic_rest_core(void)
{
	volatile uint32_t *waker = reg(LAYOUT_GICR, GICR_WAKER);

	sysreg_set(ICC_IGRPEN1_EL1, 0);
	barrier_instruction();
	private_write(GICD_ICENABLER, ~0u);
	if ((*reg(LAYOUT_GICD, GICD_CTLR) & CTLR_DS) == 0)
		return;
	*waker |= WAKER_SLEEP;
	for (uint32_t i = 0; i < GIC_TRIES && (*waker & WAKER_CHILDREN) == 0; i++)
		__asm__ volatile("yield");
}

uint64_t gic_find_core(const struct bundle_board *board, uint64_t affinity)
{
	const uint64_t end = board->gicr_base + board->gicr_size;

	for (uint64_t at = board->gicr_base; at + GICR_STEP <= end; at += GICR_STEP) {
		uint32_t low = *reg(at, GICR_TYPER);

		if (*reg(at, GICR_TYPER + 4) == MPIDR_PACKED(affinity))
			return at;
		if ((low & TYPER_LAST) != 0)
			break;
	}
	return 0;
}

void gic_map_core(struct tables *tables, const struct bundle_board *board, uint64_t found)
{
	(void)board;
	tables_map(tables, LAYOUT_GICR, pa_at(found), GICR_STEP, TABLES_DEVICE);
}

uint64_t gic_guest_interface(const struct bundle_board *board)
{
	(void)board;
	return 0;
}
