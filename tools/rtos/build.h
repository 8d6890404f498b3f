/*
 * A manifest while it is being read: the data that the steps of load.c share. Each step complains
 * of mistakes, and goes on. A system with errors is thrown away at the end.
 */
#ifndef RTOS_BUILD_H
#define RTOS_BUILD_H

#include <host/dts.h>
#include <host/rtos.h>
#include <kumiki/rtos/call.h>
#include <kumiki/rtos/note.h>

#define RTOS_PAGE      4096u
#define RTOS_PARTITION "partition" /* the node with names of the system's description */

struct rtos_build {
	struct rtos_system *system;
	struct arena *arena;
	struct complaints complaints;
	struct file_search search;
	struct dts_tree *tree;
	const struct dts_node *nodes[RTOS_IMAGE_PROGRAMS_MAX]; /* parallel to system->programs */
	const struct dts_node *window_nodes[RTOS_WINDOWS_MAX]; /* parallel to system->windows */
	/* Parallel to system->devices. */
	struct dts_place device_places[RTOS_DEVICES_MAX];
	bool device_virtio[RTOS_DEVICES_MAX]; /* it is the end of a channel, or may be one */
	bool parts[RTOS_IMAGE_PROGRAMS_MAX];  /* the program has sectors of a disk, by its image */
	uint32_t parts_kind[RTOS_IMAGE_PROGRAMS_MAX]; /* enum rtos_parts, with `parts` */
	bool ladder[RTOS_IMAGE_PROGRAMS_MAX];         /* its arguments are a ladder, by its image */
};

/* ---- words.c: checks properties, and reads them ---- */

void rtos_words_check(struct rtos_build *build);
/* The manifest's list that a node of the root is meant to be; NULL: it is no misspelt one. */
const char *rtos_words_list_meant(const struct dts_node *node);
/* True if the property is there and has the form that its word has. */
bool rtos_words_good(const struct dts_node *node, const char *name);
/* True if a program hasn't the property, nor a property that is probably this one, misspelt. */
bool rtos_words_missing(const struct dts_node *node, const char *name);
/* Complains if a window hasn't the property, nor a misspelt one. */
void rtos_words_window_wants(struct rtos_build *build, const struct dts_node *node,
                             const char *name);
/* A number from `least` to `most`; `otherwise` if it isn't there, or after a complaint. */
uint32_t rtos_words_number(struct rtos_build *build, const struct dts_node *node, const char *name,
                           uint32_t least, uint32_t most, uint32_t otherwise);
/* The same for a size: the number of its pages. */
uint32_t rtos_words_pages(struct rtos_build *build, const struct dts_node *node, const char *name,
                          uint32_t most, uint32_t otherwise);
/* The number of the string among `count` words; `otherwise` if it isn't there, or after a
 * complaint. */
uint8_t rtos_words_choose(struct rtos_build *build, const struct dts_node *node, const char *name,
                          const char *const *words, size_t count, uint8_t otherwise);
/* The same for one item of a property. False after a complaint. */
bool rtos_words_item(struct rtos_build *build, const struct dts_item *item, const char *name,
                     const char *const *words, size_t count, uint8_t *number);
/* True for a name of 1 to size - 1 letters, digits, '-' and '_'. */
bool rtos_words_name(const char *name, size_t size);

/* ---- the steps; load.c has their order ---- */

/* programs.c: names, roles, and properties that are a plain number, size or text. */
void rtos_programs_read(struct rtos_build *build);
/* The number of the program that an item names; RTOS_IMAGE_PROGRAMS_MAX, after a complaint: there
 * is none. */
uint32_t rtos_programs_find(struct rtos_build *build, const struct dts_item *item,
                            const char *property);

/* life.c: when a program starts, and what follows its end. */
void rtos_life_read(struct rtos_build *build, uint32_t program);

/* ports.c: offered and called ports, managed programs, shared memory. */
void rtos_ports_read(struct rtos_build *build);

/* called.c: whether the node is a name of the system's description; and reads it. False after a
 * complaint. */
bool rtos_called_is(const struct rtos_build *build, const struct dts_node *node);
bool rtos_called_read(struct rtos_build *build, struct rtos_manifest_device *device,
                      const struct dts_item *item);

/* devices.c; and, of a good ELF file, which ends of channels the program can drive. */
void rtos_devices_read(struct rtos_build *build);
void rtos_devices_drives(struct rtos_build *build, uint32_t program, const char *bytes,
                         size_t size);

/* function.c: PCI functions. rtos_function_ranges() tells why no program could have it; NULL: all
 * is right. rtos_function_interrupt() is false if its pin leads nowhere. */
bool rtos_function_is(const struct dts_node *node);
const char *rtos_function_ranges(const struct dts_node *node, struct rtos_manifest_device *device);
bool rtos_function_interrupt(const struct dts_tree *tree, const struct dts_node *node,
                             const struct dts_node *gic, struct rtos_manifest_device *device);

/* files.c: the files of programs and windows; then whether the quotas suffice. */
void rtos_files_read(struct rtos_build *build);

/* notes.c: whether a program's ELF file has that declaration, and its value (0: it has none). The
 * file must be one that rtos_elf_read() found good. */
bool rtos_notes_have(const char *bytes, size_t size, enum rtos_note_type type, uint32_t *value);

/* probe.c: how often a program is probed. Its ELF file must be one that rtos_elf_read() found
 * good. */
void rtos_probe_read(struct rtos_build *build, uint32_t program, const char *bytes, size_t size);

/* parts.c: whether two programs have the same sectors of a disk. Called when all files are read. */
void rtos_parts_check(struct rtos_build *build);

/* ladder.c: whether a ladder's lines name rules that are there, and a watcher's facts are whole.
 * Called when all files are read. */
void rtos_ladder_check(struct rtos_build *build);

/* elf.c: reads a program's segments. NULL: the file is good; otherwise what is wrong with it, and
 * the remedy. */
const char *rtos_elf_read(struct arena *arena, const void *bytes, size_t size,
                          struct rtos_system_program *program);

#endif
