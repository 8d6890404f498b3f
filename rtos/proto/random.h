/*
 * The port of a generator of random bytes. Word 0 of a call is the operation. Word 0 of the answer
 * is 0. It is 1 if there is no such operation, or if the program has made two newer calls.
 */
#ifndef PROTO_RANDOM_H
#define PROTO_RANDOM_H

#define RANDOM_BYTES 48 /* of one answer, at most */

enum random_operation {
	/* Answer: word 1: how many bytes, at least one; words 2 to 7: the bytes, which nobody gets
	 * again. Repeatable: a second answer has other bytes. */
	RANDOM_READ = 1,
};

#endif
