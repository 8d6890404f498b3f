/* See attempt.h. */
#include <bad/catch.inc>

	.text
	/* With the MMU off everything can be executed at every level. For QEMU, which has no caches:
	 * what the C code wrote before isn't cleaned out of them. */
	.globl attempt_begin
attempt_begin:
	mrs	x0, sctlr_el1
	bic	x0, x0, #(1 << 12)
	bic	x0, x0, #(1 << 2)
	bic	x0, x0, #1
	dsb	sy
	msr	sctlr_el1, x0
	isb
	ret

	.globl attempt
attempt:
	adr	x9, attempt_saved
	mov	x10, sp
	catch_save x9
	mrs	x11, vbar_el1
	stp	x10, x11, [x9, #96]
	mrs	x10, sctlr_el1
	mrs	x11, cpacr_el1
	stp	x10, x11, [x9, #112]
	adrp	x10, attempt_vectors
	add	x10, x10, :lo12:attempt_vectors
	msr	vbar_el1, x10
	adr	x10, attempt_code
	str	w0, [x10]
	ldr	w11, =0xd4200ee0	/* ATTEMPT_END */
	tbz	x1, #4, 1f
	ldr	w11, =0xe1200070	/* ATTEMPT_END32 */
1:	str	w11, [x10, #4]
	dc	cvau, x10
	dsb	ish
	ic	iallu
	dsb	ish
	msr	elr_el1, x10
	msr	spsr_el1, x1
	mov	x9, x2
	ldp	x0, x1, [x9]
	ldp	x2, x3, [x9, #16]
	isb
	eret

	/* A page of its own: an emulator then forgets nothing else when it changes. */
	.balign	4096
attempt_code:
	.skip	4096

attempt_ended:
	catch_calm
	adr	x9, attempt_saved
	adrp	x10, attempt_x0
	str	x0, [x10, :lo12:attempt_x0]
	mrs	x11, far_el1
	adrp	x10, attempt_far
	str	x11, [x10, :lo12:attempt_far]
	catch_restore x9
	ldp	x10, x11, [x9, #96]
	mov	sp, x10
	msr	vbar_el1, x11
	ldp	x10, x11, [x9, #112]
	msr	sctlr_el1, x10
	msr	cpacr_el1, x11
	isb
	mov	x0, x12
	ret

	.balign	8
attempt_saved:
	.skip	128

	.balign	2048
attempt_vectors:
	catch_vectors attempt_ended

	.bss
	.balign	8
	.globl	attempt_far
attempt_far:
	.skip	8
	.globl	attempt_x0
attempt_x0:
	.skip	8
	.section .note.GNU-stack, "", %progbits
