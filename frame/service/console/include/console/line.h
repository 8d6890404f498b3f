/*
 * The console's calls to the operator's shell, which stands above it: a line was typed, and what
 * belongs to that. The shell answers by line_answer() and line_over().
 */
#ifndef CONSOLE_LINE_H
#define CONSOLE_LINE_H

#include <stdbool.h>
#include <stdint.h>

struct console;
struct shell;

struct console_shell {
	void (*line)(struct shell *shell, const char *line, uint32_t size);
	void (*cancel)(struct shell *shell);   /* nobody wants the answer any more */
	void (*complete)(struct shell *shell); /* the word at the editor's cursor */
	/* turn: one turn of work; true: something was said. deadline: when the next one is due,
	 * or UINT64_MAX. */
	bool (*turn)(struct shell *shell, uint64_t now);
	uint64_t (*deadline)(const struct shell *shell);
};

/* The line that the shell carries out. */
struct console_line {
	bool runs;
	bool linked; /* the host asked over the link */
};

#define LINE_ANSWER_MAX 1000u /* characters in a call: with two bytes more, a frame's payload */

/* Nothing may be running. */
void line_take(struct console *console, const char *line, uint32_t size, bool linked);
void line_cancel(struct console *console);

/* A part of the line's answer. False: there is no room yet. */
bool line_answer(struct console *console, bool last, uint8_t status, const char *text,
                 uint32_t size);
void line_over(struct console *console);

#endif
