/*
 * The console's port. Word 0 of a call is the operation. Word 0 of the answer is 0. It is 1 if
 * there is no such operation, if a read ended because the program has made two newer reads, or if
 * CONSOLE_WRITES other writes wait for the device.
 */
#ifndef PROTO_CONSOLE_H
#define PROTO_CONSOLE_H

#define CONSOLE_TEXT   48 /* characters in one call */
#define CONSOLE_WRITES 64

enum console_operation {
	/* word 1: how many characters; words 2 to 7: the characters. The answer comes when the last
	 * of them is in the device. Repeatable: after a crash of the driver, some of them may be
	 * shown twice, but none is lost. */
	CONSOLE_WRITE = 1,
	/* Waits for input. Answer: word 1: how many characters, at least one; words 2 to 7: the
	 * characters. If the driver crashes, characters that nobody asked for yet are lost. */
	CONSOLE_READ = 2,
};

#endif
