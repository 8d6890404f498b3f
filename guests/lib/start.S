/* SPDX-License-Identifier: MIT-0 */
/*
 * A guest's first instructions: the arm64 Image header, relocation to the image's place, a stack,
 * then guest_start() in C. It is entered like a Linux: the MMU is off, and x0 has the device tree.
 * Secondary CPUs enter at guest_secondary with their number in x0.
 */
	.section .head, "ax"
	.globl _start
_start:
	b	enter
	.word	0
	.quad	0x80000			/* text_offset: where QEMU puts an image without header */
	.quad	__image_size
	.quad	(1 << 3) | (1 << 1)	/* anywhere in memory, 4 KiB pages */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.word	0

	.text
enter:
	mrs	x21, cntpct_el0		/* for cpu_first_counter() */
	mrs	x22, cntvct_el0
	mov	x19, x0
	/* Apply the relative relocations: the link address is 0, so the load address is the offset. */
	adrp	x1, _start
	add	x1, x1, :lo12:_start
	adrp	x2, __relocations
	add	x2, x2, :lo12:__relocations
	adrp	x3, __relocations_end
	add	x3, x3, :lo12:__relocations_end
1:	cmp	x2, x3
	b.hs	2f
	ldp	x4, x5, [x2], #16	/* place; type: R_AARCH64_RELATIVE only */
	ldr	x6, [x2], #8
	add	x6, x6, x1
	str	x6, [x4, x1]
	b	1b
2:	adrp	x2, __bss_start
	add	x2, x2, :lo12:__bss_start
	adrp	x3, __bss_end
	add	x3, x3, :lo12:__bss_end
3:	cmp	x2, x3
	b.hs	4f
	stp	xzr, xzr, [x2], #16
	b	3b
4:	adrp	x0, cpu_first_counters
	add	x0, x0, :lo12:cpu_first_counters
	stp	x21, x22, [x0]
	mov	x0, #0
	bl	set_stack
	mov	x0, x19
	bl	guest_start
5:	wfi
	b	5b

	.globl guest_secondary
guest_secondary:
	mov	x19, x0
	bl	set_stack
	mov	x0, x19
	bl	guest_start_secondary
6:	wfi
	b	6b

/* In: x0 = this CPU's number. Switches floating point on, as the C library may use its registers.
 * Below each stack lies a page that cpu.c takes out of the map. */
set_stack:
	mov	x1, #(3 << 20)
	msr	cpacr_el1, x1
	isb
	adrp	x1, guest_stacks
	add	x1, x1, :lo12:guest_stacks
	ldr	x2, =(GUEST_STACK_SIZE + 4096)
	add	x0, x0, #1
	madd	x1, x0, x2, x1
	mov	sp, x1
	ret

	.bss
	.balign	4096
	.globl guest_stacks
guest_stacks:
	.skip	(GUEST_STACK_SIZE + 4096) * GUEST_CPUS_MAX
	.section .note.GNU-stack, "", %progbits
