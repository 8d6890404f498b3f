/*
 * The physical GICv2 at start: the boot core sets up the distributor, and each core its banked
 * registers and its CPU interface. If a GIC doesn't answer, or the frame can't drive it, the start
 * stops with a message.
 */
#include <dev/gic.h>
#include <frame/print.h>
#include <frame/stop.h>
#include <frame/tables.h>
#include <gic/gicv2.h>
#include <lib/bundle.h>
#include <machine/gic_cpu.h>
#include <state/core.h>

#define PIDR2_ARCHITECTURE(pidr2) ((pidr2) >> 4 & 0xf)
#define TYPER_INTERFACES(typer)   (((typer) >> 5 & 7) + 1)
#define SGI_WORDS                 4 /* of GICD_SPENDSGIR and GICD_CPENDSGIR: a byte for each SGI */
#define EACH_BYTE                 0x01010101u

/* With security extensions this is the non-secure side's group 1, otherwise group 0. Both have the
 * same bit to enable them. */
#define GROUP  0u
#define ENABLE 1u

void gic_init_distributor(va_t base)
{
	if (PIDR2_ARCHITECTURE(*reg(base.at, GICD_ICPIDR2)) != 2) {
		print("kumiki: GICD_ICPIDR2 is 0x%lx\n", PRINT_X(*reg(base.at, GICD_ICPIDR2)));
		stop_machine("a GICv2 is needed (" GIC_QEMU ")");
	}
	*reg(base.at, GICD_CTLR) = 0;
	gic_begin_spis(base.at, GROUP);
	*reg(base.at, GICD_CTLR) = ENABLE;
}

/* Returns this core's CPU interface as a bit. */
static uint32_t own_interface(void)
{
	return 1u << MPIDR_AFF0(bundle_cores(core_bundle)[core.index].affinity);
}

/* A GIC of one core has no targets to show. */
static void look_for_interface(void)
{
	const uint64_t affinity = bundle_cores(core_bundle)[core.index].affinity;
	const uint32_t is = *reg(LAYOUT_GICD, GICD_ITARGETSR) & 0xff;

	if (is == own_interface() ||
	    (is == 0 && TYPER_INTERFACES(*reg(LAYOUT_GICD, GICD_TYPER)) == 1))
		return;
	report_last_words();
	print("kumiki: core %u: its CPU interface is 0x%lx in GICD_ITARGETSR0, and its affinity "
	      "0x%lx\n",
	      core.index, PRINT_X(is), PRINT_X(affinity));
	stop_machine("a GICv2 whose interfaces are numbered as the cores are is needed");
}

/* Which senders' SGIs are pending: none, or for each of the frame's messages this core's. (They may
 * have been posted before this core could hear of them.) */
static void begin_sgis(void)
{
	for (uint32_t i = 0; i < SGI_WORDS; i++)
		*reg(LAYOUT_GICD, GICD_CPENDSGIR + 4 * i) = ~0u;
	for (uint32_t i = 0; i < GIC_CLASSES / 4; i++)
		*reg(LAYOUT_GICD, GICD_SPENDSGIR + 4 * i) = EACH_BYTE * own_interface();
}

void gic_begin_masks(void)
{
	gic_mask_all_but_timer();
}

void gic_init_core(uint32_t own)
{
	look_for_interface();
	*gicc(GICC_CTLR) = 0;
	gic_begin_private(GROUP);
	/* A core that starts again may have taken an interrupt, and not dropped its priority. */
	*gicc(GICC_APR0) = 0;
	gic_mask(GIC_MASK_NOTHING);
	*gicc(GICC_BPR) = 0;
	*gicc(GICC_CTLR) = GICC_CTLR_ENABLE | GICC_CTLR_EOIMODE;
	gic_begin_lists(*gich(GICH_VTR), "GICH_VTR");
	lr_want_maintenance(0);
	*reg(gic_private().at, GICD_ISENABLER) = own;
	begin_sgis();
	barrier_full();
}

void gic_rest_core(void)
{
	*gicc(GICC_CTLR) = 0;
	*reg(gic_private().at, GICD_ICENABLER) = ~0u;
	barrier_full();
}

/* The distributor tells how many interfaces there are. */
uint64_t gic_find_core(const struct bundle_board *board, uint64_t affinity)
{
	const uint32_t interfaces = TYPER_INTERFACES(*reg(board->gicd_base, GICD_TYPER));

	return affinity < interfaces ? board->gicr_base : 0;
}

void gic_map_core(struct tables *tables, const struct bundle_board *board, uint64_t found)
{
	tables_map(tables, LAYOUT_GICC, pa_at(found), GICC_SIZE, TABLES_DEVICE);
	tables_map(tables, LAYOUT_GICH, pa_at(board->gich_base), GICH_SIZE, TABLES_DEVICE);
}

/* A GICv2 has no ITS. */
uint64_t gic_message_memory(const struct bundle_header *from)
{
	(void)from;
	return 0;
}

void gic_begin_messages(const struct bundle_header *from, uint64_t memory, const uint64_t *cores)
{
	(void)from;
	(void)memory;
	(void)cores;
}

uint64_t gic_guest_interface(const struct bundle_board *board)
{
	return board->gicv_base;
}
