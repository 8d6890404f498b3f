/*
 * The reference as a page: properties, commands and calls, with their meanings. Names and numbers
 * come from the tables and headers that the programs use. Texts that only people read are in this
 * folder.
 */
#ifndef REFERENCE_REFERENCE_H
#define REFERENCE_REFERENCE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* ---- page.c: text in lines ---- */

struct page_style {
	FILE *out;
	size_t width; /* a line's */
	bool code;    /* names between apostrophes become Markdown's code */
};
struct page_style page_markdown(FILE *out);
struct page_style page_terminal(FILE *out);

/* Writes a paragraph; its first line begins with `first`, its other lines with `further`. */
void page_text(const struct page_style *style, const char *first, const char *further,
               const char *text);
/* Writes a paragraph of Markdown, with an empty line behind it. */
void page_paragraph(FILE *out, const char *text);

/* A row of a table of calls. A text that is NULL is left out. */
struct page_call {
	const char *name;
	uint32_t number;
	const char *takes;
	const char *answers;
	const char *right; /* the right that the handle needs */
	const char *meaning;
};
#define PAGE_CALL(call) .name = #call, .number = (uint32_t)(call)

/* Writes a table of calls; a row without a name ends it. `format` is for the numbers. */
void page_calls(FILE *out, const struct page_call *calls, const char *format);

/* A row of a table of numbers. */
struct page_number {
	const char *name;
	int number;
	const char *meaning;
};
#define PAGE_NUMBER(constant) #constant, (int)(constant)

void page_numbers(FILE *out, const char *what, const struct page_number *numbers);

/* ---- the parts of the page ---- */

void reference_properties(FILE *out); /* properties.c */
void reference_commands(FILE *out);   /* commands.c: the operator's, and the subcommands */
void reference_guest(FILE *out);      /* guest.c: hypercalls, PSCI */
void reference_rtos(FILE *out);       /* rtos.c: the RTOS's system calls */

#endif
