/* See sum.h. The carry of one addition goes into the next addition: C has no word for that. */
#include "sum.h"

uint64_t sum_copy_turns(void *to, const void *from, size_t turns)
{
	uint64_t sum = 0, a, b, c, d, e, f, g, h;

	if (turns == 0)
		return 0;
	__asm__ volatile("cmn xzr, xzr\n"
	                 "1:\n\t"
	                 "ldp %[c], %[d], [%[from], #16]\n\t"
	                 "ldp %[e], %[f], [%[from], #32]\n\t"
	                 "ldp %[g], %[h], [%[from], #48]\n\t"
	                 "ldp %[a], %[b], [%[from]], #64\n\t"
	                 "stp %[c], %[d], [%[to], #16]\n\t"
	                 "stp %[e], %[f], [%[to], #32]\n\t"
	                 "stp %[g], %[h], [%[to], #48]\n\t"
	                 "stp %[a], %[b], [%[to]], #64\n\t"
	                 "adcs %[sum], %[sum], %[a]\n\t"
	                 "adcs %[sum], %[sum], %[b]\n\t"
	                 "adcs %[sum], %[sum], %[c]\n\t"
	                 "adcs %[sum], %[sum], %[d]\n\t"
	                 "adcs %[sum], %[sum], %[e]\n\t"
	                 "adcs %[sum], %[sum], %[f]\n\t"
	                 "adcs %[sum], %[sum], %[g]\n\t"
	                 "adcs %[sum], %[sum], %[h]\n\t"
	                 "sub %[turns], %[turns], #1\n\t"
	                 "cbnz %[turns], 1b\n\t"
	                 "adcs %[sum], %[sum], xzr\n\t"
	                 "adc %[sum], %[sum], xzr"
	                 : [sum] "+&r"(sum), [to] "+&r"(to), [from] "+&r"(from),
	                   [turns] "+&r"(turns), [a] "=&r"(a), [b] "=&r"(b), [c] "=&r"(c),
	                   [d] "=&r"(d), [e] "=&r"(e), [f] "=&r"(f), [g] "=&r"(g), [h] "=&r"(h)
	                 :
	                 : "cc", "memory");
	return sum;
}
