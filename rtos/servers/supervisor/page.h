/* Filling a program's start page (kumiki/rtos/program.h): pure. */
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

/* Of zeros, or with what the program before was told. */
void page_begin(struct page *page, const struct rtos_image *image,
                const struct rtos_manifest *manifest, uint32_t number);
/* One thing that it was given. False: no room. */
bool page_give(struct page *page, enum rtos_given_kind kind, const char *name, uint32_t handle,
               uint64_t address, uint64_t size);
/* The arguments. False: no room. */
bool page_arguments(struct page *page, const struct rtos_manifest *manifest, uint32_t number);

/* How many bytes of it say something; behind them are zeros. */
size_t page_used(const struct page *page);

#endif
