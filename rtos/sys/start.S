/* A program's first instructions (x0: the start page), and the system call. */
	.section .text.start, "ax"
	.global	_start
_start:
	mov	x29, xzr
	mov	x30, xzr
	bl	sys_start

/* x0 points to the registers x0 to x13, both before and after the call. */
	.section .text.sys_svc, "ax"
	.global	sys_svc
sys_svc:
	mov	x15, x0
	ldp	x0, x1, [x15]
	ldp	x2, x3, [x15, #16]
	ldp	x4, x5, [x15, #32]
	ldp	x6, x7, [x15, #48]
	ldp	x8, x9, [x15, #64]
	ldp	x10, x11, [x15, #80]
	ldp	x12, x13, [x15, #96]
	svc	#0			/* keeps x14 to x30 */
	stp	x0, x1, [x15]
	stp	x2, x3, [x15, #16]
	stp	x4, x5, [x15, #32]
	stp	x6, x7, [x15, #48]
	stp	x8, x9, [x15, #64]
	stp	x10, x11, [x15, #80]
	stp	x12, x13, [x15, #96]
	ret
	.section .note.GNU-stack, "", %progbits
