/*
 * A guest's accesses to the configuration space of a real function; see frame/function.h. Of one
 * access at a time. What is read is the function's own word, but for what isn't shown or was
 * placed; what is written goes through only to command and status.
 */
#include <dma/function.h>
#include <dma/function_space.h>

/* Ports stay off: nobody is given any. So do messages of errors to the root complex, which would be
 * the whole machine's: what a function finds wrong stands in its status, its owner's. */
#define COMMAND_WRITABLE                                                                           \
	(PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_PARITY | PCI_COMMAND_NO_INTX)

static uint32_t space_read(const struct bundle_function *config, uint32_t at)
{
	return device_read(function_space(config) + at);
}

/* Capabilities that are shown, each linked to the next one of them. */
static uint32_t capability_word(const struct bundle_function *config, const struct function *own,
                                uint32_t at)
{
	for (uint32_t i = 0; i < own->shown; i++) {
		uint32_t first = own->capability[i].at;

		if (at == first)
			return (space_read(config, at) & ~0xff00u) |
			       (uint32_t)own->capability[i].next << 8;
		if (at > first && at < own->capability[i].end)
			return space_read(config, at);
	}
	return 0;
}

uint32_t function_word(const struct bundle_function *config, const struct function *own,
                       uint32_t at)
{
	switch (at) {
	case PCI_ID:
	case PCI_COMMAND:
	case PCI_CLASS:
	case PCI_CACHE_LINE:
	case PCI_SUBSYSTEM:
		return space_read(config, at);
	case PCI_CAPABILITIES:
		return own->shown != 0 ? own->capability[0].at : 0;
	default: /* none of those lies in the header, or in the extended space */
		return capability_word(config, own, at);
	}
}

/* Bits of the status are cleared by writing 1: those that aren't written are 0. */
void function_command_write(const struct bundle_function *config, struct pci_bits bits)
{
	uint32_t command = pci_merge(space_read(config, PCI_COMMAND), bits) & COMMAND_WRITABLE;

	function_write(config, PCI_COMMAND,
	               command | function_line_off(config) | (bits.value & bits.mask & PCI_STATUS));
}
