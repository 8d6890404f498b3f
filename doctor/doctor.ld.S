/* The doctor's image: linked at LAYOUT_TEXT, like a frame, and loaded at any multiple of 2 MiB. */
#include <doctor/places.h>
#include <frame/layout.h>

OUTPUT_FORMAT("elf64-littleaarch64")
ENTRY(_start)

SECTIONS
{
	. = LAYOUT_TEXT;
	doctor_text = .;
	.head : { KEEP(*(.head)) }
	.text ALIGN(2048) : { *(.text .text.* .boot.text) }
	.rodata ALIGN(64) : { *(.rodata .rodata.* .boot.rodata) }
	. = ALIGN(4096);
	doctor_end = .;
	doctor_image_size = doctor_end - doctor_text;
	ASSERT(doctor_image_size + 4096 <= DOCTOR_SCRATCH, "the image reaches into its scratch memory")

	/* The data, which isn't in the file: one core works at a time. */
	.core LAYOUT_LOCAL (NOLOAD) : { *(.core.pages) *(SORT_BY_ALIGNMENT(.core)) }
	ASSERT(. - LAYOUT_LOCAL <= LAYOUT_BOOT_CORE_SIZE, "the data outgrew what the boot has for it")

	.refused (NOLOAD) : { *(.data .data.* .bss .bss.* COMMON) }
	ASSERT(SIZEOF(.refused) == 0, "the doctor has no global variables but those in .core")

	/DISCARD/ : { *(.comment) *(.note.*) *(.eh_frame*) }
}
