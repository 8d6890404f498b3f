/*
 * Where a core goes that waited in the firmware's spin table: at EL2, with the MMU off, and nothing
 * in its registers. By its slot it tells firmware_cpu_on() that it is here, and gets its x0.
 */
	.section .trampoline.firmware, "ax"
	.global	spin_entry
spin_entry:
	msr	daifset, #0xf
	mrs	x1, mpidr_el1
	and	x1, x1, #0xff
	adr	x2, firmware_slots
	ldr	x2, [x2]
	add	x2, x2, x1, lsl #3
	str	xzr, [x2]
	dsb	sy
	sev
1:	wfe
	ldr	x0, [x2]
	cbz	x0, 1b
	b	core_entry
