/* The instants of a system call and of a store: see bench/stamp.h. */
	.macro	read_counter registers:vararg
	.irp	register, \registers
	mrs	\register, cntvct_el0
	.endr
	.endm

	.macro	keep_readings place
	stp	x14, x15, [sp, #\place]
	stp	x16, x17, [sp, #\place + 16]
	stp	x18, x19, [sp, #\place + 32]
	stp	x20, x21, [sp, #\place + 48]
	stp	x22, x23, [sp, #\place + 64]
	stp	x24, x25, [sp, #\place + 80]
	stp	x26, x27, [sp, #\place + 96]
	stp	x28, x29, [sp, #\place + 112]
	str	x30, [sp, #\place + 128]
	.endm

/* In: x0 = struct stamp_call. SP points to it meanwhile, as every other register is in use. The svc
 * is 26 instructions behind the first reading. */
	.section .text.stamp_svc, "ax"
	.global	stamp_svc
stamp_svc:
	stp	x19, x20, [x0, #112]
	stp	x21, x22, [x0, #128]
	stp	x23, x24, [x0, #144]
	stp	x25, x26, [x0, #160]
	stp	x27, x28, [x0, #176]
	stp	x29, x30, [x0, #192]
	mov	x1, sp
	str	x1, [x0, #208]
	mov	sp, x0
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x0, x1, [sp]
	read_counter x14, x15, x16, x17, x18, x19, x20, x21, x22, x23, x24, x25, x26, x27, x28, x29, x30
	keep_readings 224
	svc	#0
	read_counter x14, x15, x16, x17, x18, x19, x20, x21, x22, x23, x24, x25, x26, x27, x28, x29, x30
	keep_readings 360
	stp	x0, x1, [sp]
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	mov	x0, sp
	ldr	x1, [x0, #208]
	mov	sp, x1
	ldp	x19, x20, [x0, #112]
	ldp	x21, x22, [x0, #128]
	ldp	x23, x24, [x0, #144]
	ldp	x25, x26, [x0, #160]
	ldp	x27, x28, [x0, #176]
	ldp	x29, x30, [x0, #192]
	ret

/* In: x0 = where to store, w1 = what, x2 = where the readings go. The first reading is the
 * instruction behind the store. */
	.section .text.stamp_store_read, "ax"
	.global	stamp_store_read
stamp_store_read:
	mov	x17, x2
	str	w1, [x0]
	read_counter x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15, x16
	stp	x0, x1, [x17]
	stp	x2, x3, [x17, #16]
	stp	x4, x5, [x17, #32]
	stp	x6, x7, [x17, #48]
	stp	x8, x9, [x17, #64]
	stp	x10, x11, [x17, #80]
	stp	x12, x13, [x17, #96]
	stp	x14, x15, [x17, #112]
	str	x16, [x17, #128]
	ret
	.section .note.GNU-stack, "", %progbits
