/*
 * The start of a program with the C library, in the place of sys/begin.c: thread-local variables,
 * arguments and constructors, then main.
 */
#include <kumiki/rtos/program.h>
#include <rtos/begin.h>
#include <rtos/sys.h>
#include <stdlib.h>
#include <string.h>

/* program.ld defines these symbols. sys_tls_set is a size, the others are addresses. */
extern char sys_tls_first[], sys_tls_from[], sys_tls_set[];

#define START_VARIABLES 16 /* from the thread pointer to them: AArch64's ABI */

int main(int argc, char **argv);
void __libc_init_array(void);

/* Sets the thread-local variables that have a value. All others are zeros, as their segment is. */
static void start_variables(void)
{
	memcpy(sys_tls_first + START_VARIABLES, sys_tls_from, (size_t)sys_tls_set);
}

/* A program may write to its arguments, but the start page is read-only: so main() gets a copy. */
static int start_main(void)
{
	static char bytes[RTOS_ARGUMENTS_SIZE], none[1];
	uint32_t count;
	const char *arguments = sys_arguments(&count);
	char *argv[count + 2];
	size_t at = 0;

	argv[0] = sys_program ? (char *)(uintptr_t)sys_program->name : none;
	if (count > 0)
		memcpy(bytes, arguments, sizeof(bytes));
	for (uint32_t i = 0; i < count; i++) {
		argv[i + 1] = &bytes[at];
		at += strlen(&bytes[at]) + 1;
	}
	argv[count + 1] = NULL;
	return main((int)count + 1, argv);
}

_Noreturn void sys_start(const void *told)
{
	sys_begin(told);
	start_variables();
	__libc_init_array();
	exit(start_main());
}
