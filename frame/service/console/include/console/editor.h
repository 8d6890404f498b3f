/*
 * The prompt of the operator's command line: the line being edited (lib/lineedit.h), and keys typed
 * ahead while a command runs. The prompt looks right on any screen that shows the service's output,
 * focused or not.
 */
#ifndef CONSOLE_EDITOR_H
#define CONSOLE_EDITOR_H

#include <lib/lineedit.h>
#include <stdbool.h>
#include <stdint.h>

#define EDITOR_PROMPT "kumiki> "
#define EDITOR_LINE   60u /* with prefix and prompt it fits a row of a small terminal */
#define EDITOR_AHEAD  128u

struct console_editor {
	bool wanted; /* keys go here */
	bool open;   /* the prompt is shown; not while a command runs */
	uint8_t ahead_size;
	uint32_t begins; /* where the prompt begins in the service's ring: say_next() */
	struct lineedit edit;
	uint8_t ahead[EDITOR_AHEAD];
};

struct console;

/* Called at the service's start. */
void editor_start(struct console *console);

/* editor_open(): keys go to the line; editor_close(): they go elsewhere. */
void editor_open(struct console *console);
void editor_close(struct console *console);

/* Takes a key. False: there is no room for the characters that it would show, and it is tried
 * again. */
bool editor_take(struct console *console, uint8_t key);

/* The command is over: the prompt comes back, and the keys typed ahead are taken. */
void editor_again(struct console *console);

/* Takes keys typed ahead for which there was no room. */
void editor_pump(struct console *console);

/* Other words are printed between editor_hide() and editor_show(). editor_hide() returns how many
 * columns they have to cover. */
uint32_t editor_hide(struct console *console);
void editor_show(struct console *console);

#endif
