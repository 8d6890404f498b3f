/*
 * See lib/inetsum.h. The carry of one addition goes into the next one; C can't express that. Both
 * functions have the same loop, but one also stores what it reads.
 */
#include <lib/inetsum.h>

/* The loop: its loads, then its additions. */
#define INETSUM_LOAD                                                                               \
	"cmn xzr, xzr\n" /* no carry yet */                                                        \
	"1:\n\t"                                                                                   \
	"ldp %[c], %[d], [%[from], #16]\n\t"                                                       \
	"ldp %[e], %[f], [%[from], #32]\n\t"                                                       \
	"ldp %[g], %[h], [%[from], #48]\n\t"                                                       \
	"ldp %[a], %[b], [%[from]], #64\n\t"
#define INETSUM_ADD                                                                                \
	"adcs %[sum], %[sum], %[a]\n\t"                                                            \
	"adcs %[sum], %[sum], %[b]\n\t"                                                            \
	"adcs %[sum], %[sum], %[c]\n\t"                                                            \
	"adcs %[sum], %[sum], %[d]\n\t"                                                            \
	"adcs %[sum], %[sum], %[e]\n\t"                                                            \
	"adcs %[sum], %[sum], %[f]\n\t"                                                            \
	"adcs %[sum], %[sum], %[g]\n\t"                                                            \
	"adcs %[sum], %[sum], %[h]\n\t"                                                            \
	"sub %[turns], %[turns], #1\n\t"                                                           \
	"cbnz %[turns], 1b\n\t"

/* What the loop changes. */
#define INETSUM_CHANGED                                                                            \
	[sum] "+&r"(sum), [from] "+&r"(from), [turns] "+&r"(turns), [a] "=&r"(a), [b] "=&r"(b),    \
	    [c] "=&r"(c), [d] "=&r"(d), [e] "=&r"(e), [f] "=&r"(f), [g] "=&r"(g), [h] "=&r"(h)

uint64_t inetsum_turns(const void *from, size_t turns)
{
	uint64_t sum = 0, a, b, c, d, e, f, g, h;

	if (turns == 0)
		return 0;
	__asm__ volatile(INETSUM_LOAD INETSUM_ADD
	                 "adcs %[sum], %[sum], xzr\n\tadc %[sum], %[sum], xzr"
	                 : INETSUM_CHANGED
	                 :
	                 : "cc", "memory");
	return sum;
}

uint64_t inetsum_copy_turns(void *to, const void *from, size_t turns)
{
	uint64_t sum = 0, a, b, c, d, e, f, g, h;

	if (turns == 0)
		return 0;
	__asm__ volatile(INETSUM_LOAD "stp %[c], %[d], [%[to], #16]\n\t"
	                              "stp %[e], %[f], [%[to], #32]\n\t"
	                              "stp %[g], %[h], [%[to], #48]\n\t"
	                              "stp %[a], %[b], [%[to]], #64\n\t" INETSUM_ADD
	                              "adcs %[sum], %[sum], xzr\n\tadc %[sum], %[sum], xzr"
	                 : INETSUM_CHANGED, [to] "+&r"(to)
	                 :
	                 : "cc", "memory");
	return sum;
}
