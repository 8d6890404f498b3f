/* The set-up that all GICs have alike: bits and priorities, and the list registers. */
#include <dev/gic.h>
#include <frame/print.h>
#include <frame/stop.h>
#include <machine/gic_cpu.h>
#include <state/core.h>

#define TYPER_WORDS(t) (((t)&0x1f) + 1)

/* the priority of SPIs until the frame sets another one */
#define PRIORITY_NOBODY 0xa0a0a0a0u

bool gic_wait_for_zero(const volatile uint32_t *at, uint32_t bits)
{
	for (uint32_t i = 0; i < GIC_TRIES; i++) {
		if ((*at & bits) == 0)
			return true;
		__asm__ volatile("yield");
	}
	return false;
}

void gic_begin_spis(uint64_t base, uint32_t group)
{
	uint32_t words = TYPER_WORDS(*reg(base, GICD_TYPER));

	for (uint32_t word = 1; word < words; word++) {
		*reg(base, GICD_ICENABLER + 4 * word) = ~0u;
		*reg(base, GICD_ICPENDR + 4 * word) = ~0u;
		*reg(base, GICD_ICACTIVER + 4 * word) = ~0u;
		*reg(base, GICD_IGROUPR + 4 * word) = group;
		for (uint32_t i = 0; i < 8; i++)
			*reg(base, GICD_IPRIORITYR + 32 * word + 4 * i) = PRIORITY_NOBODY;
	}
}

static void set_private_priority(void)
{
	volatile uint8_t *priority = (volatile uint8_t *)(gic_private().at + GICD_IPRIORITYR);

	for (uint32_t i = 0; i < 32; i++)
		priority[i] = GIC_PRIORITY_PRIVATE;
	priority[core_bundle->board.hyp_timer_intid] = GIC_PRIORITY_TIMER;
	for (uint32_t rank = 0; rank < GIC_CLASSES; rank++)
		priority[GIC_MAIL + rank] = (uint8_t)gic_priority(rank);
	for (uint32_t rank = 0; rank < GIC_CLASSES; rank++)
		gic_timers.priorities[rank] = (uint8_t)gic_timers_priority(rank);
	core.timers_urgency = ~0U; /* no vCPU's class yet */
	gic_timers.first = &priority[core_bundle->board.virtual_timer_intid];
	gic_timers.second = &priority[core_bundle->board.physical_timer_intid];
}

void gic_begin_private(uint32_t group)
{
	const uint64_t own = gic_private().at;

	*reg(own, GICD_ICENABLER) = ~0u;
	*reg(own, GICD_ICPENDR) = ~0u;
	*reg(own, GICD_ICACTIVER) = ~0u;
	*reg(own, GICD_IGROUPR) = group;
	set_private_priority();
}

void gic_begin_lists(uint32_t type, const char *name)
{
	const char *why = gic_interface_unfit(type);

	if (why != 0) {
		report_last_words();
		print("kumiki: core %u: %s is 0x%lx\n", core.index, name, PRINT_X(type));
		stop_machine(why);
	}
	core.list_registers = GIC_LIST_REGISTERS(type);
	core.lists = (1u << core.list_registers) - 1;
	for (uint32_t i = 0; i < core.list_registers; i++)
		lr_write(i, 0);
}
