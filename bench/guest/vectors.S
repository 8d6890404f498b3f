/* SPDX-License-Identifier: MIT-0 */
/*
 * The vectors of the measuring guests: an interrupt's first instruction reads the cycle counter
 * into x28, which no other code of a guest uses. Then guests/lib/vectors.S goes on.
 */
	.text
	.balign	2048
	.globl	bench_vectors
bench_vectors:
	.irp	number, 0, 1, 2, 3, 4
	.balign	128
	b	guest_vectors + \number * 128
	.endr
	.balign	128
	mrs	x28, pmccntr_el0
	b	guest_vectors + 5 * 128
	.irp	number, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	.balign	128
	b	guest_vectors + \number * 128
	.endr
	.section .note.GNU-stack, "", %progbits
