/*
 * Rule files: those that are shipped become rules for Debian's kernels, and each mistake is told by
 * its line, the word and a remedy.
 */
#include <host/files.h>
#include <lib/rules.h>
#include <rules/rules.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define FILE_MAX (64u << 20)
#define DAMAGES  60u

static struct arena arena;
static struct rules_kernel_file kernel;

static char *load(const char *path, size_t *size)
{
	char *data = NULL;

	assert_int_equal(file_access_system.read(NULL, &arena, path, FILE_MAX, &data, size), 0);
	return data;
}

static void open_kernel(const char *path)
{
	size_t size;
	const char *image = load(path, &size);

	assert_null(rules_open(&kernel, &arena, (const uint8_t *)image, size));
}

static void set_up(void)
{
	open_kernel("build/debian/linux/Image");
}

static void tear_down(void)
{
	arena_free(&arena);
	arena = (struct arena){0};
}

const struct unit_fixture unit_all = {set_up, tear_down};

/* Makes rules of a text, and keeps what was complained of as lines. */
static struct rules_made *make(const char *text, char **said)
{
	static const struct dts_file file = {.name = "file", .folder = ""};
	struct complaints complaints = {.arena = &arena};
	struct rules_made *made = NULL;
	size_t size;
	FILE *out = open_memstream(said, &size);
	const bool good = rules_make(&kernel, &complaints, &file, text, &made);

	complaints_print(&complaints, out);
	(void)fclose(out);
	assert_int_equal(good, complaints.errors == 0);
	return made;
}

static uint32_t expect_good(const char *text)
{
	char *said = NULL;
	uint32_t count = 0;

	for (const struct rules_made *made = make(text, &said); made != NULL; made = made->next) {
		const char *wrong = rule_check(made->rule, made->rule->size, kernel.number);

		if (wrong != NULL)
			fail_msg("%s: %s", made->rule->name, wrong);
		count++;
	}
	assert_string_equal(said, "");
	free(said);
	return count;
}

static void expect_shipped(const char *image)
{
	size_t size;

	open_kernel(image);
	assert_int_equal(expect_good(load("systems/rules/modules.rules", &size)), 3);
	assert_int_equal(expect_good(load("systems/rules/timers.rules", &size)), 3);
	assert_int_equal(expect_good(load("systems/rules/own/signatures.rules", &size)), 1);
	assert_int_equal(expect_good(load("systems/rules/calls.rules", &size)), 1);
	assert_int_equal(expect_good(load("systems/rules/compat.rules", &size)), 1);
	assert_int_equal(expect_good(load("systems/rules/operations.rules", &size)), 4);
	assert_int_equal(expect_good(load("systems/rules/tasks.rules", &size)), 7);
	assert_int_equal(expect_good(load("systems/rules/hidden.rules", &size)), 4);
	assert_int_equal(expect_good(load("systems/rules/handlers.rules", &size)), 1);
	assert_int_equal(expect_good(load("systems/rules/notifiers.rules", &size)), 1);
	assert_int_equal(expect_good(load("systems/rules/tables.rules", &size)), 4);
	assert_int_equal(expect_good(load("systems/rules/directories.rules", &size)), 3);
	assert_int_equal(expect_good(load("systems/rules/health.rules", &size)), 2);
	assert_int_equal(expect_good(load("systems/rules/hangs.rules", &size)), 3);
	assert_int_equal(expect_good(load("systems/rules/netfilter.rules", &size)), 2);
	assert_int_equal(expect_good(load("systems/rules/running.rules", &size)), 5);
	assert_int_equal(expect_good(load("systems/rules/own/parameters.rules", &size)), 2);
	assert_int_equal(expect_good(load("systems/rules/own/capabilities.rules", &size)), 1);
}

TEST(test_shipped_rules)
{
	size_t size;

	expect_shipped("build/debian/linux-rt/Image");
	expect_shipped("build/debian/linux/Image");
	/* The other kernel's list of tracers isn't found. */
	assert_int_equal(expect_good(load("systems/rules/probes.rules", &size)), 2);
}

/* The rules in C can be said, too: each view of tasks, and what a pointer in a list leads to. */
TEST(test_all_that_there_is)
{
	assert_int_equal(
	    expect_good(
	        "variable init_task is a task_struct\n"
	        "variable init_pid_ns is a pid_namespace\n"
	        "rule tree\n"
	        " every 500 ms\n seen 5 times\n severity low\n"
	        " set listed is each task_struct in list init_task.tasks by tasks\n"
	        " each pid p in radix init_pid_ns.idr.idr_rt\n"
	        " when p.tasks[PIDTYPE_TGID].first != 0\n"
	        " let task_struct t have pid_links[PIDTYPE_TGID] at p.tasks[PIDTYPE_TGID].first\n"
	        " must t in listed\n"
	        " say 'task {t.comm} (pid {t.pid}, parent {t.parent.comm}) {count listed}'\n"
	        "rule list # a comment\n"
	        " set numbers is each pid in radix init_pid_ns.idr.idr_rt\n"
	        " each task_struct t in list init_task.tasks by tasks\n"
	        " let cred c be at t.cred\n"
	        " must t.thread_pid in numbers or t.pid == 0 or count numbers <= 3\n"
	        " must c.uid.val >= 0 or c.uid.val > 1 or t.pid < 4 or &t.tasks != 0x10\n"
	        " say '{t} {c.uid.val} {t.cred}'\n"
	        "rule back\n"
	        " each task_struct t in list init_task.tasks by tasks\n"
	        " must t.tasks leads back\n"
	        " mend\n"
	        " say 't'\n"
	        "rule others\n"
	        " each sched_entity e in tree init_task.se.cfs_rq.tasks_timeline.rb_root by "
	        "run_node\n"
	        " must e.on_rq == 1\n"
	        " say 'e'\n"
	        "rule chain\n"
	        " each task_struct t in chain init_task.parent by parent\n"
	        " must t.pid == 0\n"
	        " mend\n"
	        " say 't'\n"
	        "rule array\n"
	        " each hlist_node n in array init_task.pid_links\n"
	        " must n.next == 0\n"
	        " say '{slot}'\n"
	        "rule one\n"
	        " each task_struct t in one init_task\n"
	        " must t.pid == 0\n"
	        " say 't'\n"),
	    7);
}

/* Where members are is known by other means, too: the text says what the rule reads. */
TEST(test_explained)
{
	char *said = NULL, *text = NULL;
	size_t size;
	const struct rules_made *made =
	    make("variable init_task is a task_struct\n"
	         "rule one\n"
	         " each task_struct t in list init_task.tasks by tasks\n"
	         " must t.pid == 0\n"
	         " say 'task {t.comm}'\n",
	         &said);
	FILE *out = open_memstream(&text, &size);

	assert_non_null(made);
	rules_explain(&kernel, made->rule, out);
	(void)fclose(out);
	assert_non_null(strstr(text, "those of a list, linked at offset 1128; it begins at\n"
	                             "    the address of the image + 0x1cc9228\n"));
	assert_non_null(strstr(text, "    the object's address\n"
	                             "    add 1352\n"
	                             "    read 4 bytes there, with their sign\n"
	                             "    keep that, and compare it with:\n"
	                             "    the number 0\n"
	                             "    both are equal\n"));
	assert_non_null(strstr(text, "    add 1912\n    say up to 16 characters there\n"));
	free(said);
	free(text);
}

static void expect_explained(const char *text, const char *const *expected)
{
	char *said = NULL, *explained = NULL;
	size_t size;
	const struct rules_made *made = make(text, &said);
	FILE *out = open_memstream(&explained, &size);

	assert_string_equal(said, "");
	rules_explain(&kernel, made->rule, out);
	(void)fclose(out);
	for (; *expected != NULL; expected++)
		if (strstr(explained, *expected) == NULL)
			fail_msg("'%s' isn't in '%s'", *expected, explained);
	free(said);
	free(explained);
}

/* Also those in a union without a name, once for all that share a place. */
TEST(test_functions_of_a_structure)
{
	static const char *const expected[] = {
	    "function pointers of a structure, 2 of them; it begins at\n",
	    "  they are, with their offsets: single_show 64 write 72\n", NULL};

	expect_explained("variable e is a proc_dir_entry whose single_show is tcp_seq_next and "
	                 "write is tcp4_seq_show\n"
	                 "rule a\n each function f in table e\n must f in text\n say '{slot}'\n",
	                 expected);
}

/* The text at the end of a structure has no size; numbers with signs compare so. */
TEST(test_explained_in_words)
{
	static const char *const expected[] = {"say up to 64 characters there\n",
	                                       "the kept one is less, with signs\n",
	                                       "the kept one is less or equal\n", NULL};

	expect_explained("variable init_task is a task_struct\nrule a\n"
	                 " each task_struct t in list init_task.tasks by tasks\n"
	                 " let filename f be at t.mm\n must t.pid < 4 or t.flags <= 4\n"
	                 " say '{f.iname}'\n",
	                 expected);
}

#define RULE(lines) "variable init_task is a task_struct\nrule a\n" lines
#define EACH        " each task_struct t in list init_task.tasks by tasks\n"
#define SET                                                                                        \
	" set s is each task_struct in list init_task.tasks by tasks\n"                            \
	" set threads is each task_struct in list s.signal.thread_head by thread_node\n" EACH
#define MUST " must t.pid == 0\n"
#define SAY  " say 'a'\n"
#define OPS                                                                                        \
	"variable init_task is a task_struct\nvariable ops is a file_operations whose "            \
	"llseek is generic_file_llseek and iterate_shared is proc_root_readdir\nrule a\n"
#define TABLE " each function f in table ops\n"

/* Time, events, and what makes a finding sure. */
TEST(test_when_it_looks)
{
	static const char *const usual[] = {
	    "\n  every 10 ms; a finding counts when 3 looks in a row have it; severity high\n",
	    NULL};
	static const char *const events[] = {
	    "\n  on module; on refusal; a finding counts when 3 looks in a row have it; ", NULL};
	static const char *const all[] = {
	    "\n  every 500 ms; on start; on deadline; a finding counts when all that led to it is "
	    "so in stillness; severity high\n",
	    NULL};

	expect_explained(RULE(EACH MUST SAY), usual);
	expect_explained(RULE(" on refusal\n on module\n" EACH MUST SAY), events);
	expect_explained(RULE(" every 500 ms\n on deadline\n on start\n still\n" EACH MUST SAY),
	                 all);
}

/* A view begins at each object of a set; a pointer gets another value. */
TEST(test_views_and_mends)
{
	static const char *const expected[] = {
	    "  set 2 is what pointers lead to, 18 of them; for each object of set 1 it begins at\n"
	    "    the object's address\n",
	    "  set 1 is those of a list, linked at offset ",
	    "  the objects are those of a table of 16 bytes, as many as the 2 bytes at -8 say; for "
	    "each object of set 2 it begins at\n    the object's address\n    add 8\n",
	    NULL};
	static const char *const pointer[] = {
	    "  set 1 is those of each CPU, 1 of 3328 bytes; it begins at\n    the address of the "
	    "image",
	    "  the objects are what pointers lead to, 1 of them; for each object of set 1 it",
	    NULL};
	static const char *const mend[] = {
	    "    the characters there are 'or'\n", "    the characters there aren't 'in'\n",
	    "    if nothing of that holds, a mend puts panic there\n"
	    "    if nothing of that holds, the object is a finding\n",
	    NULL};
	static const char *const rights[] = {
	    "is a finding\n  a finding is mended: it gets its parent's credentials\n", NULL};

	expect_explained("variable net_namespace_list is a list_head\n"
	                 "rule a\n set networks is each net in list net_namespace_list by list\n"
	                 " set tables is each nf_hook_entries in pointers networks.nf\n"
	                 " each nf_hook_entry h in array tables.hooks for "
	                 "tables.num_hook_entries\n must h.hook in text\n say 'a'\n",
	                 expected);
	expect_explained("variable init_task is a task_struct\nrule a\n"
	                 " each task_struct t in list init_task.tasks by tasks\n"
	                 " must t.comm == 'or' or t.comm != 'in'\n"
	                 " mend t.restart_block.fn to panic\n say 'a'\n",
	                 mend);
	expect_explained("variable init_task is a task_struct\nrule a\n"
	                 " each task_struct t in list init_task.tasks by tasks\n"
	                 " must t.cred != init_task.cred\n must t.pid != 7\n"
	                 " mend credentials\n say 'a'\n",
	                 rights);
	expect_explained("variable queues is a rq used by single_task_running\n"
	                 "rule a\n set each_one is each rq in cpus queues\n"
	                 " each task_struct t in pointers each_one.curr\n"
	                 " must t.pid == 0\n say 'a'\n",
	                 pointer);
}

/* Several chains; elements up to a null pointer, of as many as lie between two places of code; and
 * pointers that are objects. Each 'must' may have a 'mend PLACE to …'. */
TEST(test_chains_rows_and_pointers)
{
	static const char *const chains[] = {"those of a chain, linked at offset 8; it begins at\n"
	                                     "    what the pointer at 0x",
	                                     NULL};
	static const char *const row[] = {
	    "  set 1 is those of a table, 597 of 32 bytes; it begins at\n",
	    "those of a row, of 24 bytes, up to a null pointer at offset 0; for each object of set "
	    "2",
	    "a mend puts tp_stub_func there\n", NULL};
	static const char *const pointers[] = {
	    "those of a table, 31 of 8 bytes; it begins at\n",
	    "    the object's address\n    if nothing of that holds, a mend puts the kept one "
	    "there\n",
	    "    if nothing of that holds, a mend puts panic there\n", NULL};

	expect_explained("variable die_chain is a atomic_notifier_head used by "
	                 "register_die_notifier\n"
	                 "variable panic_notifier_list is a atomic_notifier_head\n"
	                 "rule a\n each notifier_block n in chain die_chain.head \\\n"
	                 " panic_notifier_list.head by next\n must n.notifier_call in text\n"
	                 " mend\n say 'a'\n",
	                 chains);
	expect_explained("variable raw is a bpf_raw_event_map[] used by bpf_get_raw_tracepoint\n"
	                 "rule a\n set maps is each bpf_raw_event_map in array raw\n"
	                 " set points is each tracepoint in pointers maps.tp\n"
	                 " each tracepoint_func f in row points.funcs by func\n"
	                 " must f.func in text\n mend f.func to tp_stub_func\n say 'a'\n",
	                 row);
	expect_explained("variable kinds is a tty_ldisc_ops*[31] used far by tty_register_ldisc\n"
	                 "variable own is a tty_ldisc_ops whose open is n_tty_open and close is "
	                 "n_tty_close\n"
	                 "rule a\n each tty_ldisc_ops* o in array kinds\n when o != 0\n"
	                 " must o.open in text\n mend o to &own\n must o.read in text\n"
	                 " mend o.read to panic\n say 'a'\n",
	                 pointers);
}

/* Code may reach a list's head from a neighbour's address. */
TEST(test_list_among_neighbours)
{
	assert_int_equal(
	    expect_good("variable formats is a list_head used far by __register_binfmt\n"
	                "rule a\n each linux_binfmt f in list formats by lh\n"
	                " must f.load_binary in text\n say 'a'\n"),
	    1);
}

/* A word that is only read is a member's place, and so good for that. */
TEST(test_place_that_is_read)
{
	assert_int_equal(
	    expect_good("variable time is a task_struct whose __state is used by get_taint\n"
	                "rule a\n each task_struct t in one time\n must t.pid == 0\n say 'a'\n"),
	    1);
}

/* ---- mistakes ---- */

static const struct {
	const char *text;
	const char *said; /* place, word, remedy */
} mistakes[] = {
    {"", "file:1:1: error: the file has no rule; begin one by 'rule NAME'"},
    {"every 100 ms\n", "file:1:1: error: 'every' is outside of a rule; begin one by 'rule NAME'"},
    {RULE(EACH MUST SAY "sya 'b'\n"),
     "file:6:1: error: there is no statement 'sya'; did you mean 'say'?"},
    {RULE(EACH MUST SAY "frobnicate\n"),
     "file:6:1: error: there is no statement 'frobnicate'; the statements are variable, rule,"},
    {RULE(EACH MUST), "file:2:6: error: the rule 'a' isn't whole: it has no 'say'"},
    {RULE(EACH SAY), "file:2:6: error: the rule 'a' isn't whole: it has no 'must'"},
    {RULE(SAY), "file:2:6: error: the rule 'a' isn't whole: it has no 'each'"},
    {RULE(MUST), "file:3:2: error: 'must' stands before 'each'"},
    {RULE(EACH EACH), "file:4:2: error: a rule has one 'each'"},
    {RULE(EACH MUST SAY "rule a\n"), "file:6:6: error: there is another rule 'a'; use another"},
    {"rule a.b\n", "file:1:6: error: 'a.b' can't be a rule's name; use up to 31 letters"},
    {RULE(" every 155 ms\n"), "file:3:8: error: '155' is no multiple of 10"},
    {RULE(" every 1 s\n"), "file:3:10: error: 's' is no unit of time here; write 'ms'"},
    {RULE(" every 0 ms\n"), "file:3:8: error: '0' is no number from 1 to 60000"},
    {RULE(" on modules\n"),
     "file:3:5: error: 'modules' is no event; write start, module, refusal or deadline"},
    {RULE(" on\n"), "file:3:2: error: 'on' isn't written so; an example: on module"},
    {RULE(" still 3 times\n"), "file:3:2: error: 'still' isn't written so; an example: still"},
    {RULE(" still\n seen 3 times\n"), "file:4:2: error: a rule says 'seen' or 'still'; leave"},
    {RULE(" seen 3 times\n still\n"), "file:4:2: error: a rule says 'seen' or 'still'; leave"},
    {RULE(" still\n" EACH " must t.pid changes\n" SAY),
     "file:2:6: error: the rule 'a' isn't whole: it has 'still', and 'changes'"},
    {RULE(" seen often\n"), "file:3:2: error: 'seen' isn't written so; an example: seen 3 times"},
    {RULE(" severity bad\n"), "file:3:11: error: 'bad' is no severity; write low, medium or high"},
    {RULE(EACH MUST " say a\n"), "file:5:2: error: 'say' needs a text in quotes"},
    {RULE(EACH MUST " say 'a\n"), "file:5:6: error: the text has no end; close it by '"},
    {RULE(EACH MUST " say '{t.pid'\n"), "file:5:6: error: '{t.pid' has no end; close it by '}'"},
    {RULE(EACH MUST " say '{t.tasks}'\n"), "file:5:6: error: 't.tasks' is no number"},
    {RULE(EACH " must t.pit == 0\n"),
     "file:4:7: error: 'task_struct' has no member 'pit'; did you mean 'pid'?"},
    {RULE(EACH " must u.pid == 0\n"), "file:4:7: error: there is no 'u'; did you mean 't'?"},
    {RULE(EACH " must modules == 0\n"), "file:4:7: error: there is no 'modules'; a variable of"},
    {RULE(EACH " must t.pid\n"), "file:4:7: error: 't.pid': a comparison is missing"},
    {RULE(EACH " must t.pid ==\n"), "file:4:13: error: behind '==' a number is missing"},
    {RULE(EACH " must t.pid == 0 or\n"), "file:4:18: error: behind 'or' a condition is missing"},
    {RULE(EACH " must t.pid == 0 0\n"), "file:4:18: error: '0' isn't expected here; only 'or'"},
    {RULE(EACH " must t.pid == 3000000000\n"), "file:4:16: error: '3000000000' is no number up to"},
    {RULE(EACH " must t.tasks == 0\n"), "file:4:7: error: 't.tasks' is no number but a structure"},
    {RULE(EACH " must t in all\n"), "file:4:12: error: there is no set 'all'; make one by 'set"},
    {RULE(EACH " must t as built\n"), "file:4:9: error: 'as built' is for the function of 'each"},
    {OPS TABLE " must 5 as built\n", "file:5:9: error: 'as built' is for the function of 'each"},
    {OPS TABLE " must init_task.pid as built\n", "file:5:21: error: 'as built' is for the functi"},
    {RULE(" each hlist_node n in array init_task.pid_links\n must n as built\n"),
     "file:4:9: error: 'as built' is for the function of 'each function NAME"},
    {RULE(EACH " must t.thread.uw.fpsimd_state.vregs[0] == 0\n"),
     "file:4:7: error: 't.thread.uw.fpsimd_state.vregs[0]' is 16 bytes at offset "},
    {RULE(EACH " let acpi_table_fadt f be at t.mm\n must f.boot_flags == 0\n"),
     "file:5:7: error: 'f.boot_flags' is 2 bytes at offset 109; a watcher reads 1, 2, 4 or 8"},
    {RULE(EACH " let perf_event e be at t.mm\n must e.state == PERF_EVENT_STATE_DEAD\n"),
     "file:5:18: error: 'PERF_EVENT_STATE_DEAD' is negative or above 2147483647"},
    {RULE(EACH " must t.pid == RES_LIMIT\n"),
     "file:4:16: error: 'RES_LIMIT' has another value in another enumeration; write the number"},
    {RULE(EACH " must t.comm[RES_LIMIT] == 0\n"), "file:4:7: error: 'RES_LIMIT' is no index"},
    {RULE(EACH " must t.comm[4294967296] == 0\n"),
     "file:4:7: error: '[4294967296]' is behind the array's end; it has 16"},
    {RULE(EACH " must t.in_execve == 0\n"),
     "file:4:7: error: 'task_struct' has no member 'in_execve' that is whole bytes"},
    {RULE(EACH " must t.pid_links.next == 0\n"),
     "file:4:7: error: 'next' is a member of no structure; write [0], [1] … behind an array"},
    {RULE(" each task_struct slot in list init_task.tasks by tasks\n"),
     "file:3:19: error: 'slot' is something else already; use another name"},
    {RULE(" set text is each task_struct in list init_task.tasks by tasks\n"),
     "file:3:6: error: 'text' is something else already; use another name"},
    {RULE(" each task_struct t in chain init_task.parent by mm\n"),
     "file:3:50: error: 'mm' is no pointer to another such object; 'chain' needs one"},
    {RULE(EACH " let udp_hslot h be at t.mm\n") "variable slots is a udp_hslot whose count is used "
                                                "by get_taint\nrule b\n each task_struct t "
                                                "in hash slots by pid_links\n",
     "file:7:29: error: 'slots' isn't one or more hlist_head and nothing else"},
    {"variable heads is a security_hook_heads[100] whose file_open is used by "
     "security_file_open\nrule a\n each security_hook_list h in hash heads by list\n",
     "file:3:36: error: 'heads' has 23900 heads; a view has up to 4096"},
    {RULE(EACH " must t.pid leads back\n"), "file:4:7: error: 't.pid' is no list_head"},
    {RULE(EACH " when t.pid changes\n"),
     "file:4:13: error: 'changes' is for 'must': one look alone doesn't tell it"},
    {RULE(EACH " must t.pid changes now\n"), "file:4:21: error: 'now' isn't expected here"},
    {RULE(EACH " must t.pid.x == 0\n"), "file:4:7: error: "},
    {RULE(EACH " must t.comm[99] == 0\n"), "file:4:7: error: '[99]' is behind the array's end; it"},
    {RULE(EACH " must t.comm[x] == 0\n"), "file:4:7: error: 'x' is no index; give a number"},
    {RULE(" each task_struct t in lists init_task.tasks by tasks\n"),
     "file:3:24: error: there is no view 'lists'; did you mean 'list'?"},
    {RULE(" each task_struct t in list init_task.tasks\n"),
     "file:3:24: error: 'list' needs the member that links the objects: 'by MEMBER'"},
    {RULE(" each task_struct t in list init_task.pid by tasks\n"),
     "file:3:29: error: 'init_task.pid' is no list_head; 'list' needs one"},
    {RULE(" each task_struct t in list init_task.tasks by pid\n"),
     "file:3:48: error: 'pid' is no list_head; 'list' needs one"},
    {RULE(" each task_struct t in table init_task\n"),
     "file:3:24: error: functions are in a 'table', and nothing else is"},
    {RULE(" each task t in list init_task.tasks by tasks\n"),
     "file:3:7: error: this kernel has no structure 'task'"},
    {RULE(" set s is each task_struct in list\n"),
     "file:3:31: error: behind 'list' the place is missing"},
    {RULE(" set s each task_struct in list x by y\n"), "file:3:2: error: 'set' isn't written so"},
    {RULE(EACH " let cred be at t.cred\n"), "file:4:2: error: 'let' isn't written so; examples:"},
    {RULE(EACH " let cred t be at t.cred\n"), "file:4:11: error: 't' is something else already"},
    {RULE(EACH " set s is each task_struct in one t\n"),
     "file:4:35: error: 't' depends on an object; a view begins at a variable"},
    {"variable modules is a list_head\n",
     "file:1:10: error: this kernel doesn't export 'modules'; say which function uses it"},
    {"variable modules is a list_head used by m_start\n",
     "file:1:41: error: this kernel has 3 functions 'm_start'; name one that there is once"},
    {"variable modules is a list_head used by no_such\n",
     "file:1:41: error: this kernel has no function 'no_such'"},
    {"variable modules is a list_head used by panik\n",
     "file:1:41: error: this kernel has no function 'panik'; did you mean 'panic'?"},
    {"# Pr\xfc"
     "fung\n",
     "file:1:5: warning: the byte 0xfc is no UTF-8; save the file as UTF-8, or: iconv"},
    {"variable modules is a list_head used by panic\n", "file:1:41: error: 'panic' uses "},
    {"variable mod_tree is a mod_tree_root used by __module_address and panic\n",
     "file:1:67: error: 'panic' uses none of the "},
    {"variable ops is a file_operations whose llseek is generic_file_llseek\n",
     "file:1:10: error: 'ops' may be at "},
    {"variable ops is a file_operations whose llsek is generic_file_llseek\n",
     "file:1:41: error: 'file_operations' has no member 'llsek'; did you mean 'llseek'?"},
    {"variable p is a page whose mappin is panic\n", /* in a union without a name */
     "file:1:28: error: 'page' has no member 'mappin'; did you mean 'mapping'?"},
    {"variable ops is a file_operations whose llseek\n",
     "file:1:41: error: behind 'llseek' something is missing"},
    {"variable ops is a file_operations by x\n", "file:1:35: error: 'by' isn't expected here"},
    {"variable calls is a function[452] whose [0] is __arm64_sys_io_setup and [1] is "
     "__arm64_sys_io_destroy\n",
     "file:1:10: error: 'calls' has only 451 functions in this kernel; write function[451]"},
    {"variable time is a task_struct used by get_taint\n", /* reads a word */
     "file:1:40: error: 'get_taint' makes no variable's own address, but may read or write"},
    {"variable ops is a file_operations whose llseek is trace_event_raw_init\n",
     "file:1:51: error: 'trace_event_raw_init' leads to 256 places or more; name another function"},
    {RULE(EACH " must t.pid == 0\n mend\n" SAY),
     "file:5:2: error: no mend is known: before 'mend'"},
    {RULE(EACH " must t.pid == 'a'\n" SAY), "file:4:7: error: 't.pid' has no characters"},
    {RULE(EACH " must t.comm == 'a_name_that_none'\n" SAY),
     "file:4:17: error: the text is too long: 't.comm' has up to 15 characters"},
    {RULE(EACH MUST MUST " mend\n" SAY), "file:6:2: error: a rule with 'mend' has one 'must'"},
    {RULE(EACH MUST " mend t.restart_block.fn to panic\n" MUST " mend\n" SAY),
     "file:7:2: error: a rule with 'mend' has one 'must'"},
    {RULE(" each task_struct t in chain init_task.parent init_task.parent.parent by parent\n"),
     "file:3:47: error: 'init_task.parent.parent' isn't in a variable; of several chains each"},
    {RULE(" each task_struct t in chain init_task.parent by parent by mm\n"),
     "file:3:57: error: 'by' isn't expected here; leave it out"},
    {RULE(" each task_struct t in row init_task.parent\n"),
     "file:3:28: error: 'row' needs the member that is null at its end: 'by MEMBER'"},
    {RULE(" each task_struct t in row init_task.parent by pid\n"),
     "file:3:48: error: 'pid' is no pointer; 'row' needs one"},
    {"variable a is a task_struct[] used by schedule\n",
     "file:1:10: error: 'a' has no beginning and end among the places that its words lead"},
    {RULE(EACH " must t.tasks leads back\n mend\n" MUST SAY),
     "file:6:2: error: a rule with 'mend' has one 'must'"},
    {RULE(EACH " mend t.pid to panic\n" SAY),
     "file:4:2: error: 'mend PLACE to …' stands right behind a 'must'"},
    {RULE(EACH MUST " mend t.pid to panic\n" SAY), "file:5:16: error: there is no 'panic'"},
    {RULE(EACH MUST " mend t.comm to panic\n" SAY),
     "file:5:7: error: 't.comm' is no pointer to a "},
    {RULE(EACH MUST " mend t.mm to nothing_at_all\n" SAY),
     "file:5:15: error: this kernel has no function 'nothing_at_all'"},
    {RULE(EACH " mend credentials\n" SAY), "file:4:7: error: only a task_struct has credentials"},
    {RULE(" each cred c in one init_task.cred\n must c.uid.val == 0\n mend credentials\n" SAY),
     "file:5:7: error: only a task_struct has credentials"},
    {RULE(EACH " must t.tasks leads back\n mend t\n" SAY),
     "file:5:2: error: 'mend' isn't written so"},
    {RULE(SET " must s.pid == 0\n"), "file:6:7: error: 's' is a set and no object; write 'in s'"},
    {RULE(SET " must t in threads\n mend\n" SAY), "file:7:2: error: no mend is known: before"},
    {RULE(" each task_struct t in pointers init_task.pid\n"),
     "file:3:33: error: 'init_task.pid' has no pointers to the type that stands behind 'each'"},
    {RULE(" each hlist_node n in array init_task.pid_links for init_task.parent.pid\n"),
     "file:3:53: error: 'init_task.parent.pid' is no number in the structure that has the array"},
    {RULE(" each hlist_node n in array init_task.pid_links for init_task.tasks\n"),
     "file:3:53: error: 'init_task.tasks' is no number in the structure that has the array"},
    {"variable init_task\n", "file:1:1: error: 'variable' needs a name and a type"},
};

TEST(test_mistakes)
{
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		char *said = NULL;

		(void)make(mistakes[i].text, &said);
		if (strstr(said, mistakes[i].said) == NULL)
			fail_msg("'%s' is told as '%s' in place of '%s'", mistakes[i].text, said,
			         mistakes[i].said);
		free(said);
	}
}

/* All mistakes of a file are told in one run. */
TEST(test_several_mistakes)
{
	char *said = NULL;

	assert_null(make(RULE(EACH " must t.pit == 0\n" SAY " every 7 ms\n"), &said));
	assert_non_null(strstr(said, "file:4:7: error"));
	assert_non_null(strstr(said, "file:6:8: error"));
	free(said);
}

/* What follows from a mistake isn't told: a name of a wrong line is used, a statement is misspelt.
 */
TEST(test_consequences)
{
	static const struct {
		const char *text, *said;
	} firsts[] = {
	    {RULE(" each task_strukt t in list init_task.tasks by tasks\n" MUST
	          " say 'task {t.pid}'\n"),
	     "file:3:7: error: this kernel has no structure 'task_strukt'; did you mean "
	     "'task_struct'?\n"},
	    {RULE(" each task_struct t in list init_task.taskz by tasks\n must t.tasks leads back\n"
	          " mend\n" SAY),
	     "file:3:29: error: 'task_struct' has no member 'taskz'; did you mean 'tasks'?\n"},
	    {"variable init_tsk is a task_struct\nrule a\n"
	     " set s is each task_struct in list init_tsk.tasks by tasks\n"
	     " each task_struct t in list init_tsk.tasks by tasks\n must t in s\n" SAY,
	     "file:1:10: error: this kernel doesn't export 'init_tsk'; say which function uses it, "
	     "or what it holds: 'used by FUNCTION', 'whose MEMBER is FUNCTION'\n"},
	    {RULE(" eech task_struct t in list init_task.tasks by tasks\n" MUST SAY),
	     "file:3:2: error: there is no statement 'eech'; did you mean 'each'?\n"},
	    {RULE(EACH " must t.comm == 3\n" SAY),
	     "file:4:7: error: 't.comm' is a text and no number; compare it with a text: t.comm == "
	     "'name'\n"},
	};

	for (size_t i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++) {
		char *said = NULL;

		assert_null(make(firsts[i].text, &said));
		assert_string_equal(said, firsts[i].said);
		free(said);
	}
}

TEST(test_too_large)
{
	const char *text = RULE(EACH);
	char *said = NULL;

	for (uint32_t i = 0; i < 200; i++)
		text = arena_format(&arena, "%s" MUST, text);
	text = arena_format(&arena, "%s" SAY, text);
	assert_null(make(text, &said));
	assert_non_null(strstr(said, "file:2:6: error: the rule 'a' is larger than 4096 bytes"));
	free(said);
}

/* Bytes at random in good files: rules, or complaints; what became a rule is sound. */
TEST(test_damaged_files)
{
	size_t size;
	const char *good = load("systems/rules/operations.rules", &size);
	struct rules_made *made;

	srandom(1);
	for (uint32_t i = 0; i < DAMAGES; i++) {
		char *text = arena_copy(&arena, good, size), *said = NULL;

		for (uint32_t j = 0; j < 3; j++)
			text[(size_t)random() % size] = good[(size_t)random() % size];
		for (made = make(text, &said); made != NULL; made = made->next)
			assert_null(rule_check(made->rule, made->rule->size, kernel.number));
		free(said);
	}
}
