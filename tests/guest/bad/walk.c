/*
 * Lets the translation of its own code lead through a device that answers no table walk, just when
 * the frame has to look at an instruction there: a pair of the GIC's registers is loaded while only
 * the TLB still knows where the code is. The emulator's fw-cfg answers no read of eight bytes. The
 * same with an entry that leads nowhere, and with one that leads out of this guest's memory.
 * Whether the fetch is the CPU's or the frame's, its abort is the same.
 */
#include <guest/board.h>
#include <guest/cpu.h>
#include <guest/exception.h>
#include <stdio.h>

#define WALK_DEVICE  0x09020000ull
#define WALK_FOREIGN 0x7000000000ull
#define WALK_BLOCK   (1ull | 1ull << 10 | 3ull << 8) /* accessed, inner shareable */
#define WALK_MEMORY  (1ull << 30 | WALK_BLOCK | 1ull << 2)
#define WALK_LINK    3ull
#define WALK_ALIAS   (1ull << 30) /* the gigabyte of memory is there once more, above itself */

/* Stores `link` in the table, loads a pair of registers and returns the first. */
uint64_t walk_code(volatile uint64_t *entry, uint64_t link, uint64_t device);
__asm__(".balign 16\n"
        "walk_code: str x1, [x0]\n\tldp w3, w4, [x2]\n\tmov x0, x3\n\tret");

static uint64_t walk_table[512] __attribute__((aligned(4096)));

static void walk_translate(void)
{
	walk_table[0] = WALK_BLOCK;
	walk_table[1] = WALK_MEMORY;
	cpu_write(mair_el1, 0xff00);
	cpu_write(tcr_el1, 2ull << 32 | 1ull << 23 | 3ull << 12 | 1ull << 10 | 1ull << 8 | 25);
	cpu_write(ttbr0_el1, (uintptr_t)walk_table);
}

/* The outcome of the load in the alias, whose entry becomes `link` before it. */
static void walk_try(const char *name, uint64_t link)
{
	uint64_t (*code)(volatile uint64_t *, uint64_t, uint64_t);
	const struct guest_frame *fault;
	uint64_t value;

	walk_table[2] = WALK_MEMORY;
	__asm__ volatile("dsb sy\n\ttlbi vmalle1\n\tdsb sy\n\tisb" ::: "memory");
	code = (__typeof__(code))((uintptr_t)walk_code + WALK_ALIAS);
	fault_expect();
	value = code(&walk_table[2], link, BOARD_GICD);
	fault = fault_taken();
	if (fault != NULL)
		printf("walk: %s: syndrome 0x%lx, %s\n", name, (unsigned long)fault->esr,
		       fault->far == fault->elr ? "where it is" : "elsewhere");
	else
		printf("walk: %s: 0x%x\n", name, (unsigned int)value);
}

void guest_main(void *device_tree)
{
	(void)device_tree;
	walk_translate();
	walk_try("memory", WALK_MEMORY);
	walk_try("device", WALK_DEVICE | WALK_LINK);
	walk_try("nothing", 0);
	walk_try("foreign", WALK_FOREIGN | WALK_LINK);
}
