/* What a rule became, in words and numbers: see rules.h. */
#include "rules.h"
#include <inttypes.h>
#include <lib/rules.h>
#include <string.h>

static const char *const explain_severities[] = {
    [RULE_LOW] = "low", [RULE_MEDIUM] = "medium", [RULE_HIGH] = "high"};

const char *const rules_events[RULE_EVENTS] = {[RULE_ON_START] = "start",
                                               [RULE_ON_MODULE] = "module",
                                               [RULE_ON_REFUSAL] = "refusal",
                                               [RULE_ON_DEADLINE] = "deadline"};

static const char *explain_function(const struct rules_kernel_file *kernel, uint32_t place,
                                    struct kallsyms_symbol *symbol)
{
	return place != 0 && kernel_function_at(&kernel->kernel, place, symbol) ? symbol->name
	                                                                        : "nothing";
}

/* ---- steps ---- */

static void explain_number(const struct rule_step *step, FILE *out)
{
	switch (step->operation) {
	case RULE_NUMBER:
		fprintf(out, "the number %" PRId32, (int32_t)step->value);
		return;
	case RULE_PLACE:
		fprintf(out, "the address of the image + 0x%" PRIx32, step->value);
		return;
	case RULE_ADD:
		fprintf(out, "add %" PRId32, (int32_t)step->value);
		return;
	case RULE_LOAD:
		fprintf(out, "read %u bytes there%s", step->size,
		        step->index == 1 ? ", with their sign" : "");
		return;
	case RULE_OBJECT:
		fprintf(out, "the object's address");
		return;
	default:
		fprintf(out, "how many objects set %u has", step->index);
		return;
	}
}

static void explain_built(const struct rules_kernel_file *kernel, const struct rule *rule,
                          const struct rule_step *step, FILE *out)
{
	const uint32_t *word = rule_words(rule) + step->value;
	const uint32_t count = rule_views(rule)->count;
	struct kallsyms_symbol first, last;

	fprintf(out, "it is the image's own: %s, … %s", explain_function(kernel, word[0], &first),
	        explain_function(kernel, word[count - 1], &last));
}

static void explain_condition(const struct rules_kernel_file *kernel, const struct rule *rule,
                              const struct rule_step *step, FILE *out)
{
	static const char *const fixed[] = {
	    [RULE_KEEP] = "keep that, and compare it with:",
	    [RULE_EQUAL] = "both are equal",
	    [RULE_DIFFERS] = "they differ",
	    [RULE_LESS] = "the kept one is less",
	    [RULE_AT_MOST] = "the kept one is less or equal",
	    [RULE_IN_CONSTANTS] = "it is in the kernel's constants",
	    [RULE_CHANGES] = "it isn't what it was at the look before",
	    [RULE_WHEN] = "if nothing of that holds, leave the object out",
	    [RULE_MUST] = "if nothing of that holds, the object is a finding"};
	struct kallsyms_symbol symbol;

	if ((step->operation == RULE_LESS || step->operation == RULE_AT_MOST) && step->index == 1)
		fprintf(out, "%s, with signs", fixed[step->operation]);
	else if (step->operation == RULE_IN_TEXT)
		fprintf(out, "it is in kernel text, the image + 0x%" PRIx32 " to 0x%" PRIx32,
		        kernel->kernel.text, kernel->kernel.text_end);
	else if (step->operation == RULE_IN_SET)
		fprintf(out, "it is an object of set %u", step->index);
	else if (step->operation == RULE_IN_AREA)
		fprintf(out,
		        "it is in a piece of memory of set %u: its address at %" PRIu32
		        ", its length of %u bytes at %" PRIu32,
		        step->index, step->value & 0xffff, step->size, step->value >> 16);
	else if (step->operation == RULE_AS_BUILT)
		explain_built(kernel, rule, step, out);
	else if (step->operation == RULE_SAME)
		fprintf(out, "the characters there %s '%s'", step->index == 0 ? "are" : "aren't",
		        rule_text(rule) + step->value);
	else if (step->operation == RULE_PUT && step->index == 1)
		fprintf(out, "if nothing of that holds, a mend puts the kept one there");
	else if (step->operation == RULE_PUT)
		fprintf(out, "if nothing of that holds, a mend puts %s there",
		        explain_function(kernel, step->value, &symbol));
	else if (step->operation == RULE_LEADS_BACK)
		fprintf(out, "its neighbours at %" PRIu32 " and %" PRIu32 "%s lead back to it",
		        step->value & 0xffff, step->value >> 16,
		        step->index == 1 ? ", if there are any," : "");
	else
		fprintf(out, "%s", fixed[step->operation]);
}

static void explain_words(const struct rule *rule, const struct rule_step *step, FILE *out)
{
	if (step->operation == RULE_TEXT)
		fprintf(out, "'%s'", rule_text(rule) + step->value);
	else if (step->operation == RULE_CHARS)
		fprintf(out, "say up to %u characters there", step->size);
	else if (step->operation == RULE_SLOT)
		fprintf(out, "say which slot it is");
	else
		fprintf(out, "say it%s", step->operation == RULE_HEX ? " as an address" : "");
}

static void explain_steps(const struct rules_kernel_file *kernel, const struct rule *rule,
                          uint32_t first, uint32_t end, FILE *out)
{
	for (uint32_t i = first; i < end; i++) {
		const struct rule_step *step = &rule_steps(rule)[i];

		fprintf(out, "    ");
		if (step->operation < RULE_KEEP)
			explain_number(step, out);
		else if (step->operation < RULE_TEXT)
			explain_condition(kernel, rule, step, out);
		else
			explain_words(rule, step, out);
		fprintf(out, "\n");
	}
}

/* ---- views ---- */

static void explain_kind(const struct rule_view *view, FILE *out)
{
	static const char *const kinds[] = {[RULE_ONE] = "one object",
	                                    [RULE_LIST] = "those of a list",
	                                    [RULE_HASH] = "those of lists",
	                                    [RULE_CHAIN] = "those of a chain",
	                                    [RULE_ARRAY] = "those of a table",
	                                    [RULE_TABLE] = "function pointers of a structure",
	                                    [RULE_TREE] = "those of a tree",
	                                    [RULE_RADIX] = "those of a radix tree",
	                                    [RULE_POINTERS] = "what pointers lead to",
	                                    [RULE_CPUS] = "those of each CPU",
	                                    [RULE_ROW] = "those of a row"};

	fprintf(out, "%s", kinds[view->kind]);
	if (view->kind == RULE_LIST || view->kind == RULE_HASH || view->kind == RULE_CHAIN ||
	    view->kind == RULE_TREE)
		fprintf(out, ", linked at offset %" PRIu32, view->link);
	if (view->kind == RULE_HASH)
		fprintf(out, ", with %" PRIu32 " heads", view->count);
	if (view->kind == RULE_ROW)
		fprintf(out, ", of %" PRId32 " bytes, up to a null pointer at offset %" PRIu32,
		        view->b, view->link);
	if (view->kind == RULE_CPUS || (view->kind == RULE_ARRAY && view->link == 0))
		fprintf(out, ", %" PRIu32 " of %" PRId32 " bytes", view->count, view->b);
	if (view->kind == RULE_ARRAY && view->link != 0)
		fprintf(out,
		        "%s of %" PRId32 " bytes, as many as the %" PRIu32 " bytes at %" PRId32
		        " say",
		        view->count == 1 ? ", where a pointer leads," : "", view->b, view->link,
		        (int32_t)view->a);
	if (view->kind == RULE_TABLE || view->kind == RULE_POINTERS)
		fprintf(out, ", %" PRIu32 " of them", view->count);
}

/* The function pointers of a structure. */
static void explain_slots(const struct rule *rule, const struct rule_view *view, FILE *out)
{
	const uint32_t *word = rule_words(rule) + view->a;

	if (view->kind != RULE_TABLE)
		return;
	fprintf(out, "  they are, with their offsets:");
	for (uint32_t i = 0; i < view->count; i++)
		fprintf(out, " %s %" PRIu32, rule_text(rule) + word[view->count + i], word[i]);
	fprintf(out, "\n");
}

/* Where several chains begin. */
static void explain_chains(const struct rule *rule, const struct rule_view *view, FILE *out)
{
	for (uint32_t i = 0; view->kind == RULE_CHAIN && i < view->count; i++)
		fprintf(out, "    what the pointer at 0x%" PRIx32 " of the image leads to\n",
		        rule_words(rule)[view->a + i]);
}

static void explain_view(const struct rules_kernel_file *kernel, const struct rule *rule,
                         uint32_t index, FILE *out)
{
	const struct rule_view *view = &rule_views(rule)[index];

	if (index == 0)
		fprintf(out, "  the objects are ");
	else
		fprintf(out, "  set %" PRIu32 " is ", index);
	explain_kind(view, out);
	if (view->of == 0)
		fprintf(out, "; it begins at\n");
	else
		fprintf(out, "; for each object of set %u it begins at\n", view->of);
	explain_steps(kernel, rule, view->first, view->first + view->steps, out);
	explain_chains(rule, view, out);
	explain_slots(rule, view, out);
}

/* When it looks, and when a finding counts. */
static void explain_time(const struct rule *rule, FILE *out)
{
	fprintf(out, " ");
	if (rule->every != 0)
		fprintf(out, " every %" PRIu32 " ms;", rule->every);
	for (uint32_t i = 0; i < RULE_EVENTS; i++)
		if ((rule->on >> i & 1) != 0)
			fprintf(out, " on %s;", rules_events[i]);
	if (rule->still != 0)
		fprintf(out, " a finding counts when all that led to it is so in stillness");
	else
		fprintf(out, " a finding counts when %u looks in a row have it", rule->seen);
	fprintf(out, "; severity %s\n", explain_severities[rule->severity]);
}

void rules_explain(const struct rules_kernel_file *kernel, const struct rule *rule, FILE *out)
{
	fprintf(out, "rule %s, %" PRIu32 " bytes, for %s", rule->name, rule->size, kernel->banner);
	fprintf(out, "%s", kernel->banner[strcspn(kernel->banner, "\n")] == '\n' ? "" : "\n");
	explain_time(rule, out);
	for (uint32_t i = rule->views; i > 0; i--)
		explain_view(kernel, rule, i - 1, out);
	fprintf(out, "  of each object\n");
	explain_steps(kernel, rule, rule->object, rule->say, out);
	if (rule->mends == RULE_MENDS_RIGHTS)
		fprintf(out, "  a finding is mended: it gets its parent's credentials\n");
	fprintf(out, "  a finding is told as\n");
	explain_steps(kernel, rule, rule->say, rule->steps, out);
}
