/*
 * An attempt: a function that may meet an exception, or go to EL1. attempt() returns true when the
 * function returns; false, when attempt_leave() was called meanwhile. TPIDR_EL2 has the stack of
 * the innermost attempt; 0: there is none.
 */
	.section .text, "ax"
	.global	attempt, attempt_leave, attempt_at_el1

/* x0: the function, x1: its argument. */
attempt:
	mov	x10, x0
	mov	x0, x1
/* x10: where to go, with x0 and x1. */
begin:
	stp	x29, x30, [sp, #-128]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	mrs	x11, tpidr_el2
	mrs	x12, daif
	stp	x11, x12, [sp, #96]
	mov	x11, sp
	msr	tpidr_el2, x11
	blr	x10
	mov	x0, #1
end:
	mov	x11, sp
	ldp	x12, x13, [x11, #96]
	msr	tpidr_el2, x12
	msr	daif, x13
	ldp	x27, x28, [sp, #80]
	ldp	x25, x26, [sp, #64]
	ldp	x23, x24, [sp, #48]
	ldp	x21, x22, [sp, #32]
	ldp	x19, x20, [sp, #16]
	ldp	x29, x30, [sp], #128
	ret

attempt_leave:
	mrs	x11, tpidr_el2
	mov	sp, x11
	mov	x0, #0
	b	end

/* Goes to EL1 at x0, with x1 as its x0: an exception or an interrupt to EL2 ends the attempt. */
attempt_at_el1:
	adr	x10, 1f
	b	begin
1:	msr	elr_el2, x0
	mov	x0, #0x3c5		/* EL1 with its own stack, all masked */
	msr	spsr_el2, x0
	mov	x0, x1
	isb
	eret
