/* The console service for Cadence's UART: see frame/arch/aarch64/services.S. */
	.section .services.console, "a"
	.incbin	"console-cadence.bin"
