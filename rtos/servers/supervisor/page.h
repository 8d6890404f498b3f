/* Fills a program's start page (kumiki/rtos/program.h). Pure. */
#ifndef SUPERVISOR_PAGE_H
#define SUPERVISOR_PAGE_H

#include <kumiki/rtos/image.h>
#include <kumiki/rtos/manifest.h>
#include <kumiki/rtos/program.h>
#include <stdbool.h>
#include <stddef.h>

struct page {
	union {
		struct rtos_program_start start;
		char bytes[4096];
	};
};

/* Empties the page, whatever an earlier program's page had. */
void page_begin(struct page *page, const struct rtos_image *image,
                const struct rtos_manifest *manifest, uint32_t number);
/* Adds an entry about a thing that the program is given. False: no room. */
bool page_give(struct page *page, enum rtos_given_kind kind, const char *name, uint32_t handle,
               uint64_t address, uint64_t size);
/* Adds the arguments. False: no room. */
bool page_arguments(struct page *page, const struct rtos_manifest *manifest, uint32_t number);

/* The page's used bytes; zeros follow them. */
size_t page_used(const struct page *page);

#endif
