/*
 * The console's port. The operation is in word 0; the answer's word 0 is 0, or 1: no such
 * operation, or a read that ends for the program's third one.
 */
#ifndef PROTO_CONSOLE_H
#define PROTO_CONSOLE_H

#define CONSOLE_TEXT 48 /* characters in one call */

enum console_operation {
	/* word 1: how many characters; words 2 to 7: they. Answered when the last of them is in the
	 * device. Repeatable: a crash in the middle shows some of them twice, and loses none. */
	CONSOLE_WRITE = 1,
	/* Waits for input. Answer: word 1: how many characters, at least one; words 2 to 7: they. A
	 * crash of the driver loses what was typed and not asked for yet. */
	CONSOLE_READ = 2,
};

#endif
