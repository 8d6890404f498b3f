/* The services' images, on pages of their own: mapped into their stage 2, never executed at EL2. */
	.section .rodata.services, "a"
	.balign	4096
	.global	service_console_image, service_console_end, service_loader_image, service_loader_end
service_console_image:
	.incbin	"console.bin"
service_console_end:
	.balign	4096
service_loader_image:
	.incbin	"loader.bin"
service_loader_end:
	.balign	4096
	.global	service_warden_image, service_warden_end
service_warden_image:
	.incbin	"warden.bin"
service_warden_end:
	.balign	4096
	.global	service_broker_image, service_broker_end
service_broker_image:
	.incbin	"broker.bin"
service_broker_end:
	.balign	4096
	.global	service_end
service_end:
