/*
 * A partition's PCI bus; see devices/pci.h. A write changes some bits of one or two words of
 * configuration space. A read is a write that changes no bits. A word that belongs to no function
 * reads as ones. Some words are handled alike for every function, others by the function's kind.
 * Only read_word() and write_word() know which.
 */
#include <devices/panel.h>
#include <devices/pci.h>
#include <dma/function.h>
#include <lib/bundle.h>
#include <state/core.h>
#include <state/partition.h>

#define NOTHING    0xffffffffu
#define SLOT_SHIFT 12
#define SLOT_MASK  (PAGE_SIZE - 1)

/* ---- the panel ---- */

static uint32_t panel_word(const struct partition *partition, const struct bundle_function *config,
                           const struct pci_function *function, uint32_t at)
{
	switch (at) {
	case PCI_ID:
		return (uint32_t)config->device << 16 | config->vendor;
	case PCI_COMMAND:
		return function->command | (panel_asks(partition) ? PCI_STATUS_INTERRUPT : 0);
	case PCI_CLASS:
		return config->class_revision;
	case PCI_SUBSYSTEM:
		return config->subsystem;
	default:
		return 0;
	}
}

/* The command register switches the panel's interrupt off and on, and nothing else of the panel:
 * its registers always answer. */
static void panel_command(struct partition *partition, struct pci_function *function,
                          struct pci_bits bits)
{
	function->command =
	    (uint16_t)(pci_merge(function->command, bits) &
	               (PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_NO_INTX));
	panel_evaluate(partition);
}

/* ---- functions of every kind ---- */

static uint32_t read_word(const struct partition *partition, const struct bundle_function *config,
                          uint32_t index, uint32_t at)
{
	const struct pci_function *function = &partition->functions[index];
	uint32_t bar = (at - PCI_BAR(0)) / 4, word;

	if (bar < BUNDLE_BARS)
		return pci_bar_read(config, function, bar);
	if (at == PCI_INTERRUPT)
		return (uint32_t)config->pin << 8 | function->line;
	word = config->kind == BUNDLE_FUNCTION_PANEL
	           ? panel_word(partition, config, function, at)
	           : function_word(config, &partition->real[index], at);
	return at == PCI_CACHE_LINE ? (word & 0x00ff0000) | function->cache_line : word;
}

static void write_word(struct partition *partition, const struct bundle_function *config,
                       uint32_t index, uint32_t at, struct pci_bits bits)
{
	struct pci_function *function = &partition->functions[index];
	uint32_t bar = (at - PCI_BAR(0)) / 4;

	if (bar < BUNDLE_BARS)
		pci_bar_write(function, bar, pci_merge(pci_bar_read(config, function, bar), bits));
	else if (at == PCI_CACHE_LINE)
		function->cache_line = (uint16_t)pci_merge(function->cache_line, bits);
	else if (at == PCI_INTERRUPT)
		function->line = (uint8_t)pci_merge(function->line, bits);
	else if (at == PCI_COMMAND && config->kind == BUNDLE_FUNCTION_PANEL)
		panel_command(partition, function, bits);
	else if (at == PCI_COMMAND)
		function_command_write(config, bits);
	else if (config->kind == BUNDLE_FUNCTION_REAL)
		function_message_write(config, &partition->real[index], at, bits);
}

/* ---- the bus ---- */

static uint32_t exchange_word(struct partition *partition, uint32_t offset, struct pci_bits bits)
{
	const struct bundle_range range = partition->config->functions;
	const struct bundle_function *config = bundle_functions(core_bundle) + range.first;
	uint32_t index = 0;

	while (index < range.count && config->slot != offset >> SLOT_SHIFT) {
		index++;
		config++;
	}
	if (index == range.count)
		return NOTHING;
	if (bits.mask == 0)
		return read_word(partition, config, index, offset & SLOT_MASK);
	write_word(partition, config, index, offset & SLOT_MASK, bits);
	return 0;
}

/* True: the access reaches into the next word, and the bus has such a word. */
static bool has_next(uint32_t offset, uint32_t size)
{
	return (offset & 3) + size > 4 && (offset | 3) + 1 < BUNDLE_ECAM_SIZE;
}

/* Sets the bits of `mask` to those of `value`; without a mask returns the present value. */
static uint64_t exchange(struct partition *partition, uint32_t offset, uint32_t size,
                         uint64_t value, uint64_t mask)
{
	uint32_t shift = 8 * (offset & 3);
	struct pci_bits low = {(uint32_t)(value << shift), (uint32_t)(mask << shift)};
	struct pci_bits high = {(uint32_t)(value << shift >> 32), (uint32_t)(mask << shift >> 32)};
	uint64_t old = exchange_word(partition, offset & ~3u, low);
	uint64_t next = NOTHING;

	if (has_next(offset, size))
		next = exchange_word(partition, (offset | 3) + 1, high);
	return (old | next << 32) >> shift;
}

uint64_t pci_read(struct partition *partition, uint32_t offset, uint32_t size)
{
	return exchange(partition, offset, size, 0, 0);
}

void pci_write(struct partition *partition, uint32_t offset, uint32_t size, uint64_t value)
{
	exchange(partition, offset, size, value, ~0ULL >> (64 - 8 * size));
}

void pci_reset(struct partition *partition)
{
	for (uint32_t i = 0; i < partition->config->functions.count; i++)
		partition->functions[i] = (struct pci_function){0};
}
