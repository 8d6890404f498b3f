/* Names of states and of reasons: see lib/lifewords.h. */
#include <kumiki/life.h>
#include <lib/lifewords.h>

static const char *const states[LIFE_STATES] = {
    [LIFE_STOPPED] = "stopped",       [LIFE_WAITING] = "waiting",
    [LIFE_LOADING] = "loading",       [LIFE_RUNNING] = "running",
    [LIFE_SUSPENDING] = "suspending", [LIFE_SUSPENDED] = "suspended",
    [LIFE_HOLDING] = "holding",       [LIFE_HELD] = "held",
    [LIFE_STOPPING] = "stopping",
};

static const char *const reasons[] = {
    [STOP_NONE] = "nothing yet",
    [STOP_OFF] = "it turned itself off",
    [STOP_RESET] = "it asked for a reset",
    [STOP_FAULT] = "an error that could not be given back to it",
    [STOP_IMAGE] = "a damaged image",
    [STOP_COMMAND] = "it was told to",
    [STOP_RESTART] = "it was told to restart",
    [STOP_WATCHDOG] = "its watchdog wasn't served",
    [STOP_PANIC] = "its kernel panicked",
    [STOP_DMA] = "its devices tried again and again what they may not",
    [STOP_DEADLINE] = "it missed a deadline",
    [STOP_CPUS_OFF] = "its last CPU switched itself off",
    [STOP_CRASH] = "it crashed",
    [STOP_KEPT] = "what the frame kept of it was damaged",
    [STOP_FRAME] = "the frame failed again and again at work for it",
};

static const char *const reason_words[] = {
    [STOP_NONE] = "none",       [STOP_OFF] = "off",           [STOP_RESET] = "reset",
    [STOP_FAULT] = "fault",     [STOP_IMAGE] = "image",       [STOP_COMMAND] = "command",
    [STOP_RESTART] = "restart", [STOP_WATCHDOG] = "watchdog", [STOP_PANIC] = "panic",
    [STOP_DMA] = "dma",         [STOP_DEADLINE] = "deadline", [STOP_CPUS_OFF] = "cpus off",
    [STOP_CRASH] = "crash",     [STOP_KEPT] = "kept",         [STOP_FRAME] = "frame",
};
_Static_assert(sizeof(reason_words) == sizeof(reasons), "each reason has a word for programs");

const char *life_state_name(uint32_t state)
{
	return state < LIFE_STATES ? states[state] : "unknown";
}

const char *life_reason_name(uint32_t reason)
{
	return reason < sizeof(reasons) / sizeof(reasons[0]) ? reasons[reason] : "unknown";
}

const char *life_reason_word(uint32_t reason)
{
	return reason < sizeof(reasons) / sizeof(reasons[0]) ? reason_words[reason] : "unknown";
}

bool life_end_is_open(uint32_t state, uint32_t reason)
{
	return reason == STOP_RESET && (state == LIFE_STOPPING || state == LIFE_HOLDING);
}

const char *life_end_name(uint32_t state, uint32_t reason)
{
	if (life_end_is_open(state, reason))
		return "a reset, still being examined";
	return life_reason_name(reason);
}
