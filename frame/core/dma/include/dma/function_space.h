/*
 * The parts of a real function's configuration space that pure/pci.h doesn't have (PCI Local Bus
 * 3.0, chapter 6), for function.c, function_access.c and the start's part.
 */
#ifndef FUNCTION_SPACE_H
#define FUNCTION_SPACE_H

#include <frame/layout.h>
#include <machine/device.h>
#include <machine/sysreg.h>
#include <pure/pci.h>

#define PCI_PLAIN 0x100u /* the extended space behind it isn't shown */

#define PCI_COMMAND_PARITY (1u << 6)
#define PCI_STATUS_LIST    (1u << 20)
#define PCI_STATUS         0xffff0000u

#define BAR_IO       1u /* the kind of a BAR, in its low bits */
#define BAR_64       4u
#define BAR_PREFETCH 8u
#define BAR_BITS     0xfu

#define CAPABILITY_POWER   0x01u
#define CAPABILITY_MSI     0x05u
#define CAPABILITY_VENDOR  0x09u
#define CAPABILITY_SSVID   0x0du
#define CAPABILITY_EXPRESS 0x10u
#define CAPABILITY_MSIX    0x11u
#define CAPABILITY_SATA    0x12u

/* Message Control of MSI-X is the upper half of the capability's first word. */
#define MSIX_LENGTH 12u
#define MSIX_ENABLE (1u << 31)
#define MSIX_MASKED (1u << 30)

/* Device Control in its capability. The status behind it is cleared by writing ones. */
#define EXPRESS_CONTROL 8u
#define EXPRESS_ERRORS  0xfu /* the function sends messages of these errors */

#define POWER_STATE 4u /* in its capability; PME_Status is cleared by writing 1 */
#define POWER_D0    0u
#define POWER_D3    3u

/* The function's configuration space, as the cores of its partition map it. */
static inline uint64_t function_space(const struct bundle_function *config)
{
	return LAYOUT_PCI + (uint64_t)config->slot * PAGE_SIZE;
}

/* Writes a word, and waits until the function has it. The frame's next access may go another way,
 * to the function's BARs or to the SMMU. */
static inline void function_write(const struct bundle_function *config, uint32_t at, uint32_t value)
{
	device_write(function_space(config) + at, value);
	barrier_full();
}

/* A function that was given without its pin mustn't assert the pin: the line may be another
 * function's. */
static inline uint32_t function_line_off(const struct bundle_function *config)
{
	return config->pin == 0 ? PCI_COMMAND_NO_INTX : 0;
}

#endif
