/*
 * What a program of the RTOS declares of itself in its ELF file: notes in the section .note.kumiki,
 * which the host's `kumiki rtos pack` reads.
 */
#ifndef KUMIKI_RTOS_NOTE_H
#define KUMIKI_RTOS_NOTE_H

#include <stdint.h>

#define RTOS_NOTE_OWNER "Kumiki"

enum rtos_note_type {
	RTOS_NOTE_PROBES = 1, /* it answers probes (docs/rtos/recovery.md) */
	RTOS_NOTE_DRIVES = 2, /* enum rtos_end (manifest.h): which ends of channels it can drive */
	RTOS_NOTE_PARTS = 3,  /* enum rtos_parts: it has sectors of a disk (docs/channels.md) */
	RTOS_NOTE_LADDER = 4, /* its arguments have lines of a ladder (docs/watching.md); its window
	                       * RTOS_LADDER_RULES has rules that these lines name */
};

#define RTOS_LADDER_RULES "rules"

/* Such a program's argument that begins with this word has others behind it: which code a Linux may
 * execute that it makes itself (docs/prevention.md). */
#define RTOS_LET       "let"
#define RTOS_LET_WORDS "jit", "probes"

enum rtos_parts {
	RTOS_PARTS_ARGUED = 0, /* its arguments say which */
	RTOS_PARTS_WHOLE = 1,  /* all of the disk whose port is `block` */
};

/* The form is that of ELF: sizes without padding, then name and value. */
struct rtos_note {
	uint32_t name_size, size, type;
	char name[8];
	uint32_t value;
};
_Static_assert(sizeof(struct rtos_note) == 24, "a note's parts are 4's multiples");

/* A declaration, at file scope. Nobody refers to it; the linker keeps it. */
#define RTOS_NOTE(note, given)                                                                     \
	static const struct rtos_note rtos_note                                                    \
	    __attribute__((section(".note.kumiki"), used, aligned(4))) = {                         \
	        sizeof(RTOS_NOTE_OWNER), sizeof(uint32_t), note, RTOS_NOTE_OWNER, given}

#endif
