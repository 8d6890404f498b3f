/*
 * kumiki-cores; see cores.h. It keeps nothing: a CPU whose core may move is to be on if this
 * partition holds the core and nobody else is to have it, else off. It looks at each core's record,
 * compares, switches the CPU by the kernel's own hotplug, and looks again. That a core changes
 * hands is not its to say: the frame sees the CPU go off.
 */
#include "cores.h"
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define AGENT_RCU     "/sys/kernel/rcu_expedited"
#define AGENT_CPU     "/sys/devices/system/cpu/cpu%" PRIu32 "/online"
#define AGENT_SOON_MS 100 /* until it looks again at what may be over without a ring */

struct agent {
	struct kumiki kumiki;
	const char *root;
	FILE *out, *err;
};

/* ---- the kernel's files ---- */

/* -1: there is no such file, or it can't be read. */
static int agent_read(const char *path)
{
	FILE *file = fopen(path, "re");
	const int value = file != NULL ? fgetc(file) : EOF;

	if (file != NULL)
		(void)fclose(file);
	return value == EOF ? -1 : value;
}

/* False: errno says why. A write that the kernel refuses may show at the end only. */
static bool agent_write(const char *path, int value)
{
	FILE *file = fopen(path, "we");
	bool good;

	if (file == NULL)
		return false;
	good = fputc(value, file) != EOF;
	if (fclose(file) == 0)
		return good;
	return false;
}

/* RCU is expedited for as long: else an idle Linux takes tens of milliseconds. */
static bool agent_switch(const struct agent *agent, const char *online, bool on)
{
	char rcu[KUMIKI_PATH_SIZE];
	int before, error;
	bool good;

	(void)snprintf(rcu, sizeof(rcu), "%s" AGENT_RCU, agent->root);
	before = agent_read(rcu);
	if (before == '0')
		(void)agent_write(rcu, '1');
	good = agent_write(online, on ? '1' : '0');
	error = errno;
	if (before == '0')
		(void)agent_write(rcu, '0');
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

/* The kernel won't: who asked for it is told at once, and not when the time is over. */
static void agent_refuse(struct agent *agent, const struct kumiki_cpu *cpu, bool on)
{
	fprintf(agent->err, "kumiki-cores: CPU %" PRIu32 " can't be switched %s: %s\n", cpu->number,
	        on ? "on" : "off", strerror(errno));
	if (!on && kumiki_hold(&agent->kumiki, cpu->core, agent->kumiki.index, 0) < 0)
		fprintf(agent->err, "kumiki-cores: %s\n", agent->kumiki.error);
}

/* True: it did something, so there may be more to do. */
static bool agent_follow(struct agent *agent, const struct kumiki_cpu *cpu)
{
	const uint64_t record = kumiki_core(&agent->kumiki, cpu->core);
	const bool on = agent_wants(agent, record);
	char online[KUMIKI_PATH_SIZE];

	(void)snprintf(online, sizeof(online), "%s" AGENT_CPU, agent->root, cpu->number);
	if ((agent_read(online) == '1') == on)
		return false;
	if (!agent_switch(agent, online, on)) {
		agent_refuse(agent, cpu, on);
		return false;
	}
	agent_say(agent, cpu, on ? "is on: its core is held by " : "is off: its core is asked for ",
	          on ? agent->kumiki.index : HOLD_WANTED(record));
	return true;
}

static void agent_look(struct agent *agent)
{
	struct kumiki *kumiki = &agent->kumiki;

	for (uint32_t i = 0; i < kumiki->cpu_count; i++)
		while (agent_follow(agent, &kumiki->cpus[i]))
			;
}

/* A core that it holds, and gives up: the request may be over, of which nobody rings. */
static int agent_patience(const struct agent *agent)
{
	for (uint32_t i = 0; i < agent->kumiki.cpu_count; i++) {
		const uint64_t record = kumiki_core(&agent->kumiki, agent->kumiki.cpus[i].core);

		if (HOLD_HOLDER(record) == agent->kumiki.index &&
		    hold_is_asked(record, kumiki_counter()))
			return AGENT_SOON_MS;
	}
	return KUMIKI_FOR_EVER;
}

static int agent_serve(struct agent *agent, bool once)
{
	struct kumiki *kumiki = &agent->kumiki;
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
		if (kumiki_wait(kumiki, kumiki->changed, agent_patience(agent), &came) < 0)
			break;
	}
	fprintf(agent->err, "kumiki-cores: %s\n", kumiki->error);
	return AGENT_FAILED;
}

int agent_run(int count, char *const arguments[], const char *root, FILE *out, FILE *err)
{
	struct agent agent = {.root = root != NULL ? root : "", .out = out, .err = err};
	const bool once = count == 2 && strcmp(arguments[1], "--once") == 0;
	int result;

	if (count > 1 && !once) {
		fputs("usage: kumiki-cores [--once]\n"
		      "Makes this Linux's CPUs follow who holds their cores; --once: until nothing "
		      "is left to do.\n",
		      err);
		return AGENT_USAGE;
	}
	if (kumiki_open(&agent.kumiki, root) != 0) {
		fprintf(err, "kumiki-cores: %s\n", agent.kumiki.error);
		return AGENT_NO_PANEL;
	}
	result = agent_serve(&agent, once);
	kumiki_close(&agent.kumiki);
	return result;
}
