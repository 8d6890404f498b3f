/* Calls about the program's own process. */
#include "errors.h"
#include <errno.h>
#include <kumiki/rtos/program.h>
#include <rtos/sys.h>
#include <signal.h>
#include <sys/times.h>
#include <unistd.h>

_Noreturn void _exit(int value)
{
	sys_exit((uint64_t)value);
}

/* The program's number in the manifest. */
pid_t getpid(void)
{
	return sys_program ? (pid_t)sys_program->number : 0;
}

/* A process can send a signal only to itself. picolibc's raise() calls the program's handler, and
 * calls this function if there is none. */
int kill(pid_t pid, int number)
{
	void (*handler)(int);

	if (pid != getpid())
		return errors_set(EPERM);
	if (number == 0)
		return 0;
	handler = signal(number, SIG_DFL);
	if (handler == SIG_ERR)
		return errors_set(EINVAL);
	if (handler == SIG_DFL)
		_exit(128 + number);
	(void)signal(number, handler);
	(void)raise(number);
	return 0;
}
