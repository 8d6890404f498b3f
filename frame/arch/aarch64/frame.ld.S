/* The frame's image: linked at LAYOUT_TEXT, loaded at any multiple of 2 MiB. Its parts have
 * fixed places (layout.h). */
#include <frame/layout.h>

/* The next part's place, in the image or in the services' section: behind what has outgrown its
 * room. */
#define PLACE(offset)              MAX(frame_text + offset, ALIGN(4096))
#define ROOM(first, next)          MAX(next - first, ALIGN(4096))
#define AT_PLACE(symbol, offset) (symbol == frame_text + offset)

OUTPUT_FORMAT("elf64-littleaarch64")
ENTRY(_start)

/* Other code mustn't refer to the start's part: that isn't mapped while guests run. */
NOCROSSREFS_TO(.start .text)

SECTIONS
{
	. = LAYOUT_TEXT;
	frame_text = .;
	.head : {
		KEEP(*(.head))
		/* The code that checks the image comes early: a file that was cut has nothing
		 * behind the cut. */
		*crc32c_arm.c.o(.text .text.*)
		*bundle_frame.c.o(.text .text.*)
	}
	.text ALIGN(2048) : {
		KEEP(*(.vectors))
		/* A core that hangs loses the text from here on: recover_hung.c. */
		. = ALIGN(4096);
		frame_crash_end = .;
		*(EXCLUDE_FILE(START_FILES) .text EXCLUDE_FILE(START_FILES) .text.*)
		. = ALIGN(IMAGE_PIECE);
		frame_text_end = .;
	}

	/* The services' images: whole pages, which their stage 2 maps. */
	. = PLACE(IMAGE_CONSOLE);
	frame_rodata = .;
	.services : {
		service_console_image = .;
		KEEP(*(.services.console))
		. = ROOM(IMAGE_CONSOLE, IMAGE_LOADER);
		service_console_end = .;
		service_loader_image = .;
		KEEP(*(.services.loader))
		. = ROOM(IMAGE_CONSOLE, IMAGE_WARDEN);
		service_loader_end = .;
		service_warden_image = .;
		KEEP(*(.services.warden))
		. = ROOM(IMAGE_CONSOLE, IMAGE_BROKER);
		service_warden_end = .;
		service_broker_image = .;
		KEEP(*(.services.broker))
		. = ROOM(IMAGE_CONSOLE, IMAGE_UPDATER);
		service_broker_end = .;
		service_updater_image = .;
		KEEP(*(.services.updater))
		. = ROOM(IMAGE_CONSOLE, IMAGE_PARITY);
		service_updater_end = .;
		/* frame/build/parity.c fills these two pages. */
		. += 4096;
		service_sums = .;
		. += 4096;
	}
	. = PLACE(IMAGE_CONSTANTS);
	.rodata : {
		*(EXCLUDE_FILE(START_FILES) .rodata EXCLUDE_FILE(START_FILES) .rodata.*)
	}
	/* The start's part: it runs in the boot's tables and in the tables of each core's way in.
	 * The tables by which a core runs guests don't map it. */
	. = PLACE(IMAGE_START);
	frame_start = .;
	.start : {
		KEEP(*(.trampoline))
		KEEP(*(.trampoline.firmware))
		ASSERT(. <= frame_start + 4096, "the way in doesn't fit a page");
		*(.boot .boot.*)
		*(.text .text.*)
		*(.rodata .rodata.*)
		. = ALIGN(IMAGE_PIECE);
		frame_start_end = .;
	}
	. = PLACE(IMAGE_ROOM);
	frame_end = .;
	ASSERT(frame_end <= LAYOUT_PRISTINE, "the image reaches into other parts of the way in")
	frame_image_size = frame_end - frame_text;
	frame_bare_size = ALIGN(frame_image_size + LAYOUT_BOOT_SIZE, 4096);
	frame_layout = AT_PLACE(core_reenter, IMAGE_REENTER) && AT_PLACE(core_entry, IMAGE_ENTRY) &&
		AT_PLACE(frame_rodata, IMAGE_CONSOLE) && AT_PLACE(service_loader_image, IMAGE_LOADER) &&
		AT_PLACE(service_warden_image, IMAGE_WARDEN) && AT_PLACE(service_broker_image, IMAGE_BROKER) &&
		AT_PLACE(service_updater_image, IMAGE_UPDATER) && AT_PLACE(service_updater_end, IMAGE_PARITY) &&
		AT_PLACE(ADDR(.rodata), IMAGE_CONSTANTS) && AT_PLACE(frame_start, IMAGE_START) && AT_PLACE(frame_end, IMAGE_ROOM) ?
		LAYOUT_REVISION : LAYOUT_NONE;

	/* Each core's own data: not in the file, but taken and cleared at start. The data with the
	 * largest alignment comes first, so that no hole is before it. */
	.core LAYOUT_LOCAL (NOLOAD) : { *(.core.pages) *(SORT_BY_ALIGNMENT(.core)) }
	. = ALIGN(4096);
	frame_core_end = .;
	ASSERT(frame_core_end <= LAYOUT_LOCAL_END, "the core's own data outgrew its place")
	ASSERT(frame_core_end - LAYOUT_LOCAL <= LAYOUT_BOOT_CORE_SIZE, "the core's own data outgrew what the boot has for it")

	/* The frame has no other writable data. */
	.refused (NOLOAD) : { *(.data .data.* .bss .bss.* COMMON) }
	ASSERT(SIZEOF(.refused) == 0, "the frame has no global variables but those in .core")

	/DISCARD/ : { *(.comment) *(.note.*) *(.eh_frame*) }
}
