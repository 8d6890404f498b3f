/* See words.h. */
#include "words.h"

static void words_task(struct text *text, const struct finding *finding)
{
	text_add(text, "task '");
	text_add(text, finding->name);
	text_add(text, "' (pid ");
	text_number(text, finding->value);
	text_add(text, ")");
}

static void words_place(const struct watch *watch, struct text *text, const struct finding *finding)
{
	const struct guest *guest = &watch->guest;

	text_add(text, finding->where < guest->facts->text_end ? "kernel text at "
	                                                       : "kernel constant at ");
	text_hex(text, guest_address(guest, (uint32_t)finding->where) + finding->value);
}

/* Not that its task was killed. */
static bool words_is_mended(const struct finding *finding)
{
	return finding->mend.done && finding->mend.act == LADDER_MEND;
}

static void words_text(const struct watch *watch, struct text *text, const struct finding *finding,
                       bool gone)
{
	words_place(watch, text, finding);
	if (gone)
		text_add(text, finding->mend.done ? " is put back" : " is as it was");
	else
		text_add(text, finding->elsewhere ? " leads elsewhere" : " has changed");
}

static void words_vectors(struct text *text, const struct finding *finding, bool gone)
{
	text_add(text, "CPU ");
	text_number(text, finding->where);
	if (finding->elsewhere) {
		text_add(text, gone ? ": the kernel's vectors are where they were"
		                    : ": the kernel's vectors lead elsewhere");
		return;
	}
	text_add(text, ": VBAR_EL1 ");
	text_hex(text, finding->value);
	if (gone)
		text_add(text, words_is_mended(finding) ? ": mended" : " is no more");
	else
		text_add(text, " leads to no vectors of the kernel");
}

static void words_module(struct text *text, const struct finding *finding, bool gone)
{
	text_add(text, "module '");
	text_add(text, finding->name);
	text_add(text, "': its text at ");
	text_hex(text, finding->where);
	if (gone && words_is_mended(finding))
		text_add(text, " is put back");
	else
		text_add(text, gone ? " is as it was, or gone" : " has changed");
}

static void words_unlisted(struct text *text, const struct finding *finding, bool gone)
{
	text_add(text, "module '");
	text_add(text, finding->name);
	text_add(text, gone ? "', which isn't in the list of modules, is gone"
	                    : "' isn't in the list of modules that may be loaded");
}

static void words_mapping(struct text *text, const struct finding *finding, bool gone)
{
	text_add(text, "the kernel's page at ");
	text_hex(text, finding->where);
	text_add(text, gone ? " was " : " is ");
	text_add(text, finding->elsewhere ? "a writable way to text or constants"
	                                  : "writable and executable");
	text_add(text, ", at physical ");
	text_hex(text, finding->value);
	if (gone && words_is_mended(finding))
		text_add(text, ": mended");
}

static void words_control(struct text *text, const struct finding *finding, bool gone)
{
	text_add(text, "CPU ");
	text_number(text, finding->where);
	text_add(text, gone ? ": SCTLR_EL1 is as it was; it was " : ": SCTLR_EL1 has changed to ");
	text_hex(text, finding->value);
	if (gone && words_is_mended(finding))
		text_add(text, ": mended");
}

static void words_ruled(const struct watch *watch, struct text *text, const struct finding *finding,
                        bool gone)
{
	static const char *const severities[] = {
	    [RULE_LOW] = " (low): ", [RULE_MEDIUM] = " (medium): ", [RULE_HIGH] = " (high): "};
	const struct rule *rule = watch->book->entry[finding->value].rule;

	text_add(text, rule->name);
	text_add(text, severities[rule->severity]);
	if (gone) /* the words behind it may be cut */
		text_add(text, words_is_mended(finding) ? "mended: " : "over: ");
	text_add(text, finding->name);
}

static void words_deadlines(struct text *text, const struct finding *finding, bool gone)
{
	if (gone) {
		text_add(text, "no deadline was missed for 10 s");
		return;
	}
	text_add(text, "deadlines were missed: ");
	text_number(text, finding->value);
}

void words_finding(const struct watch *watch, struct text *text, const struct finding *finding,
                   bool gone)
{
	static const char *const said[][2] = {
	    [FINDING_LIST] = {" doesn't lead back to the one before it in the task list",
	                      " is well linked again, or gone"},
	    [FINDING_END] = {" is where the task list breaks off",
	                     " leads on in the task list again, or is gone"},
	    [FINDING_NOT_LISTED] = {" is in the PID tree and not in the task list",
	                            " is in both again, or gone"},
	    [FINDING_NOT_IN_TREE] = {" is in the task list and not in the PID tree",
	                             " is in both again, or gone"},
	};
	static const char *const again[] = {[FINDING_LIST] = NULL,
	                                    [FINDING_END] = NULL,
	                                    [FINDING_NOT_LISTED] = " is in the task list again",
	                                    [FINDING_NOT_IN_TREE] = " is in the PID tree again"};

	if (finding->kind == FINDING_TEXT) {
		words_text(watch, text, finding, gone);
	} else if (finding->kind == FINDING_VECTORS) {
		words_vectors(text, finding, gone);
	} else if (finding->kind == FINDING_CONTROL) {
		words_control(text, finding, gone);
	} else if (finding->kind == FINDING_MODULE) {
		words_module(text, finding, gone);
	} else if (finding->kind == FINDING_UNLISTED) {
		words_unlisted(text, finding, gone);
	} else if (finding->kind == FINDING_MAPPING) {
		words_mapping(text, finding, gone);
	} else if (finding->kind == FINDING_DEADLINES) {
		words_deadlines(text, finding, gone);
	} else if (finding->kind == FINDING_RULE) {
		words_ruled(watch, text, finding, gone);
	} else {
		words_task(text, finding);
		text_add(text, gone && words_is_mended(finding) && again[finding->kind] != NULL
		                   ? again[finding->kind]
		                   : said[finding->kind][gone]);
	}
}

void words_age(struct text *text, const struct finding *finding, uint64_t now)
{
	if (finding->well == 0) {
		text_add(text, " (of unknown age)");
		return;
	}
	text_add(text, " (at most ");
	text_number(text, (now - finding->well) / 1000 + 1);
	text_add(text, " ms old)");
}

void words_mended(const struct watch *watch, struct text *text, const struct finding *finding,
                  enum mend_result why)
{
	static const char *const said[] = {
	    [MEND_DONE] = "the task gets a fatal signal; its children don't",
	    [MEND_LOCKED] = "its lock is never free",
	    [MEND_BUSY] = "the partition never stands still for it",
	    [MEND_CHANGED] = "it changes all the time",
	    [MEND_BACK] = "it is there again each time",
	    [MEND_REFUSED] = "Kumiki refuses the change",
	    [MEND_SEALED] = "prevention lets no mend change code, a constant, or what may be code",
	    [MEND_RIGHTS] = "nothing says which rights it had; use 'kill'",
	    [MEND_HOOKED] = "something still leads there, and would crash",
	    [MEND_KERNEL] = "it is a kernel thread, or has ended, and gets no signal",
	    [MEND_MODULE] = "it is in no approved module's memory",
	    [MEND_UNKNOWN] = "no mend for this is known",
	};

	if (finding->kind == FINDING_TEXT)
		words_place(watch, text, finding);
	else if (finding->kind == FINDING_RULE)
		text_add(text, watch->book->entry[finding->value].rule->name);
	else if (finding->kind == FINDING_MODULE || finding->kind == FINDING_UNLISTED)
		text_add(text, watch_names[WATCH_MODULES]);
	else if (finding->kind == FINDING_MAPPING)
		text_add(text, watch_names[WATCH_MAPPINGS]);
	else if (finding->kind == FINDING_VECTORS)
		text_add(text, watch_names[WATCH_VECTORS]);
	else if (finding->kind == FINDING_CONTROL)
		text_add(text, watch_names[WATCH_CONTROL]);
	else
		words_task(text, finding);
	text_add(text, why == MEND_DONE ? ": " : " isn't mended: ");
	text_add(text, said[why]);
}
