/*
 * A guest's accesses to the configuration space of a real function; see dma/function.h. The caller
 * has taken the partition's devices (devices_take()). A read returns the function's own word, with
 * the links of the capabilities that guests are shown, or 0 for what they aren't shown. A write
 * reaches command and status, and turns messages (MSI-X) on, off, or masks them.
 */
#include <dma/function.h>
#include <dma/function_space.h>

/* I/O ports stay off, as partitions have none. Error messages to the root complex stay off, too, as
 * the root complex belongs to the whole machine. A function's owner finds the errors in the
 * function's status. */
#define COMMAND_WRITABLE                                                                           \
	(PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_PARITY | PCI_COMMAND_NO_INTX)

static uint32_t space_read(const struct bundle_function *config, uint32_t at)
{
	return device_read(function_space(config) + at);
}

/* Returns a word of a capability that is shown; 0: the word is in none. Each shown capability is
 * linked to the next one. */
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
	default: /* no shown capability lies in the header, or in the extended space */
		return capability_word(config, own, at);
	}
}

uint32_t function_messages(const struct bundle_function *config, const struct function *own)
{
	for (uint32_t i = 0; i < own->shown && config->sender != 0; i++) {
		uint32_t at = own->capability[i].at;

		if ((space_read(config, at) & 0xff) == CAPABILITY_MSIX)
			return at;
	}
	return 0;
}

void function_message_write(const struct bundle_function *config, const struct function *own,
                            uint32_t at, struct pci_bits bits)
{
	if (at == 0 || at != function_messages(config, own))
		return;
	bits.mask &= MSIX_ENABLE | MSIX_MASKED;
	function_write(config, at, pci_merge(space_read(config, at), bits));
}

/* A status bit is cleared by writing 1, so bits that the guest doesn't write are written as 0. */
void function_command_write(const struct bundle_function *config, struct pci_bits bits)
{
	uint32_t command = pci_merge(space_read(config, PCI_COMMAND), bits) & COMMAND_WRITABLE;

	function_write(config, PCI_COMMAND,
	               command | function_line_off(config) | (bits.value & bits.mask & PCI_STATUS));
}
