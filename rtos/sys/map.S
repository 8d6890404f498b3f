/*
 * Where a thread goes on that found no page in a window of rtos/sys/map.c. The kernel keeps x0, x8,
 * the place and the flags; all other registers that C may change are kept here. The SIMD registers
 * aren't: the C that is called here uses none, as rtos/sys and what it calls are compiled with
 * -mgeneral-regs-only (rtos/integer). x0: the address.
 */
	.section .text.map_enter, "ax"
	.global	map_enter
	.type	map_enter, %function
map_enter:
	stp	x29, x30, [sp, #-160]!
	mov	x29, sp
	stp	x1, x2, [sp, #16]
	stp	x3, x4, [sp, #32]
	stp	x5, x6, [sp, #48]
	stp	x7, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	str	x18, [sp, #144]
	bl	map_fault
	ldp	x1, x2, [sp, #16]
	ldp	x3, x4, [sp, #32]
	ldp	x5, x6, [sp, #48]
	ldp	x7, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldr	x18, [sp, #144]
	ldp	x29, x30, [sp], #160
	mov	x8, #31			// RTOS_RESUME; x0: 0, or the fault stands
	svc	#0
	.size	map_enter, . - map_enter
