/* The console service for a PL011: see frame/arch/aarch64/services.S. */
	.section .services.console, "a"
	.incbin	"console-pl011.bin"
