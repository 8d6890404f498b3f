/* The log of the security gateway as a file (kumiki/rtos/gatelog.h). */
#ifndef GATELOG_LOG_H
#define GATELOG_LOG_H

#include <kumiki/rtos/gatelog.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* What the gateway said about its log: how many records it has, and the last one's seal. */
struct log_head {
	uint64_t count;
	uint8_t seal[GATELOG_SEAL];
};

/* Reads a head like "12:0a1b…", as the gateway prints it. */
bool log_parse_head(const char *text, struct log_head *head);

/* Why a log isn't right, and which record is wrong. */
struct log_fault {
	const char *what; /* NULL: the log is right */
	uint64_t number;
};

/* Checks all records of a log of `size` bytes. `head` says which records there have to be; NULL:
 * this isn't known. */
struct log_fault log_check(const uint8_t *bytes, size_t size, const uint8_t key[GATELOG_KEY],
                           const struct log_head *head);

/* The record with this number, which has to be in the log. */
struct gatelog_record log_record(const uint8_t *bytes, uint64_t number);

/* Prints a record as one line. */
void log_print(const struct gatelog_record *record, FILE *out);

#endif
