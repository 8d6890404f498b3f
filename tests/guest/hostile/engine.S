/*
 * Starts one operation with every register as it was thought up, and comes back from whatever it
 * ends with. Whoever gets lost (an own instruction overwritten, a jump into the middle of something)
 * meets an exception sooner or later, and comes back from here, too: the place to come back to is
 * found by MPIDR alone. Runs with the MMU off; an operation may have it on.
 */
#include <bad/catch.inc>

#define TRY_SP       248
#define TRY_ENTRY    256
#define TRY_PSTATE   264
#define TRY_CPACR    272
#define TRY_SCTLR    280
#define TRY_TTBR     288
#define TRY_TCR      296
#define TRY_MAIR     304
#define TRY_SYNDROME 312
#define TRY_SAVED    320

	.text
	.globl	hostile_mmu_off
hostile_mmu_off:
	ldr	x0, =0x30d00800
	dsb	sy
	msr	sctlr_el1, x0
	isb
	ret

	/* x9: this CPU's struct hostile_try */
	.macro	find_try
	mrs	x0, mpidr_el1
	and	x0, x0, #7
	adrp	x9, hostile_tries
	add	x9, x9, :lo12:hostile_tries
	add	x9, x9, x0, lsl #12
	.endm

	.globl	hostile_run
hostile_run:
	add	x9, x0, #TRY_SAVED
	catch_save x9
	mov	x10, sp
	str	x10, [x9, #96]
	adrp	x10, hostile_vectors
	add	x10, x10, :lo12:hostile_vectors
	msr	vbar_el1, x10
	ldr	x10, [x0, #TRY_CPACR]
	msr	cpacr_el1, x10
	ldr	x10, [x0, #TRY_SCTLR]
	cbz	x10, 1f
	ldp	x11, x12, [x0, #TRY_TTBR]
	ldr	x13, [x0, #TRY_MAIR]
	msr	ttbr0_el1, x11
	msr	ttbr1_el1, x11
	msr	tcr_el1, x12
	msr	mair_el1, x13
	tlbi	vmalle1
	dsb	sy
	isb
	msr	sctlr_el1, x10
1:	ldp	x10, x11, [x0, #TRY_ENTRY]
	msr	elr_el1, x10
	msr	spsr_el1, x11
	ldr	x10, [x0, #TRY_SP]
	mov	sp, x10
	isb
	ldp	x2, x3, [x0, #16]
	ldp	x4, x5, [x0, #32]
	ldp	x6, x7, [x0, #48]
	ldp	x8, x9, [x0, #64]
	ldp	x10, x11, [x0, #80]
	ldp	x12, x13, [x0, #96]
	ldp	x14, x15, [x0, #112]
	ldp	x16, x17, [x0, #128]
	ldp	x18, x19, [x0, #144]
	ldp	x20, x21, [x0, #160]
	ldp	x22, x23, [x0, #176]
	ldp	x24, x25, [x0, #192]
	ldp	x26, x27, [x0, #208]
	ldp	x28, x29, [x0, #224]
	ldr	x30, [x0, #240]
	ldp	x0, x1, [x0]
	eret

	/* The first thing is the MMU: until it is off, not even this CPU's data is where it was. */
hostile_back:
	ldr	w0, =0x30d00800
	msr	sctlr_el1, x0
	isb
	catch_calm
	find_try
	str	x12, [x9, #TRY_SYNDROME]
	mov	x10, #(3 << 20)
	msr	cpacr_el1, x10
	add	x9, x9, #TRY_SAVED
	catch_restore x9
	ldr	x10, [x9, #96]
	mov	sp, x10
	isb
	ret
	.ltorg

	/* A CPU begins, or comes back from CPU_SUSPEND: from its own stack's beginning. */
	.globl	hostile_enter
hostile_enter:
	msr	daifset, #15
	msr	spsel, #1
	mov	x10, #(3 << 20)
	msr	cpacr_el1, x10
	adrp	x10, hostile_vectors
	add	x10, x10, :lo12:hostile_vectors
	msr	vbar_el1, x10
	mrs	x0, mpidr_el1
	and	x0, x0, #7
	adrp	x9, hostile_stacks
	add	x9, x9, :lo12:hostile_stacks
	add	x10, x0, #1
	add	x9, x9, x10, lsl #12
	mov	sp, x9
	isb
	b	hostile_secondary

	.balign	2048
	.globl	hostile_vectors
hostile_vectors:
	catch_vectors hostile_back

	.bss
	.balign	4096
hostile_stacks:
	.skip	4096 * 8
	.globl	hostile_tries
hostile_tries:
	.skip	4096 * 8
	.globl	hostile_code
hostile_code:
	.skip	4096 * 8
	.section .note.GNU-stack, "", %progbits
