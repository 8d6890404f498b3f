/* The one lock of the kernel: fair, a ticket for each CPU that enters. */
#ifndef MACHINE_LOCK_H
#define MACHINE_LOCK_H

#include <stdbool.h>
#include <stdint.h>

struct ticket_lock {
	union {
		struct {
			uint16_t turn; /* the ticket of the CPU that has the lock */
			uint16_t next; /* the next ticket */
		};
		uint32_t both;
	};
	uint32_t wanted; /* 0: no CPU waited at the last look, nor since */
};

extern struct ticket_lock lock_kernel;

/* A CPU that has to wait sets `wanted` after it took its ticket. */
static inline void lock_take(void)
{
	uint32_t ticket, next, failed;

	__asm__ volatile("1:	ldaxr	%w0, [%4]\n"
	                 "	add	%w1, %w0, #0x10000\n"
	                 "	stxr	%w2, %w1, [%4]\n"
	                 "	cbnz	%w2, 1b\n"
	                 "	eor	%w1, %w0, %w0, ror #16\n"
	                 "	cbz	%w1, 3f\n"
	                 "	dmb	ish\n"
	                 "	str	%w1, [%4, #4]\n"
	                 "	sevl\n"
	                 "2:	wfe\n"
	                 "	ldaxrh	%w2, [%4]\n"
	                 "	eor	%w1, %w2, %w0, lsr #16\n"
	                 "	cbnz	%w1, 2b\n"
	                 "3:"
	                 : "=&r"(ticket), "=&r"(next), "=&r"(failed), "+m"(lock_kernel)
	                 : "r"(&lock_kernel)
	                 : "memory");
}

/* The store ends the other CPUs' wait: it clears their monitors. */
static inline void lock_release(void)
{
	__atomic_store_n(&lock_kernel.turn, (uint16_t)(lock_kernel.turn + 1), __ATOMIC_RELEASE);
}

/* For the CPU that has the lock: whether another CPU has taken a ticket since. */
bool lock_has_waiter(void);
static inline bool lock_is_wanted(void)
{
	return __atomic_load_n(&lock_kernel.wanted, __ATOMIC_RELAXED) != 0 && lock_has_waiter();
}

#endif
