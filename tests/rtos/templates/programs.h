/* Programs by their names, for tests that restart them. */
#ifndef TESTS_RTOS_TEMPLATES_PROGRAMS_H
#define TESTS_RTOS_TEMPLATES_PROGRAMS_H

#include <proto/supervisor.h>
#include <rtos/sys.h>

/* A program's number, by its name of up to 8 characters; 64: there is none. */
uint64_t programs_find(const char *name);

/* How often it was started. */
uint64_t programs_starts(uint64_t number);

enum supervisor_answer programs_restart(uint64_t number);
enum supervisor_answer programs_start(uint64_t number);
enum supervisor_answer programs_stop(uint64_t number);

/* The supervisor's free memory, and its handles in use. If the same programs run, and there are
 * fewer pages or more handles than before, something has leaked. */
struct programs_memory {
	uint64_t pages, handles;
};
struct programs_memory programs_memory(void);

#endif
