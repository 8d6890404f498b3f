/* SPDX-License-Identifier: MIT-0 */
/* The rate of the architecture's counter, which programs may read: see libkumiki/libkumiki.h. */
#include <libkumiki/libkumiki.h>

uint64_t kumiki_counter_hz(void)
{
	uint64_t hz;

	__asm__("mrs %0, cntfrq_el0" : "=r"(hz));
	return hz;
}
