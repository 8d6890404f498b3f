/*
 * Real PCI functions when their partition begins and ends; see dma/function.h. The home core calls
 * this while no vCPU runs. Each call makes a bounded number of configuration accesses. An access to
 * a dead device ends, too, with ones: so nothing here waits.
 */
#include <dma/function.h>
#include <dma/function_space.h>
#include <lib/bundle.h>
#include <word/timer.h>

/* ---- all functions of a partition ---- */

typedef void each(const struct bundle_function *config, struct function *own);

/* Calls `what` for one function, if that is a real function. */
static void do_one(struct partition *partition, uint32_t index, each *what)
{
	const struct bundle_function *config =
	    &bundle_functions(core_bundle)[partition->config->functions.first + index];

	if (config->kind == BUNDLE_FUNCTION_REAL)
		what(config, &partition->real[index]);
}

static void for_each(struct partition *partition, each *what)
{
	for (uint32_t i = 0; i < partition->config->functions.count; i++)
		do_one(partition, i, what);
}

/* Messages go off, too: a later life finds them as after reset. */
static void quiet(const struct bundle_function *config, struct function *own)
{
	function_write(config, PCI_COMMAND, PCI_COMMAND_NO_INTX);
	function_message_write(config, own, function_messages(config, own),
	                       (struct pci_bits){0, MSIX_ENABLE | MSIX_MASKED});
}

bool function_power(struct partition *partition, bool asleep)
{
	const struct bundle_function *config =
	    &bundle_functions(core_bundle)[partition->config->functions.first];
	bool changed = false;

	for (uint32_t i = 0; i < partition->config->functions.count; i++) {
		struct function *own = &partition->real[i];

		if (own->power == 0 || own->asleep == asleep)
			continue;
		own->asleep = asleep;
		function_write(&config[i], own->power + POWER_STATE, asleep ? POWER_D3 : POWER_D0);
		changed = true;
	}
	if (changed)
		partition->life.wakes = timer_now() + timer_ticks(FUNCTION_POWER_NS);
	return changed;
}

/* Writes the function's BARs, which it may have forgotten in its sleep, and has the function answer
 * to them. */
static void place(const struct bundle_function *config, struct function *own)
{
	static const struct pci_function fresh;

	quiet(config, own);
	for (uint32_t bar = 0; bar < BUNDLE_BARS; bar++)
		function_write(config, PCI_BAR(bar), pci_bar_read(config, &fresh, bar));
	function_write(config, PCI_COMMAND, PCI_COMMAND_NO_INTX | PCI_COMMAND_MEMORY);
}

bool function_place(struct partition *partition)
{
	uint32_t count = partition->config->functions.count;

	if (partition->placed == count) {
		partition->placed = 0;
		return true;
	}
	do_one(partition, partition->placed, place);
	partition->placed++; /* if the frame fails in between, it is put in its place once more */
	return false;
}

static void function_begin(const struct bundle_function *config, struct function *own)
{
	(void)own;
	function_write(config, PCI_COMMAND, PCI_STATUS | function_line_off(config));
}

void function_command(struct partition *partition, bool begins)
{
	for_each(partition, begins ? function_begin : quiet);
}
