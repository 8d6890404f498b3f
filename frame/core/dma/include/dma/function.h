/*
 * Real PCI functions of a partition: their configuration space as the guest finds it, and what the
 * frame does with them when the partition begins and ends. Configuration space is mapped at
 * LAYOUT_PCI, a page for each function, by the cores of its partition.
 *
 * The guest sees the real registers, except those that would lead out of its share. Base addresses
 * stay where they were placed. Only a few capabilities are shown: MSI-X if the board has an ITS, no
 * MSI, no power states. The expansion ROM and the extended space aren't shown.
 */
#ifndef DMA_FUNCTION_H
#define DMA_FUNCTION_H

#include <pure/pci.h>
#include <state/function.h>

struct partition;

/* function_word() reads, for a guest, a word that devices/pci.c doesn't handle itself.
 * function_command_write() writes bits of command and status for a guest. */
uint32_t function_word(const struct bundle_function *config, const struct function *own,
                       uint32_t at);
void function_command_write(const struct bundle_function *config, struct pci_bits bits);

/* function_messages(): where the MSI-X capability of a function is that may send messages; 0: it
 * has none. function_message_write(): writes those bits there that a guest may write; any other
 * word stays. */
uint32_t function_messages(const struct bundle_function *config, const struct function *own);
void function_message_write(const struct bundle_function *config, const struct function *own,
                            uint32_t at, struct pci_bits bits);

/* Puts the partition's functions into D3hot or out of it, as far as they can. True: some have
 * changed, and the caller leaves them alone until the partition's life.wakes (PCI Power Management
 * 1.2, 5.6.1). */
#define FUNCTION_POWER_NS 10000000
bool function_power(struct partition *partition, bool asleep);

/* Places one function and has it answer to its addresses, for the loader. Each call places only
 * one, as that is long. False: call again, until all are placed. */
bool function_place(struct partition *partition);

/* Writes the functions' command registers: for a guest that begins as after reset, otherwise so
 * that no function is a bus master or answers to an address. */
void function_command(struct partition *partition, bool begins);

#endif
