/* See fake_back.h. */
#include "fake_back.h"
#include <stdlib.h>
#include <string.h>

struct fake_back fake_back;
static back_answered *answered;
static void *answered_to;
static size_t later_count;
static struct {
	const char *text;
	back_answered *then;
	void *to;
} later[8];

void fake_back_reset(void)
{
	later_count = 0;
	fake_back = (struct fake_back){
	    .list = "{\"schema\":1,\"document\":\"list\",\"system\":\"two\",\"time_us\":1000000,"
	            "\"partitions\":[{\"name\":\"linux\",\"number\":1,\"state\":\"running\","
	            "\"starts\":1,\"restarts_lately\":0,\"cores\":[0]},{\"name\":\"rt\","
	            "\"number\":2,\"state\":\"running\",\"starts\":1,\"restarts_lately\":0,"
	            "\"cores\":[1]}]}",
	    .accounts = "{\"document\":\"accounts\",\"vcpus\":[]}",
	    .cores = "{\"document\":\"cores\",\"cores\":[{\"core\":0},{\"core\":1}]}",
	    .may_act = true,
	};
}

void fake_back_answer(enum back_result result, const char *text)
{
	const struct back_answer answer = {result, text, strlen(text)};

	if (fake_back.waiting == 0)
		abort();
	fake_back.waiting = 0;
	answered(answered_to, &answer);
}

static void fake_back_later(const char *text, back_answered *then, void *to)
{
	if (later_count == sizeof(later) / sizeof(later[0]))
		abort();
	later[later_count].text = text;
	later[later_count].then = then;
	later[later_count++].to = to;
}

static const char *fake_back_document(enum back_what what)
{
	fake_back.lists += what == BACK_LIST;
	return what == BACK_LIST       ? fake_back.list
	       : what == BACK_ACCOUNTS ? fake_back.accounts
	                               : fake_back.cores;
}

bool back_ask(struct back *back, const struct back_question *question, back_answered *then,
              void *to)
{
	const char *text;

	(void)back;
	if (fake_back.full)
		return false;
	if (question->what <= BACK_CORES) {
		text = fake_back_document(question->what);
		if (text != NULL)
			fake_back_later(text, then, to);
		return true;
	}
	if (fake_back.waiting != 0)
		abort();
	fake_back.waiting = 1;
	fake_back.asked = *question;
	answered = then;
	answered_to = to;
	return true;
}

bool back_turn(struct back *back, int64_t now)
{
	(void)back;
	if (later_count > 0)
		fake_back.heard = now;
	for (size_t i = 0; i < later_count; i++) {
		const struct back_answer answer = {BACK_DONE, later[i].text, strlen(later[i].text)};

		later[i].then(later[i].to, &answer);
	}
	later_count = 0;
	return true;
}

int64_t back_heard(const struct back *back)
{
	(void)back;
	return fake_back.heard;
}

bool back_may_act(const struct back *back)
{
	(void)back;
	return fake_back.may_act;
}

const char *back_untold(const struct back *back)
{
	(void)back;
	return fake_back.untold;
}
