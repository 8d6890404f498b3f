/*
 * The console's calls to the operator's shell, which stands above it: a line was typed, and what
 * belongs to that. The shell answers by line_answer() and line_over(). Several lines are carried
 * out side by side. Lines of the link have the link's numbers; the prompt's line is LINE_PROMPT.
 */
#ifndef CONSOLE_LINE_H
#define CONSOLE_LINE_H

#include <kumiki/link.h>
#include <stdbool.h>
#include <stdint.h>

enum { LINE_PROMPT = LINK_LINES, LINE_COUNT };

struct console;
struct shell;

struct console_shell {
	void (*line)(struct shell *shell, uint8_t number, const char *line, uint32_t size);
	void (*cancel)(struct shell *shell, uint8_t number); /* nobody wants the answer any more */
	void (*complete)(struct shell *shell);               /* the word at the editor's cursor */
	/* turn: one turn of work; true: something was said. deadline: when the next one is due,
	 * or UINT64_MAX. */
	bool (*turn)(struct shell *shell, uint64_t now);
	uint64_t (*deadline)(const struct shell *shell);
};

#define LINE_ANSWER_MAX 1000u /* characters in a call; with three bytes more, a frame's payload */

/* Gives a line to the shell. No line with this number runs. */
void line_take(struct console *console, uint8_t number, const char *line, uint32_t size);
void line_cancel(struct console *console, uint8_t number);

/* Cancels all lines of the link: the host is gone. */
void line_leave(struct console *console);

/* Passes on a part of the line's answer. False: there is no room yet. */
bool line_answer(struct console *console, uint8_t number, bool last, uint8_t status,
                 const char *text, uint32_t size);
void line_over(struct console *console, uint8_t number);

#endif
