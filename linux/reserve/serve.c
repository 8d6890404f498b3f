/*
 * Keeps what a file's sections have, after the groups are made. A command is started when its group
 * is empty: so a kumiki-reserve that is killed and comes back doesn't start it twice. The group
 * tells by its file cgroup.events when it becomes empty. A program that somebody else starts is put
 * into its group as soon as the kernel tells of it.
 */
#include "serve.h"
#include "find.h"
#include "plan.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SERVE_WORDS   64  /* of a command */
#define SERVE_SOON_MS 100 /* until a command starts again */
#define SERVE_LATE_MS                                                                              \
	10000 /* the same, for one that ends again and again; one that lived for so long begins    \
	         anew */
#define SERVE_LOST_MS 1000 /* between two looks at all processes */
#define SERVE_GROUP   (RESERVE_NAME_SIZE + sizeof(RESERVE_PARENT))

struct server {
	const struct reserve *reserve;
	const char *root;
	FILE *out, *err;
	struct command {
		int events;    /* the group's cgroup.events; -1: no command */
		pid_t process; /* that this kumiki-reserve started; 0: none */
		int64_t since; /* when it was started */
		int64_t due;   /* when it is to be started; 0: it runs */
		int64_t delay;
	} commands[RESERVE_MAX];
	int news, signals;
	bool up;          /* the first look is over */
	bool lost;        /* all processes have to be looked at */
	int64_t look_due; /* when that may be done */
};

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void group_of(const struct server *server, uint32_t section, char group[SERVE_GROUP])
{
	(void)snprintf(group, SERVE_GROUP, RESERVE_PARENT "/%s",
	               server->reserve->list[section].name);
}

/* False: errno says why. */
static bool set_oom(const char *root, const char *process, int score)
{
	char path[RESERVE_PATH_SIZE];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/proc/%s/oom_score_adj", root, process);
	file = fopen(path, "we");
	if (file == NULL)
		return false;
	fprintf(file, "%d\n", score);
	return fclose(file) == 0;
}

/* ---- programs that somebody else starts ---- */

/* Anybody can start a program, or call a process as it. That the kernel spares it costs others. */
static bool may_have_oom(const struct server *server, const struct reserve_entry *entry,
                         int process)
{
	return entry->oom_given &&
	       (entry->oom >= 0 || entry->user[0] != '\0' || find_user(server->root, process) == 0);
}

/* What a program began before it was put into its group isn't there yet, even if the program itself
 * has ended: so one look at all follows. */
static void take_in(struct server *server, int process, uint32_t section)
{
	const struct reserve_entry *entry = &server->reserve->list[section];
	char group[SERVE_GROUP], number[16];
	bool good;

	group_of(server, section, group);
	if (server->up && reserve_has(server->root, group, process))
		return;
	(void)snprintf(number, sizeof(number), "%d", process);
	good = reserve_put(server->root, group, process);
	server->lost = server->lost || good || errno == ESRCH;
	if (!good ||
	    (may_have_oom(server, entry, process) && !set_oom(server->root, number, entry->oom)))
		fprintf(server->err, "kumiki-reserve: process %d can't get what [%s] has: %s\n",
		        process, entry->name, strerror(errno));
	else
		fprintf(server->out, "kumiki-reserve: process %d has what [%s] has\n", process,
		        entry->name);
	fflush(server->out);
}

static void look_at_process(void *to, int process)
{
	struct server *server = to;
	const uint32_t section = find_section(server->reserve, server->root, process);

	if (section < server->reserve->count)
		take_in(server, process, section);
}

static void hear_news(struct server *server)
{
	enum find_news came;
	int process;

	while ((came = find_next(server->news, &process)) == FIND_PROCESS) {
		const uint32_t section = find_section(server->reserve, server->root, process);

		if (section < server->reserve->count)
			take_in(server, process, section);
		server->lost = server->lost || section == FIND_GONE;
	}
	server->lost = server->lost || came == FIND_LOST;
}

static void look_at_all(struct server *server)
{
	server->lost = false;
	server->look_due = now_ms() + SERVE_LOST_MS;
	find_all(server->root, look_at_process, server);
}

static bool has_programs(const struct reserve *reserve)
{
	for (uint32_t i = 0; i < reserve->count; i++)
		if (reserve->list[i].by == RESERVE_BY_PROGRAM)
			return true;
	return false;
}

/* ---- commands ---- */

static void split(char *text, char *words[SERVE_WORDS + 1])
{
	char *save = NULL;
	uint32_t count = 0;

	for (char *word = strtok_r(text, " \t", &save); word != NULL && count < SERVE_WORDS;
	     word = strtok_r(NULL, " \t", &save))
		words[count++] = word;
	words[count] = NULL;
}

/* The new process is in its group before the command's first instruction. */
__attribute__((noreturn)) static void become(const struct server *server, uint32_t section)
{
	const struct reserve_entry *entry = &server->reserve->list[section];
	char group[SERVE_GROUP], text[RESERVE_TEXT_SIZE], *words[SERVE_WORDS + 1];
	sigset_t none;

	group_of(server, section, group);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)setsid();
	(void)snprintf(text, sizeof(text), "%s", entry->what);
	split(text, words);
	if (reserve_put(server->root, group, getpid()) && set_oom(server->root, "self", entry->oom))
		(void)execv(words[0], words);
	fprintf(server->err, "kumiki-reserve: [%s]: %s: %s\n", entry->name, entry->what,
	        strerror(errno));
	fflush(server->err);
	_exit(127);
}

static void start(struct server *server, uint32_t section)
{
	struct command *command = &server->commands[section];

	command->since = now_ms();
	command->due = 0;
	command->process = fork();
	if (command->process == 0)
		become(server, section);
	if (command->process > 0)
		return;
	fprintf(server->err, "kumiki-reserve: [%s] can't be started: %s\n",
	        server->reserve->list[section].name, strerror(errno));
	command->process = 0;
	command->due = command->since + SERVE_LATE_MS;
}

/* Whether somebody is in the group. This look also ends the file's news. */
static bool is_populated(int events)
{
	char text[128];
	const ssize_t length = pread(events, text, sizeof(text) - 1, 0);

	text[length < 0 ? 0 : length] = '\0';
	return reserve_figure(text, "populated") != 0;
}

/* What a command left behind has to end before it starts again. */
static void look_at(struct server *server, uint32_t section)
{
	struct command *command = &server->commands[section];
	const int64_t now = now_ms();

	if (is_populated(command->events) || command->process != 0 || command->due != 0)
		return;
	command->delay = now - command->since >= SERVE_LATE_MS ? SERVE_SOON_MS : 2 * command->delay;
	if (command->delay > SERVE_LATE_MS)
		command->delay = SERVE_LATE_MS;
	command->due = now + command->delay;
	fprintf(server->out,
	        "kumiki-reserve: [%s] has ended; it starts again in %" PRId64 ".%" PRId64 " s\n",
	        server->reserve->list[section].name, command->delay / 1000,
	        command->delay % 1000 / 100);
	fflush(server->out);
}

static void say_end(const struct server *server, uint32_t section, int status)
{
	const char *name = server->reserve->list[section].name;

	if (WIFSIGNALED(status))
		fprintf(server->out, "kumiki-reserve: [%s] was ended by signal %d\n", name,
		        WTERMSIG(status));
	else
		fprintf(server->out, "kumiki-reserve: [%s] ended with status %d\n", name,
		        WEXITSTATUS(status));
}

static void reap(struct server *server)
{
	int status;
	pid_t process;

	while ((process = waitpid(-1, &status, WNOHANG)) > 0)
		for (uint32_t i = 0; i < server->reserve->count; i++)
			if (server->commands[i].process == process) {
				say_end(server, i, status);
				server->commands[i].process = 0;
				reserve_kill(server->root, server->reserve->list[i].name);
				look_at(server, i);
			}
}

/* ---- the loop ---- */

/* True: a signal ends kumiki-reserve. */
static bool hear_signals(struct server *server)
{
	struct signalfd_siginfo signal;

	while (read(server->signals, &signal, sizeof(signal)) == (ssize_t)sizeof(signal)) {
		if (signal.ssi_signo != SIGCHLD)
			return true;
		reap(server);
	}
	return false;
}

static void do_due(struct server *server)
{
	for (uint32_t i = 0; i < server->reserve->count; i++)
		if (server->commands[i].due != 0 && server->commands[i].due <= now_ms())
			start(server, i);
	if (server->lost && server->look_due <= now_ms())
		look_at_all(server);
}

/* How long nothing is due, in milliseconds; -1: for ever. */
static int patience(const struct server *server)
{
	int64_t next = server->lost ? server->look_due : INT64_MAX, left;

	for (uint32_t i = 0; i < server->reserve->count; i++)
		if (server->commands[i].due != 0 && server->commands[i].due < next)
			next = server->commands[i].due;
	if (next == INT64_MAX)
		return -1;
	left = next - now_ms();
	return left < 0 ? 0 : (int)left;
}

static void loop(struct server *server)
{
	struct pollfd wait[2 + RESERVE_MAX] = {{.fd = server->signals, .events = POLLIN},
	                                       {.fd = server->news, .events = POLLIN}};

	for (uint32_t i = 0; i < server->reserve->count; i++)
		wait[2 + i] = (struct pollfd){.fd = server->commands[i].events, .events = POLLPRI};
	for (;;) {
		do_due(server);
		if (poll(wait, 2 + server->reserve->count, patience(server)) <= 0)
			continue;
		if (wait[0].revents != 0 && hear_signals(server))
			return;
		if (wait[1].revents != 0)
			hear_news(server);
		for (uint32_t i = 0; i < server->reserve->count; i++)
			if (wait[2 + i].revents != 0)
				look_at(server, i);
	}
}

/* A command whose group isn't empty was started by a former kumiki-reserve, and goes on. */
static bool open_commands(struct server *server)
{
	for (uint32_t i = 0; i < server->reserve->count; i++) {
		struct command *command = &server->commands[i];
		char group[SERVE_GROUP], path[RESERVE_PATH_SIZE];

		command->events = -1;
		command->delay = SERVE_SOON_MS / 2;
		if (server->reserve->list[i].by != RESERVE_BY_COMMAND)
			continue;
		group_of(server, i, group);
		reserve_path(path, server->root, group, "cgroup.events");
		command->events = open(path, O_RDONLY | O_CLOEXEC);
		if (command->events < 0) {
			fprintf(server->err, "kumiki-reserve: %s: %s\n", path, strerror(errno));
			return false;
		}
		if (!is_populated(command->events))
			start(server, i);
	}
	return true;
}

/* No signal ends it in the middle, and the memory that it has stays with it. */
static bool settle(struct server *server)
{
	sigset_t heard;

	(void)sigemptyset(&heard);
	(void)sigaddset(&heard, SIGCHLD);
	(void)sigaddset(&heard, SIGTERM);
	(void)sigaddset(&heard, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &heard, NULL);
	server->signals = signalfd(-1, &heard, SFD_CLOEXEC | SFD_NONBLOCK);
	(void)mlockall(MCL_CURRENT | MCL_FUTURE);
	(void)set_oom(server->root, "self", -1000);
	server->news = -1;
	if (!has_programs(server->reserve))
		return server->signals >= 0;
	server->news = find_open();
	if (server->news < 0)
		fprintf(server->err,
		        "kumiki-reserve: the kernel gives no news of programs: %s; only those that "
		        "run now are found\n",
		        strerror(errno));
	return server->signals >= 0;
}

/* Two of them would start a command twice. The lock lasts until this process ends. */
static bool is_alone(const struct server *server)
{
	char path[RESERVE_PATH_SIZE];
	int folder;

	reserve_path(path, server->root, RESERVE_PARENT, "");
	folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder >= 0 && flock(folder, LOCK_EX | LOCK_NB) == 0)
		return true;
	if (errno == EWOULDBLOCK)
		fputs("kumiki-reserve: another one keeps the reservations; end it first\n",
		      server->err);
	else
		fprintf(server->err, "kumiki-reserve: %s: %s\n", path, strerror(errno));
	return false;
}

enum reserve_exit serve(const struct reserve *reserve, const char *root, FILE *out, FILE *err)
{
	static struct server server;

	server = (struct server){.reserve = reserve, .root = root, .out = out, .err = err};
	if (!is_alone(&server) || !settle(&server) || !open_commands(&server))
		return RESERVE_FAILED;
	find_all(root, look_at_process, &server);
	server.up = true;
	fprintf(out, "kumiki-reserve: up, %" PRIu32 " sections\n", reserve->count);
	fflush(out);
	loop(&server);
	return RESERVE_DONE;
}
