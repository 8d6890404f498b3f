/* The kernel's image: linked at LAYOUT_TEXT, loaded at any multiple of 2 MiB. */
#include <kernel/layout.h>

OUTPUT_FORMAT("elf64-littleaarch64")
ENTRY(_start)

SECTIONS
{
	. = LAYOUT_TEXT;
	kernel_text = .;
	.text : {
		KEEP(*(.head))
		KEEP(*(.head.header))
		. = ALIGN(2048);
		KEEP(*(.vectors))
		*(.text .text.*)
		*(.boot)
	}
	. = ALIGN(4096);
	kernel_rodata = .;
	.rodata : { *(.rodata .rodata.*) }
	. = ALIGN(4096);
	kernel_data = .;
	.data : { *(.data .data.*) . = ALIGN(64); }
	kernel_zeros = .;
	/* The zeros are in the file, as the boot image lies right behind them. */
	.bss : {
		*(.bss .bss.*) *(COMMON)
		. = ALIGN(4096);
	}
	kernel_end = .;
	kernel_image_offset = kernel_end - kernel_text;
	kernel_copy_size = kernel_zeros - kernel_text;
	kernel_bare_size = kernel_image_offset;
	ASSERT(kernel_image_offset <= 0x200000, "the identity map of the start has 2 MiB")

	/DISCARD/ : { *(.comment) *(.note.*) *(.eh_frame*) }
}
