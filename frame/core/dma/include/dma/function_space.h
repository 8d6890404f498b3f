/*
 * What devices/pci.h doesn't say of a real function's configuration space (PCI Local Bus 3.0,
 * chapter 6), for function.c, function_access.c and the start's part.
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

#define BAR_IO       1u /* what a BAR that says its size says of its kind */
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

#define EXPRESS_CONTROL                                                                            \
	8u /* in its capability: of the device; status, cleared by ones, behind it */
#define EXPRESS_ERRORS 0xfu /* whether it sends messages of them */

#define POWER_STATE 4u /* in its capability; PME_Status is cleared by writing 1 */
#define POWER_D0    0u
#define POWER_D3    3u

/* Where the cores of its partition see it. */
static inline uint64_t function_space(const struct bundle_function *config)
{
	return LAYOUT_PCI + (uint64_t)config->slot * PAGE_SIZE;
}

/* Done when it comes back: what follows goes by another way, to the function's BARs or the SMMU. */
static inline void function_write(const struct bundle_function *config, uint32_t at, uint32_t value)
{
	device_write(function_space(config) + at, value);
	barrier_full();
}

/* One that was given without its pin never asserts it: the line is perhaps another's. */
static inline uint32_t function_line_off(const struct bundle_function *config)
{
	return config->pin == 0 ? PCI_COMMAND_NO_INTX : 0;
}

#endif
