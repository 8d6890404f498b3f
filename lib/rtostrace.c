/* See lib/rtostrace.h. */
#include <kumiki/rtos/call.h>
#include <lib/rtostrace.h>
#include <stddef.h>

static const struct rtostrace_words words[RTOS_EVENT_LIMIT - RTOS_EVENT_FIRST] = {
    [RTOS_EVENT_SWITCH - RTOS_EVENT_FIRST] = {"switch", "priority", NULL},
    [RTOS_EVENT_CALL - RTOS_EVENT_FIRST] = {"call", "sends", "call"},
    [RTOS_EVENT_TAKE - RTOS_EVENT_FIRST] = {"take", "before", "call"},
    [RTOS_EVENT_ANSWER - RTOS_EVENT_FIRST] = {"answer", NULL, "call"},
    [RTOS_EVENT_OVER - RTOS_EVENT_FIRST] = {"over", "status", "call"},
    [RTOS_EVENT_AGAIN - RTOS_EVENT_FIRST] = {"again", "blame", "call"},
    [RTOS_EVENT_SIGNAL - RTOS_EVENT_FIRST] = {"signal", NULL, "bits"},
    [RTOS_EVENT_INTERRUPT - RTOS_EVENT_FIRST] = {"interrupt", NULL, "number"},
    [RTOS_EVENT_FAULT - RTOS_EVENT_FIRST] = {"fault", NULL, NULL},
    [RTOS_EVENT_ENDED - RTOS_EVENT_FIRST] = {"ended", "state", "value"},
    [RTOS_EVENT_MADE - RTOS_EVENT_FIRST] = {"made", NULL, "by"},
    [RTOS_EVENT_GONE - RTOS_EVENT_FIRST] = {"gone", NULL, NULL},
    [RTOS_EVENT_RESET - RTOS_EVENT_FIRST] = {"reset", NULL, NULL},
    [RTOS_EVENT_NAME - RTOS_EVENT_FIRST] = {"name", NULL, NULL},
    [RTOS_EVENT_NAME_REST - RTOS_EVENT_FIRST] = {"name_rest", NULL, NULL},
    [RTOS_EVENT_THREAD - RTOS_EVENT_FIRST] = {"thread", "priority", NULL},
    [RTOS_EVENT_THREAD_END - RTOS_EVENT_FIRST] = {"thread_end", NULL, NULL},
};

const struct rtostrace_words *rtostrace_words(uint8_t type)
{
	static const struct rtostrace_words unknown = {"event", NULL, NULL};

	return type >= RTOS_EVENT_FIRST && type < RTOS_EVENT_LIMIT ? &words[type - RTOS_EVENT_FIRST]
	                                                           : &unknown;
}

const char *rtostrace_small(const struct trace_event *event)
{
	static const char *const states[] = {
	    [RTOS_PROCESS_EXITED] = "exited",
	    [RTOS_PROCESS_FAULTED] = "faulted",
	    [RTOS_PROCESS_KILLED] = "killed",
	    [RTOS_PROCESS_BROKE] = "broke its promise",
	};
	static const char *const statuses[] = {
	    [RTOS_TIMED_OUT] = "timed out", [RTOS_GONE] = "gone",
	    [RTOS_NO_SERVER] = "no server", [RTOS_SET_ASIDE] = "set aside",
	    [RTOS_NO_ROOM] = "no room",     [RTOS_NEW_EPOCH] = "new epoch",
	};
	const uint16_t small = RTOS_EVENT_SMALL(event->data);

	if (TRACE_TYPE(event) == RTOS_EVENT_ENDED && small < sizeof(states) / sizeof(states[0]))
		return states[small];
	if (TRACE_TYPE(event) == RTOS_EVENT_OVER && small < sizeof(statuses) / sizeof(statuses[0]))
		return statuses[small];
	return NULL;
}

bool rtostrace_has_thread(uint8_t type)
{
	return type != RTOS_EVENT_FAULT && type != RTOS_EVENT_NAME && type != RTOS_EVENT_NAME_REST;
}

/* ---- names ---- */

static void set_name(struct rtostrace_names *names, const struct trace_event *event, uint64_t rest)
{
	uint64_t *name = names->name[TRACE_VCPU(event)];

	name[0] = event->data;
	name[1] = rest;
}

void rtostrace_names_back(struct rtostrace_names *names, const struct trace_event *event)
{
	const uint8_t process = TRACE_VCPU(event);

	switch (TRACE_TYPE(event)) {
	case RTOS_EVENT_NAME_REST:
		names->rest = event->data;
		names->rest_of = process;
		break;
	case RTOS_EVENT_NAME:
		set_name(names, event, names->rest_of == process ? names->rest : 0);
		names->rest_of = 0;
		break;
	case RTOS_EVENT_MADE:
		names->name[process][0] = 0;
		names->name[process][1] = 0;
		break;
	default:
		break;
	}
}

void rtostrace_names_on(struct rtostrace_names *names, const struct trace_event *event)
{
	if (TRACE_TYPE(event) == RTOS_EVENT_NAME)
		set_name(names, event, 0);
	else if (TRACE_TYPE(event) == RTOS_EVENT_NAME_REST)
		names->name[TRACE_VCPU(event)][1] = event->data;
}

const char *rtostrace_name(const struct rtostrace_names *names, uint8_t process)
{
	return (const char *)names->name[process];
}
