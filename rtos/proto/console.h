/*
 * The console's port. The operation is in word 0; the answer's word 0 is 0, or 1: no such
 * operation, or a read that ended because the program has made two newer ones.
 */
#ifndef PROTO_CONSOLE_H
#define PROTO_CONSOLE_H

#define CONSOLE_TEXT 48 /* characters in one call */

enum console_operation {
	/* word 1: how many characters; words 2 to 7: the characters. Answered when the last of them
	 * is in the device. Repeatable: a crash in between shows some of them twice, and loses
	 * none. */
	CONSOLE_WRITE = 1,
	/* Waits for input. Answer: word 1: how many characters, at least one; words 2 to 7: the
	 * characters. A crash of the driver loses characters that weren't asked for yet. */
	CONSOLE_READ = 2,
};

#endif
