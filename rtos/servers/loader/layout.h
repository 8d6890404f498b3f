/* A file's segments, laid out in a slot's process, and its first thread (docs/rtos/services.md). */
#ifndef LOADER_LAYOUT_H
#define LOADER_LAYOUT_H

#include <kumiki/rtos/call.h>
#include <lib/elf.h>
#include <proto/loader.h>
#include <rtos/fs.h>

struct layout {
	const struct fs *fs;
	uint64_t file; /* its id */
	const struct elf *elf;
	rtos_handle_t process;
	uint64_t stack_size, thread; /* as the slot has it: RTOS_THREAD(…) */
	const char *arguments;       /* `count` strings, one behind the other */
	uint32_t argument_bytes, argument_count;
};

/* All of it is there, and a page for its first thread. The stack comes last, whole: by that the
 * supervisor knows. Otherwise what was laid out is in the process still. */
enum loader_status layout_place(const struct layout *layout);
/* Its first thread. Without one it has ended. */
void layout_run(const struct layout *layout);

#endif
