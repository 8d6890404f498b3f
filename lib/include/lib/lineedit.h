/*
 * A line that a person types at a terminal: one line being edited, and the ones before it. It moves
 * on its line with backspaces alone, so it looks right on any screen, behind any prompt. The
 * operator's command line and the RTOS's shell stand on it. Pure, but for the characters that it
 * shows.
 */
#ifndef LIB_LINEEDIT_H
#define LIB_LINEEDIT_H

#include <stdbool.h>
#include <stdint.h>

#define LINEEDIT_MAX     80u
#define LINEEDIT_HISTORY 8u

enum lineedit_result {
	LINEEDIT_GOES_ON,
	LINEEDIT_WHOLE,    /* `line` is it; lineedit_clear() begins the next one */
	LINEEDIT_CANCEL,   /* Ctrl-C */
	LINEEDIT_COMPLETE, /* Tab */
};

struct lineedit {
	void (*show)(void *to, char character);
	void *to;
	uint8_t size; /* the longest line, at most LINEEDIT_MAX */
	uint8_t length, cursor;
	uint8_t escape; /* inside a key that is a sequence */
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

/* At the cursor; what finds no room is left out. */
void lineedit_insert(struct lineedit *edit, const char *text, uint32_t size);

/* The line again, behind a prompt, and the cursor where it belongs. */
void lineedit_show(const struct lineedit *edit);

/* The line is empty, without a word on the screen. */
void lineedit_clear(struct lineedit *edit);

#endif
