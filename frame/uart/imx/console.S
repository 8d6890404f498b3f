/* The console service for the i.MX UART: see frame/arch/aarch64/services.S. */
	.section .services.console, "a"
	.incbin	"console-imx.bin"
