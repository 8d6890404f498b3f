/* Makes rules of a file's lines, one statement after the other: see rules.h. */
#include "making.h"
#include <facts/facts.h>
#include <lib/crc32c.h>
#include <lib/nearest.h>
#include <lib/rules.h>
#include <stdlib.h>
#include <string.h>

#define MAKE_SEEN 3u /* looks, if the rule doesn't say */

const char *rules_open(struct rules_kernel_file *kernel, struct arena *arena, const uint8_t *image,
                       size_t size)
{
	const char *missing = kernel_open(&kernel->kernel, arena, image, size);
	char *banner = arena_alloc(arena, WATCHFACTS_BANNER);
	uint32_t at;

	if (missing == NULL)
		missing = facts_banner(banner, &at, &kernel->kernel);
	kernel->banner = banner;
	kernel->number = crc32c(0, banner, WATCHFACTS_BANNER);
	return missing;
}

/* ---- statements ---- */

static bool make_needs(struct making *making, const struct source_line *line, uint32_t words,
                       const char *example)
{
	if (line->words == words)
		return true;
	return making_wrong(making, &line->word[0], "'%s' isn't written so; an example: %s",
	                    line->word[0].text, example);
}

/* A number from 1 to `most`; 0: it is none, which was complained of. */
static uint32_t make_count(struct making *making, const struct source_word *word, uint32_t most)
{
	char *end;
	const unsigned long number = strtoul(word->text, &end, 10);

	if (*end == '\0' && number != 0 && number <= most)
		return (uint32_t)number;
	(void)making_wrong(making, word, "'%s' is no number from 1 to %u", word->text, most);
	return 0;
}

static bool make_every(struct making *making, const struct source_line *line)
{
	static const char example[] = "every 100 ms";

	if (!make_needs(making, line, 3, example))
		return false;
	if (strcmp(line->word[2].text, "ms") != 0)
		return making_wrong(making, &line->word[2],
		                    "'%s' is no unit of time here; write 'ms'", line->word[2].text);
	making->head.every = make_count(making, &line->word[1], RULE_EVERY_MAX);
	if (making->head.every % RULE_EVERY != 0)
		return making_wrong(making, &line->word[1],
		                    "'%s' is no multiple of %u; the watcher looks so often",
		                    line->word[1].text, RULE_EVERY);
	return making->head.every != 0;
}

static const char make_one_of_both[] = "a rule says 'seen' or 'still'; leave one of them out";

static bool make_seen(struct making *making, const struct source_line *line)
{
	if (making->head.still != 0)
		return making_wrong(making, &line->word[0], make_one_of_both);
	if (!make_needs(making, line, 3, "seen 3 times"))
		return false;
	if (strcmp(line->word[2].text, "times") != 0)
		return making_wrong(making, &line->word[2],
		                    "'%s' isn't expected here; write 'times'", line->word[2].text);
	making->head.seen = (uint8_t)make_count(making, &line->word[1], RULE_SEEN_MAX);
	return making->head.seen != 0;
}

static bool make_still(struct making *making, const struct source_line *line)
{
	if (making->head.seen != 0)
		return making_wrong(making, &line->word[0], make_one_of_both);
	making->head.still = 1;
	return make_needs(making, line, 1, "still");
}

static bool make_on(struct making *making, const struct source_line *line)
{
	const bool program = making->kernel->kernel.program != NULL;
	uint32_t event = 0;

	if (!make_needs(making, line, 2, "on module"))
		return false;
	while (event < RULE_EVENTS && strcmp(rules_events[event], line->word[1].text) != 0)
		event++;
	if (event == RULE_EVENTS)
		return making_wrong(making, &line->word[1],
		                    "'%s' is no event; write start, module, refusal or deadline",
		                    line->word[1].text);
	if (program && (event == RULE_ON_MODULE || event == RULE_ON_REFUSAL))
		return making_wrong(making, &line->word[1],
		                    "'%s' is an event of a Linux alone; write start or deadline, "
		                    "or say 'every'",
		                    line->word[1].text);
	making->head.on |= (uint8_t)(1u << event);
	return true;
}

static bool make_severity(struct making *making, const struct source_line *line)
{
	static const char *const names[] = {
	    [RULE_LOW] = "low", [RULE_MEDIUM] = "medium", [RULE_HIGH] = "high"};

	if (!make_needs(making, line, 2, "severity high"))
		return false;
	for (uint32_t i = 0; i < RULE_SEVERITIES; i++)
		if (strcmp(names[i], line->word[1].text) == 0) {
			making->head.severity = (uint8_t)i;
			return true;
		}
	return making_wrong(making, &line->word[1],
	                    "'%s' is no severity; write low, medium or high", line->word[1].text);
}

/* "set NAME is each TYPE in VIEW" */
static bool make_set(struct making *making, const struct source_line *line)
{
	struct making_name name = {.kind = MAKING_SET};

	if (line->words < 7 || strcmp(line->word[2].text, "is") != 0 ||
	    strcmp(line->word[3].text, "each") != 0 || strcmp(line->word[5].text, "in") != 0)
		return making_wrong(making, &line->word[0],
		                    "'set' isn't written so; an example: set listed is each module "
		                    "in list modules by list");
	if (making->head.views == RULE_VIEWS - 1)
		return making_wrong(making, &line->word[0],
		                    "the rule has more than %u sets; make two rules of it",
		                    RULE_VIEWS - 1);
	name.view = ++making->head.views;
	return making_type(making, &line->word[4], &name.type) &&
	       making_view(making, line, 6, &name.type, name.view) &&
	       making_name(making, &making->names, &line->word[1], &name);
}

/* "each TYPE NAME in VIEW" */
static bool make_each(struct making *making, const struct source_line *line)
{
	struct making_name name = {.kind = MAKING_OBJECT};
	const bool again = making->has_each;

	making->has_each = true;
	if (line->words < 5 || strcmp(line->word[3].text, "in") != 0)
		return making_wrong(making, &line->word[0],
		                    "'each' isn't written so; an example: each module m in list "
		                    "modules by list");
	if (again)
		return making_wrong(
		    making, &line->word[0],
		    "a rule has one 'each'; make a 'set' of the others, or two rules");
	making->head.tasks = strcmp(line->word[1].text, "task_struct") == 0;
	return making_type(making, &line->word[1], &name.type) &&
	       making_view(making, line, 4, &name.type, 0) &&
	       making_name(making, &making->names, &line->word[2], &name);
}

static bool make_let_at(struct making *making, const struct source_line *line, uint32_t at,
                        struct making_name *name, uint32_t offset)
{
	struct making_value value;

	if (!making_number(making, &line->word[at], line->word[at].text, &value))
		return false;
	making_step(&value.steps, (struct rule_step){.operation = RULE_ADD, .value = 0 - offset});
	name->steps = arena_alloc(making->arena, sizeof(*name->steps));
	*name->steps = value.steps;
	return making_name(making, &making->names, &line->word[2], name);
}

/* "let TYPE NAME be at EXPRESSION", "let TYPE NAME have MEMBER at EXPRESSION" */
static bool make_let(struct making *making, const struct source_line *line)
{
	struct making_name name = {.kind = MAKING_LET};
	const bool be = line->words == 6 && strcmp(line->word[3].text, "be") == 0 &&
	                strcmp(line->word[4].text, "at") == 0;
	const bool have = line->words == 7 && strcmp(line->word[3].text, "have") == 0 &&
	                  strcmp(line->word[5].text, "at") == 0;
	uint32_t offset = 0, type;

	if (!be && !have)
		return making_wrong(
		    making, &line->word[0],
		    "'let' isn't written so; examples: let cred c be at t.cred; let "
		    "task_struct t have tasks at l.next");
	if (!making_type(making, &line->word[1], &name.type))
		return false;
	if (have && !making_member(making, &line->word[4], name.type.number, line->word[4].text,
	                           &offset, &type))
		return false;
	return make_let_at(making, line, be ? 5 : 6, &name, offset);
}

static bool make_judge(struct making *making, const struct source_line *line,
                       enum rule_operation operation)
{
	if (!making->has_each)
		return making_wrong(
		    making, &line->word[0],
		    "'%s' stands before 'each'; say first which objects it is about",
		    line->word[0].text);
	if (!making_condition(making, line))
		return false;
	making_step(&making->object, (struct rule_step){.operation = (uint8_t)operation});
	return true;
}

static bool make_when(struct making *making, const struct source_line *line)
{
	return make_judge(making, line, RULE_WHEN);
}

static const char make_one_must[] = "a rule with 'mend' has one 'must'; make two rules of it";

static bool make_must(struct making *making, const struct source_line *line)
{
	if (making->head.mends != 0 && !making->puts)
		return making_wrong(making, &line->word[0], make_one_must);
	making->musts++;
	return make_judge(making, line, RULE_MUST);
}

/* A pointer gets a number if that is an address, '&…', and else a function. */
static bool make_puts_number(const struct making *making, const struct source_word *word,
                             const struct making_value *value, uint8_t *size)
{
	struct btf_shape shape;

	if (!value->is_address || value->type.function || value->type.count != 0)
		return false;
	shape = btf_shape(&making->kernel->kernel.btf, value->type.number);
	*size = (uint8_t)shape.size;
	return (shape.kind == BTF_A_NUMBER &&
	        (shape.size == sizeof(uint32_t) || shape.size == sizeof(uint64_t))) ||
	       (shape.kind == BTF_A_POINTER && word->text[0] == '&');
}

/* "mend PLACE to NUMBER" */
static bool make_put_number(struct making *making, const struct source_word *word,
                            const struct making_value *value, uint8_t size)
{
	struct making_steps *steps = &making->object;
	struct making_value number;

	if (!making_number(making, word, word->text, &number))
		return false;
	making_append(steps, &number.steps);
	making_step(steps, (struct rule_step){.operation = RULE_KEEP});
	making_append(steps, &value->steps);
	making_step(steps, (struct rule_step){.operation = RULE_PUT, .size = size, .index = 1});
	return true;
}

/* A pointer to a function, or to anything. */
static bool make_takes_function(const struct making *making, uint32_t type)
{
	const struct btf *btf = &making->kernel->kernel.btf;
	const struct btf_shape shape = btf_shape(btf, type);

	return making_is_function(btf, type) || (shape.kind == BTF_A_POINTER && shape.target == 0);
}

/* "mend PLACE to FUNCTION" */
static bool make_put_function(struct making *making, const struct source_line *line,
                              const struct making_value *value)
{
	struct making_steps *steps = &making->object;
	uint32_t function;

	if (!making_function(making, &line->word[3], &function))
		return false;
	if (!value->is_address || value->type.count != 0 ||
	    (!value->type.function && !make_takes_function(making, value->type.number)))
		return making_wrong(making, &line->word[1],
		                    "'%s' is no pointer to a function, and no number of 32 or 64 "
		                    "bits",
		                    line->word[1].text);
	making_append(steps, &value->steps);
	making_step(steps, (struct rule_step){.operation = RULE_PUT, .value = function});
	return true;
}

/* "mend PLACE to …": the last step of the 'must' before it finds that out. */
static bool make_mend_to(struct making *making, const struct source_line *line)
{
	const struct source_word *word = &line->word[1];
	struct making_steps *steps = &making->object;
	struct making_value value;
	uint8_t size;

	if (steps->count == 0 || steps->step[steps->count - 1].operation != RULE_MUST)
		return making_wrong(making, &line->word[0],
		                    "'mend PLACE to …' stands right behind a 'must'");
	if (!making_path(making, word, word->text, &value))
		return false;
	steps->count--;
	if (!(make_puts_number(making, &line->word[3], &value, &size)
	          ? make_put_number(making, &line->word[3], &value, size)
	          : make_put_function(making, line, &value)))
		return false;
	making_step(steps, (struct rule_step){.operation = RULE_MUST});
	making->head.mends = RULE_MENDS;
	making->puts = true;
	return true;
}

/* "mend credentials": of a task, whatever the conditions before it are. */
static bool make_mend_rights(struct making *making, const struct source_line *line)
{
	if (making->musts == 0 || making->head.tasks == 0)
		return making_wrong(making, &line->word[1],
		                    "only a task_struct has credentials, and 'mend' stands behind "
		                    "a 'must'");
	making->head.mends = RULE_MENDS_RIGHTS;
	return true;
}

/* "mend": the watcher knows how, by the conditions before it. */
static bool make_mend(struct making *making, const struct source_line *line)
{
	if (line->words == 2 && strcmp(line->word[1].text, "credentials") == 0)
		return make_mend_rights(making, line);
	if (line->words == 4 && strcmp(line->word[2].text, "to") == 0)
		return make_mend_to(making, line);
	if (making->musts > 1)
		return making_wrong(making, &line->word[0], make_one_must);
	if (!make_needs(making, line, 1, "mend"))
		return false;
	for (uint32_t i = 0; i < making->object.count && i < MAKING_STEPS; i++) {
		const struct rule_step *step = &making->object.step[i];

		if (step->operation == RULE_LEADS_BACK ||
		    (step->operation == RULE_IN_SET &&
		     making->view[step->index].kind == RULE_LIST &&
		     making->view[step->index].of == 0))
			making->head.mends = RULE_MENDS;
	}
	if (making->musts != 0 && making->view[0].kind == RULE_CHAIN && making->view[0].of == 0)
		making->head.mends = RULE_MENDS;
	return making->head.mends != 0 || making->broken ||
	       making_wrong(
	           making, &line->word[0],
	           "no mend is known: before 'mend' there has to be a 'must' with 'in' a "
	           "set of one list, or with 'leads back', or one about objects of one chain");
}

/* ---- a whole rule ---- */

static void make_copy(uint8_t **to, const void *from, size_t size)
{
	if (size != 0)
		memcpy(*to, from, size);
	*to += size;
}

static void make_steps(uint8_t **to, const struct making_steps *steps)
{
	make_copy(to, steps->step, steps->count * sizeof(struct rule_step));
}

static void make_places(struct making *making)
{
	uint32_t at = 0;

	for (uint32_t i = 0; i < making->head.views; i++) {
		making->view[i].first = (uint16_t)at;
		making->view[i].steps = (uint16_t)making->start[i].count;
		at += making->start[i].count;
	}
	making->head.object = (uint16_t)at;
	making->head.say = (uint16_t)(at += making->object.count);
	making->head.steps = (uint16_t)(at + making->say.count);
	making->head.words = (uint16_t)making->words;
	making->head.text = (uint16_t)making->text_size;
}

static size_t make_size(const struct rule *head)
{
	const size_t size = sizeof(*head) + head->views * sizeof(struct rule_view) +
	                    head->steps * sizeof(struct rule_step) +
	                    head->words * sizeof(uint32_t) + head->text;

	return (size + 7) / 8 * 8;
}

static struct rule *make_rule(struct making *making)
{
	const size_t size = make_size(&making->head);
	struct rule *rule = arena_alloc(making->arena, size);
	uint8_t *to = (uint8_t *)(rule + 1);
	const size_t behind = offsetof(struct rule, crc) + sizeof(rule->crc);

	making->head.size = (uint32_t)size;
	*rule = making->head;
	make_copy(&to, making->view, making->head.views * sizeof(struct rule_view));
	for (uint32_t i = 0; i < making->head.views; i++)
		make_steps(&to, &making->start[i]);
	make_steps(&to, &making->object);
	make_steps(&to, &making->say);
	make_copy(&to, making->word, making->words * sizeof(uint32_t));
	make_copy(&to, making->text, making->text_size);
	rule->crc = crc32c(0, (const uint8_t *)rule + behind, size - behind);
	return rule;
}

static bool make_changes(const struct making *making)
{
	for (uint32_t i = 0; i < making->object.count && i < MAKING_STEPS; i++)
		if (making->object.step[i].operation == RULE_CHANGES)
			return true;
	return false;
}

/* What a rule doesn't say of the time of its looks, and how many have to have a finding. */
static void make_fill(struct rule *head)
{
	if (head->every == 0 && head->on == 0)
		head->every = RULE_EVERY;
	if (head->seen == 0)
		head->seen = head->still != 0 ? 1 : MAKE_SEEN;
}

/* What a rule lacks; NULL: nothing. */
static const char *make_lacks(const struct making *making)
{
	if (!making->has_each)
		return "it has no 'each', which says what is looked at";
	if (making->musts == 0)
		return "it has no 'must', which says what is to hold";
	if (!making->has_say)
		return "it has no 'say', which tells a finding in words";
	if (making->head.still != 0 && make_changes(making))
		return "it has 'still', and 'changes', which needs several looks; write 'seen'";
	return NULL;
}

/* Puts the rule behind the others. The watcher has the last word about each, so it is asked here.
 */
static void make_keep(struct making *making)
{
	const struct rule *rule = make_rule(making);
	const char *why = rule_check(rule, rule->size, making->kernel->number);
	struct rules_made *made, **last = making->made;

	if (why != NULL) {
		(void)making_wrong(making, making->name,
		                   "the watcher wouldn't take the rule '%s': %s",
		                   making->name->text, why);
		return;
	}
	made = arena_alloc(making->arena, sizeof(*made));
	*made = (struct rules_made){.rule = rule, .place = making->name->place};
	while (*last != NULL)
		last = &(*last)->next;
	*last = made;
}

static void make_end(struct making *making)
{
	const char *lacks = make_lacks(making);

	if (making->name == NULL)
		return;
	if (lacks != NULL) {
		(void)making_wrong(making, making->name, "the rule '%s' isn't whole: %s",
		                   making->name->text, lacks);
		return;
	}
	make_fill(&making->head);
	making->head.views++; /* the objects' own */
	if (making->text_size == 0)
		(void)making_text(making, "", 0); /* a rule has some */
	make_places(making);
	if (making->too_large || make_size(&making->head) > RULE_SIZE_MAX) {
		(void)making_wrong(making, making->name,
		                   "the rule '%s' is larger than %u bytes; make two rules of it",
		                   making->name->text, RULE_SIZE_MAX);
		return;
	}
	if (making->complaints.errors == 0)
		make_keep(making);
}

static bool make_name(struct making *making, const struct source_word *word)
{
	const size_t length =
	    strspn(word->text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

	if (length == 0 || word->text[length] != '\0' || length >= RULE_NAME)
		return making_wrong(
		    making, word,
		    "'%s' can't be a rule's name; use up to %u letters, digits, '-' "
		    "and '_'",
		    word->text, RULE_NAME - 1);
	for (const struct rules_made *each = *making->made; each != NULL; each = each->next)
		if (strcmp(each->rule->name, word->text) == 0)
			return making_wrong(making, word,
			                    "there is another rule '%s'; use another name",
			                    word->text);
	return true;
}

/* "rule NAME": the rule before it ends. */
static void make_begin(struct making *making, const struct source_line *line)
{
	make_end(making);
	making->name_word = line->word[line->words - 1];
	making->name = &making->name_word;
	making->names = NULL;
	making->head = (struct rule){.magic = RULE_MAGIC,
	                             .revision = RULE_REVISION,
	                             .kernel = making->kernel->number,
	                             .severity = RULE_HIGH};
	making->object.count = making->say.count = making->words = making->text_size = 0;
	making->has_each = making->has_say = making->too_large = false;
	making->musts = 0;
	making->puts = making->broken = false;
	for (uint32_t i = 0; i < RULE_VIEWS; i++) {
		making->view[i] = (struct rule_view){0};
		making->start[i].count = 0;
	}
	if (make_needs(making, line, 2, "rule hidden-module") &&
	    make_name(making, &making->name_word))
		memcpy(making->head.name, making->name->text, strlen(making->name->text));
}

/* ---- lines ---- */

static const struct {
	const char *name;
	bool (*make)(struct making *making, const struct source_line *line);
	uint32_t names; /* the word that is a new name; 0: none */
} make_statements[] = {
    {"every", make_every, 0}, {"on", make_on, 0},     {"seen", make_seen, 0},
    {"still", make_still, 0}, {"set", make_set, 1},   {"severity", make_severity, 0},
    {"each", make_each, 2},   {"let", make_let, 2},   {"when", make_when, 0},
    {"must", make_must, 0},   {"mend", make_mend, 0}, {"say", making_say, 0}};
#define MAKE_STATEMENTS (sizeof(make_statements) / sizeof(make_statements[0]))

static void make_line(struct making *making, const struct source_line *line);

/* A misspelt statement is taken as what it was meant to be, so that nothing else is said of it. */
static void make_unknown(struct making *making, const struct source_line *line)
{
	const struct source_word *word = &line->word[0];
	struct source_line *meant = arena_alloc(making->arena, sizeof(*meant));
	struct nearest nearest = {.word = word->text};
	const char *best;

	nearest_offer(&nearest, "rule");
	nearest_offer(&nearest, "variable");
	for (size_t i = 0; i < MAKE_STATEMENTS; i++)
		nearest_offer(&nearest, make_statements[i].name);
	best = nearest_answer(&nearest);
	if (best == NULL) {
		(void)making_wrong(
		    making, word,
		    "there is no statement '%s'; the statements are variable, rule, "
		    "every, on, seen, still, severity, set, each, let, when, must, mend, say",
		    word->text);
		return;
	}
	(void)making_wrong(making, word, "there is no statement '%s'; did you mean '%s'?",
	                   word->text, best);
	*meant = *line;
	meant->word[0].text = best;
	make_line(making, meant);
}

/* `names`: the word of the line that is a new name; 0: none is. */
static void make_broken(struct making *making, const struct source_line *line, uint32_t names)
{
	making->broken = true;
	if (names != 0)
		making_break(making, &making->names, line, names);
}

static void make_line(struct making *making, const struct source_line *line)
{
	const char *name = line->word[0].text;

	if (strcmp(name, "rule") == 0) {
		make_begin(making, line);
		return;
	}
	if (strcmp(name, "variable") == 0) {
		if (!making_variable(making, line))
			making_break(making, &making->variables, line, 1);
		return;
	}
	for (size_t i = 0; i < MAKE_STATEMENTS; i++) {
		if (strcmp(name, make_statements[i].name) != 0)
			continue;
		if (making->name == NULL)
			(void)making_wrong(making, &line->word[0],
			                   "'%s' is outside of a rule; begin one by 'rule NAME'",
			                   name);
		else if (!make_statements[i].make(making, line))
			make_broken(making, line, make_statements[i].names);
		return;
	}
	make_unknown(making, line);
}

bool rules_make(const struct rules_kernel_file *kernel, struct complaints *complaints,
                const struct dts_file *file, const char *text, struct rules_made **made)
{
	struct making *making = arena_alloc(complaints->arena, sizeof(*making));
	struct source_line *line = arena_alloc(complaints->arena, sizeof(*line));
	struct source source = {.next = text, .place = {file, 1, 1}};
	const size_t errors = complaints->errors;

	*making = (struct making){
	    .arena = complaints->arena, .complaints = *complaints, .kernel = kernel, .made = made};
	complain_encoding(&making->complaints, file, text, strlen(text));
	while (source_line(&source, &making->complaints, line))
		make_line(making, line);
	make_end(making);
	if (making->name == NULL && making->complaints.errors == errors)
		complain(&making->complaints, (struct dts_place){file, 1, 1},
		         "the file has no rule; begin one by 'rule NAME'");
	*complaints = making->complaints;
	return complaints->errors == errors;
}
