/*
 * Real PCI functions of a partition: what it finds in their configuration space, and what the frame
 * does with them when the partition begins and ends. Configuration space is mapped at LAYOUT_PCI,
 * a page for each function, by the cores of its partition.
 *
 * The guest sees the real registers but for what would lead out of its share: base addresses stay
 * where they were placed, only a few capabilities are shown (no messages as interrupts, no power
 * states), the expansion ROM and extended space are not there.
 */
#ifndef DMA_FUNCTION_H
#define DMA_FUNCTION_H

#include <pure/pci.h>
#include <state/function.h>

struct partition;

/* By a guest: a word that isn't the same of functions of every kind, and what bits says into the
 * command and status. */
uint32_t function_word(const struct bundle_function *config, const struct function *own,
                       uint32_t at);
void function_command_write(const struct bundle_function *config, struct pci_bits bits);

/* Those that can are put into D3hot, or out of it. True: some were, and nothing else may be done
 * with them before the partition's life.wakes (PCI Power Management 1.2, 5.6.1). */
#define FUNCTION_POWER_NS 10000000
bool function_power(struct partition *partition, bool asleep);

/* Placed, and answering to their addresses, for the loader: one at a time, which takes hundreds of
 * instructions. False: call again. */
bool function_place(struct partition *partition);

/* Their command registers: as after reset, for a guest that begins; or so that none of them is a
 * bus master any more, nor answers to an address. */
void function_command(struct partition *partition, bool begins);

#endif
