/* Lays out a file's segments in a slot's process, and makes its first thread
 * (docs/reference/rtos-servers.md). */
#ifndef LOADER_LAYOUT_H
#define LOADER_LAYOUT_H

#include <kumiki/rtos/call.h>
#include <lib/elf.h>
#include <proto/loader.h>
#include <rtos/fs.h>

struct layout {
	const struct fs *fs;
	uint64_t file; /* the file's id */
	const struct elf *elf;
	rtos_handle_t process;
	uint64_t stack_size, thread; /* the slot's; `thread` is RTOS_THREAD(…) */
	const char *arguments;       /* `argument_count` strings, one behind the other */
	uint32_t argument_bytes, argument_count;
};

/* Lays out everything, and makes sure of a page for the first thread. The stack comes last, whole,
 * as the supervisor looks for it. After a failure the process still has the parts that were laid
 * out. */
enum loader_status layout_place(const struct layout *layout);
/* Makes the first thread. If that fails, the process ends. */
void layout_run(const struct layout *layout);

#endif
