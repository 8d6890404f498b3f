/* The frame's image: linked at LAYOUT_BASE, loaded at any multiple of 2 MiB. */
#include <frame/layout.h>

OUTPUT_FORMAT("elf64-littleaarch64")
ENTRY(_start)

SECTIONS
{
	. = LAYOUT_TEXT;
	frame_text = .;
	.text : {
		KEEP(*(.head))
		KEEP(*(.trampoline))
		ASSERT(. <= LAYOUT_TEXT + 4096, "the way in doesn't fit the first page");
		. = ALIGN(2048);
		KEEP(*(.vectors))
		*(.text .text.*)
	}
	. = ALIGN(4096);
	frame_rodata = .;
	.rodata : { *(.rodata .rodata.*) }
	. = ALIGN(4096);
	frame_end = .;
	frame_image_size = frame_end - frame_text;
	frame_bare_size = ALIGN(frame_image_size + LAYOUT_BOOT_SIZE, 4096);

	/* Each core's own: not in the file, laid out and cleared at start. */
	.core LAYOUT_LOCAL (NOLOAD) : { *(.core) }
	. = ALIGN(4096);
	frame_core_end = .;
	ASSERT(frame_core_end <= LAYOUT_TRACE, "the core's own data outgrew its place")

	/* Nothing is writable but what is named above. */
	.refused (NOLOAD) : { *(.data .data.* .bss .bss.* COMMON) }
	ASSERT(SIZEOF(.refused) == 0, "the frame has no global variables but those in .core")

	/DISCARD/ : { *(.comment) *(.note.*) *(.eh_frame*) }
}
