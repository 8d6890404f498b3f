/* SPDX-License-Identifier: MIT-0 */
/* The architecture's counter and its rate, which programs may read: see libkumiki/libkumiki.h. */
#include <libkumiki/libkumiki.h>

uint64_t kumiki_counter_hz(void)
{
	uint64_t hz;

	__asm__("mrs %0, cntfrq_el0" : "=r"(hz));
	return hz;
}

uint64_t kumiki_counter(void)
{
	uint64_t now;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(now));
	return now;
}
