/*
 * The doctor's vectors. An interrupt at EL2 is settled, and the interrupted code goes on. Everything
 * else ends the attempt that is being made (attempt.S).
 */
	.macro	taken kind
	.balign	128
	mov	x3, x0			/* a guest's answer */
	mov	x0, #\kind
	mrs	x1, esr_el2
	mrs	x2, far_el2
	b	exception_taken
	.endm

	.section .text, "ax"
	.balign	2048
	.global	vectors
vectors:
	.rept	4
	taken	0			/* SP_EL0 is never used */
	.endr
	taken	0			/* synchronous, at EL2 */
	.balign	128
	stp	x0, x1, [sp, #-192]!
	b	interrupt_at_el2
	taken	1			/* FIQ */
	taken	2			/* SError */
	taken	3			/* synchronous, from EL1 */
	taken	4			/* an interrupt while EL1 runs */
	taken	1
	taken	2
	.rept	4
	taken	0			/* AArch32 never runs */
	.endr
	.balign	128

/* Those of the code at EL1: an answer that isn't one. */
	.balign	2048
	.global	guest_vectors
guest_vectors:
	.rept	16
	.balign	128
	hvc	#1
	.endr

interrupt_at_el2:
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x30, [sp, #144]
	mrs	x0, elr_el2
	mrs	x1, spsr_el2
	stp	x0, x1, [sp, #160]
	bl	interrupts_take
	ldp	x0, x1, [sp, #160]
	msr	elr_el2, x0
	msr	spsr_el2, x1
	ldp	x18, x30, [sp, #144]
	ldp	x16, x17, [sp, #128]
	ldp	x14, x15, [sp, #112]
	ldp	x12, x13, [sp, #96]
	ldp	x10, x11, [sp, #80]
	ldp	x8, x9, [sp, #64]
	ldp	x6, x7, [sp, #48]
	ldp	x4, x5, [sp, #32]
	ldp	x2, x3, [sp, #16]
	ldp	x0, x1, [sp], #192
	eret
