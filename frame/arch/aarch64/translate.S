/*
 * Translates an address by a guest's own tables; the CPU does it for the frame. The walk may meet a
 * place that answers no read (a device's register, a hole in its registers). Then the instruction
 * takes an external abort to EL2: this is the only exception of the frame itself that a guest can
 * cause. vectors.S knows the instructions by their addresses and goes on at translate_failed.
 */
	.section .text, "ax"
	.global	translate_stage1, translate_begin, translate_end, translate_failed

/*
 * x0: the address. Returns the result as in PAR_EL1, and keeps the register's old value. After an
 * abort, returns the value that PAR_EL1 would have. x3 to x9, which the vector leaves alone, keep
 * the registers that describe the guest's trap. The translation is that of EL1 even for a trap from
 * EL0, as EL0 may execute what only EL1 can read.
 */
translate_stage1:
	mrs	x3, par_el1
	mrs	x4, cnthp_cval_el2
	mrs	x5, elr_el2
	mrs	x6, spsr_el2
	mrs	x7, esr_el2
	mrs	x8, far_el2
	mrs	x9, hpfar_el2
translate_begin:
	at	s1e1r, x0
	isb
translate_end:
	mrs	x0, par_el1
	msr	par_el1, x3
	ret

translate_failed:
	mrs	x0, esr_el2
	ubfiz	x0, x0, #1, #6		/* PAR_EL1.FST: the fault status */
	orr	x0, x0, #1		/* PAR_EL1.F */
	msr	cnthp_cval_el2, x4
	msr	elr_el2, x5
	msr	spsr_el2, x6
	msr	esr_el2, x7
	msr	far_el2, x8
	msr	hpfar_el2, x9
	msr	par_el1, x3
	ret
