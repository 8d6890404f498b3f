/*
 * Words about partitions with a core of another architecture (docs/unlike-cores.md). What that core
 * did is said of the core. A number or an error of its minder is said of the minder.
 */
#include <console/console.h>
#include <kumiki/remote.h>
#include <lib/bundle.h>
#include <lib/lifewords.h>

static const char *const remote_crashes[REMOTE_CRASHES] = {
    [REMOTE_UNDEFINED] = "met an undefined instruction",
    [REMOTE_SUPERVISOR] = "made a supervisor call that nothing takes",
    [REMOTE_PREFETCH] = "took a prefetch abort",
    [REMOTE_DATA] = "took a data abort",
    [REMOTE_UNUSED] = "took an exception of an unused vector",
    [REMOTE_IRQ] = "took an interrupt (IRQ) that nothing takes",
    [REMOTE_FIQ] = "took an interrupt (FIQ) that nothing takes",
    [REMOTE_STILL] = "gave no sign of life in time",
    [REMOTE_SPOILT] = "overwrote its mailbox",
};

const char *remote_core(const struct console *console, uint8_t partition)
{
	return bundle_remote(tables_bundle(console), tables_partition(console, partition));
}

uint32_t remote_crash(const struct console *console, uint8_t partition)
{
	const struct stop_report *report = report_of(console, partition);
	const struct examined *examined = examined_of(console, partition);
	uint32_t crash = examined->remote;

	if (!remote_core(console, partition) || report->reason != STOP_CRASH ||
	    __atomic_load_n(&examined->sequence, __ATOMIC_ACQUIRE) != report->sequence)
		return REMOTE_NO_CRASH;
	return crash < REMOTE_CRASHES ? crash : (uint32_t)REMOTE_NO_CRASH;
}

void remote_crash_words(const struct console *console, uint8_t partition, struct words *words)
{
	words_say(words, "its ", remote_core(console, partition), " core ");
	words_text(words, remote_crashes[remote_crash(console, partition)]);
}

void remote_end_words(const struct console *console, uint8_t partition,
                      const struct life_status *status, struct words *words)
{
	if (status->reason == STOP_CRASH && remote_crash(console, partition) != REMOTE_NO_CRASH)
		remote_crash_words(console, partition, words);
	else
		words_text(words, life_end_name(status->state, status->reason));
}
