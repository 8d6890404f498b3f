/* SPDX-License-Identifier: MIT-0 */
/*
 * The library's vectors, with one difference: an interrupt reads the counter at once, and leaves it
 * for latency_since() in FAR_EL1, which has no meaning without a fault. The memory below the stack
 * pointer may be used: guests/lib/vectors.S overwrites it next.
 */
	.text
	.balign	2048
	.globl	realtime_vectors
realtime_vectors:
	.irp	number, 0, 1, 2, 3, 4
	.balign	128
	b	guest_vectors + \number * 128
	.endr
	.balign	128
	str	x28, [sp, #-8]
	mrs	x28, cntvct_el0
	msr	far_el1, x28
	ldr	x28, [sp, #-8]
	b	guest_vectors + 5 * 128
	.irp	number, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	.balign	128
	b	guest_vectors + \number * 128
	.endr
	.section .note.GNU-stack, "", %progbits
