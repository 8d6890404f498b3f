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
	uint32_t wanted;  /* 0: no CPU waited at the last look, nor since */
	uint32_t resting; /* a CPU has crashed: waiting CPUs have to rest (crash.c) */
};

extern struct ticket_lock lock_kernel;

/* A CPU that has to wait sets `wanted` after it took its ticket. If it waits for 2^LOCK_STUCK ticks
 * of the counter, the CPU that has the lock hangs. */
#define LOCK_STUCK "29"

static inline void lock_take(void)
{
	uint32_t ticket, failed;
	uint64_t next, since;

	__asm__ volatile("1:	ldaxr	%w0, [%5]\n"
	                 "	add	%w1, %w0, #0x10000\n"
	                 "	stxr	%w2, %w1, [%5]\n"
	                 "	cbnz	%w2, 1b\n"
	                 "	eor	%w1, %w0, %w0, ror #16\n"
	                 "	cbz	%w1, 3f\n"
	                 "	dmb	ish\n"
	                 "	str	%w1, [%5, #4]\n"
	                 "	mrs	%3, cntvct_el0\n"
	                 "	sevl\n"
	                 "2:	wfe\n"
	                 "	ldr	%w2, [%5, #8]\n"
	                 "	cbnz	%w2, crash_rest\n"
	                 "	mrs	%1, cntvct_el0\n"
	                 "	sub	%1, %1, %3\n"
	                 "	lsr	%1, %1, #" LOCK_STUCK "\n"
	                 "	cbnz	%1, crash_stuck\n"
	                 "	ldaxrh	%w2, [%5]\n"
	                 "	eor	%w1, %w2, %w0, lsr #16\n"
	                 "	cbnz	%w1, 2b\n"
	                 "3:"
	                 : "=&r"(ticket), "=&r"(next), "=&r"(failed), "=&r"(since),
	                   "+m"(lock_kernel)
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
