/*
 * kumiki-cores; see cores.h. The agent keeps no state that matters. A CPU on a core that may move
 * has to be on if this partition holds the core and nobody asks for it; otherwise it has to be off.
 * The agent reads each core's record, compares it with the CPU, switches the CPU by the kernel's
 * own hotplug, and looks again. It doesn't report that a core can go, as the frame sees the CPU go
 * off.
 */
#include "cores.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define AGENT_RCU      "/sys/kernel/rcu_expedited"
#define AGENT_CPU      "/sys/devices/system/cpu/cpu%" PRIu32 "/online"
#define AGENT_SOON_MS  100  /* until the next look at a request that may end without a ring */
#define AGENT_AGAIN_MS 1000 /* until it repeats a refused switch */

struct agent {
	struct kumiki kumiki;
	const char *root;
	int rcu;                      /* AGENT_RCU; -1: this kernel doesn't have it */
	int online[KUMIKI_CPUS_MAX];  /* AGENT_CPU of each CPU that may come and go */
	bool on[KUMIKI_CPUS_MAX];     /* the state as last read or printed */
	bool failed[KUMIKI_CPUS_MAX]; /* the kernel refused to switch it on, and this was printed */
	FILE *out, *err;
};

/* ---- the kernel's files: they stay open, as a switch must be quick ---- */

static int agent_open(const struct agent *agent, const char *name)
{
	char path[KUMIKI_PATH_SIZE];

	(void)snprintf(path, sizeof(path), "%s%s", agent->root, name);
	return open(path, O_RDWR | O_CLOEXEC);
}

/* The file's first character. -1: there is no such file, or it can't be read. */
static int agent_read(int file)
{
	char value;

	return pread(file, &value, 1, 0) == 1 ? value : -1;
}

/* False: the file of a CPU can't be opened. */
static bool agent_open_all(struct agent *agent)
{
	char name[KUMIKI_PATH_SIZE];
	bool good = true;

	agent->rcu = agent_open(agent, AGENT_RCU);
	for (uint32_t i = 0; i < agent->kumiki.cpu_count; i++) {
		(void)snprintf(name, sizeof(name), AGENT_CPU, agent->kumiki.cpus[i].number);
		agent->online[i] = agent_open(agent, name);
		if (agent->online[i] >= 0) {
			agent->on[i] = agent_read(agent->online[i]) == '1';
			continue;
		}
		fprintf(agent->err, "kumiki-cores: %s: %s\n", name, strerror(errno));
		good = false;
	}
	return good;
}

static void agent_close_all(const struct agent *agent)
{
	if (agent->rcu >= 0)
		(void)close(agent->rcu);
	for (uint32_t i = 0; i < agent->kumiki.cpu_count; i++)
		if (agent->online[i] >= 0)
			(void)close(agent->online[i]);
}

/* False: errno says why. */
static bool agent_write(int file, char value)
{
	return pwrite(file, &value, 1, 0) == 1;
}

/* RCU is expedited during a switch: otherwise the switch takes an idle Linux tens of milliseconds.
 */
static bool agent_switch(const struct agent *agent, int online, bool on)
{
	const bool before = agent_read(agent->rcu) == '0';
	bool good;
	int error;

	if (before)
		(void)agent_write(agent->rcu, '1');
	good = agent_write(online, on ? '1' : '0');
	error = errno;
	if (before)
		(void)agent_write(agent->rcu, '0');
	errno = error;
	return good;
}

/* ---- following ---- */

static bool agent_wants(const struct agent *agent, uint64_t record)
{
	return HOLD_HOLDER(record) == agent->kumiki.index &&
	       !hold_is_asked(record, kumiki_counter());
}

static void agent_say(const struct agent *agent, const struct kumiki_cpu *cpu, const char *words,
                      uint32_t partition)
{
	char name[KUMIKI_NAME_SIZE + 1];

	kumiki_name(&agent->kumiki, partition, name);
	fprintf(agent->out, "kumiki-cores: CPU %" PRIu32 " %s%s\n", cpu->number, words, name);
	fflush(agent->out);
}

/* The kernel has refused a switch. If the CPU should go off, the partition that asks for the core
 * learns this at once, before its time is over. If the CPU should come on, the agent tries again,
 * and reports the refusal only once: no doorbell will ring for this CPU, and what keeps the kernel
 * from the switch ends some time. */
static void agent_refuse(struct agent *agent, uint32_t i, bool on)
{
	const struct kumiki_cpu *cpu = &agent->kumiki.cpus[i];

	if (!agent->failed[i])
		fprintf(agent->err, "kumiki-cores: CPU %" PRIu32 " can't be switched %s: %s\n",
		        cpu->number, on ? "on" : "off", strerror(errno));
	agent->failed[i] = on;
	if (!on && kumiki_hold(&agent->kumiki, cpu->core, agent->kumiki.index, 0) < 0)
		fprintf(agent->err, "kumiki-cores: %s\n", agent->kumiki.error);
}

/* Whether the CPU is in the wanted state. If it wasn't at the last look, the agent doesn't look
 * again before the switch, as that would cost time. A switch does nothing if the state has changed.
 */
static bool agent_is(struct agent *agent, uint32_t i, bool on)
{
	if (agent->on[i] == on)
		agent->on[i] = agent_read(agent->online[i]) == '1';
	return agent->on[i] == on;
}

/* True: the agent switched a CPU, so there may be more to do. */
static bool agent_follow(struct agent *agent, uint32_t i)
{
	const struct kumiki_cpu *cpu = &agent->kumiki.cpus[i];
	const uint64_t record = kumiki_core(&agent->kumiki, cpu->core);
	const bool on = agent_wants(agent, record);

	if (agent_is(agent, i, on)) {
		agent->failed[i] = false;
		return false;
	}
	if (!agent_switch(agent, agent->online[i], on)) {
		agent_refuse(agent, i, on);
		return false;
	}
	agent->failed[i] = false;
	agent->on[i] = on;
	agent_say(agent, cpu, on ? "is on: its core is held by " : "is off: its core is asked for ",
	          on ? agent->kumiki.index : HOLD_WANTED(record));
	return true;
}

/* Signals that end the program wait until this function is done: otherwise RCU could stay
 * expedited. */
static void agent_look(struct agent *agent)
{
	sigset_t ends, before;

	(void)sigemptyset(&ends);
	(void)sigaddset(&ends, SIGTERM);
	(void)sigaddset(&ends, SIGINT);
	(void)sigaddset(&ends, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &ends, &before);
	for (uint32_t i = 0; i < agent->kumiki.cpu_count; i++)
		while (agent_follow(agent, i))
			;
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
}

/* How many milliseconds the agent may sleep without a doorbell. No doorbell tells of the end of a
 * request for a core that the agent gives up, or that a CPU which didn't come can come now. */
static int agent_patience(const struct agent *agent)
{
	int patience = KUMIKI_FOR_EVER;

	for (uint32_t i = 0; i < agent->kumiki.cpu_count; i++) {
		const uint64_t record = kumiki_core(&agent->kumiki, agent->kumiki.cpus[i].core);

		if (HOLD_HOLDER(record) == agent->kumiki.index &&
		    hold_is_asked(record, kumiki_counter()))
			return AGENT_SOON_MS;
		if (agent->failed[i])
			patience = AGENT_AGAIN_MS;
	}
	return patience;
}

/* After any wake-up the agent looks first, as somebody waits for the switch. Before it sleeps it
 * listens, so it finds news that came meanwhile. */
static int agent_serve(struct agent *agent, bool once)
{
	struct kumiki *kumiki = &agent->kumiki;
	struct pollfd change = {.fd = kumiki_descriptor(kumiki), .events = POLLIN};
	uint32_t came;

	if (kumiki->cpu_count == 0) {
		fputs("kumiki-cores: no core of this partition moves: write `kumiki,may-hold` in "
		      "the system description\n",
		      agent->err);
		return AGENT_FAILED;
	}
	for (;;) {
		agent_look(agent);
		if (once)
			return AGENT_DONE;
		if (kumiki_listen(kumiki, kumiki->changed, &came) != 0)
			break;
		if (came == 0)
			(void)poll(&change, 1, agent_patience(agent));
	}
	fprintf(agent->err, "kumiki-cores: %s\n", kumiki->error);
	return AGENT_FAILED;
}

int agent_run(int count, char *const arguments[], const char *root, FILE *out, FILE *err)
{
	struct agent agent = {.root = root != NULL ? root : "", .out = out, .err = err};
	const bool once = count == 2 && strcmp(arguments[1], "--once") == 0;
	int result;

	if (count == 2 && strcmp(arguments[1], "--version") == 0) {
		fprintf(out, "kumiki-cores %s\n", kumiki_version());
		return AGENT_DONE;
	}
	if (count > 1 && !once) {
		fputs(
		    "usage: kumiki-cores [--once | --version]\n"
		    "Makes this Linux's CPUs follow their cores' holders; --once: until nothing is "
		    "left to do.\n",
		    err);
		return AGENT_USAGE;
	}
	if (kumiki_open(&agent.kumiki, root) != 0) {
		fprintf(err, "kumiki-cores: %s\n", agent.kumiki.error);
		return AGENT_NO_PANEL;
	}
	result = agent_open_all(&agent) ? agent_serve(&agent, once) : AGENT_FAILED;
	agent_close_all(&agent);
	kumiki_close(&agent.kumiki);
	return result;
}
