/* SPDX-License-Identifier: MIT-0 */
/*
 * The vectors of the probe that other hypervisors run, too, instead of vectors.S: an interrupt's
 * first instruction reads the system counter into x28. Not every hypervisor lets a guest read the
 * cycle counter.
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
	mrs	x28, cntvct_el0
	b	guest_vectors + 5 * 128
	.irp	number, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	.balign	128
	b	guest_vectors + \number * 128
	.endr
	.section .note.GNU-stack, "", %progbits
