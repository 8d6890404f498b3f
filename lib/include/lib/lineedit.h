/*
 * A line that a person types at a terminal: the line that is edited, and the lines before it. Only
 * backspaces and characters move the cursor, so the line looks right on any screen, behind any
 * prompt. The operator's command line and the RTOS's shell use it. The code is pure, except that it
 * shows characters.
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
	uint8_t size; /* characters of the longest line, at most LINEEDIT_MAX */
	uint8_t length, cursor;
	uint8_t escape; /* inside a key's escape sequence */
	uint8_t parameter;
	bool feed;       /* the last key was a carriage return; a line feed would belong to it */
	uint8_t lines;   /* lines in the history */
	uint8_t browsed; /* how many lines back; 0: the edited line */
	char line[LINEEDIT_MAX + 1], draft[LINEEDIT_MAX + 1];
	char history[LINEEDIT_HISTORY][LINEEDIT_MAX + 1]; /* the newest first */
};

/* Takes a key. Ctrl-H and DEL delete a character; Ctrl-U and Ctrl-W delete more. Arrows, Home, End,
 * Delete, and Emacs's keys for these, move the cursor and go through the history. */
enum lineedit_result lineedit_key(struct lineedit *edit, uint8_t key);

/* Inserts text at the cursor. Characters that don't fit are left out. */
void lineedit_insert(struct lineedit *edit, const char *text, uint32_t size);

/* Shows the line again after a prompt, with the cursor at its place. */
void lineedit_show(const struct lineedit *edit);

/* Empties the line. The screen doesn't change. */
void lineedit_clear(struct lineedit *edit);

#endif
