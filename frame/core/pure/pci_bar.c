/* The base address registers of PCI functions of every kind. They can be sized, and never move; see
 * pure/pci.h. */
#include <pure/pci.h>

#define BAR_64       0x4u
#define BAR_PREFETCH 0x8u

/* True: this BAR is the upper half of the BAR before it. */
static bool is_upper(const struct bundle_function *config, uint32_t bar)
{
	return bar != 0 && (config->bar_kind[bar - 1] & BUNDLE_BAR_64) != 0;
}

static uint32_t bar_flags(uint8_t kind)
{
	return ((kind & BUNDLE_BAR_64) != 0 ? BAR_64 : 0) |
	       ((kind & BUNDLE_BAR_PREFETCH) != 0 ? BAR_PREFETCH : 0);
}

uint32_t pci_bar_read(const struct bundle_function *config, const struct pci_function *function,
                      uint32_t bar)
{
	bool upper = is_upper(config, bar);
	uint32_t from = upper ? bar - 1 : bar;
	uint64_t size = config->bar_size[from];
	uint64_t value = (function->sizing >> bar & 1) != 0 ? ~(size - 1) : config->bar[from];

	if (size == 0)
		return 0;
	return upper ? (uint32_t)(value >> 32)
	             : (uint32_t)value | bar_flags(config->bar_kind[from]);
}

/* The lowest bits of a BAR are read-only, so they don't count when the guest writes all ones. */
void pci_bar_write(struct pci_function *function, uint32_t bar, uint32_t value)
{
	uint8_t bit = (uint8_t)(1u << bar);

	function->sizing &= (uint8_t)~bit;
	if ((value | 0xf) == ~0u)
		function->sizing |= bit;
}
