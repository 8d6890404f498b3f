/*
 * The service's end of a console ring (include/kumiki/console.h). Each index that the frame writes
 * is read once, bounded, and kept in the service's own memory.
 */
#ifndef CONSOLE_READER_H
#define CONSOLE_READER_H

#include <kumiki/console.h>
#include <stdbool.h>
#include <stdint.h>

struct reader {
	struct console_ring *ring; /* NULL: this source has none */
	uint32_t tail;             /* index of the next character */
	uint32_t head;    /* behind the last character seen; head - tail <= CONSOLE_OUT_SIZE */
	uint32_t whole;   /* behind the last end of a line seen; tail if there is none */
	uint32_t ended;   /* the next character when the unfinished line last ended by itself */
	uint32_t lost;    /* out_lost when the loss was last said */
	uint64_t changed; /* when head moved last */
};

/* Goes on where an earlier life of the service left the ring. */
void reader_start(struct reader *reader, struct console_ring *ring, uint64_t now);

/* Looks for new characters. True: there are some. */
bool reader_look(struct reader *reader, uint64_t now);

/* How many characters were seen and not yet taken. */
uint32_t reader_waiting(const struct reader *reader);

/* How many of them are whole lines. */
uint32_t reader_whole(const struct reader *reader);

/* Copies the next waiting characters, at most `count`; reader_skip() takes them. A copy reads each
 * character once, as the writer may change it at any moment. */
uint32_t reader_copy(const struct reader *reader, uint8_t *to, uint32_t count);
void reader_skip(struct reader *reader, uint32_t count);

/* For a ring that the service itself writes. Drops the waiting characters from `from` on. Returns
 * where the writer goes on: at `from`, or behind the last character read if that is later. */
uint32_t reader_take_back(struct reader *reader, uint32_t from);

/* Copies the last characters of the unfinished line that was taken already, at most `limit`. Copies
 * nothing if the writer has begun to overwrite them. */
uint32_t reader_begun(const struct reader *reader, uint8_t *to, uint32_t limit);

/* The unfinished line is over, though its writer didn't end it. True: there was one. */
bool reader_end_line(struct reader *reader);

/* Tells the writer how much was taken. True: the writer waits for room, and is to be notified. */
bool reader_publish(struct reader *reader);

/* How many characters were lost since the last call. */
uint32_t reader_lost(struct reader *reader);

/* Called before the service sleeps, and when it is awake again. */
void reader_sleep(struct reader *reader, bool asleep);

/* Passes a key the other way, to a partition. False: there is no room. */
bool reader_give_key(struct reader *reader, uint8_t key);

#endif
