/* SPDX-License-Identifier: MIT-0 */
/*
 * The exception vectors. They save all registers as a struct guest_frame (guest/exception.h) on the
 * stack of the interrupted code; then guest_exception(frame, kind) decides. The stack itself may be
 * the cause of a synchronous exception of EL1. So before it stores anything, the vector asks the
 * MMU whether the memory for the frame and for guest_exception() can be written. TPIDRRO_EL0 keeps
 * x0 meanwhile.
 */
#define GUEST_STACK_LEAST 512

	.macro	entry kind
	.balign	128
	.if	\kind == 4
	msr	tpidrro_el0, x0
	sub	x0, sp, #GUEST_STACK_LEAST
	tst	x0, #15
	b.ne	crash_no_stack
	at	s1e1w, x0
	isb
	mrs	x0, par_el1
	tst	x0, #1
	b.ne	crash_no_stack
	mrs	x0, tpidrro_el0
	.endif
	sub	sp, sp, #288
	stp	x0, x1, [sp, #0]
	mov	x1, #\kind
	b	guest_save
	.endm

	.text
	.balign	2048
	.globl	guest_vectors
guest_vectors:
	.irp	kind, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	entry	\kind
	.endr

	.balign	128
	.globl	guest_save
guest_save:
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	mrs	x2, elr_el1
	mrs	x3, spsr_el1
	mrs	x4, esr_el1
	mrs	x5, far_el1
	stp	x30, x2, [sp, #240]
	stp	x3, x4, [sp, #256]
	str	x5, [sp, #272]
	mov	x0, sp
	bl	guest_exception
	ldp	x30, x2, [sp, #240]
	ldr	x3, [sp, #256]
	msr	elr_el1, x2
	msr	spsr_el1, x3
	ldp	x0, x1, [sp, #0]
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x19, [sp, #144]
	ldp	x20, x21, [sp, #160]
	ldp	x22, x23, [sp, #176]
	ldp	x24, x25, [sp, #192]
	ldp	x26, x27, [sp, #208]
	ldp	x28, x29, [sp, #224]
	add	sp, sp, #288
	eret
	.section .note.GNU-stack, "", %progbits
