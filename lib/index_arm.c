/*
 * See lib/index.h. The index is masked by a data dependency. CSDB (DDI 0487, C6.2, "CSDB"): no
 * instruction behind it is executed with a predicted value of the flags or of the mask.
 */
#include <lib/index.h>

uint64_t index_within(uint64_t index, uint64_t count)
{
	uint64_t masked;

	__asm__ volatile("cmp %[index], %[count]\n\t"
	                 "csel %[masked], %[index], xzr, lo\n\t"
	                 "hint #20" /* CSDB */
	                 : [masked] "=r"(masked)
	                 : [index] "r"(index), [count] "r"(count)
	                 : "cc");
	return masked;
}
