/*
 * The watcher's rules from files: they come in parts, are kept, look as often as they say, report
 * sure findings, and are silent after their removal. The guest is watched_guest.h's.
 */
#include <lib/crc32c.h>
#include <servers/watcher/alarms.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>
#include <unit/rtos_servers/watched_guest.h>

#define HEAD (offsetof(struct rule, crc) + sizeof(uint32_t))

static struct rulebook book;
static _Alignas(4096) uint8_t kept[RULEBOOK_KEPT];
static uint32_t told, gone, events[RULEBOOK_EVENTS];
static char last[FINDINGS_NAME], about[RULE_NAME];
static uint64_t last_well; /* the earliest time of the last finding */
static uint64_t now;       /* the time of the last look */

static void tell_finding(const struct finding *finding, bool is_gone)
{
	told += !is_gone;
	gone += is_gone;
	memcpy(last, finding->name, sizeof(last));
	last_well = finding->well;
}

static void tell(enum rulebook_event event, const char *rule)
{
	assert_true(strlen(rule) < sizeof(about));
	memcpy(about, rule, strlen(rule) + 1);
	events[event]++;
}

/* Plays the frame: the number of questions, its answer, and the last question. */
static uint32_t asked, answer;
static struct mend compared;

static uint32_t ask_frame(const struct mend *mend)
{
	asked++;
	compared = *mend;
	return answer;
}

/* A watcher begins. Kept memory stays. */
static void begin(const void *file, size_t size)
{
	memset(&book, 0, sizeof(book));
	memset(events, 0, sizeof(events));
	told = gone = 0;
	book.tell = tell;
	book.tell_finding = tell_finding;
	book.ask = ask_frame;
	asked = 0;
	answer = WATCH_MEND_DONE;
	rulebook_open(&book, kept, &guest_facts, file, size);
}

static void set_up(void)
{
	guest_build();
	memset(kept, 0, sizeof(kept));
	begin(NULL, 0);
}

static void tear_down(void)
{
	guest_free();
}

static void look(uint32_t times)
{
	static struct guest guest;

	guest = guest_ready();

	for (uint32_t i = 0; i < times; i++) {
		guest.now = ++now;
		rulebook_look(&book, &guest, true);
	}
}

/* ---- a rule: no task has a PID above `most` ---- */

struct sample {
	struct rule head;
	struct rule_view view;
	struct rule_step step[14];
	char text[8];
};

static void seal(struct sample *sample)
{
	sample->head.crc = crc32c(0, (const uint8_t *)sample + HEAD, sizeof(*sample) - HEAD);
}

static struct sample sample(const char *name, uint32_t most)
{
	struct sample made = {
	    .head = {.magic = RULE_MAGIC,
	             .revision = RULE_REVISION,
	             .size = sizeof(made),
	             .kernel = crc32c(0, guest_facts.banner, WATCHFACTS_BANNER),
	             .every = RULE_EVERY,
	             .seen = 2,
	             .severity = RULE_LOW,
	             .views = 1,
	             .object = 1,
	             .say = 8,
	             .steps = 14,
	             .text = sizeof(made.text)},
	    .view = {.kind = RULE_LIST, .steps = 1, .link = guest_facts.task_tasks},
	    .step = {{RULE_PLACE, 0, 0, guest_facts.init_task + guest_facts.task_tasks},
	             {RULE_OBJECT, 0, 0, 0},
	             {RULE_ADD, 0, 0, guest_facts.task_pid},
	             {RULE_LOAD, 4, 0, 0},
	             {RULE_KEEP, 0, 0, 0},
	             {RULE_NUMBER, 0, 0, most},
	             {RULE_AT_MOST, 0, 0, 0},
	             {RULE_MUST, 0, 0, 0},
	             {RULE_TEXT, 0, 0, 0},
	             {RULE_OBJECT, 0, 0, 0},
	             {RULE_ADD, 0, 0, guest_facts.task_pid},
	             {RULE_LOAD, 4, 0, 0},
	             {RULE_DECIMAL, 0, 0, 0},
	             {RULE_TEXT, 0, 0, 5}},
	    .text = "pid \0!"};

	memcpy(made.head.name, name, strlen(name));
	seal(&made);
	return made;
}

static uint64_t ask(uint64_t operation, uint64_t first, uint64_t word[8])
{
	word[0] = operation;
	word[1] = first;
	rulebook_serve(&book, word);
	return word[0];
}

/* Adds the rule in parts, as the shell does. */
static void add_parts(const struct sample *sample)
{
	uint64_t word[8];

	assert_int_equal(ask(RULES_BEGIN, sizeof(*sample), word), RULES_OK);
	for (uint32_t at = 0; at < sizeof(*sample); at += RULES_PART_SIZE) {
		const size_t left = sizeof(*sample) - at;

		memset(word, 0, sizeof(word));
		memcpy(&word[2], (const uint8_t *)sample + at,
		       left < RULES_PART_SIZE ? left : RULES_PART_SIZE);
		assert_int_equal(ask(RULES_PART, at, word), RULES_OK);
	}
}

static uint64_t add(const struct sample *sample)
{
	uint64_t word[8];

	add_parts(sample);
	return ask(RULES_ADD, 0, word);
}

static uint64_t try(const struct sample *sample, uint64_t word[8])
{
	add_parts(sample);
	return ask(RULES_TRY, 0, word);
}

static uint64_t take(const char *name)
{
	uint64_t word[8] = {RULES_REMOVE};

	memcpy(&word[1], name, strlen(name));
	rulebook_serve(&book, word);
	return word[0];
}

static uint32_t count(void)
{
	uint64_t word[8];
	uint32_t found = 0;

	for (uint64_t i = 0; i < RULE_MOST; i++)
		found += ask(RULES_ENTRY, i, word) == RULES_OK;
	return found;
}

/* ---- rules at work ---- */

/* Shows: watch.rules-add. */
TEST_WITH(test_added_and_removed, set_up, tear_down)
{
	const struct sample rule = sample("pids", 20);
	const struct sample other = sample("pids", GUEST_TASKS);
	uint64_t word[8];

	assert_int_equal(add(&rule), RULES_OK);
	look(1);
	assert_int_equal(told, 0);
	look(10);
	assert_int_equal(told, FINDINGS_MAX); /* of 19 findings */
	assert_string_equal(last, "pid 36!");
	assert_int_equal(events[RULEBOOK_CROWDED], 1);
	assert_string_equal(about, "pids");
	assert_int_equal(ask(RULES_ENTRY, 0, word), RULES_OK);
	assert_string_equal((const char *)&word[1], "pids");
	assert_int_equal(word[5], RULE_EVERY | 2ULL << 32 | (uint64_t)RULE_LOW << 40);
	assert_int_equal(word[6], FINDINGS_MAX);
	assert_int_equal(add(&other), RULES_OK); /* in its place */
	assert_int_equal(count(), 1);
	look(10);
	assert_int_equal(told, FINDINGS_MAX);
	assert_int_equal(take("pids"), RULES_OK);
	assert_int_equal(take("pids"), RULES_NO_RULE);
	guest_store(guest_task(9) + guest_facts.task_pid, 1000);
	look(10);
	assert_int_equal(told, FINDINGS_MAX);
	assert_int_equal(count(), 0);
}

TEST_WITH(test_finding_ends, set_up, tear_down)
{
	const struct sample rule = sample("pids", GUEST_TASKS);

	assert_int_equal(add(&rule), RULES_OK);
	guest_store(guest_task(9) + guest_facts.task_pid, 1000);
	look(2);
	assert_int_equal(told, 1);
	assert_string_equal(last, "pid 1000!");
	guest_store(guest_task(9) + guest_facts.task_pid, 9);
	look(1);
	assert_int_equal(gone, 1);
}

TEST_WITH(test_rules_look_as_often_as_they_say, set_up, tear_down)
{
	struct sample rule = sample("pids", 20);

	rule.head.every = 5 * RULE_EVERY;
	seal(&rule);
	assert_int_equal(add(&rule), RULES_OK);
	look(9);
	assert_int_equal(told, 0);
	look(1);
	assert_true(told != 0);
}

static void again(uint32_t times)
{
	const struct guest guest = guest_ready();

	for (uint32_t i = 0; i < times; i++)
		rulebook_again(&book, &guest);
}

/* A rule with an unsure finding looks again at once; no other rule does. */
TEST_WITH(test_looks_again_at_open_findings, set_up, tear_down)
{
	const struct sample rule = sample("pids", GUEST_TASKS);

	assert_int_equal(add(&rule), RULES_OK);
	look(1);
	assert_false(rulebook_is_open(&book));
	guest_store(guest_task(9) + guest_facts.task_pid, 1000);
	again(10);
	assert_int_equal(told, 0);
	look(1);
	assert_true(rulebook_is_open(&book));
	assert_int_equal(told, 0);
	again(1);
	assert_int_equal(told, 1);
	assert_false(rulebook_is_open(&book));
}

/* A slow rule looks as seldom as it says, also while a finding is unsure. */
TEST_WITH(test_slow_rule_is_not_hurried, set_up, tear_down)
{
	struct sample rule = sample("pids", 20);

	rule.head.every = RULEBOOK_SLOW;
	seal(&rule);
	assert_int_equal(add(&rule), RULES_OK);
	look(RULEBOOK_SLOW / RULE_EVERY);
	assert_false(rulebook_is_open(&book));
	again(10);
	assert_int_equal(told, 0);
	look(RULEBOOK_SLOW / RULE_EVERY);
	assert_true(told != 0);
}

/* Only looks in a row with the same number count. A finding with another number is over. */
TEST_WITH(test_number_that_has_to_change, set_up, tear_down)
{
	const uint32_t place = guest_task(GUEST_TASKS - 1) + guest_facts.task_pid;
	struct sample rule = sample("stands", GUEST_TASKS - 2);

	memmove(&rule.step[5], &rule.step[4], 9 * sizeof(rule.step[0]));
	rule.step[4] = (struct rule_step){RULE_CHANGES, 0, 0, 0};
	rule.head.say = 9;
	rule.head.seen = 3;
	seal(&rule);
	assert_int_equal(add(&rule), RULES_OK);
	for (uint32_t pid = 100; pid < 110; pid++) {
		guest_store(place, pid);
		look(2);
	}
	assert_int_equal(told, 0);
	look(1);
	assert_int_equal(told, 1);
	assert_string_equal(last, "pid 109");
	guest_store(place, 110);
	look(2);
	assert_int_equal(told, 1);
	assert_int_equal(gone, 1);
	look(1);
	assert_int_equal(told, 2);
}

/* ---- stillness: a rule about the first task alone ---- */

static struct sample still_sample(uint32_t tasks)
{
	struct sample rule = sample("still", 0);

	rule.view = (struct rule_view){.kind = RULE_ARRAY,
	                               .steps = 1,
	                               .b = (int32_t)(guest_task(2) - guest_task(1)),
	                               .count = tasks};
	rule.step[0].value = guest_task(1);
	rule.head.seen = 1;
	rule.head.still = 1;
	seal(&rule);
	return rule;
}

/*
 * A finding counts when the frame has seen all reads that led to it, and nothing else, in
 * stillness.
 * Shows: watch.rules-still.
 */
TEST_WITH(test_still, set_up, tear_down)
{
	const struct sample rule = still_sample(1);

	assert_int_equal(add(&rule), RULES_OK);
	answer = WATCH_MEND_DIFFERS | 0 << 8;
	look(50);
	assert_int_equal(asked, 50);
	assert_int_equal(told, 0);
	assert_int_equal(compared.count, 1);
	assert_int_equal(compared.change[0].address,
	                 GUEST_KERNEL + (guest_task(1) + guest_facts.task_pid) / 8 * 8);
	assert_int_equal(compared.change[0].expected, compared.change[0].value);
	assert_true(compared.change[0].mask == UINT32_MAX ||
	            compared.change[0].mask == (uint64_t)UINT32_MAX << 32);
	answer = WATCH_MEND_DONE;
	look(1);
	assert_int_equal(told, 1);
	assert_string_equal(last, "pid 1!");
	look(10); /* the finding is told: the frame isn't asked any more */
	assert_int_equal(asked, 51);
	assert_int_equal(told, 1);
	assert_int_equal(gone, 0);
	guest_store(guest_task(1) + guest_facts.task_pid, 0);
	look(1);
	assert_int_equal(gone, 1);
	assert_int_equal(events[RULEBOOK_CANT], 0);
}

/* A finding that the frame hasn't confirmed yet may be there already. */
TEST_WITH(test_age_by_a_still_rule, set_up, tear_down)
{
	const uint32_t pid = guest_task(1) + guest_facts.task_pid;
	const struct sample rule = still_sample(1);
	uint64_t well;

	guest_store(pid, 0);
	assert_int_equal(add(&rule), RULES_OK);
	look(5);
	well = now;
	guest_store(pid, 1);
	answer = WATCH_MEND_DIFFERS;
	look(5);
	answer = WATCH_MEND_DONE;
	look(1);
	assert_int_equal(told, 1);
	assert_int_equal(last_well, well);
}

/* A look asks the frame once. A finding whose words go on changing holds up no other. */
TEST_WITH(test_one_question_of_stillness_a_look, set_up, tear_down)
{
	const struct sample rule = still_sample(3);

	assert_int_equal(add(&rule), RULES_OK);
	answer = WATCH_MEND_DIFFERS;
	for (uint32_t i = 1; i <= 6; i++) {
		look(1);
		assert_int_equal(asked, i);
		assert_int_equal(compared.change[0].address,
		                 GUEST_KERNEL +
		                     (guest_task(1 + (i - 1) % 3) + guest_facts.task_pid) / 8 * 8);
	}
	answer = WATCH_MEND_DONE;
	look(10);
	assert_int_equal(told, 3);
	assert_int_equal(asked, 9);
}

/* Without kumiki,mends, or with too much to compare, stillness can't be told. */
TEST_WITH(test_stillness_that_cannot_be_told, set_up, tear_down)
{
	const struct sample rule = still_sample(1);
	const uint32_t node = guest_task(10) - 8, heads = guest_task(GUEST_TASKS + 1);
	struct sample many = sample("many", 0);
	uint64_t word[8];

	assert_int_equal(add(&rule), RULES_OK);
	answer = WATCH_MEND_NOTHING;
	look(RULEBOOK_PATIENCE_MS / RULE_EVERY);
	assert_int_equal(told, 0);
	assert_int_equal(events[RULEBOOK_CANT], 1);
	answer = WATCH_MEND_DONE;
	look(1);
	assert_int_equal(events[RULEBOOK_CAN], 1);
	assert_int_equal(take("still"), RULES_OK);
	asked = 0;
	many.head.still = 1; /* of so many lists all but one are empty */
	many.view = (struct rule_view){
	    .kind = RULE_HASH, .steps = 1, .link = node - guest_task(9), .count = RULES_READS - 2};
	many.step[0].value = heads;
	guest_store(heads, guest_va(node));
	seal(&many);
	assert_int_equal(try(&many, word), RULES_OK);
	assert_int_equal(word[1], 1);
	assert_int_equal(word[2], 0);
	many.view.count++;
	seal(&many);
	assert_int_equal(try(&many, word), RULES_OK);
	assert_int_equal(word[2], 2);
	assert_int_equal(add(&many), RULES_OK);
	look(RULEBOOK_PATIENCE_MS / RULE_EVERY);
	assert_int_equal(asked, 0);
	assert_int_equal(events[RULEBOOK_CANT], 2);
}

/* ---- events ---- */

/*
 * The rule looks when it is added, then at its event until it finds nothing, and never else.
 * Shows: watch.rules-on.
 */
TEST_WITH(test_event, set_up, tear_down)
{
	const uint32_t place = guest_task(9) + guest_facts.task_pid;
	struct sample rule = sample("pids", GUEST_TASKS);

	rule.head.every = 0;
	rule.head.on = 1 << RULE_ON_MODULE;
	seal(&rule);
	guest_store(place, 1000);
	assert_int_equal(add(&rule), RULES_OK);
	look(2);
	assert_int_equal(told, 1);
	guest_store(place, 9);
	look(1);
	assert_int_equal(gone, 1);
	guest_store(place, 1000);
	look(100);
	rulebook_event(&book, RULE_ON_REFUSAL);
	look(100);
	assert_int_equal(told, 1);
	rulebook_event(&book, RULE_ON_MODULE);
	look(1);
	assert_true(rulebook_is_open(&book));
	again(1);
	assert_int_equal(told, 2);
	begin(NULL, 0); /* the next watcher */
	look(2);
	assert_int_equal(told, 1);
	guest_store(place, 9);
	look(1);
	guest_store(place, 1000);
	look(10);
	assert_int_equal(told, 1);
	rulebook_forget(&book); /* another life */
	look(2);
	assert_int_equal(told, 2);
}

/* A rule with an event and a time looks at both. */
TEST_WITH(test_event_and_time, set_up, tear_down)
{
	const uint32_t place = guest_task(9) + guest_facts.task_pid;
	struct sample rule = sample("pids", GUEST_TASKS);

	rule.head.every = RULEBOOK_SLOW;
	rule.head.on = 1 << RULE_ON_DEADLINE | 1 << RULE_ON_START;
	seal(&rule);
	assert_int_equal(add(&rule), RULES_OK);
	look(1);
	guest_store(place, 1000);
	look(RULEBOOK_SLOW / RULE_EVERY - 2);
	assert_int_equal(told, 0);
	look(2); /* its time has come: then it goes on */
	assert_int_equal(told, 1);
	guest_store(place, 9);
	look(1);
	assert_int_equal(gone, 1);
	guest_store(place, 1000);
	rulebook_event(&book, RULE_ON_DEADLINE);
	look(2);
	assert_int_equal(told, 2);
}

/* A rule that can't tell looks again, and says so after the usual time. */
TEST_WITH(test_event_that_cannot_tell, set_up, tear_down)
{
	const uint32_t link = guest_task(5) + guest_facts.task_tasks;
	struct sample rule = sample("pids", GUEST_TASKS);
	uint64_t word[8];

	rule.head.every = 0;
	rule.head.on = 1 << RULE_ON_MODULE;
	seal(&rule);
	guest_store(link, 0); /* leads nowhere */
	assert_int_equal(add(&rule), RULES_OK);
	look(RULEBOOK_PATIENCE_MS / RULE_EVERY - 1);
	assert_int_equal(events[RULEBOOK_CANT], 0);
	look(1);
	assert_int_equal(events[RULEBOOK_CANT], 1);
	assert_int_equal(ask(RULES_ENTRY, 0, word), RULES_OK);
	assert_int_equal(word[5],
	                 2ULL << 32 | (uint64_t)RULE_LOW << 40 | 1ULL << (48 + RULE_ON_MODULE));
	rule.head.on = 1 << RULE_EVENTS;
	seal(&rule);
	assert_int_equal(add(&rule), RULES_REFUSED);
	rule.head.on = 0;
	seal(&rule);
	assert_int_equal(add(&rule), RULES_REFUSED);
}

static void expect_found(uint64_t index, const char *words)
{
	uint64_t word[8] = {RULES_FOUND, index, 0};

	rulebook_serve(&book, word);
	assert_int_equal(word[0], RULES_OK);
	assert_string_equal((const char *)&word[1], words);
}

/*
 * A trial is one look without traces: rules in service and their findings are as they were.
 * Shows: watch.rules-tried.
 */
TEST_WITH(test_trial_keeps_nothing, set_up, tear_down)
{
	const struct sample kept_one = sample("pids", GUEST_TASKS), trial = sample("pids", 36);
	uint64_t word[8];

	assert_int_equal(try(&trial, word), RULES_NO_GUEST); /* no look has been yet */
	assert_int_equal(add(&kept_one), RULES_OK);
	look(5);
	assert_int_equal(try(&trial, word), RULES_OK);
	assert_int_equal(word[1], 3);
	assert_int_equal(word[2], 0);
	expect_found(0, "pid 37!");
	expect_found(2, "pid 39!");
	assert_int_equal(ask(RULES_FOUND, 3, word), RULES_BAD);
	assert_int_equal(ask(RULES_FOUND, ~0ULL, word), RULES_BAD);
	look(10);
	assert_int_equal(told, 0);
	assert_int_equal(count(), 1);
}

TEST_WITH(test_trial_that_finds_much_or_cannot_tell, set_up, tear_down)
{
	const struct sample trial = sample("pids", 0);
	const uint32_t link = guest_task(5) + guest_facts.task_tasks;
	uint64_t word[8];

	look(1);
	assert_int_equal(try(&trial, word), RULES_OK);
	assert_int_equal(word[1], FINDINGS_MAX);
	assert_int_equal(word[2], 1);
	guest_store(link, 0); /* leads nowhere */
	assert_int_equal(try(&trial, word), RULES_OK);
	assert_int_equal(word[1], 0);
	assert_int_equal(word[2], 2);
	rulebook_forget(&book);
	assert_int_equal(try(&trial, word), RULES_NO_GUEST);
	assert_int_equal(ask(RULES_BEGIN, sizeof(trial), word), RULES_OK);
	assert_int_equal(ask(RULES_TRY, 0, word), RULES_REFUSED);
}

TEST_WITH(test_cannot_is_told_once, set_up, tear_down)
{
	const struct sample rule = sample("pids", 20);
	const uint32_t link = guest_task(5) + guest_facts.task_tasks;

	assert_int_equal(add(&rule), RULES_OK);
	guest_store(link, 0); /* leads nowhere */
	look(RULEBOOK_PATIENCE_MS / RULE_EVERY - 1);
	assert_int_equal(events[RULEBOOK_CANT], 0);
	look(RULEBOOK_PATIENCE_MS / RULE_EVERY);
	assert_int_equal(events[RULEBOOK_CANT], 1);
	assert_int_equal(told, 0);
	guest_store(link, guest_va(guest_task(6) + guest_facts.task_tasks));
	look(1);
	assert_int_equal(events[RULEBOOK_CAN], 1);
}

/* Shows: watch.rules-kept. */
TEST_WITH(test_kept_over_a_restart, set_up, tear_down)
{
	const struct sample rule = sample("pids", 20), other = sample("others", 20);

	assert_int_equal(add(&rule), RULES_OK);
	assert_int_equal(add(&other), RULES_OK);
	begin(&rule, sizeof(rule)); /* the file counts only if nothing is kept */
	assert_int_equal(count(), 2);
	assert_int_equal(take("pids"), RULES_OK);
	begin(&rule, sizeof(rule));
	assert_int_equal(count(), 1);
	book.entry[1].rule->every = 1; /* damaged */
	begin(&rule, sizeof(rule));
	assert_int_equal(count(), 0);
	assert_int_equal(events[RULEBOOK_REFUSED], 1);
	assert_string_equal(about, "others");
}

/* ---- whether it is sound ---- */

static bool sound(void)
{
	return rulebook_is_sound(&book, kept);
}

/* Shows: rtos.probe. */
TEST_WITH(test_always_sound, set_up, tear_down)
{
	const struct sample rule = sample("pids", 20), other = sample("others", 20);
	uint64_t word[8];

	assert_true(sound());
	assert_int_equal(add(&rule), RULES_OK);
	assert_int_equal(add(&other), RULES_OK);
	assert_true(sound());
	look(30);
	assert_int_equal(ask(RULES_BEGIN, sizeof(rule), word), RULES_OK);
	assert_true(sound());
	assert_int_equal(take("pids"), RULES_OK);
	assert_true(sound());
	book.entry[1].rule->every = 1; /* damaged: a next watcher leaves it out */
	assert_false(sound());
	begin(NULL, 0);
	assert_true(sound());
}

/* Any flipped bit of these is noticed. */
static void flip(void *at, size_t size)
{
	for (size_t bit = 0; bit < 8 * size; bit++) {
		uint8_t *byte = (uint8_t *)at + bit / 8;

		*byte ^= (uint8_t)(1u << bit % 8);
		if (sound())
			fail_msg("bit %zu of %zu bytes isn't noticed", bit, size);
		*byte ^= (uint8_t)(1u << bit % 8);
	}
}

TEST_WITH(test_damage, set_up, tear_down)
{
	const struct sample rule = sample("pids", 20);

	assert_int_equal(add(&rule), RULES_OK);
	flip(kept, sizeof(*book.magic));
	flip(book.entry[0].rule, sizeof(rule));
	flip(&book.magic, sizeof(book.magic));
	flip(&book.kernel, sizeof(book.kernel));
	flip(&book.entry[0].findings.sure, sizeof(book.entry[0].findings.sure));
	for (uint32_t i = 0; i < RULE_MOST; i++) {
		flip(&book.entry[i].rule, sizeof(void *));
		book.entry[i].used = !book.entry[i].used;
		assert_false(sound());
		book.entry[i].used = !book.entry[i].used;
	}
	book.coming_have = book.coming_size + 1;
	assert_false(sound());
	book.coming_size = RULE_SIZE_MAX + 1;
	assert_false(sound());
}

/* A watcher that ends in the middle leaves one rule of the name, the old one or the new one. */
TEST_WITH(test_a_rule_is_replaced_whole, set_up, tear_down)
{
	struct sample rule = sample("pids", 20);

	assert_int_equal(add(&rule), RULES_OK);
	rule.head.every = 40;
	seal(&rule);
	assert_int_equal(add(&rule), RULES_OK);
	assert_int_equal(count(), 1);
	assert_int_equal(book.entry[1].rule->every, 40);
	book.entry[0].rule->magic = RULE_MAGIC; /* the watcher ended before the old rule was free */
	begin(&rule, sizeof(rule));
	assert_int_equal(count(), 1);
}

TEST_WITH(test_rules_of_the_boot_image, set_up, tear_down)
{
	struct sample file[3] = {sample("a", 20), sample("b", 20)};

	memset(&file[2], 0, sizeof(file[2]));
	memset(kept, 0xff, sizeof(kept));
	begin(file, sizeof(file));
	assert_int_equal(count(), 2);
	assert_int_equal(events[RULEBOOK_REFUSED], 0);
}

/* A damaged rule takes no other with it if its size is possible. */
TEST_WITH(test_damaged_rule_of_the_boot_image, set_up, tear_down)
{
	struct sample file[3] = {sample("a", 20), sample("b", 20), sample("c", 20)};
	uint64_t word[8];

	memset(kept, 0, sizeof(kept));
	file[1].head.name[0] = '\n';
	begin(file, sizeof(file));
	assert_int_equal(count(), 2);
	assert_int_equal(events[RULEBOOK_REFUSED], 1);
	assert_string_equal(about, "?");
	assert_int_equal(ask(RULES_ENTRY, 1, word), RULES_OK);
	assert_string_equal((const char *)&word[1], "c");
	for (uint32_t size = 0; size <= 84; size += 84) {
		memset(kept, 0, sizeof(kept));
		file[1].head.size = size;
		begin(file, sizeof(file));
		assert_int_equal(count(), 1);
		assert_int_equal(events[RULEBOOK_REFUSED], 1);
	}
}

TEST_WITH(test_more_rules_in_the_boot_image_than_kept, set_up, tear_down)
{
	struct sample file[RULE_MOST + 1];
	char name[] = "rule-A";

	for (uint32_t i = 0; i <= RULE_MOST; i++, name[5]++)
		file[i] = sample(name, 20);
	memset(kept, 0, sizeof(kept));
	begin(file, sizeof(file));
	assert_int_equal(count(), RULE_MOST);
	assert_int_equal(events[RULEBOOK_REFUSED], 0);
	assert_int_equal(events[RULEBOOK_FULL], 1);
	name[5]--;
	assert_string_equal(about, name);
}

TEST_WITH(test_all_places_are_taken, set_up, tear_down)
{
	struct sample rule;
	char name[] = "rule-A";

	for (uint32_t i = 0; i < RULE_MOST; i++, name[5]++) {
		rule = sample(name, 20);
		assert_int_equal(add(&rule), RULES_OK);
	}
	rule = sample("one-more", 20);
	assert_int_equal(add(&rule), RULES_FULL);
	assert_int_equal(count(), RULE_MOST);
}

TEST_WITH(test_wrong_calls, set_up, tear_down)
{
	struct sample rule = sample("pids", 20);
	uint64_t word[8] = {0};

	rule.text[0] ^= 1;
	assert_int_equal(add(&rule), RULES_REFUSED);
	assert_int_equal(ask(RULES_BEGIN, sizeof(rule), word), RULES_OK);
	assert_int_equal(ask(RULES_PART, RULES_PART_SIZE, word),
	                 RULES_BAD); /* the first part is missing */
	assert_int_equal(ask(RULES_PART, ~0ULL, word), RULES_BAD);
	assert_int_equal(ask(RULES_ADD, 0, word), RULES_REFUSED);
	assert_string_equal((const char *)&word[1],
	                    "it came in parts, and not whole; give it again");
	assert_int_equal(ask(RULES_BEGIN, RULE_SIZE_MAX + 1, word), RULES_BAD);
	assert_int_equal(ask(RULES_BEGIN, 0, word), RULES_BAD);
	assert_int_equal(ask(RULES_ENTRY, RULE_MOST, word), RULES_NO_RULE);
	assert_int_equal(ask(0, 0, word), RULES_BAD);
	assert_int_equal(ask(~0ULL, 0, word), RULES_BAD);
	assert_int_equal(count(), 0);
}

/* ---- alarms ---- */

static void expect_alarm(const struct alarms *alarms, uint64_t number, uint64_t from,
                         const char *text)
{
	uint64_t word[8] = {RULES_ALARM, number, from};

	alarms_serve(alarms, word);
	if (text == NULL) {
		assert_int_equal(word[0], RULES_NO_RULE);
		assert_int_equal(word[1], alarms->count);
		return;
	}
	assert_int_equal(word[0], RULES_OK);
	assert_int_equal(word[1], 1000 + number);
	assert_string_equal((const char *)&word[2], text);
}

/* The last alarms are kept, and a long one is cut. */
TEST(test_last_alarms_are_kept)
{
	static struct alarms alarms;
	char text[3 * RULES_PART_SIZE] = "";

	expect_alarm(&alarms, 0, 0, NULL);
	memset(text, 'x', sizeof(text) - 1);
	for (uint32_t i = 0; i < ALARMS_MOST + 3; i++)
		alarms_note(&alarms, 1000 + i, i == 5 ? text : "one");
	expect_alarm(&alarms, 2, 0, NULL);
	expect_alarm(&alarms, 3, 0, "one");
	expect_alarm(&alarms, ALARMS_MOST + 2, 0, "one");
	expect_alarm(&alarms, ALARMS_MOST + 3, 0, NULL);
	expect_alarm(&alarms, ~0ULL, 0, NULL);
	expect_alarm(&alarms, 3, RULES_PART_SIZE + 1, NULL);
	text[RULES_PART_SIZE - 1] = '\0';
	expect_alarm(&alarms, 5, RULES_PART_SIZE, text);
}
