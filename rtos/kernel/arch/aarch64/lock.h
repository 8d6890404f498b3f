/* The one lock of the kernel: fair, a ticket for each CPU that enters. */
#ifndef AARCH64_LOCK_H
#define AARCH64_LOCK_H

#include <stdint.h>

struct ticket_lock {
	uint16_t turn; /* whose it is */
	uint16_t next; /* the next ticket */
};

extern struct ticket_lock lock_kernel;

static inline void lock_take(void)
{
	uint32_t ticket, next, failed;

	__asm__ volatile("1:	ldaxr	%w0, %3\n"
	                 "	add	%w1, %w0, #0x10000\n"
	                 "	stxr	%w2, %w1, %3\n"
	                 "	cbnz	%w2, 1b\n"
	                 "	eor	%w1, %w0, %w0, ror #16\n"
	                 "	cbz	%w1, 3f\n"
	                 "	sevl\n"
	                 "2:	wfe\n"
	                 "	ldaxrh	%w2, %3\n"
	                 "	eor	%w1, %w2, %w0, lsr #16\n"
	                 "	cbnz	%w1, 2b\n"
	                 "3:"
	                 : "=&r"(ticket), "=&r"(next), "=&r"(failed), "+Q"(lock_kernel)
	                 :
	                 : "memory");
}

/* The store ends the others' wait: it clears their monitors. */
static inline void lock_release(void)
{
	__atomic_store_n(&lock_kernel.turn, (uint16_t)(lock_kernel.turn + 1), __ATOMIC_RELEASE);
}

#endif
