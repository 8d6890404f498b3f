/*
 * Programs from files: posix_spawn() and waitpid(), by the loader (rtos/run.h). A process's number
 * is that of its slot, which getpid() returns, too. Only one thread at a time can start a program;
 * any number of threads may wait.
 */
#include "errors.h"
#include "lock.h"
#include <errno.h>
#include <kumiki/rtos/image.h>
#include <rtos/run.h>
#include <spawn.h>
#include <sys/lock.h>
#include <sys/wait.h>

static struct __lock spawn_lock;

/* For each slot, the number of the last start that this process made. 0: this process made none, or
 * has waited for its end. */
static uint64_t spawn_starts[RTOS_IMAGE_PROGRAMS_MAX];

static int spawn_error(enum loader_status status)
{
	switch (status) {
	case LOADER_OK:
		return 0;
	case LOADER_BAD:
		return EINVAL;
	case LOADER_DENIED:
		return EACCES;
	case LOADER_BUSY:
		return EAGAIN;
	case LOADER_NO_FILE:
		return ENOENT;
	case LOADER_TOO_LARGE:
		return ENOMEM;
	case LOADER_NO_SERVER:
		return EIO;
	default:
		return ENOEXEC;
	}
}

/* posix_spawn() supports no file actions and no attributes, and ignores the environment. */
int posix_spawn(pid_t *restrict pid, const char *restrict path,
                const posix_spawn_file_actions_t *actions,
                const posix_spawnattr_t *restrict attributes, char *const argv[],
                char *const environment[])
{
	const char *const *arguments = NULL;
	enum loader_status status;
	struct run run;
	size_t count = 0;

	(void)environment;
	if (actions || attributes)
		return ENOTSUP;
	if (argv && argv[0])
		arguments = (const char *const *)argv + 1;
	while (arguments && arguments[count])
		count++;
	__retarget_lock_acquire(&spawn_lock);
	status = run_start(path, arguments, count, 0, &run);
	if (status == LOADER_OK)
		spawn_starts[run.program] = run.start;
	__retarget_lock_release(&spawn_lock);
	if (status == LOADER_OK && pid)
		*pid = (pid_t)run.program;
	return spawn_error(status);
}

/* An exit value from 128 on stands for a signal (libc/process.c). */
static int spawn_status(const struct run_end *end)
{
	if (end->state == RTOS_PROCESS_EXITED)
		return (int)(end->value & 0xff) << 8;
	if (end->state == RTOS_PROCESS_KILLED)
		return SIGKILL;
	return end->state == RTOS_PROCESS_BROKE ? SIGSYS : SIGSEGV;
}

pid_t waitpid(pid_t pid, int *status, int options)
{
	struct run run = {.program = (uint32_t)pid};
	struct run_end end;

	if (pid <= 0 || pid >= RTOS_IMAGE_PROGRAMS_MAX || spawn_starts[pid] == 0)
		return errors_set(ECHILD);
	run.start = spawn_starts[pid];
	if (!run_wait(&run, (options & WNOHANG) == 0, &end))
		return errors_set(ECHILD);
	if (end.state == RTOS_PROCESS_ALIVE)
		return 0;
	spawn_starts[pid] = 0;
	if (status)
		*status = spawn_status(&end);
	return pid;
}
