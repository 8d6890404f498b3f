/*
 * A manifest while it is being read: the data that the steps of load.c share. Each step complains
 * of mistakes and goes on; a system with errors is thrown away at the end.
 */
#ifndef RTOS_BUILD_H
#define RTOS_BUILD_H

#include <host/dts.h>
#include <host/rtos.h>
#include <kumiki/rtos/call.h>

#define RTOS_PAGE 4096u

struct rtos_build {
	struct rtos_system *system;
	struct arena *arena;
	struct complaints complaints;
	struct file_search search;
	struct dts_tree *tree;
	const struct dts_node *nodes[RTOS_IMAGE_PROGRAMS_MAX]; /* beside system->programs */
	const struct dts_node *window_nodes[RTOS_WINDOWS_MAX]; /* beside system->windows */
	struct dts_place device_places[RTOS_DEVICES_MAX];
};

/* ---- words.c: which properties there are, and reading them ---- */

void rtos_words_check(struct rtos_build *build);
/* True if the property is there and has the form that its word has. */
bool rtos_words_good(const struct dts_node *node, const char *name);
/* True if a program hasn't the property, and no misspelt one that was probably meant to be it. */
bool rtos_words_missing(const struct dts_node *node, const char *name);
/* Complains if a window hasn't the property, nor a misspelt one. */
void rtos_words_window_wants(struct rtos_build *build, const struct dts_node *node,
                             const char *name);
/* One cell between least and most; `otherwise` if it isn't there, or after a complaint. */
uint32_t rtos_words_number(struct rtos_build *build, const struct dts_node *node, const char *name,
                           uint32_t least, uint32_t most, uint32_t otherwise);
/* Likewise a size, in pages. */
uint32_t rtos_words_pages(struct rtos_build *build, const struct dts_node *node, const char *name,
                          uint32_t most, uint32_t otherwise);
/* Which of `count` words the string is; `otherwise` likewise. */
uint8_t rtos_words_choose(struct rtos_build *build, const struct dts_node *node, const char *name,
                          const char *const *words, size_t count, uint8_t otherwise);
/* The same of one item. False after a complaint. */
bool rtos_words_item(struct rtos_build *build, const struct dts_item *item, const char *name,
                     const char *const *words, size_t count, uint8_t *number);
/* 1 to size - 1 letters, digits, '-' and '_'. */
bool rtos_words_name(const char *name, size_t size);

/* ---- the steps, in the order of load.c ---- */

/* programs.c: names, roles, and what is a plain number, size or text. */
void rtos_programs_read(struct rtos_build *build);
/* The program's number; RTOS_IMAGE_PROGRAMS_MAX, after a complaint: none. */
uint32_t rtos_programs_find(struct rtos_build *build, const struct dts_item *item,
                            const char *property);

/* life.c: when it starts, and the answer to its end. */
void rtos_life_read(struct rtos_build *build, uint32_t program);

/* ports.c: offered and called ports, managed programs, shared memory. */
void rtos_ports_read(struct rtos_build *build);

/* devices.c */
void rtos_devices_read(struct rtos_build *build);

/* function.c: PCI functions. Not NULL, or false: why no program could have it. */
bool rtos_function_is(const struct dts_node *node);
const char *rtos_function_ranges(const struct dts_node *node, struct rtos_manifest_device *device);
bool rtos_function_interrupt(const struct dts_tree *tree, const struct dts_node *node,
                             const struct dts_node *gic, struct rtos_manifest_device *device);

/* files.c: the files of programs and windows; then whether the quotas suffice. */
void rtos_files_read(struct rtos_build *build);

/* probe.c: how often it is asked whether it is right; of a good ELF file. */
void rtos_probe_read(struct rtos_build *build, uint32_t program, const char *bytes, size_t size);

/* elf.c: a program's segments. NULL: good; otherwise the file's fault and the remedy. */
const char *rtos_elf_read(struct arena *arena, const void *bytes, size_t size,
                          struct rtos_system_program *program);

#endif
