/*
 * The prompt of the operator's command line: one line being edited, the ones before it, keys typed
 * ahead while a command runs. It moves on its line with backspaces and carriage returns alone, so
 * it looks right on any screen that shows the service's output, focused or not.
 */
#ifndef CONSOLE_EDITOR_H
#define CONSOLE_EDITOR_H

#include <stdbool.h>
#include <stdint.h>

#define EDITOR_PROMPT  "kumiki> "
#define EDITOR_LINE    60u /* with prefix and prompt a row of a small terminal */
#define EDITOR_HISTORY 8u
#define EDITOR_AHEAD   128u

struct console_editor {
	bool wanted;    /* keys go here */
	bool open;      /* the prompt stands there; not while a command runs */
	bool feed;      /* the last key was a carriage return: a line feed belongs to it */
	uint8_t escape; /* inside a key that is a sequence */
	uint8_t parameter;
	uint8_t length, cursor;
	uint8_t lines;   /* in the history */
	uint8_t browsed; /* how many lines back; 0: the line itself */
	uint8_t ahead_size;
	uint32_t begins; /* the prompt, in the service's ring: say_next() */
	char line[EDITOR_LINE + 1], draft[EDITOR_LINE + 1];
	char history[EDITOR_HISTORY][EDITOR_LINE + 1]; /* the newest first */
	uint8_t ahead[EDITOR_AHEAD];
};

struct console;

/* Keys go there now, or elsewhere. */
void editor_open(struct console *console);
void editor_close(struct console *console);

/* A key. False: there is no room for what it would show; try again. */
bool editor_take(struct console *console, uint8_t key);

/* The command is over: the prompt comes back, and what was typed ahead is taken. */
void editor_again(struct console *console);

/* What was typed ahead and found no room then. */
void editor_pump(struct console *console);

/* Something else is said in between: how many columns are to be covered. */
uint32_t editor_hide(struct console *console);
void editor_show(struct console *console);

/* At the cursor; what finds no room is left out. */
void editor_insert(struct console *console, const char *text, uint32_t size);

#endif
