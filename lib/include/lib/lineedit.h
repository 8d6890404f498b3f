/*
 * A line that a person types at a terminal: the line being edited, and the lines before it. The
 * cursor moves by backspaces alone, so the line looks right on any screen, behind any prompt. The
 * operator's command line and the RTOS's shell use it. Pure, but for the characters that it shows.
 */
#ifndef LIB_LINEEDIT_H
#define LIB_LINEEDIT_H

#include <stdbool.h>
#include <stdint.h>

#define LINEEDIT_MAX     80u
#define LINEEDIT_HISTORY 8u

enum lineedit_result {
	LINEEDIT_GOES_ON,
	LINEEDIT_WHOLE,    /* `line` is whole; lineedit_clear() begins the next line */
	LINEEDIT_CANCEL,   /* Ctrl-C */
	LINEEDIT_COMPLETE, /* Tab */
};

struct lineedit {
	void (*show)(void *to, char character);
	void *to;
	uint8_t size; /* the longest line, at most LINEEDIT_MAX */
	uint8_t length, cursor;
	uint8_t escape; /* inside a key's escape sequence */
	uint8_t parameter;
	bool feed;       /* the last key was a carriage return: a line feed belongs to it */
	uint8_t lines;   /* in the history */
	uint8_t browsed; /* how many lines back; 0: the line itself */
	char line[LINEEDIT_MAX + 1], draft[LINEEDIT_MAX + 1];
	char history[LINEEDIT_HISTORY][LINEEDIT_MAX + 1]; /* the newest first */
};

/* A key. Ctrl-H and DEL rub out, Ctrl-U and Ctrl-W more; arrows, Home, End, Delete, and Emacs's
 * keys for them, move and browse. */
enum lineedit_result lineedit_key(struct lineedit *edit, uint8_t key);

/* Inserts at the cursor; characters without room are left out. */
void lineedit_insert(struct lineedit *edit, const char *text, uint32_t size);

/* Shows the line again behind a prompt, with the cursor at its place. */
void lineedit_show(const struct lineedit *edit);

/* Empties the line; the screen doesn't change. */
void lineedit_clear(struct lineedit *edit);

#endif
