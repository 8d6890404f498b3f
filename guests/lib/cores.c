/* SPDX-License-Identifier: MIT-0 */
/* CPUs that come and go with their cores: see guest/cores.h. */
#include <guest/cores.h>
#include <guest/cpu.h>
#include <guest/gic.h>
#include <guest/psci.h>
#include <guest/tree.h>
#include <kumiki/hold.h>
#include <kumiki/hypercall.h>

struct moving_cpu {
	uint32_t cpu, core;
	bool here;                 /* it was switched on, and wasn't found off since */
	volatile uint32_t must_go; /* the first CPU writes it */
	volatile uint32_t goes;    /* the CPU itself writes it, just before CPU_OFF */
};

static struct moving_cpu cores_cpus[CORES_MAX];
static uint32_t cores_count, cores_self;
static void (*cores_work)(void);
volatile uint32_t cores_changes;

static void cores_on_change(uint32_t intid)
{
	(void)intid;
	cores_changes++;
}

/* On the first CPU this SGI means that another CPU goes. On a CPU that is to go it only ends a
 * WFI. */
static void cores_on_wake(uint32_t intid)
{
	(void)intid;
	if (cpu_number() == 0)
		cores_changes++;
}

uint32_t cores_begin(const void *device_tree, void (*work)(void))
{
	const struct tree_node node = tree_compatible(device_tree, "kumiki,cores-1.0", 0);
	const uint32_t intid = tree_interrupt(node, 0);

	if (intid == 0)
		return 0;
	cores_work = work;
	cores_self = (uint32_t)psci_call4(KUMIKI_CALL_SELF, 0, 0, 0).x[0];
	for (uint32_t i = 0; i < CORES_MAX; i++) {
		const struct tree_node cpu = tree_named(device_tree, "cpu@", i);

		if (cpu.at != NULL && tree_property(cpu, "kumiki,core", NULL) != NULL)
			cores_cpus[cores_count++] =
			    (struct moving_cpu){.cpu = i, .core = tree_cell(cpu, "kumiki,core", 0)};
	}
	gic_enable(intid, cores_on_change);
	gic_enable(CORES_WAKE, cores_on_wake);
	return cores_count;
}

uint64_t cores_record(uint32_t core)
{
	return psci_call4(KUMIKI_CALL_HOLDER, core, 0, 0).x[0];
}

int64_t cores_ask(uint32_t core, uint32_t partition, uint64_t time)
{
	return (int64_t)psci_call4(KUMIKI_CALL_HOLD, core, partition, time).x[0];
}

static struct moving_cpu *cores_of(uint32_t cpu)
{
	uint32_t i = 0;

	while (cores_cpus[i].cpu != cpu)
		i++;
	return &cores_cpus[i];
}

uint32_t cores_core(uint32_t cpu)
{
	return cores_of(cpu)->core;
}

bool cores_must_go(void)
{
	return cores_of(cpu_number())->must_go != 0;
}

/* Runs on a CPU that came. The CPU goes off when this returns. */
static void cores_run(void)
{
	gic_enable(CORES_WAKE, cores_on_wake);
	cores_work();
	cpu_mask_interrupts();
	cores_of(cpu_number())->goes = 1;
	cpu_dsb();
	gic_send(CORES_WAKE, 0);
}

/* Whether the CPU is off. If it is about to go, this waits, as it is off very soon. */
static bool cores_is_off(const struct moving_cpu *moving)
{
	while (moving->goes && psci_call(PSCI_AFFINITY_INFO, moving->cpu, 0, 0) != PSCI_OFF)
		__asm__ volatile("yield");
	return moving->goes != 0;
}

static void cores_go(struct moving_cpu *moving)
{
	moving->must_go = 1;
	cpu_dsb();
	gic_send(CORES_WAKE, moving->cpu);
}

static void cores_come(struct moving_cpu *moving, void (*came)(uint32_t cpu))
{
	moving->must_go = moving->goes = 0;
	moving->here = cpu_start(moving->cpu, cores_run) == PSCI_SUCCESS;
	if (moving->here && came != NULL)
		came(moving->cpu);
}

static void cores_look(struct moving_cpu *moving, void (*came)(uint32_t cpu),
                       void (*went)(uint32_t cpu))
{
	const uint64_t record = cores_record(moving->core);
	const bool on =
	    HOLD_HOLDER(record) == cores_self && !hold_is_asked(record, cpu_read(cntpct_el0));

	if (moving->here && cores_is_off(moving)) {
		moving->here = false;
		if (went != NULL)
			went(moving->cpu);
	}
	if (on && !moving->here)
		cores_come(moving, came);
	else if (!on && moving->here && !moving->must_go)
		cores_go(moving);
}

void cores_follow(void (*came)(uint32_t cpu), void (*went)(uint32_t cpu))
{
	for (uint32_t i = 0; i < cores_count; i++)
		cores_look(&cores_cpus[i], came, went);
}
