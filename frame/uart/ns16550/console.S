/* The console service for a 16550: see frame/arch/aarch64/services.S. */
	.section .services.console, "a"
	.incbin	"console-ns16550.bin"
