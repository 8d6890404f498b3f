/* Where a vCPU's virtual GIC interface and timers are kept while it isn't resident; see
 * machine/resident.h. */
#ifndef MACHINE_RESIDENT_GIC_H
#define MACHINE_RESIDENT_GIC_H

#include <machine/sysreg.h>
#include <stddef.h>
#include <stdint.h>

struct resident_gic {
	uint64_t hcr, vmcr, ap0, ap1; /* a GICv2 has no ap1 */
	uint64_t virtual_control, physical_control, virtual_compare, physical_compare;
	uint32_t used; /* list registers that have something: a bit each */
	uint32_t held; /* private interrupts in these; means nothing if `used` is 0 */
	uint64_t lr[16];
};

#define RESIDENT_SAVE(gic, field, first, second)                                                   \
	do {                                                                                       \
		uint64_t first_, second_;                                                          \
		__asm__ volatile("mrs %0, " #first "\n\tmrs %1, " #second                          \
		                 "\n\tstp %0, %1, [%2, %3]"                                        \
		                 : "=&r"(first_), "=&r"(second_)                                   \
		                 : "r"(gic), "i"(offsetof(struct resident_gic, field))             \
		                 : "memory");                                                      \
	} while (0)
#define RESIDENT_LOAD(gic, field, first, second)                                                   \
	do {                                                                                       \
		uint64_t first_, second_;                                                          \
		__asm__ volatile("ldp %0, %1, [%2, %3]\n\tmsr " #first ", %0\n\tmsr " #second      \
		                 ", %1"                                                            \
		                 : "=&r"(first_), "=&r"(second_)                                   \
		                 : "r"(gic), "i"(offsetof(struct resident_gic, field))             \
		                 : "memory");                                                      \
	} while (0)

#endif
