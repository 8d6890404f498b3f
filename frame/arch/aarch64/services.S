/* The services' images, each in a section that frame.ld.S puts on pages of its own: mapped into their
 * stage 2, never executed at EL2. The console's is the UART's: frame/uart/<kind>/console.S. */
	.macro	service name
	.section .services.\name, "a"
	.incbin	"\name\().bin"
	.endm

	service	loader
	service	warden
	service	broker
	service	updater
