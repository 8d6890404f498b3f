/* PCI configuration space as a guest sees it: words, bits, BARs. pci_bar.c. */
#ifndef PURE_PCI_H
#define PURE_PCI_H

#include <frame/types.h>
#include <kumiki/bundle.h>

/* What a guest has written into the header of one of its functions. This is kept state, so it has
 * no pointers. */
struct pci_function {
	uint16_t command;
	uint16_t cache_line; /* the line's size, and above it the latency */
	uint8_t sizing;      /* a bit for each BAR that was last written with ones */
	uint8_t line;
};

/* Words of the configuration space, by their offset. */
#define PCI_ID           0x00u
#define PCI_COMMAND      0x04u /* status in the upper half */
#define PCI_CLASS        0x08u
#define PCI_CACHE_LINE   0x0cu /* latency, header type, self test */
#define PCI_BAR(n)       (0x10u + 4 * (n))
#define PCI_SUBSYSTEM    0x2cu
#define PCI_CAPABILITIES 0x34u
#define PCI_INTERRUPT    0x3cu /* line, pin */
#define PCI_HEADER_SIZE  0x40u

#define PCI_COMMAND_MEMORY   (1u << 1)
#define PCI_COMMAND_MASTER   (1u << 2)
#define PCI_COMMAND_NO_INTX  (1u << 10)
#define PCI_STATUS_INTERRUPT (1u << 19) /* in the word at PCI_COMMAND */

/* A write of some bits of a word: the other bits stay as they are. */
struct pci_bits {
	uint32_t value, mask;
};

static inline uint32_t pci_merge(uint32_t old, struct pci_bits bits)
{
	return (old & ~bits.mask) | (bits.value & bits.mask);
}

/* For functions of every kind. A BAR reads as it was placed; after a write of all ones it tells its
 * size. */
uint32_t pci_bar_read(const struct bundle_function *config, const struct pci_function *function,
                      uint32_t bar);
void pci_bar_write(struct pci_function *function, uint32_t bar, uint32_t value);

#endif
