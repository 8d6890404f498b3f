/* SPDX-License-Identifier: MIT-0 */
/*
 * A Cortex-R5F's first instructions: vectors, the words that the minder fills in (kumiki/remote.h),
 * a stack, zeroed memory, floating point, and remote_start() in C. It runs in ARM state; caches and
 * MPU are off, as after reset.
 */
	.syntax	unified
	.arm
	.section .vectors, "ax"
	.global	_start
_start:
	ldr	pc, =enter
	ldr	pc, =undefined
	ldr	pc, =supervisor
	ldr	pc, =fetch
	ldr	pc, =data
	ldr	pc, =unused
	ldr	pc, =irq
	ldr	pc, =fiq
	.ltorg
	.org	0x40
	.global	remote_boot
remote_boot:
	.word	0x4d4b5352		/* REMOTE_BOOT_MAGIC */
	.word	0, 0, 0

	.text
enter:
	cpsid	aif, #0x1f		/* system mode: one stack for everything */
	ldr	sp, =__stack_end
	ldr	r0, =__bss_start
	ldr	r1, =__bss_end
	mov	r2, #0
1:	cmp	r0, r1
	strlo	r2, [r0], #4
	blo	1b
	mrc	p15, 0, r0, c1, c0, 2	/* CPACR: floating point */
	orr	r0, r0, #(0xf << 20)
	mcr	p15, 0, r0, c1, c0, 2
	isb
	mov	r0, #(1 << 30)
	vmsr	fpexc, r0
	cps	#0x11			/* exceptions have stacks of their own, for a few words */
	ldr	sp, =__exception_stack_end
	cps	#0x12
	ldr	sp, =__exception_stack_end
	cps	#0x13
	ldr	sp, =__exception_stack_end
	cps	#0x17
	ldr	sp, =__exception_stack_end
	cps	#0x1b
	ldr	sp, =__exception_stack_end
	cps	#0x1f
	bl	remote_start
2:	wfi
	b	2b

/* Fills remote_registers in the order of enum remote_register: r0 to r12, the interrupted code's
 * other registers, the vector's number, and the core's registers about the fault. */
	.macro	vector name, number, back
\name:	push	{r0, r1}
	ldr	r0, =remote_registers
	add	r0, r0, #8
	stm	r0, {r2-r12}
	sub	r0, r0, #8
	pop	{r2, r3}
	stm	r0, {r2, r3}
	add	r1, r0, #52
	stm	r1, {sp, lr}^
	sub	lr, lr, #\back
	mrs	r2, spsr
	mov	r3, #\number
	str	lr, [r0, #60]
	str	r2, [r0, #64]
	str	r3, [r0, #68]
	mrc	p15, 0, r2, c5, c0, 0
	mrc	p15, 0, r3, c6, c0, 0
	str	r2, [r0, #72]
	str	r3, [r0, #76]
	mrc	p15, 0, r2, c5, c0, 1
	mrc	p15, 0, r3, c6, c0, 2
	str	r2, [r0, #80]
	str	r3, [r0, #84]
	b	ended
	.endm
	vector	undefined, 1, 4
	vector	supervisor, 2, 4
	vector	fetch, 3, 4
	vector	data, 4, 8
	vector	unused, 5, 4
	vector	irq, 6, 4
	vector	fiq, 7, 4
ended:	cps	#0x1f
	bl	remote_crashed
	b	2b

	.bss
	.balign	8
	.skip	64
__exception_stack_end:
	.skip	8192
__stack_end:
	.section .note.GNU-stack, "", %progbits
